package apitest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// Ids of what the fake has to judge by, and of its newest assessment.
const (
	RuleID       = "s3-bucket-versioning-enabled"
	FrameworkID  = "cis-aws-7.0"
	AssessmentID = "asm_2"
)

// judge gives the fake rules, findings, a framework and two assessments.
func (f *Fake) judge() {
	f.rules = []api.Rule{
		{
			ID: "ec2-security-group-ssh-restricted", Title: "Security groups don't open SSH to the world", Severity: audit.SeverityCritical,
			ResourceTypes: []string{"ec2_security_group"}, Categories: []string{"exposure", "network"}, LooksUp: []string{},
			Passes: `!config.?SecurityGroupIngress.orValue([]).exists(r, r.?CidrIp.orValue("") == "0.0.0.0/0")`,
			Wanted: "no rule opens port 22 to 0.0.0.0/0", Risk: "Anyone can try to sign in.", Remediation: "Name the networks that need it.",
			References: []string{"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"}, Frameworks: []api.RuleUse{},
		},
		{
			ID: RuleID, Title: "S3 buckets keep the versions of their objects", Severity: audit.SeverityLow,
			ResourceTypes: []string{"s3_bucket"}, Categories: []string{"resilience", "backup"}, LooksUp: []string{},
			Passes: `config.?VersioningConfiguration.?Status.orValue("") == "Enabled"`, Wanted: "VersioningConfiguration.Status is Enabled",
			Risk: "An object that is overwritten is gone.", Remediation: "Enable versioning of the bucket.",
			References: []string{"https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"},
			Frameworks: []api.RuleUse{{FrameworkID: FrameworkID, Controls: []string{"2.1.1"}}},
		},
	}
	f.find(0, f.rules[0], "SecurityGroupIngress is [{CidrIp: 0.0.0.0/0, FromPort: 22}]")
	f.find(1, f.rules[1], "VersioningConfiguration.Status is Suspended")
	control := func(id, title string, status audit.ControlStatus, results ...audit.RuleResult) audit.ControlResult {
		c := audit.ControlResult{
			ID: id, Title: title, Section: "2", Status: status, Automated: true, Severity: audit.SeverityLow, Rules: []string{RuleID},
			Results: append([]audit.RuleResult{}, results...),
		}
		c.Resources.Failed = len(results)
		return c
	}
	fnd := f.findings[1]
	result := audit.RuleResult{
		RuleID: RuleID, ProviderID: fnd.ProviderID, Account: "123456789012", ResourceID: fnd.ResourceID, ExternalID: fnd.ExternalID,
		ResourceType: fnd.ResourceType, ResourceName: fnd.ResourceName, Region: fnd.Region, Status: audit.ControlFailed,
		Severity: fnd.Severity, Reason: fnd.Reason, FindingID: fnd.ID,
	}
	f.assess("asm_1", "", 24*time.Hour, control("2.1.1", "Buckets keep versions", audit.ControlPassed), control("2.1.2", "Buckets are private", audit.ControlPassed))
	f.assess(AssessmentID, "asm_1", 5*time.Minute, control("2.1.1", "Buckets keep versions", audit.ControlFailed, result), control("2.1.2", "Buckets are private", audit.ControlPassed))
	f.enabled = true
}

func (f *Fake) find(of int, r api.Rule, reason string) {
	res := f.resources[of]
	key, _ := audit.ParseResourceID(res.ID)
	at := f.now.Add(-5 * time.Minute)
	f.findings = append(f.findings, audit.Finding{
		ID: audit.FindingID(key, r.ID), TeamID: Team, RuleID: r.ID, Title: r.Title, Severity: r.Severity, Status: audit.FindingOpen,
		ProviderID: res.ProviderID, ResourceID: res.ID, ExternalID: res.ExternalID, ResourceType: res.Type, ResourceName: res.Name,
		Service: res.Service, Region: res.Region, Reason: reason, FirstSeenAt: at, DetectedAt: at, LastSeenAt: f.now,
	})
}

