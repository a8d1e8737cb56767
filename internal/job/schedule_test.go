package job

import (
	"strings"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table/faulttable"
)

func TestNext(t *testing.T) {
	tests := map[string]struct{ expr, after, want string }{
		"every six hours":                            {"0 */6 * * *", "2026-03-01T05:59:59Z", "2026-03-01T06:00:00Z"},
		"exactly when due, the next time is later":   {"0 */6 * * *", "2026-03-01T06:00:00Z", "2026-03-01T12:00:00Z"},
		"29 February waits for a leap year":          {"30 1 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T01:30:00Z"},
		"the 31st skips shorter months":              {"0 0 31 * *", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"},
		"the last minute of a year":                  {"0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"},
		"day of month or day of week, when both":     {"0 0 13 * 5", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"},
		"names of days":                              {"0 9 * * MON-FRI", "2026-03-07T10:00:00Z", "2026-03-09T09:00:00Z"},
		"no hour is skipped where clocks go forward": {"30 2 * * *", "2026-03-29T00:00:00+01:00", "2026-03-29T02:30:00Z"},
		"nor doubled where they go back":             {"30 2 * * *", "2026-10-25T02:45:00+02:00", "2026-10-25T02:30:00Z"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			after, err := time.Parse(time.RFC3339, tc.after)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Next(tc.expr, after)
			if err != nil || got.Format(time.RFC3339) != tc.want {
				t.Errorf("Next = %v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

func TestBadSchedulesNameTheirField(t *testing.T) {
	for _, expr := range []string{
		"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "*/0 * * * *",
		"@daily", "@every 1h", "TZ=UTC * * * * *", "CRON_TZ=Europe/Paris 0 0 * * *", "0 0 30 2 *", "a b c d e",
		"5-1 * * * *", strings.Repeat("1,", 100) + "1 * * * *",
	} {
		_, err := Next(expr, start)
		f := fault.From(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Field != "schedule" {
			t.Errorf("Next(%q) = %v", expr, err)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add("0 */6 * * *", int64(1772366400))
	f.Add("TZ=", int64(0))
	f.Add("1-59/7,3 ? * JAN-DEC sun", int64(-1))
	f.Fuzz(func(t *testing.T, expr string, unix int64) {
		after := time.Unix(unix%(1<<33), 0)
		next, err := Next(expr, after)
		if err == nil && (!next.After(after) || next.Second() != 0 || next.Location() != time.UTC) {
			t.Errorf("Next(%q, %v) = %v", expr, after, next)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("Next(%q) = %v, want an Invalid fault", expr, err)
		}
	})
}

func TestDefaultJobsAreMadeOnceAtAMinuteOfTheTeam(t *testing.T) {
	h := newHarness(t, t.TempDir())
	minutes := map[string]bool{}
	for _, team := range []string{teamID, "team_a", "team_b", "team_c"} {
		for range 2 {
			if err := h.engine.EnsureDefaultJobs(t.Context(), team); err != nil {
				t.Fatal(err)
			}
		}
		page, err := h.store.Jobs(t.Context(), team, store.JobFilter{}, store.Paging{})
		if err != nil || len(page.Items) != 2 {
			t.Fatalf("%d jobs, %v; want 2", len(page.Items), err)
		}
		for _, j := range page.Items {
			if !j.Default || !j.Enabled || !j.NextRunAt.After(start) {
				t.Errorf("%+v", j)
			}
			minute, rest, _ := strings.Cut(j.Schedule, " ")
			if want := audit.DefaultSchedule(j.Type); "0 "+rest != want {
				t.Errorf("schedule %q of %s, want %q but for the minute", j.Schedule, j.Type, want)
			}
			minutes[minute] = true
			if err := h.store.DeleteJob(t.Context(), team, j.ID); fault.From(err).Code != "default_job" {
				t.Errorf("DeleteJob = %v", err)
			}
		}
	}
	if len(minutes) < 3 {
		t.Errorf("4 teams start at %d different minutes", len(minutes))
	}
}

func (h *harness) createJob(schedule string) audit.Job {
	h.t.Helper()
	j, err := h.engine.CreateJob(h.t.Context(), teamID, audit.Job{
		Type: audit.JobResourceSync, Name: "mine",
		Schedule: schedule, Enabled: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}

func (h *harness) tick() {
	h.t.Helper()
	if err := h.engine.Tick(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) executions(f store.ExecutionFilter) []audit.Execution {
	h.t.Helper()
	page, err := h.store.Executions(h.t.Context(), teamID, f, store.Paging{})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Items
}

func TestADueJobRunsOnceHoweverManyTicksAndMissedTimes(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	j := h.createJob("*/10 * * * *")
	h.tick()
	if got := h.executions(store.ExecutionFilter{}); len(got) != 0 {
		t.Fatalf("%d executions before the time", len(got))
	}
	h.clock.Advance(65 * time.Minute) // down for six runs
	h.tick()
	h.drain()
	h.tick()
	got := h.executions(store.ExecutionFilter{JobID: j.ID})
	if len(got) != 1 || got[0].Trigger != "schedule" || got[0].Status != audit.ExecutionSucceeded {
		t.Fatalf("executions %+v", got)
	}
	j, err := h.store.Job(t.Context(), teamID, j.ID)
	now := h.clock.Now()
	if err != nil || !j.NextRunAt.After(now) || j.NextRunAt.Sub(now) > 10*time.Minute || !j.LastRunAt.Equal(now) {
		t.Errorf("job %+v, %v", j, err)
	}
}

func TestATickThatStopsHalfWayStartsAJobOnce(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	h.createJob("*/10 * * * *")
	h.clock.Advance(11 * time.Minute)
	h.db.begin(faulttable.AtWrite(2, faulttable.Die)) // the execution is started, the claim is not written
	if err := h.engine.Tick(t.Context()); err == nil {
		t.Fatal("the tick did not notice")
	}
	h.restart()
	if err := h.engine.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.drain() // it has ended before the next tick
	h.tick()
	h.drain()
	if got := h.executions(store.ExecutionFilter{}); len(got) != 1 {
		t.Errorf("%d executions, want 1", len(got))
	}
	h.wantClean()
}

func TestADisabledOrDeletedJobDoesNotRun(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	off, gone := h.createJob("*/10 * * * *"), h.createJob("*/10 * * * *")
	no, yes := false, true
	if j, err := h.engine.UpdateJob(t.Context(), teamID, off.ID, Change{Enabled: &no}); err != nil || j.NextRunAt != nil {
		t.Fatal(j, err)
	}
	if err := h.store.DeleteJob(t.Context(), teamID, gone.ID); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Hour)
	h.tick()
	if got := h.executions(store.ExecutionFilter{}); len(got) != 0 {
		t.Fatalf("%d executions", len(got))
	}
	j, err := h.engine.UpdateJob(t.Context(), teamID, off.ID, Change{Enabled: &yes})
	if err != nil || !j.NextRunAt.After(h.clock.Now()) {
		t.Fatalf("enabled: %+v, %v", j, err)
	}
	h.clock.Advance(10 * time.Minute)
	name := "renamed"
	if _, err := h.engine.UpdateJob(t.Context(), teamID, off.ID, Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	h.tick()
	if got := h.executions(store.ExecutionFilter{}); len(got) != 1 {
		t.Errorf("%d executions; renaming must not skip a run that is due", len(got))
	}
}

func TestAJobThatCantStartDoesNotStayDue(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(1)
	j, err := h.engine.CreateJob(t.Context(), teamID, audit.Job{
		Type: audit.JobResourceSync, Name: "one", Enabled: true,
		Schedule: "*/10 * * * *", Scope: audit.Scope{ProviderID: providerID(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Disconnect(t.Context(), teamID, providerID(0)); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(10 * time.Minute)
	h.tick()
	if j, err = h.store.Job(t.Context(), teamID, j.ID); err != nil || !j.NextRunAt.After(h.clock.Now()) {
		t.Errorf("job %+v, %v", j, err)
	}
}

func TestAJobIsRefusedWithEachFieldAtFault(t *testing.T) {
	h := newHarness(t, t.TempDir())
	_, err := h.engine.CreateJob(t.Context(), teamID, audit.Job{Type: "nonsense", Schedule: "@daily"})
	f := fault.From(err)
	fields := map[string]bool{}
	for _, p := range f.Fields {
		fields[p.Field] = true
	}
	if f.Kind != fault.Invalid || !fields["type"] || !fields["name"] || !fields["schedule"] {
		t.Errorf("error %v, fields %v", err, fields)
	}
	_, err = h.engine.CreateJob(t.Context(), teamID, audit.Job{Type: audit.JobCostSync, Name: "costs"})
	if fault.From(err).Code != "job_type_unavailable" {
		t.Errorf("error %v", err)
	}
}
