// Package notify sends events on: it hands each event out to the webhooks that want it, and sends each delivery until it has
// arrived or is given up. What is to be done is in the store; messages (package outbox) only say "look at this now". So an event
// arrives at least once, wherever a sender stops, and always under the same delivery's id.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/webhook"
)

const (
	// lease is how long a sender has a delivery to itself: an attempt, and time to record what became of it.
	lease = webhook.Timeout + 20*time.Second
	// enough is what must be left of a host's time limit to begin an attempt.
	enough = webhook.Timeout + 3*time.Second
	// maxStarts is how many attempts of a round may be begun: some of them may stop part-way.
	maxStarts = 12
	// atOnce is how many webhooks one event is sent to at a time.
	atOnce = 8
	// recordTimeout bounds the writes that follow an attempt, also when the sender was told to stop.
	recordTimeout = 10 * time.Second

	receiveWait  = 20 * time.Second // the longest that SQS waits
	receivePause = 5 * time.Second
)

// Doer sends a message once.
type Doer interface {
	Send(ctx context.Context, m webhook.Message) webhook.Result
	// CheckURL tells what is wrong with a URL, "" for nothing.
	CheckURL(url string) string
}

// Sender hands events out and sends deliveries. It is safe for concurrent use.
type Sender struct {
	Store *store.Store
	Queue queue.Queue // of messages; what Work receives from
	// Keys returns the installation's keys, which seal the webhooks' secrets.
	Keys   func(ctx context.Context) (*secret.Keys, error)
	Client Doer
	Log    *slog.Logger
}

// Work handles messages, so many at once, until ctx ends or the queue is closed.
func (s *Sender) Work(ctx context.Context, concurrency int) {
	var wg sync.WaitGroup
	for range concurrency {
		wg.Go(func() { s.receive(ctx) })
	}
	wg.Wait()
}

