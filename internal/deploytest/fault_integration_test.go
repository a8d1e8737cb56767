//go:build integration

package deploytest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/deploytest"
)

const syncFunction = "ResourceSyncFunction"

// leases are short, so that a test needn't wait for two minutes.
func leases(of time.Duration) map[string]string {
	return map[string]string{"INFRAUDIT_LEASE": of.String()}
}

// trap holds calls to RDS in the account's home region, until whoever makes them is killed: one region's task can't end.
type trap struct {
	open   atomic.Bool
	held   atomic.Int64
	passed atomic.Int64 // calls that were not held
}

func (w *world) trap() *trap {
	tr := &trap{}
	w.t.Cleanup(w.Gateway.Use(func(_ http.ResponseWriter, r *http.Request, c deploytest.Call) bool {
		if c.Function != "" || c.Service != "rds" || c.Region != demo.HomeRegion {
			return false
		}
		if tr.open.Load() {
			tr.passed.Add(1)
			return false
		}
		tr.held.Add(1)
		<-r.Context().Done()
		return true
	}))
	return tr
}

// trapped waits until a worker is in the midst of the task that the trap is for, at that attempt.
func (w *world) trapped(tr *trap, execution string, attempt int) {
	w.t.Helper()
	before := tr.held.Load()
	until(w.t, "a worker to be trapped", func() bool {
		if attempt > 1 && tr.held.Load() == before || tr.held.Load() == 0 {
			return false
		}
		tasks, err := w.store.Tasks(w.t.Context(), localTeam, execution)
		if err != nil {
			w.t.Fatal(err)
		}
		return slices.ContainsFunc(tasks, func(t audit.Task) bool {
			return t.Kind == audit.TaskSync && t.Region == demo.HomeRegion && t.Owner != "" && t.Attempts == attempt
		})
	})
}

// endsUndisturbed compares what a sync left with what an undisturbed one leaves.
func (w *world) endsUndisturbed(provider string, x audit.Execution) {
	w.t.Helper()
	if x.Status != audit.ExecutionPartial { // as the undisturbed one: the account refuses some calls
		w.t.Errorf("the sync ended as %s: %+v", x.Status, x.Log)
	}
	if diff := cmp.Diff(reference(w.t).first, w.state(provider)); diff != "" {
		w.t.Errorf("-undisturbed +disturbed:\n%s", diff)
	}
}

// syncsAgain has the provider read once more, undisturbed.
func (w *world) syncsAgain(provider string) {
	w.t.Helper()
	var x audit.Execution
	w.call(http.MethodPost, "/providers/"+provider+"/sync", nil, &x)
	w.endsUndisturbed(provider, w.ended(x.ID))
}

func (w *world) logged(x audit.Execution, text string) {
	w.t.Helper()
	if !slices.ContainsFunc(x.Log, func(l audit.LogLine) bool { return strings.Contains(l.Message, text) }) {
		w.t.Errorf("the execution's log doesn't say %q: %+v", text, x.Log)
	}
}

func TestAKilledWorkersTaskIsTriedAgainWithinTwiceItsLease(t *testing.T) {
	t.Parallel()
	reference(t)
	const lease = 4 * time.Second
	w := start(t, deploytest.Options{Environment: leases(lease)}, syncFunction)
	tr := w.trap()
	w.work()
	c := w.connect()
	w.trapped(tr, c.ExecutionID, 1)
	killed := time.Now()
	if err := w.Kill(syncFunction); err != nil {
		t.Fatal(err)
	}
	tr.open.Store(true)
	until(t, "the task to be tried again", func() bool { return tr.passed.Load() > 0 })
	if after := time.Since(killed); after > 2*lease {
		t.Errorf("tried again after %v, with a lease of %v", after, lease)
	}
	w.endsUndisturbed(c.Provider.ID, w.ended(c.ExecutionID))
}

// named is the task that a message names.
type named struct{ Execution, Task string }

