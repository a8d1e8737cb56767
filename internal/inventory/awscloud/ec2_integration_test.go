//go:build integration

package awscloud

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

const ec2OfMotoPrefix = "arn:aws:ec2:" + motoserver.Region + ":" + motoserver.Account + ":"

func ec2OfMoto() motoService {
	var ids map[string]string
	var instance, shared string
	return motoService{
		service: "ec2", region: motoserver.Region, lacks: []string{
			"ec2:GetEbsDefaultKmsKeyId", "ec2:GetImageBlockPublicAccessState", "ec2:GetInstanceMetadataDefaults",
			"ec2:GetSerialConsoleAccessStatus", "ec2:GetSnapshotBlockPublicAccessState",
		},
		fill: func(t *testing.T, e *estate) map[string][]string {
			instance, shared = e.fillMachines(t)
			ids = e.fillNetwork(t)
			return e.listedEC2(t)
		},
		check: func(t *testing.T, h *haul) {
			checkNetwork(t, h, ids)
			i := h.byID(t, "ec2_instance", ec2OfMotoPrefix+"instance/"+instance)
			if i.Config["InstanceType"] != "t3.micro" || i.Config["KeyName"] != "ops" || i.Tags["env"] != "prod" {
				t.Errorf("the instance is %v", i.Config)
			}
			image := h.byID(t, "ec2_image", "arn:aws:ec2:"+motoserver.Region+"::image/"+shared)
			if diff := cmp.Diff([]any{object{"UserId": "210987654321"}}, image.Config["LaunchPermissions"]); diff != "" {
				t.Errorf("launch permissions (-want +got):\n%s", diff)
			}
			settings := h.byID(t, ec2AccountSettings, ec2OfMotoPrefix+"account-settings")
			if settings.Config["EbsEncryptionByDefault"] != true {
				t.Errorf("the settings are %v", settings.Config)
			}
			template := h.one(t, "ec2_launch_template", "web")
			if diff := cmp.Diff(object{"ImageId": "ami-12c6146b"}, template.Config["LaunchTemplateData"]); diff != "" {
				t.Errorf("the template's default version (-want +got):\n%s", diff)
			}
			stopped := func(o *audit.Observation) bool { return o.Type != "ec2_instance" || o.Status != audit.ResourceStopped }
			if left := slices.DeleteFunc(slices.Clone(h.all), stopped); len(left) != 1 {
				t.Errorf("%d instances are stopped", len(left))
			}
		},
	}
}

// listedEC2 returns the external ids that moto's own listings give, by type.
func (e *estate) listedEC2(t *testing.T) map[string][]string {
	t.Helper()
	ctx := t.Context()
	out := map[string][]string{ec2AccountSettings: {ec2OfMotoPrefix + "account-settings"}}
	add := func(typ, kind string, id *string) { out[typ] = append(out[typ], ec2OfMotoPrefix+kind+"/"+*id) }
	for _, v := range must(e.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))(t).Vpcs {
		add("ec2_vpc", "vpc", v.VpcId)
	}
	for _, v := range must(e.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{}))(t).Subnets {
		add("ec2_subnet", "subnet", v.SubnetId)
	}
	for _, v := range must(e.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{}))(t).SecurityGroups {
		add("ec2_security_group", "security-group", v.GroupId)
	}
	for _, v := range must(e.ec2.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{}))(t).NetworkAcls {
		add("ec2_network_acl", "network-acl", v.NetworkAclId)
	}
	for _, v := range must(e.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{}))(t).RouteTables {
		add("ec2_route_table", "route-table", v.RouteTableId)
	}
	for _, v := range must(e.ec2.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{}))(t).VpcPeeringConnections {
		add("ec2_vpc_peering_connection", "vpc-peering-connection", v.VpcPeeringConnectionId)
	}
	for _, v := range must(e.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{}))(t).InternetGateways {
		add("ec2_internet_gateway", "internet-gateway", v.InternetGatewayId)
	}
	for _, v := range must(e.ec2.DescribeEgressOnlyInternetGateways(ctx, &ec2.DescribeEgressOnlyInternetGatewaysInput{}))(t).EgressOnlyInternetGateways {
		add("ec2_egress_only_internet_gateway", "egress-only-internet-gateway", v.EgressOnlyInternetGatewayId)
	}
	for _, v := range must(e.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{}))(t).NatGateways {
		add("ec2_nat_gateway", "natgateway", v.NatGatewayId)
	}
	for _, v := range must(e.ec2.DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{}))(t).VpnGateways {
		add("ec2_vpn_gateway", "vpn-gateway", v.VpnGatewayId)
	}
	for _, v := range must(e.ec2.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{}))(t).TransitGateways {
		add("ec2_transit_gateway", "transit-gateway", v.TransitGatewayId)
	}
	for _, v := range must(e.ec2.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{}))(t).VpcEndpoints {
		add("ec2_vpc_endpoint", "vpc-endpoint", v.VpcEndpointId)
	}
	for _, v := range must(e.ec2.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{}))(t).FlowLogs {
		add("ec2_flow_log", "vpc-flow-log", v.FlowLogId)
	}
	for _, v := range must(e.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{}))(t).NetworkInterfaces {
		add("ec2_network_interface", "network-interface", v.NetworkInterfaceId)
	}
	for _, v := range must(e.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{}))(t).Addresses {
		add("ec2_eip", "elastic-ip", v.AllocationId)
	}
	for _, v := range must(e.ec2.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{}))(t).KeyPairs {
		add("ec2_key_pair", "key-pair", v.KeyName)
	}
	for _, v := range must(e.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{}))(t).Volumes {
		add("ec2_volume", "volume", v.VolumeId)
	}
	for _, v := range must(e.ec2.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{}))(t).LaunchTemplates {
		add("ec2_launch_template", "launch-template", v.LaunchTemplateId)
	}
	for _, r := range must(e.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{}))(t).Reservations {
		for _, v := range r.Instances {
			if v.State.Name != types.InstanceStateNameTerminated {
				add("ec2_instance", "instance", v.InstanceId)
			}
		}
	}
	own := []string{"self"}
	for _, v := range must(e.ec2.DescribeSnapshots(ctx, &ec2.DescribeSnapshotsInput{OwnerIds: own}))(t).Snapshots {
		out["ec2_snapshot"] = append(out["ec2_snapshot"], "arn:aws:ec2:"+motoserver.Region+"::snapshot/"+*v.SnapshotId)
	}
	for _, v := range must(e.ec2.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: own}))(t).Images {
		out["ec2_image"] = append(out["ec2_image"], "arn:aws:ec2:"+motoserver.Region+"::image/"+*v.ImageId)
	}
	return out
}
