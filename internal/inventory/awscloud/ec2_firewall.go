package awscloud

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	networkACLEntry  = "AWS::EC2::NetworkAclEntry"
	networkACLSubnet = "AWS::EC2::SubnetNetworkAclAssociation"
)

// ec2FirewallListings read security groups and network ACLs. Both answer with their rules.
func ec2FirewallListings() []listing {
	p := &ec2Firewalls{
		groups: projectorOf("ec2_security_group", map[string]string{"SecurityGroup.Description": "GroupDescription"}),
		acls: projectorOf("ec2_network_acl", map[string]string{
			"NetworkAcl.Entries": networkACLEntry, "NetworkAclEntry.IcmpTypeCode": "Icmp", "NetworkAcl.Associations": networkACLSubnet,
		}),
	}
	return []listing{
		{
			types: []string{"ec2_security_group"}, actions: []string{"ec2:DescribeSecurityGroups"},
			page: ec2PageSize, collect: ec2Collect(describeSecurityGroups, p.group),
		},
		{
			types: []string{"ec2_network_acl"}, actions: []string{"ec2:DescribeNetworkAcls"},
			page: ec2PageSize, collect: ec2Collect(describeNetworkACLs, p.acl),
		},
	}
}

func ec2FirewallEvents() map[string]map[string][]string {
	const group, acl = "ec2_security_group", "ec2_network_acl"
	events := ec2Changes(group, []string{"SecurityGroupIngress"},
		"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress")
	maps.Copy(events, ec2Changes(group, []string{"SecurityGroupEgress"},
		"AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "UpdateSecurityGroupRuleDescriptionsEgress"))
	maps.Copy(events, ec2Changes(group, []string{"SecurityGroupEgress", "SecurityGroupIngress"}, "ModifySecurityGroupRules"))
	maps.Copy(events, ec2Changes(acl, []string{networkACLEntry},
		"CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"))
	maps.Copy(events, ec2Changes(acl, []string{networkACLSubnet}, "ReplaceNetworkAclAssociation"))
	return events
}

func describeSecurityGroups(ctx context.Context, api *ec2.Client, token *string) ([]types.SecurityGroup, *string, error) {
	page, err := api.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
	if err != nil {
		return nil, nil, err
	}
	return page.SecurityGroups, page.NextToken, nil
}

func describeNetworkACLs(ctx context.Context, api *ec2.Client, token *string) ([]types.NetworkAcl, *string, error) {
	page, err := api.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
	if err != nil {
		return nil, nil, err
	}
	return page.NetworkAcls, page.NextToken, nil
}

// ec2Firewalls turn the answers about security groups and network ACLs into configurations.
type ec2Firewalls struct{ groups, acls *shape.Projector }

func (p *ec2Firewalls) group(s *session, g *types.SecurityGroup) *audit.Observation {
	if ec2Others(s, g.OwnerId) {
		return nil
	}
	c := p.groups.Project(g)
	c["SecurityGroupIngress"] = securityGroupRules(s.account, g.IpPermissions, true)
	c["SecurityGroupEgress"] = securityGroupRules(s.account, g.IpPermissionsEgress, false)
	o := ec2Listed(s, "ec2_security_group", "security-group", g.GroupId, c, nil, g.Tags)
	o.Name = cmp.Or(o.Tags["Name"], aws.ToString(g.GroupName), o.Name)
	return o
}

// securityGroupRules makes one rule for each source (destination) of each permission, as one declares them. The API
// groups them by protocol and ports, in an order that means nothing.
func securityGroupRules(account string, permissions []types.IpPermission, ingress bool) []object {
	prefixList, group := "DestinationPrefixListId", "DestinationSecurityGroupId"
	if ingress {
		prefixList, group = "SourcePrefixListId", "SourceSecurityGroupId"
	}
	var rules []object
	for i := range permissions {
		p := &permissions[i]
		add := func(peer string, id, description *string) object {
			rule := object{"IpProtocol": p.IpProtocol, peer: id, "Description": description}
			if aws.ToString(p.IpProtocol) != "-1" { // all protocols have all ports
				rule["FromPort"], rule["ToPort"] = p.FromPort, p.ToPort
			}
			rules = append(rules, rule)
			return rule
		}
		for _, r := range p.IpRanges {
			add("CidrIp", r.CidrIp, r.Description)
		}
		for _, r := range p.Ipv6Ranges {
			add("CidrIpv6", r.CidrIpv6, r.Description)
		}
		for _, l := range p.PrefixListIds {
			add(prefixList, l.PrefixListId, l.Description)
		}
		for _, g := range p.UserIdGroupPairs {
			rule := add(group, g.GroupId, g.Description)
			// One declares the owner only where it is another account (AWS::EC2::SecurityGroup Ingress).
			if ingress && aws.ToString(g.UserId) != account {
				rule["SourceSecurityGroupOwnerId"] = g.UserId
			}
		}
	}
	return rules
}

// lastNetworkACLRule is the highest number that a rule may have. Those above are AWS's own, which deny what no rule
// matched, and can't be changed (Amazon VPC user guide, "Default network ACL").
const lastNetworkACLRule = 32766

func (p *ec2Firewalls) acl(s *session, a *types.NetworkAcl) *audit.Observation {
	if ec2Others(s, a.OwnerId) {
		return nil
	}
	declared := *a
	declared.Entries = slices.DeleteFunc(slices.Clone(a.Entries), func(e types.NetworkAclEntry) bool {
		return aws.ToInt32(e.RuleNumber) > lastNetworkACLRule
	})
	return ec2Listed(s, "ec2_network_acl", "network-acl", a.NetworkAclId, p.acls.Project(&declared),
		object{"IsDefault": a.IsDefault}, a.Tags)
}
