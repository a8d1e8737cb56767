package job

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
)

func TestOutcomes(t *testing.T) {
	tests := map[string]struct {
		handle   HandlerFunc
		want     audit.ExecutionStatus
		attempts int
		message  string
	}{
		"a transient fault fails the task on the last receive": {
			func(context.Context, *Run) error { return fault.New(fault.Unavailable, "the cloud is away") },
			audit.ExecutionFailed, 5, "the cloud is away",
		},
		"a refusal fails the task at once, and names the action": {
			func(context.Context, *Run) error {
				return &fault.Error{Kind: fault.Denied, Message: "not allowed", Action: "ec2:DescribeRegions"}
			}, audit.ExecutionFailed, 1, "not allowed (ec2:DescribeRegions)",
		},
		"an error of no kind is our defect, whose text stays in the log": {
			func(context.Context, *Run) error { return errors.New("secret") },
			audit.ExecutionFailed, 5, "Internal error",
		},
		"a panic is a failed attempt": {
			func(context.Context, *Run) error { panic("secret") },
			audit.ExecutionFailed, 5, "the task met an internal error",
		},
		"a task may be partial": {
			func(_ context.Context, run *Run) error { run.Partial(); return nil },
			audit.ExecutionPartial, 1, "",
		},
		"going on without getting further is a failure": {
			func(context.Context, *Run) error { return ErrContinue },
			audit.ExecutionFailed, 5, "the task did not get any further",
		},
		"saving the same place is not getting further": {
			func(ctx context.Context, run *Run) error {
				if err := run.Save(ctx, run.Task().Place, audit.Found{}); err != nil {
					return err
				}
				return ErrContinue
			}, audit.ExecutionFailed, 5, "the task did not get any further",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, t.TempDir())
			h.connect(1)
			attempts := 0
			h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
				attempts++
				return tc.handle(ctx, run)
			})
			x := h.trigger(Request{})
			h.drain()
			h.pass(time.Hour)
			got := h.wantStatus(x.ID, tc.want)
			if attempts != tc.attempts || got.Error != tc.message {
				t.Errorf("%d attempts, error %q; want %d, %q", attempts, got.Error, tc.attempts, tc.message)
			}
			h.wantClean()
		})
	}
}

func TestAnExecutionIsPartialWhenOnlySomeTasksFail(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	h.on(audit.TaskPlan, planRegions("eu-west-1", "us-east-1"))
	h.on(audit.TaskSync, func(_ context.Context, run *Run) error {
		if run.Task().Region == "us-east-1" {
			return fault.New(fault.Denied, "no")
		}
		return nil
	})
	x := h.trigger(Request{})
	h.drain()
	h.wantStatus(x.ID, audit.ExecutionPartial)
	h.on(audit.TaskSync, func(context.Context, *Run) error { return fault.New(fault.Denied, "no") })
	x = h.trigger(Request{})
	h.drain()
	h.wantStatus(x.ID, audit.ExecutionFailed) // although the plan succeeded
}

func TestATaskGoesOnWhereItSavedItsPlace(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	var places []string
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		task := run.Task()
		places = append(places, string(task.Place))
		if len(task.Place) == 12 { // more deliveries than a message has receives
			return nil
		}
		found := task.Found
		found.Resources++
		if err := run.Save(ctx, append(task.Place, 'x'), found); err != nil {
			return err
		}
		return ErrContinue
	})
	x := h.trigger(Request{})
	h.drain()
	got := h.wantStatus(x.ID, audit.ExecutionSucceeded)
	if len(places) != 13 || got.Found.Resources != 12 {
		t.Errorf("%d deliveries, %d resources; places %q", len(places), got.Found.Resources, places)
	}
	h.wantClean()
}

func TestATaskThatWaitsIsDeliveredLater(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	var at []time.Time
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error {
		at = append(at, run.Now())
		if len(at) == 3 {
			return nil
		}
		return ContinueAfter(20 * time.Minute) // longer than a message can be delayed
	})
	x := h.trigger(Request{})
	h.drain()
	h.pass(time.Hour)
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
	for i := 1; i < len(at); i++ {
		if d := at[i].Sub(at[i-1]); d < 19*time.Minute || d > 25*time.Minute {
			t.Errorf("delivered after %v", d)
		}
	}
}

