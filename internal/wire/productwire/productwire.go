// Package productwire puts together what both hosts have alike: the store, and what the tasks do. The hosts choose drivers,
// queues and limits.
package productwire

import (
	"context"
	"log/slog"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/task"
	"github.com/infraudit/infraudit/internal/wire/builtin"
)

// Product is what both hosts have alike.
type Product struct {
	Store    *store.Store
	Blobs    *blob.Store
	Tasks    *task.Tasks // without an opener and a search for actors, which are the host's
	Checks   *task.Compliance
	RuleBook *task.RuleBook
	version  string
}

// New puts the product of a version together on a database and a store of large objects. It makes no request.
func New(db table.DB, blobs *blob.Store, version string) *Product {
	files := blob.Whole{Store: blobs}
	st := store.New(db, files, nil)
	p := &Product{
		Store: st, Blobs: blobs, version: version,
		Tasks:    &task.Tasks{Store: st, Blobs: files, Shapes: shapes.Load()},
		RuleBook: &task.RuleBook{Store: st, Builtin: builtin.Load}, // at first use: compiling takes a moment
	}
	p.Tasks.Rules = p.RuleBook.Rules
	p.Checks = &task.Compliance{Store: st, Blobs: files, Rules: p.RuleBook.Rules, Version: version}
	return p
}

// Options are an engine's, but for its queues and limits.
func (p *Product) Options(log *slog.Logger) job.Options {
	return job.Options{
		Store: p.Store, Logger: log,
		Types: []audit.JobType{audit.JobResourceSync, audit.JobDriftDetection, audit.JobComplianceCheck},
		Handlers: map[audit.TaskKind]job.Handler{
			audit.TaskPlan:   job.HandlerFunc(p.Tasks.Plan),
			audit.TaskSync:   job.HandlerFunc(p.Tasks.Sync),
			audit.TaskExport: &task.Export{Store: p.Store, Blobs: p.Blobs, Rules: p.RuleBook.Rules, Version: p.version},
			audit.TaskJudge:  job.HandlerFunc(p.Checks.Judge),
			audit.TaskAssess: job.HandlerFunc(p.Checks.Assess),
		},
		Locate: func(ctx context.Context, teamID, resourceID string) (audit.Slice, error) {
			r, err := p.Store.Resource(ctx, teamID, resourceID)
			return r.Slice(), err
		},
		BeforeClose: p.Tasks.Close,
	}
}
