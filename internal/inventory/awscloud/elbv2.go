package awscloud

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// elbv2Projectors turn the answers of the API into configurations.
type elbv2Projectors struct{ balancers, listeners, groups *shape.Projector }

func newELBv2Projectors() *elbv2Projectors {
	return &elbv2Projectors{
		balancers: projectorOf("elbv2_load_balancer", map[string]string{"LoadBalancerName": "Name"}),
		listeners: projectorOf("elbv2_listener", nil),
		groups:    projectorOf("elbv2_target_group", map[string]string{"TargetGroup.TargetGroupName": "Name"}),
	}
}

const (
	actionDescribeELBv2     = "elasticloadbalancing:DescribeLoadBalancers"
	actionDescribeELBv2Tags = "elasticloadbalancing:DescribeTags"
)

func (p *elbv2Projectors) listings() []listing {
	return []listing{
		{
			types:   []string{"elbv2_load_balancer"},
			actions: []string{actionDescribeELBv2, "elasticloadbalancing:DescribeLoadBalancerAttributes", actionDescribeELBv2Tags},
			page:    elbPageSize,
			each: []each{
				{action: "elasticloadbalancing:DescribeLoadBalancerAttributes", of: "balancer", because: "no listing tells attributes"},
				{action: actionDescribeELBv2Tags, of: "balancer", batch: elbTagged, because: "no listing tells tags"},
			},
			collect: p.collectBalancers,
		},
		{
			types: []string{"elbv2_listener"},
			actions: []string{
				"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeListenerAttributes", actionDescribeELBv2,
				actionDescribeELBv2Tags,
			},
			each: []each{
				{action: "elasticloadbalancing:DescribeListeners", of: "balancer of the newer kinds", other: true, because: "listeners are listed by balancer"},
				{action: "elasticloadbalancing:DescribeListenerAttributes", of: "listener", because: "no listing tells attributes"},
				{action: actionDescribeELBv2Tags, of: "listener", batch: elbTagged, because: "no listing tells tags"},
			},
			collect: p.collectListeners,
		},
		{
			types: []string{"elbv2_target_group"},
			actions: []string{
				"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroupAttributes", actionDescribeELBv2Tags,
			},
			page: elbPageSize,
			each: []each{
				{action: "elasticloadbalancing:DescribeTargetGroupAttributes", of: "target group", because: "no listing tells attributes"},
				{action: actionDescribeELBv2Tags, of: "target group", batch: elbTagged, because: "no listing tells tags"},
			},
			collect: p.collectGroups,
		},
	}
}

func elbv2Events() map[string]map[string][]string {
	tags := func() map[string][]string {
		return map[string][]string{"elbv2_load_balancer": {"Tags"}, "elbv2_listener": {"Tags"}, "elbv2_target_group": {"Tags"}}
	}
	balancer := func(paths ...string) map[string][]string { return map[string][]string{"elbv2_load_balancer": paths} }
	return map[string]map[string][]string{
		"AddTags":                      tags(),
		"RemoveTags":                   tags(),
		"ModifyLoadBalancerAttributes": balancer("LoadBalancerAttributes"),
		"SetIpAddressType":             balancer("IpAddressType"),
		"SetSecurityGroups":            balancer("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "SecurityGroups"),
		"SetSubnets":                   balancer("EnablePrefixForIpv6SourceNat", "IpAddressType", "SubnetMappings", "Subnets"),
		"ModifyListener": {"elbv2_listener": {
			"AlpnPolicy", "Certificates", "DefaultActions", "MutualAuthentication", "Port", "Protocol", "SslPolicy",
		}},
		"ModifyListenerAttributes": {"elbv2_listener": {"ListenerAttributes"}},
		"ModifyTargetGroup": {"elbv2_target_group": {
			"HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol",
			"HealthCheckTimeoutSeconds", "HealthyThresholdCount", "Matcher", "UnhealthyThresholdCount",
		}},
		"ModifyTargetGroupAttributes": {"elbv2_target_group": {"TargetGroupAttributes"}},
	}
}

func elbv2Client(s *session) *elbv2.Client {
	return client(s, func(c aws.Config) *elbv2.Client { return elbv2.NewFromConfig(c) })
}

// elbv2Balancers lists the region's balancers. Listeners can be listed by balancer only.
func elbv2Balancers(ctx context.Context, s *session) ([]types.LoadBalancer, error) {
	return memo(ctx, s, "elbv2:DescribeLoadBalancers", func(ctx context.Context) ([]types.LoadBalancer, error) {
		var all []types.LoadBalancer
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := elbv2Client(s).DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{
				PageSize: aws.Int32(elbPageSize), Marker: token,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, page.LoadBalancers...)
			return page.NextMarker, nil
		})
		return all, err
	})
}

