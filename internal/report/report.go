// Package report writes assessments for other tools and for people: PDF, HTML, CSV, JSON, OCSF and SARIF.
package report

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// Document is what a report is made of.
type Document struct {
	Product string // version of InfraAudit that writes the report
	// JudgedBy is the version that made the assessments, where that may be another one.
	JudgedBy    string
	RunBy       string // who or what asked for the assessments, in words
	Accounts    []Account
	Regions     []string
	StartedAt   time.Time
	EndedAt     time.Time
	Resources   int
	Assessments []audit.Assessment
	// RegionsGap says why the regions could not be listed.
	RegionsGap *audit.Gap
	Coverage   []audit.Coverage
	Waivers    []audit.Waiver
	Rules      []*rule.Rule // those that the results name
	// Failures yields all failures of a rule, waived ones too, where an assessment kept only some. nil where it kept all.
	Failures func(ruleID string) iter.Seq2[audit.RuleResult, error]
}

// Account is an account that was audited.
type Account struct {
	ID         string // the provider's own: "123456789012"
	Name       string // what people call it; may be ""
	ProviderID string // may be ""
}

// accounts names the accounts in a line.
func (d *Document) accounts() string {
	ids := make([]string, len(d.Accounts))
	for i, a := range d.Accounts {
		ids[i] = a.ID
	}
	return strings.Join(ids, ", ")
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

// findings yields each verdict that isn't passed once, by rule, in the order of the controls that name the rules first.
func (d *Document) findings() iter.Seq2[*finding, error] {
	return func(yield func(*finding, error) bool) {
		controls := map[string][]control{}
		var order []string
		for i := range d.Assessments {
			a := &d.Assessments[i]
			for k := range a.Controls {
				for _, id := range a.Controls[k].Rules {
					if controls[id] == nil {
						order = append(order, id)
					}
					controls[id] = append(controls[id], control{a.Framework, &a.Controls[k]})
				}
			}
		}
		for _, id := range order {
			for r, err := range d.results(id, controls[id]) {
				if !yield(&finding{r, controls[id]}, err) || err != nil {
					return
				}
			}
		}
	}
}

// results yields the verdicts of a rule that aren't passed, given the controls that it serves. Those that an assessment
// kept come as they were; where it did not keep all failures, they are read from Failures instead.
func (d *Document) results(ruleID string, controls []control) iter.Seq2[audit.RuleResult, error] {
	return func(yield func(audit.RuleResult, error) bool) {
		kept, whole := keptBy(ruleID, controls)
		if kept == nil {
			return
		}
		stream := !whole && d.Failures != nil
		if stream {
			for r, err := range d.Failures(ruleID) {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
		for i := range kept.Results {
			r := &kept.Results[i]
			if r.RuleID != ruleID || stream && r.Status != audit.ControlNotAssessed {
				continue
			}
			if !yield(*r, nil) {
				return
			}
		}
	}
}

// keptBy returns the control that kept the most results of a rule, and whether it kept all that fail. Controls keep
// different numbers where an assessment was cut to fit: each as many as the others, failures first.
func keptBy(ruleID string, controls []control) (kept *audit.ControlResult, whole bool) {
	most := -1
	for _, c := range controls {
		n := 0
		for i := range c.Results {
			if c.Results[i].RuleID == ruleID {
				n++
			}
		}
		if n > most {
			most, kept = n, c.ControlResult
		}
		whole = whole || keepsFailures(c.ControlResult)
	}
	return kept, whole
}

// keepsFailures tells whether a control's results have all its failures.
func keepsFailures(c *audit.ControlResult) bool {
	n := 0
	for i := range c.Results {
		if c.Results[i].Status != audit.ControlNotAssessed {
			n++
		}
	}
	return n == c.Resources.Failed+c.Resources.Waived
}

// resultsOf yields a control's verdicts that aren't passed, rule by rule.
func (d *Document) resultsOf(f audit.FrameworkRef, c *audit.ControlResult) iter.Seq2[audit.RuleResult, error] {
	return func(yield func(audit.RuleResult, error) bool) {
		rules := c.Rules
		if keepsFailures(c) || d.Failures == nil { // as they are kept: worst first
			for i := range c.Results {
				if !yield(c.Results[i], nil) {
					return
				}
			}
			return
		}
		for _, id := range rules {
			for r, err := range d.results(id, []control{{f, c}}) {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// ruleIDs returns the rules that the assessments' controls name, each once, in their order.
func (d *Document) ruleIDs() []string {
	var out []string
	seen := map[string]bool{}
	for i := range d.Assessments {
		for k := range d.Assessments[i].Controls {
			for _, id := range d.Assessments[i].Controls[k].Rules {
				if !seen[id] {
					seen[id] = true
					out = append(out, id)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}
