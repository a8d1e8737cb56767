//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func wafOfMoto() motoService {
	return motoService{
		service: "wafv2", region: motoserver.Region, lacks: []string{actionWAFFor},
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), wafv2.NewFromConfig(e.plainConfig())
			seen := &types.VisibilityConfig{MetricName: s("m")}
			acl := must(api.CreateWebACL(ctx, &wafv2.CreateWebACLInput{
				Name: s("main"), Scope: types.ScopeRegional, DefaultAction: &types.DefaultAction{Allow: &types.AllowAction{}}, VisibilityConfig: seen,
			}))(t)
			group := must(api.CreateRuleGroup(ctx, &wafv2.CreateRuleGroupInput{
				Name: s("group"), Scope: types.ScopeRegional, Capacity: aws.Int64(10), VisibilityConfig: seen,
			}))(t)
			set := must(api.CreateIPSet(ctx, &wafv2.CreateIPSetInput{
				Name: s("office"), Scope: types.ScopeRegional, IPAddressVersion: types.IPAddressVersionIpv4, Addresses: []string{"192.0.2.0/24"},
			}))(t)
			patterns := must(api.CreateRegexPatternSet(ctx, &wafv2.CreateRegexPatternSetInput{
				Name: s("bad"), Scope: types.ScopeRegional, RegularExpressionList: []types.Regex{{RegexString: s("a+")}},
			}))(t)
			return map[string][]string{
				"wafv2_web_acl": {*acl.Summary.ARN}, "wafv2_rule_group": {*group.Summary.ARN}, "wafv2_ip_set": {*set.Summary.ARN},
				"wafv2_regex_pattern_set": {*patterns.Summary.ARN},
			}
		},
	}
}
