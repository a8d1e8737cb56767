// Package blobqueue lets bodies over queue.MaxBody through a queue: it keeps them in the blob store, among their team's
// objects, and sends a reference. It goes around any queue.Queue.
//
// An object is deleted when its message is acknowledged. Whatever is left, such as dead letters' bodies, is for the
// bucket's lifecycle, which must keep objects for longer than the queues keep messages (14 days at most).
package blobqueue

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
)

// MaxBody bounds a body, in bytes: whoever receives messages holds queue.MaxBatch of them in memory.
const MaxBody = 8 << 20

// putConcurrency is how many objects one Send stores at a time.
const putConcurrency = 4

// ErrGone: the body isn't in the blob store any more, since the message was acknowledged before. It is to be acknowledged
// again.
var ErrGone = errors.New("blobqueue: message acknowledged before")

// Queue is a queue that takes bodies of up to MaxBody bytes from teams, and of queue.MaxBody from nobody.
type Queue struct {
	queue.Queue
	objects *blob.Store
	name    string
}

var _ queue.Queue = (*Queue)(nil)

// New goes around q. Objects have keys of the form <team>/queue/<name>/<random>.
func New(q queue.Queue, objects *blob.Store, name string) *Queue {
	return &Queue{Queue: q, objects: objects, name: name}
}

// What begins a body that is a reference, and the body of one that would look like it.
const (
	refMark     = "blob:"
	escapedMark = "blob::" // no key begins with a colon
)

// inline returns the body as it is sent in the message itself.
func inline(body []byte) []byte {
	if rest, ok := bytes.CutPrefix(body, []byte(refMark)); ok {
		return append([]byte(escapedMark), rest...)
	}
	return body
}

// Send implements queue.Queue. queue.ErrTooLarge for a body over MaxBody, or over queue.MaxBody when no team is named.
// When it fails, objects may be left.
func (q *Queue) Send(ctx context.Context, messages ...queue.Message) error {
	out := make([]queue.Message, len(messages))
	bodies := map[string][]byte{} // by key
	for i, m := range messages {
		out[i] = m
		out[i].Body = inline(m.Body)
		if len(out[i].Body) <= queue.MaxBody || m.Team == "" {
			continue // the driver refuses what is too large
		}
		if len(m.Body) > MaxBody {
			return fmt.Errorf("send: message %d has %d bytes, at most %d: %w", i, len(m.Body), MaxBody, queue.ErrTooLarge)
		}
		key := m.Team + "/queue/" + q.name + "/" + rand.Text()
		bodies[key], out[i].Body = m.Body, []byte(refMark+key)
	}
	if len(bodies) > 0 {
		if err := queue.Check(out); err != nil { // before anything is stored
			return fmt.Errorf("send: %w", err)
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(putConcurrency)
	for key, body := range bodies {
		group.Go(func() error {
			return q.objects.Put(groupCtx, key, bytes.NewReader(body), blob.PutOptions{ContentType: "application/octet-stream"})
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return q.Queue.Send(ctx, out...)
}

// Receive implements queue.Queue. A message whose body can't be fetched is left out, and comes back after its visibility;
// Receive fails when there is no other.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	if err != nil {
		return nil, err
	}
	out := got[:0]
	var failed error
	for _, d := range got {
		loaded, err := q.Load(ctx, d)
		switch {
		case err == nil:
			out = append(out, loaded)
		case errors.Is(err, ErrGone):
			if err := q.Queue.Ack(ctx, d); err != nil && !errors.Is(err, queue.ErrReceipt) {
				failed = err
			}
		default:
			failed = err
		}
	}
	if len(out) == 0 && failed != nil {
		return nil, fmt.Errorf("receive: %w", failed)
	}
	return out, nil
}

// Load returns a delivery of the queue within, however it was received, with its own body; Ack and Extend take what it
// returns. ErrGone when the message was acknowledged before.
func (q *Queue) Load(ctx context.Context, d queue.Delivery) (queue.Delivery, error) {
	rest, ok := bytes.CutPrefix(d.Body, []byte(refMark))
	if !ok {
		return d, nil
	}
	if escaped, ok := bytes.CutPrefix(d.Body, []byte(escapedMark)); ok {
		d.Body = append([]byte(refMark), escaped...)
		return d, nil
	}
	key := string(rest)
	object, err := q.objects.Get(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return queue.Delivery{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err != nil {
		return queue.Delivery{}, err
	}
	defer object.Close()
	if object.Size > MaxBody {
		return queue.Delivery{}, fmt.Errorf("%s has %d bytes, at most %d: %w", key, object.Size, MaxBody, queue.ErrTooLarge)
	}
	if d.Body, err = io.ReadAll(object); err != nil {
		return queue.Delivery{}, fault.Wrap(fault.Unavailable, err, "a message's body can't be read")
	}
	d.Receipt = refMark + key + " " + d.Receipt
	return d, nil
}

// within returns the delivery as the queue within knows it, and the key of its body ("" when it had it itself).
func within(d queue.Delivery) (inner queue.Delivery, key string) {
	rest, ok := strings.CutPrefix(d.Receipt, refMark)
	if !ok {
		return d, ""
	}
	key, d.Receipt, _ = strings.Cut(rest, " ") // no key has a space
	return d, key
}

// Ack implements queue.Queue. That an object can't be deleted is no error: its message is gone.
func (q *Queue) Ack(ctx context.Context, d queue.Delivery) error {
	inner, _ := within(d)
	if err := q.Queue.Ack(ctx, inner); err != nil {
		return err
	}
	_ = q.Discard(ctx, d) // else the lifecycle does it
	return nil
}

// Discard deletes the body of a delivery that Load returned and that the host of a function acknowledges.
func (q *Queue) Discard(ctx context.Context, d queue.Delivery) error {
	_, key := within(d)
	if key == "" {
		return nil
	}
	return q.objects.Delete(ctx, key)
}

// Extend implements queue.Queue.
func (q *Queue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) error {
	inner, _ := within(d)
	return q.Queue.Extend(ctx, inner, visibility)
}

// DeadLetters implements queue.Queue. A body that is gone is listed as the reference to it.
func (q *Queue) DeadLetters(ctx context.Context, max int) ([]queue.Delivery, error) {
	dead, err := q.Queue.DeadLetters(ctx, max)
	if err != nil {
		return nil, err
	}
	for i, d := range dead {
		loaded, err := q.Load(ctx, d)
		switch {
		case err == nil:
			loaded.Receipt = d.Receipt
			dead[i] = loaded
		case !errors.Is(err, ErrGone):
			return nil, fmt.Errorf("dead letters: %w", err)
		}
	}
	return dead, nil
}
