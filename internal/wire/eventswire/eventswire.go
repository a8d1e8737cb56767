// Package eventswire puts together what sends events to webhooks, and keeps them. Both hosts use it; on AWS, of the functions, only
// those that do.
package eventswire

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/infraudit/infraudit/internal/notify"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/webhook"
)

// Options are what a sender needs of its host.
type Options struct {
	Store *store.Store
	Queue queue.Queue // of messages, which package outbox sends too
	Keys  func(context.Context) (*secret.Keys, error)
	// Allow are networks that webhooks may lead to although they aren't public; see webhook.ParseAllow.
	Allow   string
	Version string
	Log     *slog.Logger
}

// Sender returns what sends events. It fails only for networks that are none.
func Sender(o Options) (*notify.Sender, error) {
	allow, err := webhook.ParseAllow(o.Allow)
	if err != nil {
		return nil, fmt.Errorf("networks that webhooks may lead to (INFRAUDIT_WEBHOOK_ALLOW): %w", err)
	}
	client := webhook.NewClient(webhook.Options{Guard: webhook.Guard{Allow: allow}, Version: o.Version})
	return &notify.Sender{Store: o.Store, Queue: o.Queue, Keys: o.Keys, Client: client, Log: o.Log}, nil
}
