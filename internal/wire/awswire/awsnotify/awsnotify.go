// Package awsnotify puts together the function that sends events on.
package awsnotify

import (
	"context"
	"fmt"

	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awskeys"
	"github.com/infraudit/infraudit/internal/wire/eventswire"
)

// Notify is the function that sends events to webhooks: its queue names them. The messages of a batch are handled at once, so that
// one slow receiver doesn't hold up the others.
func Notify(ctx context.Context, name string) (lambdafn.Event, error) {
	f, err := awswire.New(ctx, name)
	if err != nil {
		return nil, err
	}
	events, err := f.Queue(f.Config.Queues.Events, "INFRAUDIT_QUEUE_EVENTS")
	if err != nil {
		return nil, err
	}
	keys, err := awskeys.Keys(f)
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", name, err)
	}
	sender, err := eventswire.Sender(eventswire.Options{
		Store: f.Store, Queue: events, Keys: keys, Allow: f.Config.WebhookAllow, Version: f.Config.Version, Log: f.Log,
	})
	if err != nil {
		return nil, err
	}
	f.AtOnce = true
	return f.Events(f.Messages(sender.Handle), nil), nil
}
