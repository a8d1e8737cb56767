package job

import (
	"context"
	"crypto/rand"

	"github.com/infraudit/infraudit/internal/audit"
)

// Start starts an execution of the given tasks, for work that no schedule makes. Type, Scope and Trigger of x are the
// caller's; an execution of that type and scope that is running is returned instead, and false.
func (e *Engine) Start(ctx context.Context, x audit.Execution, tasks ...audit.Task) (audit.Execution, bool, error) {
	if x.ID == "" {
		x.ID = audit.DeriveID(audit.PrefixExecution, rand.Text())
	}
	for i := range tasks {
		tasks[i].TeamID, tasks[i].ExecutionID = x.TeamID, x.ID
		if tasks[i].ID == "" {
			tasks[i].ID = TaskID(tasks[i])
		}
	}
	x, started, err := e.store.StartExecution(ctx, x, tasks)
	if err != nil || !started {
		return x, false, err
	}
	e.log.InfoContext(ctx, "execution started", "team", x.TeamID, "execution", x.ID, "type", x.Type,
		"trigger", x.Trigger, "tasks", len(tasks))
	e.sendLater(ctx, x.Type, tasks...)
	return x, true, nil
}
