package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// JobFilter narrows a list of jobs; the zero filter keeps all.
type JobFilter struct {
	Type    audit.JobType
	Enabled *bool
}

const jobPrefix = "job#"

// shards is over how many partitions the indexes of due jobs and open tasks are spread. Every look at them reads
// all: few enough to be cheap, enough that a busy installation doesn't write to one partition.
const shards = 4

func shard(prefix string, n uint32) string { return fmt.Sprintf("%s#%02x", prefix, n%shards) }

// shardOf spreads ids evenly: they end in digest characters.
func shardOf(prefix, id string) string {
	var n uint32
	for i := range len(id) {
		n = n*31 + uint32(id[i])
	}
	return shard(prefix, n)
}

func jobKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: jobPrefix + id} }

func jobRecord() record[audit.Job] {
	return record[audit.Job]{
		what:    "job",
		key:     func(j *audit.Job) table.Key { return jobKey(j.TeamID, j.ID) },
		version: func(j *audit.Job) *int64 { return &j.Version },
		restore: func(j *audit.Job, key table.Key) { j.TeamID = key.PK },
		attrs: func(j *audit.Job) table.Attrs {
			if !j.Enabled || j.NextRunAt == nil {
				return nil
			}
			return table.Attrs{"dp": shardOf("due", j.ID), "ds": stamp(*j.NextRunAt) + "#" + j.TeamID + "#" + j.ID}
		},
	}
}

// CreateJob stores a job. Conflict when its id exists.
func (s *Store) CreateJob(ctx context.Context, j audit.Job) (audit.Job, error) {
	j.Version, j.CreatedAt = 0, s.now()
	j.UpdatedAt = j.CreatedAt
	_, err := s.db.Write(ctx, jobRecord().put(&j))
	if errors.Is(err, table.ErrCondition) {
		return audit.Job{}, &fault.Error{Kind: fault.Conflict, Code: "job_exists", Message: "this job exists already"}
	}
	return j, dbFault(err, "job")
}

// Job returns a job, or NotFound.
func (s *Store) Job(ctx context.Context, teamID, id string) (audit.Job, error) {
	if !knownID(id, audit.PrefixJob) {
		return audit.Job{}, noSuch("job")
	}
	return jobRecord().get(ctx, s.db, jobKey(teamID, id))
}

// Jobs lists a team's jobs, by id.
func (s *Store) Jobs(ctx context.Context, teamID string, f JobFilter, paging Paging) (Page[audit.Job], error) {
	enabled := ""
	if f.Enabled != nil {
		enabled = fmt.Sprint(*f.Enabled)
	}
	name := query("jobs", teamID, string(f.Type), enabled)
	q := table.Query{Table: tableControl, PK: teamID, Prefix: jobPrefix, Consistent: true}
	r := jobRecord()
	return list(ctx, s, q, paging, name, r.what, func(it table.Item) (audit.Job, bool, error) {
		j, err := r.decode(it)
		return j, (f.Type == "" || j.Type == f.Type) && (f.Enabled == nil || j.Enabled == *f.Enabled), err
	})
}

// UpdateJob changes a job and returns it as stored. change may be called more than once; its error ends the update.
func (s *Store) UpdateJob(ctx context.Context, teamID, id string, change func(*audit.Job) error) (audit.Job, error) {
	if !knownID(id, audit.PrefixJob) {
		return audit.Job{}, noSuch("job")
	}
	return jobRecord().update(ctx, s.db, jobKey(teamID, id), func(j *audit.Job) error {
		j.UpdatedAt = s.now()
		return change(j)
	}, nil)
}

// DeleteJob removes a job; its executions stay. NotFound when there is none; Conflict, with code default_job, for
// one that every team has: it can only be disabled, else the next start would make it again.
func (s *Store) DeleteJob(ctx context.Context, teamID, id string) error {
	j, err := s.Job(ctx, teamID, id)
	if err != nil {
		return err
	}
	if j.Default {
		return &fault.Error{
			Kind: fault.Conflict, Code: "default_job",
			Message: "a default job can't be deleted; disable it instead",
		}
	}
	_, err = s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Delete, Key: jobKey(teamID, id),
		If: table.IfPresent(),
	})
	if errors.Is(err, table.ErrCondition) {
		return noSuch("job")
	}
	return dbFault(err, "job")
}

// DueJobs returns at most limit enabled jobs of all teams whose next run is not after now, the longest due first
// within each shard.
func (s *Store) DueJobs(ctx context.Context, now time.Time, limit int) ([]audit.Job, error) {
	var due []audit.Job
	for n := range uint32(shards) {
		// "~" sorts after "#": every entry of this very millisecond is in.
		q := table.Query{Table: tableControl, Index: indexDue, PK: shard("due", n), To: stamp(now) + "~"}
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				return nil, dbFault(err, "job")
			}
			if len(due) == limit {
				return due, nil
			}
			j, err := s.Job(ctx, it.PK, strings.TrimPrefix(it.SK, jobPrefix))
			switch {
			case fault.Is(err, fault.NotFound): // deleted; the index lags
			case err != nil:
				return nil, err
			case j.Enabled && j.NextRunAt != nil && !j.NextRunAt.After(now):
				due = append(due, j)
			}
		}
	}
	return due, nil
}

// ClaimDue records that job, as DueJobs returned it, ran at ran and runs next at next; nil means never. Conflict when
// the job was changed, or claimed, meanwhile.
func (s *Store) ClaimDue(ctx context.Context, j audit.Job, ran time.Time, next *time.Time) error {
	j.LastRunAt, j.NextRunAt = &ran, next
	_, err := s.db.Write(ctx, jobRecord().put(&j))
	return dbFault(err, "job")
}
