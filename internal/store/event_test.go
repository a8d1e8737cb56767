package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/faulttable"
)

// unsentEvents are the events that are to be sent, as the index has them: what was written, whoever was told.
func unsentEvents(t *testing.T, s *store.Store, db table.DB) []audit.Event {
	t.Helper()
	var out []audit.Event
	for n := range 4 {
		for it, err := range table.All(t.Context(), db, table.Query{Table: "history", Index: "unsent", PK: fmt.Sprintf("unsent#%02d", n)}) {
			if err != nil {
				t.Fatal(err)
			}
			owner, id, _ := strings.Cut(it.PK, "#evt#")
			e, err := s.Event(t.Context(), owner, id)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b audit.Event) int { return strings.Compare(string(a.Type)+a.ID, string(b.Type)+b.ID) })
	return out
}

// named returns the ids of the drifts that an event names.
func named(t *testing.T, e audit.Event) []string {
	t.Helper()
	var data audit.DriftEvent
	if err := json.Unmarshal(e.Data, &data); err != nil || data.EventID != e.ID || data.Version != audit.EventVersion {
		t.Fatalf("data %s, %v", e.Data, err)
	}
	var ids []string
	for _, d := range data.Drifts {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestDriftsAreWrittenTogetherWithTheEventsThatTellOfThem(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "ec2")
	var told []audit.Event
	s.Announce(func(_ context.Context, events []audit.Event) { told = append(told, events...) })
	changes := make([]audit.DriftChange, 120)
	for i := range changes {
		changes[i] = audit.DriftChange{Drift: drift(sl, ordinary(i), "/VpcId", s.Now()), Event: audit.EventDriftDetected}
	}
	if err := s.PutDrift(t.Context(), team, changes[7].Drift); err != nil { // somebody else was first
		t.Fatal(err)
	}
	changed, err := s.PutDrifts(t.Context(), team, changes)
	if diff := cmp.Diff([]int{7}, changed); diff != "" || err != nil {
		t.Fatalf("%v, those that failed (-want +got):\n%s", err, diff)
	}
	var ids []string
	events := unsentEvents(t, s.Store, s.db)
	for _, e := range events {
		ids = append(ids, named(t, e)...)
	}
	want := []string{}
	for i := range changes {
		if i != 7 {
			want = append(want, changes[i].Drift.ID)
		}
	}
	slices.Sort(ids)
	slices.Sort(want)
	if diff := cmp.Diff(want, ids); diff != "" || len(events) != 3 {
		t.Errorf("%d events, of drifts (-want +got):\n%s", len(events), diff)
	}
	slices.SortFunc(told, func(a, b audit.Event) int { return strings.Compare(string(a.Type)+a.ID, string(b.Type)+b.ID) })
	if diff := cmp.Diff(events, told); diff != "" {
		t.Errorf("announced otherwise than written (-written +announced):\n%s", diff)
	}
}

func TestAnEventIsThereExactlyWhenItsChangeIs(t *testing.T) {
	for name, fate := range map[string]faulttable.Fate{
		"refused": faulttable.Before, "the answer is lost": faulttable.After, "the process dies before": faulttable.Die,
		"the process dies behind": faulttable.DieAfter, "cut off": faulttable.DieTorn,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStock(t)
			sl := s.slice("eu-west-1", "ec2")
			changes := make([]audit.DriftChange, 60)
			for i := range changes {
				changes[i] = audit.DriftChange{Drift: drift(sl, ordinary(i), "/VpcId", s.Now()), Event: audit.EventDriftDetected}
			}
			failing := store.New(faulttable.New(s.db, faulttable.AtWrite(2, fate)), nil, s.clock.Now)
			_, err := failing.PutDrifts(t.Context(), team, changes)
			if !errors.Is(err, faulttable.ErrInjected) {
				t.Fatalf("PutDrifts: %v", err)
			}
			for range 2 { // made again as a pass does that was cut off: what is there stays as it is
				if _, err := s.PutDrifts(t.Context(), team, changes); err != nil {
					t.Fatal(err)
				}
			}
			count := map[string]int{}
			for _, e := range unsentEvents(t, s.Store, s.db) {
				for _, id := range named(t, e) {
					count[id]++
				}
			}
			for i := range changes {
				if n := count[changes[i].Drift.ID]; n != 1 {
					t.Errorf("drift %d is told %d times", i, n)
				}
			}
		})
	}
}

