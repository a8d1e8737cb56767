package apitest

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// ConnectAWS implements api.Connector.
func (f *Fake) ConnectAWS(_ context.Context, team, by string, c api.ConnectAWS) (audit.Provider, audit.Execution, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Connected = append(f.Connected, c)
	if f.ConnectErr != nil {
		return audit.Provider{}, audit.Execution{}, f.ConnectErr
	}
	account := c.AccountID
	if account == "" {
		account = "210987654321"
	}
	p := audit.Provider{
		ID: audit.ProviderID(team, audit.ProviderAWS, account), TeamID: team, Type: audit.ProviderAWS, Name: c.Name,
		Account: account, AuthMethod: c.Method, ResourceTypes: c.ResourceTypes, SyncStatus: audit.SyncStatusSyncing, ConnectedAt: f.now, UpdatedAt: f.now,
	}
	if p.Name == "" {
		p.Name = "aws " + account
	}
	for _, q := range f.providers {
		if q.ID == p.ID {
			return p, audit.Execution{}, &fault.Error{
				Kind: fault.Conflict, Code: "provider_exists",
				Message: "this account is connected already",
			}
		}
	}
	f.providers = append(f.providers, p)
	return p, f.run(team, audit.JobResourceSync, audit.Scope{ProviderID: p.ID}, "", by), nil
}

// CheckResourceTypes implements api.Connector: types are whatever begins with AWS.
func (f *Fake) CheckResourceTypes(_ audit.Provider, types []string) ([]string, error) {
	for _, typ := range types {
		if !strings.HasPrefix(typ, "AWS::") {
			return nil, fault.Field("resource_types", "%q is not the name of a CloudFormation type: AWS::Service::Type", typ)
		}
	}
	return types, nil
}

// RoleTemplate implements api.Connector.
func (f *Fake) RoleTemplate(_ context.Context, _, accountID string) (api.RoleTemplate, error) {
	return api.RoleTemplate{
		AccountID: accountID, ExternalID: "infraudit-abcdef", RoleName: "InfraAuditReadOnly",
		RoleARN:  "arn:aws:iam::" + accountID + ":role/InfraAuditReadOnly",
		Template: "AWSTemplateFormatVersion: \"2010-09-09\"\nResources: {}\n",
	}, nil
}

// Providers implements api.Providers.
func (f *Fake) Providers(_ context.Context, team string, q store.ProviderFilter, p store.Paging) (store.Page[audit.Provider], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.providers, team, func(x *audit.Provider) bool {
		return (q.Type == "" || x.Type == q.Type) && (q.Status == "" || x.SyncStatus == q.Status)
	}), p, "providers", team, q)
}

// Provider implements api.Providers.
func (f *Fake) Provider(_ context.Context, team, id string) (audit.Provider, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.providers, team, "provider", func(p *audit.Provider) bool { return p.ID == id }))
}

// UpdateProvider implements api.Providers.
func (f *Fake) UpdateProvider(_ context.Context, team, id string, change func(*audit.Provider) error) (audit.Provider, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, err := find(f.providers, team, "provider", func(p *audit.Provider) bool { return p.ID == id })
	if err != nil {
		return audit.Provider{}, err
	}
	err = change(p)
	return *p, err
}

// Disconnect implements api.Providers.
func (f *Fake) Disconnect(ctx context.Context, team, id string) (audit.Provider, error) {
	return f.UpdateProvider(ctx, team, id, func(p *audit.Provider) error {
		p.SyncStatus = audit.SyncStatusDisconnected
		return nil
	})
}

// Coverage implements api.Providers.
func (f *Fake) Coverage(ctx context.Context, team, providerID string) ([]audit.Coverage, error) {
	_, err := f.Provider(ctx, team, providerID)
	return f.coverage, err
}

// Jobs implements api.Jobs.
func (f *Fake) Jobs(_ context.Context, team string, q store.JobFilter, p store.Paging) (store.Page[audit.Job], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.jobs, team, func(j *audit.Job) bool {
		return (q.Type == "" || j.Type == q.Type) && (q.Enabled == nil || *q.Enabled == j.Enabled)
	}), p, "jobs", team, q)
}

