package task_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
)

func TestFirstSyncRecordsEachResourceWithABaselineAndNoDrift(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	x := s.sync()
	if x.Status != audit.ExecutionSucceeded || x.Found.Created != 4 || x.Found.Resources != 4 {
		t.Fatalf("execution: %+v", x)
	}
	for _, r := range s.resources() {
		base, err := s.store.Baselines(t.Context(), team, r.ID, store.Paging{})
		if err != nil || len(base.Items) != 1 {
			t.Fatalf("%s: baselines %v, %v", r.Name, base.Items, err)
		}
		if b := base.Items[0]; b.ID != r.BaselineID || b.ConfigHash != r.ConfigHash || b.Kind != audit.BaselineAutomatic {
			t.Errorf("%s: baseline %+v of resource %+v", r.Name, b, r)
		}
		if r.LastSeenAt.Before(r.FirstSeenAt) {
			t.Errorf("%s: last seen %v before it was first seen %v", r.Name, r.LastSeenAt, r.FirstSeenAt)
		}
	}
	if d := s.drifts(allDrifts...); len(d) != 0 {
		t.Errorf("drifts after the first sync: %+v", d)
	}
	p, err := s.store.Provider(t.Context(), team, s.provider.ID)
	if err != nil || p.SyncStatus != audit.SyncStatusSynced || p.LastSyncAt == nil {
		t.Errorf("provider %+v, %v", p, err)
	}
}

// countingDB counts writes to the inventory that aren't coverage, nor tell that the execution ended.
type countingDB struct {
	table.DB
	mu    sync.Mutex
	keys  []string
	loads int
}

func (c *countingDB) note(writes ...table.Write) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range writes {
		if w.Table != "control" && !strings.HasPrefix(w.Key.SK, "cov#") && w.Key.SK != "evt" {
			c.keys = append(c.keys, w.Table+" "+w.Key.SK)
		}
	}
}

func (c *countingDB) Get(ctx context.Context, tbl string, key table.Key) (table.Item, error) {
	if strings.Contains(key.SK, "#c#") {
		c.mu.Lock()
		c.loads++
		c.mu.Unlock()
	}
	return c.DB.Get(ctx, tbl, key)
}

func (c *countingDB) Write(ctx context.Context, w table.Write) (table.Item, error) {
	c.note(w)
	return c.DB.Write(ctx, w)
}

func (c *countingDB) Apply(ctx context.Context, writes []table.Write) ([]int, error) {
	c.note(writes...)
	return c.DB.Apply(ctx, writes)
}

func (c *countingDB) Transact(ctx context.Context, writes []table.Write) error {
	c.note(writes...)
	return c.DB.Transact(ctx, writes)
}

func TestUnchangedSyncWritesNoItemButCoverage(t *testing.T) {
	db := &countingDB{DB: openBolt(t)}
	s := newSpine(t, db)
	s.populate()
	s.sync()
	db.keys = nil
	x := s.sync()
	if len(db.keys) != 0 || db.loads != 0 {
		t.Errorf("an unchanged sync wrote %v and loaded %d configurations", db.keys, db.loads)
	}
	if x.Found.Resources != 4 || x.Found.Created+x.Found.Changed+x.Found.Deleted != 0 {
		t.Errorf("found %+v", x.Found)
	}
}

func open22(config map[string]any) {
	config["SecurityGroupIngress"] = append([]any{
		map[string]any{"IpProtocol": "tcp", "FromPort": int64(22), "ToPort": int64(22), "CidrIp": "0.0.0.0/0"},
	}, config["SecurityGroupIngress"].([]any)...)
}

func close22(config map[string]any) {
	config["SecurityGroupIngress"] = config["SecurityGroupIngress"].([]any)[1:]
}

