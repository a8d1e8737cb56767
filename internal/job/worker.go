package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
)

const (
	receiveWait = 20 * time.Second // the longest that SQS waits
	// receivePause is how long a worker waits after the queue failed.
	receivePause = 5 * time.Second
	// endTimeout bounds the writes that end an attempt after the worker was told to stop.
	endTimeout = 10 * time.Second
)

// hideMargin is how much longer than the lease a message stays hidden: delivered again, its task can be leased.
func hideMargin(lease time.Duration) time.Duration {
	return max(time.Second, min(lease/8, 5*time.Second))
}

// Work receives tasks, so many at once, until ctx ends or the queue is closed. Then handlers have their context
// cancelled, and Work returns when they have returned; their tasks stay open for whoever works next.
func (e *Engine) Work(ctx context.Context, concurrency int) {
	var wg sync.WaitGroup
	for range concurrency {
		wg.Go(func() { e.receive(ctx) })
	}
	wg.Wait()
}

func (e *Engine) receive(ctx context.Context) {
	for ctx.Err() == nil {
		deliveries, err := e.opts.Tasks.Receive(ctx, 1, receiveWait)
		switch {
		case errors.Is(err, queue.ErrClosed):
			return
		case err != nil && ctx.Err() == nil:
			e.log.ErrorContext(ctx, "tasks can't be received", "error", err)
			e.pause(ctx, receivePause)
		}
		for _, d := range deliveries {
			e.deliver(ctx, d)
		}
	}
}

// pause waits until d has passed or ctx ends.
func (e *Engine) pause(ctx context.Context, d time.Duration) {
	alarm := make(chan struct{})
	stop := e.opts.Clock.AfterFunc(d, func() { close(alarm) })
	defer stop()
	select {
	case <-alarm:
	case <-ctx.Done():
	}
}

// verdict is what becomes of a message after an attempt.
type verdict struct {
	ack   bool
	again time.Duration // when not acknowledged: delivered again after this
}

var (
	done     = verdict{ack: true}
	again    = func(d time.Duration) verdict { return verdict{again: d} }
	errLost  = errors.New("job: the lease is lost")
	errStuck = fault.New(fault.Internal, "the task did not get any further")
)

func (e *Engine) deliver(ctx context.Context, d queue.Delivery) {
	if !e.Handle(ctx, d) {
		return
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := e.opts.Tasks.Ack(after, d); err != nil && !errors.Is(err, queue.ErrReceipt) { // delivered again already: no harm
		e.log.WarnContext(ctx, "a message could not be acknowledged", "error", err)
	}
}

// Handle works on the task that a message of Tasks names, and tells whether the message is done with: whoever received it
// then acknowledges it. Otherwise its visibility is set so that it is delivered again when it can be tried again. Work stops
// a little before ctx's deadline, if it has one: the task has saved its place by then, or is tried again.
func (e *Engine) Handle(ctx context.Context, d queue.Delivery) (done bool) {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.opts.TaskTimeout+endTimeout)
	defer cancel()
	hide := func(visibility time.Duration) error { return e.opts.Tasks.Extend(after, d, visibility) }
	v := e.attempt(ctx, d, hide)
	if v.ack {
		return true
	}
	if err := hide(v.again); err != nil && !errors.Is(err, queue.ErrReceipt) {
		e.log.WarnContext(ctx, "a message could not be given back", "error", err) // it comes when its visibility runs out
	}
	return false
}

// timeout is how long one delivery may take: less than the time limit of the host, so that what it came to can be recorded.
func (e *Engine) timeout(ctx context.Context) time.Duration {
	limit := e.opts.TaskTimeout
	if at, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(at)-endTimeout)
	}
	return limit
}

// attempt works on the task that a message names, and tells what becomes of the message.
func (e *Engine) attempt(ctx context.Context, d queue.Delivery, hide func(time.Duration) error) verdict {
	var m message
	if err := json.Unmarshal(d.Body, &m); err != nil || m.Version != messageVersion {
		if d.Receives == 1 {
			e.log.ErrorContext(ctx, "a message that can't be understood", "version", m.Version, "error", err)
		}
		return again(0) // and so to the dead letters, for someone to look at
	}
	log := e.log.With("team", m.TeamID, "execution", m.ExecutionID, "task", m.TaskID)
	x, stopping, err := e.store.ExecutionState(ctx, m.TeamID, m.ExecutionID)
	switch {
	case fault.Is(err, fault.NotFound):
		log.WarnContext(ctx, "a message for an execution that isn't there")
		return done
	case err == nil && stopping:
		err = e.cancelTasks(ctx, m.TeamID, m.ExecutionID)
		return e.settled(ctx, log, d, err)
	case err != nil || x.Status.Done():
		return e.settled(ctx, log, d, err)
	}
	t, ok, err := e.store.LeaseTask(ctx, m.TeamID, m.ExecutionID, m.TaskID, e.owner(), e.store.Now().Add(e.opts.Lease))
	switch {
	case fault.Is(err, fault.NotFound):
		log.WarnContext(ctx, "a message for a task that isn't there")
		return done
	case err == nil && !ok && t.Status.Done(): // whoever ended it may have stopped before closing the execution
		err = e.closeExecution(ctx, m.TeamID, m.ExecutionID)
		return e.settled(ctx, log, d, err)
	case err != nil || !ok: // somebody else works on it; should they die, maintenance sends it again
		return e.settled(ctx, log, d, err)
	}
	limit := e.timeout(ctx)
	run := &Run{Execution: x, engine: e, task: t, deadline: e.store.Now().Add(limit * 9 / 10)}
	err = e.handle(ctx, log, run, limit, hide)
	return e.end(ctx, log, d, run, err)
}

