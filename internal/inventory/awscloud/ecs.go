package awscloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// ecsCollector reads Amazon ECS (ECS API reference).
func ecsCollector() *collector {
	p := &ecsProjectors{
		clusters: projectorOf("ecs_cluster", map[string]string{"Cluster.Settings": "ClusterSettings"}),
		services: projectorOf("ecs_service", map[string]string{
			"Service.ClusterArn": "Cluster", "Service.RoleArn": "Role", "Service.PlacementStrategy": "PlacementStrategies",
			// Scaling sets it: see facts.
			"Service.DesiredCount": "",
		}),
		tasks: projectorOf("ecs_task_definition", map[string]string{"ProxyConfiguration.Properties": "ProxyConfigurationProperties"}),
	}
	tags := map[string][]string{"ecs_cluster": {"Tags"}, "ecs_service": {"Tags"}, "ecs_task_definition": {"Tags"}}
	return &collector{
		service: "ecs",
		listings: []listing{
			{
				types: []string{"ecs_cluster"}, actions: []string{actionListECSClusters, "ecs:DescribeClusters"},
				page:    ecsPageSize,
				each:    []each{{action: "ecs:DescribeClusters", of: "cluster", batch: ecsPageSize, because: "`ListClusters` tells ARNs and nothing else"}},
				collect: p.collectClusters,
			},
			{
				types:   []string{"ecs_service"},
				actions: []string{"ecs:ListServices", "ecs:DescribeServices", actionListECSClusters},
				each: []each{
					{action: "ecs:ListServices", of: "cluster", other: true, because: "services are listed by cluster"},
					{action: "ecs:DescribeServices", of: "service", batch: ecsServicesDescribed, because: "`ListServices` tells ARNs and nothing else"},
				},
				collect: p.collectServices,
			},
			{
				types:   []string{"ecs_task_definition"},
				actions: []string{"ecs:ListTaskDefinitionFamilies", "ecs:DescribeTaskDefinition"},
				page:    ecsPageSize,
				each: []each{{
					action: "ecs:DescribeTaskDefinition", of: "family with an active revision",
					because: "no listing tells what is in a task definition",
				}},
				collect: p.collectTasks,
			},
		},
		events: map[string]map[string][]string{
			"PutClusterCapacityProviders": {"ecs_cluster": {"CapacityProviders", "DefaultCapacityProviderStrategy"}},
			"UpdateCluster":               {"ecs_cluster": {"ClusterSettings", "Configuration", "ServiceConnectDefaults"}},
			"UpdateClusterSettings":       {"ecs_cluster": {"ClusterSettings"}},
			"RegisterTaskDefinition":      {"ecs_task_definition": ecsTaskPaths},
			"DeregisterTaskDefinition":    {"ecs_task_definition": ecsTaskPaths},
			"TagResource":                 tags,
			"UntagResource":               tags,
		},
	}
}

const (
	actionListECSClusters = "ecs:ListClusters"
	// ecsPageSize is the most that ECS lists, and the most clusters it describes, at once.
	ecsPageSize = 100
	// ecsServicesDescribed is the most services that ECS describes at once.
	ecsServicesDescribed = 10
)

// ecsTaskPaths are what DescribeTaskDefinition tells.
var ecsTaskPaths = []string{
	"ContainerDefinitions", "Cpu", "EnableFaultInjection", "EphemeralStorage", "ExecutionRoleArn", "InferenceAccelerators", "IpcMode", "Memory",
	"NetworkMode", "PidMode", "PlacementConstraints", "ProxyConfiguration", "RequiresCompatibilities", "RuntimePlatform", "Tags", "TaskRoleArn",
	"Volumes",
}

func ecsClient(s *session) *ecs.Client {
	return client(s, func(c aws.Config) *ecs.Client { return ecs.NewFromConfig(c) })
}

// ecsProjectors turn the answers of the API into configurations.
type ecsProjectors struct{ clusters, services, tasks *shape.Projector }

// ecsClusters lists the ARNs of the region's clusters. Services can be listed by cluster only.
func ecsClusters(ctx context.Context, s *session) ([]string, error) {
	return memo(ctx, s, actionListECSClusters, func(ctx context.Context) ([]string, error) {
		var all []string
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ecsClient(s).ListClusters(ctx, &ecs.ListClustersInput{MaxResults: aws.Int32(ecsPageSize), NextToken: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.ClusterArns...)
			return page.NextToken, nil
		})
		return all, err
	})
}

// ecsFailures makes an error of what a Describe call could not describe, but for what is gone ("API failure reasons",
// ECS developer guide).
func ecsFailures(action string, failures []types.Failure) error {
	for _, f := range failures {
		if reason := aws.ToString(f.Reason); reason != "MISSING" && reason != "INACTIVE" {
			return &fault.Error{Kind: fault.Upstream, Code: "NotDescribed", Action: action, Message: action + " left out what was listed"}
		}
	}
	return nil
}

