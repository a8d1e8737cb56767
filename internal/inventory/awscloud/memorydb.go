package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"
	"github.com/aws/aws-sdk-go-v2/service/memorydb/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	memoryDBCluster = "memorydb_cluster"
	memoryDBACL     = "memorydb_acl"
	memoryDBUser    = "memorydb_user"

	actionMemoryDBTags = "memorydb:ListTags"
	// memoryDBPage is the most that MemoryDB returns at once.
	memoryDBPage = 100
	// memoryDBDeleting is what is on its way out.
	memoryDBDeleting = "deleting"
)

// memoryDBCollector reads Amazon MemoryDB (MemoryDB API reference).
func memoryDBCollector() *collector {
	p := &memoryDBProjectors{
		clusters: projectorOf(memoryDBCluster, map[string]string{"Cluster.Name": "ClusterName", "Cluster.NumberOfShards": "NumShards"}),
		acls:     projectorOf(memoryDBACL, map[string]string{"ACL.Name": "ACLName"}),
		users:    projectorOf(memoryDBUser, map[string]string{"User.Name": "UserName", "User.Authentication": "AuthenticationMode"}),
	}
	tags := map[string][]string{memoryDBCluster: {"Tags"}, memoryDBACL: {"Tags"}, memoryDBUser: {"Tags"}}
	eachTags := func(of, listing string) []each {
		return []each{{action: actionMemoryDBTags, of: of, because: "`" + listing + "` leaves tags out"}}
	}
	return &collector{
		service: "memorydb",
		listings: []listing{
			{
				types: []string{memoryDBCluster}, actions: []string{"memorydb:DescribeClusters", actionMemoryDBTags}, page: memoryDBPage,
				each: eachTags("cluster", "DescribeClusters"), collect: p.collectClusters,
			},
			{
				types: []string{memoryDBACL}, actions: []string{"memorydb:DescribeACLs", actionMemoryDBTags}, page: memoryDBPage,
				each: eachTags("access control list", "DescribeACLs"), collect: p.collectACLs,
			},
			{
				types: []string{memoryDBUser}, actions: []string{"memorydb:DescribeUsers", actionMemoryDBTags}, page: memoryDBPage,
				each: eachTags("user", "DescribeUsers"), collect: p.collectUsers,
			},
		},
		events: map[string]map[string][]string{
			"UpdateACL":     {memoryDBACL: {"UserNames"}},
			"UpdateUser":    {memoryDBUser: {"AccessString", "AuthenticationMode"}},
			"TagResource":   tags,
			"UntagResource": tags,
		},
	}
}

func memoryDBClient(s *session) *memorydb.Client {
	return client(s, func(c aws.Config) *memorydb.Client { return memorydb.NewFromConfig(c) })
}

// memoryDBProjectors turn the answers of the MemoryDB API into configurations.
type memoryDBProjectors struct{ clusters, acls, users *shape.Projector }

func (p *memoryDBProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := memoryDBClient(s).DescribeClusters(ctx, &memorydb.DescribeClustersInput{
			MaxResults: aws.Int32(memoryDBPage), NextToken: token, ShowShardDetails: aws.Bool(true),
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Clusters, func(ctx context.Context, c types.Cluster) error {
			if aws.ToString(c.Status) == memoryDBDeleting {
				return nil
			}
			return emitMemoryDB(ctx, s, out, p.clusters, p.cluster(&c), "ClusterNotFoundFault")
		})
	})
}

func (p *memoryDBProjectors) cluster(k *types.Cluster) *audit.Observation {
	c := p.clusters.Project(k)
	var groups []*string
	for _, g := range k.SecurityGroups {
		if aws.ToString(g.Status) != "removing" {
			groups = append(groups, g.SecurityGroupId)
		}
	}
	c["SecurityGroupIds"] = groups
	if n, ok := memoryDBReplicas(k.Shards); ok {
		c["NumReplicasPerShard"] = n
	}
	o := &audit.Observation{
		Type: memoryDBCluster, ExternalID: aws.ToString(k.ARN), Name: aws.ToString(k.Name), Config: c,
		Facts: object{
			"AvailabilityMode": told(k.AvailabilityMode), "EnginePatchVersion": k.EnginePatchVersion, "Status": k.Status,
			"PendingUpdates": k.PendingUpdates != nil && plain(k.PendingUpdates) != nil,
		},
	}
	if e := k.ClusterEndpoint; e != nil {
		c["Port"], o.Facts["EndpointAddress"] = e.Port, e.Address
	}
	return o
}

// memoryDBReplicas returns how many replicas every shard has; false where they differ, as while one is added.
func memoryDBReplicas(shards []types.Shard) (int32, bool) {
	if len(shards) == 0 {
		return 0, false
	}
	n := aws.ToInt32(shards[0].NumberOfNodes)
	for _, s := range shards {
		if aws.ToInt32(s.NumberOfNodes) != n {
			return 0, false
		}
	}
	return n - 1, n > 0
}

func (p *memoryDBProjectors) collectACLs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := memoryDBClient(s).DescribeACLs(ctx, &memorydb.DescribeACLsInput{MaxResults: aws.Int32(memoryDBPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.ACLs, func(ctx context.Context, a types.ACL) error {
			if aws.ToString(a.Status) == memoryDBDeleting {
				return nil
			}
			return emitMemoryDB(ctx, s, out, p.acls, &audit.Observation{
				Type: memoryDBACL, ExternalID: aws.ToString(a.ARN), Name: aws.ToString(a.Name), Config: p.acls.Project(a),
				Facts: object{"MinimumEngineVersion": a.MinimumEngineVersion, "Status": a.Status},
			}, "ACLNotFoundFault")
		})
	})
}

func (p *memoryDBProjectors) collectUsers(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := memoryDBClient(s).DescribeUsers(ctx, &memorydb.DescribeUsersInput{MaxResults: aws.Int32(memoryDBPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Users, func(ctx context.Context, u types.User) error {
			if aws.ToString(u.Status) == memoryDBDeleting {
				return nil
			}
			o := &audit.Observation{
				Type: memoryDBUser, ExternalID: aws.ToString(u.ARN), Name: aws.ToString(u.Name), Config: p.users.Project(u),
				Facts: object{"MinimumEngineVersion": u.MinimumEngineVersion, "Status": u.Status},
			}
			if u.Authentication != nil {
				o.Facts["PasswordCount"] = u.Authentication.PasswordCount
			}
			return emitMemoryDB(ctx, s, out, p.users, o, "UserNotFoundFault")
		})
	})
}

// emitMemoryDB reads a resource's tags, which no listing tells, and hands it over; gone is the error that says that it
// vanished. AWS's own user and list may have an ARN of which MemoryDB tells no tags.
func emitMemoryDB(ctx context.Context, s *session, out inventory.Emitter, p *shape.Projector, o *audit.Observation, gone string) error {
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	if o.ExternalID != "" {
		err := ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{gone}, absent: []string{"InvalidARNFault"}},
			memoryDBClient(s).ListTags, &memorydb.ListTagsInput{ResourceArn: &o.ExternalID}, func(got *memorydb.ListTagsOutput) {
				o.Config["Tags"] = p.ProjectAt("Tags", got.TagList)
			})
		if err != nil {
			return err
		}
	}
	return s.emit(ctx, out, o)
}
