// Package apiwire gives the API what it calls: the store, the engine and the accounts, each as the small interface that
// the API asks for. Both hosts use it.
package apiwire

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/notify"
	"github.com/infraudit/infraudit/internal/report"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/task"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/productwire"
)

// Parts are what the API stands on.
type Parts struct {
	*productwire.Product
	Engine   *job.Engine
	Accounts *accounts.Accounts
	Sender   *notify.Sender
}

// Services returns the API's services.
func Services(p Parts) api.Services {
	return api.Services{
		Tokens: p.Store, Connector: connector{p.Accounts}, Providers: p.Store, Resources: resources{p.Store, p.Tasks.Shapes},
		Baselines: baselines{p.Store, p.Tasks}, Drifts: p.Store,
		Findings: p.Store, Rules: rules{p.Checks, p.RuleBook}, Waivers: waivers{p.Store, p.Checks}, Compliance: frameworks{p.Store, p.Checks, p.RuleBook}, Jobs: jobs{p.Store, p.Engine},
		Executions: executions{p.Store, p.Blobs.PresignGet}, Work: work{p.Store, p.Engine},
		Webhooks: webhooks{p.Sender, p.Store},
		Idempotency: func(ctx context.Context, r store.Request) (api.Attempt, *store.Answer, error) {
			attempt, answer, err := p.Store.BeginRequest(ctx, r)
			if attempt == nil {
				return nil, answer, err // no nil pointer in an interface
			}
			return attempt, answer, err
		},
		Compare: func(resourceType string, from, to audit.Configuration) []api.Change {
			sh, ok := p.Tasks.Shapes.Lookup(resourceType)
			if !ok {
				return nil
			}
			var out []api.Change
			for _, c := range drift.Compare(sh, from, to) {
				out = append(out, api.Change{Path: c.Path, Change: c.Kind, From: c.Expected, To: c.Actual})
			}
			return out
		},
	}
}

type connector struct{ accounts *accounts.Accounts }

func (c connector) ConnectAWS(ctx context.Context, team, by string, in api.ConnectAWS) (audit.Provider, audit.Execution, error) {
	return c.accounts.Connect(ctx, accounts.Request{
		TeamID: team, By: by, Name: in.Name, HomeRegion: in.HomeRegion, AccountID: in.AccountID,
		ResourceTypes: in.ResourceTypes,
		Credentials: awsaccess.Credentials{
			Method: in.Method, RoleARN: in.RoleARN, AccessKeyID: in.AccessKeyID,
			SecretAccessKey: in.SecretAccessKey.Reveal(), SessionToken: in.SessionToken.Reveal(),
		},
	})
}

func (c connector) CheckResourceTypes(p audit.Provider, types []string) ([]string, error) {
	if len(types) > 0 && p.Type != audit.ProviderAWS {
		return nil, fault.Field("resource_types", "are read of AWS accounts only")
	}
	return shapes.SortTypes(types), shapes.CheckTypes(types)
}

func (c connector) RoleTemplate(ctx context.Context, team, accountID string) (api.RoleTemplate, error) {
	externalID, template, err := c.accounts.Template(ctx, team, accountID)
	if err != nil {
		return api.RoleTemplate{}, err
	}
	return api.RoleTemplate{
		AccountID: accountID, ExternalID: externalID, RoleName: awsaccess.RoleName,
		RoleARN: "arn:aws:iam::" + accountID + ":role/" + awsaccess.RoleName, Template: string(template),
	}, nil
}

// resources shows configurations without the secrets in them.
type resources struct {
	*store.Store
	shapes *shape.Set
}

func (r resources) Configuration(ctx context.Context, team, resourceID, hash string) (audit.Configuration, error) {
	res, err := r.Resource(ctx, team, resourceID)
	if err != nil {
		return audit.Configuration{}, err
	}
	c, err := r.Store.Configuration(ctx, team, resourceID, hash)
	if err != nil {
		return c, err
	}
	if sh, ok := r.shapes.Lookup(res.Type); ok {
		c.Config = drift.Redact(sh, c.Config)
	}
	return c, nil
}

// baselines judges a resource at once when its comparison target changes.
type baselines struct {
	*store.Store
	tasks *task.Tasks
}

func (b baselines) CaptureBaseline(ctx context.Context, team, resourceID, name, by string) (audit.Baseline, error) {
	captured, err := b.Store.CaptureBaseline(ctx, team, resourceID, name, by)
	if err != nil {
		return captured, err
	}
	key, _ := audit.ParseResourceID(resourceID)
	if err := b.tasks.JudgeResource(ctx, team, key); err != nil {
		return captured, err
	}
	_, err = b.PruneBaselines(ctx, team, resourceID, store.KeptBaselines)
	return captured, err
}

