package apitest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
)

// WebhookSecret is the secret of every webhook of the fake.
const WebhookSecret = "whs_of_the_fake"

// FirstWebhook returns the id of the fake's first webhook, and that of its first delivery, once they are made.
func FirstWebhook() (webhookID, deliveryID string) {
	webhookID = audit.DeriveID(audit.PrefixWebhook, "0")
	return webhookID, audit.DeliveryID(webhookID, audit.DeriveID(audit.PrefixEvent, "0"), New().now)
}

// Webhooks implements api.Webhooks.
func (f *Fake) Webhooks(_ context.Context, team string, p store.Paging) (store.Page[audit.Webhook], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.webhooks, team, func(*audit.Webhook) bool { return true }), p, "webhooks", team)
}

func (f *Fake) webhook(team, id string) (*audit.Webhook, error) {
	return find(f.webhooks, team, "webhook", func(w *audit.Webhook) bool { return w.ID == id })
}

// Webhook implements api.Webhooks.
func (f *Fake) Webhook(_ context.Context, team, id string) (audit.Webhook, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(f.webhook(team, id))
}

// CreateWebhook implements api.Webhooks. Private addresses are refused by how they begin.
func (f *Fake) CreateWebhook(_ context.Context, team string, w audit.Webhook) (audit.Webhook, secret.String, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.ID, w.TeamID, w.CreatedAt, w.UpdatedAt = audit.DeriveID(audit.PrefixWebhook, fmt.Sprint(len(f.webhooks))), team, f.now, f.now
	if err := w.Validate(); err != nil {
		return w, secret.String{}, fault.From(err)
	}
	if strings.HasPrefix(w.URL, "https://10.") {
		return w, secret.String{}, fault.Field("url", "must lead to a public address")
	}
	f.webhooks = append(f.webhooks, w)
	return w, secret.NewString(WebhookSecret), nil
}

// UpdateWebhook implements api.Webhooks.
func (f *Fake) UpdateWebhook(_ context.Context, team, id string, c api.WebhookChange) (audit.Webhook, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.webhook(team, id)
	if err != nil {
		return audit.Webhook{}, err
	}
	if c.Name != nil {
		w.Name = *c.Name
	}
	if c.URL != nil {
		w.URL = *c.URL
	}
	if c.Events != nil {
		w.Events = c.Events
	}
	if c.Enabled != nil {
		w.Enabled = *c.Enabled
	}
	return *w, nil
}

// DeleteWebhook implements api.Webhooks.
func (f *Fake) DeleteWebhook(_ context.Context, team, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.webhook(team, id); err != nil {
		return err
	}
	f.webhooks = slices.DeleteFunc(f.webhooks, func(w audit.Webhook) bool { return w.ID == id })
	return nil
}

// TestWebhook implements api.Webhooks. The receiver fails.
func (f *Fake) TestWebhook(_ context.Context, team, id, _ string) (audit.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.webhook(team, id); err != nil {
		return audit.Delivery{}, err
	}
	event := audit.DeriveID(audit.PrefixEvent, fmt.Sprint(len(f.deliveries)))
	d := audit.Delivery{
		ID: audit.DeliveryID(id, event, f.now), WebhookID: id, TeamID: team, EventID: event, Event: audit.EventPing, CreatedAt: f.now,
	}
	d.Record(http.StatusBadGateway, "no backend", "the receiver answered 502", 12*time.Millisecond, f.now)
	f.deliveries = append(f.deliveries, d)
	return d, nil
}

// RotateSecret implements api.Webhooks.
func (f *Fake) RotateSecret(_ context.Context, team, id string, overlap time.Duration) (audit.Webhook, secret.String, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.webhook(team, id)
	if err != nil {
		return audit.Webhook{}, secret.String{}, err
	}
	w.PreviousUntil = nil
	if overlap > 0 {
		w.PreviousUntil = new(f.now.Add(overlap))
	}
	return *w, secret.NewString(WebhookSecret), nil
}

// Deliveries implements api.Webhooks.
func (f *Fake) Deliveries(_ context.Context, team, webhookID string, filter store.DeliveryFilter, p store.Paging) (store.Page[audit.Delivery], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.webhook(team, webhookID); err != nil {
		return store.Page[audit.Delivery]{}, err
	}
	keep := func(d *audit.Delivery) bool {
		return d.WebhookID == webhookID && (filter.Status == "" || d.Status == filter.Status) && (filter.Event == "" || d.Event == filter.Event)
	}
	return page(of(f.deliveries, team, keep), p, "deliveries", team, webhookID, filter)
}

// Delivery implements api.Webhooks.
func (f *Fake) Delivery(_ context.Context, team, webhookID, id string) (audit.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(f.delivery(team, webhookID, id))
}

func (f *Fake) delivery(team, webhookID, id string) (*audit.Delivery, error) {
	return find(f.deliveries, team, "delivery", func(d *audit.Delivery) bool { return d.ID == id && d.WebhookID == webhookID })
}

// Redeliver implements api.Webhooks.
func (f *Fake) Redeliver(_ context.Context, team, webhookID, id string) (audit.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, err := f.delivery(team, webhookID, id)
	if err != nil {
		return audit.Delivery{}, err
	}
	if d.Status == audit.DeliveryPending {
		return *d, &fault.Error{Kind: fault.Conflict, Code: "delivery_pending", Message: "it is being sent right now"}
	}
	d.Again(f.now)
	return *d, nil
}
