package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// finding is a finding of a rule on a thing, detected at a time.
func finding(sl audit.Slice, th thing, rule string, at time.Time) audit.Finding {
	k := key(sl, th.id)
	return audit.Finding{
		ID: audit.FindingID(k, rule), RuleID: rule, Title: "buckets keep the versions of their objects", Severity: audit.SeverityHigh,
		Status: audit.FindingOpen, ProviderID: sl.ProviderID, ResourceID: k.ResourceID(), ExternalID: th.id, ResourceType: th.typ,
		ResourceName: th.name, Service: sl.Service, Region: sl.Region, Reason: "VersioningConfiguration.Status is absent",
		Seen:        []audit.Value{{Path: "VersioningConfiguration.Status"}},
		FirstSeenAt: at, DetectedAt: at, LastSeenAt: at,
	}
}

func (s *stock) find(findings ...audit.Finding) {
	s.t.Helper()
	changed, err := s.PutFindings(s.t.Context(), team, findings)
	if err != nil || len(changed) > 0 {
		s.t.Fatalf("PutFindings: %v, %v", changed, err)
	}
}

// findings lists findings page by page.
func (s *stock) findings(f store.FindingFilter, limit int) []string {
	s.t.Helper()
	var ids []string
	for p := (store.Paging{Limit: limit}); ; {
		page, err := s.Findings(s.t.Context(), team, f, p)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(page.Items) > limit {
			s.t.Errorf("a page of %d has %d findings", limit, len(page.Items))
		}
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		if p.Cursor = page.Next; page.Next == "" {
			return ids
		}
	}
}

func TestFindingsAreListedWorstFirst(t *testing.T) {
	s := newStock(t)
	slice := s.slice("eu-west-1", "s3")
	other := s.slice("us-east-1", "s3")
	var all []audit.Finding
	for i := range 12 {
		s.clock.Advance(time.Minute)
		sl := slice
		if i%4 == 3 {
			sl = other
		}
		f := finding(sl, thing{typ: "s3_bucket", id: fmt.Sprint("b", i/2)}, fmt.Sprint("rule-", i%3), s.Now())
		f.Severity = audit.Severities()[i%4]
		if i%5 == 4 {
			f.Resolve(audit.ResolvedPassed, s.Now(), s.Now())
		}
		all = append(all, f)
	}
	s.find(all...)
	// want orders what a filter keeps as the list states.
	want := func(keep func(*audit.Finding) bool) []string {
		var ids []string
		for _, status := range audit.FindingStatuses() {
			for _, severity := range audit.Severities() {
				for _, f := range slices.Backward(all) {
					if f.Status == status && f.Severity == severity && keep(&f) {
						ids = append(ids, f.ID)
					}
				}
			}
		}
		return ids
	}
	open := func(f *audit.Finding) bool { return f.Status == audit.FindingOpen }
	for limit := 1; limit <= 13; limit++ {
		for _, tt := range []struct {
			name string
			f    store.FindingFilter
			want []string
		}{
			{"open", store.FindingFilter{}, want(open)},
			{"resolved", store.FindingFilter{Status: []audit.FindingStatus{audit.FindingResolved}}, want(func(f *audit.Finding) bool { return !open(f) })},
			{"all", store.FindingFilter{Status: audit.FindingStatuses()}, want(func(*audit.Finding) bool { return true })},
			{
				"of a severity",
				store.FindingFilter{Severity: []audit.Severity{audit.SeverityHigh, audit.SeverityLow}},
				want(func(f *audit.Finding) bool {
					return open(f) && (f.Severity == audit.SeverityHigh || f.Severity == audit.SeverityLow)
				}),
			},
			{"of a region", store.FindingFilter{Region: "us-east-1"}, want(func(f *audit.Finding) bool { return open(f) && f.Region == "us-east-1" })},
			{"since", store.FindingFilter{Since: all[6].DetectedAt}, want(func(f *audit.Finding) bool { return open(f) && !f.DetectedAt.Before(all[6].DetectedAt) })},
			{"of another provider", store.FindingFilter{ProviderID: "prv_x"}, nil},
			{"of what is no resource", store.FindingFilter{ResourceID: "res_x"}, nil},
			{"of what is no rule", store.FindingFilter{RuleID: "rule\x00"}, nil},
		} {
			if diff := cmp.Diff(tt.want, s.findings(tt.f, limit)); diff != "" {
				t.Errorf("%s, %d a page (-want +got):\n%s", tt.name, limit, diff)
			}
		}
		ofRule := s.findings(store.FindingFilter{RuleID: "rule-1", Status: audit.FindingStatuses()}, limit)
		ofResource := s.findings(store.FindingFilter{ResourceID: all[0].ResourceID, Status: audit.FindingStatuses()}, limit)
		if len(ofRule) != 4 || len(ofResource) != 2 {
			t.Errorf("%d of a rule, %d of a resource, %d a page", len(ofRule), len(ofResource), limit)
		}
	}
	sum, err := s.FindingSummary(t.Context(), team, store.FindingFilter{Status: audit.FindingStatuses()})
	if err != nil || sum.Truncated || sum.Total != 12 || sum.ByStatus["resolved"] != 2 || sum.BySeverity["critical"] != 3 || sum.ByType["s3_bucket"] != 12 {
		t.Errorf("summary %+v, %v", sum, err)
	}
	n := 0
	for f, err := range s.FindingsOf(t.Context(), team, slice) {
		if err != nil || f.Region != "eu-west-1" {
			t.Fatalf("%+v, %v", f, err)
		}
		n++
	}
	if n != 9 {
		t.Errorf("%d findings of the slice", n)
	}
	if _, err := s.Findings(t.Context(), team, store.FindingFilter{}, store.Paging{Cursor: "x"}); !fault.Is(err, fault.Malformed) {
		t.Errorf("a cursor of nothing: %v", err)
	}
}