func (p *ecsProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	arns, err := ecsClusters(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, slices.Collect(slices.Chunk(arns, ecsPageSize)), func(ctx context.Context, some []string) error {
		got, err := ecsClient(s).DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: some, Include: []types.ClusterField{
			types.ClusterFieldConfigurations, types.ClusterFieldSettings, types.ClusterFieldTags,
		}})
		if err != nil {
			return err
		}
		for i := range got.Clusters {
			c := &got.Clusters[i]
			if status := aws.ToString(c.Status); status == "INACTIVE" || status == "DEPROVISIONING" {
				continue
			}
			o := &audit.Observation{
				Type: "ecs_cluster", ExternalID: aws.ToString(c.ClusterArn), Name: aws.ToString(c.ClusterName), Config: p.clusters.Project(c),
				Facts: object{"Status": c.Status},
			}
			if err := s.emit(ctx, out, o); err != nil {
				return err
			}
		}
		return ecsFailures("ecs:DescribeClusters", got.Failures)
	})
}

// collectServices reads the services, cluster by cluster. A description names everything about a service, so that
// without it the listing is not whole.
func (p *ecsProjectors) collectServices(ctx context.Context, s *session, out inventory.Emitter) error {
	clusters, err := ecsClusters(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, clusters, func(ctx context.Context, cluster string) error {
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ecsClient(s).ListServices(ctx, &ecs.ListServicesInput{
				Cluster: &cluster, MaxResults: aws.Int32(ecsPageSize), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, "ClusterNotFoundException")
			}
			arns := slices.DeleteFunc(page.ServiceArns, func(arn string) bool { return out.Done("ecs_service", arn) })
			return page.NextToken, forEach(ctx, s, slices.Collect(slices.Chunk(arns, ecsServicesDescribed)),
				func(ctx context.Context, some []string) error { return p.describeServices(ctx, s, out, cluster, some) })
		})
	})
}

func (p *ecsProjectors) describeServices(ctx context.Context, s *session, out inventory.Emitter, cluster string, arns []string) error {
	got, err := ecsClient(s).DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: &cluster, Services: arns, Include: []types.ServiceField{types.ServiceFieldTags},
	})
	if err != nil {
		return goneIf(err, "ClusterNotFoundException")
	}
	for i := range got.Services {
		v := &got.Services[i]
		if status := aws.ToString(v.Status); status == "INACTIVE" || status == "DRAINING" {
			continue
		}
		if err := s.emit(ctx, out, p.service(v)); err != nil {
			return err
		}
	}
	return ecsFailures("ecs:DescribeServices", got.Failures)
}

// service makes the observation of a service. What a service says of its volumes, its connections and its lattice its
// newest deployment tells.
func (p *ecsProjectors) service(v *types.Service) *audit.Observation {
	c := p.services.Project(v)
	for i := range v.Deployments {
		if d := &v.Deployments[i]; aws.ToString(d.Status) == "PRIMARY" {
			c["ServiceConnectConfiguration"] = p.services.ProjectAt("ServiceConnectConfiguration", d.ServiceConnectConfiguration)
			c["VolumeConfigurations"] = p.services.ProjectAt("VolumeConfigurations", d.VolumeConfigurations)
			c["VpcLatticeConfigurations"] = p.services.ProjectAt("VpcLatticeConfigurations", d.VpcLatticeConfigurations)
		}
	}
	return &audit.Observation{
		Type: "ecs_service", ExternalID: aws.ToString(v.ServiceArn), Name: aws.ToString(v.ServiceName), Config: c,
		Facts: object{"CreatedAt": v.CreatedAt, "DesiredCount": v.DesiredCount, "PlatformFamily": v.PlatformFamily, "Status": v.Status},
	}
}

// collectTasks reads the newest active revision of each family. Its external id is a revision's ARN without the
// revision, so that a new one is a change and not another resource.
func (p *ecsProjectors) collectTasks(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ecsClient(s).ListTaskDefinitionFamilies(ctx, &ecs.ListTaskDefinitionFamiliesInput{
			Status: types.TaskDefinitionFamilyStatusActive, MaxResults: aws.Int32(ecsPageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Families, func(ctx context.Context, family string) error {
			o := &audit.Observation{
				Type: "ecs_task_definition", ExternalID: s.arn("ecs", "task-definition/"+family), Name: family, Config: object{"Family": family},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, ecsTaskPaths, func(ctx context.Context) error {
				got, err := ecsClient(s).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
					TaskDefinition: &family, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
				})
				if err != nil {
					return goneIf(err, "ClientException") // "Unable to describe task definition": the last revision is no longer active
				}
				if t := got.TaskDefinition; t != nil {
					maps.Copy(o.Config, p.tasks.Project(t))
					o.Facts = object{"RegisteredAt": t.RegisteredAt, "Revision": t.Revision, "Status": told(t.Status)}
				}
				o.Config["Tags"] = p.tasks.ProjectAt("Tags", got.Tags)
				return nil
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}
