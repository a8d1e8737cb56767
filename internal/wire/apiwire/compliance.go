package apiwire

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/task"
)

func (w work) Assess(ctx context.Context, team string, scope audit.Scope, by string) (audit.Execution, error) {
	return w.trigger(ctx, team, job.Request{Type: audit.JobComplianceCheck, Scope: scope, Trigger: by})
}

// rules shows the rules that a team's resources are judged by.
type rules struct {
	checks *task.Compliance
	book   *task.RuleBook
}

func (r rules) view(ctx context.Context, team string, x *rule.Rule, err error) (api.Rule, error) {
	if err != nil {
		return api.Rule{}, err
	}
	_, catalog, err := r.checks.Rules(ctx, team)
	if err != nil {
		return api.Rule{}, err
	}
	return viewOf(x, usesOf(catalog)), nil
}

func (r rules) CheckRule(ctx context.Context, team, yaml string) (api.Rule, error) {
	x, err := r.book.Check(ctx, team, yaml)
	return r.view(ctx, team, x, err)
}

func (r rules) CreateRule(ctx context.Context, team, yaml, by string) (api.Rule, error) {
	x, err := r.book.Create(ctx, team, yaml, by)
	return r.view(ctx, team, x, err)
}

func (r rules) DeleteRule(ctx context.Context, team, id string) error {
	return r.book.Delete(ctx, team, id)
}

func (r rules) Rules(ctx context.Context, team string, f api.RuleFilter, p store.Paging) (store.Page[api.Rule], error) {
	set, catalog, err := r.checks.Rules(ctx, team)
	if err != nil {
		return store.Page[api.Rule]{}, err
	}
	uses := usesOf(catalog)
	var out []api.Rule
	for _, x := range set.Rules() {
		used := f.FrameworkID == "" || slices.ContainsFunc(uses[x.ID], func(u api.RuleUse) bool { return u.FrameworkID == f.FrameworkID })
		if used && (f.ResourceType == "" || slices.Contains(x.Types, f.ResourceType)) && (f.Category == "" || slices.Contains(x.Categories, f.Category)) &&
			(len(f.Severity) == 0 || slices.Contains(f.Severity, x.Severity)) {
			out = append(out, viewOf(x, uses))
		}
	}
	severities := make([]string, 0, len(f.Severity))
	for _, s := range f.Severity {
		severities = append(severities, string(s))
	}
	return store.PageOf(out, func(r *api.Rule) string { return r.ID }, p,
		"rules", team, f.ResourceType, f.Category, f.FrameworkID, strings.Join(severities, ","))
}

func (r rules) Rule(ctx context.Context, team, id string) (api.Rule, error) {
	set, catalog, err := r.checks.Rules(ctx, team)
	if err != nil {
		return api.Rule{}, err
	}
	x, ok := set.Lookup(id)
	if !ok {
		return api.Rule{}, fault.New(fault.NotFound, "no such rule")
	}
	return viewOf(x, usesOf(catalog)), nil
}

// usesOf tells which controls each rule judges.
func usesOf(catalog *compliance.Catalog) map[string][]api.RuleUse {
	out := map[string][]api.RuleUse{}
	for _, f := range catalog.All() {
		for i := range f.Controls {
			for _, id := range f.Controls[i].Rules {
				list := out[id]
				if n := len(list); n == 0 || list[n-1].FrameworkID != f.ID {
					list = append(list, api.RuleUse{FrameworkID: f.ID})
				}
				last := &list[len(list)-1]
				last.Controls = append(last.Controls, f.Controls[i].ID)
				out[id] = list
			}
		}
	}
	return out
}

func viewOf(r *rule.Rule, uses map[string][]api.RuleUse) api.Rule {
	looks := map[string]bool{}
	for _, l := range r.LookUps {
		looks[l.Type] = true
	}
	return api.Rule{
		ID: r.ID, Title: r.Title, Severity: r.Severity, ResourceTypes: r.Types, Categories: orEmpty(r.Categories),
		LooksUp: orEmpty(slices.Sorted(maps.Keys(looks))), Applies: r.Applies, Passes: r.Passes, Wanted: r.Wanted, Risk: r.Risk,
		Remediation: r.Remediation, References: orEmpty(r.References), Custom: r.Custom, Frameworks: orEmpty(uses[r.ID]),
	}
}

