package apiwire

import (
	"context"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/notify"
	"github.com/infraudit/infraudit/internal/store"
)

// webhooks are the store's, with what their secrets and their sending take.
type webhooks struct {
	*notify.Sender
	store *store.Store
}

func (w webhooks) Webhooks(ctx context.Context, team string, p store.Paging) (store.Page[audit.Webhook], error) {
	return w.store.Webhooks(ctx, team, p)
}

func (w webhooks) Webhook(ctx context.Context, team, id string) (audit.Webhook, error) {
	hook, err := w.store.Webhook(ctx, team, id)
	return hook.Webhook, err
}

func (w webhooks) UpdateWebhook(ctx context.Context, team, id string, c api.WebhookChange) (audit.Webhook, error) {
	return w.Sender.UpdateWebhook(ctx, team, id, notify.Change(c))
}

func (w webhooks) DeleteWebhook(ctx context.Context, team, id string) error {
	return w.store.DeleteWebhook(ctx, team, id)
}

func (w webhooks) Deliveries(ctx context.Context, team, webhookID string, f store.DeliveryFilter, p store.Paging) (store.Page[audit.Delivery], error) {
	return w.store.Deliveries(ctx, team, webhookID, f, p)
}

func (w webhooks) Delivery(ctx context.Context, team, webhookID, id string) (audit.Delivery, error) {
	return w.store.Delivery(ctx, team, webhookID, id)
}