// Job implements api.Jobs.
func (f *Fake) Job(_ context.Context, team, id string) (audit.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.jobs, team, "job", func(j *audit.Job) bool { return j.ID == id }))
}

// CreateJob implements api.Jobs.
func (f *Fake) CreateJob(_ context.Context, team string, j audit.Job) (audit.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if j.Schedule == "" {
		j.Schedule = audit.DefaultSchedule(j.Type)
	}
	if len(strings.Fields(j.Schedule)) != 5 {
		return j, fault.Field("schedule", "must have five fields")
	}
	j.TeamID, j.CreatedAt, j.UpdatedAt = team, f.now, f.now
	j.ID = audit.DeriveID(audit.PrefixJob, team, j.Name, fmt.Sprint(len(f.jobs)))
	f.jobs = append(f.jobs, j)
	return j, nil
}

// UpdateJob implements api.Jobs.
func (f *Fake) UpdateJob(_ context.Context, team, id string, c api.JobChange) (audit.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	j, err := find(f.jobs, team, "job", func(j *audit.Job) bool { return j.ID == id })
	if err != nil {
		return audit.Job{}, err
	}
	if c.Name != nil {
		j.Name = *c.Name
	}
	if c.Schedule != nil {
		j.Schedule = *c.Schedule
	}
	if c.Scope != nil {
		j.Scope = *c.Scope
	}
	if c.Enabled != nil {
		j.Enabled = *c.Enabled
	}
	return *j, nil
}

// DeleteJob implements api.Jobs.
func (f *Fake) DeleteJob(ctx context.Context, team, id string) error {
	j, err := f.Job(ctx, team, id)
	if err != nil {
		return err
	}
	if j.Default {
		return &fault.Error{
			Kind: fault.Conflict, Code: "default_job",
			Message: "a default job can't be deleted; disable it instead",
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.jobs = of(f.jobs, team, func(j *audit.Job) bool { return j.ID != id })
	return nil
}

// run adds an execution that is seen running once and is done when it is looked at again.
func (f *Fake) run(team string, typ audit.JobType, scope audit.Scope, jobID, by string) audit.Execution {
	e := audit.Execution{
		ID:     audit.DeriveID(audit.PrefixExecution, team, string(typ), fmt.Sprint(len(f.executions))),
		TeamID: team, JobID: jobID, Type: typ, Scope: scope, Status: audit.ExecutionRunning, Trigger: by, StartedAt: f.now,
		Progress: audit.Progress{TasksTotal: 3},
	}
	f.executions = append([]audit.Execution{e}, f.executions...)
	return e
}

// Executions implements api.Executions.
func (f *Fake) Executions(_ context.Context, team string, q store.ExecutionFilter, p store.Paging) (store.Page[audit.Execution], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.executions, team, func(e *audit.Execution) bool {
		return (q.JobID == "" || e.JobID == q.JobID) && (q.Type == "" || e.Type == q.Type) &&
			(q.Status == "" || e.Status == q.Status)
	}), p, "executions", team, q)
}

// Execution implements api.Executions.
func (f *Fake) Execution(_ context.Context, team, id string) (audit.Execution, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, err := find(f.executions, team, "execution", func(e *audit.Execution) bool { return e.ID == id })
	if err == nil && e.Status == audit.ExecutionRunning {
		if e.Progress.TasksDone++; e.Progress.TasksDone >= e.Progress.TasksTotal {
			end := f.now.Add(4200 * time.Millisecond)
			e.Status, e.FinishedAt = audit.ExecutionSucceeded, &end
			e.Found = audit.Found{Resources: 3, DriftsDetected: 2, APICalls: 17}
		}
	}
	return value(e, err)
}

