package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

func newDriftCmd(a *app) *cobra.Command {
	get := leaf("get ID", "Show a drift", "", func(ctx context.Context, args []string) error {
		return a.showDrift(ctx, http.MethodGet, at("/drifts/%s", args[0]), nil)
	})
	var status string
	update := leaf("update ID", "Change a drift's status", "infraudit drift update drf_1a2b3c --status investigating",
		func(ctx context.Context, args []string) error {
			return a.showDrift(ctx, http.MethodPatch, at("/drifts/%s", args[0]), map[string]string{"status": status})
		})
	update.Flags().StringVar(&status, "status", "", "detected, investigating or resolved")
	_ = update.MarkFlagRequired("status") // only fails for a flag that doesn't exist
	var body struct {
		Capture bool   `json:"capture_baseline,omitempty"`
		Name    string `json:"baseline_name,omitempty"`
	}
	resolve := leaf("resolve ID", "Resolve a drift", "infraudit drift resolve drf_1a2b3c --capture-baseline",
		func(ctx context.Context, args []string) error { return a.resolveDrift(ctx, args[0], body) })
	resolve.Flags().BoolVar(&body.Capture, "capture-baseline", false,
		"make the current configuration the baseline, which resolves all of the resource's drifts")
	resolve.Flags().StringVar(&body.Name, "baseline-name", "", "what to call that baseline")
	f := filters{}
	summary := leaf("summary", "Count drifts by severity, type and status", "", func(ctx context.Context, _ []string) error {
		return showOne(ctx, a, http.MethodGet, "/drifts/summary", f.query(), nil, summaryColumns())
	})
	driftFlags(summary, f)
	return group("drift", "Differences from the baselines", newDriftListCmd(a), get, newDetectCmd(a), update, resolve, summary)
}

func driftFlags(cmd *cobra.Command, f filters) {
	f.flag(cmd, "provider", "provider", "a provider's id")
	f.flag(cmd, "resource", "resource", "a resource's id")
	f.flag(cmd, "resource-type", "resource_type", "a resource type, such as s3_bucket")
	f.flag(cmd, "region", "region", "a region, or global")
	f.flag(cmd, "type", "type", "configuration, security or compliance")
	f.flag(cmd, "severity", "severity", "critical, high, medium or low, separated by commas")
	f.flag(cmd, "status", "status", "detected, investigating or resolved, separated by commas (default: the open ones)")
	f.flag(cmd, "since", "since", "detected at or after this time (RFC 3339)")
}

func newDriftListCmd(a *app) *cobra.Command {
	f := filters{}
	var failOn string
	cmd := leaf("list", "List drifts, newest first", `
infraudit drift list --severity critical,high
infraudit drift list --fail-on high -o json`,
		func(ctx context.Context, _ []string) error {
			if err := checkSeverity(failOn); err != nil {
				return err
			}
			if err := a.listDrifts(ctx, "/drifts", f.query()); err != nil || failOn == "" {
				return err
			}
			return a.gate(ctx, gated{"/drifts", "there is drift"}, f.query(), failOn)
		})
	a.addListFlags(cmd)
	driftFlags(cmd, f)
	cmd.Flags().StringVar(&failOn, "fail-on", "", "exit 2 when a drift of this severity or worse matches, shown or not")
	return cmd
}

func (a *app) listDrifts(ctx context.Context, path string, q url.Values) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	items, err := a.fetch(ctx, c, path, q)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return printList(a, s.output, items, driftColumns())
	}
	if len(items) == 0 {
		_, err := fmt.Fprintln(a.out, "no drift")
		return err
	}
	for i, item := range items {
		var d audit.Drift
		if err := json.Unmarshal(item, &d); err != nil {
			return fmt.Errorf("the server's answer can't be read: %w", err)
		}
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		a.printDriftBrief(&d)
	}
	return nil
}

func (a *app) showDrift(ctx context.Context, method, path string, body any) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, method, path, nil, body)
	if err != nil {
		return err
	}
	return a.printDrift(s.output, item)
}

func (a *app) printDrift(format string, item json.RawMessage) error {
	if format != "table" {
		return printOne(a, format, item, driftColumns())
	}
	var d audit.Drift
	if err := json.Unmarshal(item, &d); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	a.printDriftWhole(&d)
	return nil
}

func (a *app) resolveDrift(ctx context.Context, id string, body any) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodPost, at("/drifts/%s/resolve", id), nil, body)
	if err != nil {
		return err
	}
	if s.output == "json" || s.output == "yaml" {
		return printRaw(a.out, s.output, item)
	}
	var answer struct {
		Drift    json.RawMessage `json:"drift"`
		Baseline *audit.Baseline `json:"baseline"`
	}
	if err := json.Unmarshal(item, &answer); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if answer.Baseline != nil {
		a.note("captured baseline %s", answer.Baseline.ID)
	}
	return a.printDrift(s.output, answer.Drift)
}

func driftColumns() []column[audit.Drift] {
	return []column[audit.Drift]{
		{head: "id", value: func(d *audit.Drift) string { return d.ID }},
		{head: "severity", value: func(d *audit.Drift) string { return string(d.Severity) }},
		{head: "type", value: func(d *audit.Drift) string { return string(d.Type) }},
		{head: "status", value: func(d *audit.Drift) string { return string(d.Status) }},
		{head: "resource type", value: func(d *audit.Drift) string { return d.ResourceType }},
		{head: "resource name", value: func(d *audit.Drift) string { return d.ResourceName }},
		{head: "external id", value: func(d *audit.Drift) string { return d.ExternalID }},
		{head: "region", value: func(d *audit.Drift) string { return d.Region }},
		{head: "path", value: func(d *audit.Drift) string { return d.Path }},
		{head: "change", value: func(d *audit.Drift) string { return string(d.Change) }},
		{head: "expected", value: func(d *audit.Drift) string { return compact(d.Expected) }},
		{head: "actual", value: func(d *audit.Drift) string { return compact(d.Actual) }},
		{head: "summary", value: func(d *audit.Drift) string { return d.Summary }},
		{head: "actor", value: func(d *audit.Drift) string { return d.Actor.Name }},
		{head: "call", value: func(d *audit.Drift) string { return d.Actor.Call }},
		{head: "changed", value: func(d *audit.Drift) string { return whenPtr(d.Actor.At) }},
		{head: "detected", value: func(d *audit.Drift) string { return when(d.DetectedAt) }},
		{head: "resource id", value: func(d *audit.Drift) string { return d.ResourceID }},
		{head: "provider id", value: func(d *audit.Drift) string { return d.ProviderID }},
	}
}

type driftSummary struct {
	Total      int            `json:"total"`
	BySeverity map[string]int `json:"by_severity"`
	ByType     map[string]int `json:"by_type"`
	ByStatus   map[string]int `json:"by_status"`
	Truncated  bool           `json:"truncated"`
}

func summaryColumns() []column[driftSummary] {
	return []column[driftSummary]{
		{head: "drifts", value: func(s *driftSummary) string {
			if s.Truncated {
				return fmt.Sprintf("more than %d", s.Total)
			}
			return fmt.Sprint(s.Total)
		}},
		{head: "by severity", value: func(s *driftSummary) string {
			return counted(s.BySeverity, []string{"critical", "high", "medium", "low"})
		}},
		{head: "by type", value: func(s *driftSummary) string {
			return counted(s.ByType, []string{"security", "compliance", "configuration"})
		}},
		{head: "by status", value: func(s *driftSummary) string {
			return counted(s.ByStatus, []string{"detected", "investigating", "resolved"})
		}},
	}
}
