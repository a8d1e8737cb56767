package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

// envRun holds what a child process is to do. Each measurement has a process of its own, so that they don't mix.
const envRun = "INFRAUDIT_BENCH_RUN"

// run is one sync of the whole product: a data folder, and an account in this process or behind a loopback endpoint.
type run struct {
	Dir      string
	N        int
	Endpoint string
}

// measured is what a run took.
type measured struct {
	Found    audit.Found
	Wall     time.Duration
	CPU      time.Duration // of this process, user and system
	Bytes    uint64        // allocated
	Allocs   uint64
	GCs      uint32
	PeakAnon int64 // bytes of RssAnon, sampled every 50 ms
	PeakFile int64 // bytes of RssFile: the store's mapped file, and the program's
	FileSize int64 // of the database
}

func TestMain(m *testing.M) {
	if text := os.Getenv(envRun); text != "" {
		if err := child(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child does a run and prints what it took.
func child(ctx context.Context, text string) error {
	var r run
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	localwire.LimitMemory() // as serve does
	o := opener{endpoint: r.Endpoint, client: demo.Client(r.Endpoint)}
	if r.Endpoint == "" {
		o.client = newFleet(r.N, 0).Client()
	}
	p, _, err := openProduct(ctx, r.Dir, o)
	if err != nil {
		return err
	}
	profiled, err := profile()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	ran := make(chan struct{})
	go func() { defer close(ran); p.Run(work) }()
	m, err := measure(func() (audit.Found, error) { return syncProduct(ctx, p) })
	err = errors.Join(err, profiled())
	stop()
	<-ran
	if err := errors.Join(err, p.Close()); err != nil {
		return err
	}
	if info, err := os.Stat(filepath.Join(r.Dir, "infraudit.db")); err == nil {
		m.FileSize = info.Size()
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// envProfile names a folder where a run leaves cpu.pprof and heap.pprof; each run overwrites the last.
const envProfile = "INFRAUDIT_BENCH_PROFILE"

func profile() (stop func() error, err error) {
	dir := os.Getenv(envProfile)
	if dir == "" {
		return func() error { return nil }, nil
	}
	cpu, err := os.Create(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		heap, err := os.Create(filepath.Join(dir, "heap.pprof"))
		if err != nil {
			return errors.Join(err, cpu.Close())
		}
		return errors.Join(pprof.Lookup("allocs").WriteTo(heap, 0), heap.Close(), cpu.Close())
	}, nil
}

// syncProduct runs a sync as the API starts one, and waits for its end.
func syncProduct(ctx context.Context, p *localwire.Product) (audit.Found, error) {
	x, _, err := p.Engine.Trigger(ctx, localwire.TeamID, job.Request{
		Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: provider().ID}, Trigger: "bench",
	})
	if err != nil {
		return audit.Found{}, err
	}
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if x, err = p.Store.Execution(ctx, localwire.TeamID, x.ID); err != nil {
			return audit.Found{}, err
		}
		if x.Status.Done() {
			break
		}
	}
	if x.Status != audit.ExecutionSucceeded {
		return x.Found, errors.Join(fmt.Errorf("the sync ended as %s", x.Status), holes(ctx, p))
	}
	return x.Found, nil
}

// holes says what a sync could not read.
func holes(ctx context.Context, p *localwire.Product) error {
	lines, err := p.Store.Coverage(ctx, localwire.TeamID, provider().ID)
	for _, line := range lines {
		for _, t := range line.Types {
			if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported || len(t.Unread) > 0 {
				err = errors.Join(err, fmt.Errorf("%s %s: %s %s: %s %v", line.Region, t.ResourceType, t.Status, t.Action, t.Reason, t.Unread))
			}
		}
	}
	return err
}

// measure tells what do takes of this process.
func measure(do func() (audit.Found, error)) (measured, error) {
	var m measured
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuTime()
	stop, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			anon, file := resident()
			m.PeakAnon, m.PeakFile = max(m.PeakAnon, anon), max(m.PeakFile, file)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	start := time.Now()
	found, err := do()
	m.Wall, m.CPU = time.Since(start), cpuTime()-cpu
	close(stop)
	<-sampled
	runtime.ReadMemStats(&after)
	m.Found, m.Bytes, m.Allocs = found, after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
	m.GCs = after.NumGC - before.NumGC
	return m, err
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident returns this process's resident memory in bytes: anonymous, and of mapped files (proc(5), status).
func resident() (anon, file int64) { return residentOf(os.Getpid()) }

func residentOf(process int) (anon, file int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		var kib int64
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kib); err == nil {
			anon = kib << 10
		}
		if _, err := fmt.Sscanf(line, "RssFile: %d kB", &kib); err == nil {
			file = kib << 10
		}
	}
	return anon, file
}

// inChild does a run in a process of its own.
func inChild(tb testing.TB, r run, env ...string) measured {
	tb.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), envRun+"="+string(text)), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("the child failed: %v", err)
	}
	var m measured
	if err := json.Unmarshal(out, &m); err != nil {
		tb.Fatalf("the child printed %q: %v", out, err)
	}
	return m
}

// serveFleet plays an account on loopback, so that its memory isn't the measured process's.
func serveFleet(tb testing.TB, n int) (endpoint string) {
	tb.Helper()
	return playFleet(tb, n, func() {}).URL
}

// playFleet is serveFleet, which tells of each request.
func playFleet(tb testing.TB, n int, asked func()) *httptest.Server {
	tb.Helper()
	f := newFleet(n, 0)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked()
		res, err := f.RoundTrip(r)
		if err != nil {
			tb.Errorf("the account was asked what it doesn't understand: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		maps.Copy(w.Header(), res.Header)
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body) // the client may be gone
	}))
	tb.Cleanup(s.Close)
	return s
}
