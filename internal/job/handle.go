package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// handle calls the task's handler. Meanwhile it keeps lease and message; when the lease is lost, or the time is up, it
// cancels the handler's context.
func (e *Engine) handle(ctx context.Context, log *slog.Logger, run *Run, limit time.Duration, hide func(time.Duration) error) error {
	h := e.handler(run.task)
	if h == nil {
		return fault.New(fault.Unsupported, "this installation can't do tasks of kind %q", run.task.Kind)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := e.opts.Clock.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) })
	defer stop()
	k := &keeper{engine: e, run: run, hide: hide, cancel: cancel, log: log}
	k.keep(ctx)
	defer k.stop()
	err := call(ctx, log, h, run)
	cause := context.Cause(ctx)
	switch {
	case err == nil || isContinue(err):
		return err
	case errors.Is(cause, errLost):
		return errLost
	case errors.Is(cause, context.DeadlineExceeded):
		return fault.Wrap(fault.Timeout, err, "the task took longer than %v", limit)
	}
	return err
}

func isContinue(err error) bool {
	var later continueAfter
	return errors.Is(err, ErrContinue) || errors.As(err, &later)
}

func (e *Engine) handler(t audit.Task) Handler {
	if t.Kind == audit.TaskPlan && t.ProviderID == "" {
		return HandlerFunc(e.addPlans)
	}
	return e.opts.Handlers[t.Kind]
}

// call turns a panic into an error.
func call(ctx context.Context, log *slog.Logger, h Handler, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "a handler panicked", "panic", p, "stack", string(debug.Stack()))
			err = fault.Wrap(fault.Internal, fmt.Errorf("panic: %v", p), "the task met an internal error")
		}
	}()
	return h.Handle(ctx, run)
}

// keeper keeps a task's lease, and its message hidden, while its handler runs.
type keeper struct {
	engine *Engine
	run    *Run
	hide   func(time.Duration) error
	cancel context.CancelCauseFunc
	log    *slog.Logger

	mu      sync.Mutex
	stopped bool
	disarm  func() bool
}

// keep hides the message for the lease's length, and renews both when a third of it has passed.
func (k *keeper) keep(ctx context.Context) {
	lease := k.engine.opts.Lease
	if err := k.hide(lease + hideMargin(lease)); err != nil {
		k.log.DebugContext(ctx, "a message could not be hidden longer", "error", err) // it finds the task leased
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return
	}
	k.disarm = k.engine.opts.Clock.AfterFunc(lease/3, func() {
		if ctx.Err() == nil && k.renew(ctx) {
			k.keep(ctx)
		}
	})
}

// renew renews the lease. Other faults than its loss may pass before it runs out.
func (k *keeper) renew(ctx context.Context) bool {
	e := k.engine
	err := e.store.RenewTask(ctx, k.run.Task(), e.store.Now().Add(e.opts.Lease))
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		k.cancel(errLost)
		return false
	}
	if err != nil && ctx.Err() == nil {
		k.log.WarnContext(ctx, "a lease could not be renewed", "error", err)
	}
	return true
}

func (k *keeper) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	if k.disarm != nil {
		k.disarm()
	}
}
