package job

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/table/faulttable"
)

const teamID = "team_test"

var start = time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)

// harness is a store on a real local table, real queues and engines, and a clock that only the test moves. A message
// is worked on when the test says so.
type harness struct {
	t      testing.TB
	clock  *queuetest.Clock
	db     *process
	store  *store.Store
	queue  *memqueue.Queue
	engine *Engine
	// duplicate has the queue deliver every message twice.
	duplicate bool

	mu       sync.Mutex
	handlers map[audit.TaskKind]Handler
	closed   []audit.Execution // as BeforeClose saw them
	onClose  func()
}

func newHarness(t testing.TB, dir string) *harness {
	t.Helper()
	h := &harness{t: t, clock: queuetest.NewClock(start), handlers: map[audit.TaskKind]Handler{}}
	bolt, err := bolttable.Open(filepath.Join(dir, "db"), store.Schemas(), bolttable.Options{Clock: h.clock.Now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	h.db = &process{bolt: bolt}
	h.db.begin(nil)
	h.store = store.New(h.db, nil, h.clock.Now)
	h.restart()
	if _, err := h.store.EnsureTeam(context.Background(), store.Team{ID: teamID, Name: "test"}); err != nil {
		t.Fatal(err)
	}
	return h
}

// restart stands for a new process: a new engine and an empty queue, on the same store.
func (h *harness) restart() {
	h.db.begin(nil)
	h.queue = memqueue.New(memqueue.Options{
		Clock: h.clock, MaxReceives: 5,
		Duplicate: func(string) bool { return h.duplicate },
	})
	h.engine = h.worker("")
}

// worker returns another engine on the same store and queue.
func (h *harness) worker(name string) *Engine {
	return New(Options{
		Store: h.store, Tasks: h.queue, Clock: h.clock, Worker: name,
		Types: []audit.JobType{audit.JobResourceSync, audit.JobDriftDetection},
		Handlers: map[audit.TaskKind]Handler{
			audit.TaskPlan: h.handler(audit.TaskPlan), audit.TaskSync: h.handler(audit.TaskSync),
		},
		Locate: func(_ context.Context, _, _ string) (audit.Slice, error) {
			return audit.Slice{ProviderID: providerID(0), Region: "eu-west-1", Service: "ec2"}, nil
		},
		BeforeClose: func(_ context.Context, e audit.Execution, _ []audit.Task) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.closed = append(h.closed, e)
			if h.onClose != nil {
				h.onClose()
			}
			return nil
		},
	})
}

// on sets what tasks of a kind do; without, they succeed.
func (h *harness) on(kind audit.TaskKind, f HandlerFunc) { h.handlers[kind] = f }

func (h *harness) handler(kind audit.TaskKind) Handler {
	return HandlerFunc(func(ctx context.Context, run *Run) error {
		if f := h.handlers[kind]; f != nil {
			return f.Handle(ctx, run)
		}
		return nil
	})
}

func providerID(n int) string {
	return audit.ProviderID(teamID, audit.ProviderAWS, string(rune('a'+n)))
}

func (h *harness) connect(n int) {
	h.t.Helper()
	for i := range n {
		_, _, err := h.store.Connect(context.Background(), audit.Provider{
			ID: providerID(i), TeamID: teamID,
			Type: audit.ProviderAWS, SyncStatus: audit.SyncStatusSyncing,
		}, []byte("sealed"))
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *harness) trigger(r Request) audit.Execution {
	h.t.Helper()
	if r.Type == "" && r.JobID == "" {
		r.Type = audit.JobResourceSync
	}
	x, started, err := h.engine.Trigger(context.Background(), teamID, r)
	if err != nil || !started {
		h.t.Fatalf("Trigger = %v, %v", started, err)
	}
	return x
}

// take receives what is visible now.
func (h *harness) take(max int) []queue.Delivery {
	h.t.Helper()
	got, err := h.queue.Receive(context.Background(), max, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

// drain works on what is visible until nothing is.
func (h *harness) drain() {
	h.t.Helper()
	for {
		got := h.take(1)
		if len(got) == 0 {
			return
		}
		h.engine.deliver(context.Background(), got[0])
	}
}

// pass moves the clock, minute by minute, with what happens then: maintenance, and work on what became visible.
func (h *harness) pass(d time.Duration) {
	h.t.Helper()
	for ; d > 0; d -= time.Minute {
		h.clock.Advance(min(d, time.Minute))
		if err := h.engine.Maintain(context.Background()); err != nil {
			h.t.Fatal(err)
		}
		h.drain()
	}
}

func (h *harness) execution(id string) audit.Execution {
	h.t.Helper()
	x, err := h.store.Execution(context.Background(), teamID, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return x
}

func (h *harness) wantStatus(id string, want audit.ExecutionStatus) audit.Execution {
	h.t.Helper()
	x := h.execution(id)
	if x.Status != want {
		h.t.Fatalf("execution is %s, want %s; error %q, log %v", x.Status, want, x.Error, x.Log)
	}
	return x
}

// wantClean checks that nothing is open, locked or to be maintained.
func (h *harness) wantClean() {
	h.t.Helper()
	refs, err := h.store.ExpiredLeases(context.Background(), time.Time{})
	if err != nil || len(refs) > 0 {
		h.t.Fatalf("still open: %v, %v", refs, err)
	}
	page, err := h.db.Query(context.Background(), table.Query{Table: "control", PK: teamID, Prefix: "run#"})
	if err != nil || len(page.Items) > 0 {
		h.t.Fatalf("locks stayed behind: %v, %v", page.Items, err)
	}
	list, err := h.store.Executions(context.Background(), teamID, store.ExecutionFilter{}, store.Paging{Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, x := range list.Items {
		if !x.Status.Done() || x.FinishedAt == nil || x.Progress.TasksDone != x.Progress.TasksTotal {
			h.t.Fatalf("execution half-written: %+v", x)
		}
		open, err := h.db.Query(context.Background(), table.Query{Table: "control", PK: teamID + "#exe#" + x.ID, Prefix: "open#"})
		if err != nil || len(open.Items) > 0 {
			h.t.Fatalf("markers stayed behind: %v, %v", open.Items, err)
		}
	}
}

// process is the table as one process sees it: it may be killed, or told wrongly that a write failed.
type process struct {
	table.DB
	bolt table.DB
	dead atomic.Bool
}

// begin stands for a new process, whose calls have the fates that fail gives.
func (p *process) begin(fail faulttable.Fail) {
	p.dead.Store(false)
	p.DB = faulttable.New(p.bolt, func(call string, n int) faulttable.Fate {
		if fail == nil {
			return faulttable.OK
		}
		fate := fail(call, n)
		if fate == faulttable.Die || fate == faulttable.DieAfter {
			p.dead.Store(true)
		}
		return fate
	})
}
