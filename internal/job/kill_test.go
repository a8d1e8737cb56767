package job

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// TestKilledBetweenAnyTwoWritesEveryExecutionEnds kills the process before or after writes chosen at random, starts it
// again, and lets it go on: every execution ends with all it had to do done, and leaves nothing behind.
func TestKilledBetweenAnyTwoWritesEveryExecutionEnds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		h := newHarness(t, dir)
		defer func() { _ = h.db.DB.Close() }()
		providers := rapid.IntRange(0, 3).Draw(rt, "providers")
		regions := rapid.IntRange(0, 4).Draw(rt, "regions")
		h.duplicate = rapid.Bool().Draw(rt, "duplicates")
		steps := rapid.IntRange(0, 3).Draw(rt, "places saved by a sync")
		flaky := rapid.Bool().Draw(rt, "syncs fail once")
		cancel := rapid.Bool().Draw(rt, "cancelled")
		h.connect(providers)
		names := make([]string, regions)
		for i := range names {
			names[i] = fmt.Sprint("r", i)
		}
		h.on(audit.TaskPlan, planRegions(names...))
		failed := map[string]bool{}
		h.on(audit.TaskSync, func(ctx context.Context, run *Run) error {
			task := run.Task()
			if flaky && !failed[task.ID] {
				failed[task.ID] = true
				return fault.New(fault.Throttled, "slow down")
			}
			if n := len(task.Place); n < steps {
				if err := run.Save(ctx, append(task.Place, 'x'), audit.Found{Resources: n + 1}); err != nil {
					return err
				}
				if n%2 == 0 {
					return ErrContinue
				}
			}
			run.Found(audit.Found{Resources: steps + 1})
			return nil
		})
		h.createJob("*/5 * * * *")
		h.clock.Advance(10 * time.Minute)
		for i := range rapid.IntRange(0, 3).Draw(rt, "kills") {
			h.db.killAt(rapid.IntRange(1, 25).Draw(rt, fmt.Sprint("writes ", i)), rapid.Bool().Draw(rt, fmt.Sprint("after ", i)))
			h.live(cancel)
			h.restart()
		}
		h.live(cancel)
		if h.db.killed() {
			rt.Fatal("killed with no kill asked for")
		}
		h.settle(rt)
		h.wantClean()
		runs := h.executions(store.ExecutionFilter{})
		if len(runs) != 1 {
			rt.Fatalf("%d executions of a job that was due once", len(runs))
		}
		x := runs[0]
		if cancel && x.Status == audit.ExecutionCancelled {
			return
		}
		want := audit.Progress{TasksDone: providers * (1 + regions), TasksTotal: providers * (1 + regions)}
		if x.Status != audit.ExecutionSucceeded || x.Progress != want || x.Found.Resources != providers*regions*(steps+1) {
			rt.Fatalf("execution %+v", x)
		}
	})
}

// live is a process's life: it starts, ticks and works, until it is killed or idle.
func (h *harness) live(cancel bool) {
	ctx := context.Background()
	_ = h.engine.Recover(ctx)
	// The job is due once: what later ticks would start is not the matter here.
	_ = h.engine.Tick(ctx)
	if cancel && !h.db.killed() {
		if page, err := h.store.Executions(ctx, teamID, store.ExecutionFilter{Status: audit.ExecutionRunning}, store.Paging{}); err == nil {
			for _, x := range page.Items {
				h.drainSome(2)
				_, _ = h.engine.Cancel(ctx, teamID, x.ID)
			}
		}
	}
	h.drainSome(1000)
}

func (h *harness) drainSome(max int) {
	for range max {
		got := h.take(1)
		if len(got) == 0 || h.db.killed() {
			return
		}
		h.engine.deliver(context.Background(), got[0])
	}
}

// settle lets time pass until nothing is open, at most an hour.
func (h *harness) settle(rt *rapid.T) {
	ctx := context.Background()
	for range 60 {
		refs, err := h.store.ExpiredLeases(ctx, time.Time{})
		if err != nil {
			rt.Fatal(err)
		}
		if len(refs) == 0 {
			return
		}
		h.clock.Advance(time.Minute)
		if err := h.engine.Maintain(ctx); err != nil {
			rt.Fatal(err)
		}
		h.drainSome(1000)
	}
}