func taskOf(t *testing.T, m events.SQSMessage) named {
	t.Helper()
	var n named
	if err := json.Unmarshal([]byte(m.Body), &n); err != nil {
		t.Fatalf("%s: %v", m.Body, err)
	}
	return n
}

// drive works on a function's queue message by message, as the test wants, until an execution has ended.
func (w *world) drive(execution, function string, deliver func(deploytest.Source, events.SQSMessage)) {
	w.t.Helper()
	source := w.source(function)
	until(w.t, "execution "+execution, func() bool {
		messages, err := w.Receive(w.t.Context(), source)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range messages {
			deliver(source, m)
		}
		x, err := w.store.Execution(w.t.Context(), localTeam, execution)
		if err != nil {
			w.t.Fatal(err)
		}
		return x.Status.Done()
	})
}

func TestADuplicateDeliveryChangesNothing(t *testing.T) {
	t.Parallel()
	reference(t)
	w := start(t, deploytest.Options{Functions: map[string]int{syncFunction: 2}})
	c := w.connect()
	f := w.Functions[syncFunction]
	twice := 0
	w.drive(c.ExecutionID, syncFunction, func(s deploytest.Source, m events.SQSMessage) {
		deliver := func() {
			if err := w.Deliver(t.Context(), f, s, []events.SQSMessage{m}); err != nil {
				t.Error(err)
			}
		}
		var both sync.WaitGroup
		both.Go(deliver)
		both.Go(deliver)
		both.Wait()
		deliver() // and once more, when all is done
		twice++
	})
	x := w.ended(c.ExecutionID)
	if twice != x.Progress.TasksTotal {
		t.Errorf("%d messages for %d tasks", twice, x.Progress.TasksTotal)
	}
	w.endsUndisturbed(c.Provider.ID, x)
}

func TestAPoisonMessageEndsAmongTheDeadLetters(t *testing.T) {
	t.Parallel()
	reference(t)
	w := start(t, deploytest.Options{Environment: leases(time.Second)}, syncFunction)
	source := w.source(syncFunction)
	body := `{"v":1,"team":`
	if _, err := w.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &source.QueueURL, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
	c := w.connect()
	w.spoil(c.ExecutionID)
	w.work()
	x := w.ended(c.ExecutionID)
	if x.Status != audit.ExecutionPartial {
		t.Errorf("the sync ended as %s", x.Status)
	}
	w.logged(x, "a task's place can't be read")
	until(t, "both among the dead letters", func() bool { return w.deadLetters(syncFunction) == "2" })
	w.syncsAgain(c.Provider.ID)
}