func TestWhatChangesByHandIsToldToo(t *testing.T) {
	s := newStock(t)
	d := drift(s.slice("eu-west-1", "s3"), bucketA, "/Name", s.Now())
	if _, err := s.PutDrifts(t.Context(), team, []audit.DriftChange{{Drift: d, Event: audit.EventDriftDetected}}); err != nil {
		t.Fatal(err)
	}
	for _, status := range []audit.DriftStatus{audit.DriftInvestigating, audit.DriftResolved, audit.DriftDetected} {
		if _, err := s.SetDriftStatus(t.Context(), team, d.ID, status, "usr_1"); err != nil {
			t.Fatal(err)
		}
	}
	var types []string
	for _, e := range unsentEvents(t, s.Store, s.db) {
		types = append(types, string(e.Type))
	}
	if diff := cmp.Diff([]string{"drift.detected", "drift.detected", "drift.resolved"}, types); diff != "" {
		t.Error(diff)
	}
}

func TestAnEndedExecutionIsToldOnce(t *testing.T) {
	for status, want := range map[audit.TaskStatus][]string{
		audit.TaskSucceeded: {"job.completed"}, audit.TaskPartial: {"job.completed"}, audit.TaskFailed: {"job.failed"}, audit.TaskCancelled: nil,
	} {
		t.Run(string(status), func(t *testing.T) {
			c := newControl(t)
			x := audit.Execution{ID: "exe_1", TeamID: team, Type: audit.JobResourceSync}
			if _, _, err := c.StartExecution(t.Context(), x, []audit.Task{{ID: "sync", Kind: audit.TaskSync}}); err != nil {
				t.Fatal(err)
			}
			work := c.lease(t, "exe_1", "sync", "w/1")
			work.Status, work.Error = status, "why"
			if err := c.FinishTask(t.Context(), work); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, _, err := c.CloseExecution(t.Context(), team, "exe_1", nil); err != nil {
					t.Fatal(err)
				}
			}
			var types []string
			for _, e := range unsentEvents(t, c.Store, c.db) {
				types = append(types, string(e.Type))
				var data audit.JobEvent
				if err := json.Unmarshal(e.Data, &data); err != nil || data.ExecutionID != "exe_1" || data.Error != "why" {
					t.Errorf("data %s, %v", e.Data, err)
				}
			}
			if diff := cmp.Diff(want, types); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFindingIsToldWhenItNewlyFails(t *testing.T) {
	s := newStock(t)
	f := finding(s.slice("eu-west-1", "s3"), bucketA, "rule", s.Now())
	if changed, err := s.OpenFindings(t.Context(), team, []audit.Finding{f}); err != nil || len(changed) > 0 {
		t.Fatal(changed, err)
	}
	steps := []struct {
		name   string
		change func(*audit.Finding) bool
		events int
	}{
		{"waived", func(f *audit.Finding) bool { return f.Waive("wvr_1") }, 1},
		{"no longer waived", func(f *audit.Finding) bool { return f.Waive("") }, 1},
		{"not judged", func(f *audit.Finding) bool { return f.Stale("refused", s.Now(), s.Now()) }, 1},
		{"resolved", func(f *audit.Finding) bool { return f.Resolve(audit.ResolvedPassed, s.Now(), s.Now()) }, 1},
		{"failing again", func(now *audit.Finding) bool { return now.Fail(&f, s.Now()) }, 2},
	}
	for _, step := range steps {
		if _, err := s.UpdateFinding(t.Context(), team, f.ID, step.change); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := unsentEvents(t, s.Store, s.db); len(got) != step.events {
			t.Errorf("%s: %d events, want %d", step.name, len(got), step.events)
		}
	}
}
