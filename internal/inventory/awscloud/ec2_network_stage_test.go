package awscloud

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// networkTypes are the network's resource types, by the call that lists each, with the element that holds its answer,
// the id's element and the kind in the ARN.
var networkTypes = map[string]struct{ typ, set, id, kind string }{
	"DescribeSecurityGroups":             {"ec2_security_group", "securityGroupInfo", "groupId", "security-group"},
	"DescribeNetworkAcls":                {"ec2_network_acl", "networkAclSet", "networkAclId", "network-acl"},
	"DescribeVpcs":                       {"ec2_vpc", "vpcSet", "vpcId", "vpc"},
	"DescribeSubnets":                    {"ec2_subnet", "subnetSet", "subnetId", "subnet"},
	"DescribeRouteTables":                {"ec2_route_table", "routeTableSet", "routeTableId", "route-table"},
	"DescribeVpcPeeringConnections":      {"ec2_vpc_peering_connection", "vpcPeeringConnectionSet", "vpcPeeringConnectionId", "vpc-peering-connection"},
	"DescribeInternetGateways":           {"ec2_internet_gateway", "internetGatewaySet", "internetGatewayId", "internet-gateway"},
	"DescribeEgressOnlyInternetGateways": {"ec2_egress_only_internet_gateway", "egressOnlyInternetGatewaySet", "egressOnlyInternetGatewayId", "egress-only-internet-gateway"},
	"DescribeNatGateways":                {"ec2_nat_gateway", "natGatewaySet", "natGatewayId", "natgateway"},
	"DescribeVpnGateways":                {"ec2_vpn_gateway", "vpnGatewaySet", "vpnGatewayId", "vpn-gateway"},
	"DescribeTransitGateways":            {"ec2_transit_gateway", "transitGatewaySet", "transitGatewayId", "transit-gateway"},
	"DescribeVpcEndpoints":               {"ec2_vpc_endpoint", "vpcEndpointSet", "vpcEndpointId", "vpc-endpoint"},
	"DescribeFlowLogs":                   {"ec2_flow_log", "flowLogSet", "flowLogId", "vpc-flow-log"},
}

// item writes a resource with a Name tag and the given content.
func item(content string) string {
	return "<item>" + content + "<tagSet><item><key>Name</key><value>main</value></item></tagSet></item>"
}

// items writes a list of the given elements.
func items(name string, all ...string) string {
	return "<" + name + "><item>" + strings.Join(all, "</item><item>") + "</item></" + name + ">"
}

// others marks a resource as another account's.
const others = "<ownerId>210987654321</ownerId>"

