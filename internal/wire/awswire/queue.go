package awswire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/sqsqueue"
)

// Queue returns the queue that a function works on. Its URL must be in the environment; what names the variable.
func (f *Function) Queue(url, what string) (queue.Queue, error) {
	if url == "" {
		return nil, fmt.Errorf("environment of %s: %s is not set", f.Function, what)
	}
	q, err := sqsqueue.New(f.sqs, sqsqueue.Options{URL: url, MaxReceives: f.Config.MaxReceives})
	if err != nil {
		return nil, err // no nil pointer in an interface
	}
	return q, nil
}

// sender returns a queue to send to. A function that has not got it fails when it does send, and says so.
func (f *Function) sender(url string) queue.Queue {
	q, err := f.Queue(url, "its URL")
	if err != nil {
		return &absent{receives: f.Config.MaxReceives, err: fmt.Errorf("%s has no such queue: %w", f.Function, err)}
	}
	return q
}

// EventsQueue returns the queue of events, to send to. Without one a function's events wait for the sweep.
func (f *Function) EventsQueue() queue.Queue { return f.sender(f.Config.Queues.Events) }

// absent is a queue that the function was not given.
type absent struct {
	receives int
	err      error
}

func (a *absent) Send(context.Context, ...queue.Message) error { return a.err }

func (a *absent) Receive(context.Context, int, time.Duration) ([]queue.Delivery, error) {
	return nil, a.err
}
func (a *absent) Ack(context.Context, queue.Delivery) error                   { return a.err }
func (a *absent) Extend(context.Context, queue.Delivery, time.Duration) error { return a.err }
func (a *absent) MaxReceives() int                                            { return a.receives }

func (a *absent) DeadLetters(context.Context, int) ([]queue.Delivery, error) { return nil, a.err }
func (a *absent) Close() error                                               { return nil }

var errNoCommand = errors.New("awswire: the message is no command")
