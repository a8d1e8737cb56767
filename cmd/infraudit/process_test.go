package main

import (
	"bytes"
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
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
)

// account is an AWS account behind a loopback address, for a server that runs as a process of its own.
type account struct {
	*httptest.Server
	served atomic.Int64
	mu     sync.Mutex
	at     int64
	then   func()
}

func newAccount(t *testing.T, o fleet.Options) *account {
	t.Helper()
	f, a := fleet.New(o), &account{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := a.served.Add(1)
		a.mu.Lock()
		if a.then != nil && n >= a.at {
			then := a.then
			a.then = nil
			then()
		}
		a.mu.Unlock()
		resp, err := f.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body) // the caller may have been killed
	}))
	t.Cleanup(a.Close)
	return a
}

// after has f called when n more requests have come.
func (a *account) after(n int64, f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at, a.then = a.served.Load()+n, f
}

// server is `infraudit serve` as a process.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	dir  string
	log  *lines
	url  string
	done chan struct{} // closed when it has ended
	err  error         // how
}

// lines keeps what a process says, and tells who waits when a line has come.
type lines struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

var serving = regexp.MustCompile(`"msg":"serving","address":"([^"]+)"`)

// launch starts a process on a data folder.
func launch(t *testing.T, dir, endpoint string) *server {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, log: &lines{more: make(chan struct{}, 1)}, done: make(chan struct{})}
	s.cmd = exec.Command(program, "serve", "--addr", "127.0.0.1:0", "--data-dir", dir, "--log-format", "json")
	s.cmd.Env = append(os.Environ(), "INFRAUDIT_TEST_MAIN=1", "HOME="+dir,
		"AWS_ENDPOINT_URL="+endpoint, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_REGION=eu-west-1",
		// S3 Control puts the account id before the host, which doesn't resolve with an address: the proxy takes any.
		"AWS_ENDPOINT_URL_S3_CONTROL=http://aws.invalid", "HTTP_PROXY="+endpoint, "NO_PROXY=",
	)
	s.cmd.Stderr, s.cmd.Stdout = s.log, io.Discard
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.err = s.cmd.Wait(); close(s.done) }()
	t.Cleanup(s.kill)
	return s
}

// serveOn starts a process and waits until it serves.
func serveOn(t *testing.T, dir, endpoint string) *server {
	t.Helper()
	s := launch(t, dir, endpoint)
	timeout := time.After(20 * time.Second)
	for {
		if m := serving.FindStringSubmatch(s.log.String()); m != nil {
			s.url = m[1]
			return s
		}
		select {
		case <-s.log.more:
		case <-s.done:
			t.Fatalf("serve ended with %v:\n%s", s.err, s.log)
		case <-timeout:
			t.Fatalf("serve did not begin:\n%s", s.log)
		}
	}
}

// kill ends the process as kill -9 does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // fails when it has ended
	<-s.done
}

// call makes a request as the administrator and decodes the answer.
func (s *server) call(method, path, body string, into any) (int, error) {
	token, err := os.ReadFile(filepath.Join(s.dir, "token"))
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode >= 300 {
		return resp.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, raw)
	}
	if into == nil {
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.Unmarshal(raw, into)
}

type list struct {
	Items []map[string]any `json:"data"`
	Meta  struct {
		Next string `json:"next_cursor"`
	} `json:"meta"`
}

func (s *server) all(path string) []map[string]any {
	s.t.Helper()
	var out []map[string]any
	for cursor := ""; ; {
		var page list
		if _, err := s.call(http.MethodGet, path+cursor, "", &page); err != nil {
			s.t.Fatal(err)
		}
		out = append(out, page.Items...)
		if page.Meta.Next == "" {
			return out
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		cursor = sep + "cursor=" + page.Meta.Next
	}
}

const keys = `{"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "planted-secret-access-key-of-forty-chars!"}`

func (s *server) connect() error {
	_, err := s.call(http.MethodPost, "/providers/aws/connect", keys, nil)
	return err
}

// settle waits until nothing runs.
func (s *server) settle() {
	s.t.Helper()
	timeout, ticker := time.After(60*time.Second), time.NewTicker(50*time.Millisecond)
	defer ticker.Stop()
	for {
		var running list
		if _, err := s.call(http.MethodGet, "/executions?status=running", "", &running); err != nil {
			s.t.Fatal(err)
		}
		if len(running.Items) == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-s.done:
			s.t.Fatalf("serve ended with %v:\n%s", s.err, s.log)
		case <-timeout:
			s.t.Fatalf("an execution never ends: %v\n%s", running.Items, s.log)
		}
	}
}

