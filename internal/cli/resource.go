package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

func newResourceCmd(a *app) *cobra.Command {
	f := filters{}
	list := leaf("list", "List resources", `
infraudit resource list --type s3_bucket --tag env=prod
infraudit resource list --all -o csv > inventory.csv`,
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/resources", f.query(), resourceColumns())
		})
	a.addListFlags(list)
	resourceFlags(list, f)
	get := leaf("get ID", "Show a resource", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodGet, at("/resources/%s", args[0]), nil, nil, resourceColumns())
	})
	hash := filters{}
	config := leaf("config ID", "Print a resource's configuration (as YAML, unless -o says otherwise)",
		"infraudit resource config res_1a2b3c -o json",
		func(ctx context.Context, args []string) error { return a.resourceConfig(ctx, args[0], hash.query()) })
	hash.flag(config, "hash", "hash", "an earlier configuration, from its history")
	status := filters{}
	drifts := leaf("drifts ID", "List a resource's drifts", "", func(ctx context.Context, args []string) error {
		return a.listDrifts(ctx, at("/resources/%s/drifts", args[0]), status.query())
	})
	a.addListFlags(drifts)
	status.flag(drifts, "status", "status", "detected, investigating or resolved, separated by commas (default: the open ones)")
	history := leaf("history ID", "List what happened to a resource, newest first", "",
		func(ctx context.Context, args []string) error {
			return showList(ctx, a, at("/resources/%s/history", args[0]), nil, historyColumns())
		})
	a.addListFlags(history)
	remove := leaf("delete ID", "Forget a resource; nothing is deleted in the cloud", "",
		func(ctx context.Context, args []string) error {
			return a.send(ctx, http.MethodDelete, at("/resources/%s", args[0]), "forgotten; a sync finds it again if it still exists")
		})
	return group("resource", "What runs in the accounts", list, get, config, drifts, history, newExportCmd(a), remove)
}

func resourceFlags(cmd *cobra.Command, f filters) {
	f.flag(cmd, "provider", "provider", "a provider's id")
	f.flag(cmd, "type", "type", "a resource type, such as s3_bucket")
	f.flag(cmd, "region", "region", "a region, or global")
	f.flag(cmd, "service", "service", "a service, such as ec2")
	f.flag(cmd, "status", "status", "active, stopped or deleted, separated by commas (default: active,stopped)")
	f.flag(cmd, "tag", "tag", "key or key=value")
	f.flag(cmd, "since", "since", "changed at or after this time (RFC 3339)")
	f.flag(cmd, "name", "name", "a part of the name or external id")
}

func resourceColumns() []column[audit.Resource] {
	return []column[audit.Resource]{
		{head: "id", value: func(r *audit.Resource) string { return r.ID }},
		{head: "type", value: func(r *audit.Resource) string { return r.Type }},
		{head: "name", value: func(r *audit.Resource) string { return firstOf(r.Name, r.ExternalID) }},
		{head: "region", value: func(r *audit.Resource) string { return r.Region }},
		{head: "status", value: func(r *audit.Resource) string { return string(r.Status) }},
		{head: "changed", value: func(r *audit.Resource) string { return when(r.ChangedAt) }},
		{head: "external id", value: func(r *audit.Resource) string { return r.ExternalID }, wide: true},
		{head: "provider id", value: func(r *audit.Resource) string { return r.ProviderID }, wide: true},
		{head: "tags", value: func(r *audit.Resource) string { return tagText(r.Tags) }, wide: true},
		{head: "first seen", value: func(r *audit.Resource) string { return when(r.FirstSeenAt) }, wide: true},
		{head: "last seen", value: func(r *audit.Resource) string { return when(r.LastSeenAt) }, wide: true},
		{head: "unread", value: func(r *audit.Resource) string { return unreadText(r.Unread) }, wide: true},
	}
}

func tagText(tags map[string]string) string {
	parts := make([]string, 0, len(tags))
	for k, v := range tags {
		parts = append(parts, k+"="+v)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func unreadText(unread map[string]audit.Unread) string {
	parts := make([]string, 0, len(unread))
	for path, u := range unread {
		parts = append(parts, path+" ("+u.Action+" "+u.Code+")")
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

type historyEvent struct {
	At         string `json:"at"`
	Kind       string `json:"kind"`
	ConfigHash string `json:"config_hash"`
	Detail     string `json:"detail"`
}

func historyColumns() []column[historyEvent] {
	return []column[historyEvent]{
		{head: "at", value: func(e *historyEvent) string { return e.At }},
		{head: "what", value: func(e *historyEvent) string { return e.Kind }},
		{head: "detail", value: func(e *historyEvent) string { return e.Detail }},
		{head: "config hash", value: func(e *historyEvent) string { return e.ConfigHash }},
	}
}

func (a *app) resourceConfig(ctx context.Context, id string, q url.Values) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodGet, at("/resources/%s/config", id), q, nil)
	if err != nil {
		return err
	}
	format := s.output
	switch format {
	case "csv":
		return errors.New("a configuration has no rows; use -o json or yaml")
	case "table":
		format = "yaml"
	}
	return printRaw(a.out, format, item)
}

func newExportCmd(a *app) *cobra.Command {
	f := filters{}
	var file string
	cmd := leaf("export", "Export resources as CSV, made by the server", "infraudit resource export --region eu-central-1 --output-file inventory.csv",
		func(ctx context.Context, _ []string) error { return a.export(ctx, f, file) })
	resourceFlags(cmd, f)
	cmd.Flags().StringVar(&file, "output-file", "-", "where to write to; - is standard output")
	return cmd
}

func (a *app) export(ctx context.Context, f filters, file string) error {
	body := map[string]any{}
	for name := range f.query() {
		body[name] = *f[name]
		if name == "status" {
			body[name] = strings.Split(*f[name], ",")
		}
	}
	return a.exportTo(ctx, "/resources/export", body, file)
}

// exportTo asks the server for a file, waits for it and writes it.
func (a *app) exportTo(ctx context.Context, path string, body any, file string) error {
	c, _, err := a.client()
	if err != nil {
		return err
	}
	e, err := a.startAndFollow(ctx, c, path, body)
	if err != nil {
		return err
	}
	if e.ResultURL == "" {
		return fmt.Errorf("execution %s made no file", e.ID)
	}
	return a.download(ctx, c, e.ResultURL, file)
}

// download writes what is at a URL, which may be relative to the server, to a file. The URL is signed; the token isn't
// sent with it.
func (a *app) download(ctx context.Context, c *client, ref, file string) (err error) {
	target, err := c.resolve(ref)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close() // only read from
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the download answered %s", resp.Status)
	}
	out := a.out
	if file != "-" {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	_, err = io.Copy(out, resp.Body)
	return err
}