// networkItems are the resources on each listing's first page. Those without a Name tag are not to be found.
var networkItems = map[string]string{
	"DescribeSecurityGroups": item("<groupId>sg-1</groupId><groupName>web</groupName><groupDescription>Web</groupDescription><ownerId>123456789012</ownerId><vpcId>vpc-1</vpcId>"+
		items("ipPermissions",
			"<ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>"+
				items("ipRanges", "<cidrIp>10.0.0.0/8</cidrIp><description>inside</description>", "<cidrIp>0.0.0.0/0</cidrIp>")+
				items("ipv6Ranges", "<cidrIpv6>::/0</cidrIpv6>")+items("prefixListIds", "<prefixListId>pl-1</prefixListId>"),
			"<ipProtocol>-1</ipProtocol>"+items("groups", "<groupId>sg-1</groupId><userId>123456789012</userId>",
				"<groupId>sg-9</groupId><userId>210987654321</userId>"))+
		items("ipPermissionsEgress", "<ipProtocol>-1</ipProtocol>"+items("ipRanges", "<cidrIp>0.0.0.0/0</cidrIp>"),
			"<ipProtocol>udp</ipProtocol><fromPort>53</fromPort><toPort>53</toPort>"+
				items("groups", "<groupId>sg-1</groupId><userId>123456789012</userId>")+items("prefixListIds", "<prefixListId>pl-2</prefixListId>"))) +
		"<item><groupId>sg-8</groupId>" + others + "</item>",
	"DescribeNetworkAcls": item("<networkAclId>acl-1</networkAclId><vpcId>vpc-1</vpcId><default>true</default>" +
		items("entrySet",
			"<ruleNumber>100</ruleNumber><protocol>6</protocol><ruleAction>allow</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock><portRange><from>22</from><to>22</to></portRange>",
			"<ruleNumber>90</ruleNumber><protocol>1</protocol><ruleAction>deny</ruleAction><egress>true</egress><ipv6CidrBlock>::/0</ipv6CidrBlock><icmpTypeCode><code>-1</code><type>8</type></icmpTypeCode>",
			"<ruleNumber>32767</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock>") +
		items("associationSet", "<networkAclAssociationId>aclassoc-2</networkAclAssociationId><subnetId>subnet-2</subnetId>",
			"<networkAclAssociationId>aclassoc-1</networkAclAssociationId><subnetId>subnet-1</subnetId>")),
	"DescribeVpcs": item("<vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId><state>available</state><cidrBlock>10.0.0.0/16</cidrBlock><dhcpOptionsId>dopt-1</dhcpOptionsId><instanceTenancy>default</instanceTenancy><isDefault>false</isDefault>"+
		items("cidrBlockAssociationSet", "<cidrBlock>10.0.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState>",
			"<cidrBlock>10.1.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState>",
			"<cidrBlock>10.2.0.0/16</cidrBlock><cidrBlockState><state>disassociated</state></cidrBlockState>")+
		items("ipv6CidrBlockAssociationSet",
			"<ipv6CidrBlock>2001:db8::/56</ipv6CidrBlock><ipv6Pool>Amazon</ipv6Pool><networkBorderGroup>eu-west-1</networkBorderGroup><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState>",
			"<ipv6CidrBlock>2001:db8:1::/56</ipv6CidrBlock><ipv6Pool>ipv6pool-ec2-1</ipv6Pool><networkBorderGroup>eu-west-1-lon-1</networkBorderGroup><ipv6CidrBlockState><state>associating</state></ipv6CidrBlockState>")) +
		"<item><vpcId>vpc-8</vpcId>" + others + "</item>",
	"DescribeSubnets": item("<subnetId>subnet-1</subnetId><state>available</state><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/24</cidrBlock><availabilityZone>eu-west-1a</availabilityZone><availabilityZoneId>euw1-az1</availabilityZoneId><defaultForAz>false</defaultForAz><mapPublicIpOnLaunch>true</mapPublicIpOnLaunch><availableIpAddressCount>250</availableIpAddressCount>"+
		"<privateDnsNameOptionsOnLaunch><hostnameType>ip-name</hostnameType><enableResourceNameDnsARecord>false</enableResourceNameDnsARecord></privateDnsNameOptionsOnLaunch>"+
		items("ipv6CidrBlockAssociationSet", "<ipv6CidrBlock>2001:db8:0:1::/64</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState>",
			"<ipv6CidrBlock>2001:db8:0:2::/64</ipv6CidrBlock><ipv6CidrBlockState><state>disassociated</state></ipv6CidrBlockState>")) +
		"<item><subnetId>subnet-8</subnetId>" + others + "</item>",
	"DescribeRouteTables": item("<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>" +
		items("routeSet",
			"<destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state><origin>CreateRouteTable</origin>",
			"<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId><state>active</state><origin>CreateRoute</origin>",
			"<destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId><state>blackhole</state><origin>CreateRoute</origin>",
			"<destinationCidrBlock>10.9.0.0/16</destinationCidrBlock><gatewayId>vpce-1</gatewayId><origin>CreateRoute</origin>",
			"<destinationCidrBlock>10.8.0.0/16</destinationCidrBlock><instanceId>i-1</instanceId><networkInterfaceId>eni-1</networkInterfaceId><origin>CreateRoute</origin>",
			"<destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-2</gatewayId><state>active</state><origin>CreateRoute</origin>",
			"<destinationCidrBlock>192.168.0.0/16</destinationCidrBlock><gatewayId>vgw-1</gatewayId><state>active</state><origin>EnableVgwRoutePropagation</origin>") +
		items("associationSet", "<main>true</main>",
			"<subnetId>subnet-2</subnetId><associationState><state>associated</state></associationState>",
			"<subnetId>subnet-1</subnetId><main>false</main>",
			"<subnetId>subnet-0</subnetId><associationState><state>disassociated</state></associationState>",
			"<gatewayId>igw-1</gatewayId>")),
	"DescribeVpcPeeringConnections": item("<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><status><code>active</code></status>"+
		"<requesterVpcInfo><ownerId>210987654321</ownerId><vpcId>vpc-9</vpcId><region>eu-west-1</region><cidrBlock>10.9.0.0/16</cidrBlock></requesterVpcInfo>"+
		"<accepterVpcInfo><ownerId>123456789012</ownerId><vpcId>vpc-1</vpcId><region>eu-west-1</region><cidrBlock>10.0.0.0/16</cidrBlock><peeringOptions><allowDnsResolutionFromRemoteVpc>true</allowDnsResolutionFromRemoteVpc></peeringOptions></accepterVpcInfo>") +
		"<item><vpcPeeringConnectionId>pcx-8</vpcPeeringConnectionId><status><code>deleted</code></status></item>",
	"DescribeInternetGateways": item("<internetGatewayId>igw-1</internetGatewayId>"+
		items("attachmentSet", "<vpcId>vpc-1</vpcId><state>available</state>", "<vpcId>vpc-0</vpcId><state>detaching</state>")) +
		"<item><internetGatewayId>igw-8</internetGatewayId>" + others + "</item>",
	"DescribeEgressOnlyInternetGateways": item("<egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId>" +
		items("attachmentSet", "<vpcId>vpc-1</vpcId><state>attached</state>")),
	"DescribeNatGateways": item("<natGatewayId>nat-1</natGatewayId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><state>available</state><connectivityType>public</connectivityType><createTime>2026-01-02T03:04:05Z</createTime>"+
		items("natGatewayAddressSet",
			"<allocationId>eipalloc-3</allocationId><privateIp>10.0.0.6</privateIp><publicIp>192.0.2.3</publicIp><isPrimary>false</isPrimary><status>succeeded</status>",
			"<allocationId>eipalloc-2</allocationId><privateIp>10.0.0.5</privateIp><publicIp>192.0.2.2</publicIp><isPrimary>false</isPrimary><status>succeeded</status>",
			"<allocationId>eipalloc-1</allocationId><privateIp>10.0.0.4</privateIp><publicIp>192.0.2.1</publicIp><isPrimary>true</isPrimary><status>succeeded</status>")) +
		"<item><natGatewayId>nat-8</natGatewayId><state>deleted</state></item>",
	"DescribeVpnGateways": item("<vpnGatewayId>vgw-1</vpnGatewayId><state>available</state><type>ipsec.1</type><amazonSideAsn>64512</amazonSideAsn>"+
		items("attachments", "<vpcId>vpc-1</vpcId><state>attached</state>", "<vpcId>vpc-0</vpcId><state>detached</state>")) +
		"<item><vpnGatewayId>vgw-8</vpnGatewayId><state>deleted</state></item>",
	"DescribeTransitGateways": item("<transitGatewayId>tgw-1</transitGatewayId><state>available</state><ownerId>123456789012</ownerId><description>hub</description><options><amazonSideAsn>64512</amazonSideAsn><autoAcceptSharedAttachments>enable</autoAcceptSharedAttachments><dnsSupport>enable</dnsSupport>"+
		"<transitGatewayCidrBlocks><item>10.101.0.0/24</item><item>10.100.0.0/24</item></transitGatewayCidrBlocks></options>") +
		"<item><transitGatewayId>tgw-8</transitGatewayId>" + others + "</item>",
	"DescribeVpcEndpoints": item("<vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType><vpcId>vpc-1</vpcId><serviceName>com.amazonaws.eu-west-1.kms</serviceName><state>available</state><privateDnsEnabled>true</privateDnsEnabled><ownerId>123456789012</ownerId>"+
		`<policyDocument>{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}</policyDocument>`+
		"<dnsOptions><dnsRecordIpType>ipv4</dnsRecordIpType><privateDnsOnlyForInboundResolverEndpoint>false</privateDnsOnlyForInboundResolverEndpoint></dnsOptions>"+
		"<subnetIdSet><item>subnet-2</item><item>subnet-1</item></subnetIdSet>"+items("groupSet", "<groupId>sg-2</groupId>", "<groupId>sg-1</groupId>")) +
		"<item><vpcEndpointId>vpce-8</vpcEndpointId><state>deleted</state></item>",
	"DescribeFlowLogs": item("<flowLogId>fl-1</flowLogId><resourceId>vpc-1</resourceId><trafficType>REJECT</trafficType><logGroupName>flows</logGroupName><deliverLogsPermissionArn>arn:aws:iam::123456789012:role/flows</deliverLogsPermissionArn><flowLogStatus>ACTIVE</flowLogStatus><deliverLogsStatus>FAILED</deliverLogsStatus>" +
		"<destinationOptions><fileFormat>parquet</fileFormat><perHourPartition>true</perHourPartition></destinationOptions>"),
}

