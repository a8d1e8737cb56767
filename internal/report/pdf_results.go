package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report/paper"
)

func statusWord(s audit.ControlStatus) string { return strings.ReplaceAll(string(s), "_", " ") }

func statusStyle(s audit.ControlStatus) paper.Style {
	switch s {
	case audit.ControlPassed:
		return paper.Strong.In(paper.Green)
	case audit.ControlFailed:
		return paper.Strong.In(paper.Red)
	case audit.ControlNotAssessed:
		return paper.Strong.In(paper.Amber)
	}
	return paper.Strong.In(paper.Grey)
}

func severityStyle(s audit.Severity) paper.Style {
	switch s {
	case audit.SeverityCritical, audit.SeverityHigh:
		return paper.Small.In(paper.Red)
	case audit.SeverityMedium:
		return paper.Small.In(paper.Amber)
	}
	return paper.Small.In(paper.Grey)
}

func number(n int) paper.Cell { return paper.In(paper.Small, fmt.Sprint(n)) }

// scores writes a table of scores: of sections, of accounts.
func (e *evidence) scores(head string, rows func(row func(name string, score *float64, n audit.ControlCounts))) {
	numbers := func(head string, width float64) paper.Column {
		return paper.Column{Head: head, Width: width, Right: true}
	}
	t := e.p.Table(paper.Column{Head: head, Width: 40}, numbers("Score", 14), numbers("Controls", 11), numbers("Passed", 9), numbers("Failed", 9),
		numbers("Not assessed", 14), numbers("Waived", 9), numbers("Manual", 9))
	rows(func(name string, score *float64, n audit.ControlCounts) {
		t.Row(paper.In(paper.Small, name), paper.In(paper.Strong, percent(score)), number(n.Controls), number(n.Passed), number(n.Failed),
			number(n.NotAssessed), number(n.Waived), number(n.Manual))
	})
}

func (e *evidence) outcome(a *audit.Assessment) error {
	p := e.p
	e.headline(a)
	p.Space(2)
	p.Text(fmt.Sprintf("%.0f %% of the standard's controls were assessed: %d of %d. %d have rules.",
		a.Assessed*100, a.Counts.Assessed, a.Counts.Controls, a.Counts.Mapped), paper.Body)
	bySeverity := map[audit.Severity]int{}
	for i := range a.Controls {
		if a.Controls[i].Status == audit.ControlFailed {
			bySeverity[a.Controls[i].Severity]++
		}
	}
	var parts []string
	for _, s := range audit.Severities() {
		if bySeverity[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", bySeverity[s], s))
		}
	}
	if len(parts) > 0 {
		p.Text("Controls that fail, by their worst failure: "+strings.Join(parts, ", ")+".", paper.Body)
	}
	p.Section("By section")
	e.scores("Section", func(row func(string, *float64, audit.ControlCounts)) {
		for _, s := range a.Sections {
			row(strings.TrimSpace(s.ID+"  "+s.Title), s.Score, s.Counts)
		}
		row("All", a.Score, a.Counts)
	})
	if len(a.Accounts) > 1 {
		p.Section("By account")
		e.scores("Account", func(row func(string, *float64, audit.ControlCounts)) {
			for _, x := range a.Accounts {
				row(x.Account, x.Score, x.Counts)
			}
		})
	}
	p.Section("By control")
	p.Text("The last four columns count verdicts of the control's rules on resources.", paper.Faint)
	p.Space(1)
	numbers := func(head string) paper.Column { return paper.Column{Head: head, Width: 9.5, Right: true} }
	t := p.Table(paper.Column{Head: "Control", Width: 14}, paper.Column{Head: "What it asks for", Width: 50}, paper.Column{Head: "Status", Width: 17},
		paper.Column{Head: "Severity", Width: 11}, numbers("Failed"), numbers("Passed"), numbers("Unread"), numbers("Waived"))
	section := ""
	for i := range a.Controls {
		c := &a.Controls[i]
		if c.Section != section {
			section = c.Section
			at := slices.IndexFunc(a.Sections, func(s audit.SectionScore) bool { return s.ID == section })
			if at >= 0 {
				t.Span(paper.Strong.In(paper.Blue), strings.TrimSpace(section+"  "+a.Sections[at].Title))
			}
		}
		cells := []paper.Cell{
			paper.In(paper.Strong, c.ID), paper.In(paper.Small, c.Title), paper.In(statusStyle(c.Status), statusWord(c.Status)),
			paper.In(severityStyle(c.Severity), string(c.Severity)),
		}
		if len(c.Rules) > 0 {
			n := c.Resources
			cells = append(cells, number(n.Failed), number(n.Passed), number(n.NotAssessed), number(n.Waived))
		}
		t.Row(cells...)
	}
	return nil
}

