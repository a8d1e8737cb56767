package api

import (
	"context"
	"net/http"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

func (a *api) executionRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-executions", method: http.MethodGet, path: "/executions", summary: "List executions",
		description: "Runs of jobs and of work asked for by hand, newest first.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		Type   string `query:"type" enum:"resource_sync,drift_detection,compliance_check,resource_export,compliance_export"`
		Status string `query:"status" enum:"running,succeeded,partial,failed,cancelled"`
	},
	) (*one[list[audit.Execution]], error) {
		f := store.ExecutionFilter{Type: audit.JobType(in.Type), Status: audit.ExecutionStatus(in.Status)}
		return executionsOf(s.Executions.Executions(ctx, who.Team, f, in.store()))
	})
	handle(a, operation{
		id: "get-execution", method: http.MethodGet, path: "/executions/{id}", summary: "Get an execution",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Execution], error) {
		e, err := s.Executions.Execution(ctx, who.Team, in.ID)
		return oneOf(whole(e), err)
	})
	handle(a, operation{
		id: "cancel-execution", method: http.MethodPost, path: "/executions/{id}/cancel", summary: "Cancel an execution",
		description: "What it has written stays. One that has ended is 409.", errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Execution], error) {
		e, err := s.Work.CancelExecution(ctx, who.Team, in.ID, who.User)
		return oneOf(whole(e), err)
	})
}

func executionsOf(page store.Page[audit.Execution], err error) (*one[list[audit.Execution]], error) {
	for i := range page.Items {
		page.Items[i] = whole(page.Items[i])
	}
	return pageOf(page, err)
}

// whole makes an execution without log lines encode as [], not null.
func whole(e audit.Execution) audit.Execution {
	if e.Log == nil {
		e.Log = []audit.LogLine{}
	}
	return e
}
