package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/faulttable"
)

func TestASenderKilledBetweenAnyTwoStepsLosesNoEvent(t *testing.T) {
	const events = 3
	for _, fate := range []faulttable.Fate{faulttable.Die, faulttable.DieAfter, faulttable.DieTorn} {
		for step := 1; ; step++ {
			h := newHarness(t, t.TempDir())
			h.restart(faulttable.At(step, fate))
			for n := range events {
				h.happen(n)
			}
			h.work()
			killed := h.db.Dead()
			h.restart(nil)
			h.pass(10 * time.Minute)
			h.wantEach(t, events)
			if err := h.table.Close(); err != nil {
				t.Fatal(err)
			}
			h.to.Close()
			if t.Failed() {
				t.Fatalf("fate %v at call %d", fate, step)
			}
			if !killed {
				if step < 3*events {
					t.Fatalf("only %d calls", step)
				}
				break
			}
		}
	}
}

func TestWhateverFailsEachEventArrivesAndAReceiverThatDeduplicatesSeesItOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHarness(t, t.TempDir())
		defer func() { h.to.Close(); _ = h.table.Close() }()
		events := rapid.IntRange(1, 4).Draw(rt, "events")
		if rapid.Bool().Draw(rt, "the receiver breaks at first") {
			h.to.answer = func(w http.ResponseWriter, _ *http.Request, nth int) {
				if nth == 1 {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}
		}
		for n := range events {
			h.happen(n)
		}
		for range rapid.IntRange(0, 3).Draw(rt, "lives that end early") {
			fates := map[int]faulttable.Fate{}
			for range rapid.IntRange(1, 3).Draw(rt, "faults") {
				fates[rapid.IntRange(1, 30).Draw(rt, "call")] = rapid.SampledFrom([]faulttable.Fate{
					faulttable.Before, faulttable.After, faulttable.Torn, faulttable.Die, faulttable.DieAfter, faulttable.DieTorn,
				}).Draw(rt, "fate")
			}
			h.restart(func(_ string, n int) faulttable.Fate { return fates[n] })
			h.pass(time.Duration(rapid.IntRange(1, 8).Draw(rt, "minutes")) * time.Minute)
		}
		h.restart(nil)
		h.pass(30 * time.Minute)
		h.wantEach(rt, events)
	})
}

// throttled refuses every call that writes, for as long as it is told to.
type throttled struct {
	table.DB
	on *atomic.Bool
}

func (d throttled) err() error {
	if d.on.Load() {
		return fmt.Errorf("%w: slow down", table.ErrThrottled)
	}
	return nil
}

func (d throttled) Write(ctx context.Context, w table.Write) (table.Item, error) {
	if err := d.err(); err != nil {
		return table.Item{}, err
	}
	return d.DB.Write(ctx, w)
}

func (d throttled) Apply(ctx context.Context, writes []table.Write) ([]int, error) {
	if err := d.err(); err != nil {
		return nil, err
	}
	return d.DB.Apply(ctx, writes)
}

func TestAThrottledTableDelaysEventsAndLosesNone(t *testing.T) {
	h := newHarness(t, t.TempDir())
	var on atomic.Bool
	on.Store(true)
	bolt := h.table
	h.table = throttled{bolt, &on}
	h.restart(nil)
	h.table = bolt
	for n := range 5 {
		h.happen(n)
	}
	h.pass(20 * time.Minute)
	if n := len(h.to.events); n > 0 {
		t.Errorf("%d events were sent that nothing records", n)
	}
	on.Store(false)
	h.pass(20 * time.Minute)
	h.wantEach(t, 5)
}

