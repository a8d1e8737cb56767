package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report"
)

func newComplianceCmd(a *app) *cobra.Command {
	frameworks := leaf("frameworks", "List frameworks: whether they are enabled, and how the newest assessment ended", "",
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/compliance/frameworks", nil, frameworkColumns())
		})
	a.addListFlags(frameworks)
	var body struct {
		ProviderIDs []string `json:"provider_ids,omitempty"`
	}
	enable := leaf("enable FRAMEWORK", "Assess by a framework", `
infraudit compliance enable soc2
infraudit compliance enable cis-aws-7.0 --provider prv_1a2b3c`,
		func(ctx context.Context, args []string) error {
			return showOne(ctx, a, http.MethodPost, at("/compliance/frameworks/%s/enable", args[0]), nil, body, frameworkColumns())
		})
	enable.Flags().StringSliceVar(&body.ProviderIDs, "provider", nil, "only for this provider (repeatable; default all)")
	disable := leaf("disable FRAMEWORK", "Assess no longer by a framework; its assessments stay", "",
		func(ctx context.Context, args []string) error {
			return showOne(ctx, a, http.MethodPost, at("/compliance/frameworks/%s/disable", args[0]), nil, nil, frameworkColumns())
		})
	f := filters{}
	assessments := leaf("assessments", "List assessments, newest first", "infraudit compliance assessments --framework cis-aws-7.0",
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/compliance/assessments", f.query(), assessmentColumns())
		})
	a.addListFlags(assessments)
	f.flag(assessments, "framework", "framework", "a framework's id")
	return group("compliance", "Frameworks, and assessments by them", frameworks, newFrameworkCmd(a), enable, disable, newAssessCmd(a), assessments,
		newShowCmd(a), newAssessmentExportCmd(a))
}

func newAssessCmd(a *app) *cobra.Command {
	var o detectOptions
	cmd := leaf("assess", "Assess now, by every enabled framework", `
infraudit compliance assess --wait
infraudit compliance assess --provider prv_1a2b3c --fail-on high   # a gate for CI`,
		func(ctx context.Context, _ []string) error { return a.assess(ctx, o) })
	cmd.Long = `Sync what was not read in the last 30 minutes, judge it by all rules, and make an assessment by each enabled framework.

With --fail-on the exit status is 2 when a control of that severity or worse fails, also when not everything could be
read; 1 when nothing usable was read or, below the threshold, when reading failed by throttling, time-out or expired
credentials; else 0. Reads that the cloud refused change nothing unless --fail-on-unread is given.`
	f := cmd.Flags()
	f.StringVar(&o.scope.ProviderID, "provider", "", "only this provider")
	f.BoolVar(&o.wait, "wait", false, "follow it to its end and show the assessments")
	f.StringVar(&o.failOn, "fail-on", "", "exit 2 when a control of this severity or worse fails; implies --wait")
	f.BoolVar(&o.failOnUnread, "fail-on-unread", false, "exit 1 when something could not be read; implies --wait")
	return cmd
}

