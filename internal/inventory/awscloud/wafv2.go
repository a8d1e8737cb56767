package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// wafCollector reads AWS WAF, in each region what guards its resources, and once what guards CloudFront's (WAF API
// reference). What AWS WAF Classic has is of another API.
func wafCollector() *collector {
	arn := map[string]string{"ARN": "Arn"}
	p := &wafProjectors{
		acls: projectorOf("wafv2_web_acl", arn), groups: projectorOf("wafv2_rule_group", arn),
	}
	tags := map[string][]string{
		"wafv2_web_acl": {"Tags"}, "wafv2_rule_group": {"Tags"}, "wafv2_ip_set": {"Tags"}, "wafv2_regex_pattern_set": {"Tags"},
	}
	return &collector{
		service: "wafv2", listings: append(p.listings(regional), p.listings(global)...),
		events: map[string]map[string][]string{
			"UpdateWebACL":               {"wafv2_web_acl": wafACLPaths},
			"AssociateWebACL":            {"wafv2_web_acl": {wafAssociation}},
			"DisassociateWebACL":         {"wafv2_web_acl": {wafAssociation}},
			"PutLoggingConfiguration":    {"wafv2_web_acl": {wafLogging}},
			"DeleteLoggingConfiguration": {"wafv2_web_acl": {wafLogging}},
			"UpdateRuleGroup":            {"wafv2_rule_group": wafGroupPaths},
			"UpdateIPSet":                {"wafv2_ip_set": {"Addresses", "Description"}},
			"UpdateRegexPatternSet":      {"wafv2_regex_pattern_set": {"Description", "RegularExpressionList"}},
			"TagResource":                tags,
			"UntagResource":              tags,
		},
	}
}

const (
	wafAssociation   = "AWS::WAFv2::WebACLAssociation"
	wafLogging       = "AWS::WAFv2::LoggingConfiguration"
	actionGetWebACL  = "wafv2:GetWebACL"
	actionListWAFTag = "wafv2:ListTagsForResource"
	actionWAFFor     = "wafv2:ListResourcesForWebACL"
	// wafPage is the most that WAF lists at once.
	wafPage = 100
)

var (
	// wafACLPaths are the attributes that come from GetWebACL, wafGroupPaths those from GetRuleGroup.
	wafACLPaths = []string{
		"ApplicationConfig", "AssociationConfig", "CaptchaConfig", "ChallengeConfig", "CustomResponseBodies", "DataProtectionConfig",
		"DefaultAction", "MonetizationConfig", "OnSourceDDoSProtectionConfig", "Rules", "TokenDomains", "VisibilityConfig",
	}
	wafGroupPaths = []string{"Capacity", "CustomResponseBodies", "MonetizationConfig", "Rules", "VisibilityConfig"}
)

// listings are the same in each region and for CloudFront, but that CloudFront's distributions name their web ACL.
func (p *wafProjectors) listings(at where) []listing {
	one := func(noun, typ, list, get string, more ...each) listing {
		l := listing{
			types: []string{typ}, where: at, actions: []string{"wafv2:" + list, "wafv2:" + get, actionListWAFTag}, page: wafPage,
			each: append([]each{
				{action: "wafv2:" + get, of: noun, because: "`" + list + "` tells names and nothing else"},
				{action: actionListWAFTag, of: noun, because: "no listing tells tags"},
			}, more...),
		}
		for _, m := range more {
			l.actions = append(l.actions, m.action)
		}
		return l
	}
	var associated []each
	if at == regional {
		associated = []each{{
			action: actionWAFFor, of: "regional web ACL", times: len(types.ResourceType("").Values()),
			because: "it takes one web ACL and one kind of resource",
		}}
	}
	acls := one("web ACL", "wafv2_web_acl", "ListWebACLs", "GetWebACL", associated...)
	acls.actions, acls.collect = append(acls.actions, "wafv2:ListLoggingConfigurations"), p.collectACLs
	groups := one("rule group", "wafv2_rule_group", "ListRuleGroups", "GetRuleGroup")
	groups.collect = p.collectGroups
	ipSets := one("IP set", "wafv2_ip_set", "ListIPSets", "GetIPSet")
	ipSets.collect = collectWAFIPSets
	patterns := one("set of patterns", "wafv2_regex_pattern_set", "ListRegexPatternSets", "GetRegexPatternSet")
	patterns.collect = collectWAFPatterns
	return []listing{acls, groups, ipSets, patterns}
}

func wafClient(s *session) *wafv2.Client {
	return client(s, func(c aws.Config) *wafv2.Client { return wafv2.NewFromConfig(c) })
}

// wafProjectors turn the answers of the API into configurations.
type wafProjectors struct{ acls, groups *shape.Projector }

