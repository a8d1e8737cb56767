// Package motoserver runs moto's server, which plays AWS's APIs from memory, for the tests of a package. moto is
// installed by `make tools` (tools/moto); tests that use it have the build tag integration. A test package keeps one
// server for all its tests:
//
//	var moto motoserver.Server
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		moto.Stop()
//		os.Exit(code)
//	}
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
	"slices"
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

// Server is a server that starts when it is first asked for. The zero value is ready; it must not be copied.
type Server struct {
	// Script, unless empty, is a Python program that runs in place of moto_server: one that alters moto, and then calls
	// moto.server.main. It has Stdin as its input.
	Script string
	Stdin  *os.File

	once sync.Once
	err  error // why it could not be started

	url    string
	cmd    *exec.Cmd
	output *tail
	exited chan struct{} // closed when the process has ended
}

// Endpoint returns the server's address, such as http://127.0.0.1:40123. The test fails when there is no server to be had.
func (s *Server) Endpoint(t testing.TB) string {
	t.Helper()
	url, err := s.Serve(t.Context())
	if err != nil {
		t.Fatalf("moto: %v", err)
	}
	return url
}

// Serve starts the server if need be and returns its address. The server outlives ctx.
func (s *Server) Serve(ctx context.Context) (url string, err error) {
	s.once.Do(func() { s.err = s.launch(context.WithoutCancel(ctx)) })
	return s.url, s.err
}

// Stop ends the server, if it was started.
func (s *Server) Stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill() // fails when it has ended
	select {
	case <-s.exited:
	case <-time.After(stopTime):
	}
}

func (s *Server) launch(ctx context.Context) error {
	name, args := "moto_server", []string(nil)
	if s.Script != "" {
		name, args = "python", []string{"-c", s.Script}
	}
	program, err := testtool.Path("moto", "bin", name)
	if err != nil {
		return err
	}
	// Another process may take the port between the choice and the start: then moto ends at once, and we choose again.
	for attempt := 1; ; attempt++ {
		if err = s.start(ctx, program, args...); err == nil || attempt == 3 {
			return err
		}
	}
}

func (s *Server) start(ctx context.Context, program string, args ...string) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	s.url = "http://127.0.0.1:" + strconv.Itoa(port)
	s.output, s.exited = &tail{}, make(chan struct{})
	s.cmd = exec.CommandContext(ctx, program, append(slices.Clip(args), "-H", "127.0.0.1", "-p", strconv.Itoa(port))...)
	if s.Stdin != nil {
		s.cmd.Stdin = s.Stdin
	}
	s.cmd.Env = append(os.Environ(),
		"MOTO_EC2_LOAD_DEFAULT_AMIS=false",    // else every region owns some 1,170 snapshots
		"MOTO_IAM_LOAD_MANAGED_POLICIES=true", // else arn:aws:iam::aws:policy/... doesn't exist
		"PYTHONUNBUFFERED=1",
	)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	endWithParent(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, exited chan<- struct{}) {
		defer close(exited)
		_ = cmd.Wait() // it is always killed
	}(s.cmd, s.exited)
	if err := s.ready(ctx); err != nil {
		s.Stop()
		return fmt.Errorf("%w; it said:\n%s", err, s.output)
	}
	return nil
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

// Reset has the server forget everything, so that a test starts with an empty account. Tests that use it can't run in
// parallel with others on the server.
func (s *Server) Reset(t testing.TB) {
	t.Helper()
	s.Endpoint(t)
	if err := s.call(t.Context(), http.MethodPost, "/moto-api/reset"); err != nil {
		t.Fatalf("moto: reset: %v", err)
	}
}

// Setenv has the SDK's default configuration lead to the server, and nowhere else, until the test ends: no profile
// of whoever runs the test, and no metadata service.
func (s *Server) Setenv(t testing.TB) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL":            s.Endpoint(t),
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
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, nil)
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
