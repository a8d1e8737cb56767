package cli

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

// mostFirst returns what was counted, the most first.
func mostFirst(n map[string]int) []string {
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b)) })
}

// ruleView is a rule as the server shows it.
type ruleView struct {
	ID            string         `json:"id"`
	Title         string         `json:"title"`
	Severity      audit.Severity `json:"severity"`
	ResourceTypes []string       `json:"resource_types"`
	Categories    []string       `json:"categories"`
	LooksUp       []string       `json:"looks_up"`
	Applies       string         `json:"applies"`
	Passes        string         `json:"passes"`
	ruleText
	Frameworks []struct {
		FrameworkID string   `json:"framework_id"`
		Controls    []string `json:"controls"`
	} `json:"frameworks"`
}

func newRuleCmd(a *app) *cobra.Command {
	f := filters{}
	list := leaf("list", "List rules", `
infraudit rule list --resource-type s3_bucket
infraudit rule list --framework cis-aws-7.0 --severity critical,high`,
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/rules", f.query(), ruleColumns(true))
		})
	a.addListFlags(list)
	f.flag(list, "resource-type", "resource_type", "what it judges, such as s3_bucket")
	f.flag(list, "severity", "severity", "critical, high, medium or low, separated by commas")
	f.flag(list, "category", "category", "what it is about, such as exposure")
	f.flag(list, "framework", "framework", "a framework's id: only rules that it needs")
	get := leaf("get ID", "Show a rule", "infraudit rule get s3-bucket-versioning-enabled", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodGet, at("/rules/%s", args[0]), nil, nil, ruleColumns(false))
	})
	create := leaf("create FILE", "Add a rule of your own, from a file (- for standard input)", "infraudit rule create acme-bucket-named.yaml",
		func(ctx context.Context, args []string) error { return a.sendRule(ctx, "/rules", args[0]) })
	validate := leaf("validate FILE", "Check a rule without adding it", "", func(ctx context.Context, args []string) error {
		return a.sendRule(ctx, "/rules/validate", args[0])
	})
	remove := leaf("delete ID", "Delete a rule of your own", "", func(ctx context.Context, args []string) error {
		return a.send(ctx, http.MethodDelete, at("/rules/%s", args[0]), "deleted")
	})
	return group("rule", "What resources are judged by", list, get, create, validate, newRuleTestCmd(a), remove)
}

// maxRuleFile is how much of a file is read: the server takes 16 KiB.
const maxRuleFile = 64 << 10

// sendRule sends a rule's file, and shows the rule that it is.
func (a *app) sendRule(ctx context.Context, path, file string) error {
	return sendText(ctx, a, http.MethodPost, path, file, maxRuleFile, ruleColumns(false))
}

// ruleColumns are those of a rule; in a list only the first few are shown.
func ruleColumns(list bool) []column[ruleView] {
	return []column[ruleView]{
		{head: "id", value: func(r *ruleView) string { return r.ID }},
		{head: "severity", value: func(r *ruleView) string { return string(r.Severity) }},
		{head: "title", value: func(r *ruleView) string { return r.Title }},
		{head: "resource types", value: func(r *ruleView) string { return strings.Join(r.ResourceTypes, ", ") }, wide: list},
		{head: "categories", value: func(r *ruleView) string { return strings.Join(r.Categories, ", ") }, wide: list},
		{head: "looks up", value: func(r *ruleView) string { return strings.Join(r.LooksUp, ", ") }, wide: list},
		{head: "wanted", value: func(r *ruleView) string { return wrap(r.Wanted, 100) }, wide: list},
		{head: "risk", value: func(r *ruleView) string { return wrap(r.Risk, 100) }, wide: list},
		{head: "remediation", value: func(r *ruleView) string { return wrap(r.Remediation, 100) }, wide: list},
		{head: "references", value: func(r *ruleView) string { return strings.Join(r.References, "\n") }, wide: list},
		{head: "frameworks", value: func(r *ruleView) string {
			var out []string
			for _, f := range r.Frameworks {
				out = append(out, f.FrameworkID+" "+strings.Join(f.Controls, ", "))
			}
			return strings.Join(out, "\n")
		}, wide: list},
		{head: "applies", value: func(r *ruleView) string { return r.Applies }, wide: list},
		{head: "passes", value: func(r *ruleView) string { return r.Passes }, wide: list},
	}
}