// networkAnswers play a region with something of everything, in two pages wherever EC2 pages; the second has resources
// of which nothing but the id is known.
func networkAnswers() map[string]string {
	answers := map[string]string{
		"DescribeVpcAttribute": "<enableDnsSupport><value>true</value></enableDnsSupport><enableDnsHostnames><value>false</value></enableDnsHostnames>",
	}
	for call, t := range networkTypes {
		bare := "<item><" + t.id + ">bare</" + t.id + "></item>"
		if call == "DescribeVpnGateways" {
			answers[call] = "<" + t.set + ">" + networkItems[call] + bare + "</" + t.set + ">"
			continue
		}
		answers[call] = "<nextToken>more</nextToken><" + t.set + ">" + networkItems[call] + "</" + t.set + ">"
		answers[call+" more"] = "<" + t.set + ">" + bare + "</" + t.set + ">"
	}
	return answers
}

func networkCase() *staged {
	c := &staged{
		service: "ec2", region: "eu-west-1", name: "ec2_network", answers: networkAnswers(),
		refusals: map[string]refusal{
			"ec2:DescribeVpcAttribute": {unread: map[string][]string{"ec2_vpc": {"EnableDnsHostnames", "EnableDnsSupport"}}},
		},
		counters: map[string]string{"<availableIpAddressCount>250": "<availableIpAddressCount>249"},
		variants: map[string]variant{"a VPC that vanishes is left out": {
			answers: map[string]string{"DescribeVpcAttribute VpcId=vpc-1": "!InvalidVpcID.NotFound"}, gone: "ec2_vpc main",
		}},
	}
	for operation, n := range networkTypes {
		c.types = append(c.types, n.typ)
		c.refusals["ec2:"+operation] = refusal{fails: []string{n.typ}}
		last := operation + " more"
		if c.answers[last] == "" {
			last = operation
		}
		c.variants[n.typ+" without its id fails the listing"] = variant{
			answers: map[string]string{last: "<" + n.set + "><item><tagSet/></item></" + n.set + ">"}, fails: []string{n.typ},
		}
	}
	return c
}

