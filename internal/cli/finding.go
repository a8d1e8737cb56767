package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

func newFindingCmd(a *app) *cobra.Command {
	get := leaf("get ID", "Show a finding, and what to do about it", "", func(ctx context.Context, args []string) error {
		return a.showFinding(ctx, args[0])
	})
	f := filters{}
	summary := leaf("summary", "Count findings by severity, status and resource type", "", func(ctx context.Context, _ []string) error {
		return showOne(ctx, a, http.MethodGet, "/findings/summary", f.query(), nil, findingSummaryColumns())
	})
	findingFlags(summary, f)
	return group("finding", "What rules say is wrong", newFindingListCmd(a), get, summary)
}

func findingFlags(cmd *cobra.Command, f filters) {
	f.flag(cmd, "provider", "provider", "a provider's id")
	f.flag(cmd, "resource", "resource", "a resource's id")
	f.flag(cmd, "resource-type", "resource_type", "a resource type, such as s3_bucket")
	f.flag(cmd, "region", "region", "a region, or global")
	f.flag(cmd, "rule", "rule", "a rule's id")
	f.flag(cmd, "severity", "severity", "critical, high, medium or low, separated by commas")
	f.flag(cmd, "status", "status", "open, waived or resolved, separated by commas (default: open)")
	f.flag(cmd, "since", "since", "detected at or after this time (RFC 3339)")
}

func newFindingListCmd(a *app) *cobra.Command {
	f := filters{}
	var failOn string
	cmd := leaf("list", "List findings, worst first", `
infraudit finding list --severity critical,high
infraudit finding list --rule s3-bucket-versioning-enabled -o csv
infraudit finding list --fail-on high`,
		func(ctx context.Context, _ []string) error {
			if err := checkSeverity(failOn); err != nil {
				return err
			}
			if err := a.listFindings(ctx, f.query()); err != nil || failOn == "" {
				return err
			}
			return a.gate(ctx, gated{"/findings", "there are findings"}, f.query(), failOn)
		})
	a.addListFlags(cmd)
	findingFlags(cmd, f)
	cmd.Flags().StringVar(&failOn, "fail-on", "", "exit 2 when a finding of this severity or worse matches, shown or not")
	return cmd
}

func (a *app) listFindings(ctx context.Context, q url.Values) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	items, err := a.fetch(ctx, c, "/findings", q)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return printList(a, s.output, items, findingColumns())
	}
	if len(items) == 0 {
		_, err := fmt.Fprintln(a.out, "no finding")
		return err
	}
	for i, item := range items {
		var f audit.Finding
		if err := json.Unmarshal(item, &f); err != nil {
			return fmt.Errorf("the server's answer can't be read: %w", err)
		}
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		a.printFindingBrief(&f)
	}
	return nil
}

// printFindingBrief shows a finding in a few lines: how bad, on what, what should be true, what is.
func (a *app) printFindingBrief(f *audit.Finding) {
	const margin = "          "
	status := ""
	switch {
	case f.StaleSince != nil:
		status = "  [" + string(f.Status) + ", not judged since " + whenPtr(f.StaleSince) + "]"
	case f.Status != audit.FindingOpen:
		status = "  [" + string(f.Status) + "]"
	}
	fmt.Fprintf(a.out, "%s %s%s\n", a.paint(severityColour(f.Severity), fmt.Sprintf("%-9s", strings.ToUpper(string(f.Severity)))),
		clean(findingSubject(f)), status)
	for _, line := range []string{"should be: " + f.Title, "but: " + f.Reason} {
		fmt.Fprintf(a.out, "%s%s\n", margin, clean(cut(line, briefWidth)))
	}
	fmt.Fprintf(a.out, "%s%s\n", margin, a.paint("2", clean(f.RuleID+"  "+f.ID)))
}

func findingSubject(f *audit.Finding) string {
	return fmt.Sprintf("%s %s in %s", f.ResourceType, firstOf(f.ResourceName, f.ExternalID), f.Region)
}

// ruleText is what a finding shows of its rule.
type ruleText struct {
	Wanted      string   `json:"wanted"`
	Risk        string   `json:"risk"`
	Remediation string   `json:"remediation"`
	References  []string `json:"references"`
}

func (a *app) showFinding(ctx context.Context, id string) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodGet, at("/findings/%s", id), nil, nil)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return printOne(a, s.output, item, findingColumns())
	}
	var f audit.Finding
	if err := json.Unmarshal(item, &f); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	r, err := get[ruleText](ctx, c, at("/rules/%s", f.RuleID))
	if err != nil {
		a.note("the rule can't be shown: %v", err) // it may have been removed since
	}
	a.printFinding(&f, &r)
	return nil
}

