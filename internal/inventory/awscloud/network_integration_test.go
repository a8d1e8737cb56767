//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/ptr"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// fillNetwork makes one of everything, and returns the ids by resource type.
func (e *estate) fillNetwork(t *testing.T) map[string]string {
	ctx, s := t.Context(), aws.String
	out := map[string]string{}
	vpc := must(e.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: s("10.0.0.0/16"), AmazonProvidedIpv6CidrBlock: new(true)}))(t).Vpc
	out["ec2_vpc"] = *vpc.VpcId
	must(e.ec2.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{
		VpcId: vpc.VpcId, EnableDnsHostnames: &types.AttributeBooleanValue{Value: new(true)},
	}))(t)
	subnet := must(e.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc.VpcId, CidrBlock: s("10.0.0.0/24")}))(t).Subnet
	out["ec2_subnet"] = *subnet.SubnetId
	must(e.ec2.ModifySubnetAttribute(ctx, &ec2.ModifySubnetAttributeInput{
		SubnetId: subnet.SubnetId, MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: new(true)},
	}))(t)
	group := must(e.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{VpcId: vpc.VpcId, GroupName: s("web"), Description: s("Web")}))(t)
	out["ec2_security_group"] = *group.GroupId
	must(e.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: group.GroupId, IpPermissions: []types.IpPermission{
		{IpProtocol: s("tcp"), FromPort: ptr.Int32(22), ToPort: ptr.Int32(22), IpRanges: []types.IpRange{
			{CidrIp: s("0.0.0.0/0")}, {CidrIp: s("10.0.0.0/8"), Description: s("inside")},
		}},
		{IpProtocol: s("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: group.GroupId}}},
	}}))(t)
	acl := must(e.ec2.CreateNetworkAcl(ctx, &ec2.CreateNetworkAclInput{VpcId: vpc.VpcId}))(t).NetworkAcl
	out["ec2_network_acl"] = *acl.NetworkAclId
	must(e.ec2.CreateNetworkAclEntry(ctx, &ec2.CreateNetworkAclEntryInput{
		NetworkAclId: acl.NetworkAclId, RuleNumber: ptr.Int32(100), Protocol: s("6"), RuleAction: types.RuleActionAllow, Egress: new(false),
		CidrBlock: s("0.0.0.0/0"), PortRange: &types.PortRange{From: ptr.Int32(443), To: ptr.Int32(443)},
	}))(t)
	e.fillGateways(t, vpc.VpcId, subnet.SubnetId, out)
	endpoint := must(e.ec2.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{
		VpcId: vpc.VpcId, ServiceName: s("com.amazonaws." + motoserver.Region + ".kms"), VpcEndpointType: types.VpcEndpointTypeInterface,
		SubnetIds: []string{*subnet.SubnetId}, SecurityGroupIds: []string{*group.GroupId},
	}))(t).VpcEndpoint
	out["ec2_vpc_endpoint"] = *endpoint.VpcEndpointId
	other := must(e.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: s("10.1.0.0/16")}))(t).Vpc
	peering := must(e.ec2.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: vpc.VpcId, PeerVpcId: other.VpcId}))(t)
	out["ec2_vpc_peering_connection"] = *peering.VpcPeeringConnection.VpcPeeringConnectionId
	must(e.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: s("flows")}))(t)
	logs := must(e.ec2.CreateFlowLogs(ctx, &ec2.CreateFlowLogsInput{
		ResourceIds: []string{*vpc.VpcId}, ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: types.TrafficTypeAll,
		LogDestinationType: types.LogDestinationTypeS3, LogDestination: s("arn:aws:s3:::flows"),
	}))(t)
	out["ec2_flow_log"] = logs.FlowLogIds[0]
	return out
}

