package api

import (
	"context"
	"net/http"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

type newJobBody struct {
	Type     string      `json:"type" enum:"resource_sync,drift_detection,compliance_check"`
	Name     string      `json:"name" minLength:"1" maxLength:"128"`
	Schedule string      `json:"schedule,omitempty" maxLength:"128" doc:"Cron, five fields, UTC; default: the type's" example:"0 */6 * * *"`
	Scope    audit.Scope `json:"scope,omitzero" doc:"Default: everything"`
	Enabled  *bool       `json:"enabled,omitempty" default:"true"`
}

type jobChangeBody struct {
	Name     *string      `json:"name,omitempty" minLength:"1" maxLength:"128"`
	Schedule *string      `json:"schedule,omitempty" minLength:"1" maxLength:"128" doc:"Cron, five fields, UTC"`
	Scope    *audit.Scope `json:"scope,omitempty"`
	Enabled  *bool        `json:"enabled,omitempty"`
}

func (a *api) jobRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-jobs", method: http.MethodGet, path: "/jobs", summary: "List jobs",
		description: "The default jobs of every team and those made by hand, by id.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		Type    string `query:"type" enum:"resource_sync,drift_detection,compliance_check"`
		Enabled string `query:"enabled" enum:"true,false" doc:"Default: both"`
	},
	) (*one[list[audit.Job]], error) {
		f := store.JobFilter{Type: audit.JobType(in.Type)}
		if in.Enabled != "" {
			f.Enabled = new(in.Enabled == "true")
		}
		return pageOf(s.Jobs.Jobs(ctx, who.Team, f, in.store()))
	})
	handle(a, operation{
		id: "create-job", method: http.MethodPost, path: "/jobs", summary: "Create a job",
		status: http.StatusCreated, creates: true,
	}, func(ctx context.Context, who Principal, in *struct{ Body newJobBody }) (*created[audit.Job], error) {
		b := in.Body
		j, err := s.Jobs.CreateJob(ctx, who.Team, audit.Job{
			Type: audit.JobType(b.Type), Name: b.Name, Schedule: b.Schedule, Scope: b.Scope,
			Enabled: b.Enabled == nil || *b.Enabled,
		})
		if err != nil {
			return nil, err
		}
		return &created[audit.Job]{Location: apiPrefix + "/jobs/" + j.ID, Body: j}, nil
	})
	handle(a, operation{
		id: "get-job", method: http.MethodGet, path: "/jobs/{id}", summary: "Get a job",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Job], error) {
		return oneOf(s.Jobs.Job(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "update-job", method: http.MethodPatch, path: "/jobs/{id}", summary: "Change a job",
		errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body jobChangeBody
	},
	) (*one[audit.Job], error) {
		return oneOf(s.Jobs.UpdateJob(ctx, who.Team, in.ID, JobChange(in.Body)))
	})
	handle(a, operation{
		id: "delete-job", method: http.MethodDelete, path: "/jobs/{id}", summary: "Delete a job",
		description: "A default job can be disabled, not deleted.", errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Jobs.DeleteJob(ctx, who.Team, in.ID)
	})
	a.switchRoute("enable-job", "enable", "Enable a job", true)
	a.switchRoute("disable-job", "disable", "Disable a job", false)
	handle(a, operation{
		id: "trigger-job", method: http.MethodPost, path: "/jobs/{id}/trigger", summary: "Run a job now",
		description: "When the job is running already, that execution is answered.",
		status:      http.StatusAccepted, creates: true,
	}, func(ctx context.Context, who Principal, in *ByID) (*started, error) {
		return startedOf(s.Work.TriggerJob(ctx, who.Team, in.ID, who.User))
	})
	handle(a, operation{
		id: "list-job-executions", method: http.MethodGet, path: "/jobs/{id}/executions", summary: "List a job's runs",
		description: "Newest first.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		PageQuery
	},
	) (*one[list[audit.Execution]], error) {
		if _, err := s.Jobs.Job(ctx, who.Team, in.ID); err != nil {
			return nil, err
		}
		return executionsOf(s.Executions.Executions(ctx, who.Team, store.ExecutionFilter{JobID: in.ID}, in.store()))
	})
}

func (a *api) switchRoute(id, verb, summary string, enabled bool) {
	handle(a, operation{
		id: id, method: http.MethodPost, path: "/jobs/{id}/" + verb, summary: summary, errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Job], error) {
		return oneOf(a.services.Jobs.UpdateJob(ctx, who.Team, in.ID, JobChange{Enabled: &enabled}))
	})
}
