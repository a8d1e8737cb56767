package job

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table/faulttable"
)

// scenario is a job that is due once, over an estate chosen at random.
type scenario struct {
	*harness
	providers, regions, steps int
	cancel                    bool
}

func newScenario(t *testing.T, rt *rapid.T) *scenario {
	s := &scenario{
		harness:   newHarness(t, t.TempDir()),
		providers: rapid.IntRange(0, 3).Draw(rt, "providers"),
		regions:   rapid.IntRange(0, 4).Draw(rt, "regions"),
		steps:     rapid.IntRange(0, 3).Draw(rt, "places saved by a sync"),
	}
	rt.Cleanup(func() { _ = s.db.bolt.Close() })
	s.duplicate = rapid.Bool().Draw(rt, "duplicates")
	s.connect(s.providers)
	names := make([]string, s.regions)
	for i := range names {
		names[i] = fmt.Sprint("r", i)
	}
	s.on(audit.TaskPlan, planRegions(names...))
	s.on(audit.TaskSync, s.sync(rapid.Bool().Draw(rt, "syncs fail once")))
	s.createJob("*/5 * * * *")
	s.clock.Advance(10 * time.Minute)
	return s
}

// sync saves its place step by step, going on in a new delivery after every other.
func (s *scenario) sync(flaky bool) HandlerFunc {
	failed := map[string]bool{}
	return func(ctx context.Context, run *Run) error {
		task := run.Task()
		if flaky && !failed[task.ID] {
			failed[task.ID] = true
			return fault.New(fault.Throttled, "slow down")
		}
		if n := len(task.Place); n < s.steps {
			if err := run.Save(ctx, append(task.Place, 'x'), audit.Found{Resources: n + 1}); err != nil {
				return err
			}
			if n%2 == 0 {
				return ErrContinue
			}
		}
		run.Found(audit.Found{Resources: s.steps + 1})
		return nil
	}
}

// live is a process's life: it starts, ticks and works, until it is killed or idle.
func (s *scenario) live() {
	ctx := context.Background()
	_ = s.engine.Recover(ctx)
	_ = s.engine.Tick(ctx)
	if s.cancel {
		f := store.ExecutionFilter{Status: audit.ExecutionRunning}
		if page, err := s.store.Executions(ctx, teamID, f, store.Paging{}); err == nil && len(page.Items) > 0 {
			s.work(2)
			_, _ = s.engine.Cancel(ctx, teamID, page.Items[0].ID)
		}
	}
	s.work(1000)
}

// work delivers at most so many messages, until there is none or the process is killed.
func (s *scenario) work(max int) {
	for range max {
		got := s.take(1)
		if len(got) == 0 || s.db.dead.Load() {
			return
		}
		s.engine.deliver(context.Background(), got[0])
	}
}

// settle lets time pass until nothing is open, at most an hour. The job doesn't become due again: nothing ticks.
func (s *scenario) settle(rt *rapid.T) {
	ctx := context.Background()
	for range 60 {
		refs, err := s.store.ExpiredLeases(ctx, time.Time{})
		if err != nil {
			rt.Fatal(err)
		}
		if len(refs) == 0 {
			return
		}
		s.clock.Advance(time.Minute)
		if err := s.engine.Maintain(ctx); err != nil {
			rt.Fatal(err)
		}
		s.work(1000)
	}
}

// wantWhole checks that the job ran once, did all it had to do, and left nothing behind.
func (s *scenario) wantWhole(rt *rapid.T) {
	s.wantClean()
	runs := s.executions(store.ExecutionFilter{})
	if len(runs) != 1 {
		rt.Fatalf("%d executions of a job that was due once", len(runs))
	}
	x := runs[0]
	s.wantTold(rt, x)
	if s.cancel && x.Status == audit.ExecutionCancelled {
		return
	}
	tasks := s.providers * (1 + s.regions)
	if x.Status != audit.ExecutionSucceeded || x.Progress != (audit.Progress{TasksDone: tasks, TasksTotal: tasks}) ||
		x.Found.Resources != s.providers*s.regions*(s.steps+1) {
		rt.Fatalf("execution %+v", x)
	}
}

// wantTold checks that the end of the execution is an event, once; that it was cancelled is none.
func (s *scenario) wantTold(rt *rapid.T, x audit.Execution) {
	unsent, err := s.store.UnsentBefore(context.Background(), s.clock.Now().Add(time.Hour), 100)
	if err != nil {
		rt.Fatal(err)
	}
	want, told := audit.NewJobEvent(&x)
	if !told {
		if len(unsent) > 0 {
			rt.Fatalf("events %+v of an execution that was cancelled", unsent)
		}
		return
	}
	if len(unsent) != 1 || unsent[0].EventID != want.ID {
		rt.Fatalf("events %+v of one execution, %s", unsent, want.ID)
	}
}

func TestKilledBetweenAnyTwoWritesEveryExecutionEnds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newScenario(t, rt)
		s.cancel = rapid.Bool().Draw(rt, "cancelled")
		for range rapid.IntRange(0, 3).Draw(rt, "kills") {
			fate := rapid.SampledFrom([]faulttable.Fate{faulttable.Die, faulttable.DieAfter}).Draw(rt, "fate")
			s.db.begin(faulttable.AtWrite(rapid.IntRange(1, 25).Draw(rt, "write"), fate))
			s.live()
			s.restart()
		}
		s.live()
		s.settle(rt)
		s.wantWhole(rt)
	})
}

func TestCallsThatFailOrLoseTheirAnswerDoNoHarm(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newScenario(t, rt)
		fates := map[int]faulttable.Fate{}
		for range rapid.IntRange(1, 3).Draw(rt, "faults") {
			fates[rapid.IntRange(1, 80).Draw(rt, "call")] = rapid.SampledFrom(
				[]faulttable.Fate{faulttable.Before, faulttable.After}).Draw(rt, "fate")
		}
		s.db.begin(func(_ string, n int) faulttable.Fate { return fates[n] })
		s.live()
		_ = s.engine.Tick(context.Background()) // the first may have failed
		s.work(1000)
		s.db.begin(nil)
		_ = s.engine.Tick(context.Background())
		s.settle(rt)
		s.wantWhole(rt)
	})
}
