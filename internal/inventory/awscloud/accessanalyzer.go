package awscloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// accessAnalyzerCollector reads IAM Access Analyzer (Access Analyzer API reference).
func accessAnalyzerCollector() *collector {
	p := &analyzerProjectors{analyzers: projectorOf("accessanalyzer_analyzer", map[string]string{
		"InternalAccessConfiguration.AnalysisRule": "InternalAccessAnalysisRule",
	})}
	analyzer := func(path string) map[string][]string { return map[string][]string{"accessanalyzer_analyzer": {path}} }
	return &collector{
		service: "access-analyzer",
		listings: []listing{{
			types: []string{"accessanalyzer_analyzer"}, actions: []string{"access-analyzer:ListAnalyzers", "access-analyzer:ListArchiveRules"},
			page:    accessAnalyzerPage,
			each:    []each{{action: "access-analyzer:ListArchiveRules", of: "analyzer", because: "no listing tells them; a region has few analyzers"}},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"UpdateAnalyzer":    analyzer("AnalyzerConfiguration"),
			"CreateArchiveRule": analyzer("ArchiveRules"),
			"UpdateArchiveRule": analyzer("ArchiveRules"),
			"DeleteArchiveRule": analyzer("ArchiveRules"),
			"TagResource":       analyzer("Tags"),
			"UntagResource":     analyzer("Tags"),
		},
	}
}

func accessAnalyzerClient(s *session) *accessanalyzer.Client {
	return client(s, func(c aws.Config) *accessanalyzer.Client { return accessanalyzer.NewFromConfig(c) })
}

// accessAnalyzerPage is the most that Access Analyzer returns at once.
const accessAnalyzerPage = 100

// analyzerProjectors turn the answers of the Access Analyzer API into configurations.
type analyzerProjectors struct{ analyzers *shape.Projector }

func (p *analyzerProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := accessAnalyzerClient(s).ListAnalyzers(ctx, &accessanalyzer.ListAnalyzersInput{
			MaxResults: aws.Int32(accessAnalyzerPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Analyzers, func(ctx context.Context, a types.AnalyzerSummary) error {
			o := p.analyzer(&a)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.readArchiveRules(ctx, s, o); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *analyzerProjectors) analyzer(a *types.AnalyzerSummary) *audit.Observation {
	config := object{"AnalyzerName": a.Name, "Type": told(a.Type), "Tags": p.analyzers.ProjectAt("Tags", a.Tags)}
	const in = "AnalyzerConfiguration"
	switch c := a.Configuration.(type) {
	case *types.AnalyzerConfigurationMemberUnusedAccess:
		config[in] = object{"UnusedAccessConfiguration": unusedAccess(&c.Value)}
	case *types.AnalyzerConfigurationMemberInternalAccess:
		config[in] = object{"InternalAccessConfiguration": p.analyzers.ProjectAt(in+".InternalAccessConfiguration", c.Value)}
	}
	o := &audit.Observation{
		Type: "accessanalyzer_analyzer", ExternalID: aws.ToString(a.Arn), Name: aws.ToString(a.Name), Config: config,
		Facts: object{"Status": told(a.Status), "CreatedAt": a.CreatedAt, "ManagedBy": a.ManagedBy},
	}
	if a.StatusReason != nil {
		o.Facts["StatusReason"] = told(a.StatusReason.Code)
	}
	if a.Status == types.AnalyzerStatusDisabled {
		o.Status = audit.ResourceStopped
	}
	return o
}

// unusedAccess turns the tags of exclusions, which the API has as maps, into lists.
func unusedAccess(c *types.UnusedAccessConfiguration) object {
	config := object{"UnusedAccessAge": c.UnusedAccessAge}
	if c.AnalysisRule == nil {
		return config
	}
	exclusions := make([]any, 0, len(c.AnalysisRule.Exclusions))
	for i := range c.AnalysisRule.Exclusions {
		e := &c.AnalysisRule.Exclusions[i]
		sets := make([]any, 0, len(e.ResourceTags))
		for _, tags := range e.ResourceTags {
			set := make([]any, 0, len(tags))
			for _, key := range slices.Sorted(maps.Keys(tags)) {
				set = append(set, object{"Key": key, "Value": tags[key]})
			}
			sets = append(sets, set)
		}
		exclusions = append(exclusions, object{"AccountIds": e.AccountIds, "ResourceTags": sets})
	}
	config["AnalysisRule"] = object{"Exclusions": exclusions}
	return config
}

// readArchiveRules reads an analyzer's rules, which no listing tells. An account has few analyzers a region ("IAM Access
// Analyzer quotas").
func (p *analyzerProjectors) readArchiveRules(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"ArchiveRules"}, func(ctx context.Context) error {
		var rules []object
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := accessAnalyzerClient(s).ListArchiveRules(ctx, &accessanalyzer.ListArchiveRulesInput{
				AnalyzerName: aws.String(o.Name), MaxResults: aws.Int32(accessAnalyzerPage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for i := range page.ArchiveRules {
				rules = append(rules, p.archiveRule(&page.ArchiveRules[i]))
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["ArchiveRules"] = rules
		}
		return goneIf(err, "ResourceNotFoundException")
	})
}

func (p *analyzerProjectors) archiveRule(r *types.ArchiveRuleSummary) object {
	filter := make([]any, 0, len(r.Filter))
	for _, property := range slices.Sorted(maps.Keys(r.Filter)) {
		criterion, ok := p.analyzers.ProjectAt("ArchiveRules[*].Filter[*]", r.Filter[property]).(object)
		if !ok {
			criterion = object{}
		}
		criterion["Property"] = property
		filter = append(filter, criterion)
	}
	return object{"RuleName": r.RuleName, "Filter": filter}
}
