//go:build integration

package controltest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func (w *world) ec2() *ec2.Client { return ec2.NewFromConfig(w.cfg) }

// network makes a VPC with two subnets.
func (w *world) network(t *testing.T) (vpc string, subnets []string) {
	t.Helper()
	vpc = *must(w.ec2().CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: new("10.0.0.0/16")}))(t).Vpc.VpcId
	for _, zone := range []struct{ name, block string }{{"a", "10.0.0.0/24"}, {"b", "10.0.1.0/24"}} {
		s := must(w.ec2().CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
			VpcId: &vpc, CidrBlock: &zone.block, AvailabilityZone: new(motoserver.Region + zone.name),
		}))(t)
		subnets = append(subnets, *s.Subnet.SubnetId)
	}
	return vpc, subnets
}

// vpcs returns the ids of all VPCs: moto makes a default one.
func (w *world) vpcs(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, v := range must(w.ec2().DescribeVpcs(t.Context(), nil))(t).Vpcs {
		out = append(out, *v.VpcId)
	}
	return out
}

// group makes a security group and returns its id.
func (w *world) group(t *testing.T, vpc, name string) string {
	t.Helper()
	return *must(w.ec2().CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: &vpc, GroupName: &name, Description: &name,
	}))(t).GroupId
}

// port is a permission for a TCP port, from one network of either kind.
func port(n int32, v4, v6 string) []types.IpPermission {
	p := types.IpPermission{IpProtocol: new("tcp"), FromPort: &n, ToPort: &n}
	if v4 != "" {
		p.IpRanges = []types.IpRange{{CidrIp: &v4}}
	}
	if v6 != "" {
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: &v6}}
	}
	return []types.IpPermission{p}
}

func (w *world) allow(t *testing.T, group string, p []types.IpPermission) {
	t.Helper()
	must(w.ec2().AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: p}))(t)
}

func (w *world) disallow(t *testing.T, group string, p []types.IpPermission) {
	t.Helper()
	must(w.ec2().RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: p}))(t)
}

func firewallRows() []row {
	groups := listing("EC2 DescribeSecurityGroups", "ec2:DescribeSecurityGroups")
	open := func(rule string, p []types.IpPermission) row {
		return row{
			rules: []string{rule}, denied: []denial{groups},
			insecure: func(t *testing.T, w *world) []string {
				vpc, _ := w.network(t)
				id := w.group(t, vpc, "open")
				w.state["id"] = id
				w.allow(t, id, p)
				w.allow(t, w.group(t, vpc, "inside"), port(*p[0].FromPort, "10.0.0.0/8", "fd00::/8"))
				return []string{w.arn("ec2", "security-group/"+id)}
			},
			secure: func(t *testing.T, w *world) { w.disallow(t, w.state["id"], p) },
		}
	}
	return []row{
		open("ec2-security-group-cifs-closed", port(445, "0.0.0.0/0", "")),
		open("ec2-security-group-admin-ports-closed-ipv4", port(22, "0.0.0.0/0", "")),
		open("ec2-security-group-admin-ports-closed-ipv6", port(3389, "", "::/0")),
		{
			rules: []string{"ec2-security-group-default-closed"}, denied: []denial{groups},
			insecure: func(t *testing.T, w *world) []string {
				w.network(t)
				var out []string
				for _, g := range w.defaultGroups(t) {
					out = append(out, w.arn("ec2", "security-group/"+*g.GroupId))
				}
				return out
			},
			secure: func(t *testing.T, w *world) {
				for _, g := range w.defaultGroups(t) {
					if len(g.IpPermissions) > 0 {
						w.disallow(t, *g.GroupId, g.IpPermissions)
					}
					if len(g.IpPermissionsEgress) > 0 {
						must(w.ec2().RevokeSecurityGroupEgress(t.Context(), &ec2.RevokeSecurityGroupEgressInput{
							GroupId: g.GroupId, IpPermissions: g.IpPermissionsEgress,
						}))(t)
					}
				}
			},
		},
		{
			rules: []string{"ec2-network-acl-admin-ports-closed"}, denied: []denial{listing("EC2 DescribeNetworkAcls", "ec2:DescribeNetworkAcls")},
			insecure: func(t *testing.T, w *world) []string {
				var out []string
				for _, a := range must(w.ec2().DescribeNetworkAcls(t.Context(), nil))(t).NetworkAcls {
					out = append(out, w.arn("ec2", "network-acl/"+*a.NetworkAclId))
				}
				vpc, _ := w.network(t)
				made := must(w.ec2().DescribeNetworkAcls(t.Context(), &ec2.DescribeNetworkAclsInput{
					Filters: []types.Filter{{Name: new("vpc-id"), Values: []string{vpc}}},
				}))(t).NetworkAcls[0]
				return append(out, w.arn("ec2", "network-acl/"+*made.NetworkAclId))
			},
			secure: func(t *testing.T, w *world) {
				for _, a := range must(w.ec2().DescribeNetworkAcls(t.Context(), nil))(t).NetworkAcls {
					for i, e := range []struct {
						protocol string
						port     int32
					}{{"6", 22}, {"17", 22}, {"6", 3389}, {"17", 3389}} {
						must(w.ec2().CreateNetworkAclEntry(t.Context(), &ec2.CreateNetworkAclEntryInput{
							NetworkAclId: a.NetworkAclId, RuleNumber: new(int32(10 + i)), Protocol: &e.protocol, RuleAction: types.RuleActionDeny,
							Egress: new(false), CidrBlock: new("0.0.0.0/0"), PortRange: &types.PortRange{From: &e.port, To: &e.port},
						}))(t)
					}
				}
			},
		},
	}
}