func TestAChangeIsADriftItsReversalResolvesItAndItsRecurrenceReopensIt(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.sync()

	s.cloud.edit(group, open22)
	x := s.sync()
	if x.Found.Changed != 1 || x.Found.DriftsDetected != 1 {
		t.Fatalf("found %+v", x.Found)
	}
	drifts := s.drifts()
	if len(drifts) != 1 {
		t.Fatalf("drifts %+v", drifts)
	}
	first := drifts[0]
	if first.Path != "SecurityGroupIngress" || first.Status != audit.DriftDetected || first.Severity.Rank() < audit.SeverityHigh.Rank() ||
		!strings.Contains(first.Summary, "22") || first.Actor.Status != audit.ActorPending {
		t.Errorf("drift %+v", first)
	}

	s.sync() // nothing new: the same drift stays
	if again := s.drifts(); len(again) != 1 || again[0].DetectedAt != first.DetectedAt || !again[0].LastSeenAt.After(first.DetectedAt) {
		t.Errorf("after another sync: %+v", again)
	}

	s.cloud.edit(group, close22)
	if x := s.sync(); x.Found.DriftsResolved != 1 {
		t.Errorf("found %+v", x.Found)
	}
	resolved := s.drifts(audit.DriftResolved)
	if len(resolved) != 1 || resolved[0].ResolvedBy != "reverted" || resolved[0].ResolvedAt == nil || len(s.drifts()) != 0 {
		t.Fatalf("after the reversal: %+v", resolved)
	}

	s.cloud.edit(group, open22)
	if x := s.sync(); x.Found.DriftsReopened != 1 || x.Found.DriftsDetected != 0 {
		t.Errorf("found %+v", x.Found)
	}
	reopened := s.drifts(allDrifts...)
	if len(reopened) != 1 || reopened[0].ID != first.ID || reopened[0].Reopened != 1 || reopened[0].ResolvedAt != nil ||
		!reopened[0].FirstDetectedAt.Equal(first.FirstDetectedAt) || !reopened[0].DetectedAt.After(first.DetectedAt) {
		t.Errorf("after the recurrence: %+v", reopened)
	}
}

func TestWhatALongListingNoLongerShowsIsDeletedAndItsDriftsResolved(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.sync()
	s.cloud.edit(group, open22)
	s.sync()
	s.cloud.remove(group)
	if x := s.sync(); x.Found.Deleted != 1 || x.Found.DriftsResolved != 1 {
		t.Fatalf("found %+v", x.Found)
	}
	r := s.resource(group)
	if r.Status != audit.ResourceDeleted || r.DeletedAt == nil {
		t.Errorf("resource %+v", r)
	}
	if got := len(s.resources()); got != 3 {
		t.Errorf("%d live resources, want 3", got)
	}
	if d := s.drifts(audit.DriftResolved); len(d) != 1 || d[0].ResolvedBy != "deleted" {
		t.Errorf("drifts %+v", d)
	}
	first := r.FirstSeenAt

	s.populate() // it is back, as it was
	s.sync()
	r = s.resource(group)
	if r.Status != audit.ResourceActive || r.DeletedAt != nil || !r.FirstSeenAt.Equal(first) {
		t.Errorf("back again: %+v", r)
	}
	history, err := s.store.ResourceHistory(t.Context(), team, r.ID, store.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range history.Items {
		kinds = append(kinds, string(e.Kind))
	}
	if got := strings.Join(kinds, " "); got != "reappeared deleted changed created" {
		t.Errorf("history: %s", got)
	}
}

func TestAFailedListingIsALineOfCoverageAndDeletesNothing(t *testing.T) {
	cases := []struct {
		name   string
		err    error
		status audit.ReadStatus
		sync   audit.SyncStatus
	}{
		{"refused", errDenied, audit.ReadDenied, audit.SyncStatusPartial},
		{"throttled", &fault.Error{Kind: fault.Throttled, Code: "RequestLimitExceeded", Action: "ec2:DescribeVolumes"}, audit.ReadThrottled, audit.SyncStatusPartial},
		{"malformed", &fault.Error{Kind: fault.Upstream, Code: "Malformed", Action: "ec2:DescribeVolumes"}, audit.ReadFailed, audit.SyncStatusPartial},
		{"timed out", context.DeadlineExceeded, audit.ReadFailed, audit.SyncStatusPartial},
		{"unsupported", &fault.Error{Kind: fault.Unsupported, Code: "OptInRequired"}, audit.ReadUnsupported, audit.SyncStatusSynced},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSpine(t, openBolt(t))
			s.populate()
			s.sync()
			s.cloud.mu.Lock()
			s.cloud.refused["ec2_volume"] = c.err
			s.cloud.mu.Unlock()
			x := s.sync()
			if x.Found.Deleted != 0 || s.resource(volume).Status != audit.ResourceActive {
				t.Errorf("deleted by a failed listing: %+v", x.Found)
			}
			slice := audit.Slice{ProviderID: s.provider.ID, Region: "eu-west-1", Service: "ec2"}
			cov, err := s.store.SliceCoverage(t.Context(), team, slice)
			if err != nil {
				t.Fatal(err)
			}
			for _, typ := range cov.Types {
				want := audit.ReadOK
				if typ.ResourceType == "ec2_volume" {
					want = c.status
					if typ.Count != nil || want != audit.ReadUnsupported && typ.Action == "" || typ.ReadAt == nil {
						t.Errorf("line %+v: the count is unknown, the action and the last whole reading known", typ)
					}
				} else if typ.Count == nil {
					t.Errorf("line %+v of another listing", typ)
				}
				if typ.Status != want {
					t.Errorf("%s is %s, want %s", typ.ResourceType, typ.Status, want)
				}
			}
			p, err := s.store.Provider(t.Context(), team, s.provider.ID)
			if err != nil || p.SyncStatus != c.sync {
				t.Errorf("provider is %s, want %s (%v)", p.SyncStatus, c.sync, err)
			}
		})
	}
}

