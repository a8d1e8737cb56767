package api

import (
	"context"
	"net/http"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
)

// WebhookChange is what a PATCH changes of a webhook; nil leaves a field as it is.
type WebhookChange struct {
	Name    *string
	URL     *string
	Events  []audit.EventType
	Enabled *bool
}

// Webhooks are the addresses that are sent events, by id.
type Webhooks interface {
	Webhooks(ctx context.Context, team string, p store.Paging) (store.Page[audit.Webhook], error)
	Webhook(ctx context.Context, team, id string) (audit.Webhook, error)
	// CreateWebhook fills in id and times, and returns the secret, which is never shown again. A URL that may not be sent to is
	// Invalid.
	CreateWebhook(ctx context.Context, team string, w audit.Webhook) (audit.Webhook, secret.String, error)
	UpdateWebhook(ctx context.Context, team, id string, c WebhookChange) (audit.Webhook, error)
	DeleteWebhook(ctx context.Context, team, id string) error
	// TestWebhook sends a ping at once, once, and returns what became of it.
	TestWebhook(ctx context.Context, team, id, by string) (audit.Delivery, error)
	// RotateSecret makes another secret, beside which the one before stays good for a while.
	RotateSecret(ctx context.Context, team, id string, overlap time.Duration) (audit.Webhook, secret.String, error)
	// Deliveries are newest first.
	Deliveries(ctx context.Context, team, webhookID string, f store.DeliveryFilter, p store.Paging) (store.Page[audit.Delivery], error)
	Delivery(ctx context.Context, team, webhookID, id string) (audit.Delivery, error)
	// Redeliver has a delivery sent again, with its id; Conflict while it is being sent.
	Redeliver(ctx context.Context, team, webhookID, id string) (audit.Delivery, error)
}

type newWebhookBody struct {
	Name    string            `json:"name" minLength:"1" maxLength:"128"`
	URL     string            `json:"url" minLength:"1" maxLength:"2048" example:"https://example.com/hooks/infraudit" doc:"Where events are sent, by POST; its address must be a public one, or one that the operator allows"`
	Events  []audit.EventType `json:"events" minItems:"1" maxItems:"20" nullable:"false" enum:"drift.detected,drift.resolved,compliance.violation,job.completed,job.failed"`
	Enabled *bool             `json:"enabled,omitempty" default:"true"`
}

type webhookChangeBody struct {
	Name    *string           `json:"name,omitempty" minLength:"1" maxLength:"128"`
	URL     *string           `json:"url,omitempty" minLength:"1" maxLength:"2048"`
	Events  []audit.EventType `json:"events,omitempty" minItems:"1" maxItems:"20" nullable:"false" enum:"drift.detected,drift.resolved,compliance.violation,job.completed,job.failed"`
	Enabled *bool             `json:"enabled,omitempty"`
}

// WebhookWithSecret is a webhook at the only time that its secret is shown.
type WebhookWithSecret struct {
	audit.Webhook
	Secret string `json:"secret" doc:"The key of the signatures; it is not shown again"`
}

type byDelivery struct {
	ByID
	DeliveryID string `path:"delivery_id" maxLength:"128"`
}

