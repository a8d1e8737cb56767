//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func networkFirewallOfMoto() motoService {
	return motoService{
		service: "network-firewall", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), networkfirewall.NewFromConfig(e.plainConfig())
			var arns []string
			for _, name := range []string{"main", "other"} {
				made := must(api.CreateFirewall(ctx, &networkfirewall.CreateFirewallInput{
					FirewallName: &name, VpcId: s("vpc-1"), DeleteProtection: true, SubnetMappings: []types.SubnetMapping{{SubnetId: s("subnet-1")}},
					FirewallPolicyArn: s("arn:aws:network-firewall:us-east-1:123456789012:firewall-policy/strict"),
					Tags:              []types.Tag{{Key: s("env"), Value: s("prod")}},
				}))(t)
				arns = append(arns, *made.Firewall.FirewallArn)
			}
			must(api.UpdateLoggingConfiguration(ctx, &networkfirewall.UpdateLoggingConfigurationInput{
				FirewallArn: &arns[0], LoggingConfiguration: &types.LoggingConfiguration{LogDestinationConfigs: []types.LogDestinationConfig{{
					LogType: types.LogTypeFlow, LogDestinationType: types.LogDestinationTypeS3, LogDestination: map[string]string{"bucketName": "logs"},
				}}},
			}))(t)
			return map[string][]string{"networkfirewall_firewall": arns}
		},
	}
}
