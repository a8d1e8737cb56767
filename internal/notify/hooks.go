package notify

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/webhook"
)

// secrets are a webhook's, as they are sealed.
type secrets struct {
	Current  string    `json:"current"`
	Previous string    `json:"previous,omitempty"`
	Until    time.Time `json:"until,omitzero"` // from then on the previous one is no longer used
}

const sealedFor = "webhook" // bound to the sealed value, beside team and webhook

func (s *Sender) open(ctx context.Context, hook *store.Webhook) (secrets, error) {
	var out secrets
	keys, err := s.Keys(ctx)
	if err != nil {
		return out, err
	}
	plain, err := keys.Open(ctx, hook.Sealed, sealedFor, hook.TeamID, hook.ID)
	if err != nil {
		return out, fault.Wrap(fault.Internal, err, "a webhook's secret can't be opened with this installation's key")
	}
	if json.Unmarshal(plain, &out) != nil { // the cause may quote it
		return out, fault.New(fault.Internal, "a webhook's secret can't be read")
	}
	return out, nil
}

func (s *Sender) seal(ctx context.Context, teamID, id string, v secrets) ([]byte, error) {
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fault.New(fault.Internal, "a webhook's secret can't be written")
	}
	sealed, err := keys.Seal(ctx, plain, sealedFor, teamID, id)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a webhook's secret can't be sealed")
	}
	return sealed, nil
}

func (s *Sender) checkURL(url string) error {
	if why := s.Client.CheckURL(url); why != "" {
		return fault.Field("url", "%s", why)
	}
	return nil
}

// CreateWebhook checks and stores a webhook, and returns it with its secret, which is never shown again.
func (s *Sender) CreateWebhook(ctx context.Context, teamID string, w audit.Webhook) (audit.Webhook, secret.String, error) {
	w.ID, w.TeamID = audit.DeriveID(audit.PrefixWebhook, teamID, rand.Text()), teamID
	if err := w.Validate(); err != nil {
		return w, secret.String{}, err
	}
	if err := s.checkURL(w.URL); err != nil {
		return w, secret.String{}, err
	}
	key := webhook.NewSecret()
	sealed, err := s.seal(ctx, teamID, w.ID, secrets{Current: key.Reveal()})
	if err != nil {
		return w, secret.String{}, err
	}
	w, err = s.Store.CreateWebhook(ctx, store.Webhook{Webhook: w, Sealed: sealed})
	return w, key, err
}

// Change is what UpdateWebhook changes; nil fields stay.
type Change struct {
	Name    *string
	URL     *string
	Events  []audit.EventType
	Enabled *bool
}

// UpdateWebhook changes a webhook. Its secret stays, wherever its URL leads.
func (s *Sender) UpdateWebhook(ctx context.Context, teamID, id string, c Change) (audit.Webhook, error) {
	if c.URL != nil {
		if err := s.checkURL(*c.URL); err != nil {
			return audit.Webhook{}, err
		}
	}
	return s.Store.UpdateWebhook(ctx, teamID, id, func(w *store.Webhook) error {
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
		return nil
	})
}

// RotateSecret gives a webhook another secret and returns it. For as long as overlap, deliveries are signed with both; a
// secret before the present one, should it still be good, is not good any more.
func (s *Sender) RotateSecret(ctx context.Context, teamID, id string, overlap time.Duration) (audit.Webhook, secret.String, error) {
	key := webhook.NewSecret()
	w, err := s.Store.UpdateWebhook(ctx, teamID, id, func(w *store.Webhook) error {
		was, err := s.open(ctx, w)
		if err != nil {
			return err
		}
		next := secrets{Current: key.Reveal()}
		w.PreviousUntil = nil
		if overlap > 0 {
			until := s.Store.Now().Add(overlap)
			next.Previous, next.Until, w.PreviousUntil = was.Current, until, &until
		}
		w.Sealed, err = s.seal(ctx, teamID, id, next)
		return err
	})
	return w, key, err
}

// TestWebhook sends a ping at once, also to a webhook that is disabled, and returns what became of it. There is no other
// attempt.
func (s *Sender) TestWebhook(ctx context.Context, teamID, id, by string) (audit.Delivery, error) {
	hook, err := s.Store.Webhook(ctx, teamID, id)
	if err != nil {
		return audit.Delivery{}, err
	}
	e := audit.NewPing(teamID, id, by, rand.Text(), s.Store.Now())
	d, err := s.Store.CreatePing(ctx, e, s.begun(&e, id))
	if err != nil {
		return d, err
	}
	return s.attempt(ctx, &e, &hook, d)
}

// Redeliver has a delivery sent again, with the same id, whatever became of it: with all retries. Conflict, with code
// delivery_pending, while it is still being sent.
func (s *Sender) Redeliver(ctx context.Context, teamID, webhookID, id string) (audit.Delivery, error) {
	d, err := s.Store.UpdateDelivery(ctx, teamID, webhookID, id, func(d *audit.Delivery) error {
		if d.Status == audit.DeliveryPending && d.LeaseUntil.After(s.Store.Now()) && d.NextAttemptAt == nil {
			return &fault.Error{Kind: fault.Conflict, Code: "delivery_pending", Message: "it is being sent right now"}
		}
		d.Again(s.Store.Now())
		return nil
	})
	if err != nil {
		return d, err
	}
	if err := outbox.Send(ctx, s.Queue, 0, outbox.Message{Team: teamID, Webhook: webhookID, Delivery: id}); err != nil {
		s.Log.WarnContext(ctx, "a delivery could not be announced", "team", teamID, "delivery", id, "error", err)
	}
	return d, nil
}