// settled is the verdict on a message that needs no more work, unless err says that looking failed.
func (e *Engine) settled(ctx context.Context, log *slog.Logger, d queue.Delivery, err error) verdict {
	if err == nil {
		return done
	}
	log.WarnContext(ctx, "a task could not be looked at", "error", err)
	return again(e.backoff(d.Receives))
}

// end records what an attempt came to.
func (e *Engine) end(ctx context.Context, log *slog.Logger, d queue.Delivery, run *Run, err error) verdict {
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	t := run.Task()
	var later continueAfter
	f := fault.From(err)
	switch {
	case err == nil:
		t.Status = audit.TaskSucceeded
		if run.partial {
			t.Status = audit.TaskPartial
		}
		return e.concluded(ctx, log, d, e.finish(ctx, t))
	case errors.Is(err, errLost):
		log.InfoContext(ctx, "the task was taken over or cancelled")
		return done
	case errors.As(err, &later), errors.Is(err, ErrContinue) && run.advanced:
		return e.goOn(ctx, log, d, run, time.Duration(later))
	case errors.Is(err, ErrContinue):
		f = errStuck
	case stopped: // this attempt doesn't count
		t.Attempts = max(0, t.Attempts-1)
		if err := e.store.ReleaseTask(ctx, t, e.store.Now()); err != nil {
			log.WarnContext(ctx, "a task could not be given back", "error", err)
		}
		return again(0)
	}
	log.WarnContext(ctx, "task failed", "kind", f.Kind, "attempt", t.Attempts, "error", err)
	message := safe(f)
	if f.Kind.Classify().Retry && t.Attempts < e.opts.Tasks.MaxReceives() {
		wait := e.backoff(max(t.Attempts, 1))
		run.Log(LevelWarn, "%s; trying again in %v", message, wait)
		return e.retry(ctx, log, d, run, wait)
	}
	run.Log(LevelError, "%s", message)
	t = run.Task()
	t.Status, t.Error = audit.TaskFailed, message
	v := e.concluded(ctx, log, d, e.finish(ctx, t))
	if v.ack && f.Kind == fault.Internal {
		return again(0) // our defect: the message ends among the dead letters, for someone to look at
	}
	return v
}

// concluded is the verdict on a message whose task was ended, err being what ending it gave.
func (e *Engine) concluded(ctx context.Context, log *slog.Logger, d queue.Delivery, err error) verdict {
	if fault.Is(err, fault.Conflict) {
		log.InfoContext(ctx, "the task was taken over or cancelled")
		return done
	}
	return e.settled(ctx, log, d, err)
}

// retry has a task delivered again after wait.
func (e *Engine) retry(ctx context.Context, log *slog.Logger, d queue.Delivery, run *Run, wait time.Duration) verdict {
	// Queues count in seconds: the task must be free when the message comes.
	if err := e.store.ReleaseTask(ctx, run.Task(), e.store.Now().Add(wait-time.Second)); err != nil {
		return e.concluded(ctx, log, d, err)
	}
	if d.Receives < e.opts.Tasks.MaxReceives() {
		return again(wait)
	}
	// The task got further since its first attempt, so that it isn't given up, but this message has had its chances.
	return e.replace(ctx, log, run.Execution.Type, run.Task(), wait)
}

// goOn has a task delivered anew after wait, with all its attempts.
func (e *Engine) goOn(ctx context.Context, log *slog.Logger, d queue.Delivery, run *Run, wait time.Duration) verdict {
	t := run.Task()
	t.Attempts = 0
	if err := e.store.ReleaseTask(ctx, t, e.store.Now().Add(max(0, wait-time.Second))); err != nil {
		return e.concluded(ctx, log, d, err)
	}
	return e.replace(ctx, log, run.Execution.Type, t, wait)
}

// replace sends a new message for a task, so that the one at hand can be acknowledged.
func (e *Engine) replace(ctx context.Context, log *slog.Logger, typ audit.JobType, t audit.Task, wait time.Duration) verdict {
	t.LeaseUntil = time.Time{}
	if err := e.send(ctx, typ, wait, t); err != nil {
		log.WarnContext(ctx, "a task could not be sent", "error", err)
		return again(wait)
	}
	return done
}

// backoff returns how long to wait after so many attempts: a quarter of a lease x 2^attempts (30 s, with leases of two
// minutes), 30 quarters at most, give or take a quarter, in whole seconds.
func (e *Engine) backoff(attempts int) time.Duration {
	unit := e.opts.Lease / 4
	d := min(unit<<min(attempts, 10), 30*unit)
	return max(time.Second, (d*3/4 + rand.N(d/2)).Round(time.Second))
}

// safe returns what a user may read about a fault.
func safe(f *fault.Error) string {
	if f.Message == "" {
		return f.Kind.Classify().Title
	}
	if f.Action != "" {
		return fmt.Sprintf("%s (%s)", f.Message, f.Action)
	}
	return f.Message
}
