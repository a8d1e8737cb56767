package compliance

import (
	"github.com/infraudit/infraudit/internal/audit"
)

// Changes tells what is different in an assessment from one before it of the same framework: controls whose status is
// another, and the failures that each gained and lost among the results that both kept.
func Changes(before, after *audit.Assessment) audit.AssessmentChanges {
	out := audit.AssessmentChanges{
		AssessmentID: after.ID, PreviousID: before.ID, Framework: after.Framework, StartedAt: after.StartedAt, PreviousAt: before.StartedAt,
		Score: after.Score, PreviousScore: before.Score, Controls: []audit.ControlChange{},
	}
	was := make(map[string]*audit.ControlResult, len(before.Controls))
	for i := range before.Controls {
		was[before.Controls[i].ID] = &before.Controls[i]
	}
	for i := range after.Controls {
		now := &after.Controls[i]
		old := was[now.ID]
		if old == nil {
			old = &audit.ControlResult{}
		}
		c := audit.ControlChange{
			ID: now.ID, Title: now.Title, Severity: now.Severity, From: old.Status, To: now.Status,
			FailedBefore: old.Resources.Failed, Failed: now.Resources.Failed, New: []audit.RuleResult{}, Gone: []audit.RuleResult{},
		}
		if whole(old) && whole(now) {
			c.New, c.Gone = without(now.Results, old.Results), without(old.Results, now.Results)
		}
		if c.From != c.To || c.FailedBefore != c.Failed || len(c.New)+len(c.Gone) > 0 {
			out.Controls = append(out.Controls, c)
		}
	}
	return out
}

// whole tells whether all failures of a control are among its results.
func whole(c *audit.ControlResult) bool {
	n := 0
	for i := range c.Results {
		if c.Results[i].Status == audit.ControlFailed {
			n++
		}
	}
	return n == c.Resources.Failed
}

// without returns the failures of one list that the other doesn't have.
func without(these, those []audit.RuleResult) []audit.RuleResult {
	type failure struct{ rule, provider, region, resource string }
	key := func(r *audit.RuleResult) failure { return failure{r.RuleID, r.ProviderID, r.Region, r.ExternalID} }
	there := map[failure]bool{}
	for i := range those {
		if those[i].Status == audit.ControlFailed {
			there[key(&those[i])] = true
		}
	}
	out := []audit.RuleResult{}
	for i := range these {
		if r := &these[i]; r.Status == audit.ControlFailed && !there[key(r)] {
			out = append(out, *r)
		}
	}
	return out
}
