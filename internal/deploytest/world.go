package deploytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/infraudit/infraudit/internal/testtool"
)

// Options say what runs of a deployment, and how.
type Options struct {
	Name  string // of the stack
	Cloud Cloud
	// Programs are built if need be; worlds may share them.
	Programs *Programs
	// Functions are those that run, by logical id, and how many events each takes at a time.
	Functions map[string]int
	// Environment is added to that of the template.
	Environment map[string]string
	// Timeouts are shorter ones than the template's, by logical id; whole seconds.
	Timeouts map[string]time.Duration
	// Customer is the audited account, which whoever has CustomerKey reaches.
	Customer    http.Handler
	CustomerKey string
	// Log gets what the functions write, many at once; nil drops it.
	Log io.Writer
}

// World is a deployment that runs on this machine: the template's functions under Lambda's emulator, with what the template
// gives them.
type World struct {
	Stack     *Stack
	Functions map[string]Function
	Gateway   *Gateway
	Cloud     Cloud

	log          io.Writer
	programs     map[string]string            // by logical id
	environments map[string]map[string]string // likewise
	emulators    map[string][]*Emulator
	free         map[string]chan *Emulator
	mu           sync.Mutex
	busy         map[*Emulator]bool
	wakers       map[string][]chan struct{} // by the ARN of a queue
	requests     int
	failures     []error
}

// Start deploys the template, builds its functions and starts an emulator for each event that they take at a time. They run
// until Stop. Nothing receives from queues until Work is called.
func (ts Templates) Start(ctx context.Context, o Options) (*World, error) {
	stack, err := ts.Deploy(ctx, o.Cloud, o.Name)
	if err != nil {
		return nil, err
	}
	functions, err := stack.Functions()
	if err != nil {
		return nil, err
	}
	w := &World{
		Stack: stack, Functions: functions, Cloud: o.Cloud, log: cmp.Or[io.Writer](o.Log, io.Discard), emulators: map[string][]*Emulator{},
		programs: map[string]string{}, environments: map[string]map[string]string{},
		free: map[string]chan *Emulator{}, busy: map[*Emulator]bool{}, wakers: map[string][]chan struct{}{},
		Gateway: &Gateway{cloud: o.Cloud, functions: functions, customer: o.Customer, customerKey: o.CustomerKey},
	}
	w.Gateway.sent = w.wake
	if err := w.Gateway.listen(ctx); err != nil {
		return nil, err
	}
	var build []Function
	for id := range o.Functions {
		f, ok := functions[id]
		if !ok {
			return nil, fmt.Errorf("the template has no %s", id)
		}
		build = append(build, f)
	}
	if err := o.Programs.Build(ctx, build...); err != nil {
		return nil, err
	}
	for id, n := range o.Functions {
		f := functions[id]
		if timeout, ok := o.Timeouts[id]; ok {
			f.Timeout = timeout
		}
		if err := w.run(ctx, o.Programs.path(f), f, o.Environment, n); err != nil {
			return nil, errors.Join(err, w.Stop())
		}
	}
	return w, nil
}

// run starts a function's emulators.
func (w *World) run(ctx context.Context, program string, f Function, more map[string]string, n int) error {
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": f.ID, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": Region, "AWS_DEFAULT_REGION": Region,
		"AWS_ENDPOINT_URL": w.Gateway.URL,
		// S3 Control puts the account before the host, a name that doesn't resolve. The SDK goes to loopback without a proxy.
		"HTTP_PROXY":      w.Gateway.URL,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_TIMEOUT":     strconv.Itoa(int(f.Timeout.Seconds())),
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
	}
	maps.Copy(env, f.Environment)
	maps.Copy(env, more)
	w.programs[f.ID], w.environments[f.ID] = program, env
	w.free[f.ID] = make(chan *Emulator, n)
	for range n {
		e, err := startEmulator(ctx, program, f, env, w.log)
		if err != nil {
			return fmt.Errorf("%s: %w", f.ID, err)
		}
		w.emulators[f.ID] = append(w.emulators[f.ID], e)
		w.free[f.ID] <- e
	}
	return nil
}

// Spawn starts an instance of a function that runs here, apart from those that Invoke hands events: as Lambda does at a
// cold start. Another program can take its place. Whoever spawns it stops it.
func (w *World) Spawn(ctx context.Context, id, program string) (*Emulator, error) {
	env, ok := w.environments[id]
	if !ok {
		return nil, fmt.Errorf("%s doesn't run here", id)
	}
	return startEmulator(ctx, cmp.Or(program, w.programs[id]), w.Functions[id], env, w.log)
}

// Stop ends all that Start started. Work must have returned. It returns what went wrong behind the callers' backs.
func (w *World) Stop() error {
	var wg sync.WaitGroup
	for _, emulators := range w.emulators {
		for _, e := range emulators {
			wg.Go(e.Stop)
		}
	}
	wg.Wait()
	w.Gateway.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.failures...)
}

// Invoke hands a function an event and returns its answer; it waits while the function has as many events as it takes.
func (w *World) Invoke(ctx context.Context, id string, event []byte) ([]byte, error) {
	free, ok := w.free[id]
	if !ok {
		return nil, fmt.Errorf("%s doesn't run here", id)
	}
	var e *Emulator
	select {
	case e = <-free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w.setBusy(e, true)
	defer func() {
		w.setBusy(e, false)
		free <- e
	}()
	return e.Invoke(context.WithoutCancel(ctx), event) // two events at once would be its end
}

func (w *World) setBusy(e *Emulator, busy bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy[e] = busy
}

// Kill kills the processes of a function that are at work, as a crash of their machines would.
func (w *World) Kill(id string) error {
	w.mu.Lock()
	busy := slices.DeleteFunc(slices.Clone(w.emulators[id]), func(e *Emulator) bool { return !w.busy[e] })
	w.mu.Unlock()
	if len(busy) == 0 {
		return fmt.Errorf("%s is not at work", id)
	}
	var errs []error
	for _, e := range busy {
		errs = append(errs, e.Kill())
	}
	return errors.Join(errs...)
}

// Tick invokes functions with what the template's schedules give them.
func (w *World) Tick(ctx context.Context) error {
	var errs []error
	ticked := false
	for id, f := range w.Functions {
		for _, input := range f.Inputs {
			ticked = true
			_, err := w.Invoke(ctx, id, []byte(input))
			errs = append(errs, err)
		}
	}
	if !ticked {
		return errors.New("the template has no schedule")
	}
	return errors.Join(errs...)
}

// Programs lists the template's functions, by logical id, whose programs are in this module: the others' jobs are not there yet.
func (ts Templates) Programs() ([]string, error) {
	root, err := testtool.ModuleRoot()
	if err != nil {
		return nil, err
	}
	var out []string
	for id, r := range ts[""].Resources {
		if r.Type != "AWS::Lambda::Function" {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, Function{ID: id}.Package(), "main.go")); err == nil {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

// DynamoDB returns a client of whoever deployed.
func (w *World) DynamoDB() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{BaseEndpoint: &w.Cloud.DynamoDB, Region: Region, Credentials: deployer()})
}
