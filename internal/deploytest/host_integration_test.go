//go:build integration

package deploytest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/deploytest"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/table/tabletest/dynamolocal"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

var (
	moto  motoserver.Server
	local dynamolocal.Server

	programs deploytest.Programs
)

func TestMain(m *testing.M) {
	code := m.Run()
	moto.Stop()
	local.Stop()
	os.Exit(code)
}

// patience is how long a test waits for what others do, on a busy machine.
const patience = 90 * time.Second

// until polls for something that another process or goroutine does.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("waited too long for %s", what)
		case <-tick.C:
		}
	}
}

// lines is what functions write.
type lines struct {
	mu  sync.Mutex
	buf []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, p...)
	return len(p), nil
}

// loud are the lines in which a function says that something isn't as it should be.
func (l *lines) loud() []string {
	return slices.DeleteFunc(l.all(), func(line string) bool {
		return !strings.Contains(line, `"level":"WARN"`) && !strings.Contains(line, `"level":"ERROR"`)
	})
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(string(l.buf), "\n")
}

// host is the product behind its API, wherever it runs.
type host struct {
	t       testing.TB
	handler http.Handler
	token   string
}

// call makes a request, which must succeed, and decodes its answer.
func (h *host) call(method, path string, body, into any) {
	h.t.Helper()
	raw := []byte{}
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			h.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(h.t.Context(), method, "/api/v1"+path, bytes.NewReader(raw))
	r.Header.Set("Authorization", "Bearer "+h.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if w.Code >= http.StatusBadRequest {
		h.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			h.t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
		}
	}
}

// list returns all pages of a list.
func (h *host) list(path string) []map[string]any {
	h.t.Helper()
	var out []map[string]any
	for cursor := ""; ; {
		var page struct {
			Data []map[string]any
			Meta struct {
				NextCursor string `json:"next_cursor"`
			}
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		h.call(http.MethodGet, path+sep+"limit=200&cursor="+url.QueryEscape(cursor), nil, &page)
		out = append(out, page.Data...)
		if cursor = page.Meta.NextCursor; cursor == "" {
			return out
		}
	}
}

// ended returns an execution once it has ended.
func (h *host) ended(id string) audit.Execution {
	h.t.Helper()
	var x audit.Execution
	until(h.t, "execution "+id, func() bool {
		h.call(http.MethodGet, "/executions/"+id, nil, &x)
		return x.Status.Done()
	})
	return x
}

// varying are fields that two runs of one story differ in: times, and what is told by them.
func varying(name string) bool {
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_after") || strings.HasSuffix(name, "_before") ||
		slices.Contains([]string{"at", "event_id", "execution_id", "assessment_id"}, name)
}

func constant(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, child := range v {
			if !varying(name) {
				out[name] = constant(child)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = constant(child)
		}
		return out
	}
	return v
}

// sorted are the items of a list without what varies, by one of their fields.
func sorted(items []map[string]any, by ...string) []map[string]any {
	out := make([]map[string]any, len(items))
	for i, item := range items {
		out[i], _ = constant(item).(map[string]any)
	}
	key := func(item map[string]any) string {
		var parts []string
		for _, name := range by {
			parts = append(parts, fmt.Sprint(item[name]))
		}
		return strings.Join(parts, " ")
	}
	slices.SortFunc(out, func(a, b map[string]any) int { return cmp.Compare(key(a), key(b)) })
	return out
}

// state is what clients see, but for what varies.
type state struct {
	Resources, Coverage, Drifts, Findings, Assessments []map[string]any
}

func (h *host) state(provider string) state {
	h.t.Helper()
	var coverage struct{ Data []map[string]any }
	h.call(http.MethodGet, "/providers/"+provider+"/coverage", nil, &coverage)
	return state{
		Resources: sorted(h.list("/resources"), "resource_id"), Coverage: sorted(coverage.Data, "region", "service"),
		Drifts: sorted(h.list("/drifts"), "id"), Findings: sorted(h.list("/findings"), "id"),
		Assessments: sorted(h.list("/compliance/assessments"), "framework"),
	}
}

// beginning is when the demo account's times count back from, in all runs: two runs then read the same.
var beginning = sync.OnceValue(time.Now)

func demoAccount(t testing.TB) *demo.Server {
	t.Helper()
	var once sync.Once
	account, err := demo.New(func() (now time.Time) {
		now = time.Now()
		once.Do(func() { now = beginning() })
		return now
	})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// story is the undisturbed run, in one process on the embedded store: what every run on AWS's services is compared with.
type story struct{ first, last state }

var undisturbed struct {
	once sync.Once
	ok   bool
	story
}

func reference(t testing.TB) story {
	t.Helper()
	undisturbed.once.Do(func() {
		undisturbed.story = playLocally(t)
		undisturbed.ok = true
	})
	if !undisturbed.ok {
		t.Fatal("there is nothing to compare with: another test says why")
	}
	return undisturbed.story
}

func playLocally(t testing.TB) story {
	account := demoAccount(t)
	server := httptest.NewServer(deploytest.DemoAccount(account))
	defer server.Close()
	base, err := url.Parse("http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p, err := localwire.Open(localwire.Config{
		DataDir: dir, BaseURL: base, Version: "test", Log: slog.New(slog.DiscardHandler), NoSync: true,
		// All services are read, as by the functions.
		Demo: &accounts.Demo{Endpoint: server.URL, Client: demo.Client(server.URL)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	h := &host{t: t}
	if h.token, err = p.Prepare(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if h.handler, err = p.Handler("test"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { defer close(ran); p.Run(ctx) }()
	defer func() { stop(); <-ran }()

	pr, x, err := p.Accounts.Connect(t.Context(), accounts.Request{
		TeamID: localwire.TeamID, By: "test", HomeRegion: demo.HomeRegion, Credentials: awsaccess.Credentials{
			Method: audit.AuthDemo, AccessKeyID: demo.AccessKeyID, SecretAccessKey: demo.SecretAccessKey,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.ended(x.ID)
	var s story
	s.first = h.state(pr.ID)
	account.Advance()
	x, _, err = p.Engine.Trigger(t.Context(), localwire.TeamID, job.Request{
		Type: audit.JobDriftDetection, Scope: audit.Scope{ProviderID: pr.ID}, MaxAge: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.ended(x.ID)
	h.assess(pr.ID)
	h.attributed()
	s.last = h.state(pr.ID)
	return s
}

// assess judges a provider by rules and returns the execution that did.
func (h *host) assess(provider string) audit.Execution {
	h.t.Helper()
	var x audit.Execution
	h.call(http.MethodPost, "/compliance/assess", map[string]any{"provider_id": provider}, &x)
	return h.ended(x.ID)
}

// known are the actors of drifts that the audit log names: the others are looked for again for an hour.
func (h *host) known() map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, d := range h.list("/drifts") {
		actor, _ := d["actor"].(map[string]any)
		if actor["status"] == string(audit.ActorKnown) {
			out[fmt.Sprint(d["id"])] = fmt.Sprint(actor["name"], " ", actor["call"])
		}
	}
	return out
}

// attributedDrifts is how many of the demo account's drifts its audit log explains.
const attributedDrifts = 10

func (h *host) attributed() {
	h.t.Helper()
	until(h.t, "the drifts' actors", func() bool { return len(h.known()) >= attributedDrifts })
}