func TestReceiversThatFailAreTriedAgainOnTimeAndThenGivenUp(t *testing.T) {
	down := func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusServiceUnavailable) }
	for name, c := range map[string]struct {
		answer   func(w http.ResponseWriter, r *http.Request, nth int)
		attempts int
		status   audit.DeliveryStatus
		response int
	}{
		"one that works":   {nil, 1, audit.DeliveryDelivered, 200},
		"one that is down": {down, 4, audit.DeliveryFailed, 503},
		"one that comes back for the last attempt": {func(w http.ResponseWriter, r *http.Request, nth int) {
			if nth < 4 {
				down(w, r, nth)
			}
		}, 4, audit.DeliveryDelivered, 200},
		"one that redirects": {func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, 4, audit.DeliveryFailed, 307},
		"one that closes the connection": {func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }, 4, audit.DeliveryFailed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, t.TempDir())
			h.to.answer = c.answer
			var at []time.Duration
			answer := h.to.answer
			h.to.answer = func(w http.ResponseWriter, r *http.Request, nth int) {
				at = append(at, h.clock.Now().Sub(start))
				if answer != nil {
					answer(w, r, nth)
				}
			}
			h.happen(1)
			h.work()
			h.pass(4 * time.Hour)
			d := h.deliveries()
			if len(d) != 1 || d[0].Status != c.status || d[0].Attempts != c.attempts || d[0].ResponseStatus != c.response ||
				(d[0].Error == "") != (c.status == audit.DeliveryDelivered) {
				t.Errorf("deliveries %+v", d)
			}
			for i, want := range []time.Duration{0, 5 * time.Minute, 35 * time.Minute, 155 * time.Minute}[:c.attempts] {
				if late := at[i] - want; late < 0 || late > time.Duration(i)*time.Minute {
					t.Errorf("attempt %d came after %v, want %v", i+1, at[i], want)
				}
			}
			h.wantEach(t, 1)
		})
	}
}

func TestASlowReceiverHoldsUpNoOther(t *testing.T) {
	h := newHarness(t, t.TempDir())
	slow := h.create("slow", audit.EventDriftDetected)
	h.to.answer = func(_ http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
		}
	}
	h.happen(1)
	begun := time.Now()
	h.work()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if d := h.deliveries(); len(d) != 1 || d[0].Status != audit.DeliveryDelivered {
		t.Errorf("the other's deliveries %+v", d)
	}
	h.hook = slow
	if d := h.deliveries(); len(d) != 1 || d[0].Status != audit.DeliveryPending || d[0].Error != "no answer within 1s" {
		t.Errorf("the slow one's deliveries %+v", d)
	}
}

func TestWhatCanNoLongerBeSentIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		do  func(*harness) error
		why string
	}{
		"disabled": {func(h *harness) error {
			_, err := h.Store.UpdateWebhook(context.Background(), team, h.hook.ID, disable)
			return err
		}, "the webhook is disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, t.TempDir())
			h.to.answer = func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusTeapot) }
			h.happen(1)
			h.work()
			if err := c.do(h); err != nil {
				t.Fatal(err)
			}
			h.pass(10 * time.Minute)
			if d := h.deliveries(); len(d) != 1 || d[0].Status != audit.DeliveryFailed || d[0].Error != c.why || d[0].Attempts != 1 {
				t.Errorf("deliveries %+v", d)
			}
			h.wantEach(t, 1)
		})
	}
}

func TestADeletedWebhookLeavesNothingToBeSent(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.to.answer = func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusTeapot) }
	h.happen(1)
	h.work()
	if err := h.Store.DeleteWebhook(context.Background(), team, h.hook.ID); err != nil {
		t.Fatal(err)
	}
	h.pass(10 * time.Minute)
	h.wantEach(t, 1)
}

func TestADeadlineThatLeavesNoTimeLeavesTheAttemptToTheSweep(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.happen(1)
	got, err := h.queue.Receive(context.Background(), 1, 0)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if !h.Handle(ctx, got[0]) {
		t.Error("the message is to be delivered again")
	}
	if d := h.deliveries(); len(d) != 1 || d[0].Attempts != 0 {
		t.Errorf("deliveries %+v", d)
	}
	h.pass(2 * time.Minute)
	h.wantEach(t, 1)
}

func TestMessagesThatAreNoneAreLeftForSomeoneToLookAt(t *testing.T) {
	h := newHarness(t, t.TempDir())
	for _, body := range []string{"nonsense", "{}", `{"v":2,"team":"team_one","event":"evt_1"}`, "\x00"} {
		if err := h.queue.Send(context.Background(), queueMessage(body)); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			got, err := h.queue.Receive(context.Background(), 1, 0)
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			if h.Handle(context.Background(), got[0]) {
				t.Errorf("%q is taken", body)
			}
			if err := h.queue.Extend(context.Background(), got[0], 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, _ = h.queue.Receive(context.Background(), 1, 0)
	if dead, err := h.queue.DeadLetters(context.Background(), 10); err != nil || len(dead) != 4 {
		t.Errorf("%d dead letters, %v", len(dead), err)
	}
}
