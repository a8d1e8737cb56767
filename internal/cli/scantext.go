package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/scan"
)

// summarize writes what a person wants to read of a scan: scores by section, what failed, worst first, and what could not
// be read.
func (a *app) summarize(w io.Writer, r *scan.Report) error {
	to := *a
	to.out = w
	if w != a.out {
		to.colour = false
	}
	took := r.EndedAt.Sub(r.StartedAt).Round(100 * time.Millisecond)
	fmt.Fprintf(w, "AWS account %s, %s: %s in %s (%s)\n", r.Account, count(len(r.Regions), "region"),
		count(r.Resources, "resource"), took, count(r.Calls, "API call"))
	for i := range r.Assessments {
		if err := to.summarizeOne(&r.Assessments[i]); err != nil {
			return err
		}
	}
	if r.Against != nil {
		to.changes(r)
	}
	return to.notRead(r)
}

// changes writes what differs from a snapshot, with the verdicts that it turned over.
func (a *app) changes(r *scan.Report) {
	if len(r.Changes) == 0 {
		fmt.Fprintf(a.out, "\nNothing changed since %s.\n", when(*r.Against))
		return
	}
	fmt.Fprintf(a.out, "\nChanged since %s: %s\n\n", when(*r.Against), count(len(r.Changes), "difference"))
	for i := range r.Changes {
		c := &r.Changes[i]
		fmt.Fprintf(a.out, "%s %s %s\n", a.paint(severityColour(c.Severity), fmt.Sprintf("%-9s", c.Severity)),
			clean(firstOf(c.ResourceName, c.ExternalID)), clean(c.Summary))
		for _, v := range c.Verdicts {
			word := "now fails"
			if v.Better {
				word = "passes now"
			}
			whose := ""
			if v.ExternalID != c.ExternalID {
				whose = " for " + v.ExternalID
			}
			fmt.Fprintf(a.out, "          %s %s%s\n", word, clean(v.RuleID), clean(whose))
		}
	}
}

func (a *app) summarizeOne(of *audit.Assessment) error {
	n := of.Counts
	fmt.Fprintf(a.out, "\n%s %s: %s\n", of.Framework.Name, of.Framework.Version, score(of.Score))
	fmt.Fprintf(a.out, "%s: %d passed, %d failed, %d not assessed, %d manual", count(n.Controls, "control"), n.Passed, n.Failed, n.NotAssessed, n.Manual)
	if n.Waived > 0 {
		fmt.Fprintf(a.out, ", %d waived", n.Waived)
	}
	fmt.Fprintf(a.out, " (%d have rules)\n\n", n.Mapped)
	if err := a.printTable(sectionTable(of.Sections)); err != nil {
		return err
	}
	return a.failures(of)
}

func sectionTable(sections []audit.SectionScore) table.Writer {
	sorted := slices.Clone(sections)
	slices.SortStableFunc(sorted, func(a, b audit.SectionScore) int { return cmp.Compare(rank(a.Score), rank(b.Score)) })
	t := table.NewWriter()
	t.AppendHeader(table.Row{"SECTION", "SCORE", "PASSED", "FAILED", "NOT ASSESSED", "MANUAL"})
	for _, s := range sorted {
		t.AppendRow(table.Row{clean(s.ID + " " + s.Title), score(s.Score), s.Counts.Passed, s.Counts.Failed, s.Counts.NotAssessed, s.Counts.Manual})
	}
	return t
}

// rank sorts scores, the worst first and what has none last.
func rank(score *float64) float64 {
	if score == nil {
		return 2
	}
	return *score
}

func score(s *float64) string {
	if s == nil {
		return "not assessed"
	}
	return fmt.Sprintf("%.0f %%", *s*100)
}

// maxNamed is how many resources of a control are named.
const maxNamed = 3

func (a *app) failures(of *audit.Assessment) error {
	var failed []audit.ControlResult
	for _, c := range of.Controls {
		if c.Status == audit.ControlFailed {
			failed = append(failed, c)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	slices.SortStableFunc(failed, func(a, b audit.ControlResult) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	fmt.Fprintf(a.out, "\nFailed, worst first\n\n")
	t := table.NewWriter()
	t.AppendHeader(table.Row{"SEVERITY", "CONTROL", "WHAT SHOULD BE TRUE", "RESOURCES"})
	for i := range failed {
		c := &failed[i]
		t.AppendRow(table.Row{a.paint(severityColour(c.Severity), string(c.Severity)), clean(c.ID), clean(wrap(c.Title, 64)), clean(wrap(named(c), 60))})
	}
	return a.printTable(t)
}

// named names some of the resources that fail.
func named(c *audit.ControlResult) string {
	var names []string
	for _, r := range c.Results {
		name := firstOf(r.ResourceName, r.ExternalID)
		if r.Status == audit.ControlFailed && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	all := fmt.Sprintf("%d: ", c.Resources.Failed)
	if len(names) > maxNamed {
		return all + strings.Join(names[:maxNamed], ", ") + ", ..."
	}
	return all + strings.Join(names, ", ")
}

// notRead says which actions were refused, and how many controls that leaves open.
func (a *app) notRead(r *scan.Report) error {
	type hole struct {
		regions []string
	}
	holes := map[string]*hole{}
	at := func(u audit.Unread, region string) {
		key := strings.TrimSpace(u.Action + " (" + firstOf(u.Code, u.Reason) + ")")
		if holes[key] == nil {
			holes[key] = &hole{}
		}
		if region != "" && !slices.Contains(holes[key].regions, region) {
			holes[key].regions = append(holes[key].regions, region)
		}
	}
	if r.RegionsGap != nil {
		at(r.RegionsGap.Unread, "")
	}
	for i := range r.Coverage {
		c := &r.Coverage[i]
		for _, t := range c.Types {
			if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported {
				at(audit.Unread{Action: t.Action, Code: t.Code, Reason: t.Reason}, c.Region)
			}
			for action := range t.Unread {
				at(audit.Unread{Action: action, Code: "some resources"}, c.Region)
			}
		}
	}
	if len(holes) == 0 {
		fmt.Fprintln(a.out, "\nEverything that was asked for could be read.")
		return nil
	}
	fmt.Fprintf(a.out, "\nCould not be read\n\n")
	t := table.NewWriter()
	t.AppendHeader(table.Row{"ACTION", "WHERE"})
	keys := make([]string, 0, len(holes))
	for key := range holes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		where := holes[key].regions
		text := strings.Join(where, ", ")
		if len(where) > maxNamed {
			text = count(len(where), "region")
		}
		t.AppendRow(table.Row{clean(key), text})
	}
	if err := a.printTable(t); err != nil {
		return err
	}
	open := 0
	for i := range r.Assessments {
		open += r.Assessments[i].Counts.NotAssessed
	}
	if open > 0 {
		fmt.Fprintf(a.out, "\n%s not assessed: neither passed nor failed.\n", count(open, "control"))
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// wrap breaks a text into lines of a width at blanks.
func wrap(text string, width int) string {
	var out strings.Builder
	line := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case line+1+len(word) > width:
			out.WriteByte('\n')
			line = 0
		default:
			out.WriteByte(' ')
			line++
		}
		out.WriteString(word)
		line += len(word)
	}
	return out.String()
}
