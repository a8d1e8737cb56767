// Package report writes assessments for other tools and for people: OCSF, SARIF and HTML.
package report

import (
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// Document is what a report is made of.
type Document struct {
	Product     string // version of InfraAudit
	Account     string
	Regions     []string
	StartedAt   time.Time
	EndedAt     time.Time
	Resources   int
	Assessments []audit.Assessment
	Coverage    []audit.Coverage
	Rules       []*rule.Rule // those that the results name
}

func (d *Document) rules() map[string]*rule.Rule {
	out := make(map[string]*rule.Rule, len(d.Rules))
	for _, r := range d.Rules {
		out[r.ID] = r
	}
	return out
}

// finding is one verdict with the controls that rest on it: a rule serves several of them.
type finding struct {
	audit.RuleResult
	controls []control
}

type control struct {
	framework audit.FrameworkRef
	*audit.ControlResult
}

// findings returns each verdict once, in the order of the controls that name it first.
func (d *Document) findings() []*finding {
	var out []*finding
	seen := map[string]*finding{}
	for i := range d.Assessments {
		a := &d.Assessments[i]
		for k := range a.Controls {
			c := &a.Controls[k]
			for _, r := range c.Results {
				key := r.RuleID + "\x00" + r.Account + "\x00" + r.ExternalID + "\x00" + r.ResourceType + "\x00" + r.Region
				f := seen[key]
				if f == nil {
					f = &finding{RuleResult: r}
					seen[key] = f
					out = append(out, f)
				}
				f.controls = append(f.controls, control{a.Framework, c})
			}
		}
	}
	return out
}