func (s *Sender) receive(ctx context.Context) {
	for ctx.Err() == nil {
		deliveries, err := s.Queue.Receive(ctx, 1, receiveWait)
		switch {
		case errors.Is(err, queue.ErrClosed):
			return
		case err != nil && ctx.Err() == nil:
			s.Log.ErrorContext(ctx, "events can't be received", "error", err)
			pause(ctx, receivePause)
		}
		for _, d := range deliveries {
			s.deliver(ctx, d)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (s *Sender) deliver(ctx context.Context, d queue.Delivery) {
	if !s.Handle(ctx, d) {
		return
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := s.Queue.Ack(after, d); err != nil && !errors.Is(err, queue.ErrReceipt) { // delivered again: it finds nothing to do
		s.Log.WarnContext(ctx, "a message could not be acknowledged", "error", err)
	}
}

// Handle does what a message asks for, and tells whether the message is done with. Attempts that the deadline of ctx leaves no
// time for are left to the sweep.
func (s *Sender) Handle(ctx context.Context, d queue.Delivery) (done bool) {
	m, err := outbox.Parse(d.Body)
	if err != nil {
		if d.Receives == 1 {
			s.Log.ErrorContext(ctx, "a message that can't be understood", "error", err)
		}
		return false // and so to the dead letters, for someone to look at
	}
	if m.Event != "" {
		err = s.handOut(ctx, m.Team, m.Event)
	} else {
		err = s.resume(ctx, m.Team, m.Webhook, m.Delivery)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "an event could not be sent on", "team", m.Team, "event", m.Event, "webhook", m.Webhook,
			"delivery", m.Delivery, "error", err)
	}
	return err == nil
}

// handOut makes an event's deliveries and sends each once.
func (s *Sender) handOut(ctx context.Context, teamID, id string) error {
	e, err := s.Store.Event(ctx, teamID, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil || e.Done:
		return err
	}
	hooks, err := s.Store.AllWebhooks(ctx, teamID)
	if err != nil {
		return err
	}
	to := map[string]*store.Webhook{}
	var deliveries []audit.Delivery
	for i := range hooks {
		if hooks[i].Wants(e.Type) {
			d := s.begun(&e, hooks[i].ID)
			to[d.ID], deliveries = &hooks[i], append(deliveries, d)
		}
	}
	made, err := s.Store.CreateDeliveries(ctx, deliveries)
	if err != nil {
		return err
	}
	if err := s.Store.CloseEvent(ctx, teamID, id); err != nil {
		return err // what was made is in the index: the sweep finds it
	}
	g := errgroup.Group{}
	g.SetLimit(atOnce)
	errs := make([]error, len(made))
	for i := range made {
		g.Go(func() error {
			_, errs[i] = s.attempt(ctx, &e, to[made[i].ID], made[i])
			return nil // one receiver's trouble is not another's
		})
	}
	_ = g.Wait() // errs has them
	return errors.Join(errs...)
}

// begun makes a delivery whose first attempt is about to be made.
func (s *Sender) begun(e *audit.Event, webhookID string) audit.Delivery {
	now := s.Store.Now()
	return audit.Delivery{
		ID: audit.DeliveryID(webhookID, e.ID, e.At), WebhookID: webhookID, TeamID: e.TeamID, EventID: e.ID, Event: e.Type,
		Status: audit.DeliveryPending, CreatedAt: now, Starts: 1, LeaseUntil: now.Add(lease),
	}
}

// resume sends a delivery that is due once more.
func (s *Sender) resume(ctx context.Context, teamID, webhookID, id string) error {
	d, err := s.Store.Delivery(ctx, teamID, webhookID, id)
	now := s.Store.Now()
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil || d.Status != audit.DeliveryPending || d.LeaseUntil.After(now): // it waits, or somebody sends it now
		return err
	}
	hook, err := s.Store.Webhook(ctx, teamID, webhookID)
	switch {
	case fault.Is(err, fault.NotFound):
		return s.giveUp(ctx, d, "the webhook was deleted")
	case err != nil:
		return err
	case !hook.Enabled && d.Event != audit.EventPing:
		return s.giveUp(ctx, d, "the webhook is disabled")
	case d.Starts >= maxStarts:
		return s.giveUp(ctx, d, fmt.Sprintf("sending it stopped part-way, %d times", d.Starts-d.Round))
	}
	e, err := s.Store.Event(ctx, teamID, d.EventID)
	if fault.Is(err, fault.NotFound) {
		return s.giveUp(ctx, d, "the event is no longer kept")
	} else if err != nil {
		return err
	}
	d.Starts++
	d.NextAttemptAt = nil
	d.LeaseUntil = now.Add(lease)
	d, err = s.Store.PutDelivery(ctx, d)
	if fault.Is(err, fault.Conflict) {
		return nil // somebody else sends it
	} else if err != nil {
		return err
	}
	_, err = s.attempt(ctx, &e, &hook, d)
	return err
}

func (s *Sender) giveUp(ctx context.Context, d audit.Delivery, why string) error {
	d.Fail(why)
	_, err := s.Store.PutDelivery(ctx, d)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// attempt sends a delivery that is the caller's, once, and records what became of it.
func (s *Sender) attempt(ctx context.Context, e *audit.Event, hook *store.Webhook, d audit.Delivery) (audit.Delivery, error) {
	if at, ok := ctx.Deadline(); ok && time.Until(at) < enough {
		return d, nil // when its lease is over, the sweep has it sent
	}
	now := s.Store.Now()
	keys, err := s.open(ctx, hook)
	if err != nil {
		return d, err
	}
	previous := secret.String{}
	if keys.Until.After(now) {
		previous = secret.NewString(keys.Previous)
	}
	m, err := webhook.NewMessage(hook.URL, webhook.Envelope{
		Event: e.Type, Timestamp: now, WebhookID: hook.ID, DeliveryID: d.ID, Data: e.Data,
	}, secret.NewString(keys.Current), previous)
	if err != nil {
		return d, err
	}
	r := s.Client.Send(ctx, m)
	if ctx.Err() != nil && !r.OK() {
		return d, ctx.Err() // it was our end, not the receiver's
	}
	return s.record(ctx, d, r)
}

// record writes what became of an attempt, and has the next one made in time.
func (s *Sender) record(ctx context.Context, d audit.Delivery, r webhook.Result) (audit.Delivery, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	note := func(d *audit.Delivery) { d.Record(r.Status, r.Excerpt, r.Error, r.Took, s.Store.Now()) }
	ours := d
	note(&ours)
	stored, err := s.Store.PutDelivery(ctx, ours)
	if fault.Is(err, fault.Conflict) && r.OK() { // it took longer than the lease; whatever others think, it has arrived
		stored, err = s.Store.UpdateDelivery(ctx, d.TeamID, d.WebhookID, d.ID, func(d *audit.Delivery) error { note(d); return nil })
	}
	if fault.Is(err, fault.Conflict) {
		return ours, nil // somebody else tries again
	} else if err != nil {
		return ours, err
	}
	if stored.Status == audit.DeliveryPending {
		s.soon(ctx, stored)
	}
	return stored, nil
}

// soon has a delivery that waits for its time sent on time, when that is near enough for a message; otherwise, or when the
// message is lost, the sweep does so within a minute of it.
func (s *Sender) soon(ctx context.Context, d audit.Delivery) {
	wait := d.LeaseUntil.Sub(s.Store.Now())
	if wait >= queue.MaxDelay {
		return
	}
	// Queues count in seconds: it must be due when the message comes.
	err := outbox.Send(ctx, s.Queue, wait+time.Second, outbox.Message{Team: d.TeamID, Webhook: d.WebhookID, Delivery: d.ID})
	if err != nil {
		s.Log.WarnContext(ctx, "a delivery could not be announced", "team", d.TeamID, "delivery", d.ID, "error", err)
	}
}