func (f *Fake) assess(id, previous string, ago time.Duration, controls ...audit.ControlResult) {
	a := audit.Assessment{
		ID: id, TeamID: Team, Framework: audit.FrameworkRef{ID: FrameworkID, Name: "CIS AWS Foundations", Version: "7.0.0"},
		StartedAt: f.now.Add(-ago), EndedAt: f.now.Add(-ago).Add(4 * time.Second), ExecutionID: "exe_1", PreviousID: previous, Controls: controls,
	}
	for _, c := range controls {
		a.Counts.Add(c.Status, true)
	}
	a.Counts.Controls, a.Counts.Manual = 3, 1
	a.Score, a.Assessed = a.Counts.Score(), float64(a.Counts.Assessed)/3
	a.Sections = []audit.SectionScore{{ID: "2", Title: "Storage", Score: a.Score, Counts: a.Counts}}
	a.Accounts = []audit.AccountScore{{ProviderID: ProviderID(), Account: "123456789012", Score: a.Score, Counts: a.Counts}}
	f.assessments = append([]audit.Assessment{a}, f.assessments...)
}

// Findings implements api.Findings.
func (f *Fake) Findings(_ context.Context, team string, q store.FindingFilter, p store.Paging) (store.Page[audit.Finding], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(f.matchingFindings(team, q), p, "findings", team, q)
}

func (f *Fake) matchingFindings(team string, q store.FindingFilter) []audit.Finding {
	return of(f.findings, team, func(d *audit.Finding) bool {
		return (q.ProviderID == "" || d.ProviderID == q.ProviderID) && (q.ResourceID == "" || d.ResourceID == q.ResourceID) &&
			(q.ResourceType == "" || d.ResourceType == q.ResourceType) && (q.Region == "" || d.Region == q.Region) &&
			(q.RuleID == "" || d.RuleID == q.RuleID) && (len(q.Severity) == 0 || slices.Contains(q.Severity, d.Severity)) &&
			(len(q.Status) == 0 && d.Status == audit.FindingOpen || slices.Contains(q.Status, d.Status))
	})
}

// Finding implements api.Findings.
func (f *Fake) Finding(_ context.Context, team, id string) (audit.Finding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.findings, team, "finding", func(d *audit.Finding) bool { return d.ID == id }))
}

// FindingSummary implements api.Findings.
func (f *Fake) FindingSummary(_ context.Context, team string, q store.FindingFilter) (store.FindingSummary, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := store.FindingSummary{BySeverity: map[string]int{}, ByStatus: map[string]int{}, ByType: map[string]int{}}
	for _, d := range f.matchingFindings(team, q) {
		sum.Total++
		sum.BySeverity[string(d.Severity)]++
		sum.ByStatus[string(d.Status)]++
		sum.ByType[d.ResourceType]++
	}
	return sum, nil
}

// Rules implements api.Rules. Every team has them.
func (f *Fake) Rules(_ context.Context, team string, q api.RuleFilter, p store.Paging) (store.Page[api.Rule], error) {
	kept := of(f.rules, Team, func(r *api.Rule) bool {
		return (q.ResourceType == "" || slices.Contains(r.ResourceTypes, q.ResourceType)) && (q.Category == "" || slices.Contains(r.Categories, q.Category)) &&
			(q.FrameworkID == "" || len(r.Frameworks) > 0) && (len(q.Severity) == 0 || slices.Contains(q.Severity, r.Severity))
	})
	return page(kept, p, "rules", team, q)
}

// Rule implements api.Rules.
func (f *Fake) Rule(_ context.Context, _, id string) (api.Rule, error) {
	return value(find(f.rules, Team, "rule", func(r *api.Rule) bool { return r.ID == id }))
}

// CheckRule implements api.Rules: a rule is whatever begins with an id.
func (f *Fake) CheckRule(_ context.Context, _, yaml string) (api.Rule, error) {
	line, _, _ := strings.Cut(yaml, "\n")
	id, ok := strings.CutPrefix(line, "id: ")
	if !ok {
		return api.Rule{}, fault.Field("yaml.id", "is required")
	}
	r := f.rules[1]
	r.ID, r.Custom, r.Frameworks = id, true, []api.RuleUse{}
	return r, nil
}

// CreateRule implements api.Rules.
func (f *Fake) CreateRule(ctx context.Context, team, yaml, _ string) (api.Rule, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.CheckRule(ctx, team, yaml)
	if err == nil {
		f.rules = append(f.rules, r)
	}
	return r, err
}

