package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

func (c control) start(t *testing.T, id string, scope audit.Scope, tasks ...string) audit.Execution {
	t.Helper()
	first := make([]audit.Task, 0, len(tasks))
	for _, name := range tasks {
		first = append(first, audit.Task{ID: name, Kind: audit.TaskSync})
	}
	x, started, err := c.StartExecution(t.Context(), audit.Execution{
		ID: id, TeamID: team, Type: audit.JobResourceSync,
		JobID: "job_1", Scope: scope,
	}, first)
	if err != nil || !started {
		t.Fatalf("StartExecution = %v, %v", started, err)
	}
	return x
}

func (c control) lease(t *testing.T, execution, task, owner string) audit.Task {
	t.Helper()
	got, ok, err := c.LeaseTask(t.Context(), team, execution, task, owner, c.Now().Add(time.Minute))
	if err != nil || !ok {
		t.Fatalf("LeaseTask = %v, %v", ok, err)
	}
	return got
}

func TestATaskKeepsAllThatIsSavedOfIt(t *testing.T) {
	c := newControl(t)
	later := c.Now().Add(time.Minute)
	_, _, err := c.StartExecution(t.Context(), audit.Execution{ID: "exe_1", TeamID: team, Type: audit.JobResourceSync}, []audit.Task{{
		ID: "t", Kind: audit.TaskSync, ProviderID: "prv_1", Region: "eu-west-1", Services: []string{"ec2", "iam"},
		Place: []byte("begin"), LeaseUntil: later,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.LeaseTask(t.Context(), team, "exe_1", "t", "w/0", later); ok || err != nil {
		t.Fatalf("leased before its time: %v, %v", ok, err)
	}
	c.clock.Advance(time.Minute)
	got := c.lease(t, "exe_1", "t", "w/1")
	want := audit.Task{
		ExecutionID: "exe_1", ID: "t", TeamID: team, Kind: audit.TaskSync, ProviderID: "prv_1",
		Region: "eu-west-1", Services: []string{"ec2", "iam"}, Status: audit.TaskOpen, Attempts: 1, Owner: "w/1",
		LeaseUntil: c.Now().Add(time.Minute), Place: []byte("begin"), CreatedAt: c.Now().Add(-time.Minute),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got.Place, got.Found, got.Attempts = []byte("half"), audit.Found{Resources: 5, APICalls: 9}, 1
	got.Log = []audit.LogLine{{At: c.Now(), Level: "info", Message: "half"}}
	if err := c.SaveTask(t.Context(), got, c.Now().Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	got.LeaseUntil = c.Now().Add(2 * time.Minute)
	stored, err := c.Task(t.Context(), team, "exe_1", "t")
	if diff := cmp.Diff(got, stored); diff != "" || err != nil {
		t.Error(err, diff)
	}
	got.Status, got.Error = audit.TaskFailed, "why"
	if err := c.FinishTask(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	now := c.Now()
	got.Owner, got.LeaseUntil, got.Place, got.FinishedAt = "", time.Time{}, nil, &now
	stored, err = c.Task(t.Context(), team, "exe_1", "t")
	if diff := cmp.Diff(got, stored); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestOnlyTheHolderOfALeaseWrites(t *testing.T) {
	c := newControl(t)
	c.start(t, "exe_1", audit.Scope{}, "a")
	first := c.lease(t, "exe_1", "a", "w/1")
	if got, ok, err := c.LeaseTask(t.Context(), team, "exe_1", "a", "w/2", c.Now()); ok || err != nil || got.Owner != "w/1" {
		t.Fatalf("a second lease: %+v, %v, %v", got, ok, err)
	}
	c.clock.Advance(time.Minute)
	if err := c.SaveTask(t.Context(), first, c.Now()); err != nil {
		t.Errorf("a lease that ran out, and that nobody took, is lost: %v", err)
	}
	second := c.lease(t, "exe_1", "a", "w/2")
	first.Status = audit.TaskSucceeded
	_, add := c.AddTasks(t.Context(), first, []audit.Task{{ID: "b"}})
	for i, err := range []error{
		c.SaveTask(t.Context(), first, c.Now()), c.RenewTask(t.Context(), first, c.Now()),
		c.ReleaseTask(t.Context(), first, c.Now()), c.PostponeTask(t.Context(), first, c.Now()),
		c.FinishTask(t.Context(), first), add,
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("write %d of the first holder: %v", i, err)
		}
	}
	if second.Attempts != 2 {
		t.Errorf("%d attempts, want 2", second.Attempts)
	}
}

func TestTasksAreAddedOnceHoweverManyAndOften(t *testing.T) {
	c := newControl(t)
	c.start(t, "exe_1", audit.Scope{}, "plan")
	plan := c.lease(t, "exe_1", "plan", "w/1")
	tasks := make([]audit.Task, 130)
	for i := range tasks {
		tasks[i] = audit.Task{ID: fmt.Sprint("t", i), Kind: audit.TaskSync}
	}
	for _, step := range []struct{ give, added int }{{60, 60}, {130, 70}, {130, 0}} {
		added, err := c.AddTasks(t.Context(), plan, tasks[:step.give])
		if err != nil || len(added) != step.added {
			t.Fatalf("AddTasks of %d added %d, %v; want %d", step.give, len(added), err, step.added)
		}
	}
	open, err := c.OpenTasks(t.Context(), team, "exe_1")
	if err != nil || len(open) != 131 {
		t.Errorf("%d open tasks, %v", len(open), err)
	}
	if err := c.CancelExecution(t.Context(), team, "exe_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddTasks(t.Context(), plan, []audit.Task{{ID: "late"}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("added to what was asked to stop: %v", err)
	}
}

func TestAnExecutionClosesWhenItsLastTaskHas(t *testing.T) {
	c := newControl(t)
	c.start(t, "exe_1", audit.Scope{}, "a", "b")
	for i, name := range []string{"a", "b"} {
		if _, closed, err := c.CloseExecution(t.Context(), team, "exe_1", nil); closed || err != nil {
			t.Fatalf("closed with %d tasks open: %v", 2-i, err)
		}
		task := c.lease(t, "exe_1", name, "w/1")
		task.Status, task.Found.Resources = audit.TaskSucceeded, i+1
		task.Log = []audit.LogLine{{At: c.Now(), Message: name}}
		if err := c.FinishTask(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		c.clock.Advance(time.Second)
	}
	x, closed, err := c.CloseExecution(t.Context(), team, "exe_1", nil)
	if err != nil || !closed || x.Status != audit.ExecutionSucceeded || x.Found.Resources != 3 || len(x.Log) != 2 {
		t.Fatalf("CloseExecution = %+v, %v, %v", x, closed, err)
	}
	if _, closed, err := c.CloseExecution(t.Context(), team, "exe_1", nil); closed || err != nil {
		t.Errorf("closed twice: %v, %v", closed, err)
	}
	stored, err := c.Execution(t.Context(), team, "exe_1")
	if diff := cmp.Diff(x, stored); diff != "" || err != nil {
		t.Error(err, diff)
	}
	wantCode(t, c.CancelExecution(t.Context(), team, "exe_1"), "execution_ended")
	c.start(t, "exe_2", audit.Scope{}, "a") // the lock is gone
	c.clock.Advance(store.Retention)
	if _, err := c.Execution(t.Context(), team, "exe_1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("kept longer than %v: %v", store.Retention, err)
	}
	if _, err := c.Execution(t.Context(), team, "exe_2"); err != nil {
		t.Errorf("one that runs has expired: %v", err)
	}
}

func TestExecutionsAreListedNewestFirst(t *testing.T) {
	c := newControl(t)
	var want []string
	for n := range 5 {
		id := fmt.Sprint("exe_", n)
		c.start(t, id, audit.Scope{ProviderID: fmt.Sprint("prv_", n)}, "a")
		if n%2 == 0 {
			task := c.lease(t, id, "a", "w/1")
			task.Status = audit.TaskFailed
			if err := c.FinishTask(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.CloseExecution(t.Context(), team, id, nil); err != nil {
				t.Fatal(err)
			}
		}
		c.clock.Advance(time.Second)
		want = append([]string{id}, want...)
	}
	list := func(f store.ExecutionFilter) (ids []string) {
		paging := store.Paging{Limit: 2}
		for {
			page, err := c.Executions(t.Context(), team, f, paging)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page.Items {
				ids = append(ids, x.ID)
			}
			if paging.Cursor = page.Next; page.Next == "" {
				return ids
			}
		}
	}
	tests := map[string]struct {
		filter store.ExecutionFilter
		want   []string
	}{
		"all":               {store.ExecutionFilter{}, want},
		"of a job":          {store.ExecutionFilter{JobID: "job_1"}, want},
		"of another job":    {store.ExecutionFilter{JobID: "job_2"}, nil},
		"that run":          {store.ExecutionFilter{Status: audit.ExecutionRunning}, []string{"exe_3", "exe_1"}},
		"that failed":       {store.ExecutionFilter{Status: audit.ExecutionFailed}, []string{"exe_4", "exe_2", "exe_0"}},
		"of a type unused":  {store.ExecutionFilter{Type: audit.JobCostSync}, nil},
		"of a type, of job": {store.ExecutionFilter{JobID: "job_1", Type: audit.JobResourceSync}, want},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, list(tc.filter), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