func TestCancellingStopsWhatRunsAndWhatWaits(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(3)
	entered := make(chan struct{})
	var saved, added error
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		close(entered)
		<-ctx.Done() // when the lease is renewed
		saved = run.Save(context.WithoutCancel(ctx), []byte("x"), audit.Found{})
		added = run.Add(context.WithoutCancel(ctx), audit.Task{Kind: audit.TaskSync, Region: "eu-west-1"})
		return ctx.Err()
	})
	x := h.trigger(Request{})
	ended := make(chan struct{})
	go func() { h.engine.deliver(context.Background(), h.take(1)[0]); close(ended) }()
	<-entered
	got, err := h.engine.Cancel(t.Context(), teamID, x.ID)
	if err != nil || got.Status != audit.ExecutionCancelled {
		t.Fatalf("Cancel = %s, %v", got.Status, err)
	}
	h.clock.Advance(DefaultLease / 2)
	<-ended
	if !fault.Is(saved, fault.Conflict) || !fault.Is(added, fault.Conflict) {
		t.Errorf("after the end, Save = %v and Add = %v; want conflicts", saved, added)
	}
	h.drain()
	h.wantStatus(x.ID, audit.ExecutionCancelled)
	h.wantClean()
	if _, err := h.engine.Cancel(t.Context(), teamID, x.ID); fault.From(err).Code != "execution_ended" {
		t.Errorf("a second Cancel = %v", err)
	}
	if _, err := h.engine.Cancel(t.Context(), "team_other", x.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team's Cancel = %v", err)
	}
}

func TestALeaseIsRenewedWhileTheHandlerRuns(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	entered, leave := make(chan struct{}), make(chan struct{})
	h.on(audit.TaskPlan, func(context.Context, *Run) error { close(entered); <-leave; return nil })
	x := h.trigger(Request{})
	d := h.take(1)[0]
	ended := make(chan struct{})
	go func() { h.engine.deliver(context.Background(), d); close(ended) }()
	<-entered
	for range 8 { // four minutes, two leases
		h.clock.Advance(30 * time.Second)
		if err := h.engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := h.take(1); len(got) > 0 {
			t.Fatal("the task was delivered again while its handler ran")
		}
	}
	close(leave)
	<-ended
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
}

func TestATaskThatTakesTooLongIsStoppedAndTriedAgain(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	entered := make(chan time.Time, 1)
	first := true
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		if !first {
			return nil
		}
		first = false
		entered <- run.Deadline()
		<-ctx.Done()
		return ctx.Err()
	})
	x := h.trigger(Request{})
	d := h.take(1)[0]
	ended := make(chan struct{})
	go func() { h.engine.deliver(context.Background(), d); close(ended) }()
	if soft := (<-entered).Sub(start); soft <= 4*time.Minute || soft >= DefaultTaskTimeout {
		t.Errorf("the soft deadline is after %v", soft)
	}
	for range 10 { // as a clock does, not in one leap past the lease
		h.clock.Advance(DefaultTaskTimeout / 10)
	}
	<-ended
	h.pass(3 * time.Minute)
	if got := h.wantStatus(x.ID, audit.ExecutionSucceeded); !strings.Contains(got.Log[0].Message, "took longer than 5m0s") {
		t.Errorf("log %v", got.Log)
	}
}

