package job

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// planRegions is a plan that adds a sync task for each region.
func planRegions(regions ...string) HandlerFunc {
	return func(ctx context.Context, run *Run) error {
		tasks := make([]audit.Task, 0, len(regions))
		for _, r := range regions {
			tasks = append(tasks, audit.Task{Kind: audit.TaskSync, ProviderID: run.Task().ProviderID, Region: r})
		}
		return run.Add(ctx, tasks...)
	}
}

func TestAnExecutionRunsItsPlansAndWhatTheyAdd(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(2)
	h.on(audit.TaskPlan, planRegions("eu-west-1", "us-east-1"))
	h.on(audit.TaskSync, func(_ context.Context, run *Run) error {
		run.Log(LevelInfo, "read %s", run.Task().Region)
		run.Found(audit.Found{Resources: 3})
		return nil
	})
	x := h.trigger(Request{Trigger: "usr_1"})
	h.drain()
	got := h.wantStatus(x.ID, audit.ExecutionSucceeded)
	if diff := cmp.Diff(audit.Progress{TasksDone: 6, TasksTotal: 6}, got.Progress); diff != "" {
		t.Error(diff)
	}
	if got.Found.Resources != 12 || len(got.Log) != 4 {
		t.Errorf("found %d resources, %d log lines; want 12 and 4", got.Found.Resources, len(got.Log))
	}
	if len(h.closed) != 1 || h.closed[0].Status != audit.ExecutionSucceeded {
		t.Errorf("BeforeClose saw %v", h.closed)
	}
	h.wantClean()
}

func TestATeamWithoutProvidersHasNothingToDo(t *testing.T) {
	h := newHarness(t, t.TempDir())
	x := h.trigger(Request{})
	if x.Status != audit.ExecutionSucceeded {
		t.Errorf("status %s", x.Status)
	}
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
	h.wantClean()
}

func TestATeamOfManyProvidersIsPlannedInSteps(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(120)
	var plans atomic.Int64
	h.on(audit.TaskPlan, func(context.Context, *Run) error { plans.Add(1); return nil })
	x := h.trigger(Request{})
	h.drain()
	if got := h.wantStatus(x.ID, audit.ExecutionSucceeded); got.Progress.TasksTotal != 121 || plans.Load() != 120 {
		t.Errorf("%+v, %d plans", got.Progress, plans.Load())
	}
}

func TestTriggeringWhatIsRunningReturnsIt(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(2)
	first := h.trigger(Request{})
	again, started, err := h.engine.Trigger(t.Context(), teamID, Request{Type: audit.JobResourceSync})
	if err != nil || started || again.ID != first.ID {
		t.Fatalf("Trigger = %s, %v, %v; want the first", again.ID, started, err)
	}
	h.trigger(Request{Type: audit.JobDriftDetection})
	h.trigger(Request{Scope: audit.Scope{ProviderID: providerID(0)}})
	h.drain()
	if next := h.trigger(Request{}); next.ID == first.ID {
		t.Error("an execution that has ended was returned")
	}
}

func TestScopeDecidesTheFirstTasks(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(2)
	resource := audit.ResourceID(strings.Repeat("a", 16), strings.Repeat("b", 16))
	tests := map[string]struct {
		scope audit.Scope
		want  []string
	}{
		"a team gives a plan for each provider": {audit.Scope{}, []string{"plan//", "plan//"}},
		"a provider gives its plan":             {audit.Scope{ProviderID: providerID(1)}, []string{"plan//"}},
		"a resource gives a sync of its slice":  {audit.Scope{ResourceID: resource}, []string{"sync/eu-west-1/ec2"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			x := h.trigger(Request{Type: audit.JobDriftDetection, Scope: tc.scope})
			tasks, err := h.store.Tasks(t.Context(), teamID, x.ID)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, task := range tasks {
				got = append(got, fmt.Sprintf("%s/%s/%s", task.Kind, task.Region, strings.Join(task.Services, ",")))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if x.MaxAge != 1800 {
				t.Errorf("MaxAge = %d, want 30 minutes for a drift detection", x.MaxAge)
			}
		})
	}
}

func TestATriggerIsRefused(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(2)
	if _, err := h.store.Disconnect(t.Context(), teamID, providerID(1)); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		team string
		r    Request
		want fault.Kind
	}{
		"of a type that can't be run":       {teamID, Request{Type: audit.JobCostSync}, fault.Unsupported},
		"of no type":                        {teamID, Request{}, fault.Unsupported},
		"of another team's provider":        {"team_other", Request{Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: providerID(0)}}, fault.NotFound},
		"of a provider that isn't one":      {teamID, Request{Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: "x"}}, fault.NotFound},
		"of a disconnected provider":        {teamID, Request{Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: providerID(1)}}, fault.Conflict},
		"of a resource of another provider": {teamID, Request{Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: providerID(1), ResourceID: "res_x"}}, fault.Invalid},
		"of a job that isn't there":         {teamID, Request{JobID: "job_x"}, fault.NotFound},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if _, _, err := h.engine.Trigger(t.Context(), tc.team, tc.r); fault.KindOf(err) != tc.want {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
	h.wantClean()
}