func (w *world) defaultGroups(t *testing.T) []types.SecurityGroup {
	t.Helper()
	return must(w.ec2().DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
		Filters: []types.Filter{{Name: new("group-name"), Values: []string{"default"}}},
	}))(t).SecurityGroups
}

// run starts an instance and returns its id.
func (w *world) launch(t *testing.T, tokens types.HttpTokensState) string {
	t.Helper()
	_, subnets := w.network(t)
	image := must(w.ec2().RegisterImage(t.Context(), &ec2.RegisterImageInput{Name: new("base"), RootDeviceName: new("/dev/xvda")}))(t)
	return *must(w.ec2().RunInstances(t.Context(), &ec2.RunInstancesInput{
		ImageId: image.ImageId, MinCount: new(int32(1)), MaxCount: new(int32(1)), InstanceType: types.InstanceTypeT3Micro, SubnetId: &subnets[0],
		MetadataOptions: &types.InstanceMetadataOptionsRequest{HttpTokens: tokens, HttpEndpoint: types.InstanceMetadataEndpointStateEnabled},
	}))(t).Instances[0].InstanceId
}

func instanceRows() []row {
	instances := listing("EC2 DescribeInstances", "ec2:DescribeInstances")
	two := []string{motoserver.Region, "eu-west-1"}
	return []row{
		{
			rules: []string{"ec2-instance-role-attached"}, denied: []denial{instances},
			insecure: func(t *testing.T, w *world) []string {
				w.state["id"] = w.launch(t, types.HttpTokensStateRequired)
				return []string{w.arn("ec2", "instance/"+w.state["id"])}
			},
			secure: func(t *testing.T, w *world) {
				p := must(w.iam().CreateInstanceProfile(t.Context(), &iam.CreateInstanceProfileInput{InstanceProfileName: new("web")}))(t)
				must(w.ec2().AssociateIamInstanceProfile(t.Context(), &ec2.AssociateIamInstanceProfileInput{
					InstanceId: new(w.state["id"]), IamInstanceProfile: &types.IamInstanceProfileSpecification{Arn: p.InstanceProfile.Arn},
				}))(t)
			},
		},
		{
			rules: []string{"ec2-instance-imdsv2-required"}, denied: []denial{instances},
			insecure: func(t *testing.T, w *world) []string {
				w.state["id"] = w.launch(t, types.HttpTokensStateOptional)
				return []string{w.arn("ec2", "instance/"+w.state["id"])}
			},
			secure: func(t *testing.T, w *world) {
				must(w.ec2().ModifyInstanceMetadataOptions(t.Context(), &ec2.ModifyInstanceMetadataOptionsInput{
					InstanceId: new(w.state["id"]), HttpTokens: types.HttpTokensStateRequired,
				}))(t)
			},
		},
		{
			rules: []string{"ec2-ebs-encrypted-by-default"}, regions: two,
			denied: []denial{listing("EC2 GetEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault")},
			insecure: func(_ *testing.T, w *world) []string {
				return []string{w.arn("ec2", "account-settings"), "arn:aws:ec2:eu-west-1:" + w.account + ":account-settings"}
			},
			secure: func(t *testing.T, w *world) {
				for _, region := range two {
					must(ec2.NewFromConfig(w.in(region)).EnableEbsEncryptionByDefault(t.Context(), nil))(t)
				}
			},
		},
	}
}

