package job

import (
	"context"
	"slices"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// checkMaxAge is how old a slice's last reading may be in a drift detection or a compliance check: its answer is never older.
const checkMaxAge = 30 * time.Minute

// Request asks for an execution.
type Request struct {
	ID      string // of the execution; random when empty
	JobID   string // when it is a run of a job; Type and Scope are the job's
	Type    audit.JobType
	Scope   audit.Scope
	Trigger string // "schedule", "connect", or the id of who asked
	// MaxAge is how old a slice's last reading may be before it is read again; 0 means the type's default (30 minutes for
	// drift_detection and compliance_check, else none), less than 0 reads everything.
	MaxAge time.Duration
}

// Trigger starts an execution, or returns the one of that type and scope that is running, and false. Unsupported for
// a type that this installation can't run; NotFound, or Conflict with code provider_disconnected, for a scope that
// can't be read.
func (e *Engine) Trigger(ctx context.Context, teamID string, r Request) (audit.Execution, bool, error) {
	if r.JobID != "" {
		j, err := e.store.Job(ctx, teamID, r.JobID)
		if err != nil {
			return audit.Execution{}, false, err
		}
		r.Type, r.Scope = j.Type, j.Scope
	}
	if !slices.Contains(e.opts.Types, r.Type) {
		return audit.Execution{}, false, unavailable(r.Type)
	}
	if r.Type == audit.JobComplianceCheck && r.Scope.ResourceID != "" {
		return audit.Execution{}, false, fault.Field("scope.resource_id", "rules compare resources with others: a compliance check is of a provider, or of all")
	}
	tasks, scope, err := e.firstTasks(ctx, teamID, r.Scope)
	if err != nil {
		return audit.Execution{}, false, err
	}
	return e.Start(ctx, audit.Execution{
		ID: r.ID, TeamID: teamID, JobID: r.JobID,
		Type: r.Type, Scope: scope, Trigger: r.Trigger, MaxAge: maxAge(r),
	}, tasks...)
}

func unavailable(t audit.JobType) error {
	return &fault.Error{
		Kind: fault.Unsupported, Code: "job_type_unavailable",
		Message: "this installation can't run jobs of type " + string(t),
	}
}

func maxAge(r Request) int {
	switch {
	case r.MaxAge < 0:
		return 0
	case r.MaxAge == 0 && (r.Type == audit.JobDriftDetection || r.Type == audit.JobComplianceCheck):
		return int(checkMaxAge.Seconds())
	}
	return int(r.MaxAge.Seconds())
}

// sendLater is send where it doesn't matter whether it succeeds: the tasks are stored, and maintenance sends what was
// never received.
func (e *Engine) sendLater(ctx context.Context, typ audit.JobType, tasks ...audit.Task) {
	if err := e.send(ctx, typ, 0, tasks...); err != nil {
		e.log.WarnContext(ctx, "tasks could not be sent; maintenance will", "tasks", len(tasks), "error", err)
	}
}

// firstTasks returns the tasks that an execution of this scope begins with, and the scope with all that it implies.
func (e *Engine) firstTasks(ctx context.Context, teamID string, scope audit.Scope) ([]audit.Task, audit.Scope, error) {
	var task audit.Task
	switch {
	case scope.ResourceID != "" && e.opts.Locate == nil:
		return nil, scope, fault.New(fault.Unsupported, "this installation can't run jobs on one resource")
	case scope.ResourceID != "":
		slice, err := e.opts.Locate(ctx, teamID, scope.ResourceID)
		if err != nil {
			return nil, scope, err
		}
		if scope.ProviderID != "" && scope.ProviderID != slice.ProviderID {
			return nil, scope, fault.Field("scope.provider_id", "the resource is another provider's")
		}
		scope.ProviderID = slice.ProviderID
		task = audit.Task{
			Kind: audit.TaskSync, ProviderID: slice.ProviderID, Region: slice.Region,
			Services: []string{slice.Service},
		}
	case scope.ProviderID != "":
		task = plan(scope.ProviderID)
	default:
		tasks, err := e.planAll(ctx, teamID)
		return tasks, scope, err
	}
	p, err := e.store.Provider(ctx, teamID, scope.ProviderID)
	if err != nil {
		return nil, scope, err
	}
	if p.SyncStatus == audit.SyncStatusDisconnected {
		return nil, scope, &fault.Error{
			Kind: fault.Conflict, Code: "provider_disconnected",
			Message: "the provider is disconnected; connect it again first",
		}
	}
	task.ID = TaskID(task)
	return []audit.Task{task}, scope, nil
}

func plan(providerID string) audit.Task {
	t := audit.Task{Kind: audit.TaskPlan, ProviderID: providerID}
	t.ID = TaskID(t)
	return t
}

// planAll returns a plan for each connected provider, or, when those are too many to start with, one task that adds them.
func (e *Engine) planAll(ctx context.Context, teamID string) ([]audit.Task, error) {
	var tasks []audit.Task
	for cursor := ""; ; {
		providers, next, err := e.connected(ctx, teamID, cursor)
		if err != nil {
			return nil, err
		}
		for _, p := range providers {
			tasks = append(tasks, plan(p.ID))
		}
		switch {
		case len(tasks) > store.MaxFirstTasks:
			return []audit.Task{plan("")}, nil
		case next == "":
			return tasks, nil
		}
		cursor = next
	}
}

// addPlans is the handler of the task that planAll makes for teams of many providers. Its place is where the list of
// providers goes on: close to its deadline it continues in a new delivery.
func (e *Engine) addPlans(ctx context.Context, run *Run) error {
	for at := string(run.Task().Place); ; {
		providers, next, err := e.connected(ctx, run.Execution.TeamID, at)
		if err != nil {
			return err
		}
		tasks := make([]audit.Task, 0, len(providers))
		for _, p := range providers {
			tasks = append(tasks, plan(p.ID))
		}
		if err := run.Add(ctx, tasks...); err != nil || next == "" {
			return err
		}
		if at = next; !run.Now().Before(run.Deadline()) {
			if err := run.Save(ctx, []byte(at), audit.Found{}); err != nil {
				return err
			}
			return ErrContinue
		}
	}
}

// connected returns a page of the team's connected providers, and where the next one begins; "" when there is none.
func (e *Engine) connected(ctx context.Context, teamID, cursor string) (providers []audit.Provider, next string, err error) {
	page, err := e.store.Providers(ctx, teamID, store.ProviderFilter{}, store.Paging{Limit: store.MaxLimit, Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	return slices.DeleteFunc(page.Items, func(p audit.Provider) bool {
		return p.SyncStatus == audit.SyncStatusDisconnected
	}), page.Next, nil
}

// Cancel ends a running execution: its open tasks are closed as cancelled, and their workers told to stop. It returns
// the execution as it is then. Conflict when it had ended.
func (e *Engine) Cancel(ctx context.Context, teamID, id string) (audit.Execution, error) {
	if err := e.store.CancelExecution(ctx, teamID, id); err != nil {
		return audit.Execution{}, err
	}
	if err := e.cancelTasks(ctx, teamID, id); err != nil {
		return audit.Execution{}, err
	}
	return e.store.Execution(ctx, teamID, id)
}

// cancelTasks closes the open tasks of an execution that was asked to stop, and it. Nothing can be added to it any
// more, so that one pass sees all.
func (e *Engine) cancelTasks(ctx context.Context, teamID, id string) error {
	tasks, err := e.store.OpenTasks(ctx, teamID, id)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if err := e.cancelTask(ctx, t); err != nil {
			return err
		}
	}
	return e.closeExecution(ctx, teamID, id)
}

// cancelTries bounds how often a task is looked at again because a worker took it, or gave it back, meanwhile.
const cancelTries = 10

func (e *Engine) cancelTask(ctx context.Context, t audit.Task) error {
	for try := 1; ; try++ {
		t.Status = audit.TaskCancelled
		err := e.store.FinishTask(ctx, t)
		if err == nil || !fault.Is(err, fault.Conflict) || try == cancelTries {
			return err
		}
		if t, err = e.store.Task(ctx, t.TeamID, t.ExecutionID, t.ID); err != nil || t.Status.Done() {
			return err
		}
	}
}
