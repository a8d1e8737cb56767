package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// elastiCacheCollector reads Amazon ElastiCache (ElastiCache API reference). The clusters that make up a replication group
// are declared by it: what only they tell is the group's.
func elastiCacheCollector() *collector {
	p := newElastiCacheProjectors()
	tags := map[string][]string{"elasticache_replication_group": {"Tags"}, "elasticache_cache_cluster": {"Tags"}}
	group := func(paths ...string) map[string][]string {
		return map[string][]string{"elasticache_replication_group": paths}
	}
	return &collector{
		service: "elasticache",
		listings: []listing{
			{
				types:   []string{"elasticache_replication_group"},
				actions: []string{"elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters", "elasticache:ListTagsForResource"},
				page:    elastiCachePage,
				each:    []each{{action: "elasticache:ListTagsForResource", of: "replication group", because: "`DescribeReplicationGroups` leaves tags out"}},
				collect: p.collectGroups,
			},
			{
				types:   []string{"elasticache_cache_cluster"},
				actions: []string{"elasticache:DescribeCacheClusters", "elasticache:ListTagsForResource"},
				page:    elastiCachePage,
				each:    []each{{action: "elasticache:ListTagsForResource", of: "cluster outside of groups", because: "`DescribeCacheClusters` leaves tags out"}},
				collect: p.collectClusters,
			},
		},
		events: map[string]map[string][]string{
			"IncreaseReplicaCount":   group("NumCacheClusters", "ReplicasPerNodeGroup"),
			"DecreaseReplicaCount":   group("NumCacheClusters", "ReplicasPerNodeGroup"),
			"AddTagsToResource":      tags,
			"RemoveTagsFromResource": tags,
		},
	}
}

func elastiCacheClient(s *session) *elasticache.Client {
	return client(s, func(c aws.Config) *elasticache.Client { return elasticache.NewFromConfig(c) })
}

// elastiCachePage is the most that ElastiCache returns at once.
const elastiCachePage = 100

// elastiCacheProjectors turn the answers of the ElastiCache API into configurations.
type elastiCacheProjectors struct{ groups, clusters *shape.Projector }

// cacheClusters lists the region's clusters. Both listings need them.
func cacheClusters(ctx context.Context, s *session) ([]types.CacheCluster, error) {
	return memo(ctx, s, "elasticache:DescribeCacheClusters", func(ctx context.Context) ([]types.CacheCluster, error) {
		var all []types.CacheCluster
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := elastiCacheClient(s).DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{
				MaxRecords: aws.Int32(elastiCachePage), Marker: token,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, page.CacheClusters...)
			return page.Marker, nil
		})
		return all, err
	})
}

func (p *elastiCacheProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	clusters, err := cacheClusters(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, clusters, func(ctx context.Context, c types.CacheCluster) error {
		if aws.ToString(c.ReplicationGroupId) != "" || goingCache(c.CacheClusterStatus) {
			return nil
		}
		o := p.cluster(&c)
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		if err := readCacheTags(ctx, s, o, p.clusters, "CacheClusterNotFound", "CacheClusterNotFoundFault"); err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

func (p *elastiCacheProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	clusters, refused := cacheClusters(ctx, s)
	if err := fatal(ctx, refused); err != nil {
		return err
	}
	members := map[string]*types.CacheCluster{} // a group's first member; all are alike
	for i := range clusters {
		c := &clusters[i]
		id := aws.ToString(c.ReplicationGroupId)
		if first := members[id]; id != "" && (first == nil || aws.ToString(c.CacheClusterId) < aws.ToString(first.CacheClusterId)) {
			members[id] = c
		}
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := elastiCacheClient(s).DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{
			MaxRecords: aws.Int32(elastiCachePage), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.ReplicationGroups, func(ctx context.Context, g types.ReplicationGroup) error {
			if goingCache(g.Status) {
				return nil
			}
			o := p.group(&g)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if refused != nil {
				setUnread(o, awsaccess.Classify(refused), cacheMemberPaths...)
			} else if first := members[aws.ToString(g.ReplicationGroupId)]; first != nil {
				p.describeMembers(o, first)
			}
			err := readCacheTags(ctx, s, o, p.groups, "ReplicationGroupNotFoundFault", "CacheClusterNotFound", "CacheClusterNotFoundFault")
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// goingCache tells whether a cluster or a group is on its way out.
func goingCache(status *string) bool {
	switch aws.ToString(status) {
	case "deleting", "deleted":
		return true
	}
	return false
}

// readCacheTags reads tags, which no listing tells. gone are the codes that say that the resource vanished.
func readCacheTags(ctx context.Context, s *session, o *audit.Observation, p *shape.Projector, gone ...string) error {
	if o.ExternalID == "" {
		return nil // which emit reports
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		got, err := elastiCacheClient(s).ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: aws.String(o.ExternalID)})
		if err == nil {
			o.Config["Tags"] = p.ProjectAt("Tags", got.TagList)
		}
		return goneIf(err, gone...)
	})
}
