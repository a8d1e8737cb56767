package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

func TestAMessageDeliveredTwiceIsWorkedOnOnce(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	h.duplicate = true
	var runs atomic.Int64
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		runs.Add(1)
		return planRegions("eu-west-1", "us-east-1")(ctx, run)
	})
	h.on(audit.TaskSync, func(context.Context, *Run) error { runs.Add(1); return nil })
	x := h.trigger(Request{})
	h.drain()
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
	if runs.Load() != 3 {
		t.Errorf("%d runs of 3 tasks", runs.Load())
	}
	h.wantClean()
}

func TestTwoWorkersRaceAndOneGetsTheTask(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	h.duplicate = true
	entered, leave := make(chan string, 2), make(chan struct{})
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error {
		entered <- run.Task().Owner
		<-leave
		return nil
	})
	x := h.trigger(Request{})
	both := h.take(2)
	if len(both) != 2 {
		t.Fatalf("%d deliveries, want 2", len(both))
	}
	ended := make(chan struct{}, 2)
	for i, w := range []*Engine{h.worker("one"), h.worker("two")} {
		go func() { w.deliver(context.Background(), both[i]); ended <- struct{}{} }()
	}
	<-ended // the loser
	close(leave)
	<-ended
	if len(entered) != 1 {
		t.Errorf("%d workers held the task", len(entered))
	}
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
}

func TestAWorkerThatDiesIsReplacedWithinTwiceItsLease(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	x := h.trigger(Request{})
	h.take(1) // the message is lost with the worker that leases the task
	task := TaskID(audit.Task{Kind: audit.TaskPlan, ProviderID: providerID(0)})
	_, ok, err := h.store.LeaseTask(t.Context(), teamID, x.ID, task, "dead/1", h.store.Now().Add(DefaultLease))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	var ran time.Time
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error { ran = run.Now(); return nil })
	h.pass(2 * DefaultLease)
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
	if took := ran.Sub(start); took < DefaultLease || took > 2*DefaultLease {
		t.Errorf("replaced after %v", took)
	}
	h.wantClean()
}

func TestATaskThatKillsItsWorkersIsGivenUp(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	x := h.trigger(Request{})
	task := TaskID(audit.Task{Kind: audit.TaskPlan, ProviderID: providerID(0)})
	for n := range h.queue.MaxReceives() {
		_, ok, err := h.store.LeaseTask(t.Context(), teamID, x.ID, task, fmt.Sprint("dead/", n), h.store.Now().Add(DefaultLease))
		if err != nil || !ok {
			t.Fatal(n, ok, err)
		}
		h.restart()
		if err := h.engine.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.wantStatus(x.ID, audit.ExecutionFailed); !strings.Contains(got.Error, "5 times") {
		t.Errorf("error %q", got.Error)
	}
	h.wantClean()
}

func TestALostMessageIsSentAgain(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	x := h.trigger(Request{})
	for _, d := range h.take(10) {
		if err := h.queue.Ack(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	h.pass(3 * time.Minute)
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
}

func TestTransientFaultsAreTriedAgainWithGrowingPauses(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	var at []time.Time
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error {
		at = append(at, run.Now())
		if len(at) == 4 {
			return nil
		}
		return fault.Wrap(fault.Throttled, errors.New("secret detail"), "the cloud asks to slow down")
	})
	x := h.trigger(Request{})
	h.drain()
	h.pass(30 * time.Minute)
	got := h.wantStatus(x.ID, audit.ExecutionSucceeded)
	if len(at) != 4 {
		t.Fatalf("%d attempts, want 4", len(at))
	}
	for i, nominal := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		if pause := at[i+1].Sub(at[i]); pause < nominal*3/4 || pause > nominal*5/4+time.Minute {
			t.Errorf("pause %d was %v, want %v, give or take a quarter and the test's minute", i, pause, nominal)
		}
	}
	for _, line := range got.Log {
		if strings.Contains(line.Message, "secret") || !strings.Contains(line.Message, "trying again in") {
			t.Errorf("log line %q", line.Message)
		}
	}
}