// SyncProvider implements api.Work.
func (f *Fake) SyncProvider(ctx context.Context, team, providerID, by string) (audit.Execution, error) {
	p, err := f.Provider(ctx, team, providerID)
	if err != nil {
		return audit.Execution{}, err
	}
	if p.SyncStatus == audit.SyncStatusDisconnected {
		return audit.Execution{}, &fault.Error{Kind: fault.Conflict, Code: "disconnected", Message: "the provider is disconnected"}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.run(team, audit.JobResourceSync, audit.Scope{ProviderID: providerID}, "", by), nil
}

// DetectDrift implements api.Work.
func (f *Fake) DetectDrift(ctx context.Context, team string, scope audit.Scope, by string) (audit.Execution, error) {
	if scope.ProviderID != "" {
		if _, err := f.Provider(ctx, team, scope.ProviderID); err != nil {
			return audit.Execution{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.run(team, audit.JobDriftDetection, scope, "", by), nil
}

// ExportResources implements api.Work.
func (f *Fake) ExportResources(_ context.Context, team string, _ store.ResourceFilter, by string) (audit.Execution, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.run(team, audit.JobResourceSync, audit.Scope{}, "", by)
	f.executions[0].ResultURL = "/blobs/export.csv"
	return e, nil
}

// ExportAssessment implements api.Work.
func (f *Fake) ExportAssessment(ctx context.Context, team string, in api.AssessmentExport, by string) (audit.Execution, error) {
	if in.AssessmentID != "" {
		if _, err := f.Assessment(ctx, team, in.AssessmentID); err != nil {
			return audit.Execution{}, err
		}
	} else if newest, err := f.Assessments(ctx, team, in.Framework, store.Paging{Limit: 1}); err != nil || len(newest.Items) == 0 {
		return audit.Execution{}, cmp.Or(err, error(fault.New(fault.NotFound, "there is no such assessment yet")))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.run(team, audit.JobComplianceExport, audit.Scope{}, "", by)
	e := &f.executions[0]
	e.ResultFile, e.ResultURL = "cis-aws-7.0."+in.Format, "/blobs/export.csv"
	return *e, nil
}

// TriggerJob implements api.Work.
func (f *Fake) TriggerJob(ctx context.Context, team, jobID, by string) (audit.Execution, error) {
	j, err := f.Job(ctx, team, jobID)
	if err != nil {
		return audit.Execution{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.run(team, j.Type, j.Scope, j.ID, by), nil
}

// CancelExecution implements api.Work.
func (f *Fake) CancelExecution(_ context.Context, team, id, _ string) (audit.Execution, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, err := find(f.executions, team, "execution", func(e *audit.Execution) bool { return e.ID == id })
	if err != nil {
		return audit.Execution{}, err
	}
	if e.Status.Done() {
		return audit.Execution{}, &audit.TransitionError{Noun: "execution", From: string(e.Status), To: "cancelled"}
	}
	e.Status = audit.ExecutionCancelled
	return *e, nil
}

type attempt struct {
	f           *Fake
	key         string
	fingerprint string
}

func (f *Fake) beginRequest(_ context.Context, r store.Request) (api.Attempt, *store.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.TeamID + r.Key
	k, ok := f.answers[key]
	switch {
	case !ok:
		f.answers[key] = kept{fingerprint: r.Fingerprint}
		return attempt{f, key, r.Fingerprint}, nil, nil
	case k.fingerprint != r.Fingerprint:
		return nil, nil, &fault.Error{
			Kind: fault.Invalid, Code: "idempotency_key_reused",
			Message: "this Idempotency-Key was used for another request",
		}
	case k.answer == nil:
		return nil, nil, &fault.Error{
			Kind: fault.Conflict, Code: "request_in_progress",
			Message: "the first request with this Idempotency-Key is still being answered",
		}
	}
	return nil, k.answer, nil
}

// Complete implements api.Attempt.
func (a attempt) Complete(_ context.Context, ans store.Answer) error {
	a.f.mu.Lock()
	defer a.f.mu.Unlock()
	a.f.answers[a.key] = kept{a.fingerprint, &ans}
	return nil
}

// Abandon implements api.Attempt.
func (a attempt) Abandon(context.Context) error {
	a.f.mu.Lock()
	defer a.f.mu.Unlock()
	delete(a.f.answers, a.key)
	return nil
}
