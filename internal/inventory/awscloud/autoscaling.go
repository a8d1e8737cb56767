package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// autoScalingCollector reads Amazon EC2 Auto Scaling (Amazon EC2 Auto Scaling API reference).
func autoScalingCollector() *collector {
	p := &autoScalingProjectors{
		groups: projectorOf("autoscaling_group", map[string]string{
			"AutoScalingGroup.DefaultCooldown": "Cooldown",
			// Scaling sets it: see facts.
			"AutoScalingGroup.DesiredCapacity":             "",
			"AutoScalingGroup.VPCZoneIdentifier":           "",
			"MixedInstancesPolicy.LaunchTemplate":          "LaunchTemplate",
			"LaunchTemplate.LaunchTemplateSpecification":   "LaunchTemplateSpecification",
			"TrafficSourceIdentifier.Identifier":           "Identifier",
			"LaunchTemplateOverrides.InstanceRequirements": "InstanceRequirements",
			"AutoScalingGroup.AvailabilityZoneIds":         "", // says what AvailabilityZones says
		}),
		configurations: projectorOf("autoscaling_launch_configuration", map[string]string{"LaunchConfiguration.InstanceMonitoring": ""}),
	}
	group := func(paths ...string) map[string][]string { return map[string][]string{"autoscaling_group": paths} }
	return &collector{
		service: "autoscaling",
		listings: []listing{
			{
				types: []string{"autoscaling_group"},
				actions: []string{
					"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLifecycleHooks", "autoscaling:DescribeNotificationConfigurations",
				},
				page: autoScalingPageSize,
				each: []each{
					{action: "autoscaling:DescribeLifecycleHooks", of: "group", because: "hooks are told by group"},
					{action: "autoscaling:DescribeNotificationConfigurations", of: "group", batch: autoScalingPageSize, because: "`DescribeAutoScalingGroups` leaves them out"},
				},
				collect: p.collectGroups,
			},
			{
				types:   []string{"autoscaling_launch_configuration"},
				actions: []string{"autoscaling:DescribeLaunchConfigurations"}, page: autoScalingPageSize, collect: p.collectConfigurations,
			},
		},
		events: map[string]map[string][]string{
			"AttachLoadBalancerTargetGroups":  group("TargetGroupARNs"),
			"DetachLoadBalancerTargetGroups":  group("TargetGroupARNs"),
			"AttachLoadBalancers":             group("LoadBalancerNames"),
			"DetachLoadBalancers":             group("LoadBalancerNames"),
			"AttachTrafficSources":            group("TrafficSources"),
			"DetachTrafficSources":            group("TrafficSources"),
			"CreateOrUpdateTags":              group("Tags"),
			"DeleteTags":                      group("Tags"),
			"EnableMetricsCollection":         group("MetricsCollection"),
			"DisableMetricsCollection":        group("MetricsCollection"),
			"PutLifecycleHook":                group("LifecycleHookSpecificationList"),
			"DeleteLifecycleHook":             group("LifecycleHookSpecificationList"),
			"PutNotificationConfiguration":    group("NotificationConfigurations"),
			"DeleteNotificationConfiguration": group("NotificationConfigurations"),
		},
	}
}

func autoScalingClient(s *session) *autoscaling.Client {
	return client(s, func(c aws.Config) *autoscaling.Client { return autoscaling.NewFromConfig(c) })
}

// autoScalingPageSize is the most that Auto Scaling returns at once.
const autoScalingPageSize = 100

// autoScalingProjectors turn the answers of the API into configurations.
type autoScalingProjectors struct{ groups, configurations *shape.Projector }

