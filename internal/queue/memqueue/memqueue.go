// Package memqueue is the in-process driver of queue.Queue. It keeps what Amazon SQS promises, and no more: a
// message whose holder doesn't acknowledge it in time is delivered again, and goes to the dead letters after too many
// deliveries. Nothing outlives the process, so whoever uses it must be able to find again the work that was queued.
package memqueue

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/queue"
)

// What a zero field of Options means.
const (
	DefaultVisibility  = 30 * time.Second // as SQS
	DefaultMaxReceives = 5
)

// maxDead bounds the dead letters kept, so that a long-lived process doesn't grow: the oldest go first. SQS bounds
// them by age instead (14 days).
const maxDead = 1000

// Options configure a queue. The zero value works.
type Options struct {
	Visibility  time.Duration // how long a delivery stays hidden unless extended
	MaxReceives int           // deliveries before a message becomes a dead letter
	Clock       Clock         // the system's when nil
	// Duplicate, when it returns true for a sent message's id, has that message delivered twice, possibly to two
	// receivers at once, as SQS may do at any time. For tests.
	Duplicate func(id string) bool
}

// Queue is an in-process queue. It is safe for concurrent use.
type Queue struct {
	opts Options

	mu     sync.Mutex
	seq    uint64 // numbers messages and deliveries
	ready  fifo
	hidden hiddenHeap        // delayed or delivered, by when they become visible
	held   map[string]*entry // delivered, by receipt
	dead   []queue.Delivery  // oldest first
	wake   chan struct{}     // closed, and replaced, when a waiting receive should look again
	closed bool
}

var _ queue.Queue = (*Queue)(nil)

// New makes an empty queue.
func New(opts Options) *Queue {
	if opts.Visibility <= 0 {
		opts.Visibility = DefaultVisibility
	}
	if opts.MaxReceives <= 0 {
		opts.MaxReceives = DefaultMaxReceives
	}
	if opts.Clock == nil {
		opts.Clock = systemClock{}
	}
	return &Queue{opts: opts, held: map[string]*entry{}, wake: make(chan struct{})}
}

// Send implements queue.Queue. It sends all messages or none.
func (q *Queue) Send(ctx context.Context, messages ...queue.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if err := queue.Check(messages); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return fmt.Errorf("send: %w", queue.ErrClosed)
	}
	now := q.opts.Clock.Now()
	for _, m := range messages {
		id := "msg-" + q.next()
		q.add(&entry{id: id, body: bytes.Clone(m.Body)}, now, m.Delay)
		if q.opts.Duplicate != nil && q.opts.Duplicate(id) {
			q.add(&entry{id: id, body: bytes.Clone(m.Body)}, now, m.Delay)
		}
	}
	q.wakeAll()
	return nil
}

// Receive implements queue.Queue. Messages come in the order in which they became visible.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	if err := queue.CheckBatch(max); err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	deadline := q.opts.Clock.Now().Add(wait)
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("receive: %w", err)
		}
		got, wake, pause, err := q.take(max, deadline)
		if err != nil || len(got) > 0 || pause <= 0 {
			return got, err
		}
		alarm := make(chan struct{})
		stop := q.opts.Clock.AfterFunc(pause, func() { close(alarm) })
		select {
		case <-wake:
		case <-alarm:
		case <-ctx.Done():
		}
		stop()
	}
}

// take delivers up to max visible messages. When there is none it returns how long to pause, at most until the
// deadline, and the channel whose closing says to look sooner.
func (q *Queue) take(max int, deadline time.Time) (got []queue.Delivery, wake <-chan struct{}, pause time.Duration, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, nil, 0, fmt.Errorf("receive: %w", queue.ErrClosed)
	}
	now := q.opts.Clock.Now()
	q.surface(now)
	for len(got) < max {
		e := q.ready.pop()
		if e == nil {
			break
		}
		e.receives++
		e.receipt = e.id + "/" + q.next()
		q.held[e.receipt] = e
		q.hidden.add(e, now.Add(q.opts.Visibility))
		got = append(got, queue.Delivery{
			ID: e.id, Body: bytes.Clone(e.body), Receives: e.receives, Receipt: e.receipt,
		})
	}
	until := deadline
	if next, ok := q.hidden.next(); ok && next.Before(until) {
		until = next
	}
	return got, q.wake, until.Sub(now), nil
}

// Ack implements queue.Queue. It works after Close, so that a worker that is shutting down can finish.
func (q *Queue) Ack(ctx context.Context, d queue.Delivery) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ack: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.holding(d)
	if err != nil {
		return fmt.Errorf("ack: %w", err)
	}
	q.hidden.remove(e)
	delete(q.held, e.receipt)
	return nil
}

// Extend implements queue.Queue. Like Ack it works after Close.
func (q *Queue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	if visibility > queue.MaxVisibility {
		return fmt.Errorf("extend by %v, at most %v: %w", visibility, queue.MaxVisibility, queue.ErrTooLarge)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.holding(d)
	if err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	now := q.opts.Clock.Now()
	q.hidden.move(e, now.Add(visibility))
	q.surface(now)
	q.wakeAll() // a receive may be waiting for a later time
	return nil
}

// MaxReceives implements queue.Queue.
func (q *Queue) MaxReceives() int { return q.opts.MaxReceives }

// DeadLetters implements queue.Queue: the oldest first, of at most 1,000 that are kept. Receipts are empty.
func (q *Queue) DeadLetters(ctx context.Context, max int) ([]queue.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.surface(q.opts.Clock.Now())
	out := make([]queue.Delivery, 0, min(max, len(q.dead)))
	for _, d := range q.dead[:cap(out)] {
		d.Body = bytes.Clone(d.Body)
		out = append(out, d)
	}
	return out, nil
}

// Close implements queue.Queue: waiting receives return ErrClosed. Closing twice is fine.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wakeAll()
	return nil
}

func (q *Queue) next() string {
	q.seq++
	return strconv.FormatUint(q.seq, 10)
}

func (q *Queue) add(e *entry, now time.Time, delay time.Duration) {
	if delay > 0 {
		q.hidden.add(e, now.Add(delay))
		return
	}
	q.ready.push(e)
}

// surface makes visible what is due, and buries what was delivered too often.
func (q *Queue) surface(now time.Time) {
	for e := q.hidden.popDue(now); e != nil; e = q.hidden.popDue(now) {
		delete(q.held, e.receipt)
		e.receipt = ""
		if e.receives < q.opts.MaxReceives {
			q.ready.push(e)
			continue
		}
		if len(q.dead) == maxDead {
			q.dead = append(q.dead[:0], q.dead[1:]...)
		}
		q.dead = append(q.dead, queue.Delivery{ID: e.id, Body: e.body, Receives: e.receives})
	}
}

// holding returns the entry that the delivery still holds.
func (q *Queue) holding(d queue.Delivery) (*entry, error) {
	q.surface(q.opts.Clock.Now())
	e, ok := q.held[d.Receipt]
	if !ok || e.id != d.ID {
		return nil, fmt.Errorf("%s: %w", d.ID, queue.ErrReceipt)
	}
	return e, nil
}

func (q *Queue) wakeAll() {
	close(q.wake)
	q.wake = make(chan struct{})
}
