package api

import (
	"context"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
)

// Services are what the operations call. Every method takes the team whose data it may touch and answers with a
// *fault.Error; an id of another team is NotFound, and a cursor of another list or team is Malformed.
type Services struct {
	Tokens      Tokens
	Connector   Connector
	Providers   Providers
	Resources   Resources
	Baselines   Baselines
	Drifts      Drifts
	Findings    Findings
	Rules       Rules
	Waivers     Waivers
	Compliance  Compliance
	Jobs        Jobs
	Executions  Executions
	Work        Work
	Webhooks    Webhooks
	Idempotency BeginRequest
	// Compare lists the differences between two configurations of a resource type, sorted by path. What either side
	// could not read is not compared.
	Compare func(resourceType string, from, to audit.Configuration) []Change
}

// Tokens knows bearer tokens.
type Tokens interface {
	// LookupToken tells whom a token lets in; Unauthorized for one that is unknown or revoked.
	LookupToken(ctx context.Context, token string) (store.Token, error)
}

// ConnectAWS is what connecting an AWS account takes: a way in, and what to call it.
type ConnectAWS struct {
	Name            string // empty: made of the account
	Method          audit.AuthMethod
	RoleARN         string // AuthRole
	AccessKeyID     string // AuthAccessKey
	SecretAccessKey secret.String
	SessionToken    secret.String
	ResourceTypes   []string // CloudFormation types to read besides
	HomeRegion      string   // empty: us-east-1, or the partition's
	AccountID       string   // empty, or the account that the credentials must turn out to be of
}

// RoleTemplate is what a customer needs to let us into an AWS account through a role.
type RoleTemplate struct {
	AccountID  string `json:"account_id"`
	ExternalID string `json:"external_id" doc:"What the role's trust policy must require; derived, never chosen"`
	RoleName   string `json:"role_name"`
	RoleARN    string `json:"role_arn" doc:"The ARN that the role will have"`
	Template   string `json:"template" doc:"A CloudFormation template, YAML"`
}

// Connector lets accounts in.
type Connector interface {
	// ConnectAWS tries the credentials against the account, stores the provider with its credentials sealed, and
	// starts its first sync. Nothing is stored unless the credentials are good. A connected account is a Conflict;
	// a disconnected one is connected again with its history.
	ConnectAWS(ctx context.Context, team, by string, c ConnectAWS) (audit.Provider, audit.Execution, error)
	// CheckResourceTypes returns the types that an account is to be read for besides, as they are kept. Invalid for what
	// isn't a type, or is read anyhow.
	CheckResourceTypes(p audit.Provider, types []string) ([]string, error)
	// RoleTemplate makes the template for an account, a valid one.
	RoleTemplate(ctx context.Context, team, accountID string) (RoleTemplate, error)
}

// Providers are the connected accounts, by id.
type Providers interface {
	Providers(ctx context.Context, team string, f store.ProviderFilter, p store.Paging) (store.Page[audit.Provider], error)
	Provider(ctx context.Context, team, id string) (audit.Provider, error)
	UpdateProvider(ctx context.Context, team, id string, change func(*audit.Provider) error) (audit.Provider, error)
	// Disconnect removes the credentials and keeps the history. Doing so twice is no error.
	Disconnect(ctx context.Context, team, id string) (audit.Provider, error)
	// Coverage is sorted by region and service.
	Coverage(ctx context.Context, team, providerID string) ([]audit.Coverage, error)
}

// Resources are the inventory, in a stable order.
type Resources interface {
	Resources(ctx context.Context, team string, f store.ResourceFilter, p store.Paging) (store.Page[audit.Resource], error)
	Resource(ctx context.Context, team, id string) (audit.Resource, error)
	// Configuration returns one of a resource's configurations by hash; "" means the current one.
	Configuration(ctx context.Context, team, resourceID, hash string) (audit.Configuration, error)
	Facts(ctx context.Context, team, id string) (map[string]any, error)
	// ResourceHistory is what happened to a resource, newest first.
	ResourceHistory(ctx context.Context, team, id string, p store.Paging) (store.Page[store.HistoryEvent], error)
	DeleteResource(ctx context.Context, team, id string) error
}

