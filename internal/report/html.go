package report

import (
	"bufio"
	"cmp"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// maxListed is how many resources of a control a page shows.
const maxListed = 200

// HTML writes one page that needs nothing else: no script, no font, no other file. Everything that comes from an account is
// escaped.
func HTML(w io.Writer, d *Document) error {
	p := &page{w: bufio.NewWriter(w), rules: d.rules()}
	p.text(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`)
	p.put("<title>Audit of %s</title><style>%s</style>", esc(d.accounts()), css)
	p.put("<h1>Audit of AWS account %s</h1>", esc(d.accounts()))
	p.put("<p>%s, %d resources in %d regions read, in %s.</p>", esc(d.StartedAt.UTC().Format("2 January 2006, 15:04 UTC")),
		d.Resources, len(d.Regions), esc(d.EndedAt.Sub(d.StartedAt).Round(100*time.Millisecond).String()))
	for i := range d.Assessments {
		p.assessment(&d.Assessments[i])
	}
	p.coverage(d.Coverage)
	p.text(`<h2>How to read this</h2><p>A control fails where one resource fails a rule that serves it. It is not assessed where
something that decides could not be read: that is neither a pass nor a failure, and the action that was refused is named. The score is
passed / (passed + failed). Manual controls are judged by people.</p></html>`)
	return p.end()
}

const css = `body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}
summary{cursor:pointer;padding:.35rem 0}.n{text-align:right}.tag{font-weight:600;padding:.05rem .4rem;border-radius:.2rem;border:1px solid}
.failed,.critical,.high{color:#a3101d}.passed{color:#136c2e}.not_assessed,.medium{color:#7a4d00}.manual,.waived,.low{color:#4a4a4a}
details{border-bottom:1px solid #eee}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{font-weight:600}dd{margin:0}
@media print{details{break-inside:avoid}}`

// page writes, and remembers the first failure.
type page struct {
	w     *bufio.Writer
	rules map[string]*rule.Rule
}

func (p *page) text(s string)             { _, _ = p.w.WriteString(s) } // bufio.Writer keeps its error for Flush
func (p *page) put(f string, args ...any) { _, _ = fmt.Fprintf(p.w, f, args...) }
func (p *page) end() error                { return p.w.Flush() }
func esc(s string) string                 { return html.EscapeString(s) }

func percent(score *float64) string {
	if score == nil {
		return "not assessed"
	}
	return fmt.Sprintf("%.0f %%", *score*100)
}

func (p *page) assessment(a *audit.Assessment) {
	n := a.Counts
	p.put("<h2>%s %s: %s</h2>", esc(a.Framework.Name), esc(a.Framework.Version), percent(a.Score))
	p.put("<p>%d controls in the standard, %d have rules, %d were assessed: %d passed, %d failed; %d were not assessed, %d waived, %d are manual.</p>",
		n.Controls, n.Mapped, n.Assessed, n.Passed, n.Failed, n.NotAssessed, n.Waived, n.Manual)
	p.text(`<table><tr><th>Section<th class="n">Score<th class="n">Passed<th class="n">Failed<th class="n">Not assessed<th class="n">Manual</tr>`)
	for _, s := range a.Sections {
		p.put(`<tr><td>%s %s<td class="n">%s<td class="n">%d<td class="n">%d<td class="n">%d<td class="n">%d</tr>`, esc(s.ID), esc(s.Title),
			percent(s.Score), s.Counts.Passed, s.Counts.Failed, s.Counts.NotAssessed, s.Counts.Manual)
	}
	p.text("</table>")
	controls := slices.Clone(a.Controls)
	slices.SortStableFunc(controls, func(a, b audit.ControlResult) int {
		return cmp.Or(cmp.Compare(rank(a.Status), rank(b.Status)), cmp.Compare(b.Severity.Rank(), a.Severity.Rank()))
	})
	for i := range controls {
		p.control(&controls[i])
	}
}

// rank puts first what someone has to do something about.
func rank(s audit.ControlStatus) int {
	return slices.Index([]audit.ControlStatus{
		audit.ControlFailed, audit.ControlNotAssessed, audit.ControlWaived, audit.ControlManual, audit.ControlPassed,
	}, s)
}

func (p *page) control(c *audit.ControlResult) {
	p.put(`<details><summary><span class="tag %[1]s">%[2]s</span> `, esc(string(c.Status)), esc(strings.ReplaceAll(string(c.Status), "_", " ")))
	if c.Severity != "" && c.Status == audit.ControlFailed {
		p.put(`<span class="%[1]s">%[1]s</span> `, esc(string(c.Severity)))
	}
	p.put("<b>%s</b> %s", esc(c.ID), esc(c.Title))
	if c.Status == audit.ControlFailed {
		p.put(" (%d)", c.Resources.Failed)
	}
	p.text("</summary>")
	if c.Reason != "" {
		p.put("<p>%s</p>", esc(c.Reason))
	}
	for _, id := range c.Rules {
		if r := p.rules[id]; r != nil {
			p.put("<dl><dt>Rule<dd>%s<dt>Wanted<dd>%s<dt>Risk<dd>%s<dt>What to do<dd>%s", esc(r.Title), esc(r.Wanted), esc(r.Risk), esc(r.Remediation))
			if len(r.References) > 0 {
				p.put(`<dt>See<dd><a href="%[1]s" rel="noreferrer">%[1]s</a>`, esc(r.References[0])) // linted to be https
			}
			p.text("</dl>")
		}
	}
	if len(c.Results) > 0 {
		p.text("<table><tr><th>Verdict<th>Resource<th>Region<th>Why</tr>")
		for i, r := range c.Results {
			if i == maxListed {
				p.put("<tr><td colspan=4>and %d more</tr>", len(c.Results)-maxListed)
				break
			}
			p.put(`<tr><td class="%s">%s<td>%s<td>%s<td>%s</tr>`, esc(string(r.Status)), esc(strings.ReplaceAll(string(r.Status), "_", " ")),
				esc(cmp.Or(r.ExternalID, r.ResourceType)), esc(r.Region), esc(r.Reason))
		}
		p.text("</table>")
	}
	p.text("</details>")
}

func (p *page) coverage(lines []audit.Coverage) {
	p.text("<h2>What could not be read</h2>")
	rows := 0
	row := func(c *audit.Coverage, t *audit.TypeCoverage, action, why string) {
		if rows == 0 {
			p.text("<table><tr><th>Resource type<th>Region<th>Action<th>Why</tr>")
		}
		rows++
		p.put("<tr><td>%s<td>%s<td>%s<td>%s</tr>", esc(t.ResourceType), esc(c.Region), esc(action), esc(why))
	}
	for i := range lines {
		c := &lines[i]
		for k := range c.Types {
			t := &c.Types[k]
			if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported {
				row(c, t, t.Action, cmp.Or(t.Code, t.Reason))
			}
			for _, action := range slices.Sorted(maps.Keys(t.Unread)) {
				row(c, t, action, fmt.Sprintf("for %d resources", t.Unread[action]))
			}
		}
	}
	if rows == 0 {
		p.text("<p>Everything that was asked for could be read.</p>")
		return
	}
	p.text("</table>")
}
