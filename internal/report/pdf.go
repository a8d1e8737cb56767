package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report/paper"
	"github.com/infraudit/infraudit/internal/rule"
)

// maxRows is how many failures a PDF lists; it is held in memory until it is written. All are counted.
const maxRows = 10_000

// evidence is a PDF being written.
type evidence struct {
	*Document
	p     *paper.Paper
	rules map[string]*rule.Rule
	// listed tells where the failures of a rule are, by rule: they are listed once, under the first control that they fail.
	listed map[string]listing
	rows   int            // failures listed
	left   int            // failures counted, but left out
	waived map[string]int // failures that are listed as waived, by waiver
}

// listing is where the failures of a rule are listed, and how many there are.
type listing struct {
	control string
	page    int
	n       int
}

// chapter is a part of the report.
type chapter struct {
	title string
	write func() error
}

// PDF writes the report that an auditor reads: what was looked at, what could not be, how verdicts are made, and what they
// were, with each failure and its evidence. The same document gives the same bytes. Memory grows with the failures that are
// listed, at most 10,000.
func PDF(w io.Writer, d *Document) error {
	e := &evidence{Document: d, rules: d.rules(), listed: map[string]listing{}, waived: map[string]int{}}
	e.p = paper.New(paper.Info{
		Title: "Compliance evidence report: " + e.frameworks(), Subject: "AWS account " + d.accounts(), Producer: e.program(),
		At: d.EndedAt, Head: e.frameworks() + "  ·  " + e.about(), Foot: "InfraAudit compliance evidence report  ·  assessed " + day(d.EndedAt),
	})
	e.cover()
	chapters := []chapter{{"Scope", e.scope}, {"Coverage, and what could not be read", e.coverage}, {"Method", e.method}}
	for i := range d.Assessments {
		a := &d.Assessments[i]
		of := ""
		if len(d.Assessments) > 1 {
			of = ": " + name(a.Framework)
		}
		chapters = append(chapters,
			chapter{"Results" + of, func() error { return e.outcome(a) }},
			chapter{"Failures" + of, func() error { return e.failures(a) }},
			chapter{"Not assessed" + of, func() error { return e.notAssessed(a) }},
			chapter{"Controls that people judge" + of, func() error { return e.manual(a) }})
	}
	chapters = append(chapters, chapter{"Waivers", e.waivers}, chapter{"Appendix: the rules used", e.appendix})
	titles := make([]string, len(chapters))
	for i := range chapters {
		chapters[i].title = fmt.Sprintf("%d  %s", i+1, chapters[i].title)
		titles[i] = chapters[i].title
	}
	e.p.NewPage()
	e.p.Text("Contents", heading)
	e.p.Space(4)
	e.p.Contents(titles)
	for _, c := range chapters {
		e.p.Chapter(c.title)
		if err := c.write(); err != nil {
			return err
		}
	}
	return e.p.Write(w)
}

var (
	heading = paper.Style{Font: paper.Bold, Size: 17, Ink: paper.Blue}
	strong  = paper.Style{Font: paper.Bold, Size: 9.5, Ink: paper.Black}
	white   = paper.Ink{255, 255, 255}
)

func name(f audit.FrameworkRef) string { return strings.TrimSpace(f.Name + " " + f.Version) }

func (e *evidence) frameworks() string {
	names := make([]string, len(e.Assessments))
	for i := range e.Assessments {
		names[i] = name(e.Assessments[i].Framework)
	}
	return strings.Join(names, ", ")
}

// about names the accounts where they are few.
func (e *evidence) about() string {
	switch len(e.Accounts) {
	case 0:
		return "no account"
	case 1:
		return "AWS account " + e.accounts()
	case 2, 3:
		return "AWS accounts " + e.accounts()
	}
	return fmt.Sprintf("%d AWS accounts", len(e.Accounts))
}

func (e *evidence) program() string { return strings.TrimSpace("InfraAudit " + e.Product) }

func day(t time.Time) string    { return t.UTC().Format("2 January 2006") }
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

func (e *evidence) cover() {
	p := e.p
	p.BlankPage()
	p.Fill(0, 92, paper.Blue)
	p.At(26)
	p.Text("Compliance evidence report", paper.Style{Font: paper.Regular, Size: 12, Ink: paper.Ink{205, 218, 236}})
	p.Space(3)
	for i := range e.Assessments {
		size := 25.0
		if len(e.Assessments) > 1 {
			size = 15
		}
		p.Text(name(e.Assessments[i].Framework), paper.Style{Font: paper.Bold, Size: size, Ink: white})
	}
	p.Space(2)
	p.Text(e.about(), paper.Style{Font: paper.Regular, Size: 13, Ink: white})
	p.At(104)
	for i := range e.Assessments {
		a := &e.Assessments[i]
		if len(e.Assessments) > 1 {
			p.Text(name(a.Framework), strong)
		}
		e.headline(a)
		p.Space(6)
	}
	t := p.Table(paper.Column{Head: "About this report", Width: 30}, paper.Column{Width: 70})
	fact := func(what string, values ...string) {
		c := paper.Cell{}
		for _, v := range values {
			c = append(c, paper.Part{Text: v, Style: paper.Small})
		}
		t.Row(paper.In(paper.Strong, what), c)
	}
	accounts := make([]string, 0, len(e.Accounts))
	for _, a := range e.Accounts[:min(len(e.Accounts), 20)] {
		accounts = append(accounts, strings.TrimSuffix(a.ID+"  "+a.Name, "  "))
	}
	if more := len(e.Accounts) - len(accounts); more > 0 {
		accounts = append(accounts, fmt.Sprintf("and %d more, see chapter 1", more))
	}
	fact("AWS account", accounts...)
	fact("Assessed", "from "+moment(e.StartedAt), "to "+moment(e.EndedAt))
	fact("Asked for by", cmp.Or(e.RunBy, "not recorded"))
	fact("Judged by", strings.TrimSpace("InfraAudit "+cmp.Or(e.JudgedBy, e.Product)))
	fact("Report written by", e.program())
	for i := range e.Assessments {
		if a := &e.Assessments[i]; a.ID != "" {
			t.Row(paper.In(paper.Strong, "Assessment"), paper.Cell{{Text: a.ID, Style: paper.Code}, {Text: a.Framework.ID, Style: paper.Faint}})
		}
	}
	fact("What it rests on", fmt.Sprintf("The configuration of %s in %s, as the provider's APIs gave it at the time.",
		count(e.Resources, "resource"), count(len(e.Regions), "region")))
	if holes := len(e.holes()); holes > 0 {
		fact("What is missing", fmt.Sprintf("%s could not be read: see chapter 2. What depends on them is not assessed.", count(holes, "thing")))
	}
}

