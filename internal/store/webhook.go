package store

import (
	"context"
	"errors"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// Webhook is a webhook with its sealed secrets, which only whoever signs opens.
type Webhook struct {
	audit.Webhook
	Sealed []byte `json:"-"`
}

const webhookPrefix = "whk#"

func webhookKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: webhookPrefix + id} }

func webhookRecord() record[Webhook] {
	return record[Webhook]{
		what:    "webhook",
		key:     func(w *Webhook) table.Key { return webhookKey(w.TeamID, w.ID) },
		version: func(w *Webhook) *int64 { return &w.Version },
		restore: func(w *Webhook, key table.Key) { w.TeamID = key.PK },
		attrs:   func(w *Webhook) table.Attrs { return table.Attrs{attrBody: w.Sealed} },
		beside:  func(w *Webhook, it table.Item) { w.Sealed = it.Bytes(attrBody) },
	}
}

// CreateWebhook checks and stores a webhook. Invalid names each field at fault; Conflict, with code too_many_webhooks, when the
// team has audit.MaxWebhooks.
func (s *Store) CreateWebhook(ctx context.Context, w Webhook) (audit.Webhook, error) {
	w.CreatedAt = s.now()
	w.UpdatedAt = w.CreatedAt
	if err := w.Validate(); err != nil {
		return w.Webhook, err
	}
	all, err := s.AllWebhooks(ctx, w.TeamID)
	if err != nil {
		return w.Webhook, err
	}
	if len(all) >= audit.MaxWebhooks { // two that are made at once may be one too many: no harm
		return w.Webhook, &fault.Error{Kind: fault.Conflict, Code: "too_many_webhooks", Message: "the team has as many webhooks as it may have"}
	}
	_, err = s.db.Write(ctx, webhookRecord().put(&w))
	return w.Webhook, dbFault(err, "webhook")
}

// Webhook returns a webhook with its secrets, or NotFound.
func (s *Store) Webhook(ctx context.Context, teamID, id string) (Webhook, error) {
	if !knownID(id, audit.PrefixWebhook) {
		return Webhook{}, noSuch("webhook")
	}
	return webhookRecord().get(ctx, s.db, webhookKey(teamID, id))
}

// AllWebhooks returns a team's webhooks with their secrets, by id.
func (s *Store) AllWebhooks(ctx context.Context, teamID string) ([]Webhook, error) {
	var out []Webhook
	for it, err := range table.All(ctx, s.db, table.Query{Table: tableControl, PK: teamID, Prefix: webhookPrefix, Consistent: true}) {
		if err != nil {
			return nil, dbFault(err, "webhook")
		}
		w, err := webhookRecord().decode(it)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// Webhooks lists a team's webhooks, by id.
func (s *Store) Webhooks(ctx context.Context, teamID string, paging Paging) (Page[audit.Webhook], error) {
	q := table.Query{Table: tableControl, PK: teamID, Prefix: webhookPrefix, Consistent: true}
	r := webhookRecord()
	return list(ctx, s, q, paging, query("webhooks", teamID), r.what, func(it table.Item) (audit.Webhook, bool, error) {
		w, err := r.decode(it)
		return w.Webhook, true, err
	})
}

// UpdateWebhook changes a webhook, or its secrets, and returns it as stored. change may be called more than once; its error
// ends the update. Invalid names each field at fault.
func (s *Store) UpdateWebhook(ctx context.Context, teamID, id string, change func(*Webhook) error) (audit.Webhook, error) {
	if !knownID(id, audit.PrefixWebhook) {
		return audit.Webhook{}, noSuch("webhook")
	}
	w, err := webhookRecord().update(ctx, s.db, webhookKey(teamID, id), func(w *Webhook) error {
		if err := change(w); err != nil {
			return err
		}
		w.UpdatedAt = s.now()
		return w.Validate()
	}, nil)
	return w.Webhook, err
}

// DeleteWebhook removes a webhook and its secrets. What is on its way to it is given up. NotFound when there is none.
func (s *Store) DeleteWebhook(ctx context.Context, teamID, id string) error {
	if !knownID(id, audit.PrefixWebhook) {
		return noSuch("webhook")
	}
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Delete, Key: webhookKey(teamID, id), If: table.IfPresent(),
	})
	if errors.Is(err, table.ErrCondition) {
		return noSuch("webhook")
	}
	return dbFault(err, "webhook")
}
