package awscloud

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	routeChild              = "AWS::EC2::Route"
	routeTableSubnetChild   = "AWS::EC2::SubnetRouteTableAssociation"
	routeTableGatewayChild  = "AWS::EC2::GatewayRouteTableAssociation"
	ec2RouteTablePageSize   = 100 // the most that DescribeRouteTables takes
	localGateway            = "local"
	endpointGatewayIDPrefix = "vpce-"
)

// ec2RouteListings read route tables and peering connections.
func ec2RouteListings() []listing {
	p := &ec2Routes{
		tables:   projectorOf("ec2_route_table", map[string]string{"RouteTable.Routes": routeChild}),
		peerings: projectorOf("ec2_vpc_peering_connection", nil),
	}
	return []listing{
		{
			types: []string{"ec2_route_table"}, actions: []string{"ec2:DescribeRouteTables"},
			page: ec2RouteTablePageSize, collect: ec2Collect(describeRouteTables, p.table),
		},
		{
			types: []string{"ec2_vpc_peering_connection"}, actions: []string{"ec2:DescribeVpcPeeringConnections"},
			page: ec2PageSize, collect: ec2Collect(describePeerings, p.peering),
		},
	}
}

func ec2RouteEvents() map[string]map[string][]string {
	const table = "ec2_route_table"
	events := ec2Changes(table, []string{routeChild}, "CreateRoute", "ReplaceRoute", "DeleteRoute")
	maps.Copy(events, ec2Changes(table, []string{routeTableGatewayChild, routeTableSubnetChild},
		"AssociateRouteTable", "ReplaceRouteTableAssociation", "DisassociateRouteTable"))
	return events
}

func describeRouteTables(ctx context.Context, api *ec2.Client, token *string) ([]types.RouteTable, *string, error) {
	page, err := api.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		MaxResults: aws.Int32(ec2RouteTablePageSize), NextToken: token,
	})
	if err != nil {
		return nil, nil, err
	}
	return page.RouteTables, page.NextToken, nil
}

func describePeerings(ctx context.Context, api *ec2.Client, token *string) ([]types.VpcPeeringConnection, *string, error) {
	page, err := api.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{
		MaxResults: aws.Int32(ec2PageSize), NextToken: token,
	})
	if err != nil {
		return nil, nil, err
	}
	return page.VpcPeeringConnections, page.NextToken, nil
}

// ec2Routes turn the answers about route tables and peering connections into configurations.
type ec2Routes struct{ tables, peerings *shape.Projector }

func (p *ec2Routes) table(s *session, t *types.RouteTable) *audit.Observation {
	if ec2Others(s, t.OwnerId) {
		return nil
	}
	var facts object
	declared := *t
	declared.Routes, facts = declaredRoutes(t.Routes)
	c := p.tables.Project(&declared)
	list, _ := c[routeChild].([]any)
	for _, e := range list {
		if route, ok := e.(object); ok {
			asDeclared(route)
		}
	}
	var subnets, gateways []object
	main := false
	for _, a := range t.Associations {
		if a.AssociationState != nil && !routeTableAssociated(a.AssociationState.State) {
			continue
		}
		main = main || aws.ToBool(a.Main)
		if a.SubnetId != nil {
			subnets = append(subnets, object{"SubnetId": a.SubnetId})
		}
		if a.GatewayId != nil {
			gateways = append(gateways, object{"GatewayId": a.GatewayId})
		}
	}
	c[routeTableSubnetChild], c[routeTableGatewayChild] = subnets, gateways
	facts["Main"] = main
	return ec2Listed(s, "ec2_route_table", "route-table", t.RouteTableId, c, facts, t.Tags)
}