// headline says in two lines how an assessment ended.
func (e *evidence) headline(a *audit.Assessment) {
	n := a.Counts
	e.p.Text(percent(a.Score), paper.Style{Font: paper.Bold, Size: 26, Ink: paper.Blue})
	e.p.Text(fmt.Sprintf("of the %s that could be assessed passed. The standard has %s; %d passed, %d failed, %d could not be assessed, %d waived, %d judged by people.",
		count(n.Assessed, "control"), count(n.Controls, "control"), n.Passed, n.Failed, n.NotAssessed, n.Waived, n.Manual), paper.Body)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (e *evidence) scope() error {
	p := e.p
	p.Text("What was looked at. Nothing is said of what is not named here.", paper.Body)
	p.Section("Accounts")
	t := p.Table(paper.Column{Head: "Account", Width: 20}, paper.Column{Head: "Name", Width: 45}, paper.Column{Head: "Provider id", Width: 35})
	for _, a := range e.Accounts {
		t.Row(paper.In(paper.Code, a.ID), paper.In(paper.Small, a.Name), paper.In(paper.Code, a.ProviderID))
	}
	p.Section(fmt.Sprintf("Regions (%d)", len(e.Regions)))
	p.Text(strings.Join(e.Regions, ", "), paper.Body)
	p.Text("Services that have no regions, such as IAM, were read once for each account.", paper.Body.In(paper.Grey))
	if g := e.RegionsGap; g != nil {
		p.Space(2)
		p.Text("The account's regions could not be listed ("+gap(g.Unread)+"): those were read that every account has. "+
			"There may be resources in others.", paper.Body.In(paper.Red))
	}
	p.Section("Standards")
	for i := range e.Assessments {
		a := &e.Assessments[i]
		p.Text(fmt.Sprintf("%s (%s): %s, of which %d have rules.", name(a.Framework), a.Framework.ID,
			count(a.Counts.Controls, "control"), a.Counts.Mapped), paper.Body)
	}
	e.services()
	return nil
}

func gap(u audit.Unread) string {
	parts := slices.DeleteFunc([]string{u.Action, u.Code, u.Reason}, func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}

func (e *evidence) method() error {
	p := e.p
	for _, s := range methodText {
		p.Section(s.title)
		for _, text := range s.text {
			p.Text(text, paper.Body)
			p.Space(1.5)
		}
		p.Items(s.items, paper.Body)
	}
	return nil
}

// methodText says how verdicts come to be. It promises what internal/rule, internal/compliance and their tests hold.
var methodText = []struct {
	title string
	text  []string
	items []string
}{
	{title: "The evidence", text: []string{
		"The evidence is configuration: what the provider's own APIs answered, to credentials that read, at the times that chapter 2 gives. " +
			"It is a picture of that time; it says nothing of what was so before or after. Nothing in the account was changed.",
		"Each failure names the resource by the provider's identifier, the values that the verdict rests on, and what would have passed. " +
			"Where a value is very long it is cut, and ends in an ellipsis.",
	}},
	{title: "Rules and verdicts", text: []string{
		"A rule is an expression over the configuration of one resource and of those related to it. The appendix has each rule that was used, " +
			"with its identifier, which never changes. A rule gives one of three verdicts on a resource:",
	}, items: []string{
		"Passed: the expression is true.",
		"Failed: it is false.",
		"Not assessed: something that the verdict depends on could not be read. It is neither a pass nor a failure, and the " +
			"API action that was refused is named. Where the verdict would be the same whatever the missing value is, it is given.",
	}},
	{title: "Controls and the score", text: []string{
		"The controls of the standard cite the rules that judge them. All rules of a control count together:",
	}, items: []string{
		"Failed: at least one resource fails at least one of the control's rules.",
		"Not assessed: none fails, and at least one verdict could not be given.",
		"Waived: all failures are covered by waivers.",
		"Passed: everything that the rules concern passes. Where there is nothing that they concern, the control passes.",
		"Manual: no rule judges it. People do; chapter \u201cControls that people judge\u201d lists these.",
		"The score is passed / (passed + failed) controls. Those not assessed, waived and manual are outside of it, and are counted beside it.",
	}},
	{title: "Waivers", text: []string{
		"A waiver says that failures are accepted, by whom, why, and until when. A waived failure is never counted as passed: it is " +
			"listed among the failures, marked, and is outside the score. When the waiver ends it counts again.",
	}},
	{title: "What this report does not say", items: []string{
		"A control that configuration shows in part is judged in that part. Its note says what is left to people.",
		"How a control is read where the standard leaves room is our reading. Titles may be in our own words: read the standard beside this report.",
		"Characters that the fonts of this document lack, and those written from right to left, are given as their Unicode code points, as in [U+4E2D].",
	}},
}
