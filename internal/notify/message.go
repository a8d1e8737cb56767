// Package notify sends events on: it hands each event out to the webhooks that want it, and sends each delivery until it has
// arrived or is given up. What is to be done is in the store; messages only say "look at this now", and the sweep finds what
// no message came for. So an event arrives at least once, wherever a sender stops, and always under the same delivery's id.
package notify

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
	// sweepAgain is when a sweep looks again at what it has sent on.
	sweepAgain = 5 * time.Minute
)

// message names an event to be handed out, or a delivery to be sent.
type message struct {
	Version  int    `json:"v"`
	Team     string `json:"team"`
	Event    string `json:"event,omitempty"`
	Webhook  string `json:"webhook,omitempty"`
	Delivery string `json:"delivery,omitempty"`
}

func (m message) queued(delay time.Duration) (queue.Message, error) {
	m.Version = messageVersion
	body, err := json.Marshal(m)
	return queue.Message{Body: body, Delay: min(delay, queue.MaxDelay), Team: m.Team}, err
}

// Announcer returns what has events handed out at once, for store.Announce. What can't be sent the sweep finds.
func Announcer(q queue.Queue, log *slog.Logger) func(context.Context, []audit.Event) {
	return func(ctx context.Context, events []audit.Event) {
		out := make([]queue.Message, 0, len(events))
		for i := range events {
			if m, err := (message{Team: events[i].TeamID, Event: events[i].ID}).queued(0); err == nil { // it is made of strings
				out = append(out, m)
			}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceTimeout)
		defer cancel()
		if err := q.Send(ctx, out...); err != nil {
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
	var out []queue.Message
	for _, u := range due {
		mine, err := st.PostponeUnsent(ctx, u, now.Add(sweepAgain))
		if err != nil {
			return fmt.Errorf("sweep of events: %w", err)
		}
		if !mine {
			continue
		}
		m, err := message{Team: u.TeamID, Event: u.EventID, Webhook: u.WebhookID, Delivery: u.DeliveryID}.queued(0)
		if err != nil {
			return fmt.Errorf("sweep of events: %w", err)
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil
	}
	if err := q.Send(ctx, out...); err != nil {
		return fmt.Errorf("sweep of events: %w", err)
	}
	return nil
}