// DeleteRule implements api.Rules.
func (f *Fake) DeleteRule(ctx context.Context, team, id string) error {
	r, err := f.Rule(ctx, team, id)
	if err != nil {
		return err
	}
	for _, own := range f.own {
		if strings.Contains(own.Source, id) {
			return &fault.Error{Kind: fault.Conflict, Code: "rule_in_use", Message: "the rule is cited by " + own.ID}
		}
	}
	if !r.Custom {
		return &fault.Error{Kind: fault.Conflict, Code: "built_in_rule", Message: "a rule that comes with the program can't be deleted"}
	}
	f.rules = slices.DeleteFunc(f.rules, func(r api.Rule) bool { return r.ID == id })
	return nil
}

// Waivers implements api.Waivers.
func (f *Fake) Waivers(_ context.Context, team string, p store.Paging) (store.Page[audit.Waiver], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.waivers, team, func(*audit.Waiver) bool { return true }), p, "waivers", team)
}

// Waiver implements api.Waivers.
func (f *Fake) Waiver(_ context.Context, team, id string) (audit.Waiver, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.waivers, team, "waiver", func(w *audit.Waiver) bool { return w.ID == id }))
}

// CreateWaiver implements api.Waivers.
func (f *Fake) CreateWaiver(_ context.Context, team string, w audit.Waiver) (audit.Waiver, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.ID, w.TeamID, w.CreatedAt = audit.DeriveID(audit.PrefixWaiver, fmt.Sprint(len(f.waivers))), team, f.now
	if err := w.Validate(); err != nil {
		return w, err
	}
	f.waivers = append(f.waivers, w)
	for i := range f.findings {
		if d := &f.findings[i]; team == Team && w.Covers(d.RuleID, d.ResourceID, nil) {
			d.Waive(w.ID)
		}
	}
	return w, nil
}

// UpdateWaiver implements api.Waivers.
func (f *Fake) UpdateWaiver(_ context.Context, team, id string, c api.WaiverChange, by string) (audit.Waiver, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := find(f.waivers, team, "waiver", func(w *audit.Waiver) bool { return w.ID == id })
	if err != nil {
		return audit.Waiver{}, err
	}
	changed := *w
	changed.Change(c.Reason, c.ExpiresAt, by, f.now)
	if err := changed.Validate(); err != nil {
		return changed, err
	}
	*w = changed
	return changed, nil
}