func TestAFindingIsWrittenOnlyAsItWasRead(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	f := finding(sl, bucketA, "rule", s.Now())
	s.find(f)
	if changed, err := s.PutFindings(t.Context(), team, []audit.Finding{f}); err != nil || !slices.Equal(changed, []int{0}) {
		t.Errorf("written twice: %v, %v", changed, err)
	}
	got, err := s.UpdateFinding(t.Context(), team, f.ID, func(f *audit.Finding) bool { return f.Waive("wvr_1") })
	if err != nil || got.Version != 2 || got.Status != audit.FindingWaived {
		t.Fatalf("UpdateFinding = %+v, %v", got, err)
	}
	same, err := s.UpdateFinding(t.Context(), team, f.ID, func(f *audit.Finding) bool { return f.Waive("wvr_1") })
	if err != nil || same.Version != 2 {
		t.Errorf("what changed nothing was written: %+v, %v", same, err)
	}
	if _, err := s.Finding(t.Context(), "team_two", f.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team's finding: %v", err)
	}
	if _, err := s.Finding(t.Context(), team, "fnd_x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is no id: %v", err)
	}
	some, err := s.FindingsByID(t.Context(), team, []string{f.ID, audit.FindingID(key(sl, "y"), "rule")})
	if err != nil || len(some) != 1 || some[0].ID != f.ID {
		t.Errorf("FindingsByID = %+v, %v", some, err)
	}
}