func TestEC2Network(t *testing.T) { networkCase().run(t) }

func TestSecurityGroupsAreCalledAsTheyAre(t *testing.T) {
	h, _, _ := networkCase().read(t, with(networkAnswers(), "DescribeSecurityGroups more",
		"<securityGroupInfo><item><groupId>sg-7</groupId><groupName>default</groupName></item></securityGroupInfo>"), "")
	if o := h.one(t, "ec2_security_group", "default"); o.ExternalID != ec2ARN+"security-group/sg-7" {
		t.Errorf("the group's name is another's: %s", o.ExternalID)
	}
}

func TestRegionalNATGatewaysHaveAddressesByZone(t *testing.T) {
	address := func(zone, id string) string {
		return "<availabilityZoneId>" + zone + "</availabilityZoneId><allocationId>" + id + "</allocationId>"
	}
	for name, c := range map[string]struct {
		scaling string
		want    any
	}{
		"that somebody gave it": {"disabled", []any{
			object{"AvailabilityZoneId": "euw1-az1", "AllocationIds": []any{"eipalloc-1", "eipalloc-2"}},
			object{"AvailabilityZoneId": "euw1-az2", "AllocationIds": []any{"eipalloc-3"}},
		}},
		"but not those that AWS adds by itself": {"enabled", nil},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, _ := networkCase().read(t, with(networkAnswers(), "DescribeNatGateways more", "<natGatewaySet><item><natGatewayId>nat-7</natGatewayId><availabilityMode>regional</availabilityMode><autoScalingIps>"+c.scaling+"</autoScalingIps>"+
				items("natGatewayAddressSet", address("euw1-az1", "eipalloc-2"), address("euw1-az2", "eipalloc-3"), address("euw1-az1", "eipalloc-1"))+"</item></natGatewaySet>"), "")
			if diff := cmp.Diff(c.want, h.one(t, "ec2_nat_gateway", "nat-7").Config["AvailabilityZoneAddresses"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlowLogResourceTypes(t *testing.T) {
	for id, want := range map[string]string{
		"vpc-1": "VPC", "subnet-1": "Subnet", "eni-1": "NetworkInterface", "tgw-1": "TransitGateway",
		"tgw-attach-1": "TransitGatewayAttachment", "nat-1": "RegionalNatGateway", "": "", "new-1": "",
	} {
		if got := flowLogResourceType(id); got != want {
			t.Errorf("%q is about %q, want %q", id, got, want)
		}
	}
}
