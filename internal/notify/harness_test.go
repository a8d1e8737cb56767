package notify_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/notify"
	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/table/faulttable"
	"github.com/infraudit/infraudit/internal/webhook"
)

const team = "team_one"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// receiver is an HTTPS receiver that verifies what it gets and keeps it by its delivery's id.
type receiver struct {
	*httptest.Server
	clock *queuetest.Clock

	mu     sync.Mutex
	key    secret.String
	times  map[string]int // how often each delivery came
	events map[string]int // of how many deliveries each event is
	bad    []error
	answer func(w http.ResponseWriter, r *http.Request, nth int)
}

func newReceiver(t testing.TB, clock *queuetest.Clock) *receiver {
	t.Helper()
	r := &receiver{clock: clock, times: map[string]int{}, events: map[string]int{}}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP does what a good receiver does, and then what the test wants.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	e, bad := webhook.Verify(r.key, req.Header, body, r.clock.Now())
	if err != nil || bad != nil {
		r.bad = append(r.bad, fmt.Errorf("%w, %w: %s", err, bad, body))
	}
	r.times[e.DeliveryID]++
	nth := r.times[e.DeliveryID]
	if nth == 1 {
		var data audit.EventHead
		if err := json.Unmarshal(e.Data, &data); err != nil {
			r.bad = append(r.bad, err)
		}
		r.events[data.EventID]++
	}
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, req, nth)
	}
}

func (r *receiver) client() *webhook.Client {
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	return webhook.NewClient(webhook.Options{
		Guard: webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Roots: roots, Timeout: time.Second,
	})
}

// harness is a sender on a real table and queue, whose clock only the test moves.
type harness struct {
	*notify.Sender
	t     testing.TB
	clock *queuetest.Clock
	table table.DB
	db    *process
	queue *memqueue.Queue
	keys  *secret.Keys
	to    *receiver
	hook  audit.Webhook
}

// process is the table and the network as one process has them: it may be killed.
type process struct {
	table.DB
	mu   sync.Mutex
	dead bool
}

func (p *process) Dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// mortal sends as long as its process lives.
type mortal struct {
	*webhook.Client
	process *process
}

func (m mortal) Send(ctx context.Context, msg webhook.Message) webhook.Result {
	if m.process.Dead() {
		return webhook.Result{Error: "dead"}
	}
	return m.Client.Send(ctx, msg)
}

func newHarness(t testing.TB, dir string) *harness {
	t.Helper()
	clock := queuetest.NewClock(start)
	db, err := bolttable.Open(filepath.Join(dir, "db"), store.Schemas(), bolttable.Options{Clock: clock.Now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	return newHarnessOn(t, dir, db, clock)
}

func newHarnessOn(t testing.TB, dir string, db table.DB, clock *queuetest.Clock) *harness {
	t.Helper()
	h := &harness{t: t, clock: clock, table: db}
	var err error
	if h.keys, err = secret.LocalKeyFile(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	h.to = newReceiver(t, h.clock)
	h.restart(nil)
	h.hook = h.create("https", audit.EventTypes()...)
	return h
}

// create makes a webhook at the receiver.
func (h *harness) create(name string, events ...audit.EventType) audit.Webhook {
	h.t.Helper()
	w, key, err := h.CreateWebhook(context.Background(), team, audit.Webhook{
		Name: name, URL: h.to.URL + "/" + name, Events: events, Enabled: true, CreatedBy: "usr_1",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.to.mu.Lock()
	h.to.key = key
	h.to.mu.Unlock()
	return w
}

// restart stands for a new process: its queue is empty, and its calls have the fates that fail gives.
func (h *harness) restart(fail faulttable.Fail) {
	p := &process{}
	p.DB = faulttable.New(h.table, func(call string, n int) faulttable.Fate {
		if fail == nil {
			return faulttable.OK
		}
		fate := fail(call, n)
		if fate == faulttable.Die || fate == faulttable.DieAfter || fate == faulttable.DieTorn {
			p.mu.Lock()
			p.dead = true
			p.mu.Unlock()
		}
		return fate
	})
	h.db, h.queue = p, memqueue.New(memqueue.Options{Clock: h.clock, MaxReceives: 5})
	st := store.New(p, nil, h.clock.Now)
	log := slog.New(slog.DiscardHandler)
	h.Sender = &notify.Sender{
		Store: st, Queue: h.queue, Client: mortal{h.to.client(), p}, Log: log,
		Keys: func(context.Context) (*secret.Keys, error) { return h.keys, nil },
	}
	st.Announce(outbox.Announcer(h.queue, log))
}

// happen makes an event: a drift is found.
func (h *harness) happen(n int) {
	h.t.Helper()
	key := audit.ResourceKey{Slice: "0123456789012345", External: fmt.Sprintf("%016d", n)}
	d := audit.Drift{
		ID: audit.DriftID(key, "/P"), ProviderID: "prv_1", Region: "eu-west-1", ResourceID: key.ResourceID(), Status: audit.DriftDetected,
		Severity: audit.SeverityHigh, DetectedAt: h.clock.Now(),
	}
	st := store.New(h.table, nil, h.clock.Now) // the maker of the change is another process
	st.Announce(outbox.Announcer(h.queue, h.Log))
	if changed, err := st.PutDrifts(context.Background(), team, []audit.DriftChange{{Drift: d, Event: audit.EventDriftDetected}}); err != nil || len(changed) > 0 {
		h.t.Fatal(changed, err)
	}
}

// work handles what is in the queue, until nothing is, or the process is dead.
func (h *harness) work() {
	h.t.Helper()
	for !h.db.Dead() {
		got, err := h.queue.Receive(context.Background(), 1, 0)
		if err != nil {
			h.t.Fatal(err)
		}
		if len(got) == 0 {
			return
		}
		if h.Handle(context.Background(), got[0]) {
			_ = h.queue.Ack(context.Background(), got[0])
		}
	}
}

// pass lets time pass, minute by minute, with its sweeps.
func (h *harness) pass(d time.Duration) {
	h.t.Helper()
	for ; d > 0; d -= time.Minute {
		h.clock.Advance(time.Minute)
		if err := outbox.Sweep(context.Background(), h.Store, h.queue); err != nil && !h.db.Dead() {
			h.t.Log(err)
		}
		h.work()
	}
}

// deliveries are the webhook's, newest first.
func (h *harness) deliveries() []audit.Delivery {
	h.t.Helper()
	page, err := store.New(h.table, nil, h.clock.Now).Deliveries(context.Background(), team, h.hook.ID, store.DeliveryFilter{}, store.Paging{Limit: store.MaxLimit})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Items
}

// wantEach checks that a receiver that deduplicates saw each of n events exactly once, and that nothing is left to be sent.
func (h *harness) wantEach(t interface{ Errorf(string, ...any) }, n int) {
	h.t.Helper()
	h.to.mu.Lock()
	defer h.to.mu.Unlock()
	if len(h.to.bad) > 0 {
		t.Errorf("the receiver was sent what it can't accept: %v", h.to.bad[0])
	}
	if len(h.to.events) != n {
		t.Errorf("%d events arrived, want %d", len(h.to.events), n)
	}
	for id, times := range h.to.events {
		if times != 1 {
			t.Errorf("event %s came under %d delivery ids", id, times)
		}
	}
	left, err := store.New(h.table, nil, h.clock.Now).UnsentBefore(context.Background(), h.clock.Now().Add(24*time.Hour), 1000)
	if err != nil || len(left) > 0 {
		t.Errorf("%d are left to be sent, %v", len(left), err)
	}
}
