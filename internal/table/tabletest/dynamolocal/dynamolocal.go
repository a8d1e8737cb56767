// Package dynamolocal runs DynamoDB Local, Amazon's own, for tests. It is installed by tools/dynamodb-local, under
// the folder that INFRAUDIT_TOOLS names, .tools in the module's root by default.
//
// A test package keeps one Server for all its tests, which costs a JVM's start once:
//
//	var local dynamolocal.Server
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		local.Stop()
//		os.Exit(code)
//	}
package dynamolocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/infraudit/infraudit/internal/testtool"
)

const (
	// startWait is how long the JVM may take until it answers: about 3 s, but tests share processors.
	startWait = 60 * time.Second
	region    = "eu-west-1"
)

// Server is a DynamoDB Local that starts when it is first needed and keeps its data in memory. The zero value is
// ready; it must not be copied.
type Server struct {
	start   sync.Once
	err     error
	address string
	stdin   io.Closer
	exited  chan struct{}
	clients atomic.Int64
}

// Endpoint starts the server if need be and returns its URL. The test fails when the tool isn't installed.
func (s *Server) Endpoint(t testing.TB) string {
	t.Helper()
	url, err := s.Serve()
	if err != nil {
		t.Fatalf("DynamoDB Local: %v", err)
	}
	return url
}

// Serve starts the server if need be and returns its URL.
func (s *Server) Serve() (url string, err error) {
	s.start.Do(func() { s.err = s.run() })
	return "http://" + s.address, s.err
}

// Client returns a client with an access key of its own: DynamoDB Local keeps the tables of each apart.
func (s *Server) Client(t testing.TB) *dynamodb.Client {
	t.Helper()
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(s.Endpoint(t)),
		Region:       region,
		Credentials: credentials.NewStaticCredentialsProvider(
			fmt.Sprintf("test%d", s.clients.Add(1)), "secret", ""),
	})
}

// Stop ends the server, if it was started.
func (s *Server) Stop() {
	if s.stdin == nil {
		return
	}
	_ = s.stdin.Close()
	<-s.exited
}

// supervise runs the server and ends it as soon as its own input ends: that happens when Stop is called, and also
// when the test binary dies without calling it.
const supervise = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
(cat <&3; kill -9 $server) >/dev/null 2>&1 & watch=$!
wait $server
kill $watch 2>/dev/null`

func (s *Server) run() error {
	lib, err := libraries()
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.address = fmt.Sprintf("127.0.0.1:%d", port)
	//nolint:gosec // a test tool, at a path that the developer chose
	cmd := exec.Command("sh", "-c", supervise, "sh", "java",
		"-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", // starts sooner; tests are short
		"-Djava.library.path="+lib, "-cp", filepath.Join(lib, "*"),
		"com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
		"-inMemory", "-disableTelemetry", "-port", fmt.Sprint(port))
	var output opening
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.stdin, s.exited = stdin, make(chan struct{})
	go func() {
		defer close(s.exited)
		_ = cmd.Wait()
	}()
	if err := s.ready(); err != nil {
		s.Stop()
		return fmt.Errorf("%w; it said:\n%s", err, output.String())
	}
	return nil
}

// ready waits until the server answers HTTP.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address, http.NoBody)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ticker.C:
		case <-s.exited:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer within %v", startWait)
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("listening on %v", l.Addr())
	}
	return addr.Port, nil
}

// libraries finds the installed tool.
func libraries() (string, error) {
	lib, err := testtool.Path("dynamodb-local", "lib")
	if err != nil {
		return "", err
	}
	if _, err := exec.LookPath("java"); err != nil {
		return "", fmt.Errorf("needs a Java 17 runtime: %w", err)
	}
	return lib, nil
}

// opening keeps the start of what a process says, for when it fails.
type opening struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *opening) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf.Len() < 8<<10 {
		t.buf.Write(p)
	}
	return len(p), nil
}

func (t *opening) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.buf.String())
}