func (p *autoScalingProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := autoScalingClient(s).DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
			MaxRecords: aws.Int32(autoScalingPageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		var all []*audit.Observation
		for i := range page.AutoScalingGroups {
			g := &page.AutoScalingGroups[i]
			if aws.ToString(g.Status) != "" { // "Delete in progress", the only status there is
				continue
			}
			if o := p.group(g); !out.Done(o.Type, o.ExternalID) {
				all = append(all, o)
			}
		}
		if err := p.notifications(ctx, s, all); err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, all, func(ctx context.Context, o *audit.Observation) error {
			err := s.detail(ctx, o, []string{"LifecycleHookSpecificationList"}, func(ctx context.Context) error {
				got, err := autoScalingClient(s).DescribeLifecycleHooks(ctx, &autoscaling.DescribeLifecycleHooksInput{AutoScalingGroupName: &o.Name})
				if err == nil {
					o.Config["LifecycleHookSpecificationList"] = p.groups.ProjectAt("LifecycleHookSpecificationList", got.LifecycleHooks)
				}
				return err
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// notifications reads what the groups of a page send to topics: all are told at once, a notification type at a time.
func (p *autoScalingProjectors) notifications(ctx context.Context, s *session, all []*audit.Observation) error {
	_, err := s.batch(ctx, all, []string{"NotificationConfigurations"}, func(ctx context.Context, some []*audit.Observation) error {
		var names []string
		for _, o := range some {
			names = append(names, o.Name)
		}
		topics := map[string]map[string][]string{} // group -> topic -> types
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := autoScalingClient(s).DescribeNotificationConfigurations(ctx, &autoscaling.DescribeNotificationConfigurationsInput{
				AutoScalingGroupNames: names, MaxRecords: aws.Int32(autoScalingPageSize), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for _, n := range page.NotificationConfigurations {
				group, topic := aws.ToString(n.AutoScalingGroupName), aws.ToString(n.TopicARN)
				if topics[group] == nil {
					topics[group] = map[string][]string{}
				}
				topics[group][topic] = append(topics[group][topic], aws.ToString(n.NotificationType))
			}
			return page.NextToken, nil
		})
		if err != nil {
			return err
		}
		for _, o := range some {
			var list []object
			for _, topic := range slices.Sorted(maps.Keys(topics[o.Name])) {
				list = append(list, object{"TopicARN": topic, "NotificationTypes": topics[o.Name][topic]})
			}
			o.Config["NotificationConfigurations"] = list
		}
		return nil
	})
	return err
}

func (p *autoScalingProjectors) collectConfigurations(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := autoScalingClient(s).DescribeLaunchConfigurations(ctx, &autoscaling.DescribeLaunchConfigurationsInput{
			MaxRecords: aws.Int32(autoScalingPageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.LaunchConfigurations {
			l := &page.LaunchConfigurations[i]
			o := &audit.Observation{
				Type: "autoscaling_launch_configuration", ExternalID: aws.ToString(l.LaunchConfigurationARN),
				Name: aws.ToString(l.LaunchConfigurationName), Config: p.configurations.Project(l),
				Facts: object{"CreatedTime": l.CreatedTime},
			}
			if l.InstanceMonitoring != nil {
				o.Config["InstanceMonitoring"] = l.InstanceMonitoring.Enabled
			}
			if err := s.emit(ctx, out, o); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}

func (p *autoScalingProjectors) group(g *types.AutoScalingGroup) *audit.Observation {
	c := p.groups.Project(g)
	if subnets := aws.ToString(g.VPCZoneIdentifier); subnets != "" {
		c["VPCZoneIdentifier"] = strings.Split(subnets, ",")
	}
	byGranularity := map[string][]string{}
	for _, m := range g.EnabledMetrics {
		byGranularity[aws.ToString(m.Granularity)] = append(byGranularity[aws.ToString(m.Granularity)], aws.ToString(m.Metric))
	}
	var metrics []object
	for _, granularity := range slices.Sorted(maps.Keys(byGranularity)) {
		metrics = append(metrics, object{"Granularity": granularity, "Metrics": byGranularity[granularity]})
	}
	c["MetricsCollection"] = metrics
	suspended := make([]string, 0, len(g.SuspendedProcesses))
	for _, process := range g.SuspendedProcesses {
		suspended = append(suspended, aws.ToString(process.ProcessName))
	}
	slices.Sort(suspended)
	return &audit.Observation{
		Type: "autoscaling_group", ExternalID: aws.ToString(g.AutoScalingGroupARN), Name: aws.ToString(g.AutoScalingGroupName), Config: c,
		Facts: object{"CreatedTime": g.CreatedTime, "DesiredCapacity": g.DesiredCapacity, "SuspendedProcesses": suspended},
	}
}