func (a *app) printFinding(f *audit.Finding, r *ruleText) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.out, "%-10s %s\n", name, clean(strings.ReplaceAll(wrap(value, 100), "\n", "\n           ")))
		}
	}
	fmt.Fprintf(a.out, "%s  %s\n\n", a.paint(severityColour(f.Severity), strings.ToUpper(string(f.Severity))), clean(f.Title))
	line("on", findingSubject(f))
	line("", f.ExternalID)
	line("seen", f.Reason)
	line("wanted", r.Wanted)
	line("risk", r.Risk)
	line("to do", r.Remediation)
	line("see", strings.Join(r.References, " "))
	detected := when(f.DetectedAt)
	if f.Reopened > 0 {
		detected += fmt.Sprintf(", reopened %d times since %s", f.Reopened, when(f.FirstSeenAt))
	}
	line("detected", detected)
	line("last seen", when(f.LastSeenAt))
	status := string(f.Status)
	if f.ResolvedBy != "" {
		status += ": " + f.ResolvedBy + ", " + whenPtr(f.ResolvedAt)
	}
	if f.WaiverID != "" {
		status += " by " + f.WaiverID
	}
	if f.StaleSince != nil {
		status += ", not judged since " + whenPtr(f.StaleSince) + ": " + f.StaleReason
	}
	line("status", status)
	line("rule", f.RuleID)
	line("finding", f.ID)
	line("resource", f.ResourceID)
}

func findingColumns() []column[audit.Finding] {
	return []column[audit.Finding]{
		{head: "id", value: func(f *audit.Finding) string { return f.ID }},
		{head: "severity", value: func(f *audit.Finding) string { return string(f.Severity) }},
		{head: "status", value: func(f *audit.Finding) string { return string(f.Status) }},
		{head: "rule", value: func(f *audit.Finding) string { return f.RuleID }},
		{head: "title", value: func(f *audit.Finding) string { return f.Title }},
		{head: "resource type", value: func(f *audit.Finding) string { return f.ResourceType }},
		{head: "resource name", value: func(f *audit.Finding) string { return f.ResourceName }},
		{head: "external id", value: func(f *audit.Finding) string { return f.ExternalID }},
		{head: "region", value: func(f *audit.Finding) string { return f.Region }},
		{head: "reason", value: func(f *audit.Finding) string { return f.Reason }},
		{head: "first seen", value: func(f *audit.Finding) string { return when(f.FirstSeenAt) }},
		{head: "detected", value: func(f *audit.Finding) string { return when(f.DetectedAt) }},
		{head: "last seen", value: func(f *audit.Finding) string { return when(f.LastSeenAt) }},
		{head: "resolved", value: func(f *audit.Finding) string { return whenPtr(f.ResolvedAt) }},
		{head: "not judged since", value: func(f *audit.Finding) string { return whenPtr(f.StaleSince) }},
		{head: "waiver", value: func(f *audit.Finding) string { return f.WaiverID }},
		{head: "resource id", value: func(f *audit.Finding) string { return f.ResourceID }},
		{head: "provider id", value: func(f *audit.Finding) string { return f.ProviderID }},
	}
}

type findingSummary struct {
	Total      int            `json:"total"`
	BySeverity map[string]int `json:"by_severity"`
	ByStatus   map[string]int `json:"by_status"`
	ByType     map[string]int `json:"by_resource_type"`
	Stale      int            `json:"stale"`
	Truncated  bool           `json:"truncated"`
}

func findingSummaryColumns() []column[findingSummary] {
	return []column[findingSummary]{
		{head: "findings", value: func(s *findingSummary) string {
			if s.Truncated {
				return fmt.Sprintf("more than %d", s.Total)
			}
			return fmt.Sprint(s.Total)
		}},
		{head: "by severity", value: func(s *findingSummary) string {
			return counted(s.BySeverity, []string{"critical", "high", "medium", "low"})
		}},
		{head: "by status", value: func(s *findingSummary) string {
			return counted(s.ByStatus, []string{"open", "waived", "resolved"})
		}},
		{head: "by resource type", value: func(s *findingSummary) string { return counted(s.ByType, mostFirst(s.ByType)) }},
		{head: "not judged now", value: func(s *findingSummary) string {
			if s.Stale == 0 {
				return ""
			}
			return fmt.Sprint(s.Stale)
		}},
	}
}
