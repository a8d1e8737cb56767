package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// ErrContinue is what a handler returns that has saved its place and wants to go on in a new delivery. One that
// returns it without having saved a new place has failed.
var ErrContinue = errors.New("job: continue in a new delivery")

// continueAfter asks for a new delivery later.
type continueAfter time.Duration

func (d continueAfter) Error() string { return fmt.Sprintf("job: continue in %v", time.Duration(d)) }

// ContinueAfter is ErrContinue for a task that waits for something: it goes on d from now, and needs no new place.
func ContinueAfter(d time.Duration) error { return continueAfter(d) }

// maxLogMessage bounds a log line, in bytes.
const maxLogMessage = 300

// Log levels of an execution's log.
const (
	LevelInfo  = "info"
	LevelWarn  = "warn"
	LevelError = "error"
)

// Run is one attempt at a task. It is safe for concurrent use.
type Run struct {
	// Execution is the execution that the task is part of, without sums and log.
	Execution audit.Execution

	engine   *Engine
	deadline time.Time

	mu       sync.Mutex
	task     audit.Task
	advanced bool // a new place was saved in this attempt
	partial  bool
}

// Task returns a copy of the task, with what earlier attempts saved: its Place and Found.
func (r *Run) Task() audit.Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.task
}

// Now returns the time.
func (r *Run) Now() time.Time { return r.engine.store.Now() }

// Deadline is when the handler should save its place and return ErrContinue. Its context ends a little later.
func (r *Run) Deadline() time.Time { return r.deadline }

// Log adds a line to the execution's log, of which the newest 50 are kept. It is written with the next Save, or at the
// end; it must hold no secret.
func (r *Run) Log(level, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if len(msg) > maxLogMessage {
		msg = strings.ToValidUTF8(msg[:maxLogMessage], "")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	log := append(r.task.Log[:len(r.task.Log):len(r.task.Log)],
		audit.LogLine{At: r.Now(), Level: level, Message: msg})
	r.task.Log = log[max(0, len(log)-store.MaxLogLines):]
}

// Partial says that the task could not do all that it should: when the handler returns nil, the task ends as partial.
func (r *Run) Partial() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.partial = true
}

// Found sets what the task has found in all, earlier attempts included. It is written with the next Save, or at the end.
func (r *Run) Found(found audit.Found) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.task.Found = found
}

// Save records where an attempt that follows this one goes on, and what the task has found in all; it renews the
// lease. Conflict means that the task is no longer this worker's, or was cancelled: the handler must stop.
func (r *Run) Save(ctx context.Context, place []byte, found audit.Found) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.task
	t.Place, t.Found = append([]byte(nil), place...), found
	advanced := string(t.Place) != string(r.task.Place)
	if advanced {
		t.Attempts = 1 // attempts count since the last progress
	}
	if err := r.engine.store.SaveTask(ctx, t, r.Now().Add(r.engine.opts.Lease)); err != nil {
		return err
	}
	r.task, r.advanced = t, r.advanced || advanced
	return nil
}

// Add adds tasks to the execution, except those that it has, and has them delivered. Kind, ProviderID, Region, Services
// and Place say what they do; ids are derived from all but Place. A LeaseUntil says that a task can't start before.
func (r *Run) Add(ctx context.Context, tasks ...audit.Task) error {
	for i := range tasks {
		if tasks[i].ID == "" {
			tasks[i].ID = TaskID(tasks[i])
		}
	}
	added, err := r.engine.store.AddTasks(ctx, r.Task(), tasks)
	r.engine.sendLater(ctx, r.Execution.Type, added...)
	return err
}

// TaskID derives a task's id from what it covers, so that planning twice adds it once.
func TaskID(t audit.Task) string {
	parts := append([]string{string(t.Kind), t.ProviderID, t.Region}, t.Services...)
	return string(t.Kind) + "-" + audit.Digest(16, parts...)
}
