package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// networkFirewallCollector reads AWS Network Firewall (Network Firewall API reference), whose IAM prefix is
// network-firewall. Of rule groups it lists the account's own; AWS's managed ones nobody can change.
func networkFirewallCollector() *collector {
	p := &networkFirewallProjectors{
		firewalls: projectorOf("networkfirewall_firewall", nil), policies: projectorOf("networkfirewall_firewall_policy", nil),
		groups: projectorOf("networkfirewall_rule_group", nil),
	}
	firewall := func(path string) map[string][]string { return map[string][]string{"networkfirewall_firewall": {path}} }
	tags := map[string][]string{
		"networkfirewall_firewall": {"Tags"}, "networkfirewall_firewall_policy": {"Tags"}, "networkfirewall_rule_group": {"Tags"},
	}
	return &collector{
		service: "network-firewall",
		listings: []listing{
			{
				types:   []string{"networkfirewall_firewall"},
				actions: []string{"network-firewall:ListFirewalls", "network-firewall:DescribeFirewall", "network-firewall:DescribeLoggingConfiguration"},
				page:    networkFirewallPage,
				each: eachOf("firewall", "`ListFirewalls` tells names and ARNs",
					"network-firewall:DescribeFirewall", "network-firewall:DescribeLoggingConfiguration",
				),
				collect: p.collectFirewalls,
			},
			{
				types:   []string{"networkfirewall_firewall_policy"},
				actions: []string{"network-firewall:ListFirewallPolicies", "network-firewall:DescribeFirewallPolicy"},
				page:    networkFirewallPage,
				each:    eachOf("policy", "`ListFirewallPolicies` tells names and ARNs", "network-firewall:DescribeFirewallPolicy"),
				collect: p.collectPolicies,
			},
			{
				types:   []string{"networkfirewall_rule_group"},
				actions: []string{"network-firewall:ListRuleGroups", "network-firewall:DescribeRuleGroup"},
				page:    networkFirewallPage,
				each:    eachOf("own rule group", "`ListRuleGroups` tells names and ARNs", "network-firewall:DescribeRuleGroup"),
				collect: p.collectGroups,
			},
		},
		events: map[string]map[string][]string{
			"AssociateAvailabilityZones":             firewall("AvailabilityZoneMappings"),
			"DisassociateAvailabilityZones":          firewall("AvailabilityZoneMappings"),
			"AssociateFirewallPolicy":                firewall("FirewallPolicyArn"),
			"AssociateSubnets":                       firewall("SubnetMappings"),
			"DisassociateSubnets":                    firewall("SubnetMappings"),
			"UpdateAvailabilityZoneChangeProtection": firewall("AvailabilityZoneChangeProtection"),
			"UpdateFirewallAnalysisSettings":         firewall("EnabledAnalysisTypes"),
			"UpdateFirewallDeleteProtection":         firewall("DeleteProtection"),
			"UpdateFirewallDescription":              firewall("Description"),
			"UpdateFirewallEncryptionConfiguration":  firewall("EncryptionConfiguration"),
			"UpdateFirewallPolicyChangeProtection":   firewall("FirewallPolicyChangeProtection"),
			"UpdateLoggingConfiguration":             firewall(networkFirewallLogging),
			"UpdateSubnetChangeProtection":           firewall("SubnetChangeProtection"),
			"UpdateFirewallPolicy": {
				"networkfirewall_firewall_policy": {"Description", "EncryptionConfiguration", "FirewallPolicy"},
			},
			"UpdateRuleGroup": {
				"networkfirewall_rule_group": {"Description", "EncryptionConfiguration", "RuleGroup", "SummaryConfiguration"},
			},
			"TagResource":   tags,
			"UntagResource": tags,
		},
	}
}

const (
	networkFirewallLogging = "AWS::NetworkFirewall::LoggingConfiguration"
	networkFirewallGone    = "ResourceNotFoundException"
	// networkFirewallPage is the most that Network Firewall lists at once.
	networkFirewallPage = 100
)

