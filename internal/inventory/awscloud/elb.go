package awscloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// elbCollector reads Elastic Load Balancing: application, network and gateway load balancers (API version 2015-12-01), and
// classic ones (2012-06-01). IAM and CloudTrail have one name for both, and several of their calls share a name.
func elbCollector() *collector {
	classic := newELBProjectors()
	v2 := newELBv2Projectors()
	events := elbv2Events()
	for event, types := range elbEvents() {
		if events[event] == nil {
			events[event] = types
			continue
		}
		maps.Copy(events[event], types)
	}
	return &collector{
		service: "elasticloadbalancing",
		listings: slices.Concat(v2.listings(), []listing{{
			types: []string{elbLoadBalancer},
			actions: []string{
				"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes",
				"elasticloadbalancing:DescribeLoadBalancerPolicies", "elasticloadbalancing:DescribeTags",
			},
			page: elbPageSize,
			each: []each{
				{action: "elasticloadbalancing:DescribeLoadBalancerAttributes", of: "classic balancer", because: "no listing tells attributes"},
				{action: "elasticloadbalancing:DescribeLoadBalancerPolicies", of: "classic balancer with policies other than cookies'", because: "without a name the call tells AWS's sample policies"},
				{action: actionDescribeELBv2Tags, of: "classic balancer", batch: elbTagged, because: "no listing tells tags"},
			},
			collect: classic.collect,
		}}),
		events: events,
	}
}

const elbLoadBalancer = "elb_load_balancer"

func elbEvents() map[string]map[string][]string {
	balancer := func(paths ...string) map[string][]string { return map[string][]string{elbLoadBalancer: paths} }
	listeners := balancer("Listeners")
	policies := balancer("AppCookieStickinessPolicy", "LBCookieStickinessPolicy", "Policies")
	return map[string]map[string][]string{
		"AddTags":                                 balancer("Tags"),
		"RemoveTags":                              balancer("Tags"),
		"ApplySecurityGroupsToLoadBalancer":       balancer("SecurityGroups"),
		"AttachLoadBalancerToSubnets":             balancer("AvailabilityZones", "Subnets"),
		"DetachLoadBalancerFromSubnets":           balancer("AvailabilityZones", "Subnets"),
		"EnableAvailabilityZonesForLoadBalancer":  balancer("AvailabilityZones"),
		"DisableAvailabilityZonesForLoadBalancer": balancer("AvailabilityZones"),
		"ConfigureHealthCheck":                    balancer("HealthCheck"),
		"CreateLoadBalancerListeners":             listeners,
		"DeleteLoadBalancerListeners":             listeners,
		"SetLoadBalancerListenerSSLCertificate":   listeners,
		"SetLoadBalancerPoliciesOfListener":       listeners,
		"CreateAppCookieStickinessPolicy":         policies,
		"CreateLBCookieStickinessPolicy":          policies,
		"CreateLoadBalancerPolicy":                policies,
		"DeleteLoadBalancerPolicy":                policies,
		"SetLoadBalancerPoliciesForBackendServer": policies,
		"ModifyLoadBalancerAttributes":            balancer(elbAttributes...),
	}
}

// elbAttributes are what DescribeLoadBalancerAttributes tells.
var elbAttributes = []string{"AccessLoggingPolicy", "ConnectionDrainingPolicy", "ConnectionSettings", "CrossZone"}

// factDesync says what a balancer does with ambiguous requests: monitor, defensive or strictest. CloudFormation can't declare it
// (API_AdditionalAttribute).
const factDesync = "DesyncMitigationMode"

func elbClient(s *session) *elb.Client {
	return client(s, func(c aws.Config) *elb.Client { return elb.NewFromConfig(c) })
}

const (
	// elbPageSize is the most that Elastic Load Balancing returns at once.
	elbPageSize = 400
	// elbTagged is the most resources that DescribeTags takes.
	elbTagged = 20
)

// elbProjectors turn the answers of the API into configurations.
type elbProjectors struct{ balancers *shape.Projector }

func newELBProjectors() *elbProjectors {
	return &elbProjectors{balancers: projectorOf(elbLoadBalancer, map[string]string{
		// Which instances are registered is auto scaling's doing more often than not: see facts.
		"LoadBalancerDescription.Instances": "",
		"LoadBalancerDescription.Policies":  "",

		"LoadBalancerAttributes.AccessLog":              "AccessLoggingPolicy",
		"LoadBalancerAttributes.ConnectionDraining":     "ConnectionDrainingPolicy",
		"PolicyDescription.PolicyTypeName":              "PolicyType",
		"PolicyDescription.PolicyAttributeDescriptions": "Attributes",
		"PolicyAttributeDescription.AttributeName":      "Name",
		"PolicyAttributeDescription.AttributeValue":     "Value",
	})}
}

func (p *elbProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := elbClient(s).DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{
			PageSize: aws.Int32(elbPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		read := map[*audit.Observation]*types.LoadBalancerDescription{}
		var all []*audit.Observation
		for i := range page.LoadBalancerDescriptions {
			d := &page.LoadBalancerDescriptions[i]
			if o := p.balancer(s, d); !out.Done(o.Type, o.ExternalID) {
				all = append(all, o)
				read[o] = d
			}
		}
		return page.NextMarker, forEach(ctx, s, slices.Collect(slices.Chunk(all, elbTagged)), func(ctx context.Context, some []*audit.Observation) error {
			some, err := s.batch(ctx, some, []string{"Tags"}, p.tags(s))
			if err != nil {
				return err
			}
			return forEach(ctx, s, some, func(ctx context.Context, o *audit.Observation) error {
				if err := p.detail(ctx, s, o, read[o]); err != nil {
					return err
				}
				return s.emit(ctx, out, o)
			})
		})
	})
}