func networkRows() []row {
	return []row{
		{
			rules: []string{"ec2-vpc-flow-logs"}, denied: []denial{detail("EC2 DescribeFlowLogs", "ec2:DescribeFlowLogs")},
			insecure: func(t *testing.T, w *world) []string {
				w.network(t)
				var out []string
				for _, id := range w.vpcs(t) {
					out = append(out, w.arn("ec2", "vpc/"+id))
				}
				return out
			},
			secure: func(t *testing.T, w *world) {
				w.bucket(t, "flows")
				must(w.ec2().CreateFlowLogs(t.Context(), &ec2.CreateFlowLogsInput{
					ResourceIds: w.vpcs(t), ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: types.TrafficTypeReject,
					LogDestinationType: types.LogDestinationTypeS3, LogDestination: new("arn:aws:s3:::" + *w.bucketName("flows")),
				}))(t)
			},
		},
		{
			rules: []string{"ec2-vpc-endpoint-s3", "ec2-vpc-endpoint-ec2"},
			denied: []denial{
				detail("EC2 DescribeVpcEndpoints", "ec2:DescribeVpcEndpoints"),
			},
			insecure: func(t *testing.T, w *world) []string {
				vpc, subnets := w.network(t)
				w.state["vpc"] = vpc
				must(w.ec2().CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &subnets[0]}))(t)
				return []string{w.arn("ec2", "vpc/"+vpc)}
			},
			secure: func(t *testing.T, w *world) {
				for _, name := range []string{"s3", "ec2"} {
					must(w.ec2().CreateVpcEndpoint(t.Context(), &ec2.CreateVpcEndpointInput{
						VpcId: new(w.state["vpc"]), ServiceName: new("com.amazonaws." + motoserver.Region + "." + name),
						VpcEndpointType: types.VpcEndpointTypeInterface,
					}))(t)
				}
			},
		},
		peeringRow(), reachableDatabaseRow(),
	}
}

func peeringRow() row {
	route := func(t *testing.T, w *world, block string) {
		must(w.ec2().CreateRoute(t.Context(), &ec2.CreateRouteInput{
			RouteTableId: new(w.state["table"]), DestinationCidrBlock: &block, VpcPeeringConnectionId: new(w.state["peering"]),
		}))(t)
	}
	return row{
		rules:  []string{"ec2-route-table-peering-narrow"},
		denied: []denial{listing("EC2 DescribeRouteTables", "ec2:DescribeRouteTables"), detail("EC2 DescribeVpcPeeringConnections", "ec2:DescribeVpcPeeringConnections")},
		insecure: func(t *testing.T, w *world) []string {
			vpc, _ := w.network(t)
			other := must(w.ec2().CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: new("10.1.0.0/16")}))(t).Vpc.VpcId
			p := must(w.ec2().CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{VpcId: &vpc, PeerVpcId: other}))(t)
			w.state["peering"] = *p.VpcPeeringConnection.VpcPeeringConnectionId
			must(w.ec2().AcceptVpcPeeringConnection(t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: new(w.state["peering"])}))(t)
			w.state["table"] = *must(w.ec2().CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
			route(t, w, "10.1.0.0/16")
			return []string{w.arn("ec2", "route-table/"+w.state["table"])}
		},
		secure: func(t *testing.T, w *world) {
			must(w.ec2().DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: new(w.state["table"]), DestinationCidrBlock: new("10.1.0.0/16")}))(t)
			route(t, w, "10.1.7.0/28")
		},
	}
}

// reachableDatabaseRow is of a public database that the internet reaches, then of one that it doesn't.
func reachableDatabaseRow() row {
	return row{
		rules: []string{"rds-instance-unreachable"}, denied: []denial{detail("EC2 DescribeSecurityGroups", "ec2:DescribeSecurityGroups")},
		insecure: func(t *testing.T, w *world) []string {
			vpc, _ := w.network(t)
			w.state["group"] = w.group(t, vpc, "db")
			w.allow(t, w.state["group"], port(5432, "0.0.0.0/0", ""))
			return []string{w.database(t, func(in *rds.CreateDBInstanceInput) {
				in.PubliclyAccessible, in.VpcSecurityGroupIds = new(true), []string{w.state["group"]}
			})}
		},
		secure: func(t *testing.T, w *world) { w.disallow(t, w.state["group"], port(5432, "0.0.0.0/0", "")) },
	}
}