// emitAll reads tags, twenty resources a call, and what one call for each tells, and emits the resources.
func (p *elbv2Projectors) emitAll(
	ctx context.Context, s *session, out inventory.Emitter, all []*audit.Observation, of *shape.Projector,
	path string, attributes func(ctx context.Context, arn *string) (any, error),
) error {
	all = slices.DeleteFunc(all, func(o *audit.Observation) bool { return out.Done(o.Type, o.ExternalID) })
	return forEach(ctx, s, slices.Collect(slices.Chunk(all, elbTagged)), func(ctx context.Context, some []*audit.Observation) error {
		some, err := s.batch(ctx, some, []string{"Tags"}, func(ctx context.Context, some []*audit.Observation) error {
			return elbv2Tags(ctx, s, some, of)
		})
		if err != nil {
			return err
		}
		return forEach(ctx, s, some, func(ctx context.Context, o *audit.Observation) error {
			err := s.detail(ctx, o, []string{path}, func(ctx context.Context) error {
				got, err := attributes(ctx, &o.ExternalID)
				if err == nil {
					o.Config[path] = of.ProjectAt(path, got)
				}
				return goneIf(err, elbGone...)
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func elbv2Tags(ctx context.Context, s *session, some []*audit.Observation, of *shape.Projector) error {
	byID := map[string]*audit.Observation{}
	var ids []string
	for _, o := range some {
		if o.ExternalID != "" { // emit fails for what has none
			byID[o.ExternalID] = o
			ids = append(ids, o.ExternalID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	got, err := elbv2Client(s).DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: ids})
	if err != nil {
		return err
	}
	for _, d := range got.TagDescriptions {
		if o := byID[aws.ToString(d.ResourceArn)]; o != nil {
			o.Config["Tags"] = of.ProjectAt("Tags", d.Tags)
		}
	}
	return nil
}

func (p *elbv2Projectors) collectBalancers(ctx context.Context, s *session, out inventory.Emitter) error {
	balancers, err := elbv2Balancers(ctx, s)
	if err != nil {
		return err
	}
	all := make([]*audit.Observation, 0, len(balancers))
	for i := range balancers {
		all = append(all, p.balancer(&balancers[i]))
	}
	return p.emitAll(ctx, s, out, all, p.balancers, "LoadBalancerAttributes", func(ctx context.Context, arn *string) (any, error) {
		got, err := elbv2Client(s).DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: arn})
		if err != nil {
			return nil, err
		}
		return got.Attributes, nil
	})
}

// collectListeners reads the listeners, balancer by balancer.
func (p *elbv2Projectors) collectListeners(ctx context.Context, s *session, out inventory.Emitter) error {
	balancers, err := elbv2Balancers(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, balancers, func(ctx context.Context, b types.LoadBalancer) error {
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := elbv2Client(s).DescribeListeners(ctx, &elbv2.DescribeListenersInput{
				LoadBalancerArn: b.LoadBalancerArn, PageSize: aws.Int32(elbPageSize), Marker: token,
			})
			if err != nil {
				return nil, goneIf(err, elbGone...)
			}
			all := make([]*audit.Observation, 0, len(page.Listeners))
			for i := range page.Listeners {
				all = append(all, p.listener(&b, &page.Listeners[i]))
			}
			return page.NextMarker, p.emitAll(ctx, s, out, all, p.listeners, "ListenerAttributes",
				func(ctx context.Context, arn *string) (any, error) {
					got, err := elbv2Client(s).DescribeListenerAttributes(ctx, &elbv2.DescribeListenerAttributesInput{ListenerArn: arn})
					if err != nil {
						return nil, err
					}
					return got.Attributes, nil
				})
		})
	})
}

func (p *elbv2Projectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := elbv2Client(s).DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{PageSize: aws.Int32(elbPageSize), Marker: token})
		if err != nil {
			return nil, err
		}
		all := make([]*audit.Observation, 0, len(page.TargetGroups))
		for i := range page.TargetGroups {
			g := &page.TargetGroups[i]
			balancers := slices.Clone(g.LoadBalancerArns)
			slices.Sort(balancers)
			all = append(all, &audit.Observation{
				Type: "elbv2_target_group", ExternalID: aws.ToString(g.TargetGroupArn), Name: aws.ToString(g.TargetGroupName),
				Config: p.groups.Project(g), Facts: object{"LoadBalancerArns": balancers},
			})
		}
		return page.NextMarker, p.emitAll(ctx, s, out, all, p.groups, "TargetGroupAttributes", func(ctx context.Context, arn *string) (any, error) {
			got, err := elbv2Client(s).DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: arn})
			if err != nil {
				return nil, err
			}
			return got.Attributes, nil
		})
	})
}

// balancer makes the observation of a balancer. Where addresses were chosen, the mappings of subnets say which.
func (p *elbv2Projectors) balancer(b *types.LoadBalancer) *audit.Observation {
	c := p.balancers.Project(b)
	var subnets []*string
	var mappings []object
	chosen := false
	for _, z := range b.AvailabilityZones {
		subnets = append(subnets, z.SubnetId)
		m := object{"SubnetId": z.SubnetId}
		for _, a := range z.LoadBalancerAddresses {
			if a.AllocationId != nil || a.PrivateIPv4Address != nil || a.IPv6Address != nil {
				chosen = true
				m["AllocationId"], m["PrivateIPv4Address"], m["IPv6Address"] = a.AllocationId, a.PrivateIPv4Address, a.IPv6Address
			}
		}
		mappings = append(mappings, m)
	}
	c["Subnets"] = subnets
	if chosen {
		c["SubnetMappings"] = mappings
	}
	if b.IpamPools != nil {
		c["Ipv4IpamPoolId"] = b.IpamPools.Ipv4IpamPoolId
	}
	facts := object{"CreatedTime": b.CreatedTime, "DNSName": b.DNSName, "VpcId": b.VpcId}
	if b.State != nil {
		facts["State"] = told(b.State.Code)
	}
	return &audit.Observation{
		Type: "elbv2_load_balancer", ExternalID: aws.ToString(b.LoadBalancerArn), Name: aws.ToString(b.LoadBalancerName),
		Config: c, Facts: facts,
	}
}

func (p *elbv2Projectors) listener(b *types.LoadBalancer, l *types.Listener) *audit.Observation {
	name := aws.ToString(b.LoadBalancerName)
	if l.Port != nil {
		name += ":" + strconv.Itoa(int(*l.Port))
	}
	return &audit.Observation{
		Type: "elbv2_listener", ExternalID: aws.ToString(l.ListenerArn), Name: cmp.Or(name, aws.ToString(l.ListenerArn)),
		Config: p.listeners.Project(l),
	}
}
