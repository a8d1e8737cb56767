package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
)

// TestTheCostsInTheKeysDocument measures what docs/keys.md states of the control table, in the driver's units.
func TestTheCostsInTheKeysDocument(t *testing.T) {
	c := newControl(t)
	var task audit.Task
	prv := provider(1)
	req := store.Request{TeamID: team, UserID: "usr_1", Key: "k", Fingerprint: "f"}
	var attempt *store.Attempt
	var own store.Own
	tasks := []audit.Task{{ID: "plan", Kind: audit.TaskPlan}}
	regions := make([]audit.Task, 17)
	for i := range regions {
		regions[i] = audit.Task{ID: fmt.Sprint("sync-", i), Kind: audit.TaskSync}
	}
	next := c.Now()
	later := c.Now().Add(time.Hour)
	steps := []struct {
		name        string
		read, write float64
		do          func(context.Context) error
	}{
		{"connect", 0, 4, func(ctx context.Context) error { _, _, err := c.Connect(ctx, prv, []byte("x")); return err }},
		{"provider", 1, 0, func(ctx context.Context) error { _, err := c.Provider(ctx, team, prv.ID); return err }},
		{"update provider", 1, 1, func(ctx context.Context) error {
			_, err := c.UpdateProvider(ctx, team, prv.ID, func(p *audit.Provider) error { return nil })
			return err
		}},
		{"credentials", 1, 0, func(ctx context.Context) error { _, err := c.Credentials(ctx, team, prv.ID); return err }},
		{"create job", 0, 2, func(ctx context.Context) error {
			_, err := c.CreateJob(ctx, audit.Job{ID: "job_1", TeamID: team, Enabled: true, NextRunAt: &next})
			return err
		}},
		{"due jobs, one due", 3, 0, func(ctx context.Context) error { _, err := c.DueJobs(ctx, c.Now(), 10); return err }},
		{"due jobs, none due", 2, 0, func(ctx context.Context) error { _, err := c.DueJobs(ctx, c.Now().Add(-time.Hour), 10); return err }},
		{"claim", 0, 3, func(ctx context.Context) error {
			j, err := c.Job(context.Background(), team, "job_1")
			return errors.Join(err, c.ClaimDue(ctx, j, c.Now(), &later))
		}},
		{"start execution of one task", 0, 16, func(ctx context.Context) error {
			_, _, err := c.StartExecution(ctx, audit.Execution{ID: "exe_1", TeamID: team, JobID: "job_1", Type: audit.JobResourceSync}, tasks)
			return err
		}},
		{"lease", 0, 3, func(ctx context.Context) (err error) {
			task, _, err = c.LeaseTask(ctx, team, "exe_1", "plan", "w/1", c.Now().Add(time.Minute))
			return err
		}},
		{"renew", 0, 3, func(ctx context.Context) error { return c.RenewTask(ctx, task, c.Now().Add(2*time.Minute)) }},
		{"save", 0, 3, func(ctx context.Context) error { return c.SaveTask(ctx, task, c.Now().Add(3*time.Minute)) }},
		{"add 17 tasks", 0, 110, func(ctx context.Context) error { _, err := c.AddTasks(ctx, task, regions); return err }},
		{"finish", 0, 6, func(ctx context.Context) error { task.Status = audit.TaskSucceeded; return c.FinishTask(ctx, task) }},
		{"close with tasks open", 2, 0, func(ctx context.Context) error {
			_, _, err := c.CloseExecution(ctx, team, "exe_1", nil)
			return err
		}},
		{"execution of 18 tasks", 3, 0, func(ctx context.Context) error { _, err := c.Execution(ctx, team, "exe_1"); return err }},
		{"close", 5, 14, func(ctx context.Context) error {
			for _, r := range regions {
				work := c.lease(t, "exe_1", r.ID, "w/1")
				work.Status = audit.TaskSucceeded
				if err := c.FinishTask(context.Background(), work); err != nil {
					return err
				}
			}
			_, _, err := c.CloseExecution(ctx, team, "exe_1", nil)
			return err
		}},
		{"page of one execution", 0.5, 0, func(ctx context.Context) error {
			_, err := c.Executions(ctx, team, store.ExecutionFilter{}, store.Paging{})
			return err
		}},
		{"expired leases, none", 2, 0, func(ctx context.Context) error { _, err := c.ExpiredLeases(ctx, c.Now()); return err }},
		{"begin request", 0, 1, func(ctx context.Context) (err error) { attempt, _, err = c.BeginRequest(ctx, req); return err }},
		{"complete request", 0, 1, func(ctx context.Context) error { return attempt.Complete(ctx, store.Answer{Status: 201}) }},
		{"create waiver", 0, 1, func(ctx context.Context) error {
			_, err := c.CreateWaiver(ctx, audit.Waiver{ID: "wvr_1", TeamID: team, RuleID: "r", Reason: "ok", Author: "usr_1", ExpiresAt: later})
			return err
		}},
		{"get waiver", 1, 0, func(ctx context.Context) error { _, err := c.Waiver(ctx, team, "wvr_1"); return err }},
		{"update waiver", 1, 1, func(ctx context.Context) error {
			_, err := c.UpdateWaiver(ctx, team, "wvr_1", new("still ok"), nil, "usr_1")
			return err
		}},
		{"active waivers, one", 1, 0, func(ctx context.Context) error { _, err := c.ActiveWaivers(ctx, team); return err }},
		{"delete waiver", 0, 1, func(ctx context.Context) error { return c.DeleteWaiver(ctx, team, "wvr_1") }},
		{"own version", 1, 0, func(ctx context.Context) error { _, err := c.OwnVersion(ctx, team); return err }},
		{"add rule", 0, 4, func(ctx context.Context) error {
			return c.CreateOwnRule(ctx, team, own, store.OwnRule{ID: "r", Text: "id: r"})
		}},
		{"add framework", 3, 4, func(ctx context.Context) (err error) {
			if own, err = c.Own(ctx, team); err != nil {
				return err
			}
			return c.PutOwnFramework(ctx, team, own, store.OwnFramework{ID: "f", Text: "id: f"}, false)
		}},
		{"own framework", 1, 0, func(ctx context.Context) error { _, err := c.OwnFramework(ctx, team, "f"); return err }},
		{"own, one of each", 3, 0, func(ctx context.Context) (err error) { own, err = c.Own(ctx, team); return err }},
		{"delete framework", 0, 6, func(ctx context.Context) error { return c.DeleteOwnFramework(ctx, team, own, "f") }},
		{"delete rule", 3, 4, func(ctx context.Context) (err error) {
			if own, err = c.Own(ctx, team); err != nil {
				return err
			}
			return c.DeleteOwnRule(ctx, team, own, "r")
		}},
		{"enable framework", 0, 1, func(ctx context.Context) error {
			_, err := c.SetFramework(ctx, team, audit.FrameworkSetting{FrameworkID: "soc2", Enabled: true})
			return err
		}},
		{"framework settings", 1, 0, func(ctx context.Context) error { _, err := c.FrameworkSettings(ctx, team); return err }},
		{"replay", 1, 1, func(ctx context.Context) error { _, _, err := c.BeginRequest(ctx, req); return err }},
	}
	for _, step := range steps {
		var u table.Usage
		if err := step.do(table.WithUsage(t.Context(), &u)); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if u.ReadUnits() != step.read || u.WriteUnits() != step.write {
			t.Errorf("%s costs %v read and %v write units; stated are %v and %v",
				step.name, u.ReadUnits(), u.WriteUnits(), step.read, step.write)
		}
	}
}
