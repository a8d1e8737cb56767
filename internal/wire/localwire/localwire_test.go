package localwire_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/wire/localwire"
)

// buffer is what a server writes for people.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// server is a product that is being served.
type server struct {
	t     *testing.T
	base  string
	token string
	out   *buffer
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func serveDemo(t *testing.T) *server {
	t.Helper()
	dir, addr := t.TempDir(), freeAddr(t)
	s := &server{t: t, base: "http://" + addr, out: &buffer{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- localwire.Serve(ctx, localwire.ServeConfig{
			Addr: addr, DataDir: dir, Demo: true, Program: "infraudit", Version: "test", Out: s.out,
			WebhookAllow: "127.0.0.0/8",
			Log:          slog.New(slog.DiscardHandler),
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	s.until("the demo to be told", func() bool { return strings.Contains(s.out.String(), "Try, in another terminal") })
	raw, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "token"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("token file: %v, %v", info, err)
	}
	s.token = strings.TrimSpace(string(raw))
	return s
}

// until polls for something that another process or goroutine does.
func (s *server) until(what string, done func() bool) {
	s.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			s.t.Fatalf("waited too long for %s; printed:\n%s", what, s.out)
		case <-tick.C:
		}
	}
}

// call makes a request and decodes its answer.
func (s *server) call(method, path string, body, into any) int {
	s.t.Helper()
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, r)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			s.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, raw)
		}
	}
	return resp.StatusCode
}

type list[T any] struct {
	Data []T `json:"data"`
	Meta struct {
		NextCursor string `json:"next_cursor"`
	} `json:"meta"`
}

type shownDrift struct {
	ID           string `json:"id"`
	ResourceID   string `json:"resource_id"`
	ResourceName string `json:"resource_name"`
	Path         string `json:"path"`
	Status       string `json:"status"`
	Actor        struct {
		Status, Name, Call, Reason string
	} `json:"actor"`
}

// What a newcomer sees, from the outside.
func TestTheDemoFindsItsDriftsAndWhoMadeThem(t *testing.T) {
	s := serveDemo(t)
	var drifts list[shownDrift]
	s.call("GET", "/api/v1/drifts?limit=200", nil, &drifts)
	who := map[string]string{}
	for _, d := range drifts.Data {
		who[d.ResourceName+" "+d.Path] = d.Actor.Status + " " + d.Actor.Name + " " + d.Actor.Call
		if d.Actor.Status == "unknown" && d.Actor.Reason == "" {
			t.Errorf("%s: unknown without a reason", d.ResourceName)
		}
	}
	for what, by := range map[string]string{
		"production-web SecurityGroupIngress":      "known maria.lopez ec2:AuthorizeSecurityGroupIngress",
		"jonas.weber ManagedPolicyArns":            "known maria.lopez iam:AttachUserPolicy",
		"nordwind-account EnableLogFileValidation": "known root cloudtrail:UpdateTrail",
		"shop-catalogue DeletionProtection":        "known ci-deploy rds:ModifyDBInstance",
		"worker-1 InstanceType":                    "known priya.shah ec2:ModifyInstanceAttribute",
		"nordwind-data-lake Tags[owner]":           "unknown  ",
	} {
		if who[what] != by {
			t.Errorf("%s: by %q, want %q", what, who[what], by)
		}
	}

	var providers list[struct {
		ID         string `json:"id"`
		SyncStatus string `json:"sync_status"`
		Demo       bool   `json:"demo"`
	}]
	s.call("GET", "/api/v1/providers", nil, &providers)
	if len(providers.Data) != 1 || providers.Data[0].SyncStatus != "partial" || !providers.Data[0].Demo {
		t.Errorf("providers %+v", providers.Data)
	}

	// Promoting what is there now resolves the resource's drifts.
	var first shownDrift
	for _, d := range drifts.Data {
		if d.ResourceName == "production-web" {
			first = d
		}
	}
	if code := s.call("POST", "/api/v1/drifts/"+first.ID+"/resolve", map[string]any{"capture_baseline": true}, nil); code != 200 {
		t.Errorf("resolve answered %d", code)
	}
	var after shownDrift
	s.call("GET", "/api/v1/drifts/"+first.ID, nil, &after)
	if after.Status != "resolved" {
		t.Errorf("after its resolution: %+v", after)
	}
}

func TestAnAssessmentIsExportedAsEvidence(t *testing.T) {
	s := serveDemo(t)
	type execution struct {
		ID         string `json:"id"`
		Status     string `json:"status"`
		ResultURL  string `json:"result_url"`
		ResultFile string `json:"result_file"`
	}
	var problem struct{ Code string }
	if code := s.call("POST", "/api/v1/compliance/export", map[string]any{"framework": "soc2", "format": "pdf"}, &problem); code != 404 {
		t.Errorf("an export without an assessment answered %d", code)
	}
	run := func(path string, body map[string]any) (x execution) {
		if code := s.call("POST", path, body, &x); code != 202 {
			t.Fatalf("%s answered %d", path, code)
		}
		s.until(path, func() bool {
			s.call("GET", "/api/v1/executions/"+x.ID, nil, &x)
			return x.Status != "running"
		})
		return x
	}
	run("/api/v1/compliance/assess", map[string]any{})
	for format, begins := range map[string]string{"pdf": "%PDF-", "csv": "framework,control,", "json": `{"assessment_id":`, "ocsf": "[\n{"} {
		x := run("/api/v1/compliance/export", map[string]any{"format": format})
		if x.Status != "succeeded" || !strings.HasPrefix(x.ResultFile, "cis-aws-7.0.") {
			t.Fatalf("%s: %+v", format, x)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.ResultURL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || !strings.HasPrefix(string(body), begins) {
			t.Errorf("%s: %.40q, %v", format, body, err)
		}
		_ = resp.Body.Close()
	}
}

func TestAnExportIsAFileThatCanBeFetchedWithoutAToken(t *testing.T) {
	s := serveDemo(t)
	type execution struct {
		ID        string `json:"id"`
		Status    string `json:"status"`
		ResultURL string `json:"result_url"`
	}
	var x execution
	if code := s.call("POST", "/api/v1/resources/export", map[string]any{"type": "s3_bucket"}, &x); code != 202 {
		t.Fatalf("export answered %d", code)
	}
	s.until("the export", func() bool {
		s.call("GET", "/api/v1/executions/"+x.ID, nil, &x)
		return x.Status != "running"
	})
	if x.Status != "succeeded" || x.ResultURL == "" {
		t.Fatalf("export %+v", x)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.ResultURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	rows, err := csv.NewReader(resp.Body).ReadAll()
	if err != nil || len(rows) < 2 || resp.Header.Get("Content-Disposition") == "" {
		t.Fatalf("%d rows, %v, headers %v", len(rows), err, resp.Header)
	}
	for _, row := range rows[1:] {
		if row[2] != "s3_bucket" {
			t.Errorf("row %v is of another type", row)
		}
	}
	var problem struct{ Code string }
	if code := s.call("GET", "/api/v1/executions/exe_"+fmt.Sprint(strings.Repeat("0", 26)), nil, &problem); code != 404 || problem.Code != "not_found" {
		t.Errorf("an unknown execution answered %d %s", code, problem.Code)
	}
}