func networkFirewallClient(s *session) *networkfirewall.Client {
	return client(s, func(c aws.Config) *networkfirewall.Client { return networkfirewall.NewFromConfig(c) })
}

// networkFirewallProjectors turn the answers of the API into configurations.
type networkFirewallProjectors struct{ firewalls, policies, groups *shape.Projector }

func (p *networkFirewallProjectors) collectFirewalls(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := networkFirewallClient(s).ListFirewalls(ctx, &networkfirewall.ListFirewallsInput{
			MaxResults: aws.Int32(networkFirewallPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Firewalls, func(ctx context.Context, f types.FirewallMetadata) error {
			o := &audit.Observation{
				Type: "networkfirewall_firewall", ExternalID: aws.ToString(f.FirewallArn), Name: aws.ToString(f.FirewallName),
				Config: object{"FirewallName": f.FirewallName},
				Facts:  object{"TransitGatewayAttachmentId": f.TransitGatewayAttachmentId},
			}
			return readNetworkFirewall(ctx, s, out, o, p.describeFirewall, p.readLogging)
		})
	})
}

// readNetworkFirewall emits what a listing tells, with what the calls for its details add.
func readNetworkFirewall(
	ctx context.Context, s *session, out inventory.Emitter, o *audit.Observation,
	details ...func(context.Context, *session, *audit.Observation) error,
) error {
	if o.ExternalID != "" {
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		for _, read := range details {
			if err := read(ctx, s, o); err != nil {
				return err
			}
		}
	}
	return s.emit(ctx, out, o)
}

func (p *networkFirewallProjectors) describeFirewall(ctx context.Context, s *session, o *audit.Observation) error {
	paths := []string{
		"AvailabilityZoneChangeProtection", "AvailabilityZoneMappings", "DeleteProtection", "Description", "EnabledAnalysisTypes",
		"EncryptionConfiguration", "FirewallPolicyArn", "FirewallPolicyChangeProtection", "SubnetChangeProtection", "SubnetMappings", "Tags",
		"TransitGatewayId", "VpcId",
	}
	return s.detail(ctx, o, paths, func(ctx context.Context) error {
		got, err := networkFirewallClient(s).DescribeFirewall(ctx, &networkfirewall.DescribeFirewallInput{FirewallArn: &o.ExternalID})
		if err != nil {
			return goneIf(err, networkFirewallGone)
		}
		if status := got.FirewallStatus; status != nil {
			if status.Status == types.FirewallStatusValueDeleting {
				return errGone
			}
			o.Facts["Status"] = told(status.Status)
			o.Facts["ConfigurationSyncStateSummary"] = told(status.ConfigurationSyncStateSummary)
			o.Facts["Endpoints"] = firewallEndpoints(status.SyncStates)
		}
		if f := got.Firewall; f != nil {
			maps.Copy(o.Config, p.firewalls.Project(f))
			o.Facts["FirewallId"], o.Facts["NumberOfAssociations"] = f.FirewallId, f.NumberOfAssociations
			o.Facts["TransitGatewayOwnerAccountId"] = f.TransitGatewayOwnerAccountId
		}
		return nil
	})
}

// firewallEndpoints returns the endpoints that AWS made for the firewall, by zone.
func firewallEndpoints(states map[string]types.SyncState) object {
	endpoints := object{}
	for zone, state := range states {
		if state.Attachment != nil {
			endpoints[zone] = state.Attachment.EndpointId
		}
	}
	return endpoints
}

// readLogging reads where the firewall logs to, if anywhere.
func (p *networkFirewallProjectors) readLogging(ctx context.Context, s *session, o *audit.Observation) error {
	return ask(ctx, s, o, aside{paths: []string{networkFirewallLogging}}, networkFirewallClient(s).DescribeLoggingConfiguration,
		&networkfirewall.DescribeLoggingConfigurationInput{FirewallArn: &o.ExternalID},
		func(got *networkfirewall.DescribeLoggingConfigurationOutput) {
			logging, _ := p.firewalls.ProjectAt(networkFirewallLogging, got).(object)
			if c := got.LoggingConfiguration; c == nil || len(c.LogDestinationConfigs) == 0 {
				delete(logging, "LoggingConfiguration")
			}
			o.Config[networkFirewallLogging] = logging
		})
}

