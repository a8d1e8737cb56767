package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/table"
)

// TestTheCostsOfEventsInTheKeysDocument measures what docs/keys.md states of handing out events and sending them.
func TestTheCostsOfEventsInTheKeysDocument(t *testing.T) {
	checkCosts(t, newHarness(t, t.TempDir()), true)
}

// checkCosts measures write units, and read units where they are told.
func checkCosts(t *testing.T, h *harness, reads bool) {
	t.Helper()
	ok := true
	h.to.answer = func(w http.ResponseWriter, _ *http.Request, _ int) {
		if !ok {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	handle := func(ctx context.Context) {
		got, err := h.queue.Receive(ctx, 1, 0)
		if err != nil || len(got) != 1 || !h.Handle(ctx, got[0]) {
			t.Fatal(got, err)
		}
		if err := h.queue.Ack(ctx, got[0]); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(ctx context.Context) {
		if err := outbox.Sweep(ctx, h.Store, h.queue); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name        string
		read, write float64
		prepare     func()
		do          func(context.Context)
	}{
		{"event for one webhook, which accepts it", 2, 6, func() { h.happen(1) }, handle},
		{"event for one webhook, which fails", 2, 7, func() { ok = false; h.happen(2) }, handle},
		{"retry that arrives", 3, 5, func() { ok = true; h.clock.Advance(6 * time.Minute) }, handle},
		{"sweep, nothing to do", 2, 0, func() {}, sweep},
		{"sweep that finds one", 2, 3, func() { h.happen(3); handle(context.Background()); h.happen(4); h.clock.Advance(2 * time.Minute) }, sweep},
		{"event that nobody wants", 2, 2, func() {
			if err := h.Store.DeleteWebhook(context.Background(), team, h.hook.ID); err != nil {
				t.Fatal(err)
			}
		}, handle},
	} {
		step.prepare()
		var u table.Usage
		step.do(table.WithUsage(context.Background(), &u))
		if reads && u.ReadUnits() != step.read || u.WriteUnits() != step.write {
			t.Errorf("%s costs %v read and %v write units; stated are %v and %v", step.name, u.ReadUnits(), u.WriteUnits(), step.read, step.write)
		}
	}
}

// BenchmarkOutbox measures events, of one drift each, from the change to the record of their arrival at a receiver on this
// machine, on the embedded store with fsync off.
func BenchmarkOutbox(b *testing.B) {
	for _, senders := range []int{1, 8} {
		b.Run(fmt.Sprint(senders, " senders"), func(b *testing.B) {
			h := newHarness(b, b.TempDir())
			var u table.Usage
			ctx := table.WithUsage(context.Background(), &u)
			arrived := make(chan struct{}, b.N)
			h.to.answer = func(http.ResponseWriter, *http.Request, int) { arrived <- struct{}{} }
			b.ResetTimer()
			worked := make(chan struct{})
			go func() { defer close(worked); h.Work(ctx, senders) }()
			for n := range b.N {
				h.happen(n)
			}
			for range b.N {
				<-arrived
			}
			if err := h.queue.Close(); err != nil { // what is being sent is sent
				b.Fatal(err)
			}
			<-worked
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(u.WriteUnits()/float64(b.N), "WU/event")
			b.ReportMetric(u.ReadUnits()/float64(b.N), "RU/event")
			h.wantEach(b, b.N)
		})
	}
}