func TestStoppingGivesTasksBackAndTheNextStartTakesThemUp(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	entered := make(chan struct{})
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		if err := run.Save(ctx, []byte("here"), audit.Found{Resources: 1}); err != nil {
			return err
		}
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	})
	x := h.trigger(Request{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { h.engine.Run(ctx); close(ended) }()
	<-entered
	stop()
	<-ended
	tasks, err := h.store.OpenTasks(t.Context(), teamID, x.ID)
	if err != nil || len(tasks) != 1 || tasks[0].Owner != "" || tasks[0].Attempts != 0 {
		t.Fatalf("open tasks %+v, %v", tasks, err)
	}
	h.restart()
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error {
		if string(run.Task().Place) != "here" {
			return errors.New("the place is lost")
		}
		return nil
	})
	if err := h.engine.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.drain()
	if got := h.wantStatus(x.ID, audit.ExecutionSucceeded); got.Found.Resources != 1 {
		t.Errorf("found %+v", got.Found)
	}
}

func TestPoisonEndsInTheDeadLetters(t *testing.T) {
	h := newHarness(t, t.TempDir())
	bodies := []string{`{"v":2,"team":"t"}`, `not json`}
	for _, b := range bodies {
		if err := h.queue.Send(t.Context(), queue.Message{Body: []byte(b)}); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := h.queue.DeadLetters(t.Context(), 10)
	if err != nil || len(gone) != 0 {
		t.Fatal(gone, err)
	}
	h.drain()
	dead, err := h.queue.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != len(bodies) {
		t.Errorf("%d dead letters, %v; want %d", len(dead), err, len(bodies))
	}
}

func TestATaskThatAlwaysPanicsEndsItsExecutionAndItsMessageAmongTheDeadLetters(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		return run.Add(ctx, audit.Task{Kind: audit.TaskSync, Region: "good"}, audit.Task{Kind: audit.TaskSync, Region: "bad"})
	})
	h.on(audit.TaskSync, func(_ context.Context, run *Run) error {
		if run.Task().Region == "bad" {
			panic("poison")
		}
		return nil
	})
	x := h.trigger(Request{})
	for range 12 {
		h.drain()
		h.pass(15 * time.Minute)
	}
	got := h.wantStatus(x.ID, audit.ExecutionPartial)
	if len(got.Log) == 0 || got.Log[len(got.Log)-1].Level != LevelError {
		t.Errorf("log %v", got.Log)
	}
	dead, err := h.queue.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 1 {
		t.Errorf("%d dead letters, %v; want the poison's", len(dead), err)
	}
}

func TestRoutedTasksGoToTheirQueue(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	other := memqueue.New(memqueue.Options{Clock: h.clock})
	h.engine.opts.Route = func(typ audit.JobType, task audit.Task) queue.Queue {
		if typ == audit.JobDriftDetection && task.Kind == audit.TaskPlan {
			return other
		}
		return h.queue
	}
	h.trigger(Request{Type: audit.JobDriftDetection})
	if here := h.take(10); len(here) != 0 {
		t.Errorf("%d messages in the engine's own queue", len(here))
	}
	there, err := other.Receive(t.Context(), 10, 0)
	if err != nil || len(there) != 1 {
		t.Errorf("%d messages where they are routed, %v", len(there), err)
	}
}

func TestATaskEndsBeforeItsHostDoes(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	var left time.Duration
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error {
		left = run.Deadline().Sub(run.Now())
		return nil
	})
	h.trigger(Request{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if done := h.engine.Handle(ctx, h.take(1)[0]); !done || left > 45*time.Second || left < 30*time.Second {
		t.Errorf("done %v, with a minute left the soft deadline is after %v", done, left)
	}
}

func TestAMessageForNothingIsAcknowledged(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	x := h.trigger(Request{})
	h.drain()
	ghosts := []audit.Task{
		{TeamID: teamID, ExecutionID: "exe_none", ID: "plan-x"},
		{TeamID: teamID, ExecutionID: x.ID, ID: "plan-x"},
		{TeamID: "team_other", ExecutionID: x.ID, ID: "plan-x"},
	}
	if err := h.engine.send(t.Context(), audit.JobResourceSync, 0, ghosts...); err != nil {
		t.Fatal(err)
	}
	h.drain()
	h.clock.Advance(time.Hour)
	if got := h.take(10); len(got) > 0 {
		t.Errorf("%d messages are left", len(got))
	}
}