// tags reads the tags of balancers, which have their names from the API and are named by these.
func (p *elbProjectors) tags(s *session) func(context.Context, []*audit.Observation) error {
	return func(ctx context.Context, some []*audit.Observation) error {
		byName := map[string]*audit.Observation{}
		for _, o := range some {
			byName[o.Name] = o
		}
		got, err := elbClient(s).DescribeTags(ctx, &elb.DescribeTagsInput{LoadBalancerNames: slices.Sorted(maps.Keys(byName))})
		if err != nil {
			return err
		}
		for _, d := range got.TagDescriptions {
			if o := byName[aws.ToString(d.LoadBalancerName)]; o != nil {
				o.Config["Tags"] = p.balancers.ProjectAt("Tags", d.Tags)
			}
		}
		return nil
	}
}

// detail reads what the listing leaves out: attributes, and what policies say where a balancer has such as say more than
// a cookie's name.
func (p *elbProjectors) detail(ctx context.Context, s *session, o *audit.Observation, d *types.LoadBalancerDescription) error {
	err := s.detail(ctx, o, append([]string{"facts." + factDesync}, elbAttributes...), func(ctx context.Context) error {
		got, err := elbClient(s).DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerName: d.LoadBalancerName})
		if err != nil {
			return goneIf(err, elbGone...)
		}
		if a := got.LoadBalancerAttributes; a != nil {
			maps.Copy(o.Config, p.balancers.Project(a))
			if a.CrossZoneLoadBalancing != nil {
				o.Config["CrossZone"] = a.CrossZoneLoadBalancing.Enabled
			}
			for _, more := range a.AdditionalAttributes {
				if aws.ToString(more.Key) == "elb.http.desyncmitigationmode" {
					o.Facts[factDesync] = more.Value
				}
			}
		}
		return nil
	})
	if err != nil || d.Policies == nil || len(d.Policies.OtherPolicies) == 0 {
		return err
	}
	return s.detail(ctx, o, []string{"Policies"}, func(ctx context.Context) error {
		got, err := elbClient(s).DescribeLoadBalancerPolicies(ctx, &elb.DescribeLoadBalancerPoliciesInput{
			LoadBalancerName: d.LoadBalancerName, PolicyNames: d.Policies.OtherPolicies,
		})
		if err == nil {
			o.Config["Policies"] = p.policies(d, got.PolicyDescriptions)
		}
		return goneIf(err, elbGone...)
	})
}

// elbGone are the codes of both API versions that say that a resource vanished.
var elbGone = []string{"AccessPointNotFound", "LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound"}

// policies adds to each policy the ports of the instances that it is for, which the balancer's description tells.
func (p *elbProjectors) policies(d *types.LoadBalancerDescription, all []types.PolicyDescription) any {
	list, _ := p.balancers.ProjectAt("Policies", all).([]any)
	for _, e := range list {
		policy, _ := e.(object)
		name, _ := policy["PolicyName"].(string)
		var ports []*int32
		for _, b := range d.BackendServerDescriptions {
			if slices.Contains(b.PolicyNames, name) {
				ports = append(ports, b.InstancePort)
			}
		}
		if len(ports) > 0 {
			policy["InstancePorts"] = ports
		}
	}
	return list
}

func (p *elbProjectors) balancer(s *session, d *types.LoadBalancerDescription) *audit.Observation {
	c := p.balancers.Project(d)
	var listeners []object
	for _, l := range d.ListenerDescriptions {
		if l.Listener == nil {
			continue
		}
		listeners = append(listeners, object{
			"InstancePort": l.Listener.InstancePort, "InstanceProtocol": l.Listener.InstanceProtocol, "PolicyNames": l.PolicyNames,
			"LoadBalancerPort": l.Listener.LoadBalancerPort, "Protocol": l.Listener.Protocol, "SSLCertificateId": l.Listener.SSLCertificateId,
		})
	}
	c["Listeners"] = listeners
	if d.Policies != nil {
		c["AppCookieStickinessPolicy"] = p.balancers.ProjectAt("AppCookieStickinessPolicy", d.Policies.AppCookieStickinessPolicies)
		c["LBCookieStickinessPolicy"] = p.balancers.ProjectAt("LBCookieStickinessPolicy", d.Policies.LBCookieStickinessPolicies)
	}
	instances := make([]string, 0, len(d.Instances))
	for _, i := range d.Instances {
		instances = append(instances, aws.ToString(i.InstanceId))
	}
	slices.Sort(instances)
	o := &audit.Observation{
		Type: elbLoadBalancer, Name: aws.ToString(d.LoadBalancerName), Config: c,
		Facts: object{"CreatedTime": d.CreatedTime, "DNSName": d.DNSName, "Instances": instances, "VPCId": d.VPCId},
	}
	if o.Name != "" {
		o.ExternalID = s.arn("elasticloadbalancing", "loadbalancer/"+o.Name)
	}
	return o
}
