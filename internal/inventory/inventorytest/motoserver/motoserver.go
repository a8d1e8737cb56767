// Package motoserver runs moto's server, which plays AWS's APIs from memory, for the tests of a package. moto is
// installed by `make tools` (tools/moto); tests that use it have the build tag integration.
package motoserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/testtool"
)

const (
	startTime = 60 * time.Second // moto imports most of boto3; a busy machine takes its time
	stopTime  = 5 * time.Second
	pollEvery = 20 * time.Millisecond
)

// Region and Account are what moto answers for, unless a request names another region.
const (
	Region  = "us-east-1"
	Account = "123456789012"
)

// Server is a running server.
type Server struct {
	URL string // such as http://127.0.0.1:40123

	cmd    *exec.Cmd
	output *tail
	exited chan struct{} // closed when the process has ended
}

// Main runs a test binary's tests against one server, for TestMain: start gets the server before the tests run. It
// returns the exit code; 1 when the server can't be started, so that no test is silently left out.
func Main(m *testing.M, start func(*Server)) int {
	server, err := Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	start(server)
	return m.Run()
}

// Start starts a server on a free port of the loopback interface and returns once it answers.
func Start(ctx context.Context) (*Server, error) {
	program, err := testtool.Path("moto", "bin", "moto_server")
	if err != nil {
		return nil, fmt.Errorf("moto: %w", err)
	}
	// Another process may take the port between the choice and the start: then moto ends at once, and we choose again.
	for attempt := 1; ; attempt++ {
		s, err := start(ctx, program)
		if err == nil || attempt == 3 || ctx.Err() != nil {
			return s, err
		}
	}
}

func start(ctx context.Context, program string) (*Server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, fmt.Errorf("moto: %w", err)
	}
	s := &Server{URL: "http://127.0.0.1:" + strconv.Itoa(port), output: &tail{}, exited: make(chan struct{})}
	s.cmd = exec.Command(program, "-H", "127.0.0.1", "-p", strconv.Itoa(port)) //nolint:noctx // Stop ends it, not a context
	s.cmd.Env = append(os.Environ(),
		"MOTO_EC2_LOAD_DEFAULT_AMIS=false",    // else every region owns some 1,170 snapshots
		"MOTO_IAM_LOAD_MANAGED_POLICIES=true", // else arn:aws:iam::aws:policy/... doesn't exist
		"PYTHONUNBUFFERED=1",
	)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	endWithParent(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("moto: %w", err)
	}
	go func() {
		defer close(s.exited)
		_ = s.cmd.Wait() // it is always killed
	}()
	if err := s.ready(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("moto: %w; it said:\n%s", err, s.output)
	}
	return s, nil
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		if s.call(ctx, http.MethodGet, "/moto-api/") == nil {
			return nil
		}
		select {
		case <-s.exited:
			return errors.New("ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("no answer after %v: %w", startTime, ctx.Err())
		case <-ticker.C:
		}
	}
}

// Stop ends the server. It may be called more than once.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill() // fails when it has ended
	select {
	case <-s.exited:
	case <-time.After(stopTime):
	}
}

// Reset has the server forget everything, so that a test starts with an empty account. Tests that use it can't run in
// parallel with others on the server.
func (s *Server) Reset(t testing.TB) {
	t.Helper()
	if err := s.call(t.Context(), http.MethodPost, "/moto-api/reset"); err != nil {
		t.Fatalf("moto: reset: %v", err)
	}
}

// Setenv has the SDK's default configuration lead to the server, and nowhere else, until the test ends: no profile
// of whoever runs the test, and no metadata service.
func (s *Server) Setenv(t testing.TB) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL":            s.URL,
		"AWS_REGION":                  Region,
		"AWS_ACCESS_KEY_ID":           "testing",
		"AWS_SECRET_ACCESS_KEY":       "testing",
		"AWS_SESSION_TOKEN":           "",
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED":   "true",

		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "",
	} {
		t.Setenv(name, value)
	}
}

func (s *Server) call(ctx context.Context, method, path string) error {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return nil
}

func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail keeps the last of what a process writes: moto logs every request.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailSize; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
