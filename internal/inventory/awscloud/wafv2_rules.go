package awscloud

import (
	"context"
	"encoding/base64"
	"maps"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

func (p *wafProjectors) collectACLs(ctx context.Context, s *session, out inventory.Emitter) error {
	list := func(ctx context.Context, scope types.Scope, marker *string) ([]wafItem, *string, error) {
		page, err := wafClient(s).ListWebACLs(ctx, &wafv2.ListWebACLsInput{Scope: scope, Limit: aws.Int32(wafPage), NextMarker: marker})
		if err != nil {
			return nil, nil, err
		}
		var items []wafItem
		for _, i := range page.WebACLs {
			items = append(items, wafItem{i.ARN, i.Description, i.Id, i.Name})
		}
		return items, page.NextMarker, nil
	}
	get := func(ctx context.Context, o *audit.Observation, scope types.Scope, item wafItem) error {
		got, err := wafClient(s).GetWebACL(ctx, &wafv2.GetWebACLInput{Scope: scope, Id: item.id, Name: item.name})
		if err == nil && got.WebACL != nil {
			p.describeACL(o, got.WebACL)
		}
		return err
	}
	return readWAF(ctx, s, out, "wafv2_web_acl", list, wafACLPaths, get)
}

// describeACL notes what Firewall Manager puts before and after the rules as a fact: it is declared in another account.
func (p *wafProjectors) describeACL(o *audit.Observation, acl *types.WebACL) {
	maps.Copy(o.Config, p.acls.Project(acl))
	o.Config["Rules"] = wafRules(p.acls, acl.Rules)
	o.Facts["Capacity"], o.Facts["LabelNamespace"] = acl.Capacity, acl.LabelNamespace
	if acl.ManagedByFirewallManager {
		o.Facts["ManagedByFirewallManager"] = true
	}
	for name, groups := range map[string][]types.FirewallManagerRuleGroup{
		"PreProcessRuleGroups": acl.PreProcessFirewallManagerRuleGroups, "PostProcessRuleGroups": acl.PostProcessFirewallManagerRuleGroups,
	} {
		var names []*string
		for _, g := range groups {
			names = append(names, g.Name)
		}
		o.Facts[name] = sortedTexts(names)
	}
}

func (p *wafProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	list := func(ctx context.Context, scope types.Scope, marker *string) ([]wafItem, *string, error) {
		page, err := wafClient(s).ListRuleGroups(ctx, &wafv2.ListRuleGroupsInput{Scope: scope, Limit: aws.Int32(wafPage), NextMarker: marker})
		if err != nil {
			return nil, nil, err
		}
		var items []wafItem
		for _, i := range page.RuleGroups {
			items = append(items, wafItem{i.ARN, i.Description, i.Id, i.Name})
		}
		return items, page.NextMarker, nil
	}
	get := func(ctx context.Context, o *audit.Observation, scope types.Scope, item wafItem) error {
		got, err := wafClient(s).GetRuleGroup(ctx, &wafv2.GetRuleGroupInput{Scope: scope, Id: item.id, Name: item.name})
		if err == nil && got.RuleGroup != nil {
			maps.Copy(o.Config, p.groups.Project(got.RuleGroup))
			o.Config["Rules"] = wafRules(p.groups, got.RuleGroup.Rules)
			o.Facts["LabelNamespace"] = got.RuleGroup.LabelNamespace
		}
		return err
	}
	return readWAF(ctx, s, out, "wafv2_rule_group", list, wafGroupPaths, get)
}

// readWAFSurroundings reads what is not of a web ACL itself: where its logs go, and what it guards.
func readWAFSurroundings(ctx context.Context, s *session, o *audit.Observation, scope types.Scope) error {
	err := s.detail(ctx, o, []string{wafLogging}, func(ctx context.Context) error {
		all, err := wafLogs(ctx, s, scope)
		if logs := all[o.ExternalID]; err == nil && logs != nil {
			o.Config[wafLogging] = logs
		}
		return err
	})
	if err != nil || scope != types.ScopeRegional {
		return err
	}
	return s.detail(ctx, o, []string{wafAssociation}, func(ctx context.Context) error {
		var associated []any
		for _, kind := range types.ResourceType("").Values() {
			got, err := wafClient(s).ListResourcesForWebACL(ctx, &wafv2.ListResourcesForWebACLInput{WebACLArn: &o.ExternalID, ResourceType: kind})
			if kind != types.ResourceTypeApplicationLoadBalancer && hasCode(err, "WAFInvalidParameterException") {
				continue // the region doesn't offer such resources
			}
			if err != nil {
				return goneIf(err, wafGone)
			}
			for _, arn := range got.ResourceArns {
				associated = append(associated, object{"ResourceArn": arn})
			}
		}
		o.Config[wafAssociation] = associated
		return nil
	})
}

// wafLogs are the logging configurations that customers make, by web ACL.
func wafLogs(ctx context.Context, s *session, scope types.Scope) (map[string]any, error) {
	return memo(ctx, s, "wafv2:ListLoggingConfigurations", func(ctx context.Context) (map[string]any, error) {
		sh := projectorOf("wafv2_web_acl", nil)
		all := map[string]any{}
		return all, s.paged(ctx, func(ctx context.Context, marker *string) (*string, error) {
			page, err := wafClient(s).ListLoggingConfigurations(ctx, &wafv2.ListLoggingConfigurationsInput{
				Scope: scope, LogScope: types.LogScopeCustomer, Limit: aws.Int32(wafPage), NextMarker: marker,
			})
			if err != nil {
				return nil, err
			}
			for i := range page.LoggingConfigurations {
				l := &page.LoggingConfigurations[i]
				all[aws.ToString(l.ResourceArn)] = sh.ProjectAt(wafLogging, l)
			}
			return page.NextMarker, nil
		})
	})
}

// wafRules makes the configurations of rules, with the statements that are in statements: there the shape has an end.
func wafRules(pr *shape.Projector, rules []types.Rule) []any {
	out := make([]any, 0, len(rules))
	for i := range rules {
		rule, _ := pr.ProjectAt("Rules[*]", &rules[i]).(object)
		if rule != nil && rules[i].Statement != nil {
			rule["Statement"] = wafStatement(pr, rules[i].Statement)
		}
		out = append(out, rule)
	}
	return out
}

func wafStatement(pr *shape.Projector, in *types.Statement) any {
	if in == nil {
		return nil
	}
	out, _ := pr.ProjectAt("Rules[*].Statement", in).(object)
	within := func(name, child string, value any) {
		if statement, ok := out[name].(object); ok && value != nil {
			statement[child] = value
		}
	}
	all := func(some []types.Statement) any {
		list := make([]any, 0, len(some))
		for i := range some {
			list = append(list, wafStatement(pr, &some[i]))
		}
		return list
	}
	switch {
	case in.AndStatement != nil:
		within("AndStatement", "Statements", all(in.AndStatement.Statements))
	case in.OrStatement != nil:
		within("OrStatement", "Statements", all(in.OrStatement.Statements))
	case in.NotStatement != nil:
		within("NotStatement", "Statement", wafStatement(pr, in.NotStatement.Statement))
	case in.RateBasedStatement != nil:
		within("RateBasedStatement", "ScopeDownStatement", wafStatement(pr, in.RateBasedStatement.ScopeDownStatement))
	case in.ManagedRuleGroupStatement != nil:
		within("ManagedRuleGroupStatement", "ScopeDownStatement", wafStatement(pr, in.ManagedRuleGroupStatement.ScopeDownStatement))
	case in.ByteMatchStatement != nil && !utf8.Valid(in.ByteMatchStatement.SearchString):
		within("ByteMatchStatement", "SearchStringBase64", base64.StdEncoding.EncodeToString(in.ByteMatchStatement.SearchString))
		within("ByteMatchStatement", "SearchString", (*string)(nil))
	}
	return out
}
