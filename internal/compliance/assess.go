package compliance

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// maxResults is how many results of one rule and status an account's tally keeps, unless it says otherwise; all are counted.
const maxResults = 10_000

// Tally gathers the results of one account. It is safe for concurrent use.
type Tally struct {
	ProviderID string
	Account    string
	// Waived returns the id of the waiver that covers a failure, "" where none does; nil waives nothing.
	Waived func(rule.Result) string
	// MaxResults is how many results of one rule and status are kept; 0 means 10,000.
	MaxResults int
	// Spool, where there is one, gets all results that aren't passed; Settle keeps the first of them.
	Spool *Spool

	mu     sync.Mutex
	byRule map[string]*ruleTally
}

type ruleTally struct {
	counts  audit.VerdictCounts
	results []audit.RuleResult // those that are not passed
}

// Add takes a result of the judge.
func (t *Tally) Add(r rule.Result) error {
	status := audit.ControlStatus(r.Verdict)
	waiver := ""
	if r.Verdict == audit.Failed && t.Waived != nil {
		if waiver = t.Waived(r); waiver != "" {
			status = audit.ControlWaived
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byRule == nil {
		t.byRule = map[string]*ruleTally{}
	}
	of := t.byRule[r.Rule.ID]
	if of == nil {
		of = &ruleTally{}
		t.byRule[r.Rule.ID] = of
	}
	n := 0
	switch status {
	case audit.ControlPassed:
		of.counts.Passed++
		return nil
	case audit.ControlFailed:
		of.counts.Failed++
		n = of.counts.Failed
	case audit.ControlWaived:
		of.counts.Waived++
		n = of.counts.Waived
	case audit.ControlNotAssessed:
		of.counts.NotAssessed++
		n = of.counts.NotAssessed
	}
	if t.Spool != nil || n <= cmp.Or(t.MaxResults, maxResults) {
		finding := ""
		if key, ok := audit.ParseResourceID(r.Subject.ID); ok && r.Verdict == audit.Failed {
			finding = audit.FindingID(key, r.Rule.ID)
		}
		out := audit.RuleResult{
			FindingID: finding,
			RuleID:    r.Rule.ID, ProviderID: t.ProviderID, Account: cmp.Or(r.Subject.Account, t.Account), ResourceID: r.Subject.ID,
			ExternalID: r.Subject.ExternalID, ResourceType: r.Subject.Type, ResourceName: r.Subject.Name, Region: r.Subject.Region,
			Status: status, Severity: r.Rule.Severity, Reason: r.Reason, Seen: r.Seen, Gaps: r.Gaps, Waiver: waiver,
		}
		if t.Spool != nil {
			return t.Spool.Add(out)
		}
		of.results = append(of.results, out)
	}
	return nil
}

// Settle keeps the first results of each rule and status, in the order of region and resource, when all are in the spool.
func (t *Tally) Settle() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, of := range t.byRule {
		of.results = nil
		for _, status := range []audit.ControlStatus{audit.ControlFailed, audit.ControlNotAssessed, audit.ControlWaived} {
			n := 0
			for r, err := range t.Spool.Results(id, status) {
				if err != nil {
					return err
				}
				if n++; n > cmp.Or(t.MaxResults, maxResults) {
					break
				}
				of.results = append(of.results, r)
			}
		}
	}
	return nil
}

// Counts returns how many verdicts there were in all.
func (t *Tally) Counts() audit.VerdictCounts {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out audit.VerdictCounts
	for _, of := range t.byRule {
		out.Add(of.counts)
	}
	return out
}

// Assess makes an assessment of what was gathered of one or more accounts.
func (c *Catalog) Assess(f *Framework, started, ended time.Time, tallies ...*Tally) audit.Assessment {
	a := audit.Assessment{Framework: f.Ref(), StartedAt: started, EndedAt: ended, Controls: make([]audit.ControlResult, 0, len(f.Controls))}
	perAccount := make([]audit.AccountScore, len(tallies))
	sections := make([]audit.SectionScore, len(f.Sections))
	at := make(map[string]*audit.SectionScore, len(f.Sections))
	for i, s := range f.Sections {
		sections[i] = audit.SectionScore{ID: s.ID, Title: s.Title}
		at[s.ID] = &sections[i]
	}
	for i := range f.Controls {
		control := &f.Controls[i]
		out := c.control(control, tallies)
		mapped := len(control.Rules) > 0
		a.Counts.Add(out.Status, mapped)
		if s := at[control.Section]; s != nil {
			s.Counts.Add(out.Status, mapped)
		}
		for k, t := range tallies {
			one := c.control(control, []*Tally{t})
			perAccount[k].Counts.Add(one.Status, mapped)
		}
		a.Controls = append(a.Controls, out)
	}
	for i := range sections {
		sections[i].Score = sections[i].Counts.Score()
	}
	for k, t := range tallies {
		perAccount[k].ProviderID, perAccount[k].Account = t.ProviderID, t.Account
		perAccount[k].Score = perAccount[k].Counts.Score()
	}
	a.Sections, a.Accounts = sections, perAccount
	a.Score = a.Counts.Score()
	if a.Counts.Controls > 0 {
		a.Assessed = float64(a.Counts.Assessed) / float64(a.Counts.Controls)
	}
	return a
}

// refusedSeverity is shown of a rule whose own can't be known.
const refusedSeverity = audit.SeverityMedium

// control sums up what the rules of a control said. It fails where one resource does; where none does and something could
// not be judged it is not assessed. A rule that no resource concerns holds.
func (c *Catalog) control(control *Control, tallies []*Tally) audit.ControlResult {
	out := audit.ControlResult{
		ID: control.ID, Title: control.Title, Section: control.Section, Automated: control.Type == "automated",
		Rules: orNone(control.Rules), Results: []audit.RuleResult{}, Reason: control.Note,
	}
	if len(control.Rules) == 0 {
		out.Status = audit.ControlManual
		if out.Automated {
			out.Status = audit.ControlNotAssessed
		}
		return out
	}
	var worst, worstFailed audit.Severity
	for _, id := range control.Rules {
		r, ok := c.set.Lookup(id)
		if !ok {
			worst = worse(worst, refusedSeverity)
			out.Resources.NotAssessed++
			out.Results = append(out.Results, audit.RuleResult{
				RuleID: id, Status: audit.ControlNotAssessed, Severity: refusedSeverity,
				Reason: "the rule is left out: " + cmp.Or(c.refused[id], "it isn't there"),
			})
			continue
		}
		worst = worse(worst, r.Severity)
		for _, t := range tallies {
			t.mu.Lock()
			if of := t.byRule[id]; of != nil {
				out.Resources.Add(of.counts)
				out.Results = append(out.Results, of.results...)
				if of.counts.Failed > 0 {
					worstFailed = worse(worstFailed, r.Severity)
				}
			}
			t.mu.Unlock()
		}
	}
	out.Severity = cmp.Or(worstFailed, worst)
	switch n := out.Resources; {
	case n.Failed > 0:
		out.Status = audit.ControlFailed
	case n.NotAssessed > 0:
		out.Status = audit.ControlNotAssessed
		out.Reason = firstReason(out.Results)
	case n.Waived > 0:
		out.Status = audit.ControlWaived
	default:
		out.Status = audit.ControlPassed
	}
	slices.SortStableFunc(out.Results, compareResults)
	return out
}

// compareResults puts failures first, worst first.
func compareResults(a, b audit.RuleResult) int {
	return cmp.Or(
		cmp.Compare(order(a.Status), order(b.Status)), cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
		strings.Compare(a.RuleID, b.RuleID), strings.Compare(a.Region, b.Region), strings.Compare(a.ExternalID, b.ExternalID),
	)
}

func order(s audit.ControlStatus) int {
	return slices.Index([]audit.ControlStatus{audit.ControlFailed, audit.ControlNotAssessed, audit.ControlWaived}, s)
}

func firstReason(results []audit.RuleResult) string {
	for _, r := range results {
		if r.Status == audit.ControlNotAssessed {
			return r.Reason
		}
	}
	return ""
}

func worse(a, b audit.Severity) audit.Severity {
	if b.Rank() > a.Rank() {
		return b
	}
	return a
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