func (e *estate) fillGateways(t *testing.T, vpc, subnet *string, out map[string]string) {
	ctx, s := t.Context(), aws.String
	internet := must(e.ec2.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))(t).InternetGateway
	out["ec2_internet_gateway"] = *internet.InternetGatewayId
	must(e.ec2.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: internet.InternetGatewayId, VpcId: vpc}))(t)
	egress := must(e.ec2.CreateEgressOnlyInternetGateway(ctx, &ec2.CreateEgressOnlyInternetGatewayInput{VpcId: vpc}))(t)
	out["ec2_egress_only_internet_gateway"] = *egress.EgressOnlyInternetGateway.EgressOnlyInternetGatewayId
	address := must(e.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc}))(t)
	nat := must(e.ec2.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: subnet, AllocationId: address.AllocationId}))(t).NatGateway
	out["ec2_nat_gateway"] = *nat.NatGatewayId
	vpn := must(e.ec2.CreateVpnGateway(ctx, &ec2.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1}))(t).VpnGateway
	out["ec2_vpn_gateway"] = *vpn.VpnGatewayId
	must(e.ec2.AttachVpnGateway(ctx, &ec2.AttachVpnGatewayInput{VpnGatewayId: vpn.VpnGatewayId, VpcId: vpc}))(t)
	transit := must(e.ec2.CreateTransitGateway(ctx, &ec2.CreateTransitGatewayInput{Description: s("hub")}))(t).TransitGateway
	out["ec2_transit_gateway"] = *transit.TransitGatewayId
	table := must(e.ec2.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: vpc}))(t).RouteTable
	out["ec2_route_table"] = *table.RouteTableId
	must(e.ec2.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: table.RouteTableId, DestinationCidrBlock: s("0.0.0.0/0"), GatewayId: internet.InternetGatewayId,
	}))(t)
	must(e.ec2.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: table.RouteTableId, SubnetId: subnet}))(t)
}

// checkNetwork holds configurations against what was made, whose ids are given by type.
func checkNetwork(t *testing.T, h *haul, ids map[string]string) {
	t.Helper()
	byID := map[string]object{}
	for _, o := range h.all {
		byID[lastPart(o.ExternalID)] = o.Config
	}
	vpc, subnet, group := ids["ec2_vpc"], ids["ec2_subnet"], ids["ec2_security_group"]
	inVPC := []any{object{"VpcId": vpc}}
	for typ, want := range map[string]object{
		"ec2_vpc":    {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true, "EnableDnsSupport": true},
		"ec2_subnet": {"VpcId": vpc, "MapPublicIpOnLaunch": true},
		"ec2_security_group": {
			"SecurityGroupIngress": []any{
				object{"CidrIp": "0.0.0.0/0", "FromPort": int64(22), "IpProtocol": "tcp", "ToPort": int64(22)},
				object{"CidrIp": "10.0.0.0/8", "Description": "inside", "FromPort": int64(22), "IpProtocol": "tcp", "ToPort": int64(22)},
				object{"IpProtocol": "-1", "SourceSecurityGroupId": group},
			},
			"SecurityGroupEgress": []any{ // of a VPC with IPv6
				object{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}, object{"CidrIpv6": "::/0", "IpProtocol": "-1"},
			},
		},
		"ec2_network_acl": {networkACLEntry: []any{object{
			"CidrBlock": "0.0.0.0/0", "Egress": false, "PortRange": object{"From": int64(443), "To": int64(443)},
			"Protocol": int64(6), "RuleAction": "allow", "RuleNumber": int64(100),
		}}},
		"ec2_route_table": {
			routeChild:            []any{object{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ids["ec2_internet_gateway"]}},
			routeTableSubnetChild: []any{object{"SubnetId": subnet}},
		},
		"ec2_internet_gateway":             {gatewayAttachment: inVPC},
		"ec2_egress_only_internet_gateway": {"VpcId": vpc},
		"ec2_vpn_gateway":                  {gatewayAttachment: inVPC},
		"ec2_nat_gateway":                  {"SubnetId": subnet, "ConnectivityType": "public"},
		"ec2_transit_gateway":              {"Description": "hub"},
		"ec2_vpc_endpoint":                 {"VpcId": vpc, "SubnetIds": []any{subnet}, "SecurityGroupIds": []any{group}},
		"ec2_flow_log":                     {"ResourceId": vpc, "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3"},
		"ec2_vpc_peering_connection":       {"VpcId": vpc, "PeerOwnerId": motoserver.Account},
	} {
		for path, value := range want {
			if diff := cmp.Diff(value, byID[ids[typ]][path]); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", typ, path, diff)
			}
		}
	}
}
