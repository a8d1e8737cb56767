package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// ec2GatewayListings read what leads out of VPCs.
func ec2GatewayListings() []listing {
	p := &ec2Gateways{
		internet: projectorOf("ec2_internet_gateway", nil),
		egress:   projectorOf("ec2_egress_only_internet_gateway", nil),
		nat:      projectorOf("ec2_nat_gateway", nil),
		vpn:      projectorOf("ec2_vpn_gateway", nil),
		transit:  projectorOf("ec2_transit_gateway", nil),
	}
	return []listing{
		{
			types: []string{"ec2_internet_gateway"}, actions: []string{"ec2:DescribeInternetGateways"},
			page: ec2PageSize, collect: ec2Collect(describeInternetGateways, p.internetGateway),
		},
		{
			types: []string{"ec2_egress_only_internet_gateway"}, actions: []string{"ec2:DescribeEgressOnlyInternetGateways"},
			page: ec2EgressGatewayPageSize, collect: ec2Collect(describeEgressOnlyInternetGateways, p.egressOnlyInternetGateway),
		},
		{
			types: []string{"ec2_nat_gateway"}, actions: []string{"ec2:DescribeNatGateways"},
			page: ec2PageSize, collect: ec2Collect(describeNATGateways, p.natGateway),
		},
		{
			types: []string{"ec2_vpn_gateway"}, actions: []string{"ec2:DescribeVpnGateways"},
			collect: ec2Collect(describeVPNGateways, p.vpnGateway),
		},
		{
			types: []string{"ec2_transit_gateway"}, actions: []string{"ec2:DescribeTransitGateways"},
			page: ec2PageSize, collect: ec2Collect(describeTransitGateways, p.transitGateway),
		},
	}
}

func ec2GatewayEvents() map[string]map[string][]string {
	const nat = "ec2_nat_gateway"
	attachment := []string{gatewayAttachment}
	events := ec2Changes("ec2_internet_gateway", attachment, "AttachInternetGateway", "DetachInternetGateway")
	for _, more := range []map[string]map[string][]string{
		ec2Changes("ec2_vpn_gateway", attachment, "AttachVpnGateway", "DetachVpnGateway"),
		ec2Changes(nat, []string{"AvailabilityZoneAddresses", "SecondaryAllocationIds", "SecondaryPrivateIpAddresses"},
			"AssociateNatGatewayAddress", "DisassociateNatGatewayAddress"),
		ec2Changes(nat, []string{"SecondaryPrivateIpAddresses"}, "AssignPrivateNatGatewayAddress", "UnassignPrivateNatGatewayAddress"),
		ec2Changes("ec2_transit_gateway", []string{
			"AmazonSideAsn", "AssociationDefaultRouteTableId", "AutoAcceptSharedAttachments", "DefaultRouteTableAssociation",
			"DefaultRouteTablePropagation", "Description", "DnsSupport", "PropagationDefaultRouteTableId",
			"SecurityGroupReferencingSupport", "TransitGatewayCidrBlocks", "VpnEcmpSupport",
		}, "ModifyTransitGateway"),
	} {
		maps.Copy(events, more)
	}
	return events
}

// ec2EgressGatewayPageSize is the most that DescribeEgressOnlyInternetGateways takes.
const ec2EgressGatewayPageSize = 255

func describeInternetGateways(ctx context.Context, api *ec2.Client, token *string) ([]types.InternetGateway, *string, error) {
	page, err := api.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{
		MaxResults: aws.Int32(ec2PageSize), NextToken: token,
	})
	if err != nil {
		return nil, nil, err
	}
	return page.InternetGateways, page.NextToken, nil
}

func describeEgressOnlyInternetGateways(
	ctx context.Context, api *ec2.Client, token *string,
) ([]types.EgressOnlyInternetGateway, *string, error) {
	page, err := api.DescribeEgressOnlyInternetGateways(ctx, &ec2.DescribeEgressOnlyInternetGatewaysInput{
		MaxResults: aws.Int32(ec2EgressGatewayPageSize), NextToken: token,
	})
	if err != nil {
		return nil, nil, err
	}
	return page.EgressOnlyInternetGateways, page.NextToken, nil
}

func describeNATGateways(ctx context.Context, api *ec2.Client, token *string) ([]types.NatGateway, *string, error) {
	page, err := api.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
	if err != nil {
		return nil, nil, err
	}
	return page.NatGateways, page.NextToken, nil
}

// describeVPNGateways has no pages: an account has a handful at most.
func describeVPNGateways(ctx context.Context, api *ec2.Client, _ *string) ([]types.VpnGateway, *string, error) {
	all, err := api.DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{})
	if err != nil {
		return nil, nil, err
	}
	return all.VpnGateways, nil, nil
}

func describeTransitGateways(ctx context.Context, api *ec2.Client, token *string) ([]types.TransitGateway, *string, error) {
	page, err := api.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{
		MaxResults: aws.Int32(ec2PageSize), NextToken: token,
	})
	if err != nil {
		return nil, nil, err
	}
	return page.TransitGateways, page.NextToken, nil
}

// ec2Gateways turn the answers about gateways into configurations.
type ec2Gateways struct{ internet, egress, nat, vpn, transit *shape.Projector }

