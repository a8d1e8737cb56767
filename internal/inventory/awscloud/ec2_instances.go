package awscloud

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

func ec2InstanceListings() []listing {
	p := newEC2InstanceProjectors()
	return []listing{
		{types: []string{"ec2_instance"}, actions: []string{"ec2:DescribeInstances"}, page: ec2PageSize, collect: p.collectInstances},
		{types: []string{"ec2_network_interface"}, actions: []string{"ec2:DescribeNetworkInterfaces"}, page: ec2PageSize, collect: p.collectInterfaces},
		{types: []string{"ec2_eip"}, actions: []string{"ec2:DescribeAddresses"}, collect: p.collectAddresses},
		{types: []string{"ec2_key_pair"}, actions: []string{"ec2:DescribeKeyPairs"}, collect: p.collectKeyPairs},
	}
}

// ec2InstanceEvents leaves out the calls that may change several attributes, of which the request says which. Calls
// without a path change states alone: they explain no drift.
func ec2InstanceEvents() map[string]map[string][]string {
	of := func(resourceType string, paths ...string) map[string][]string {
		return map[string][]string{resourceType: paths}
	}
	placement := of("ec2_instance", "Affinity", "HostId", "HostResourceGroupArn", "PlacementGroupName", "Tenancy")
	volumes := of("ec2_instance", "BlockDeviceMappings", "Volumes")
	addresses := of("ec2_network_interface", "Ipv4Prefixes", "PrivateIpAddress", "PrivateIpAddresses")
	addresses6 := of("ec2_network_interface", "EnablePrimaryIpv6", "Ipv6Addresses", "Ipv6Prefixes")
	association := of("ec2_eip", "AWS::EC2::EIPAssociation")
	profile := of("ec2_instance", "IamInstanceProfile")
	interfaces := of("ec2_instance", "NetworkInterfaces", "SecurityGroupIds")
	return map[string]map[string][]string{
		"StartInstances":                       of("ec2_instance"),
		"StopInstances":                        of("ec2_instance"),
		"RebootInstances":                      of("ec2_instance"),
		"ModifyInstanceMetadataOptions":        of("ec2_instance", "MetadataOptions"),
		"ModifyInstancePlacement":              placement,
		"ModifyInstanceCpuOptions":             of("ec2_instance", "CpuOptions"),
		"ModifyPrivateDnsNameOptions":          of("ec2_instance", "PrivateDnsNameOptions"),
		"MonitorInstances":                     of("ec2_instance", "Monitoring"),
		"UnmonitorInstances":                   of("ec2_instance", "Monitoring"),
		"AssociateIamInstanceProfile":          profile,
		"DisassociateIamInstanceProfile":       profile,
		"ReplaceIamInstanceProfileAssociation": profile,
		"AttachVolume":                         volumes,
		"DetachVolume":                         volumes,
		"AttachNetworkInterface":               interfaces,
		"DetachNetworkInterface":               interfaces,
		"AssignPrivateIpAddresses":             addresses,
		"UnassignPrivateIpAddresses":           addresses,
		"AssignIpv6Addresses":                  addresses6,
		"UnassignIpv6Addresses":                addresses6,
		"AssociateAddress":                     association,
		"DisassociateAddress":                  association,
	}
}

// ec2InstanceProjectors turn the answers about machines into configurations.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
type ec2InstanceProjectors struct {
	instances, interfaces, addresses, keyPairs *shape.Projector
}

func newEC2InstanceProjectors() *ec2InstanceProjectors {
	return &ec2InstanceProjectors{
		instances: projectorOf("ec2_instance", map[string]string{
			"Instance.Licenses": "LicenseSpecifications",
			// In other words: see instance.
			"Instance.SecurityGroups": "", "Instance.NetworkInterfaces": "", "Instance.BlockDeviceMappings": "",
		}),
		interfaces: projectorOf("ec2_network_interface", map[string]string{
			"NetworkInterface.TagSet":                          "Tags",
			"NetworkInterface.ConnectionTrackingConfiguration": "ConnectionTrackingSpecification",
		}),
		addresses: projectorOf("ec2_eip", map[string]string{"Address.InstanceId": ""}), // see address
		keyPairs:  projectorOf("ec2_key_pair", map[string]string{"KeyPairInfo.PublicKey": "PublicKeyMaterial"}),
	}
}

