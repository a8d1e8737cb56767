package awscloud

import "testing"

func TestNetworkFirewall(t *testing.T) {
	const (
		arn  = "arn:aws:network-firewall:eu-west-1:123456789012:"
		tags = `"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]`
		key  = `"EncryptionConfiguration":{"Type":"CUSTOMER_KMS","KeyId":"arn:aws:kms:eu-west-1:123456789012:key/k"}`
	)
	actions := `[{"ActionName":"z","ActionDefinition":{"PublishMetricAction":{"Dimensions":[{"Value":"z"}]}}},{"ActionName":"y"}]`
	(&staged{
		service: "network-firewall", region: "eu-west-1",
		answers: map[string]string{
			"ListFirewalls": `{"NextToken":"two","Firewalls":[{"FirewallArn":"` + arn + `firewall/main","FirewallName":"main","TransitGatewayAttachmentId":"tgw-attach-1"}]}`,
			"ListFirewalls two": `{"Firewalls":[{"FirewallArn":"` + arn + `firewall/bare"},{"FirewallArn":"` + arn + `firewall/gone","FirewallName":"gone"},
{"FirewallArn":"` + arn + `firewall/leaving","FirewallName":"leaving"}]}`,
			"DescribeFirewall firewall/main": `{"UpdateToken":"t","FirewallStatus":{"Status":"READY","ConfigurationSyncStateSummary":"IN_SYNC","CapacityUsageSummary":{"CIDRs":{"AvailableCIDRCount":77777}},
"SyncStates":{"eu-west-1b":{"Attachment":{"EndpointId":"vpce-2","SubnetId":"subnet-2","Status":"READY"}},"eu-west-1a":{"Attachment":{"EndpointId":"vpce-1"}},"eu-west-1c":{}}},
"Firewall":{"FirewallArn":"` + arn + `firewall/main","FirewallName":"main","FirewallId":"f-1","FirewallPolicyArn":"` + arn + `firewall-policy/strict","VpcId":"vpc-1","Description":"d",
"DeleteProtection":true,"SubnetChangeProtection":false,"FirewallPolicyChangeProtection":true,"AvailabilityZoneChangeProtection":false,"NumberOfAssociations":2,
"SubnetMappings":[{"SubnetId":"subnet-2","IPAddressType":"IPV4"},{"SubnetId":"subnet-1"}],"EnabledAnalysisTypes":["TLS_SNI","HTTP_HOST"],
"AvailabilityZoneMappings":[{"AvailabilityZone":"eu-west-1b"},{"AvailabilityZone":"eu-west-1a"}],"TransitGatewayId":"tgw-1","TransitGatewayOwnerAccountId":"210987654321",` + key + `,` + tags + `}}`,
			"DescribeFirewall firewall/bare":    `{}`,
			"DescribeFirewall firewall/gone":    `!ResourceNotFoundException`,
			"DescribeFirewall firewall/leaving": `{"FirewallStatus":{"Status":"DELETING"}}`,
			"DescribeLoggingConfiguration": `{"EnableMonitoringDashboard":true,"FirewallArn":"` + arn + `firewall/main","LoggingConfiguration":{"LogDestinationConfigs":[
{"LogType":"FLOW","LogDestinationType":"S3","LogDestination":{"prefix":"p","bucketName":"logs"}},{"LogType":"ALERT","LogDestinationType":"CloudWatchLogs","LogDestination":{"logGroup":"alerts"}}]}}`,
			"DescribeLoggingConfiguration firewall/bare": `{"FirewallArn":"` + arn + `firewall/bare","LoggingConfiguration":{"LogDestinationConfigs":[]}}`,

			"ListFirewallPolicies": `{"NextToken":"two","FirewallPolicies":[{"Arn":"` + arn + `firewall-policy/strict","Name":"strict"}]}`,
			"ListFirewallPolicies two": `{"FirewallPolicies":[{"Arn":"` + arn + `firewall-policy/bare"},{"Arn":"` + arn + `firewall-policy/gone","Name":"gone"},
{"Arn":"` + arn + `firewall-policy/leaving","Name":"leaving"}]}`,
			"DescribeFirewallPolicy policy/strict": `{"UpdateToken":"t","FirewallPolicyResponse":{"FirewallPolicyArn":"` + arn + `firewall-policy/strict","FirewallPolicyName":"strict","FirewallPolicyId":"p-1",
"Description":"d","FirewallPolicyStatus":"ACTIVE","ConsumedStatefulRuleCapacity":77777,"LastModifiedTime":1767323045,"NumberOfAssociations":1,` + key + `,` + tags + `},
"FirewallPolicy":{"StatelessDefaultActions":["z","aws:forward_to_sfe"],"StatelessFragmentDefaultActions":["aws:drop"],"StatefulDefaultActions":["aws:drop_strict","aws:alert_strict"],
"EnableTLSSessionHolding":false,"StatefulEngineOptions":{"RuleOrder":"STRICT_ORDER","StreamExceptionPolicy":"DROP","FlowTimeouts":{"TcpIdleTimeoutSeconds":350}},
"StatefulRuleGroupReferences":[{"ResourceArn":"` + arn + `stateful-rulegroup/z","Priority":2,"Override":{"Action":"DROP_TO_ALERT"}},{"ResourceArn":"` + arn + `stateful-rulegroup/a","Priority":1}],
"StatelessRuleGroupReferences":[{"ResourceArn":"` + arn + `stateless-rulegroup/z","Priority":2},{"ResourceArn":"` + arn + `stateless-rulegroup/a","Priority":1}],
"StatelessCustomActions":` + actions + `,"PolicyVariables":{"RuleVariables":{"HOME_NET":{"Definition":["10.0.0.0/8","192.168.0.0/16"]}}},"TLSInspectionConfigurationArn":"` + arn + `tls-configuration/t"}}`,
			"DescribeFirewallPolicy policy/bare":    `{}`,
			"DescribeFirewallPolicy policy/gone":    `!ResourceNotFoundException`,
			"DescribeFirewallPolicy policy/leaving": `{"FirewallPolicyResponse":{"FirewallPolicyStatus":"DELETING"}}`,

			"ListRuleGroups": `{"NextToken":"two","RuleGroups":[{"Arn":"` + arn + `stateful-rulegroup/listed","Name":"listed"},{"Arn":"` + arn + `stateful-rulegroup/text","Name":"text"},
{"Arn":"` + arn + `stateless-rulegroup/fast","Name":"fast"}]}`,
			"ListRuleGroups two": `{"RuleGroups":[{"Arn":"` + arn + `stateful-rulegroup/bare"},{"Arn":"` + arn + `stateful-rulegroup/gone","Name":"gone"},
{"Arn":"` + arn + `stateful-rulegroup/leaving","Name":"leaving"},{"Arn":"` + arn + `stateful-rulegroup/single","Name":"single"}]}`,
			"DescribeRuleGroup rulegroup/listed": `{"RuleGroupResponse":{"RuleGroupArn":"` + arn + `stateful-rulegroup/listed","RuleGroupName":"listed","RuleGroupId":"g-1","Capacity":100,"ConsumedCapacity":2,
"Type":"STATEFUL","Description":"d","RuleGroupStatus":"ACTIVE","NumberOfAssociations":1,"LastModifiedTime":1767323045,"SummaryConfiguration":{"RuleOptions":["SID","MSG"]},
"SourceMetadata":{"SourceArn":"` + arn + `stateful-rulegroup/origin"},` + key + `,` + tags + `},
"RuleGroup":{"RuleVariables":{"IPSets":{"HOME_NET":{"Definition":["10.0.0.0/8","192.168.0.0/16"]}},"PortSets":{"WEB":{"Definition":["80","443"]}}},
"ReferenceSets":{"IPSetReferences":{"REF":{"ReferenceArn":"arn:aws:ec2:eu-west-1:123456789012:prefix-list/pl-1"}}},"StatefulRuleOptions":{"RuleOrder":"STRICT_ORDER"},
"RulesSource":{"RulesSourceList":{"Targets":[".example.com","example.org"],"TargetTypes":["TLS_SNI","HTTP_HOST"],"GeneratedRulesType":"DENYLIST"}}}}`,
			"DescribeRuleGroup rulegroup/text": `{"RuleGroupResponse":{"RuleGroupName":"text","Type":"STATEFUL","Capacity":10},"RuleGroup":{"RulesSource":{"RulesString":"drop tcp any any -> any any (sid:1;)"}}}`,
			"DescribeRuleGroup rulegroup/single": `{"RuleGroupResponse":{"RuleGroupName":"single","Type":"STATEFUL","Capacity":10},"RuleGroup":{"RulesSource":{"StatefulRules":[{"Action":"DROP",
"Header":{"Protocol":"TCP","Source":"ANY","SourcePort":"ANY","Direction":"FORWARD","Destination":"10.0.0.0/8","DestinationPort":"22"},"RuleOptions":[{"Keyword":"sid","Settings":["1"]}]}]}}}`,
			"DescribeRuleGroup rulegroup/fast": `{"RuleGroupResponse":{"RuleGroupName":"fast","Type":"STATELESS","Capacity":10},"RuleGroup":{"RulesSource":{"StatelessRulesAndCustomActions":{"CustomActions":` + actions + `,
"StatelessRules":[{"Priority":2,"RuleDefinition":{"Actions":["z","aws:pass"],"MatchAttributes":{"Sources":[{"AddressDefinition":"10.0.0.0/8"},{"AddressDefinition":"0.0.0.0/0"}],
"Destinations":[{"AddressDefinition":"10.0.0.0/8"}],"DestinationPorts":[{"FromPort":443,"ToPort":443},{"FromPort":80,"ToPort":80}],"SourcePorts":[{"FromPort":0,"ToPort":65535}],
"Protocols":[17,6],"TCPFlags":[{"Flags":["SYN","ACK"],"Masks":["SYN","ACK"]},{"Flags":["FIN"]}]}}},{"Priority":1,"RuleDefinition":{"Actions":["aws:drop"],"MatchAttributes":{}}}]}}}}`,
			"DescribeRuleGroup rulegroup/bare":    `{}`,
			"DescribeRuleGroup rulegroup/gone":    `!ResourceNotFoundException`,
			"DescribeRuleGroup rulegroup/leaving": `{"RuleGroupResponse":{"RuleGroupStatus":"DELETING"}}`,
		},
		refusals: map[string]refusal{
			"network-firewall:ListFirewalls":        {fails: []string{"networkfirewall_firewall"}},
			"network-firewall:ListFirewallPolicies": {fails: []string{"networkfirewall_firewall_policy"}},
			"network-firewall:ListRuleGroups":       {fails: []string{"networkfirewall_rule_group"}},
			"network-firewall:DescribeFirewall": {unread: map[string][]string{"networkfirewall_firewall": {
				"AvailabilityZoneChangeProtection", "AvailabilityZoneMappings", "DeleteProtection", "Description", "EnabledAnalysisTypes",
				"EncryptionConfiguration", "FirewallPolicyArn", "FirewallPolicyChangeProtection", "SubnetChangeProtection", "SubnetMappings",
				"Tags", "TransitGatewayId", "VpcId",
			}}},
			"network-firewall:DescribeLoggingConfiguration": {unread: map[string][]string{"networkfirewall_firewall": {networkFirewallLogging}}},
			"network-firewall:DescribeFirewallPolicy": {unread: map[string][]string{"networkfirewall_firewall_policy": {
				"Description", "EncryptionConfiguration", "FirewallPolicy", "Tags",
			}}},
			"network-firewall:DescribeRuleGroup": {unread: map[string][]string{"networkfirewall_rule_group": {
				"Capacity", "Description", "EncryptionConfiguration", "RuleGroup", "SummaryConfiguration", "Tags", "Type",
			}}},
		},
		counters: map[string]string{"77777": "88888", "1767323045": "1767323046"},
		variants: map[string]variant{
			"a firewall without an ARN": {answers: map[string]string{"ListFirewalls two": `{"Firewalls":[{}]}`}, fails: []string{"networkfirewall_firewall"}},
			"a rule group vanishes": {
				answers: map[string]string{"DescribeRuleGroup rulegroup/text": "!ResourceNotFoundException"}, gone: "networkfirewall_rule_group text",
			},
		},
	}).run(t)
}
