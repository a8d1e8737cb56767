package cli

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

// shownWebhook is a webhook, with its secret where that is shown.
type shownWebhook struct {
	audit.Webhook
	Secret string `json:"secret"`
}

func newWebhookCmd(a *app) *cobra.Command {
	list := leaf("list", "List webhooks", "", func(ctx context.Context, _ []string) error {
		return showList(ctx, a, "/webhooks", nil, webhookColumns())
	})
	a.addListFlags(list)
	get := leaf("get ID", "Show a webhook", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodGet, at("/webhooks/%s", args[0]), nil, nil, webhookColumns())
	})
	remove := leaf("delete ID", "Delete a webhook; what waits to be sent to it is given up", "", func(ctx context.Context, args []string) error {
		return a.send(ctx, http.MethodDelete, at("/webhooks/%s", args[0]), "deleted")
	})
	test := leaf("test ID", "Send a ping now, and show what the receiver did", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodPost, at("/webhooks/%s/test", args[0]), nil, nil, deliveryColumns())
	})
	f := filters{}
	deliveries := leaf("deliveries ID", "List what was sent to a webhook, newest first", "infraudit webhook deliveries whk_1a2b3c --status failed",
		func(ctx context.Context, args []string) error {
			return showList(ctx, a, at("/webhooks/%s/deliveries", args[0]), f.query(), deliveryColumns())
		})
	a.addListFlags(deliveries)
	f.flag(deliveries, "status", "status", "pending, delivered or failed")
	f.flag(deliveries, "event", "event", "a type of event, such as drift.detected")
	redeliver := leaf("redeliver ID DELIVERY", "Send a delivery again, under the same id", "", func(ctx context.Context, args []string) error {
		path := at("/webhooks/%s", args[0]) + at("/deliveries/%s/redeliver", args[1])
		return showOne(ctx, a, http.MethodPost, path, nil, nil, deliveryColumns())
	})
	var overlap int
	rotate := leaf("rotate-secret ID", "Make another secret; it is shown once", "infraudit webhook rotate-secret whk_1a2b3c --overlap-hours 48",
		func(ctx context.Context, args []string) error {
			return showOne(ctx, a, http.MethodPost, at("/webhooks/%s/rotate-secret", args[0]), nil, map[string]int{"overlap_hours": overlap}, webhookColumns())
		})
	rotate.Flags().IntVar(&overlap, "overlap-hours", 24, "how long deliveries are signed under the secret before, too")
	return group("webhook", "Where events are sent", list, get, newWebhookCreateCmd(a), newWebhookUpdateCmd(a), remove, test, deliveries,
		redeliver, rotate, newListenCmd(a))
}

func newWebhookCreateCmd(a *app) *cobra.Command {
	var body struct {
		Name    string   `json:"name"`
		URL     string   `json:"url"`
		Events  []string `json:"events"`
		Enabled bool     `json:"enabled"`
	}
	var disabled bool
	cmd := leaf("create", "Create a webhook; its secret is shown once",
		`infraudit webhook create --name chat --url https://example.com/hooks/infraudit --events drift.detected,job.failed`,
		func(ctx context.Context, _ []string) error {
			body.Enabled = !disabled
			return showOne(ctx, a, http.MethodPost, "/webhooks", nil, body, webhookColumns())
		})
	f := cmd.Flags()
	f.StringVar(&body.Name, "name", "", "what to call it")
	f.StringVar(&body.URL, "url", "", "where events are sent, by POST")
	f.StringSliceVar(&body.Events, "events", eventNames(), "which events it is sent")
	f.BoolVar(&disabled, "disabled", false, "send it nothing yet")
	_ = cmd.MarkFlagRequired("name") // only fails for a flag that doesn't exist
	_ = cmd.MarkFlagRequired("url")
	return cmd
}

func newWebhookUpdateCmd(a *app) *cobra.Command {
	var name, url string
	var events []string
	var enabled bool
	var cmd *cobra.Command
	cmd = leaf("update ID", "Change a webhook; its secret stays", "infraudit webhook update whk_1a2b3c --enabled=false",
		func(ctx context.Context, args []string) error {
			body := map[string]any{}
			for flag, v := range map[string]any{"name": name, "url": url, "events": events, "enabled": enabled} {
				if cmd.Flags().Changed(flag) {
					body[flag] = v
				}
			}
			return showOne(ctx, a, http.MethodPatch, at("/webhooks/%s", args[0]), nil, body, webhookColumns())
		})
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "what to call it")
	f.StringVar(&url, "url", "", "where events are sent")
	f.StringSliceVar(&events, "events", nil, "which events it is sent")
	f.BoolVar(&enabled, "enabled", true, "whether it is sent any")
	cmd.MarkFlagsOneRequired("name", "url", "events", "enabled")
	return cmd
}

func eventNames() []string {
	var out []string
	for _, t := range audit.EventTypes() {
		out = append(out, string(t))
	}
	return out
}

func webhookColumns() []column[shownWebhook] {
	return []column[shownWebhook]{
		{head: "id", value: func(w *shownWebhook) string { return w.ID }},
		{head: "name", value: func(w *shownWebhook) string { return w.Name }},
		{head: "url", value: func(w *shownWebhook) string { return w.URL }},
		{head: "events", value: func(w *shownWebhook) string {
			names := make([]string, len(w.Events))
			for i, e := range w.Events {
				names[i] = string(e)
			}
			return strings.Join(names, " ")
		}},
		{head: "enabled", value: func(w *shownWebhook) string { return strconv.FormatBool(w.Enabled) }},
		{head: "created", value: func(w *shownWebhook) string { return when(w.CreatedAt) }, wide: true},
		{head: "previous secret until", value: func(w *shownWebhook) string { return whenPtr(w.PreviousUntil) }, wide: true},
		{head: "secret", value: func(w *shownWebhook) string { return w.Secret }, wide: true},
	}
}

func deliveryColumns() []column[audit.Delivery] {
	return []column[audit.Delivery]{
		{head: "id", value: func(d *audit.Delivery) string { return d.ID }},
		{head: "event", value: func(d *audit.Delivery) string { return string(d.Event) }},
		{head: "status", value: func(d *audit.Delivery) string { return string(d.Status) }},
		{head: "attempts", value: func(d *audit.Delivery) string { return strconv.Itoa(d.Attempts) }},
		{head: "answer", value: func(d *audit.Delivery) string {
			if d.ResponseStatus == 0 {
				return ""
			}
			return strconv.Itoa(d.ResponseStatus)
		}},
		{head: "created", value: func(d *audit.Delivery) string { return when(d.CreatedAt) }},
		{head: "next attempt", value: func(d *audit.Delivery) string { return whenPtr(d.NextAttemptAt) }},
		{head: "error", value: func(d *audit.Delivery) string { return d.Error }},
		{head: "took", value: func(d *audit.Delivery) string { return (time.Duration(d.TookMS) * time.Millisecond).String() }, wide: true},
		{head: "excerpt", value: func(d *audit.Delivery) string { return d.ResponseExcerpt }, wide: true},
	}
}