// DeleteWaiver implements api.Waivers.
func (f *Fake) DeleteWaiver(ctx context.Context, team, id string) error {
	if _, err := f.Waiver(ctx, team, id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waivers = slices.DeleteFunc(f.waivers, func(w audit.Waiver) bool { return w.ID == id })
	for i := range f.findings {
		if f.findings[i].WaiverID == id {
			f.findings[i].Waive("")
		}
	}
	return nil
}

func (f *Fake) framework() api.FrameworkSummary {
	last := f.assessments[0]
	return api.FrameworkSummary{
		ID: FrameworkID, Name: "CIS AWS Foundations", Version: "7.0.0", Provider: "aws", URL: "https://www.cisecurity.org/benchmark/amazon_web_services",
		About: "What every AWS account should have.", Controls: 3, Mapped: 2, Assessed: &last.Counts.Assessed, Enabled: f.enabled, ProviderIDs: f.enabledFor(),
		LastAssessment: &api.LastAssessment{ID: last.ID, StartedAt: last.StartedAt, Score: last.Score, Counts: last.Counts},
	}
}

func (f *Fake) enabledFor() []string { return append([]string{}, f.enabledOf...) }

// Frameworks implements api.Compliance.
func (f *Fake) Frameworks(_ context.Context, team string, p store.Paging) (store.Page[api.FrameworkSummary], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []api.FrameworkSummary{f.framework()}
	if team == Team {
		for _, own := range f.own {
			all = append(all, own.FrameworkSummary)
		}
	}
	return page(all, p, "frameworks", team)
}

// CheckFramework implements api.Compliance: a framework is whatever begins with an id.
func (f *Fake) CheckFramework(_ context.Context, _, yaml string) (api.FrameworkSummary, error) {
	line, _, _ := strings.Cut(yaml, "\n")
	id, ok := strings.CutPrefix(line, "id: ")
	if !ok {
		return api.FrameworkSummary{}, fault.Field("yaml.id", "line 1: is required")
	}
	return api.FrameworkSummary{
		ID: id, Name: "Ours", Version: "1", Provider: "aws", Custom: true, Controls: 1, Mapped: 1, ProviderIDs: []string{},
	}, nil
}

// PutFramework implements api.Compliance.
func (f *Fake) PutFramework(ctx context.Context, team, replaced, yaml, _ string) (api.FrameworkSummary, error) {
	s, err := f.CheckFramework(ctx, team, yaml)
	if err != nil {
		return s, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at := slices.IndexFunc(f.own, func(x api.Framework) bool { return team == Team && x.ID == s.ID })
	made := api.Framework{FrameworkSummary: s, Sections: []api.FrameworkSection{}, ControlList: []api.FrameworkControl{}, Source: yaml}
	switch {
	case replaced == FrameworkID:
		return s, errBuiltIn()
	case replaced == "" && at >= 0:
		return s, &fault.Error{Kind: fault.Conflict, Code: "framework_exists", Message: "there is a framework " + s.ID}
	case replaced == "":
		f.own = append(f.own, made)
	case at < 0:
		return s, fault.New(fault.NotFound, "no such framework")
	default:
		f.own[at] = made
	}
	return s, nil
}

func errBuiltIn() error {
	return &fault.Error{Kind: fault.Conflict, Code: "built_in_framework", Message: "a framework that comes with the program can't be changed"}
}

// DeleteFramework implements api.Compliance.
func (f *Fake) DeleteFramework(_ context.Context, team, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id == FrameworkID {
		return errBuiltIn()
	}
	left := slices.DeleteFunc(slices.Clone(f.own), func(x api.Framework) bool { return team == Team && x.ID == id })
	if len(left) == len(f.own) {
		return fault.New(fault.NotFound, "no such framework")
	}
	f.own = left
	return nil
}

// Framework implements api.Compliance.
func (f *Fake) Framework(_ context.Context, team, id string) (api.Framework, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, own := range f.own {
		if team == Team && own.ID == id {
			return own, nil
		}
	}
	if id != FrameworkID {
		return api.Framework{}, fault.New(fault.NotFound, "no such framework")
	}
	out := api.Framework{FrameworkSummary: f.framework(), Sections: []api.FrameworkSection{{ID: "2", Title: "Storage"}}}
	for _, c := range f.assessments[0].Controls {
		out.ControlList = append(out.ControlList, api.FrameworkControl{ID: c.ID, Title: c.Title, Section: "2", Automated: true, Profiles: []string{"level-1"}, Rules: c.Rules})
	}
	return out, nil
}

// SetFramework implements api.Compliance.
func (f *Fake) SetFramework(ctx context.Context, team, id string, enabled bool, providers []string, _ string) (api.FrameworkSummary, error) {
	for _, p := range providers {
		if _, err := f.Provider(ctx, team, p); err != nil {
			return api.FrameworkSummary{}, fault.Field("provider_ids", "there is no provider %s", p)
		}
	}
	if _, err := f.Framework(ctx, team, id); err != nil {
		return api.FrameworkSummary{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.enabled, f.enabledOf = enabled, providers
	return f.framework(), nil
}

// Assessments implements api.Compliance.
func (f *Fake) Assessments(_ context.Context, team, framework string, p store.Paging) (store.Page[audit.Assessment], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.assessments, team, func(a *audit.Assessment) bool { return framework == "" || a.Framework.ID == framework }), p, "assessments", team, framework)
}

// Assessment implements api.Compliance.
func (f *Fake) Assessment(_ context.Context, team, id string) (audit.Assessment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.assessments, team, "assessment", func(a *audit.Assessment) bool { return a.ID == id }))
}

// AssessmentChanges implements api.Compliance.
func (f *Fake) AssessmentChanges(ctx context.Context, team, id, from string) (audit.AssessmentChanges, error) {
	after, err := f.Assessment(ctx, team, id)
	if err != nil {
		return audit.AssessmentChanges{}, err
	}
	if from == "" {
		from = after.PreviousID
	}
	before, err := f.Assessment(ctx, team, from)
	if err != nil {
		return audit.AssessmentChanges{}, err
	}
	return compliance.Changes(&before, &after), nil
}

// Assess implements api.Work.
func (f *Fake) Assess(ctx context.Context, team string, scope audit.Scope, by string) (audit.Execution, error) {
	if scope.ProviderID != "" {
		if _, err := f.Provider(ctx, team, scope.ProviderID); err != nil {
			return audit.Execution{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.run(team, audit.JobComplianceCheck, scope, "", by)
	for i := range f.assessments { // it makes the newest again
		if f.assessments[i].ID == AssessmentID {
			f.assessments[i].ExecutionID = x.ID
		}
	}
	return x, nil
}
