package awscloud

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lightsail/types"

	"github.com/infraudit/infraudit/internal/audit"
)

func (p *lightsailProjectors) instance(v *types.Instance) *audit.Observation {
	o := &audit.Observation{
		Type: "lightsail_instance", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.instances.Project(v),
		Facts: object{
			"BlueprintName": v.BlueprintName, "CreatedAt": v.CreatedAt, "Ipv6Addresses": slices.Sorted(slices.Values(v.Ipv6Addresses)),
			"IsStaticIp": v.IsStaticIp, "PrivateIpAddress": v.PrivateIpAddress, "PublicIpAddress": v.PublicIpAddress, "Username": v.Username,
		},
	}
	o.Config["AddOns"], o.Config["AvailabilityZone"] = lightsailAddOns(v.AddOns), lightsailZone(v.Location)
	if v.State != nil {
		o.Facts["State"] = v.State.Name
		switch aws.ToString(v.State.Name) {
		case "terminated", "shutting-down":
			return nil
		case "stopped":
			o.Status = audit.ResourceStopped
		}
	}
	return o
}

func (p *lightsailProjectors) disk(v *types.Disk) *audit.Observation {
	o := &audit.Observation{
		Type: "lightsail_disk", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.disks.Project(v),
		Facts: object{
			"AttachedTo": v.AttachedTo, "AutoMountStatus": told(v.AutoMountStatus), "CreatedAt": v.CreatedAt, "Path": v.Path,
			"State": told(v.State),
		},
	}
	o.Config["AddOns"], o.Config["AvailabilityZone"] = lightsailAddOns(v.AddOns), lightsailZone(v.Location)
	return o
}

func (p *lightsailProjectors) staticIP(v *types.StaticIp) *audit.Observation {
	return &audit.Observation{
		Type: "lightsail_static_ip", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.staticIPs.Project(v),
		Facts: object{"CreatedAt": v.CreatedAt, "IpAddress": v.IpAddress},
	}
}

// loadBalancer makes an observation of a load balancer. What CloudFormation has as properties the API has as options, in
// texts.
func (p *lightsailProjectors) loadBalancer(v *types.LoadBalancer) *audit.Observation {
	o := &audit.Observation{
		Type: "lightsail_load_balancer", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.loadBalancers.Project(v),
		Facts: object{
			"CreatedAt": v.CreatedAt, "DnsName": v.DnsName, "Protocol": told(v.Protocol),
			"PublicPorts": slices.Sorted(slices.Values(v.PublicPorts)), "State": told(v.State),
		},
	}
	var instances []any
	for _, i := range v.InstanceHealthSummary {
		instances = append(instances, i.InstanceName)
	}
	o.Config["AttachedInstances"] = instances
	for option, property := range map[types.LoadBalancerAttributeName]string{
		types.LoadBalancerAttributeNameSessionStickinessEnabled:                 "SessionStickinessEnabled",
		types.LoadBalancerAttributeNameSessionStickinessLbCookieDurationSeconds: "SessionStickinessLBCookieDurationSeconds",
	} {
		if value, ok := v.ConfigurationOptions[string(option)]; ok {
			o.Config[property] = value
		}
	}
	return o
}

// database makes an observation of a database. Of changes that wait for the maintenance window nothing is kept but that
// there are some: they may hold the new password.
func (p *lightsailProjectors) database(v *types.RelationalDatabase) *audit.Observation {
	if aws.ToString(v.State) == "deleting" {
		return nil
	}
	o := &audit.Observation{
		Type: "lightsail_database", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.databases.Project(v),
		Facts: object{
			"CreatedAt": v.CreatedAt, "Engine": v.Engine, "EngineVersion": v.EngineVersion, "ParameterApplyStatus": v.ParameterApplyStatus,
			"PendingModifications":      v.PendingModifiedValues != nil && plain(v.PendingModifiedValues) != nil,
			"SecondaryAvailabilityZone": v.SecondaryAvailabilityZone, "State": v.State,
		},
	}
	o.Config["AvailabilityZone"] = lightsailZone(v.Location)
	if e := v.MasterEndpoint; e != nil {
		o.Facts["EndpointAddress"], o.Facts["EndpointPort"] = e.Address, e.Port
	}
	if aws.ToString(v.State) == "stopped" {
		o.Status = audit.ResourceStopped
	}
	return o
}

func (p *lightsailProjectors) bucket(v *types.Bucket) *audit.Observation {
	o := &audit.Observation{
		Type: "lightsail_bucket", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.buckets.Project(v),
		Facts: object{"AbleToUpdateBundle": v.AbleToUpdateBundle, "CreatedAt": v.CreatedAt, "Url": v.Url},
	}
	if v.ObjectVersioning != nil { // never enabled, or suspended, is a no to CloudFormation
		o.Config["ObjectVersioning"] = *v.ObjectVersioning == "Enabled"
	}
	var resources []any
	for _, r := range v.ResourcesReceivingAccess {
		resources = append(resources, r.Name)
	}
	o.Config["ResourcesReceivingAccess"] = resources
	if v.State != nil {
		o.Facts["State"] = v.State.Code
	}
	return o
}

// lightsailAddOns are the add-ons that are turned on, or being so. When the next snapshot will be made is nobody's wish.
func lightsailAddOns(addOns []types.AddOn) []any {
	var out []any
	for _, a := range addOns {
		if !strings.HasPrefix(aws.ToString(a.Status), "Enabl") {
			continue
		}
		one := object{"AddOnType": a.Name, "Status": "Enabled"}
		if a.SnapshotTimeOfDay != nil {
			one["AutoSnapshotAddOnRequest"] = object{"SnapshotTimeOfDay": a.SnapshotTimeOfDay}
		}
		out = append(out, one)
	}
	return out
}

func lightsailZone(at *types.ResourceLocation) *string {
	if at == nil {
		return nil
	}
	return at.AvailabilityZone
}