func (p *networkFirewallProjectors) collectPolicies(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := networkFirewallClient(s).ListFirewallPolicies(ctx, &networkfirewall.ListFirewallPoliciesInput{
			MaxResults: aws.Int32(networkFirewallPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.FirewallPolicies, func(ctx context.Context, f types.FirewallPolicyMetadata) error {
			return readNetworkFirewall(ctx, s, out, &audit.Observation{
				Type: "networkfirewall_firewall_policy", ExternalID: aws.ToString(f.Arn), Name: aws.ToString(f.Name),
				Config: object{"FirewallPolicyName": f.Name}, Facts: object{},
			}, p.describePolicy)
		})
	})
}

func (p *networkFirewallProjectors) describePolicy(ctx context.Context, s *session, o *audit.Observation) error {
	paths := []string{"Description", "EncryptionConfiguration", "FirewallPolicy", "Tags"}
	return s.detail(ctx, o, paths, func(ctx context.Context) error {
		got, err := networkFirewallClient(s).DescribeFirewallPolicy(ctx, &networkfirewall.DescribeFirewallPolicyInput{
			FirewallPolicyArn: &o.ExternalID,
		})
		if err != nil {
			return goneIf(err, networkFirewallGone)
		}
		if r := got.FirewallPolicyResponse; r != nil {
			if r.FirewallPolicyStatus == types.ResourceStatusDeleting {
				return errGone
			}
			maps.Copy(o.Config, p.policies.Project(r))
			o.Facts["NumberOfAssociations"], o.Facts["Status"] = r.NumberOfAssociations, told(r.FirewallPolicyStatus)
		}
		if got.FirewallPolicy != nil {
			o.Config["FirewallPolicy"] = p.policies.ProjectAt("FirewallPolicy", got.FirewallPolicy)
		}
		return nil
	})
}

func (p *networkFirewallProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := networkFirewallClient(s).ListRuleGroups(ctx, &networkfirewall.ListRuleGroupsInput{
			MaxResults: aws.Int32(networkFirewallPage), NextToken: token, Scope: types.ResourceManagedStatusAccount,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.RuleGroups, func(ctx context.Context, g types.RuleGroupMetadata) error {
			return readNetworkFirewall(ctx, s, out, &audit.Observation{
				Type: "networkfirewall_rule_group", ExternalID: aws.ToString(g.Arn), Name: aws.ToString(g.Name),
				Config: object{"RuleGroupName": g.Name}, Facts: object{},
			}, p.describeGroup)
		})
	})
}

func (p *networkFirewallProjectors) describeGroup(ctx context.Context, s *session, o *audit.Observation) error {
	paths := []string{"Capacity", "Description", "EncryptionConfiguration", "RuleGroup", "SummaryConfiguration", "Tags", "Type"}
	return s.detail(ctx, o, paths, func(ctx context.Context) error {
		got, err := networkFirewallClient(s).DescribeRuleGroup(ctx, &networkfirewall.DescribeRuleGroupInput{RuleGroupArn: &o.ExternalID})
		if err != nil {
			return goneIf(err, networkFirewallGone)
		}
		if r := got.RuleGroupResponse; r != nil {
			if r.RuleGroupStatus == types.ResourceStatusDeleting {
				return errGone
			}
			maps.Copy(o.Config, p.groups.Project(r))
			o.Facts["ConsumedCapacity"], o.Facts["NumberOfAssociations"] = r.ConsumedCapacity, r.NumberOfAssociations
			o.Facts["Status"] = told(r.RuleGroupStatus)
			if from := r.SourceMetadata; from != nil {
				o.Facts["CopiedFrom"] = from.SourceArn
			}
		}
		if got.RuleGroup != nil {
			o.Config["RuleGroup"] = p.groups.ProjectAt("RuleGroup", got.RuleGroup)
		}
		return nil
	})
}