func TestACollectorThatPanicsFailsAlone(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.cloud.before = func(typ string) {
		if typ == "ec2_volume" {
			panic("boom")
		}
	}
	x := s.sync()
	if x.Status != audit.ExecutionPartial || x.Found.Resources != 3 {
		t.Errorf("execution %s, %+v", x.Status, x.Found)
	}
}

// Each attribute of each resource is refused in turn for one sync and then allowed again.
func TestAnAttributeRefusedForOneSyncChangesNothing(t *testing.T) {
	paths := []string{"VersioningConfiguration", "PublicAccessBlockConfiguration", "SecurityGroupIngress", "Encrypted", "MaxSessionDuration"}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			s := newSpine(t, openBolt(t))
			s.populate()
			s.sync()
			s.cloud.hidden = func(r resource) (string, bool) { _, ok := r.config[path]; return path, ok }
			x := s.sync()
			if x.Found.Changed+x.Found.Deleted+x.Found.DriftsDetected+x.Found.DriftsResolved != 0 || x.Found.Unread != 1 {
				t.Errorf("while refused: %+v", x.Found)
			}
			unread := 0
			for _, r := range s.resources() {
				if len(r.Unread) > 0 {
					unread++
					if r.Unread[path].Action != "test:Get"+path || !r.ChangedAt.Equal(r.FirstSeenAt) {
						t.Errorf("resource %+v", r)
					}
				}
			}
			if unread != 1 {
				t.Errorf("%d resources name what is unread, want 1", unread)
			}
			s.cloud.hidden = nil
			x = s.sync()
			if x.Found.Changed+x.Found.Deleted+x.Found.DriftsDetected+x.Found.DriftsResolved+x.Found.Unread != 0 {
				t.Errorf("when allowed again: %+v", x.Found)
			}
			if d := s.drifts(allDrifts...); len(d) != 0 {
				t.Errorf("drifts %+v", d)
			}
		})
	}
}

func TestADriftStaysOpenWhileItsAttributeIsUnread(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.sync()
	s.cloud.edit(group, open22)
	s.sync()
	s.cloud.hidden = func(r resource) (string, bool) { return "SecurityGroupIngress", r.typ == "ec2_security_group" }
	if x := s.sync(); x.Found.DriftsResolved != 0 || len(s.drifts()) != 1 {
		t.Errorf("an unread attribute resolved its drift: %+v", x.Found)
	}
	s.cloud.hidden = nil
	if x := s.sync(); x.Found.DriftsResolved+x.Found.DriftsDetected+x.Found.DriftsReopened != 0 || len(s.drifts()) != 1 {
		t.Errorf("read again: %+v", x.Found)
	}
}

func TestABaselineThatWasUnreadIsFilledByTheFirstReading(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.cloud.hidden = func(r resource) (string, bool) { return "VersioningConfiguration", r.typ == "s3_bucket" }
	s.sync()
	s.cloud.hidden = nil
	s.sync()
	if d := s.drifts(allDrifts...); len(d) != 0 {
		t.Fatalf("the first reading is a drift: %+v", d)
	}
	s.cloud.edit(bucket, func(c map[string]any) { c["VersioningConfiguration"] = map[string]any{"Status": "Suspended"} })
	s.sync()
	d := s.drifts()
	if len(d) != 1 || d[0].Path != "VersioningConfiguration.Status" || d[0].Expected != "Enabled" || d[0].Actual != "Suspended" {
		t.Errorf("a change after it was filled: %+v", d)
	}
}