// collectInstances reads the instances. DisableApiTermination, InstanceInitiatedShutdownBehavior and UserData are not
// read: EC2 tells them only instance by instance and attribute by attribute (DescribeInstanceAttribute), three calls
// for each of what may be tens of thousands; and user data often holds secrets, which then need no keeping.
func (p *ec2InstanceProjectors) collectInstances(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ec2Client(s).DescribeInstances(ctx, &ec2.DescribeInstancesInput{
			MaxResults: aws.Int32(ec2PageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.Reservations {
			r := &page.Reservations[i]
			for k := range r.Instances {
				d := &r.Instances[k]
				if ec2Ended(d.State) {
					continue
				}
				o := p.instance(s, d)
				if r.RequesterId != nil { // what launched it on the account's behalf: Auto Scaling, for one
					o.Facts["RequesterId"] = r.RequesterId
				}
				if err := s.emit(ctx, out, o); err != nil {
					return nil, err
				}
			}
			page.Reservations[i] = types.Reservation{} // as ec2Pages does
		}
		return page.NextToken, nil
	})
}

// ec2Ended tells instances that are gone, which EC2 lists for about an hour more.
func ec2Ended(state *types.InstanceState) bool {
	return state != nil && (state.Name == types.InstanceStateNameTerminated || state.Name == types.InstanceStateNameShuttingDown)
}

func (p *ec2InstanceProjectors) instance(s *session, d *types.Instance) *audit.Observation {
	c := p.instances.Project(d)
	groups := make([]any, 0, len(d.SecurityGroups))
	for _, g := range d.SecurityGroups {
		groups = append(groups, g.GroupId)
	}
	c["SecurityGroupIds"] = groups
	if d.IamInstanceProfile != nil { // declared by name, answered by ARN: ...:instance-profile/path/name
		at := aws.ToString(d.IamInstanceProfile.Arn)
		c["IamInstanceProfile"] = at[strings.LastIndexByte(at, '/')+1:]
	}
	if d.Monitoring != nil {
		state := d.Monitoring.State
		c["Monitoring"] = state == types.MonitoringStateEnabled || state == types.MonitoringStatePending
	}
	if at := d.Placement; at != nil {
		c["AvailabilityZone"], c["Affinity"], c["HostId"] = at.AvailabilityZone, at.Affinity, at.HostId
		c["HostResourceGroupArn"], c["Tenancy"] = at.HostResourceGroupArn, told(at.Tenancy)
		if aws.ToString(at.GroupName) != "" {
			c["PlacementGroupName"] = at.GroupName
		}
	}
	c["BlockDeviceMappings"], c["Volumes"] = ec2InstanceVolumes(d.BlockDeviceMappings)
	c["NetworkInterfaces"] = ec2InstanceInterfaces(d.NetworkInterfaces)
	facts := object{
		"LaunchTime": d.LaunchTime, "PublicIpAddress": filled(d.PublicIpAddress), "PublicDnsName": filled(d.PublicDnsName),
		"PrivateDnsName": filled(d.PrivateDnsName), "Ipv6Address": filled(d.Ipv6Address), "VpcId": d.VpcId,
		"StateTransitionReason": filled(d.StateTransitionReason), "Architecture": told(d.Architecture),
		"PlatformDetails": d.PlatformDetails, "InstanceLifecycle": told(d.InstanceLifecycle),
		"RootDeviceType": told(d.RootDeviceType), "RootDeviceName": d.RootDeviceName,
		"VirtualizationType": told(d.VirtualizationType),
	}
	o := ec2Listed(s, "ec2_instance", "instance", d.InstanceId, c, facts, d.Tags)
	if d.State != nil {
		facts["State"] = told(d.State.Name)
		switch d.State.Name {
		case types.InstanceStateNameStopped, types.InstanceStateNameStopping:
			o.Status = audit.ResourceStopped
		}
	}
	return o
}

// ec2InstanceVolumes returns the block devices and the volumes that are attached there. The volumes' own attributes
// are ec2_volume's.
func ec2InstanceVolumes(mappings []types.InstanceBlockDeviceMapping) (devices, volumes []any) {
	for _, m := range mappings {
		if m.Ebs == nil || m.Ebs.Status == types.AttachmentStatusDetaching || m.Ebs.Status == types.AttachmentStatusDetached {
			continue
		}
		devices = append(devices, object{
			"DeviceName": m.DeviceName, "Ebs": object{"DeleteOnTermination": m.Ebs.DeleteOnTermination},
		})
		volumes = append(volumes, object{"Device": m.DeviceName, "VolumeId": m.Ebs.VolumeId})
	}
	return devices, volumes
}

// ec2InstanceInterfaces returns what an instance says of its interfaces beyond what they are themselves, which
// ec2_network_interface says. AssociatePublicIpAddress is not among it: only the address itself would tell, and one that
// Amazon assigned goes with every stop and comes with every start.
func ec2InstanceInterfaces(interfaces []types.InstanceNetworkInterface) []any {
	out := make([]any, 0, len(interfaces))
	for i := range interfaces {
		n := &interfaces[i]
		e := object{
			"NetworkInterfaceId": n.NetworkInterfaceId, "SubnetId": n.SubnetId,
		}
		if n.Attachment != nil {
			e["DeviceIndex"], e["DeleteOnTermination"] = n.Attachment.DeviceIndex, n.Attachment.DeleteOnTermination
		}
		out = append(out, e)
	}
	return out
}

func (p *ec2InstanceProjectors) collectInterfaces(ctx context.Context, s *session, out inventory.Emitter) error {
	return ec2Pages(ctx, s, out, func(ctx context.Context, token *string) ([]types.NetworkInterface, *string, error) {
		page, err := ec2Client(s).DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
			MaxResults: aws.Int32(ec2PageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return page.NetworkInterfaces, page.NextToken, nil
	}, func(d *types.NetworkInterface) *audit.Observation { return p.networkInterface(s, d) })
}

// networkInterface makes one of an interface, also of those that AWS services put into the account's networks: their
// security groups and addresses are open to the same attacks.
func (p *ec2InstanceProjectors) networkInterface(s *session, d *types.NetworkInterface) *audit.Observation {
	c := p.interfaces.Project(d)
	groups := make([]any, 0, len(d.Groups))
	for _, g := range d.Groups {
		groups = append(groups, g.GroupId)
	}
	c["GroupSet"] = groups
	for _, a := range d.Ipv6Addresses {
		if aws.ToBool(a.IsPrimaryIpv6) {
			c["EnablePrimaryIpv6"] = true
		}
	}
	facts := object{
		"Status": told(d.Status), "VpcId": d.VpcId, "AvailabilityZone": d.AvailabilityZone,
		"RequesterManaged": d.RequesterManaged, "RequesterId": filled(d.RequesterId), "PrivateDnsName": filled(d.PrivateDnsName),
	}
	if a := d.Association; a != nil {
		facts["PublicIp"], facts["AllocationId"], facts["IpOwnerId"] = a.PublicIp, a.AllocationId, a.IpOwnerId
	}
	if a := d.Attachment; a != nil {
		facts["Attachment"] = object{
			"AttachTime": a.AttachTime, "DeleteOnTermination": a.DeleteOnTermination, "DeviceIndex": a.DeviceIndex,
			"InstanceId": a.InstanceId, "InstanceOwnerId": a.InstanceOwnerId, "Status": told(a.Status),
		}
	}
	return ec2Listed(s, "ec2_network_interface", "network-interface", d.NetworkInterfaceId, c, facts, d.TagSet)
}

// collectAddresses reads the Elastic IPs, which EC2 returns all at once.
func (p *ec2InstanceProjectors) collectAddresses(ctx context.Context, s *session, out inventory.Emitter) error {
	return ec2Pages(ctx, s, out, func(ctx context.Context, _ *string) ([]types.Address, *string, error) {
		page, err := ec2Client(s).DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
		if err != nil {
			return nil, nil, err
		}
		return page.Addresses, nil, nil
	}, func(d *types.Address) *audit.Observation { return p.address(s, d) })
}

func (p *ec2InstanceProjectors) address(s *session, d *types.Address) *audit.Observation {
	c := p.addresses.Project(d)
	if d.AssociationId != nil {
		c["AWS::EC2::EIPAssociation"] = object{
			"InstanceId": filled(d.InstanceId), "NetworkInterfaceId": d.NetworkInterfaceId, "PrivateIpAddress": d.PrivateIpAddress,
		}
	}
	facts := object{
		"PublicIp": d.PublicIp, "AllocationId": d.AllocationId, "AssociationId": d.AssociationId,
		"NetworkInterfaceOwnerId": d.NetworkInterfaceOwnerId, "ServiceManaged": told(d.ServiceManaged),
	}
	id := cmp.Or(aws.ToString(d.AllocationId), aws.ToString(d.PublicIp))
	return ec2Listed(s, "ec2_eip", "elastic-ip", &id, c, facts, d.Tags)
}

// collectKeyPairs reads the key pairs, which EC2 returns all at once. Their ARN has the name, which is what instances
// refer to; importing another key under it is a drift of PublicKeyMaterial.
func (p *ec2InstanceProjectors) collectKeyPairs(ctx context.Context, s *session, out inventory.Emitter) error {
	return ec2Pages(ctx, s, out, func(ctx context.Context, _ *string) ([]types.KeyPairInfo, *string, error) {
		page, err := ec2Client(s).DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{IncludePublicKey: aws.Bool(true)})
		if err != nil {
			return nil, nil, err
		}
		return page.KeyPairs, nil, nil
	}, func(d *types.KeyPairInfo) *audit.Observation {
		c := p.keyPairs.Project(d)
		if key := strings.TrimSpace(aws.ToString(d.PublicKey)); key != "" {
			c["PublicKeyMaterial"] = key
		}
		facts := object{"KeyPairId": d.KeyPairId, "KeyFingerprint": d.KeyFingerprint, "CreateTime": d.CreateTime}
		o := ec2Listed(s, "ec2_key_pair", "key-pair", d.KeyName, c, facts, d.Tags)
		o.Name = aws.ToString(d.KeyName)
		return o
	})
}

// filled returns a text, nil where the API sends an empty one for what isn't there.
func filled(v *string) any {
	if v == nil || *v == "" {
		return nil
	}
	return *v
}
