package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report/paper"
)

// openKey is a reason for which verdicts of a rule could not be given.
type openKey struct{ rule, account, typ, reason string }

type open struct {
	regions   map[string]bool
	resources int // 0 where a whole listing is missing
}

func (e *evidence) notAssessed(a *audit.Assessment) error {
	p := e.p
	p.Text("Neither passed nor failed: what is missing is named. Controls that fail for other resources are here too.", paper.Body)
	none := true
	for i := range a.Controls {
		c := &a.Controls[i]
		if c.Resources.NotAssessed == 0 && c.Status != audit.ControlNotAssessed {
			continue
		}
		none = false
		e.open(c)
	}
	if none {
		p.Space(2)
		p.Text("Every verdict could be given.", paper.Body.In(paper.Green))
	}
	return nil
}

// open lists what keeps a control from being assessed.
func (e *evidence) open(c *audit.ControlResult) {
	p := e.p
	p.Section(c.ID + "  " + c.Title)
	if len(c.Rules) == 0 {
		p.Text(cmp.Or(c.Reason, "No rule judges it."), paper.Small)
		return
	}
	p.Text(fmt.Sprintf("The control is %s; %s.", statusWord(c.Status), count(c.Resources.NotAssessed, "verdict")+" could not be given"), paper.Small)
	p.Space(1)
	found := map[openKey]*open{}
	kept := 0
	for i := range c.Results {
		r := &c.Results[i]
		if r.Status != audit.ControlNotAssessed {
			continue
		}
		kept++
		key := openKey{r.RuleID, r.Account, r.ResourceType, r.Reason}
		o := found[key]
		if o == nil {
			o = &open{regions: map[string]bool{}}
			found[key] = o
		}
		o.regions[r.Region] = true
		if r.ExternalID != "" {
			o.resources++
		}
	}
	keys := slices.SortedFunc(maps.Keys(found), func(a, b openKey) int {
		return cmp.Or(strings.Compare(a.rule, b.rule), strings.Compare(a.account, b.account), strings.Compare(a.typ, b.typ), strings.Compare(a.reason, b.reason))
	})
	t := p.Table(paper.Column{Head: "Rule", Width: 30}, paper.Column{Head: "What", Width: 20}, paper.Column{Head: "Account, regions", Width: 18}, paper.Column{Head: "Why", Width: 32})
	for _, k := range keys {
		o := found[k]
		what := "all " + k.typ
		if o.resources > 0 {
			what = fmt.Sprintf("%d %s", o.resources, k.typ)
		}
		regions := slices.DeleteFunc(slices.Sorted(maps.Keys(o.regions)), func(s string) bool { return s == "" })
		t.Row(paper.In(paper.Code, k.rule), paper.In(paper.Small, what),
			paper.Cell{{Text: k.account, Style: paper.Code}, {Text: strings.Join(regions, ", "), Style: paper.Small}}, paper.In(paper.Small, k.reason))
	}
	if more := c.Resources.NotAssessed - kept; more > 0 {
		p.Space(1)
		p.Text(fmt.Sprintf("and %d more verdicts, which the assessment counted but did not keep by name", more), paper.Small.In(paper.Amber))
	}
}

func (e *evidence) manual(a *audit.Assessment) error {
	p := e.p
	p.Text("No rule judges these. They are outside the score, and need evidence that configuration does not give.", paper.Body)
	p.Space(2)
	t := p.Table(paper.Column{Head: "Control", Width: 15}, paper.Column{Head: "What it asks for", Width: 42}, paper.Column{Head: "Why no rule judges it", Width: 43})
	none := true
	for i := range a.Controls {
		if c := &a.Controls[i]; c.Status == audit.ControlManual {
			none = false
			t.Row(paper.In(paper.Strong, c.ID), paper.In(paper.Small, c.Title), paper.In(paper.Small, c.Reason))
		}
	}
	if none {
		p.Text("There are none.", paper.Body)
	}
	partly := p.Table(paper.Column{Head: "Control", Width: 15}, paper.Column{Head: "What it asks for", Width: 42}, paper.Column{Head: "What is left to people", Width: 43})
	begun := false
	for i := range a.Controls {
		c := &a.Controls[i]
		if len(c.Rules) == 0 || c.Automated || c.Reason == "" || c.Status == audit.ControlNotAssessed {
			continue
		}
		if !begun {
			p.Section("Judged in part")
			p.Text("Rules judge the part of these that configuration shows.", paper.Body)
			p.Space(2)
			begun = true
		}
		partly.Row(paper.In(paper.Strong, c.ID), paper.In(paper.Small, c.Title), paper.In(paper.Small, c.Reason))
	}
	return nil
}