func (e *evidence) failures(a *audit.Assessment) error {
	p := e.p
	p.Text("Each failure is listed once, under the first control that its rule judges. The values are those that the verdict rests on.", paper.Body)
	none := true
	for i := range a.Controls {
		c := &a.Controls[i]
		if c.Resources.Failed+c.Resources.Waived == 0 {
			continue
		}
		none = false
		if err := e.failed(a.Framework, c); err != nil {
			return err
		}
	}
	if none {
		p.Space(2)
		p.Text("Nothing fails.", paper.Body.In(paper.Green))
	}
	return nil
}

// failed lists the failures of a control.
func (e *evidence) failed(f audit.FrameworkRef, c *audit.ControlResult) error {
	p := e.p
	p.Keep(66) // its head, that of its first rule, and a row
	p.Section(c.ID + "  " + c.Title)
	n := c.Resources
	p.Text(strings.ToUpper(statusWord(c.Status))+", "+string(c.Severity), statusStyle(c.Status))
	p.Text(fmt.Sprintf("%d failed, %d passed, %d not assessed, %d waived.", n.Failed, n.Passed, n.NotAssessed, n.Waived), paper.Small)
	if c.Reason != "" {
		p.Text("Note: "+c.Reason, paper.Faint)
	}
	total := 0
	for _, id := range c.Rules {
		at, done := e.listed[id]
		if !done {
			var err error
			if at, err = e.failedRule(f, c, id); err != nil {
				return err
			}
			e.listed[id] = at
		} else if at.n > 0 {
			e.ruleHead(id)
			p.Indented(2, fmt.Sprintf("%s, listed under control %s on page %d.", count(at.n, "failure"), at.control, at.page), paper.Small)
		}
		total += at.n
	}
	if want := n.Failed + n.Waived; total != want {
		p.Space(1)
		p.Text(fmt.Sprintf("The assessment counted %d failures of this control; %d are known by name. It keeps some of each rule, and findings that "+
			"changed since it was made no longer say what they were.", want, total), paper.Small.In(paper.Amber))
	}
	return nil
}

func (e *evidence) ruleHead(id string) {
	p := e.p
	p.Space(2)
	p.Keep(44) // the head of its table and the first row
	r := e.rules[id]
	if r == nil {
		p.Indented(2, id, paper.Code)
		return
	}
	p.Indented(2, r.Title, paper.Strong)
	p.Indented(2, "Rule "+id+", "+string(r.Severity), paper.Code.In(paper.Grey))
	p.Indented(2, "Wanted: "+r.Wanted, paper.Small)
}

// failedRule lists the failures of a rule. Nothing is written where there are none.
func (e *evidence) failedRule(f audit.FrameworkRef, c *audit.ControlResult, id string) (listing, error) {
	out := listing{control: c.ID}
	var t *paper.Table
	left := 0
	for r, err := range e.results(id, []control{{f, c}}) {
		if err != nil {
			return out, err
		}
		if r.Status != audit.ControlFailed && r.Status != audit.ControlWaived {
			continue
		}
		out.n++
		if r.Status == audit.ControlWaived {
			e.waived[r.Waiver]++
		}
		if e.rows >= maxRows {
			left++
			continue
		}
		if t == nil {
			e.ruleHead(id)
			e.p.Space(1)
			out.page = e.p.Page()
			t = e.p.Table(paper.Column{Head: "Resource", Width: 46}, paper.Column{Head: "Account, region", Width: 17}, paper.Column{Head: "Seen", Width: 37})
		}
		e.rows++
		t.Row(failure(&r)...)
	}
	e.left += left
	if left > 0 {
		if t == nil {
			e.ruleHead(id)
			out.page = e.p.Page()
		}
		e.p.Space(1)
		e.p.Indented(2, fmt.Sprintf("%s not listed: this report lists %d. The CSV, JSON and OCSF exports have all.", count(left, "failure"), maxRows),
			paper.Small.In(paper.Amber))
	}
	return out, nil
}

func failure(r *audit.RuleResult) []paper.Cell {
	resource := paper.Cell{{Text: cmp.Or(r.ExternalID, r.ResourceID, r.ResourceType), Style: paper.Code}}
	about := r.ResourceType
	if r.ResourceName != "" && r.ResourceName != r.ExternalID {
		about += ", " + r.ResourceName
	}
	resource = append(resource, paper.Part{Text: about, Style: paper.Faint})
	seen := paper.Cell{{Text: r.Reason, Style: paper.Small}}
	if r.Status == audit.ControlWaived {
		seen = append(seen, paper.Part{Text: "waived by " + r.Waiver, Style: paper.Strong.In(paper.Grey)})
	}
	return []paper.Cell{resource, {{Text: r.Account, Style: paper.Code}, {Text: r.Region, Style: paper.Small}}, seen}
}