func (b baselines) DeleteBaseline(ctx context.Context, team, id string) error {
	if err := b.Store.DeleteBaseline(ctx, team, id); err != nil {
		return err
	}
	key, _, _ := audit.ParseBaselineID(id)
	return b.tasks.JudgeResource(ctx, team, key)
}

// jobs checks schedules before they are stored.
type jobs struct {
	*store.Store
	engine *job.Engine
}

func (j jobs) CreateJob(ctx context.Context, team string, in audit.Job) (audit.Job, error) {
	return j.engine.CreateJob(ctx, team, in)
}

func (j jobs) UpdateJob(ctx context.Context, team, id string, c api.JobChange) (audit.Job, error) {
	return j.engine.UpdateJob(ctx, team, id, job.Change(c))
}

// executions adds to a finished export where its file can be fetched.
type executions struct {
	*store.Store
	presign func(ctx context.Context, key string, ttl time.Duration) (string, error)
}

// resultLife is how long an export can be fetched.
const resultLife = 24 * time.Hour

func (x executions) Execution(ctx context.Context, team, id string) (audit.Execution, error) {
	e, err := x.Store.Execution(ctx, team, id)
	if err != nil || !e.Type.Export() || e.Status != audit.ExecutionSucceeded {
		return e, err
	}
	expires := e.FinishedAt.Add(resultLife)
	left := expires.Sub(x.Now())
	if left <= 0 {
		return e, nil
	}
	url, err := x.presign(ctx, task.ExportKey(team, id, cmp.Or(e.ResultFile, task.ResourcesFile)), left)
	if err != nil {
		return e, err
	}
	e.ResultURL, e.ResultExpiresAt = url, &expires
	return e, nil
}

type work struct {
	store  *store.Store
	engine *job.Engine
}

func (w work) trigger(ctx context.Context, team string, r job.Request) (audit.Execution, error) {
	x, _, err := w.engine.Trigger(ctx, team, r)
	return x, err
}

func (w work) SyncProvider(ctx context.Context, team, providerID, by string) (audit.Execution, error) {
	return w.trigger(ctx, team, job.Request{
		Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: providerID}, Trigger: by,
	})
}

func (w work) DetectDrift(ctx context.Context, team string, scope audit.Scope, by string) (audit.Execution, error) {
	return w.trigger(ctx, team, job.Request{Type: audit.JobDriftDetection, Scope: scope, Trigger: by})
}

func (w work) TriggerJob(ctx context.Context, team, jobID, by string) (audit.Execution, error) {
	return w.trigger(ctx, team, job.Request{JobID: jobID, Trigger: by})
}

func (w work) CancelExecution(ctx context.Context, team, id, _ string) (audit.Execution, error) {
	return w.engine.Cancel(ctx, team, id)
}

func (w work) ExportResources(ctx context.Context, team string, f store.ResourceFilter, by string) (audit.Execution, error) {
	if f.ProviderID != "" {
		if _, err := w.store.Provider(ctx, team, f.ProviderID); err != nil {
			return audit.Execution{}, err
		}
	}
	return w.export(ctx, team, by, audit.JobResourceExport, task.ExportPlace{Filter: f, File: task.ResourcesFile})
}

func (w work) ExportAssessment(ctx context.Context, team string, in api.AssessmentExport, by string) (audit.Execution, error) {
	id := in.AssessmentID
	if id == "" {
		newest, err := w.store.Assessments(ctx, team, in.Framework, store.Paging{Limit: 1})
		if err != nil {
			return audit.Execution{}, err
		}
		if len(newest.Items) == 0 {
			return audit.Execution{}, fault.New(fault.NotFound, "there is no such assessment yet")
		}
		id = newest.Items[0].ID
	}
	a, err := w.store.Assessment(ctx, team, id)
	if err != nil {
		return audit.Execution{}, err
	}
	ending := ""
	for _, f := range report.Formats() {
		if f.Name == in.Format {
			ending = f.Ending
		}
	}
	if ending == "" {
		return audit.Execution{}, fault.Field("format", "is no format of an export")
	}
	return w.export(ctx, team, by, audit.JobComplianceExport, task.ExportPlace{
		Assessment: &task.AssessmentExport{ID: id, Format: in.Format}, File: a.Framework.ID + ending,
	})
}

func (w work) export(ctx context.Context, team, by string, typ audit.JobType, of task.ExportPlace) (audit.Execution, error) {
	place, err := json.Marshal(of)
	if err != nil {
		return audit.Execution{}, fault.Wrap(fault.Internal, err, "what to export can't be written")
	}
	x, _, err := w.engine.Start(ctx, audit.Execution{TeamID: team, Type: typ, Trigger: by, ResultFile: of.File},
		audit.Task{Kind: audit.TaskExport, Place: place})
	return x, err
}