func (a *api) webhookRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-webhooks", method: http.MethodGet, path: "/webhooks", summary: "List webhooks", description: "By id.",
		errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *PageQuery) (*one[list[audit.Webhook]], error) {
		return pageOf(s.Webhooks.Webhooks(ctx, who.Team, in.store()))
	})
	handle(a, operation{
		id: "create-webhook", method: http.MethodPost, path: "/webhooks", summary: "Create a webhook",
		description: "Its secret is in the answer and is not shown again; for that reason the answer is not kept under an " +
			"Idempotency-Key either. A team may have 20 webhooks.",
		status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *struct{ Body newWebhookBody }) (*created[WebhookWithSecret], error) {
		b := in.Body
		w, key, err := s.Webhooks.CreateWebhook(ctx, who.Team, audit.Webhook{
			Name: b.Name, URL: b.URL, Events: b.Events, Enabled: b.Enabled == nil || *b.Enabled, CreatedBy: who.User,
		})
		if err != nil {
			return nil, err
		}
		return &created[WebhookWithSecret]{Location: apiPrefix + "/webhooks/" + w.ID, Body: WebhookWithSecret{w, key.Reveal()}}, nil
	})
	handle(a, operation{
		id: "get-webhook", method: http.MethodGet, path: "/webhooks/{id}", summary: "Get a webhook",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Webhook], error) {
		return oneOf(s.Webhooks.Webhook(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "update-webhook", method: http.MethodPatch, path: "/webhooks/{id}", summary: "Change a webhook",
		description: "Its secret stays. What waits to be sent to one that is disabled is given up.", errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body webhookChangeBody
	},
	) (*one[audit.Webhook], error) {
		return oneOf(s.Webhooks.UpdateWebhook(ctx, who.Team, in.ID, WebhookChange(in.Body)))
	})
	handle(a, operation{
		id: "delete-webhook", method: http.MethodDelete, path: "/webhooks/{id}", summary: "Delete a webhook",
		description: "With its secret; what waits to be sent to it is given up.",
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Webhooks.DeleteWebhook(ctx, who.Team, in.ID)
	})
	handle(a, operation{
		id: "test-webhook", method: http.MethodPost, path: "/webhooks/{id}/test", summary: "Send a ping",
		description: "At once, also to a webhook that is disabled; the answer says what the receiver did. There is no other attempt.",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Delivery], error) {
		return oneOf(s.Webhooks.TestWebhook(ctx, who.Team, in.ID, who.User))
	})
	handle(a, operation{
		id: "rotate-webhook-secret", method: http.MethodPost, path: "/webhooks/{id}/rotate-secret", summary: "Make another secret",
		description: "It is in the answer and is not shown again. Until the overlap ends, deliveries carry a second signature, under the " +
			"secret before, in X-InfraAudit-Signature-Previous.",
		errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body *struct {
			OverlapHours *int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" default:"24" doc:"How long the secret before stays good"`
		} `nameHint:"RotateSecretBody"`
	},
	) (*one[WebhookWithSecret], error) {
		overlap := 24 * time.Hour
		if in.Body != nil && in.Body.OverlapHours != nil {
			overlap = time.Duration(*in.Body.OverlapHours) * time.Hour
		}
		w, key, err := s.Webhooks.RotateSecret(ctx, who.Team, in.ID, overlap)
		return oneOf(WebhookWithSecret{w, key.Reveal()}, err)
	})
	handle(a, operation{
		id: "list-deliveries", method: http.MethodGet, path: "/webhooks/{id}/deliveries", summary: "List what was sent to a webhook",
		description: "Newest event first. They are kept for 30 days.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		PageQuery
		Status string `query:"status" enum:"pending,delivered,failed"`
		Event  string `query:"event" enum:"drift.detected,drift.resolved,compliance.violation,job.completed,job.failed,ping"`
	},
	) (*one[list[audit.Delivery]], error) {
		f := store.DeliveryFilter{Status: audit.DeliveryStatus(in.Status), Event: audit.EventType(in.Event)}
		return pageOf(s.Webhooks.Deliveries(ctx, who.Team, in.ID, f, in.store()))
	})
	handle(a, operation{
		id: "get-delivery", method: http.MethodGet, path: "/webhooks/{id}/deliveries/{delivery_id}", summary: "Get a delivery",
	}, func(ctx context.Context, who Principal, in *byDelivery) (*one[audit.Delivery], error) {
		return oneOf(s.Webhooks.Delivery(ctx, who.Team, in.ID, in.DeliveryID))
	})
	handle(a, operation{
		id: "redeliver", method: http.MethodPost, path: "/webhooks/{id}/deliveries/{delivery_id}/redeliver", summary: "Send a delivery again",
		description: "Whatever became of it, with all retries, under the same delivery_id. It is 409, delivery_pending, while it is being sent.",
		status:      http.StatusAccepted, errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *byDelivery) (*created[audit.Delivery], error) {
		d, err := s.Webhooks.Redeliver(ctx, who.Team, in.ID, in.DeliveryID)
		if err != nil {
			return nil, err
		}
		return &created[audit.Delivery]{Location: apiPrefix + "/webhooks/" + in.ID + "/deliveries/" + d.ID, Body: d}, nil
	})
}
