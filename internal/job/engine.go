// Package job runs the product's long work: schedules start executions, executions are made of tasks, tasks are
// delivered at least once by a queue and worked on under a lease. What a task does is its Handler's business.
//
// The queue only says "look at this task": all state is in the store, changed by conditional writes. So a message
// that is delivered twice, late, or by two workers at once does no harm, and one that is lost is sent again.
package job

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/store"
)

// Handler does the tasks of one kind. It may be called more than once for a task, also after it has done a part or
// all of it, so it must be idempotent. It returns nil when the task is done, Continue to go on in a new delivery, or
// an error, whose fault kind says whether to try again.
type Handler interface {
	Handle(ctx context.Context, run *Run) error
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, run *Run) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, run *Run) error { return f(ctx, run) }

// Clock tells the time and calls back.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f, in any goroutine, once d has passed, unless stop was called before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

// What zero fields of Options mean.
const (
	DefaultLease       = 2 * time.Minute
	DefaultTaskTimeout = 5 * time.Minute
	DefaultConcurrency = 4
)

// Options configure an Engine. Store, and Tasks or Route, are required; Handlers are, to work on tasks, and Locate, for
// executions of one resource.
type Options struct {
	Store *store.Store // with the same clock
	Tasks queue.Queue  // what Run and Work receive from, Handle's messages are of, and tasks are sent to
	// Route picks another queue for some tasks of an execution of that type; nil sends all to Tasks.
	Route    func(audit.JobType, audit.Task) queue.Queue
	Handlers map[audit.TaskKind]Handler
	// Types are the job types that can be run.
	Types []audit.JobType
	// Locate returns the slice that a resource is in, or NotFound.
	Locate func(ctx context.Context, teamID, resourceID string) (audit.Slice, error)
	// BeforeClose is called when an execution's last task has ended, with the execution as it will be. It may be
	// called more than once; the execution stays running until it succeeds.
	BeforeClose func(ctx context.Context, e audit.Execution, tasks []audit.Task) error
	Clock       Clock // the system's when nil
	Logger      *slog.Logger
	Worker      string        // names this process among all; random when empty
	Lease       time.Duration // how long a worker that says nothing keeps a task; pauses between attempts follow it
	TaskTimeout time.Duration // how long one delivery may take
	Concurrency int           // tasks that Run works on at once
}

// Engine starts, runs and ends executions. It is safe for concurrent use.
type Engine struct {
	opts  Options
	store *store.Store
	log   *slog.Logger
	seq   atomic.Uint64 // numbers this process's leases
}

// New returns an engine. Nothing runs until Run, Work, Tick or Maintain is called.
func New(opts Options) *Engine {
	if opts.Clock == nil {
		opts.Clock = systemClock{}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Worker == "" {
		opts.Worker = rand.Text()
	}
	if opts.Lease <= 0 {
		opts.Lease = DefaultLease
	}
	if opts.TaskTimeout <= 0 {
		opts.TaskTimeout = DefaultTaskTimeout
	}
	if opts.Concurrency <= 0 {
		opts.Concurrency = DefaultConcurrency
	}
	return &Engine{opts: opts, store: opts.Store, log: opts.Logger}
}

// owner names one attempt of this process.
func (e *Engine) owner() string { return e.opts.Worker + "/" + strconv.FormatUint(e.seq.Add(1), 10) }

// messageVersion is the version of messages that this program sends and understands.
const messageVersion = 1

// message is what the queue carries: which task to look at.
type message struct {
	Version     int    `json:"v"`
	TeamID      string `json:"team"`
	ExecutionID string `json:"execution"`
	TaskID      string `json:"task"`
}

// queueOf returns where a task of an execution of that type is sent.
func (e *Engine) queueOf(typ audit.JobType, t audit.Task) queue.Queue {
	if e.opts.Route == nil {
		return e.opts.Tasks
	}
	return e.opts.Route(typ, t)
}

// send has a queue deliver tasks of an execution of that type, each not before delay has passed.
func (e *Engine) send(ctx context.Context, typ audit.JobType, delay time.Duration, tasks ...audit.Task) error {
	messages := map[queue.Queue][]queue.Message{}
	for _, t := range tasks {
		body, err := json.Marshal(message{messageVersion, t.TeamID, t.ExecutionID, t.ID})
		if err != nil {
			return err
		}
		wait := max(delay, t.LeaseUntil.Sub(e.store.Now()))
		// A task that comes too early can't be leased; maintenance sends it again when it can.
		q := e.queueOf(typ, t)
		messages[q] = append(messages[q], queue.Message{Body: body, Delay: max(0, min(wait, queue.MaxDelay))})
	}
	var errs []error
	for q, ms := range messages {
		errs = append(errs, q.Send(ctx, ms...))
	}
	return errors.Join(errs...)
}

// finish ends a task, and with it the execution when it was the last.
func (e *Engine) finish(ctx context.Context, t audit.Task) error {
	if err := e.store.FinishTask(ctx, t); err != nil {
		return err
	}
	return e.closeExecution(ctx, t.TeamID, t.ExecutionID)
}

func (e *Engine) closeExecution(ctx context.Context, teamID, id string) error {
	x, closed, err := e.store.CloseExecution(ctx, teamID, id, e.opts.BeforeClose)
	if closed {
		e.log.InfoContext(ctx, "execution ended", "team", teamID, "execution", id, "type", x.Type,
			"status", x.Status, "tasks", x.Progress.TasksTotal, "took", x.FinishedAt.Sub(x.StartedAt))
	}
	if err != nil { // maintenance tries again each minute
		e.log.WarnContext(ctx, "an execution could not be closed", "team", teamID, "execution", id, "error", err)
	}
	return err
}
