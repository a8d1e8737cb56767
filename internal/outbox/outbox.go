// Package outbox is how what is to be sent gets to who sends it, package notify: messages that say "look at this now", from who
// makes a change, and the sweep that finds what no message came for. It links neither keys nor clients, so that every function can.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/store"
)

const (
	messageVersion = 1
	// announceTimeout bounds how long the maker of a change waits for its events' messages to be taken.
	announceTimeout = 5 * time.Second
	// sweepMax is how many events and deliveries one sweep sends on; the rest waits for the next.
	sweepMax = 4000
	// sweepBatch is how many messages it sends at once: what it has not sent when it stops waits for sweepAgain.
	sweepBatch = 100
	// sweepAgain is when a sweep looks again at what it has sent on.
	sweepAgain = 5 * time.Minute
)

// Message names an event to be handed out, or a delivery to be sent.
type Message struct {
	Version  int    `json:"v"`
	Team     string `json:"team"`
	Event    string `json:"event,omitempty"`
	Webhook  string `json:"webhook,omitempty"`
	Delivery string `json:"delivery,omitempty"`
}

// Parse reads a message. It fails for what isn't one, or is of another version.
func Parse(body []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("outbox: no message: %w", err)
	}
	if m.Version != messageVersion {
		return m, fmt.Errorf("outbox: a message of version %d", m.Version)
	}
	return m, nil
}

// Send has a queue deliver messages, each not before delay has passed; at most queue.MaxDelay.
func Send(ctx context.Context, q queue.Queue, delay time.Duration, messages ...Message) error {
	if len(messages) == 0 {
		return nil
	}
	out := make([]queue.Message, 0, len(messages))
	for _, m := range messages {
		m.Version = messageVersion
		body, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		out = append(out, queue.Message{Body: body, Delay: delay, Team: m.Team})
	}
	if err := q.Send(ctx, out...); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// Announcer returns what has events handed out at once, for store.Announce. What can't be sent the sweep finds.
func Announcer(q queue.Queue, log *slog.Logger) func(context.Context, []audit.Event) {
	return func(ctx context.Context, events []audit.Event) {
		out := make([]Message, 0, len(events))
		for i := range events {
			out = append(out, Message{Team: events[i].TeamID, Event: events[i].ID})
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceTimeout)
		defer cancel()
		if err := Send(ctx, q, 0, out...); err != nil {
			log.WarnContext(ctx, "events could not be announced", "events", len(out), "error", err)
		}
	}
}

// Sweep, scheduled every minute, has sent what should have been sent by now: events whose announcement was lost, deliveries
// whose time for another attempt has come, and those whose sender stopped.
func Sweep(ctx context.Context, st *store.Store, q queue.Queue) error {
	now := st.Now()
	due, err := st.UnsentBefore(ctx, now, sweepMax)
	if err != nil {
		return fmt.Errorf("sweep of events: %w", err)
	}
	out := make([]Message, 0, sweepBatch)
	for _, u := range due {
		mine, err := st.PostponeUnsent(ctx, u, now.Add(sweepAgain))
		if err != nil {
			return fmt.Errorf("sweep of events: %w", err)
		}
		if !mine {
			continue
		}
		out = append(out, Message{Team: u.TeamID, Event: u.EventID, Webhook: u.WebhookID, Delivery: u.DeliveryID})
		if len(out) == sweepBatch {
			if err := Send(ctx, q, 0, out...); err != nil {
				return err
			}
			out = out[:0]
		}
	}
	return Send(ctx, q, 0, out...)
}
