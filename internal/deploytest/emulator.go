package deploytest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/testtool"
)

// Programs are the functions' programs, built for this machine. The zero value is ready; it must not be copied, and no two of
// one folder may be in use at once.
//
// Unless they are to be as released, they are built as tests are (cgo, no trimpath), so that the packages below, which take
// minutes, are compiled once for both.
type Programs struct {
	Dir      string // below dist; "emulated" when empty
	Released bool

	mu    sync.Mutex
	built map[string]string // paths by logical id
}

// Build builds those functions that it has not yet built.
func (p *Programs) Build(ctx context.Context, functions ...Function) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	root, err := testtool.ModuleRoot()
	if err != nil {
		return err
	}
	dir := filepath.Join(root, "dist", cmp.Or(p.Dir, "emulated"))
	args := []string{"build", "-tags", "lambda.norpc,grpcnotrace", "-ldflags", "-s -w", "-o", dir + string(filepath.Separator)}
	env := os.Environ()
	if p.Released {
		args, env = append(args, "-trimpath"), append(env, "CGO_ENABLED=0")
	}
	built := map[string]string{}
	for _, f := range functions {
		if p.built[f.ID] == "" {
			args = append(args, f.Package())
			built[f.ID] = filepath.Join(dir, filepath.Base(f.Package()))
		}
	}
	if len(built) == 0 {
		return nil
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = root, env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build functions: %w\n%s", err, out)
	}
	maps.Copy(built, p.built)
	p.built = built
	return nil
}

// path is that of a function's program, once it was built.
func (p *Programs) path(f Function) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.built[f.ID]
}

// Emulator is a function that runs as one instance of AWS's Lambda Runtime Interface Emulator. It takes one event at a time:
// the emulator dies of a second one.
type Emulator struct {
	Function Function

	url    string
	cmd    *exec.Cmd
	exited chan struct{}
	log    io.Writer
}

const (
	emulatorTries   = 5
	emulatorStart   = 20 * time.Second
	emulatorStopped = 5 * time.Second
	pollEvery       = time.Millisecond
)

// ErrNotStarted is what an invocation came to of a function that ended before it took an event. Its log says why.
var ErrNotStarted = errors.New("the function didn't start")

// errTimedOut is what an invocation came to that took longer than the function may.
var errTimedOut = errors.New("the function timed out")

// startEmulator runs a program as a function with that environment.
func startEmulator(ctx context.Context, program string, f Function, env map[string]string, log io.Writer) (*Emulator, error) {
	emulator, err := testtool.Path("sam", "bin", "aws-lambda-rie")
	if err != nil {
		return nil, err
	}
	// Another process may take a port between the choice and the start: then the emulator ends, and we choose again.
	for try := 1; ; try++ {
		e := &Emulator{Function: f, exited: make(chan struct{}), log: log}
		if err = e.start(ctx, emulator, program, env); err == nil || try == emulatorTries {
			return e, err
		}
	}
}

func (e *Emulator) start(ctx context.Context, emulator, program string, env map[string]string) error {
	invoke, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	runtime, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	e.url = "http://" + invoke + "/2015-03-31/functions/function/invocations"
	e.cmd = exec.Command(emulator, "--runtime-interface-emulator-address", invoke, "--runtime-api-address", runtime, program)
	e.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range env {
		e.cmd.Env = append(e.cmd.Env, name+"="+value)
	}
	e.cmd.Stdout, e.cmd.Stderr = e.log, e.log
	endWithParent(e.cmd)
	if err := e.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(e.exited)
		_ = e.cmd.Wait() // it is stopped by a signal
	}()
	return e.ready(ctx, invoke)
}

// ready waits until the emulator listens. The function starts with its first event.
func (e *Emulator) ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, emulatorStart)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-e.exited:
			return errors.New("the emulator ended at once")
		case <-ctx.Done():
			e.Stop()
			return fmt.Errorf("the emulator doesn't listen: %w", err)
		case <-time.After(pollEvery):
		}
	}
}

// Invoke hands the function an event and returns its answer. An error that the function returned, its death and its time-out
// are errors.
func (e *Emulator) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	// Errors come as 200, too; only the body tells.
	var failed struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal(answer, &failed) == nil && failed.ErrorType != "" {
		return nil, fmt.Errorf("%s: %s: %s", e.Function.ID, failed.ErrorType, failed.ErrorMessage)
	}
	if len(answer) == 0 { // what a function answers is JSON
		return nil, fmt.Errorf("%s: %w", e.Function.ID, ErrNotStarted)
	}
	if bytes.HasPrefix(answer, []byte("Task timed out after")) {
		return nil, fmt.Errorf("%s: %w", e.Function.ID, errTimedOut)
	}
	return answer, nil
}

// Kill ends the function's process as a crash of its machine would. The emulator stays, and starts the function anew with
// the next event.
func (e *Emulator) Kill() error {
	children, err := childrenOf(e.cmd.Process.Pid)
	if err != nil {
		return err
	}
	if len(children) == 0 {
		return fmt.Errorf("%s: no process to kill", e.Function.ID)
	}
	for _, pid := range children {
		p, err := os.FindProcess(pid)
		if err == nil {
			err = p.Kill()
		}
		if err != nil {
			return fmt.Errorf("kill %s: %w", e.Function.ID, err)
		}
	}
	return nil
}

// RSS is how much memory the function's process has in use, in bytes (proc(5), "/proc/pid/status").
func (e *Emulator) RSS() (int64, error) {
	children, err := childrenOf(e.cmd.Process.Pid)
	if err != nil || len(children) != 1 {
		return 0, fmt.Errorf("%s has %d processes: %w", e.Function.ID, len(children), err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", children[0]))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// Stop ends emulator and function. The function's process would outlive an emulator that is killed.
func (e *Emulator) Stop() {
	_ = e.cmd.Process.Signal(os.Interrupt)
	select {
	case <-e.exited:
	case <-time.After(emulatorStopped):
		_ = e.Kill()
		_ = e.cmd.Process.Kill()
		<-e.exited
	}
}

// childrenOf lists the processes that a process started, from /proc (proc(5), "/proc/pid/stat").
func childrenOf(parent int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var out []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid ...; the name may hold anything
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		out = append(out, pid)
	}
	slices.Sort(out)
	return out, nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
