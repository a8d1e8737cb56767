package awscloud

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// eksCollector reads Amazon EKS (EKS API reference).
func eksCollector() *collector {
	p := &eksProjectors{
		clusters: projectorOf("eks_cluster", map[string]string{"Cluster.Logging": ""}),
		groups:   projectorOf("eks_nodegroup", map[string]string{"NodegroupScalingConfig.DesiredSize": ""}), // the autoscaler sets it: see facts
	}
	cluster := func(paths ...string) map[string][]string { return map[string][]string{"eks_cluster": paths} }
	tags := map[string][]string{"eks_cluster": {"Tags"}, "eks_nodegroup": {"Tags"}}
	return &collector{
		service: "eks",
		listings: []listing{
			{
				types: []string{"eks_cluster"}, actions: []string{actionListEKSClusters, "eks:DescribeCluster"},
				page:    eksPageSize,
				each:    []each{{action: "eks:DescribeCluster", of: "cluster", because: "`ListClusters` tells names"}},
				collect: p.collectClusters,
			},
			{
				types:   []string{"eks_nodegroup"},
				actions: []string{"eks:ListNodegroups", "eks:DescribeNodegroup", actionListEKSClusters},
				each: []each{
					{action: "eks:ListNodegroups", of: "cluster", other: true, because: "node groups are listed by cluster"},
					{action: "eks:DescribeNodegroup", of: "node group", because: "`ListNodegroups` tells names"},
				},
				collect: p.collectGroups,
			},
		},
		events: map[string]map[string][]string{
			"UpdateClusterVersion": cluster("Version"),
			"UpdateClusterConfig": cluster(
				"AccessConfig", "ComputeConfig", "DeletionProtection", "KubernetesNetworkConfig", "Logging", "RemoteNetworkConfig",
				"ResourcesVpcConfig", "StorageConfig", "UpgradePolicy", "ZonalShiftConfig",
			),
			"AssociateEncryptionConfig": cluster("EncryptionConfig"),
			"UpdateNodegroupConfig": {"eks_nodegroup": {
				"Labels", "NodeRepairConfig", "ScalingConfig", "Taints", "UpdateConfig", "WarmPoolConfig",
			}},
			"UpdateNodegroupVersion": {"eks_nodegroup": {"LaunchTemplate", "ReleaseVersion", "Version"}},
			"TagResource":            tags,
			"UntagResource":          tags,
		},
	}
}

const (
	actionListEKSClusters = "eks:ListClusters"
	// eksPageSize is the most that EKS lists at once.
	eksPageSize = 100
)

// eksClusterPaths are what DescribeCluster tells.
var eksClusterPaths = []string{
	"AccessConfig", "ComputeConfig", "ControlPlaneScalingConfig", "DeletionProtection", "EncryptionConfig", "KubeApiServerConfig",
	"KubeControllerManagerConfig", "KubeSchedulerConfig", "KubernetesNetworkConfig", "Logging", "OutpostConfig", "RemoteNetworkConfig",
	"ResourcesVpcConfig", "RoleArn", "StorageConfig", "Tags", "UpgradePolicy", "Version", "ZonalShiftConfig",
}

func eksClient(s *session) *eks.Client {
	return client(s, func(c aws.Config) *eks.Client { return eks.NewFromConfig(c) })
}

// eksProjectors turn the answers of the API into configurations.
type eksProjectors struct{ clusters, groups *shape.Projector }

// eksClusters lists the names of the region's clusters, which both listings need.
func eksClusters(ctx context.Context, s *session) ([]string, error) {
	return memo(ctx, s, actionListEKSClusters, func(ctx context.Context) ([]string, error) {
		var all []string
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := eksClient(s).ListClusters(ctx, &eks.ListClustersInput{MaxResults: aws.Int32(eksPageSize), NextToken: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Clusters...)
			return page.NextToken, nil
		})
		return all, err
	})
}

func (p *eksProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	names, err := eksClusters(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, names, func(ctx context.Context, name string) error {
		o := &audit.Observation{
			Type: "eks_cluster", ExternalID: s.arn("eks", "cluster/"+name), Name: name, Config: object{"Name": name},
		}
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		err := s.detail(ctx, o, eksClusterPaths, func(ctx context.Context) error {
			got, err := eksClient(s).DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &name})
			if err != nil {
				return goneIf(err, "ResourceNotFoundException")
			}
			if got.Cluster == nil {
				return nil
			}
			if got.Cluster.Status == types.ClusterStatusDeleting {
				return errGone
			}
			p.describeCluster(o, got.Cluster)
			return nil
		})
		if err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

func (p *eksProjectors) describeCluster(o *audit.Observation, c *types.Cluster) {
	maps.Copy(o.Config, p.clusters.Project(c))
	if c.Logging != nil {
		var enabled []object
		for _, setup := range c.Logging.ClusterLogging {
			if !aws.ToBool(setup.Enabled) {
				continue
			}
			for _, kind := range setup.Types {
				enabled = append(enabled, object{"Type": kind})
			}
		}
		o.Config["Logging"] = object{"ClusterLogging": object{"EnabledTypes": enabled}}
	}
	o.Facts = object{
		"CreatedAt": c.CreatedAt, "Endpoint": c.Endpoint, "PlatformVersion": c.PlatformVersion, "Status": told(c.Status),
	}
	if c.ResourcesVpcConfig != nil {
		o.Facts["ClusterSecurityGroupId"], o.Facts["VpcId"] = c.ResourcesVpcConfig.ClusterSecurityGroupId, c.ResourcesVpcConfig.VpcId
	}
	if c.Identity != nil && c.Identity.Oidc != nil {
		o.Facts["OidcIssuer"] = c.Identity.Oidc.Issuer
	}
}

// collectGroups reads the node groups, cluster by cluster. Their ARNs hold an id that only the description tells, so
// that without it the listing is not whole.
func (p *eksProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	clusters, err := eksClusters(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, clusters, func(ctx context.Context, cluster string) error {
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := eksClient(s).ListNodegroups(ctx, &eks.ListNodegroupsInput{
				ClusterName: &cluster, MaxResults: aws.Int32(eksPageSize), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, "ResourceNotFoundException")
			}
			return page.NextToken, forEach(ctx, s, page.Nodegroups, func(ctx context.Context, name string) error {
				got, err := eksClient(s).DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: &cluster, NodegroupName: &name})
				if err != nil {
					return goneIf(err, "ResourceNotFoundException")
				}
				if got.Nodegroup == nil || got.Nodegroup.Status == types.NodegroupStatusDeleting {
					return nil
				}
				return s.emit(ctx, out, p.group(got.Nodegroup))
			})
		})
	})
}

func (p *eksProjectors) group(g *types.Nodegroup) *audit.Observation {
	c := p.groups.Project(g)
	tags := maps.Clone(g.Tags)
	maps.DeleteFunc(tags, func(key, _ string) bool { return strings.HasPrefix(key, "aws:") })
	c["Tags"] = tags
	facts := object{"CreatedAt": g.CreatedAt, "Status": told(g.Status)}
	if g.ScalingConfig != nil {
		facts["DesiredSize"] = g.ScalingConfig.DesiredSize
	}
	return &audit.Observation{
		Type: "eks_nodegroup", ExternalID: aws.ToString(g.NodegroupArn), Name: aws.ToString(g.NodegroupName), Config: c, Facts: facts, Tags: g.Tags,
	}
}