// state is what a person sees of the account, without times.
func (s *server) state() []string {
	s.t.Helper()
	var out []string
	for _, r := range s.all("/resources?status=active,stopped,deleted&limit=200") {
		line := fmt.Sprint(r["external_id"], " ", r["resource_type"], " ", r["status"], " ", r["config_hash"])
		for _, b := range s.all(fmt.Sprint("/baselines?resource=", r["resource_id"])) {
			line += fmt.Sprint(" ", b["id"], "=", b["config_hash"])
		}
		out = append(out, line)
	}
	for _, d := range s.all("/drifts?status=detected,investigating,resolved") {
		out = append(out, fmt.Sprint("drift ", d["id"]))
	}
	slices.Sort(out)
	return out
}

// resync reads the account again, and tells what was new to it: nothing, after a sync that lost nothing.
func (s *server) resync() map[string]any {
	s.t.Helper()
	provider := fmt.Sprint(s.all("/providers")[0]["id"])
	var x map[string]any
	if _, err := s.call(http.MethodPost, "/providers/"+provider+"/sync", "", &x); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	if _, err := s.call(http.MethodGet, fmt.Sprint("/executions/", x["id"]), "", &x); err != nil {
		s.t.Fatal(err)
	}
	found, _ := x["found"].(map[string]any)
	return map[string]any{
		"status": x["status"], "created": found["created"], "changed": found["changed"], "deleted": found["deleted"],
		"drifts": found["drifts_detected"],
	}
}

var estate = fleet.Options{N: 150, Regions: []string{"eu-west-1", "us-east-1"}}

// A process that is killed at any point of its first sync leaves what the next one needs to end like one that wasn't.
func TestASyncKilledAnywhereEndsLikeAnUndisturbedOne(t *testing.T) {
	cloud := newAccount(t, estate)
	s := serveOn(t, t.TempDir(), cloud.URL)
	if err := s.connect(); err != nil {
		t.Fatal(err)
	}
	s.settle()
	want, again := s.state(), s.resync()
	requests := cloud.served.Load() / 2 // of one sync
	s.kill()
	if len(want) < 100 || again["status"] != "succeeded" || again["created"] != 0.0 {
		t.Fatalf("the undisturbed run ends with %d resources; another sync finds %v", len(want), again)
	}
	for i, at := range []int64{3, requests / 8, requests / 4, requests / 2, requests * 3 / 4, requests - 2} {
		t.Run(fmt.Sprintf("killed at request %d of %d", at, requests), func(t *testing.T) {
			t.Parallel()
			cloud, dir := newAccount(t, estate), t.TempDir()
			s := serveOn(t, dir, cloud.URL)
			cloud.after(at, func() { _ = s.cmd.Process.Kill() })
			if err := s.connect(); err != nil && at > requests/4 {
				t.Fatal(err)
			}
			<-s.done
			s = serveOn(t, dir, cloud.URL)
			if i%2 == 1 { // and once more
				cloud.after(10, func() { _ = s.cmd.Process.Kill() })
				select {
				case <-s.done:
				case <-time.After(5 * time.Second): // less than that was left to do
					s.kill()
				}
				s = serveOn(t, dir, cloud.URL)
			}
			if len(s.all("/providers")) == 0 { // killed before it was connected
				if err := s.connect(); err != nil {
					t.Fatal(err)
				}
			}
			s.settle()
			if diff := cmp.Diff(want, s.state()); diff != "" {
				t.Errorf("the end differs (-undisturbed +killed):\n%s", diff)
			}
			for _, x := range s.all("/executions") {
				if x["status"] != "succeeded" {
					t.Errorf("execution %v", x)
				}
			}
			if diff := cmp.Diff(again, s.resync()); diff != "" {
				t.Errorf("another sync differs (-undisturbed +killed):\n%s", diff)
			}
		})
	}
}

func TestSIGTERMInMidSyncStopsCleanlyAndTheNextStartGoesOn(t *testing.T) {
	cloud, dir := newAccount(t, estate), t.TempDir()
	s := serveOn(t, dir, cloud.URL)
	reached := make(chan struct{})
	cloud.after(40, func() { close(reached) })
	if err := s.connect(); err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		t.Fatalf("it runs 10 s after SIGTERM:\n%s", s.log)
	}
	if s.err != nil {
		t.Errorf("it ended with %v:\n%s", s.err, s.log)
	}
	s = serveOn(t, dir, cloud.URL)
	s.settle()
	if got := s.resync(); got["created"] != 0.0 || got["status"] != "succeeded" {
		t.Errorf("after the next start, another sync finds %v", got)
	}
}

func TestASecondProcessOnTheSameDataIsRefused(t *testing.T) {
	cloud, dir := newAccount(t, estate), t.TempDir()
	serveOn(t, dir, cloud.URL)
	second := launch(t, dir, cloud.URL)
	select {
	case <-second.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the second runs")
	}
	var exit *exec.ExitError
	if !errors.As(second.err, &exit) || !strings.Contains(second.log.String(), "another process") || !strings.Contains(second.log.String(), dir) {
		t.Errorf("the second ended with %v, saying:\n%s", second.err, second.log)
	}
}