func (p *ec2Gateways) internetGateway(s *session, g *types.InternetGateway) *audit.Observation {
	if ec2Others(s, g.OwnerId) {
		return nil
	}
	c := p.internet.Project(g)
	var attached []object
	for _, a := range g.Attachments {
		if ec2Attached(string(a.State)) {
			attached = append(attached, object{"VpcId": a.VpcId})
		}
	}
	c[gatewayAttachment] = attached
	return ec2Listed(s, "ec2_internet_gateway", "internet-gateway", g.InternetGatewayId, c, nil, g.Tags)
}

func (p *ec2Gateways) egressOnlyInternetGateway(s *session, g *types.EgressOnlyInternetGateway) *audit.Observation {
	c := p.egress.Project(g)
	for _, a := range g.Attachments { // one at most holds
		if ec2Attached(string(a.State)) {
			c["VpcId"] = a.VpcId
		}
	}
	return ec2Listed(s, "ec2_egress_only_internet_gateway", "egress-only-internet-gateway", g.EgressOnlyInternetGatewayId, c, nil, g.Tags)
}

func (p *ec2Gateways) vpnGateway(s *session, g *types.VpnGateway) *audit.Observation {
	if g.State == types.VpnStateDeleted || g.State == types.VpnStateDeleting {
		return nil
	}
	c := p.vpn.Project(g)
	var attached []object
	for _, a := range g.VpcAttachments {
		if ec2Attached(string(a.State)) {
			attached = append(attached, object{"VpcId": a.VpcId})
		}
	}
	c[gatewayAttachment] = attached
	return ec2Listed(s, "ec2_vpn_gateway", "vpn-gateway", g.VpnGatewayId, c,
		object{"AvailabilityZone": g.AvailabilityZone, "State": told(g.State)}, g.Tags)
}

func (p *ec2Gateways) transitGateway(s *session, g *types.TransitGateway) *audit.Observation {
	if ec2Others(s, g.OwnerId) || g.State == types.TransitGatewayStateDeleted || g.State == types.TransitGatewayStateDeleting {
		return nil
	}
	c := p.transit.Project(g)
	maps.Copy(c, p.transit.Project(g.Options))
	facts := object{"CreationTime": g.CreationTime, "State": told(g.State)}
	if g.Options != nil && g.Options.EncryptionSupport != nil {
		facts["EncryptionState"] = told(g.Options.EncryptionSupport.EncryptionState)
	}
	return ec2Listed(s, "ec2_transit_gateway", "transit-gateway", g.TransitGatewayId, c, facts, g.Tags)
}

// natGateway reads a NAT gateway. Deleted ones are listed for about an hour still.
func (p *ec2Gateways) natGateway(s *session, g *types.NatGateway) *audit.Observation {
	if g.State == types.NatGatewayStateDeleted || g.State == types.NatGatewayStateDeleting {
		return nil
	}
	c := p.nat.Project(g)
	var public []*string
	for i := range g.NatGatewayAddresses {
		public = append(public, g.NatGatewayAddresses[i].PublicIp)
	}
	if g.AvailabilityMode == types.AvailabilityModeRegional {
		c["AvailabilityZoneAddresses"] = natZoneAddresses(g)
	} else {
		natAddresses(g, c)
	}
	return ec2Listed(s, "ec2_nat_gateway", "natgateway", g.NatGatewayId, c, object{
		"State": told(g.State), "CreateTime": g.CreateTime, "PublicIps": public, "FailureCode": g.FailureCode,
		"AutoScalingIps": told(g.AutoScalingIps), "AutoProvisionZones": told(g.AutoProvisionZones), "RouteTableId": g.RouteTableId,
	}, g.Tags)
}

// natAddresses tells the primary address from the secondary ones.
func natAddresses(g *types.NatGateway, c object) {
	var allocations, addresses []*string
	for i := range g.NatGatewayAddresses {
		a := &g.NatGatewayAddresses[i]
		if !natAddressHolds(a) {
			continue
		}
		if aws.ToBool(a.IsPrimary) || len(g.NatGatewayAddresses) == 1 {
			c["AllocationId"], c["PrivateIpAddress"] = a.AllocationId, a.PrivateIp
			continue
		}
		allocations, addresses = append(allocations, a.AllocationId), append(addresses, a.PrivateIp)
	}
	c["SecondaryAllocationIds"], c["SecondaryPrivateIpAddresses"] = allocations, addresses
}

// natZoneAddresses are a regional gateway's addresses by zone, unless AWS adds and removes them by itself.
func natZoneAddresses(g *types.NatGateway) []object {
	if g.AutoScalingIps == types.AutoScalingIpsStateEnabled {
		return nil
	}
	var zones []object
	byZone := map[string]object{}
	for i := range g.NatGatewayAddresses {
		a := &g.NatGatewayAddresses[i]
		if !natAddressHolds(a) {
			continue
		}
		key := aws.ToString(a.AvailabilityZone) + "/" + aws.ToString(a.AvailabilityZoneId)
		zone := byZone[key]
		if zone == nil {
			zone = object{"AvailabilityZone": a.AvailabilityZone, "AvailabilityZoneId": a.AvailabilityZoneId}
			byZone[key], zones = zone, append(zones, zone)
		}
		ids, _ := zone["AllocationIds"].([]*string)
		zone["AllocationIds"] = append(ids, a.AllocationId)
	}
	return zones
}

func natAddressHolds(a *types.NatGatewayAddress) bool {
	switch a.Status {
	case types.NatGatewayAddressStatusDisassociating, types.NatGatewayAddressStatusUnassigning, types.NatGatewayAddressStatusFailed:
		return false
	}
	return true
}
