package awscloud

import (
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

// wafStage plays what WAF has in a region, or for CloudFront.
func wafStage(region, kind string) *staged {
	arn := "arn:aws:wafv2:eu-west-1:123456789012:" + kind + "/"
	tags := `{"TagInfoForResource":{"TagList":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}}`
	c := &staged{
		service: "wafv2", region: region, name: "wafv2_" + kind,
		answers: map[string]string{
			"ListWebACLs":     `{"WebACLs":[{"ARN":"` + arn + `webacl/main/1","Id":"1","Name":"main","Description":"d","LockToken":"t1"}],"NextMarker":"two"}`,
			"ListWebACLs two": `{"WebACLs":[{"ARN":"` + arn + `webacl/bare/2","Id":"2","Name":"bare"},{"ARN":"` + arn + `webacl/gone/3","Id":"3","Name":"gone"}]}`,
			"GetWebACL main": `{"LockToken":"t1","WebACL":{"ARN":"` + arn + `webacl/main/1","Id":"1","Name":"main","Description":"d","Capacity":700,"LabelNamespace":"awswaf:1:",
"DefaultAction":{"Allow":{}},"TokenDomains":["b.example.com","a.example.com"],"ManagedByFirewallManager":true,"PreProcessFirewallManagerRuleGroups":[{"Name":"z"},{"Name":"y"}],
"VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,"MetricName":"m"},"CaptchaConfig":{"ImmunityTimeProperty":{"ImmunityTime":60}},
"CustomResponseBodies":{"body":{"ContentType":"TEXT_PLAIN","Content":"no"}},"AssociationConfig":{"RequestBody":{"CLOUDFRONT":{"DefaultSizeInspectionLimit":"KB_64"}}},
"Rules":[{"Name":"z","Priority":0,"OverrideAction":{"None":{}},"VisibilityConfig":{"SampledRequestsEnabled":false,"CloudWatchMetricsEnabled":true,"MetricName":"z"},
"Statement":{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"AWSManagedRulesBotControlRuleSet","ManagedRuleGroupConfigs":[{"AWSManagedRulesBotControlRuleSet":{"InspectionLevel":"COMMON"}}],
"RuleActionOverrides":[{"Name":"r2","ActionToUse":{"Count":{}}},{"Name":"r1","ActionToUse":{"Block":{}}}],"ScopeDownStatement":{"GeoMatchStatement":{"CountryCodes":["US","DE"]}}}}},
{"Name":"a","Priority":1,"Action":{"Block":{"CustomResponse":{"ResponseCode":403,"CustomResponseBodyKey":"body"}}},"RuleLabels":[{"Name":"l2"},{"Name":"l1"}],
"Statement":{"AndStatement":{"Statements":[{"NotStatement":{"Statement":{"IPSetReferenceStatement":{"ARN":"arn:ipset"}}}},
{"OrStatement":{"Statements":[{"ByteMatchStatement":{"SearchString":"L2FkbWlu","FieldToMatch":{"UriPath":{}},"PositionalConstraint":"STARTS_WITH","TextTransformations":[{"Priority":1,"Type":"URL_DECODE"},{"Priority":0,"Type":"LOWERCASE"}]}},
{"ByteMatchStatement":{"SearchString":"/w==","FieldToMatch":{"AllQueryArguments":{}},"PositionalConstraint":"CONTAINS","TextTransformations":[{"Priority":0,"Type":"NONE"}]}}]}}]}}},
{"Name":"rate","Priority":2,"Action":{"Count":{"CustomRequestHandling":{"InsertHeaders":[{"Name":"x-secret","Value":"hunter2"}]}}},
"Statement":{"RateBasedStatement":{"Limit":2000,"EvaluationWindowSec":300,"AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"IP":{}},{"HTTPMethod":{}}],"ScopeDownStatement":{"XssMatchStatement":{"FieldToMatch":{"Cookies":{"MatchPattern":{"All":{}},"MatchScope":"ALL","OversizeHandling":"MATCH"}},"TextTransformations":[{"Priority":0,"Type":"NONE"}]}}}}}]}}`,
			"GetWebACL bare":            `{"WebACL":{"ARN":"` + arn + `webacl/bare/2","Id":"2","Name":"bare"}}`,
			"GetWebACL gone":            `!WAFNonexistentItemException`,
			"ListLoggingConfigurations": `{"LoggingConfigurations":[{"ResourceArn":"arn:other","LogDestinationConfigs":["x"]}],"NextMarker":"two"}`,
			"ListLoggingConfigurations two": `{"LoggingConfigurations":[{"ResourceArn":"` + arn + `webacl/main/1","LogDestinationConfigs":["arn:aws:s3:::aws-waf-logs-x"],"ManagedByFirewallManager":false,
"RedactedFields":[{"UriPath":{}},{"SingleHeader":{"Name":"authorization"}},{"QueryString":{}}],
"LoggingFilter":{"DefaultBehavior":"DROP","Filters":[{"Behavior":"KEEP","Requirement":"MEETS_ANY","Conditions":[{"ActionCondition":{"Action":"BLOCK"}},{"LabelNameCondition":{"LabelName":"l"}}]}]}}]}`,
			"ListResourcesForWebACL":                                `{"ResourceArns":[]}`,
			"ListResourcesForWebACL main APPLICATION_LOAD_BALANCER": `{"ResourceArns":["arn:lb/2","arn:lb/1"]}`,
			"ListResourcesForWebACL main COGNITO_USER_POOL":         `{"ResourceArns":["arn:pool"]}`,
			"ListResourcesForWebACL APP_RUNNER_SERVICE":             `!WAFInvalidParameterException`,
			"ListTagsForResource":                                   tags,
			"ListTagsForResource webacl/main":                       `{"TagInfoForResource":{"TagList":[{"Key":"z","Value":""}]},"NextMarker":"two"}`,
			"ListTagsForResource webacl/main two":                   tags,
			"ListTagsForResource bare":                              `{}`,
			"ListRuleGroups":                                        `{"RuleGroups":[{"ARN":"` + arn + `rulegroup/g/1","Id":"1","Name":"g"}],"NextMarker":"two"}`,
			"ListRuleGroups two":                                    `{"RuleGroups":[{"ARN":"` + arn + `rulegroup/bare/2","Id":"2","Name":"bare"},{"ARN":"` + arn + `rulegroup/gone/3","Id":"3","Name":"gone"}]}`,
			"GetRuleGroup \"g\"": `{"RuleGroup":{"ARN":"` + arn + `rulegroup/g/1","Id":"1","Name":"g","Capacity":50,"LabelNamespace":"ns:","AvailableLabels":[{"Name":"l"}],"VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":false,"MetricName":"g"},
"Rules":[{"Name":"b","Priority":1,"Action":{"Captcha":{}},"Statement":{"SqliMatchStatement":{"FieldToMatch":{"Body":{"OversizeHandling":"CONTINUE"}},"SensitivityLevel":"HIGH","TextTransformations":[{"Priority":0,"Type":"NONE"}]}}},
{"Name":"a","Priority":0,"Action":{"Allow":{}},"Statement":{"RegexPatternSetReferenceStatement":{"ARN":"arn:patterns","FieldToMatch":{"QueryString":{}},"TextTransformations":[{"Priority":0,"Type":"NONE"}]}}}]}}`,
			"GetRuleGroup bare":        `{"RuleGroup":{"Name":"bare"}}`,
			"GetRuleGroup gone":        `!WAFNonexistentItemException`,
			"ListIPSets":               `{"IPSets":[{"ARN":"` + arn + `ipset/i/1","Id":"1","Name":"i","Description":"d"}],"NextMarker":"two"}`,
			"ListIPSets two":           `{"IPSets":[{"ARN":"` + arn + `ipset/bare/2","Id":"2","Name":"bare"},{"ARN":"` + arn + `ipset/gone/3","Id":"3","Name":"gone"}]}`,
			"GetIPSet \"i\"":           `{"IPSet":{"ARN":"` + arn + `ipset/i/1","Id":"1","Name":"i","IPAddressVersion":"IPV4","Addresses":["192.0.2.0/24","10.0.0.0/8"]}}`,
			"GetIPSet bare":            `{"IPSet":{"Name":"bare"}}`,
			"GetIPSet gone":            `!WAFNonexistentItemException`,
			"ListRegexPatternSets":     `{"RegexPatternSets":[{"ARN":"` + arn + `regexpatternset/p/1","Id":"1","Name":"p"}],"NextMarker":"two"}`,
			"ListRegexPatternSets two": `{"RegexPatternSets":[{"ARN":"` + arn + `regexpatternset/bare/2","Id":"2","Name":"bare"},{"ARN":"` + arn + `regexpatternset/gone/3","Id":"3","Name":"gone"}]}`,
			"GetRegexPatternSet \"p\"": `{"RegexPatternSet":{"Name":"p","RegularExpressionList":[{"RegexString":"b+"},{"RegexString":"a+"}]}}`,
			"GetRegexPatternSet bare":  `{"RegexPatternSet":{"Name":"bare"}}`,
			"GetRegexPatternSet gone":  `!WAFNonexistentItemException`,
		},
		refusals: map[string]refusal{
			"wafv2:ListWebACLs":               {fails: []string{"wafv2_web_acl"}},
			"wafv2:ListRuleGroups":            {fails: []string{"wafv2_rule_group"}},
			"wafv2:ListIPSets":                {fails: []string{"wafv2_ip_set"}},
			"wafv2:ListRegexPatternSets":      {fails: []string{"wafv2_regex_pattern_set"}},
			"wafv2:GetWebACL":                 {unread: map[string][]string{"wafv2_web_acl": wafACLPaths}},
			"wafv2:GetRuleGroup":              {unread: map[string][]string{"wafv2_rule_group": wafGroupPaths}},
			"wafv2:GetIPSet":                  {unread: map[string][]string{"wafv2_ip_set": {"Addresses", "IPAddressVersion"}}},
			"wafv2:GetRegexPatternSet":        {unread: map[string][]string{"wafv2_regex_pattern_set": {"RegularExpressionList"}}},
			"wafv2:ListLoggingConfigurations": {unread: map[string][]string{"wafv2_web_acl": {wafLogging}}},
			"wafv2:ListResourcesForWebACL":    {unread: map[string][]string{"wafv2_web_acl": {wafAssociation}}},
			"wafv2:ListTagsForResource": {unread: map[string][]string{
				"wafv2_web_acl": {"Tags"}, "wafv2_rule_group": {"Tags"}, "wafv2_ip_set": {"Tags"}, "wafv2_regex_pattern_set": {"Tags"},
			}},
		},
		counters: map[string]string{`"LockToken":"t1"`: `"LockToken":"t2"`},
	}
	if region == audit.RegionGlobal {
		delete(c.refusals, "wafv2:ListResourcesForWebACL")
		for key := range c.answers {
			if strings.HasPrefix(key, "ListResourcesForWebACL") {
				delete(c.answers, key)
			}
		}
	}
	return c
}

func TestWAF(t *testing.T) {
	t.Run("in a region", func(t *testing.T) { wafStage("eu-west-1", "regional").run(t) })
	t.Run("for CloudFront", func(t *testing.T) { wafStage(audit.RegionGlobal, "global").run(t) })
}