func (e *evidence) waivers() error {
	p := e.p
	p.Text("The waivers in force when the assessment was made. The failures that they cover are listed among the failures, marked, and are "+
		"outside the score.", paper.Body)
	p.Space(2)
	if len(e.Waivers) == 0 && len(e.waived) == 0 {
		p.Text("There were none.", paper.Body)
		return nil
	}
	t := p.Table(paper.Column{Head: "Waiver", Width: 22}, paper.Column{Head: "Covers", Width: 26}, paper.Column{Head: "Reason", Width: 28},
		paper.Column{Head: "Author", Width: 12}, paper.Column{Head: "From, until", Width: 13}, paper.Column{Head: "Failures", Width: 10, Right: true})
	known := map[string]bool{}
	for i := range e.Waivers {
		w := &e.Waivers[i]
		known[w.ID] = true
		var covers paper.Cell
		for _, c := range [][2]string{{"rule", w.RuleID}, {"resource", w.ResourceID}, {"tag", w.Tag}} {
			if c[1] != "" {
				covers = append(covers, paper.Part{Text: c[0], Style: paper.Faint}, paper.Part{Text: c[1], Style: paper.Code})
			}
		}
		date := func(t time.Time) paper.Part {
			return paper.Part{Text: t.UTC().Format(time.DateOnly), Style: paper.Small}
		}
		t.Row(paper.In(paper.Code, w.ID), covers, paper.In(paper.Small, w.Reason), paper.In(paper.Small, w.Author),
			paper.Cell{date(w.CreatedAt), date(w.ExpiresAt)}, number(e.waived[w.ID]))
	}
	for _, id := range slices.Sorted(maps.Keys(e.waived)) {
		if !known[id] {
			t.Row(paper.In(paper.Code, id), nil, paper.In(paper.Small, "made after the assessment, or no longer there"), nil, nil, number(e.waived[id]))
		}
	}
	return nil
}

func (e *evidence) appendix() error {
	p := e.p
	ids := e.ruleIDs()
	p.Text(fmt.Sprintf("%s, by identifier, as %s has them. Expressions are CEL (https://cel.dev).", count(len(ids), "rule"), e.program()), paper.Body)
	if e.JudgedBy != "" && e.JudgedBy != e.Product {
		p.Text("The assessment was made by version "+e.JudgedBy+", in which they may have read otherwise.", paper.Body.In(paper.Amber))
	}
	for _, id := range ids {
		p.Space(3)
		p.Keep(32)
		r := e.rules[id]
		if r == nil {
			p.Text(id, paper.Style{Font: paper.Mono, Size: 8.5, Ink: paper.Blue})
			p.Text("There is no such rule any more.", paper.Small)
			continue
		}
		p.Text(id, paper.Style{Font: paper.Mono, Size: 8.5, Ink: paper.Blue})
		p.Text(r.Title, paper.Strong)
		about := fmt.Sprintf("%s; judges %s", r.Severity, strings.Join(r.Types, ", "))
		if r.Custom {
			about += "; a rule of the team's own"
		}
		p.Text(about, paper.Faint)
		p.Text("Wanted: "+r.Wanted, paper.Small)
		p.Text("Risk: "+r.Risk, paper.Small)
		p.Text("What to do: "+r.Remediation, paper.Small)
		if r.Applies != "" {
			p.Indented(3, "applies: "+strings.Join(strings.Fields(r.Applies), " "), paper.Code)
		}
		p.Indented(3, "passes: "+strings.Join(strings.Fields(r.Passes), " "), paper.Code)
		for _, ref := range r.References {
			p.Text(ref, paper.Faint)
		}
	}
	return nil
}