func (a *app) assess(ctx context.Context, o detectOptions) error {
	if err := checkSeverity(o.failOn); err != nil {
		return err
	}
	body := map[string]string{}
	if o.scope.ProviderID != "" {
		body["provider_id"] = o.scope.ProviderID
	}
	if !o.wait && o.failOn == "" && !o.failOnUnread {
		return a.start(ctx, "/compliance/assess", body, false)
	}
	c, s, err := a.client()
	if err != nil {
		return err
	}
	x, err := a.startAndFollow(ctx, c, "/compliance/assess", body)
	if err != nil {
		return err
	}
	made, items, err := a.madeBy(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if err := a.showAssessments(s.output, made, items); err != nil {
		return err
	}
	for i := range made {
		for k := range made[i].Controls {
			control := &made[i].Controls[k]
			if o.failOn != "" && control.Status == audit.ControlFailed && control.Severity.Rank() >= audit.Severity(o.failOn).Rank() {
				a.note("controls of severity %s or worse fail", o.failOn)
				return exit(exitReached)
			}
		}
	}
	return a.holes(ctx, c, o)
}

// madeBy returns the assessments that an execution made, whole, as they are and as the server said them.
func (a *app) madeBy(ctx context.Context, c *client, executionID string) ([]audit.Assessment, []json.RawMessage, error) {
	summaries, _, err := c.list(ctx, "/compliance/assessments", nil, maxPage)
	if err != nil {
		return nil, nil, err
	}
	var out []audit.Assessment
	items := []json.RawMessage{}
	for _, item := range summaries {
		var summary audit.Assessment
		if err := json.Unmarshal(item, &summary); err != nil {
			return nil, nil, fmt.Errorf("the server's answer can't be read: %w", err)
		}
		if summary.ExecutionID != executionID {
			continue
		}
		whole, raw, err := a.assessment(ctx, c, summary.ID)
		if err != nil {
			return nil, nil, err
		}
		out, items = append(out, whole), append(items, raw)
	}
	return out, items, nil
}

func (a *app) assessment(ctx context.Context, c *client, id string) (of audit.Assessment, raw json.RawMessage, err error) {
	if raw, err = c.do(ctx, http.MethodGet, at("/compliance/assessments/%s", id), nil, nil); err != nil {
		return of, nil, err
	}
	if err := json.Unmarshal(raw, &of); err != nil {
		return of, nil, fmt.Errorf("the server's answer can't be read: %w", err)
	}
	return of, raw, nil
}

func (a *app) showAssessments(format string, made []audit.Assessment, items []json.RawMessage) error {
	switch format {
	case "json", "yaml":
		return printList(a, format, items, assessmentColumns())
	case "csv":
		return report.CSV(a.out, &report.Document{Assessments: made})
	}
	if len(made) == 0 {
		_, err := fmt.Fprintln(a.out, "no framework is enabled for what was judged")
		return err
	}
	for i := range made {
		if err := a.summarizeOne(&made[i]); err != nil {
			return err
		}
	}
	return nil
}

func newShowCmd(a *app) *cobra.Command {
	var framework string
	cmd := leaf("show", "Show an assessment, the newest unless its id is given, and what changed since the one before", `
infraudit compliance show
infraudit compliance show --framework soc2
infraudit compliance show asm_1a2b3c -o csv`,
		func(ctx context.Context, args []string) error {
			id := ""
			if len(args) > 0 {
				id = args[0]
			}
			return a.showAssessment(ctx, id, framework)
		})
	cmd.Use, cmd.Args = "show [ID]", cobra.MaximumNArgs(1)
	cmd.Flags().StringVar(&framework, "framework", "", "the newest by this framework")
	return cmd
}

func (a *app) showAssessment(ctx context.Context, id, framework string) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	if id == "" {
		q := url.Values{}
		if framework != "" {
			q.Set("framework", framework)
		}
		items, _, err := c.list(ctx, "/compliance/assessments", q, 1)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return errors.New("there is no assessment yet; make one with: infraudit compliance assess --wait")
		}
		var newest audit.Assessment
		if err := json.Unmarshal(items[0], &newest); err != nil {
			return fmt.Errorf("the server's answer can't be read: %w", err)
		}
		id = newest.ID
	}
	of, raw, err := a.assessment(ctx, c, id)
	if err != nil {
		return err
	}
	switch s.output {
	case "json", "yaml":
		return printRaw(a.out, s.output, raw)
	case "csv":
		return report.CSV(a.out, &report.Document{Assessments: []audit.Assessment{of}})
	}
	fmt.Fprintf(a.out, "%s of %s, %s\n", of.ID, when(of.StartedAt), count(len(of.Accounts), "provider"))
	if err := a.summarizeOne(&of); err != nil {
		return err
	}
	if len(of.Accounts) > 1 {
		for _, account := range of.Accounts {
			fmt.Fprintf(a.out, "\naccount %s: %s", clean(account.Account), score(account.Score))
		}
		fmt.Fprintln(a.out)
	}
	if of.PreviousID == "" {
		return nil
	}
	changes, err := get[audit.AssessmentChanges](ctx, c, at("/compliance/assessments/%s/changes", id))
	if err != nil {
		return err
	}
	a.printChanges(&changes)
	return nil
}

func newAssessmentExportCmd(a *app) *cobra.Command {
	var o struct {
		ID        string `json:"assessment_id,omitempty"`
		Framework string `json:"framework,omitempty"`
		Format    string `json:"format"`
	}
	var file string
	cmd := leaf("export", "Write an assessment as a file, the newest unless its id is given", `
infraudit compliance export --output-file evidence.pdf
infraudit compliance export asm_1a2b3c --format csv > failures.csv
infraudit compliance export --framework soc2 --format ocsf --output-file findings.json`,
		func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.ID = args[0]
			}
			return a.exportTo(ctx, "/compliance/export", o, file)
		})
	cmd.Use, cmd.Args = "export [ID]", cobra.MaximumNArgs(1)
	cmd.Long = `Have the server write an assessment as a file, wait for it and fetch it. pdf is an evidence report for auditors; csv, json,
ocsf (OCSF 1.6 compliance findings) and sarif (SARIF 2.1.0) are for other programs and have all failures; html is a page.`
	f := cmd.Flags()
	f.StringVar(&o.Format, "format", "pdf", "pdf, csv, json, ocsf, sarif or html")
	f.StringVar(&o.Framework, "framework", "", "the newest by this framework")
	f.StringVar(&file, "output-file", "-", "where to write to; - is standard output")
	return cmd
}

