package job

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// Change is what UpdateJob changes; nil fields stay.
type Change struct {
	Name     *string
	Schedule *string
	Scope    *audit.Scope
	Enabled  *bool
}

// CreateJob checks and stores a job of the team; id and next run are set here, everything else is taken from j. An empty
// schedule means the type's default. Invalid names each field at fault; Unsupported for a type that can't be run.
func (e *Engine) CreateJob(ctx context.Context, teamID string, j audit.Job) (audit.Job, error) {
	j.TeamID = teamID
	if j.ID == "" {
		j.ID = audit.DeriveID(audit.PrefixJob, rand.Text())
	}
	if j.Schedule == "" {
		j.Schedule = defaultSchedule(j.Type, teamID)
	}
	if err := e.check(&j); err != nil {
		return audit.Job{}, err
	}
	return e.store.CreateJob(ctx, j)
}

// UpdateJob changes a job. A new schedule, or enabling it, sets its next run.
func (e *Engine) UpdateJob(ctx context.Context, teamID, id string, c Change) (audit.Job, error) {
	return e.store.UpdateJob(ctx, teamID, id, func(j *audit.Job) error {
		before := *j
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
		if err := e.check(j); err != nil {
			return err
		}
		if j.Enabled && before.Enabled && j.Schedule == before.Schedule {
			j.NextRunAt = before.NextRunAt // it may be due this very moment
		}
		return nil
	})
}

// EnsureDefaultJobs makes the jobs that every team has, except those that the team has: one for each type that this
// installation can run.
func (e *Engine) EnsureDefaultJobs(ctx context.Context, teamID string) error {
	for _, t := range e.opts.Types {
		_, err := e.CreateJob(ctx, teamID, audit.Job{
			ID:   audit.DeriveID(audit.PrefixJob, teamID, "default", string(t)),
			Type: t, Name: string(t), Enabled: true, Default: true,
		})
		if err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// check validates a job and sets its next run.
func (e *Engine) check(j *audit.Job) error {
	next, err := Next(j.Schedule, e.store.Now())
	if invalid := fault.From(j.Validate()); invalid != nil {
		if err != nil && j.Schedule != "" {
			invalid.Fields = append(invalid.Fields, fault.From(err).Fields...)
		}
		return invalid
	}
	if err != nil {
		return err
	}
	if !slices.Contains(e.opts.Types, j.Type) {
		return unavailable(j.Type)
	}
	j.NextRunAt = nil
	if j.Enabled {
		j.NextRunAt = &next
	}
	return nil
}