func TestAFindingThatStaysWasLastSeenWhenItsProviderWasJudged(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	f := finding(sl, bucketA, "rule", s.Now())
	stale := finding(sl, thing{typ: "s3_bucket", id: "b"}, "rule", s.Now())
	stale.Stale("denied", s.Now(), s.Now())
	found := s.Now()
	s.find(f, stale)
	s.clock.Advance(time.Hour)
	if err := s.PutJudgement(t.Context(), team, sl.ProviderID, store.Judgement{At: s.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutJudgement(t.Context(), team, sl.ProviderID, store.Judgement{At: found}); err != nil {
		t.Errorf("one that came late: %v", err)
	}
	for id, want := range map[string]time.Time{f.ID: s.Now(), stale.ID: found} {
		if got, err := s.Finding(t.Context(), team, id); err != nil || !got.LastSeenAt.Equal(want) {
			t.Errorf("last seen %v, %v; want %v", got.LastSeenAt, err, want)
		}
	}
	if j, err := s.LastJudgement(t.Context(), team, sl.ProviderID); err != nil || !j.At.Equal(s.Now()) {
		t.Errorf("LastJudgement = %+v, %v", j, err)
	}
	if j, err := s.LastJudgement(t.Context(), team, "prv_x"); err != nil || !j.At.IsZero() {
		t.Errorf("of what was never judged: %+v, %v", j, err)
	}
}

func TestAResourcesFindingsGoWithItsRecord(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	s.create(sl, bucketA)
	f := finding(sl, bucketA, "rule", s.Now())
	s.find(f)
	if err := s.DeleteResource(t.Context(), team, f.ResourceID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finding(t.Context(), team, f.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the finding is left: %v", err)
	}
}

func TestWaiversHoldUntilTheyExpire(t *testing.T) {
	s := newStock(t)
	make := func(id string, life time.Duration) audit.Waiver {
		w, err := s.CreateWaiver(t.Context(), audit.Waiver{
			ID: id, TeamID: team, RuleID: "rule", Reason: "accepted", Author: "usr_1", ExpiresAt: s.Now().Add(life),
		})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	one := make("wvr_1", time.Hour)
	make("wvr_2", 48*time.Hour)
	_, err := s.CreateWaiver(t.Context(), audit.Waiver{ID: "wvr_3", TeamID: team})
	wantCode(t, err, "invalid")
	if got, err := s.Waiver(t.Context(), team, "wvr_1"); err != nil || cmp.Diff(one, got) != "" {
		t.Errorf("Waiver = %+v, %v", got, err)
	}
	s.clock.Advance(2 * time.Hour)
	active, err := s.ActiveWaivers(t.Context(), team)
	if err != nil || len(active) != 1 || active[0].ID != "wvr_2" {
		t.Errorf("ActiveWaivers = %+v, %v", active, err)
	}
	if page, err := s.Waivers(t.Context(), team, store.Paging{}); err != nil || len(page.Items) != 2 {
		t.Errorf("Waivers = %+v, %v", page, err)
	}
	if err := s.DeleteWaiver(t.Context(), team, "wvr_1"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"wvr_1", "nothing"} {
		if err := s.DeleteWaiver(t.Context(), team, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("deleting %s: %v", id, err)
		}
		if _, err := s.Waiver(t.Context(), team, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("getting %s: %v", id, err)
		}
	}
}

func TestATeamIsAssessedByTheDefaultFrameworkUntilItSaysOtherwise(t *testing.T) {
	s := newStock(t)
	settings := func() map[string]audit.FrameworkSetting {
		got, err := s.FrameworkSettings(t.Context(), team)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := settings(); len(got) != 1 || !got[audit.DefaultFramework].Enabled {
		t.Errorf("%+v", got)
	}
	for _, f := range []audit.FrameworkSetting{
		{FrameworkID: audit.DefaultFramework, By: "usr_1"}, {FrameworkID: "soc2", Enabled: true, ProviderIDs: []string{"prv_1"}},
	} {
		if _, err := s.SetFramework(t.Context(), team, f); err != nil {
			t.Fatal(err)
		}
	}
	got := settings()
	soc2 := got["soc2"]
	if len(got) != 2 || got[audit.DefaultFramework].Enabled || !soc2.For("prv_1") || soc2.For("prv_2") {
		t.Errorf("%+v", got)
	}
}

// assessment is one of a framework over the stock's provider.
func (s *stock) assessment(framework, id string, results int) audit.Assessment {
	a := audit.Assessment{
		ID: id, TeamID: team, Framework: audit.FrameworkRef{ID: framework, Name: "CIS", Version: "7.0"}, StartedAt: s.Now(), EndedAt: s.Now(),
		Sections: []audit.SectionScore{}, Accounts: []audit.AccountScore{{ProviderID: s.provider.ID}},
	}
	c := audit.ControlResult{ID: "1.1", Status: audit.ControlFailed, Rules: []string{"rule"}, Results: []audit.RuleResult{}}
	for i := range results {
		c.Results = append(c.Results, audit.RuleResult{
			RuleID: "rule", ResourceID: audit.ResourceID(audit.Digest(16, fmt.Sprint(i)), audit.Digest(16, fmt.Sprint("x", i))), Status: audit.ControlFailed,
		})
	}
	a.Controls = []audit.ControlResult{c}
	a.Counts.Add(audit.ControlFailed, true)
	return a
}

func TestAssessmentsAreKeptAndListedNewestFirst(t *testing.T) {
	s := newStock(t)
	var want []string
	for i := range 5 {
		s.clock.Advance(time.Hour)
		framework := "cis-aws-7.0"
		if i == 2 {
			framework = "soc2"
		}
		a := s.assessment(framework, fmt.Sprint("asm_", i), i*1000) // from 3,000 results on they are large
		for range 2 {                                               // a task may be delivered twice
			if err := s.PutAssessment(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Assessment(t.Context(), team, a.ID)
		if diff := cmp.Diff(a, got); diff != "" || err != nil {
			t.Errorf("assessment %d, %v (-want +got):\n%.1000s", i, err, diff)
		}
		want = append([]string{a.ID}, want...)
	}
	if s.blobs.count() == 0 {
		t.Error("none was large enough for the blob store")
	}
	for limit := 1; limit < 7; limit++ {
		for framework, want := range map[string][]string{"": want, "cis-aws-7.0": {"asm_4", "asm_3", "asm_1", "asm_0"}, "x": nil} {
			var got []string
			for p := (store.Paging{Limit: limit}); ; {
				page, err := s.Assessments(t.Context(), team, framework, p)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range page.Items {
					got = append(got, a.ID)
					if a.Controls != nil {
						t.Error("the list shows controls")
					}
				}
				if p.Cursor = page.Next; page.Next == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("of %q, %d a page (-want +got):\n%s", framework, limit, diff)
			}
		}
	}
	before := func(framework string, providers ...string) string {
		id, err := s.AssessmentBefore(t.Context(), team, framework, providers, s.Now())
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if a, b, c := before("cis-aws-7.0", s.provider.ID), before("cis-aws-7.0", s.provider.ID, "prv_x"), before("x", s.provider.ID); a != "asm_3" || b != "" || c != "" {
		t.Errorf("before: %q, %q, %q", a, b, c)
	}
	if _, err := s.Assessment(t.Context(), "team_two", "asm_1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team's assessment: %v", err)
	}
}

func TestSnapshotsHaveAllThatWasReadOfAResource(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "ec2")
	var things []thing
	for i := range 250 {
		th := ordinary(i)
		if i%2 == 1 {
			th.typ, th.unread = "ec2_vpc", map[string]audit.Unread{"Tags": {Action: "ec2:DescribeTags"}}
		}
		things = append(things, th)
	}
	s.create(sl, things...)
	gone := s.known(sl)[:3]
	s.remove(sl, gone...)
	n := map[string]int{}
	all := func(wanted func(string) bool) {
		clear(n)
		for snap, err := range s.Snapshots(context.WithoutCancel(t.Context()), team, sl, wanted) {
			if err != nil {
				t.Fatal(err)
			}
			n[snap.Type]++
			if snap.Config["GroupName"] != snap.Name || snap.Facts["State"] != "facts123" || (snap.Type == "ec2_vpc") != (len(snap.Unread) == 1) {
				t.Fatalf("%+v", snap)
			}
		}
	}
	all(func(string) bool { return true })
	if n["ec2_security_group"]+n["ec2_vpc"] != 247 {
		t.Errorf("%v", n)
	}
	all(func(typ string) bool { return typ == "ec2_vpc" })
	if n["ec2_vpc"] < 122 || len(n) != 1 {
		t.Errorf("%v", n)
	}
}