// orEmpty makes a list without elements encode as [], not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// waivers checks what a waiver names, and has it hold at once.
type waivers struct {
	*store.Store
	checks *task.Compliance
}

func (w waivers) CreateWaiver(ctx context.Context, team string, in audit.Waiver) (audit.Waiver, error) {
	if in.RuleID != "" {
		set, _, err := w.checks.Rules(ctx, team)
		if err != nil {
			return in, err
		}
		if _, ok := set.Lookup(in.RuleID); !ok {
			return in, fault.Field("rule_id", "there is no rule %s", in.RuleID)
		}
	}
	if in.ResourceID != "" {
		if _, err := w.Resource(ctx, team, in.ResourceID); fault.Is(err, fault.NotFound) {
			return in, fault.Field("resource_id", "there is no such resource")
		} else if err != nil {
			return in, err
		}
	}
	in.ID, in.TeamID = audit.DeriveID(audit.PrefixWaiver, rand.Text()), team
	out, err := w.Store.CreateWaiver(ctx, in)
	if err != nil {
		return out, err
	}
	return out, w.checks.Waive(ctx, out)
}

func (w waivers) UpdateWaiver(ctx context.Context, team, id string, c api.WaiverChange, by string) (audit.Waiver, error) {
	out, err := w.Store.UpdateWaiver(ctx, team, id, c.Reason, c.ExpiresAt, by)
	if err != nil {
		return out, err
	}
	return out, w.checks.Waive(ctx, out) // it may have expired before
}

func (w waivers) DeleteWaiver(ctx context.Context, team, id string) error {
	old, err := w.Waiver(ctx, team, id)
	if err != nil {
		return err
	}
	if err := w.Store.DeleteWaiver(ctx, team, id); err != nil {
		return err
	}
	return w.checks.Unwaive(ctx, old)
}

// frameworks shows frameworks with a team's settings, and assessments.
type frameworks struct {
	*store.Store
	checks *task.Compliance
	book   *task.RuleBook
}

func (f frameworks) CheckFramework(ctx context.Context, team, yaml string) (api.FrameworkSummary, error) {
	x, err := f.book.CheckFramework(ctx, team, yaml)
	if err != nil {
		return api.FrameworkSummary{}, err
	}
	return f.summary(ctx, team, x, audit.FrameworkSetting{})
}

func (f frameworks) PutFramework(ctx context.Context, team, replaced, yaml, by string) (api.FrameworkSummary, error) {
	x, err := f.book.PutFramework(ctx, team, replaced, yaml, by)
	if err != nil {
		return api.FrameworkSummary{}, err
	}
	settings, err := f.FrameworkSettings(ctx, team)
	if err != nil {
		return api.FrameworkSummary{}, err
	}
	return f.summary(ctx, team, x, settings[x.ID])
}

func (f frameworks) DeleteFramework(ctx context.Context, team, id string) error {
	return f.book.DeleteFramework(ctx, team, id)
}

func (f frameworks) Frameworks(ctx context.Context, team string, p store.Paging) (store.Page[api.FrameworkSummary], error) {
	_, catalog, err := f.checks.Rules(ctx, team)
	if err != nil {
		return store.Page[api.FrameworkSummary]{}, err
	}
	settings, err := f.FrameworkSettings(ctx, team)
	if err != nil {
		return store.Page[api.FrameworkSummary]{}, err
	}
	page, err := store.PageOf(catalog.All(), func(x **compliance.Framework) string { return (*x).ID }, p, "frameworks", team)
	out := store.Page[api.FrameworkSummary]{Next: page.Next}
	for _, x := range page.Items {
		one, err := f.summary(ctx, team, x, settings[x.ID])
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, one)
	}
	return out, err
}

func (f frameworks) summary(ctx context.Context, team string, x *compliance.Framework, s audit.FrameworkSetting) (api.FrameworkSummary, error) {
	out := api.FrameworkSummary{
		ID: x.ID, Name: x.Name, Version: x.Version, Provider: x.Provider, URL: x.URL, About: x.About, Custom: x.Custom,
		Controls: len(x.Controls), Mapped: x.Mapped(), Enabled: s.Enabled, ProviderIDs: orEmpty(s.ProviderIDs),
	}
	last, err := f.Assessments(ctx, team, x.ID, store.Paging{Limit: 1})
	if err != nil || len(last.Items) == 0 {
		return out, err
	}
	a := &last.Items[0]
	out.Assessed = &a.Counts.Assessed
	out.LastAssessment = &api.LastAssessment{ID: a.ID, StartedAt: a.StartedAt, Score: a.Score, Counts: a.Counts}
	return out, nil
}