func newWaiverCmd(a *app) *cobra.Command {
	list := leaf("list", "List waivers", "", func(ctx context.Context, _ []string) error {
		return showList(ctx, a, "/waivers", nil, waiverColumns())
	})
	a.addListFlags(list)
	var body struct {
		RuleID     string    `json:"rule_id,omitempty"`
		ResourceID string    `json:"resource_id,omitempty"`
		Tag        string    `json:"tag,omitempty"`
		Reason     string    `json:"reason"`
		ExpiresAt  time.Time `json:"expires_at"`
	}
	var days int
	create := leaf("create", "Accept failures: of a rule, on a resource, on what has a tag, or on what is all of that", `
infraudit waiver create --rule s3-bucket-versioning-enabled --tag env=scratch --reason "can be made again" --days 90
infraudit waiver create --resource res_1a2b3c --reason "goes away in May" --days 30`,
		func(ctx context.Context, _ []string) error {
			body.ExpiresAt = time.Now().UTC().Truncate(time.Second).AddDate(0, 0, days)
			return showOne(ctx, a, http.MethodPost, "/waivers", nil, body, waiverColumns())
		})
	f := create.Flags()
	f.StringVar(&body.RuleID, "rule", "", "only failures of this rule")
	f.StringVar(&body.ResourceID, "resource", "", "only on this resource")
	f.StringVar(&body.Tag, "tag", "", "only on resources with this tag, as key or key=value")
	f.StringVar(&body.Reason, "reason", "", "why they are accepted")
	f.IntVar(&days, "days", 90, "for how many days")
	create.MarkFlagsOneRequired("rule", "resource", "tag")
	_ = create.MarkFlagRequired("reason") // only fails for a flag that doesn't exist
	remove := leaf("delete ID", "End a waiver: what only it covered is open again", "", func(ctx context.Context, args []string) error {
		return a.send(ctx, http.MethodDelete, at("/waivers/%s", args[0]), "deleted")
	})
	return group("waiver", "Failures that are accepted, for a time", list, create, newWaiverUpdateCmd(a), remove)
}

func newWaiverUpdateCmd(a *app) *cobra.Command {
	var reason string
	var days int
	var cmd *cobra.Command
	cmd = leaf("update ID", "Change why failures are accepted, or for how long", "infraudit waiver update wvr_1a2b3c --days 30",
		func(ctx context.Context, args []string) error {
			body := map[string]any{}
			if cmd.Flags().Changed("reason") {
				body["reason"] = reason
			}
			if cmd.Flags().Changed("days") {
				body["expires_at"] = time.Now().UTC().Truncate(time.Second).AddDate(0, 0, days)
			}
			return showOne(ctx, a, http.MethodPatch, at("/waivers/%s", args[0]), nil, body, waiverColumns())
		})
	cmd.Flags().StringVar(&reason, "reason", "", "why they are accepted")
	cmd.Flags().IntVar(&days, "days", 0, "for how many days from now")
	cmd.MarkFlagsOneRequired("reason", "days")
	return cmd
}

func waiverColumns() []column[audit.Waiver] {
	return []column[audit.Waiver]{
		{head: "id", value: func(w *audit.Waiver) string { return w.ID }},
		{head: "rule", value: func(w *audit.Waiver) string { return w.RuleID }},
		{head: "resource", value: func(w *audit.Waiver) string { return w.ResourceID }},
		{head: "tag", value: func(w *audit.Waiver) string { return w.Tag }},
		{head: "reason", value: func(w *audit.Waiver) string { return w.Reason }},
		{head: "author", value: func(w *audit.Waiver) string { return w.Author }},
		{head: "expires", value: func(w *audit.Waiver) string { return when(w.ExpiresAt) }},
		{head: "created", value: func(w *audit.Waiver) string { return when(w.CreatedAt) }, wide: true},
		{head: "changed", value: func(w *audit.Waiver) string { return whenPtr(w.ChangedAt) }, wide: true},
	}
}