// spoil has the plan of an execution be made, and then one of its tasks have a place that can't be read.
func (w *world) spoil(execution string) {
	w.t.Helper()
	source := w.source(syncFunction)
	for planned := false; !planned; {
		messages, err := w.Receive(w.t.Context(), source)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range messages {
			if err := w.Deliver(w.t.Context(), w.Functions[syncFunction], source, []events.SQSMessage{m}); err != nil {
				w.t.Fatal(err)
			}
		}
		tasks, err := w.store.Tasks(w.t.Context(), localTeam, execution)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, task := range tasks {
			if task.Kind != audit.TaskSync || task.Region != demo.HomeRegion {
				continue
			}
			planned = true
			task, ok, err := w.store.LeaseTask(w.t.Context(), localTeam, execution, task.ID, "test", time.Now().Add(time.Minute))
			if err != nil || !ok {
				w.t.Fatal(ok, err)
			}
			task.Place, task.Attempts = []byte("i, which says inline, and no more"), 0
			if err := w.store.ReleaseTask(w.t.Context(), task, time.Now()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func TestAWorkerThatDiesOnItsLastReceiveIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	reference(t)
	w := start(t, deploytest.Options{Environment: leases(time.Second)}, syncFunction, "DispatchFunction")
	tr := w.trap()
	w.work()
	c := w.connect()
	for attempt := range 5 { // INFRAUDIT_MAX_RECEIVES
		w.trapped(tr, c.ExecutionID, attempt+1)
		if err := w.Kill(syncFunction); err != nil {
			t.Fatal(err)
		}
	}
	var x audit.Execution
	until(t, "maintenance to close the execution", func() bool {
		if err := w.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.call(http.MethodGet, "/executions/"+c.ExecutionID, nil, &x)
		return x.Status.Done()
	})
	if x.Status != audit.ExecutionPartial {
		t.Errorf("the sync ended as %s", x.Status)
	}
	tasks, err := w.store.Tasks(t.Context(), localTeam, c.ExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, task := range tasks {
		if task.Status == audit.TaskFailed {
			failed = append(failed, task.Region+": "+task.Error)
		}
	}
	want := []string{demo.HomeRegion + ": the worker stopped before the task was done, 5 times"}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failed tasks (-want +got):\n%s", diff)
	}
	until(t, "the message among the dead letters", func() bool { return w.deadLetters(syncFunction) == "1" })
	tr.open.Store(true)
	w.syncsAgain(c.Provider.ID)
}

func TestAThrottledTableIsWaitedFor(t *testing.T) {
	t.Parallel()
	reference(t)
	w := start(t, deploytest.Options{Environment: leases(4 * time.Second)}, syncFunction)
	table := ":table/" + w.Functions[syncFunction].Environment["INFRAUDIT_TABLE_INVENTORY"]
	var first sync.Once
	var until time.Time
	var throttled atomic.Int64
	w.t.Cleanup(w.Gateway.Use(func(rw http.ResponseWriter, _ *http.Request, c deploytest.Call) bool {
		if c.Function != syncFunction || !slices.ContainsFunc(c.Needs, func(p deploytest.Permission) bool {
			return strings.Contains(p.Resource, table)
		}) {
			return false
		}
		first.Do(func() { until = time.Now().Add(3 * time.Second) })
		if time.Now().After(until) {
			return false
		}
		throttled.Add(1)
		deploytest.Fail(rw, c.Service, http.StatusBadRequest, "ProvisionedThroughputExceededException")
		return true
	}))
	w.work()
	c := w.connect()
	x := w.ended(c.ExecutionID)
	if throttled.Load() == 0 {
		t.Error("nothing was throttled")
	}
	w.endsUndisturbed(c.Provider.ID, x)
}

func TestATaskThatTakesTooLongGoesOnInANewMessage(t *testing.T) {
	t.Parallel()
	reference(t)
	// A worker keeps 10 s of its time-out for recording what its task came to.
	w := start(t, deploytest.Options{Timeouts: map[string]time.Duration{syncFunction: 13 * time.Second}}, syncFunction)
	w.t.Cleanup(w.Gateway.Use(func(_ http.ResponseWriter, r *http.Request, c deploytest.Call) bool {
		if c.Function == "" && c.Service == "ec2" && c.Region == demo.HomeRegion {
			select {
			case <-time.After(400 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		return false
	}))
	c := w.connect()
	messages := map[named]map[string]bool{} // ids by task
	w.drive(c.ExecutionID, syncFunction, func(s deploytest.Source, m events.SQSMessage) {
		n := taskOf(t, m)
		if messages[n] == nil {
			messages[n] = map[string]bool{}
		}
		messages[n][m.MessageId] = true
		if err := w.Deliver(t.Context(), w.Functions[syncFunction], s, []events.SQSMessage{m}); err != nil {
			t.Error(err)
		}
	})
	continued := 0
	for _, ids := range messages {
		if len(ids) > 1 {
			continued++
		}
	}
	x := w.ended(c.ExecutionID)
	if continued != 1 {
		t.Errorf("%d tasks went on in another message, of %d", continued, len(messages))
	}
	w.endsUndisturbed(c.Provider.ID, x)
}