// wafScope is whose resources a session's are: CloudFront's are asked for in us-east-1 (WAF API reference, ListWebACLs),
// and there is no CloudFront for WAF in the other partitions.
func wafScope(s *session) (types.Scope, error) {
	switch {
	case s.region != audit.RegionGlobal:
		return types.ScopeRegional, nil
	case s.partition != "aws":
		return "", &fault.Error{Kind: fault.Unsupported, Code: "NotOffered", Message: "WAF has no CloudFront scope in this partition"}
	}
	return types.ScopeCloudfront, nil
}

// wafItem is what the listings tell of a resource; ids are needed to ask for more.
type wafItem struct{ arn, description, id, name *string }

// wafListed is one page of a listing.
type wafListed func(ctx context.Context, scope types.Scope, marker *string) (items []wafItem, next *string, err error)

// readWAF emits what a listing tells, with what get adds to paths, and tags.
func readWAF(
	ctx context.Context, s *session, out inventory.Emitter, typ string, list wafListed, paths []string,
	get func(ctx context.Context, o *audit.Observation, scope types.Scope, item wafItem) error,
) error {
	scope, err := wafScope(s)
	if err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, marker *string) (*string, error) {
		items, next, err := list(ctx, scope, marker)
		if err != nil {
			return nil, err
		}
		return next, forEach(ctx, s, items, func(ctx context.Context, item wafItem) error {
			o := &audit.Observation{
				Type: typ, ExternalID: aws.ToString(item.arn), Name: aws.ToString(item.name),
				Config: object{"Name": item.name, "Description": item.description, "Scope": scope}, Facts: object{},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, paths, func(ctx context.Context) error {
				return goneIf(get(ctx, o, scope, item), wafGone)
			})
			if err != nil {
				return err
			}
			if err := readWAFTags(ctx, s, o); err != nil {
				return err
			}
			if typ == "wafv2_web_acl" {
				if err := readWAFSurroundings(ctx, s, o, scope); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// wafGone says that what was asked for isn't there.
const wafGone = "WAFNonexistentItemException"

func readWAFTags(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, marker *string) (*string, error) {
			got, err := wafClient(s).ListTagsForResource(ctx, &wafv2.ListTagsForResourceInput{
				ResourceARN: &o.ExternalID, Limit: aws.Int32(wafPage), NextMarker: marker,
			})
			if err != nil {
				return nil, err
			}
			if got.TagInfoForResource != nil {
				tags = append(tags, got.TagInfoForResource.TagList...)
			}
			return got.NextMarker, nil
		})
		if err == nil {
			o.Config["Tags"] = plain(tags)
		}
		return goneIf(err, wafGone)
	})
}

func collectWAFIPSets(ctx context.Context, s *session, out inventory.Emitter) error {
	list := func(ctx context.Context, scope types.Scope, marker *string) ([]wafItem, *string, error) {
		page, err := wafClient(s).ListIPSets(ctx, &wafv2.ListIPSetsInput{Scope: scope, Limit: aws.Int32(wafPage), NextMarker: marker})
		if err != nil {
			return nil, nil, err
		}
		var items []wafItem
		for _, i := range page.IPSets {
			items = append(items, wafItem{i.ARN, i.Description, i.Id, i.Name})
		}
		return items, page.NextMarker, nil
	}
	get := func(ctx context.Context, o *audit.Observation, scope types.Scope, item wafItem) error {
		got, err := wafClient(s).GetIPSet(ctx, &wafv2.GetIPSetInput{Scope: scope, Id: item.id, Name: item.name})
		if err == nil && got.IPSet != nil {
			o.Config["Addresses"] = got.IPSet.Addresses
			o.Config["IPAddressVersion"] = told(got.IPSet.IPAddressVersion)
		}
		return err
	}
	return readWAF(ctx, s, out, "wafv2_ip_set", list, []string{"Addresses", "IPAddressVersion"}, get)
}

func collectWAFPatterns(ctx context.Context, s *session, out inventory.Emitter) error {
	list := func(ctx context.Context, scope types.Scope, marker *string) ([]wafItem, *string, error) {
		page, err := wafClient(s).ListRegexPatternSets(ctx, &wafv2.ListRegexPatternSetsInput{
			Scope: scope, Limit: aws.Int32(wafPage), NextMarker: marker,
		})
		if err != nil {
			return nil, nil, err
		}
		var items []wafItem
		for _, i := range page.RegexPatternSets {
			items = append(items, wafItem{i.ARN, i.Description, i.Id, i.Name})
		}
		return items, page.NextMarker, nil
	}
	const path = "RegularExpressionList"
	get := func(ctx context.Context, o *audit.Observation, scope types.Scope, item wafItem) error {
		got, err := wafClient(s).GetRegexPatternSet(ctx, &wafv2.GetRegexPatternSetInput{Scope: scope, Id: item.id, Name: item.name})
		if err == nil && got.RegexPatternSet != nil {
			var patterns []any
			for _, r := range got.RegexPatternSet.RegularExpressionList {
				patterns = append(patterns, r.RegexString)
			}
			o.Config[path] = patterns
		}
		return err
	}
	return readWAF(ctx, s, out, "wafv2_regex_pattern_set", list, []string{path}, get)
}
