package task

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/report"
	"github.com/infraudit/infraudit/internal/rule"
)

// AssessmentExport says which assessment to export, and how.
type AssessmentExport struct {
	ID     string `json:"assessment_id"`
	Format string `json:"format"` // the name of a report.Format
}

// document gathers what the report of an assessment is made of.
func (e *Export) document(ctx context.Context, team string, x AssessmentExport) (report.Format, *report.Document, error) {
	formats := report.Formats()
	at := slices.IndexFunc(formats, func(f report.Format) bool { return f.Name == x.Format })
	if at < 0 {
		return report.Format{}, nil, fault.New(fault.Internal, "%q is no format", x.Format)
	}
	a, err := e.Store.Assessment(ctx, team, x.ID)
	if err != nil {
		return report.Format{}, nil, err
	}
	evidence, err := e.Store.Evidence(ctx, team, x.ID)
	if fault.Is(err, fault.NotFound) {
		return report.Format{}, nil, fault.New(fault.NotFound, "what the assessment rests on was not kept; assess again")
	} else if err != nil {
		return report.Format{}, nil, err
	}
	set, _, err := e.Rules(ctx, team)
	if err != nil {
		return report.Format{}, nil, err
	}
	d := &report.Document{
		Product: e.Version, JudgedBy: evidence.Version, RunBy: asker(evidence.Trigger), StartedAt: a.StartedAt, EndedAt: a.EndedAt,
		Assessments: []audit.Assessment{a}, Coverage: evidence.Coverage, Waivers: evidence.Waivers, Rules: rulesOf(&a, set),
	}
	for _, p := range evidence.Providers {
		d.Accounts = append(d.Accounts, report.Account{ID: p.Account, Name: p.Name, ProviderID: p.ID})
	}
	d.Regions, d.Resources = extent(evidence.Coverage)
	past := failing{e.Store, team, a.EndedAt, map[string]string{}, map[string]bool{}}
	for _, p := range evidence.Providers {
		past.accounts[p.ID] = p.Account
	}
	for _, w := range evidence.Waivers {
		past.waivers[w.ID] = true
	}
	d.Failures = func(ruleID string) iter.Seq2[audit.RuleResult, error] { return past.of(ctx, ruleID) }
	return formats[at], d, nil
}

// asker says in words who asked for an execution.
func asker(trigger string) string {
	switch trigger {
	case "schedule":
		return "the schedule of the team"
	case "connect":
		return "the connection of a provider"
	}
	return "user " + trigger
}

func rulesOf(a *audit.Assessment, set *rule.Set) []*rule.Rule {
	ids := map[string]bool{}
	for i := range a.Controls {
		for _, id := range a.Controls[i].Rules {
			ids[id] = true
		}
	}
	var out []*rule.Rule
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if r, ok := set.Lookup(id); ok {
			out = append(out, r)
		}
	}
	return out
}

// extent returns the regions that were read and how many resources.
func extent(lines []audit.Coverage) (regions []string, resources int) {
	seen := map[string]bool{}
	for i := range lines {
		if r := lines[i].Region; r != audit.RegionGlobal {
			seen[r] = true
		}
		for _, t := range lines[i].Types {
			if t.Count != nil {
				resources += *t.Count
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), resources
}