func (f frameworks) find(ctx context.Context, team, id string) (*compliance.Framework, error) {
	_, catalog, err := f.checks.Rules(ctx, team)
	if err != nil {
		return nil, err
	}
	if x, ok := catalog.Lookup(id); ok {
		return x, nil
	}
	for _, p := range catalog.LeftOut() {
		if p.Source == id && p.Rule == "" {
			return nil, &fault.Error{Kind: fault.Conflict, Code: "framework_left_out", Message: "the framework is no longer good: " + p.Error()}
		}
	}
	return nil, fault.New(fault.NotFound, "no such framework")
}

func (f frameworks) Framework(ctx context.Context, team, id string) (api.Framework, error) {
	x, err := f.find(ctx, team, id)
	if err != nil {
		return api.Framework{}, err
	}
	settings, err := f.FrameworkSettings(ctx, team)
	if err != nil {
		return api.Framework{}, err
	}
	out := api.Framework{Sections: []api.FrameworkSection{}, ControlList: []api.FrameworkControl{}}
	if out.FrameworkSummary, err = f.summary(ctx, team, x, settings[id]); err != nil {
		return out, err
	}
	if x.Custom {
		own, err := f.OwnFramework(ctx, team, id)
		if err != nil {
			return out, err
		}
		out.Source = own.Text
	}
	for _, s := range x.Sections {
		out.Sections = append(out.Sections, api.FrameworkSection(s))
	}
	for i := range x.Controls {
		c := &x.Controls[i]
		out.ControlList = append(out.ControlList, api.FrameworkControl{
			ID: c.ID, Title: c.Title, Section: c.Section, Automated: c.Type == "automated", Profiles: orEmpty(c.Profiles),
			Rules: orEmpty(c.Rules), Note: c.Note,
		})
	}
	return out, nil
}

func (f frameworks) SetFramework(ctx context.Context, team, id string, enabled bool, providers []string, by string) (api.FrameworkSummary, error) {
	x, err := f.find(ctx, team, id)
	if err != nil {
		return api.FrameworkSummary{}, err
	}
	providers = slices.Compact(slices.Sorted(slices.Values(providers)))
	for _, p := range providers {
		got, err := f.Provider(ctx, team, p)
		switch {
		case fault.Is(err, fault.NotFound):
			return api.FrameworkSummary{}, fault.Field("provider_ids", "there is no provider %s", p)
		case err != nil:
			return api.FrameworkSummary{}, err
		case !x.Concerns(got.Type):
			return api.FrameworkSummary{}, fault.Field("provider_ids", "%s is of type %s; the framework is for %s", p, got.Type, x.Provider)
		}
	}
	s, err := f.Store.SetFramework(ctx, team, audit.FrameworkSetting{FrameworkID: id, Enabled: enabled, ProviderIDs: providers, By: by})
	if err != nil {
		return api.FrameworkSummary{}, err
	}
	return f.summary(ctx, team, x, s)
}

func (f frameworks) AssessmentChanges(ctx context.Context, team, id, from string) (audit.AssessmentChanges, error) {
	after, err := f.Assessment(ctx, team, id)
	if err != nil {
		return audit.AssessmentChanges{}, err
	}
	if from == "" {
		from = after.PreviousID
	}
	if from == "" {
		return audit.AssessmentChanges{}, &fault.Error{
			Kind: fault.NotFound, Code: "no_previous_assessment", Message: "there is no assessment before it of the same framework and providers",
		}
	}
	before, err := f.Assessment(ctx, team, from)
	if err != nil {
		return audit.AssessmentChanges{}, err
	}
	if before.Framework.ID != after.Framework.ID {
		return audit.AssessmentChanges{}, fault.Field("from", "is an assessment by %s, not %s", before.Framework.ID, after.Framework.ID)
	}
	return compliance.Changes(&before, &after), nil
}
