package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	vpcCIDRBlock   = "AWS::EC2::VPCCidrBlock"
	vpcDHCPOptions = "AWS::EC2::VPCDHCPOptionsAssociation"
)

// ec2VPCListings read VPCs and their subnets.
func ec2VPCListings() []listing {
	p := &ec2VPCs{
		vpcs:    projectorOf("ec2_vpc", map[string]string{"Vpc.EncryptionControl": "VpcEncryptionControl"}),
		subnets: projectorOf("ec2_subnet", nil),
	}
	return []listing{
		{
			types: []string{"ec2_vpc"}, actions: []string{"ec2:DescribeVpcs", "ec2:DescribeVpcAttribute"},
			page:    ec2PageSize,
			each:    []each{{action: "ec2:DescribeVpcAttribute", of: "VPC", times: 2, because: "`DescribeVpcs` leaves the two DNS attributes out"}},
			collect: p.collectVPCs,
		},
		{
			types: []string{"ec2_subnet"}, actions: []string{"ec2:DescribeSubnets"},
			page: ec2PageSize, collect: ec2Collect(describeSubnets, p.subnet),
		},
	}
}

func ec2VPCEvents() map[string]map[string][]string {
	const vpc, subnet = "ec2_vpc", "ec2_subnet"
	events := ec2Changes(vpc, []string{"EnableDnsHostnames", "EnableDnsSupport"}, "ModifyVpcAttribute")
	for _, more := range []map[string]map[string][]string{
		ec2Changes(vpc, []string{vpcCIDRBlock}, "AssociateVpcCidrBlock", "DisassociateVpcCidrBlock"),
		ec2Changes(vpc, []string{vpcDHCPOptions}, "AssociateDhcpOptions"),
		ec2Changes(vpc, []string{"InstanceTenancy"}, "ModifyVpcTenancy"),
		ec2Changes(vpc, []string{"VpcEncryptionControl"},
			"CreateVpcEncryptionControl", "ModifyVpcEncryptionControl", "DeleteVpcEncryptionControl"),
		ec2Changes(subnet, []string{
			"AssignIpv6AddressOnCreation", "EnableDns64", "MapPublicIpOnLaunch", "PrivateDnsNameOptionsOnLaunch",
		}, "ModifySubnetAttribute"),
		ec2Changes(subnet, []string{"Ipv6CidrBlock"}, "AssociateSubnetCidrBlock", "DisassociateSubnetCidrBlock"),
	} {
		maps.Copy(events, more)
	}
	return events
}

// ec2VPCs turn the answers about VPCs and subnets into configurations.
type ec2VPCs struct{ vpcs, subnets *shape.Projector }

// collectVPCs reads the VPCs, and of each two attributes that only a call for each tells.
func (p *ec2VPCs) collectVPCs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ec2Client(s).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Vpcs, func(ctx context.Context, v types.Vpc) error {
			if ec2Others(s, v.OwnerId) {
				return nil
			}
			o := p.vpc(s, &v)
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := readVPCAttributes(ctx, s, o, v.VpcId); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readVPCAttributes reads what DescribeVpcs leaves out. DescribeVpcAttribute takes one attribute at a time.
func readVPCAttributes(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	read := func(path string, attribute types.VpcAttributeName, of func(*ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue) error {
		return s.detail(ctx, o, []string{path}, func(ctx context.Context) error {
			got, err := ec2Client(s).DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: id, Attribute: attribute})
			if err != nil {
				return err
			}
			if v := of(got); v != nil {
				o.Config[path] = v.Value
			}
			return nil
		})
	}
	err := read("EnableDnsHostnames", types.VpcAttributeNameEnableDnsHostnames,
		func(got *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return got.EnableDnsHostnames })
	if err != nil {
		return err
	}
	return read("EnableDnsSupport", types.VpcAttributeNameEnableDnsSupport,
		func(got *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return got.EnableDnsSupport })
}

func (p *ec2VPCs) vpc(s *session, v *types.Vpc) *audit.Observation {
	c := p.vpcs.Project(v)
	var blocks []object
	for _, b := range v.CidrBlockAssociationSet { // the VPC's first block is among them
		if cidrAssociated(b.CidrBlockState) && aws.ToString(b.CidrBlock) != aws.ToString(v.CidrBlock) {
			blocks = append(blocks, object{"CidrBlock": b.CidrBlock})
		}
	}
	var ipv6 []*string
	for i := range v.Ipv6CidrBlockAssociationSet {
		if b := &v.Ipv6CidrBlockAssociationSet[i]; cidrAssociated(b.Ipv6CidrBlockState) {
			blocks = append(blocks, vpcIPv6Block(s, b))
			ipv6 = append(ipv6, b.Ipv6CidrBlock)
		}
	}
	c[vpcCIDRBlock] = blocks
	if v.DhcpOptionsId != nil {
		c[vpcDHCPOptions] = object{"DhcpOptionsId": v.DhcpOptionsId}
	}
	facts := object{"IsDefault": v.IsDefault, "State": told(v.State), "Ipv6CidrBlocks": ipv6}
	if b := v.BlockPublicAccessStates; b != nil {
		facts["InternetGatewayBlockMode"] = told(b.InternetGatewayBlockMode)
	}
	return ec2Listed(s, "ec2_vpc", "vpc", v.VpcId, c, facts, v.Tags)
}

// amazonIPv6Pool is the pool of blocks that Amazon provides.
const amazonIPv6Pool = "Amazon"

// vpcIPv6Block makes of an IPv6 block what one declares of it: that Amazon provides it, or which it is of the
// customer's pool; and the group of zones that announces it where that isn't the region.
func vpcIPv6Block(s *session, b *types.VpcIpv6CidrBlockAssociation) object {
	out := object{"Ipv6CidrBlock": b.Ipv6CidrBlock, "Ipv6Pool": b.Ipv6Pool}
	if aws.ToString(b.Ipv6Pool) == amazonIPv6Pool || b.IpSource == types.IpSourceAmazon {
		out = object{"AmazonProvidedIpv6CidrBlock": true}
	}
	if aws.ToString(b.NetworkBorderGroup) != s.region {
		out["Ipv6CidrBlockNetworkBorderGroup"] = b.NetworkBorderGroup
	}
	return out
}

func cidrAssociated(state *types.VpcCidrBlockState) bool {
	if state == nil {
		return true
	}
	return state.State == "" || state.State == types.VpcCidrBlockStateCodeAssociated || state.State == types.VpcCidrBlockStateCodeAssociating
}

func describeSubnets(ctx context.Context, api *ec2.Client, token *string) ([]types.Subnet, *string, error) {
	page, err := api.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
	if err != nil {
		return nil, nil, err
	}
	return page.Subnets, page.NextToken, nil
}

func (p *ec2VPCs) subnet(s *session, n *types.Subnet) *audit.Observation {
	if ec2Others(s, n.OwnerId) {
		return nil
	}
	c := p.subnets.Project(n)
	for _, b := range n.Ipv6CidrBlockAssociationSet { // one at most is associated
		if b.Ipv6CidrBlockState == nil || b.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated ||
			b.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociating {
			c["Ipv6CidrBlock"] = b.Ipv6CidrBlock
		}
	}
	facts := object{"DefaultForAz": n.DefaultForAz, "State": told(n.State)}
	if b := n.BlockPublicAccessStates; b != nil {
		facts["InternetGatewayBlockMode"] = told(b.InternetGatewayBlockMode)
	}
	return ec2Listed(s, "ec2_subnet", "subnet", n.SubnetId, c, facts, n.Tags)
}