func TestCapturingABaselineResolvesDriftsAndDeletingItBringsThemBack(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.sync()
	s.cloud.edit(group, open22)
	s.sync()
	r := s.resource(group)
	key, _ := audit.ParseResourceID(r.ID)
	b, err := s.store.CaptureBaseline(t.Context(), team, r.ID, "known good", "me")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.tasks.JudgeResource(t.Context(), team, key); err != nil {
		t.Fatal(err)
	}
	if d := s.drifts(audit.DriftResolved); len(d) != 1 || d[0].ResolvedBy != "baseline" || len(s.drifts()) != 0 {
		t.Errorf("after the capture: %+v", d)
	}
	if err := s.store.DeleteBaseline(t.Context(), team, b.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.tasks.JudgeResource(t.Context(), team, key); err != nil {
		t.Fatal(err)
	}
	if d := s.drifts(); len(d) != 1 || d[0].Reopened != 1 {
		t.Errorf("after its removal: %+v", d)
	}
	only := s.resource(group).BaselineID
	if err := s.store.DeleteBaseline(t.Context(), team, only); !isKind(err, fault.Conflict) || fault.From(err).Code != "only_baseline" {
		t.Errorf("deleting the only baseline: %v", err)
	}
	if got, err := s.store.PruneBaselines(t.Context(), team, r.ID, 0); got != 0 || err != nil {
		t.Errorf("retention removed %d, %v: the newest stays", got, err)
	}
}

func TestTwoSyncsAtOnceWriteEachResourceOnce(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	// A drift detection and a resource sync are executions of their own: nothing keeps them apart.
	ids := make([]string, 0, 2)
	for _, typ := range []audit.JobType{audit.JobResourceSync, audit.JobDriftDetection} {
		x, _, err := s.engine.Trigger(t.Context(), team, job.Request{
			Type: typ, Scope: audit.Scope{ProviderID: s.provider.ID}, Trigger: "test", MaxAge: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, x.ID)
	}
	if _, err := s.finish(t.Context(), ids...); err != nil { // together: what a stopped attempt has found isn't counted
		t.Fatal(err)
	}
	var found audit.Found
	for _, id := range ids {
		x, err := s.store.Execution(t.Context(), team, id)
		if err != nil {
			t.Fatal(err)
		}
		found.Add(x.Found)
	}
	if found.Created != 4 || len(s.resources()) != 4 || len(s.drifts(allDrifts...)) != 0 {
		t.Errorf("found %+v", found)
	}
}

func TestAThousandDriftsOfOneChangeAreTwentyEvents(t *testing.T) {
	s := &spine{t: t, cloud: newCloud(), db: openBolt(t)} // by the real clock: it is one task's honest work
	s.connect()
	const n = 1000
	name := func(i int) string { return fmt.Sprint("arn:aws:s3:::bucket-", i) }
	for i := range n {
		s.cloud.put(name(i), resource{
			service: "s3", region: "eu-west-1", typ: "s3_bucket", name: fmt.Sprint("bucket-", i), config: map[string]any{"BucketName": fmt.Sprint("bucket-", i)},
		})
	}
	s.sync()
	var mu sync.Mutex
	told := map[string]int{}
	events := 0
	s.store.Announce(func(_ context.Context, of []audit.Event) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range of {
			var data audit.DriftEvent
			if err := json.Unmarshal(e.Data, &data); err != nil {
				t.Error(err)
			}
			if e.Type == audit.EventDriftDetected {
				events++
			}
			for _, d := range data.Drifts {
				told[d.ID]++
			}
		}
	})
	for i := range n {
		s.cloud.edit(name(i), versioned)
	}
	if x := s.sync(); x.Found.DriftsDetected != n {
		t.Errorf("found %+v", x.Found)
	}
	if len(told) != n || events > n/audit.MaxEventItems+8 { // eight resources are compared at once
		t.Errorf("%d drifts are told by %d events", len(told), events)
	}
	for id, times := range told {
		if times != 1 {
			t.Errorf("%s is told %d times", id, times)
		}
	}
}