// declaredRoutes tells the routes that somebody made from those that come by themselves, which are facts: the VPC's own
// (local, as long as nobody replaced it), those that gateway endpoints bring (their RouteTableIds declare them) and
// those that a gateway or a route server propagates. Routes that lead nowhere any more are a fact besides.
func declaredRoutes(routes []types.Route) (declared []types.Route, facts object) {
	var propagated, implied []types.Route
	var blackholes []*string
	for _, r := range routes {
		gateway := aws.ToString(r.GatewayId)
		switch {
		case r.Origin == types.RouteOriginEnableVgwRoutePropagation, r.Origin == types.RouteOriginAdvertisement:
			propagated = append(propagated, r)
		case gateway == localGateway && (r.Origin == types.RouteOriginCreateRouteTable || r.Origin == ""),
			strings.HasPrefix(gateway, endpointGatewayIDPrefix) && r.DestinationPrefixListId != nil:
			implied = append(implied, r)
		default:
			declared = append(declared, r)
		}
		if r.State == types.RouteStateBlackhole {
			for _, to := range []*string{r.DestinationCidrBlock, r.DestinationIpv6CidrBlock, r.DestinationPrefixListId} {
				if to != nil {
					blackholes = append(blackholes, to)
				}
			}
		}
	}
	return declared, object{"PropagatedRoutes": propagated, "ImpliedRoutes": implied, "BlackholeDestinations": blackholes}
}

// asDeclared names a route's target as one declares it. The API tells Gateway Load Balancer endpoints as gateways, and
// of a route to a network interface the instance, too, that has it.
func asDeclared(route object) {
	if id, _ := route["GatewayId"].(string); strings.HasPrefix(id, endpointGatewayIDPrefix) {
		route["VpcEndpointId"] = id
		delete(route, "GatewayId")
	}
	if route["NetworkInterfaceId"] != nil {
		delete(route, "InstanceId")
	}
}

func routeTableAssociated(state types.RouteTableAssociationStateCode) bool {
	switch state {
	case types.RouteTableAssociationStateCodeDisassociating, types.RouteTableAssociationStateCodeDisassociated,
		types.RouteTableAssociationStateCodeFailed:
		return false
	}
	return true
}

// peering reads a connection from this account's side, whichever asked for it: both accounts, and both regions, have it.
func (p *ec2Routes) peering(s *session, v *types.VpcPeeringConnection) *audit.Observation {
	facts := object{}
	if v.Status != nil {
		switch v.Status.Code {
		case types.VpcPeeringConnectionStateReasonCodeDeleted, types.VpcPeeringConnectionStateReasonCodeDeleting,
			types.VpcPeeringConnectionStateReasonCodeRejected, types.VpcPeeringConnectionStateReasonCodeExpired,
			types.VpcPeeringConnectionStateReasonCodeFailed:
			return nil // visible for a while still (Amazon VPC peering guide, "VPC peering connection lifecycle")
		}
		facts["StatusCode"] = told(v.Status.Code)
	}
	c := p.peerings.Project(v)
	if r := v.RequesterVpcInfo; r != nil {
		c["VpcId"] = r.VpcId
		facts["Requester"] = peer(r)
	}
	if a := v.AccepterVpcInfo; a != nil {
		c["PeerVpcId"], c["PeerOwnerId"], c["PeerRegion"] = a.VpcId, a.OwnerId, a.Region
		facts["Accepter"] = peer(a)
	}
	return ec2Listed(s, "ec2_vpc_peering_connection", "vpc-peering-connection", v.VpcPeeringConnectionId, c, facts, v.Tags)
}

// peer is what is known of one side of a peering connection. Which of its CIDR blocks are answered depends on the
// connection's state.
func peer(v *types.VpcPeeringConnectionVpcInfo) object {
	out := object{"OwnerId": v.OwnerId, "Region": v.Region, "VpcId": v.VpcId, "CidrBlock": v.CidrBlock}
	if v.PeeringOptions != nil {
		out["AllowDnsResolutionFromRemoteVpc"] = v.PeeringOptions.AllowDnsResolutionFromRemoteVpc
	}
	return out
}
