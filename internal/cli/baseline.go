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

func newBaselineCmd(a *app) *cobra.Command {
	f := filters{}
	list := leaf("list", "List a resource's baselines, newest first", "infraudit baseline list --resource res_1a2b3c",
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/baselines", f.query(), baselineColumns())
		})
	a.addListFlags(list)
	f.flag(list, "resource", "resource", "the resource's id")
	_ = list.MarkFlagRequired("resource") // only fails for a flag that doesn't exist

	get := leaf("get ID", "Show a baseline", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodGet, at("/baselines/%s", args[0]), nil, nil, baselineColumns())
	})
	var body struct {
		ResourceID string `json:"resource_id"`
		Name       string `json:"name,omitempty"`
	}
	create := leaf("create", "Make a resource's current configuration its baseline; resolves its open drifts",
		`infraudit baseline create --resource res_1a2b3c --name "after the migration"`,
		func(ctx context.Context, _ []string) error {
			return showOne(ctx, a, http.MethodPost, "/baselines", nil, body, baselineColumns())
		})
	create.Flags().StringVar(&body.ResourceID, "resource", "", "the resource's id")
	create.Flags().StringVar(&body.Name, "name", "", "what to call it")
	_ = create.MarkFlagRequired("resource")
	compare := leaf("compare FROM TO", "Show what differs between two baselines of a resource", "",
		func(ctx context.Context, args []string) error { return a.compare(ctx, args[0], args[1]) })
	remove := leaf("delete ID", "Delete a baseline", "", func(ctx context.Context, args []string) error {
		return a.send(ctx, http.MethodDelete, at("/baselines/%s", args[0]), "deleted")
	})
	return group("baseline", "Known good configurations", list, get, create, compare, remove)
}

func baselineColumns() []column[audit.Baseline] {
	return []column[audit.Baseline]{
		{head: "id", value: func(b *audit.Baseline) string { return b.ID }},
		{head: "kind", value: func(b *audit.Baseline) string { return string(b.Kind) }},
		{head: "name", value: func(b *audit.Baseline) string { return b.Name }},
		{head: "captured", value: func(b *audit.Baseline) string { return when(b.CapturedAt) }},
		{head: "by", value: func(b *audit.Baseline) string { return b.CapturedBy }},
		{head: "resource id", value: func(b *audit.Baseline) string { return b.ResourceID }, wide: true},
		{head: "config hash", value: func(b *audit.Baseline) string { return b.ConfigHash }, wide: true},
	}
}

// change is one difference between two configurations.
type change struct {
	Path   string           `json:"path"`
	Change audit.ChangeKind `json:"change"`
	From   any              `json:"from"`
	To     any              `json:"to"`
}

func (a *app) compare(ctx context.Context, from, to string) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodGet, "/baselines/compare", url.Values{"from": {from}, "to": {to}}, nil)
	if err != nil {
		return err
	}
	if s.output == "json" || s.output == "yaml" {
		return printRaw(a.out, s.output, item)
	}
	var answer struct {
		Changes []json.RawMessage `json:"changes"`
	}
	if err := json.Unmarshal(item, &answer); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if s.output == "csv" {
		return printList(a, s.output, answer.Changes, changeColumns())
	}
	if len(answer.Changes) == 0 {
		_, err := fmt.Fprintln(a.out, "no difference")
		return err
	}
	for _, item := range answer.Changes {
		var ch change
		if err := json.Unmarshal(item, &ch); err != nil {
			return fmt.Errorf("the server's answer can't be read: %w", err)
		}
		for _, line := range differences(ch.Path, ch.From, ch.To) {
			fmt.Fprintln(a.out, a.paintDifference(clean(line)))
		}
	}
	return nil
}

func changeColumns() []column[change] {
	return []column[change]{
		{head: "path", value: func(c *change) string { return c.Path }},
		{head: "change", value: func(c *change) string { return string(c.Change) }},
		{head: "from", value: func(c *change) string { return compact(c.From) }},
		{head: "to", value: func(c *change) string { return compact(c.To) }},
	}
}