// printChanges says what is different from the assessment before.
func (a *app) printChanges(ch *audit.AssessmentChanges) {
	if len(ch.Controls) == 0 {
		fmt.Fprintf(a.out, "\nNothing changed since %s.\n", when(ch.PreviousAt))
		return
	}
	fmt.Fprintf(a.out, "\nChanged since %s (%s)\n\n", when(ch.PreviousAt), score(ch.PreviousScore))
	for _, c := range ch.Controls {
		what := fmt.Sprintf("%d failures, %d before", c.Failed, c.FailedBefore)
		if c.From != c.To {
			what = firstOf(string(c.From), "new") + " → " + string(c.To)
		}
		line := fmt.Sprintf("%s %s: %s", c.ID, c.Title, strings.ReplaceAll(what, "_", " "))
		switch {
		case c.To == audit.ControlFailed && c.From != c.To:
			line = a.paint("31", clean(line))
		case c.From == audit.ControlFailed && c.To == audit.ControlPassed:
			line = a.paint("32", clean(line))
		default:
			line = clean(line)
		}
		fmt.Fprintln(a.out, line)
		a.printResults("+", c.New)
		a.printResults("-", c.Gone)
	}
}

// printResults names some of the failures that came or went.
func (a *app) printResults(sign string, list []audit.RuleResult) {
	for i, r := range list {
		if i == maxNamed {
			fmt.Fprintf(a.out, "  %s %d more\n", sign, len(list)-maxNamed)
			return
		}
		fmt.Fprintf(a.out, "  %s %s\n", sign, clean(cut(firstOf(r.ResourceName, r.ExternalID)+": "+r.Reason, briefWidth)))
	}
}

// frameworkView is a framework as the server lists it.
type frameworkView struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Version        string   `json:"version"`
	Controls       int      `json:"controls"`
	Mapped         int      `json:"mapped"`
	Assessed       *int     `json:"assessed"`
	Enabled        bool     `json:"enabled"`
	ProviderIDs    []string `json:"provider_ids"`
	LastAssessment *struct {
		ID        string    `json:"assessment_id"`
		StartedAt time.Time `json:"started_at"`
		Score     *float64  `json:"score"`
	} `json:"last_assessment"`
}

func frameworkColumns() []column[frameworkView] {
	return []column[frameworkView]{
		{head: "id", value: func(f *frameworkView) string { return f.ID }},
		{head: "name", value: func(f *frameworkView) string { return f.Name + " " + f.Version }},
		{head: "enabled", value: func(f *frameworkView) string {
			switch {
			case !f.Enabled:
				return "no"
			case len(f.ProviderIDs) > 0:
				return "for " + strings.Join(f.ProviderIDs, ", ")
			}
			return "yes"
		}},
		{head: "controls", value: func(f *frameworkView) string { return fmt.Sprint(f.Controls) }},
		{head: "mapped", value: func(f *frameworkView) string { return fmt.Sprint(f.Mapped) }},
		{head: "assessed", value: func(f *frameworkView) string {
			if f.Assessed == nil {
				return ""
			}
			return fmt.Sprint(*f.Assessed)
		}},
		{head: "score", value: func(f *frameworkView) string {
			if f.LastAssessment == nil {
				return ""
			}
			return score(f.LastAssessment.Score)
		}},
		{head: "last assessment", value: func(f *frameworkView) string {
			if f.LastAssessment == nil {
				return ""
			}
			return when(f.LastAssessment.StartedAt)
		}},
	}
}

func assessmentColumns() []column[audit.Assessment] {
	return []column[audit.Assessment]{
		{head: "id", value: func(x *audit.Assessment) string { return x.ID }},
		{head: "framework", value: func(x *audit.Assessment) string { return x.Framework.ID }},
		{head: "started", value: func(x *audit.Assessment) string { return when(x.StartedAt) }},
		{head: "score", value: func(x *audit.Assessment) string { return score(x.Score) }},
		{head: "controls", value: func(x *audit.Assessment) string { return fmt.Sprint(x.Counts.Controls) }},
		{head: "passed", value: func(x *audit.Assessment) string { return fmt.Sprint(x.Counts.Passed) }},
		{head: "failed", value: func(x *audit.Assessment) string { return fmt.Sprint(x.Counts.Failed) }},
		{head: "not assessed", value: func(x *audit.Assessment) string { return fmt.Sprint(x.Counts.NotAssessed) }},
		{head: "waived", value: func(x *audit.Assessment) string { return fmt.Sprint(x.Counts.Waived) }},
		{head: "manual", value: func(x *audit.Assessment) string { return fmt.Sprint(x.Counts.Manual) }},
		{head: "providers", value: func(x *audit.Assessment) string { return fmt.Sprint(len(x.Accounts)) }, wide: true},
	}
}
