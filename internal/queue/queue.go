// Package queue is the message queue interface, in SQS's terms: at least once, no order promised, a visibility
// time-out, and a dead-letter queue after too many receives. Drivers (memqueue; sqsqueue on AWS) pass one
// conformance suite, queuetest.
package queue

import (
	"context"
	"errors"
	"time"
)

// Limits that every driver enforces. Source: Amazon SQS Developer Guide, "Amazon SQS message quotas". SQS takes bodies
// of 1 MiB; ours are smaller, so that ten of them fit the 6 MB that a Lambda function is invoked with.
const (
	MaxBody  = 256 << 10        // bytes
	MaxDelay = 15 * time.Minute // how long a message may be held back when sent
	MaxBatch = 10               // messages that one receive returns
)

// Errors that drivers return. Match with errors.Is.
var (
	// ErrTooLarge: a body is over MaxBody, or a delay over MaxDelay; nothing of the call was sent.
	ErrTooLarge = errors.New("queue: message over a limit")
	// ErrClosed: the queue was closed.
	ErrClosed = errors.New("queue: closed")
	// ErrReceipt: the delivery isn't held any more: its visibility ran out, or it was acknowledged. A driver may not be
	// able to tell (SQS accepts what comes too late, and does nothing or removes the message), so no caller may need
	// the error to be right: who holds a task is what the task's item says.
	ErrReceipt = errors.New("queue: delivery no longer held")
)

// Message is what a sender sends.
type Message struct {
	Body  []byte
	Delay time.Duration // not delivered before; at most MaxDelay
	// Team is the id of the team whose message it is. Drivers don't send it; blobqueue keeps a body over MaxBody among
	// that team's objects.
	Team string
}

// Delivery is a message as received. It is hidden from other receivers until its visibility runs out.
type Delivery struct {
	ID       string // the same for each delivery of a message
	Body     []byte
	Receives int    // how often the message was delivered, this time included
	Receipt  string // names this delivery in Ack and Extend
}

// Queue is one queue with its dead-letter queue.
type Queue interface {
	// Send accepts messages; any number. When it fails, any of them may have been sent.
	Send(ctx context.Context, messages ...Message) error
	// Receive returns up to max messages (1 to MaxBatch), waiting up to wait for the first. None is not an error.
	Receive(ctx context.Context, max int, wait time.Duration) ([]Delivery, error)
	// Ack removes a delivered message. ErrReceipt when the delivery isn't held any more, if the driver can tell.
	Ack(ctx context.Context, d Delivery) error
	// Extend sets how long from now the delivery stays hidden; 0 makes it visible at once. ErrReceipt as for Ack.
	Extend(ctx context.Context, d Delivery, visibility time.Duration) error
	// MaxReceives tells how often a message is delivered before it goes to the dead-letter queue.
	MaxReceives() int
	// DeadLetters returns up to max messages of the dead-letter queue, without removing them.
	DeadLetters(ctx context.Context, max int) ([]Delivery, error)
	// Close ends waiting receives.
	Close() error
}