// Baselines are the known good configurations, newest first.
type Baselines interface {
	Baselines(ctx context.Context, team, resourceID string, p store.Paging) (store.Page[audit.Baseline], error)
	Baseline(ctx context.Context, team, id string) (audit.Baseline, error)
	// CaptureBaseline makes the current configuration the one to compare with, and resolves the open drifts.
	CaptureBaseline(ctx context.Context, team, resourceID, name, by string) (audit.Baseline, error)
	// DeleteBaseline is a Conflict, only_baseline, for a resource's only one.
	DeleteBaseline(ctx context.Context, team, id string) error
}

// Change is one difference between two configurations.
type Change struct {
	Path   string           `json:"path"`
	Change audit.ChangeKind `json:"change"`
	From   any              `json:"from" doc:"The value in the first; null where absent"`
	To     any              `json:"to" doc:"The value in the second; null where absent"`
}

// Drifts are the differences found, newest first by detection.
type Drifts interface {
	Drifts(ctx context.Context, team string, f store.DriftFilter, p store.Paging) (store.Page[audit.Drift], error)
	Drift(ctx context.Context, team, id string) (audit.Drift, error)
	SetDriftStatus(ctx context.Context, team, id string, status audit.DriftStatus, by string) (audit.Drift, error)
	DriftSummary(ctx context.Context, team string, f store.DriftFilter) (store.DriftSummary, error)
}

// JobChange is what a PATCH changes of a job; nil leaves a field as it is.
type JobChange struct {
	Name     *string
	Schedule *string
	Scope    *audit.Scope
	Enabled  *bool
}

// Jobs are the schedules, by id.
type Jobs interface {
	Jobs(ctx context.Context, team string, f store.JobFilter, p store.Paging) (store.Page[audit.Job], error)
	Job(ctx context.Context, team, id string) (audit.Job, error)
	// CreateJob fills in id, times and next run, and the type's schedule when there is none. A schedule that doesn't
	// parse is Invalid.
	CreateJob(ctx context.Context, team string, j audit.Job) (audit.Job, error)
	UpdateJob(ctx context.Context, team, id string, change JobChange) (audit.Job, error)
	DeleteJob(ctx context.Context, team, id string) error
}

// Executions are runs of jobs and of work asked for by hand, newest first.
type Executions interface {
	Executions(ctx context.Context, team string, f store.ExecutionFilter, p store.Paging) (store.Page[audit.Execution], error)
	Execution(ctx context.Context, team, id string) (audit.Execution, error)
}

// Work starts and stops long work. Starting what is running already returns the running execution.
type Work interface {
	SyncProvider(ctx context.Context, team, providerID, by string) (audit.Execution, error)
	// DetectDrift syncs what was not read lately and compares it with the baselines.
	DetectDrift(ctx context.Context, team string, scope audit.Scope, by string) (audit.Execution, error)
	// Assess syncs what was not read lately, judges everything by all rules, and makes an assessment by each enabled
	// framework: of one provider, or of all.
	Assess(ctx context.Context, team string, scope audit.Scope, by string) (audit.Execution, error)
	// ExportResources writes matching resources as CSV; the execution's result is a download URL.
	ExportResources(ctx context.Context, team string, f store.ResourceFilter, by string) (audit.Execution, error)
	// ExportAssessment writes an assessment as a file; the execution's result is a download URL. NotFound without it.
	ExportAssessment(ctx context.Context, team string, in AssessmentExport, by string) (audit.Execution, error)
	TriggerJob(ctx context.Context, team, jobID, by string) (audit.Execution, error)
	// CancelExecution is a Conflict for one that has ended.
	CancelExecution(ctx context.Context, team, id, by string) (audit.Execution, error)
}

// Attempt is a request being answered under an idempotency key.
type Attempt interface {
	// Complete keeps the answer for later requests.
	Complete(ctx context.Context, a store.Answer) error
	// Abandon frees the key: the request changed nothing.
	Abandon(ctx context.Context) error
}

// BeginRequest says what to do about a request with an idempotency key: answer it, and end the attempt; or repeat an
// earlier answer. A key that is taken by a request still running is a Conflict; one of another content is Invalid.
type BeginRequest func(ctx context.Context, r store.Request) (Attempt, *store.Answer, error)
