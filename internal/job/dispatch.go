package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

const (
	period = time.Minute // of Tick and Maintain
	// maxDue is how many jobs one Tick starts; the rest are due still at the next.
	maxDue = 1000
)

// Run is the whole engine in one process, until ctx ends: what was open at the last stop is taken up, then tasks
// are worked on, due jobs started and lost tasks found again. It is for a store and a queue that no other process uses.
func (e *Engine) Run(ctx context.Context) {
	e.attend(ctx, "recover", e.Recover)
	var wg sync.WaitGroup
	wg.Go(func() { e.Work(ctx, e.opts.Concurrency) })
	wg.Go(func() { e.every(ctx, "tick", e.Tick) })
	wg.Go(func() { e.every(ctx, "maintain", e.Maintain) })
	wg.Wait()
}

// every calls f at once and then at each full minute.
func (e *Engine) every(ctx context.Context, name string, f func(context.Context) error) {
	for ctx.Err() == nil {
		e.attend(ctx, name, f)
		now := e.opts.Clock.Now()
		e.pause(ctx, now.Truncate(period).Add(period).Sub(now))
	}
}

func (e *Engine) attend(ctx context.Context, name string, f func(context.Context) error) {
	if err := f(ctx); err != nil && ctx.Err() == nil {
		e.log.ErrorContext(ctx, name+" failed", "error", err)
	}
}

// Tick, scheduled every minute, starts the jobs that are due and sets their next run, which is always in the future:
// however many runs were missed, one is made. The execution's id is made of job and time due, so that two ticks at once,
// or one that stopped half-way, start it once.
func (e *Engine) Tick(ctx context.Context) error {
	now := e.store.Now()
	due, err := e.store.DueJobs(ctx, now, maxDue)
	errs := []error{err}
	for _, j := range due {
		if err := e.start(ctx, j, now); err != nil {
			errs = append(errs, fmt.Errorf("job %s: %w", j.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) start(ctx context.Context, j audit.Job, now time.Time) error {
	id := audit.DeriveID(audit.PrefixExecution, j.TeamID, j.ID, j.NextRunAt.UTC().Format(time.RFC3339Nano))
	_, _, err := e.Trigger(ctx, j.TeamID, Request{ID: id, JobID: j.ID, Trigger: "schedule"})
	if err != nil {
		if fault.KindOf(err).Classify().Retry {
			return err // it stays due
		}
		e.log.WarnContext(ctx, "a job could not be started", "team", j.TeamID, "job", j.ID, "error", err)
	}
	var next *time.Time
	if at, err := Next(j.Schedule, now); err == nil {
		next = &at
	} else {
		e.log.ErrorContext(ctx, "a job has no next run", "team", j.TeamID, "job", j.ID, "error", err)
	}
	err = e.store.ClaimDue(ctx, j, now, next)
	if fault.Is(err, fault.Conflict) { // another tick, or someone who changed the job
		return nil
	}
	return err
}

// Maintain, scheduled every minute, finds what fell between the steps: it sends tasks again whose worker died or whose
// message was lost, ends those whose workers died too often, and closes executions whose last task has ended.
func (e *Engine) Maintain(ctx context.Context) error { return e.mend(ctx, e.store.Now()) }

// Recover does what Maintain does, for all open tasks at once whoever has leased them. It is for the start of the only
// process that uses the store: its queue is empty, and every lease a dead process's.
func (e *Engine) Recover(ctx context.Context) error { return e.mend(ctx, time.Time{}) }

// mend looks after what ran out before a time; after everything when that is zero.
func (e *Engine) mend(ctx context.Context, before time.Time) error {
	refs, err := e.store.ExpiredLeases(ctx, before)
	errs := []error{err}
	for _, ref := range refs {
		if err := e.mendOne(ctx, ref, before); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			errs = append(errs, fmt.Errorf("execution %s task %q: %w", ref.ExecutionID, ref.TaskID, err))
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) mendOne(ctx context.Context, ref store.Ref, before time.Time) error {
	x, stopping, err := e.store.ExecutionState(ctx, ref.TeamID, ref.ExecutionID)
	switch {
	case err != nil || x.Status.Done():
		return err
	case stopping:
		return e.cancelTasks(ctx, ref.TeamID, ref.ExecutionID)
	case ref.TaskID == "":
		return e.closeExecution(ctx, ref.TeamID, ref.ExecutionID)
	}
	t, err := e.store.Task(ctx, ref.TeamID, ref.ExecutionID, ref.TaskID)
	now := e.store.Now()
	switch {
	case err != nil || t.Status.Done():
		return err
	case !before.IsZero() && t.LeaseUntil.After(before): // renewed since the index was read
		return nil
	case t.Owner != "" && t.Attempts >= e.queueOf(x.Type, t).MaxReceives():
		t.Status, t.Error = audit.TaskFailed, fmt.Sprintf("the worker stopped before the task was done, %d times", t.Attempts)
		return e.finish(ctx, t)
	}
	// When maintenance looks again at a task whose message it sends again: after a lease, later for old ones.
	wait := min(max(e.opts.Lease, now.Sub(t.CreatedAt)), 30*e.opts.Lease)
	if t.Owner != "" {
		e.log.InfoContext(ctx, "a task's worker stopped; sending it again", "team", t.TeamID,
			"execution", t.ExecutionID, "task", t.ID, "attempt", t.Attempts)
		wait, t.LeaseUntil = e.opts.Lease, time.Time{}
	}
	until := now
	if t.LeaseUntil.After(now) {
		until = t.LeaseUntil
	}
	if err := e.store.PostponeTask(ctx, t, until.Add(wait)); err != nil {
		return err
	}
	return e.send(ctx, x.Type, 0, t)
}
