package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
)

var day = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func after(days int) time.Time { return day.AddDate(0, 0, days) }

func failure() *audit.Finding {
	return &audit.Finding{RuleID: "r", Severity: audit.SeverityHigh, Reason: "A is 1", Seen: []audit.Value{{Path: "A", Value: int64(1)}}}
}

func TestAFindingsLife(t *testing.T) {
	at := func(n int) *time.Time { v := after(n); return &v }
	var f audit.Finding
	steps := []struct {
		name    string
		do      func() bool
		changed bool
		want    audit.Finding // of what the test names
	}{
		{"it is found", func() bool { return f.Fail(failure(), after(0)) }, true, audit.Finding{Status: audit.FindingOpen, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(0)}},
		{"it stays as it is", func() bool { return f.Fail(failure(), after(1)) }, false, audit.Finding{Status: audit.FindingOpen, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(0)}},
		{"another value is seen", func() bool {
			n := failure()
			n.Seen[0].Value = int64(2)
			return f.Fail(n, after(2))
		}, true, audit.Finding{Status: audit.FindingOpen, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(2)}},
		{"it is waived", func() bool { return f.Waive("wvr_1") }, true, audit.Finding{Status: audit.FindingWaived, WaiverID: "wvr_1", FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(2)}},
		{"it can't be judged", func() bool { return f.Stale("denied", after(3), after(4)) }, true, audit.Finding{Status: audit.FindingWaived, WaiverID: "wvr_1", FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(3), StaleSince: at(4), StaleReason: "denied"}},
		{"it still can't", func() bool { return f.Stale("denied", after(5), after(5)) }, false, audit.Finding{Status: audit.FindingWaived, WaiverID: "wvr_1", FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(3), StaleSince: at(4), StaleReason: "denied"}},
		{"it is judged again, without a waiver", func() bool { return f.Fail(failure(), after(6)) }, true, audit.Finding{Status: audit.FindingOpen, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(6)}},
		{"it passes", func() bool { return f.Resolve(audit.ResolvedPassed, after(5), after(7)) }, true, audit.Finding{Status: audit.FindingResolved, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(6), ResolvedAt: at(7), ResolvedBy: "passed"}},
		{"it passes again", func() bool { return f.Resolve(audit.ResolvedPassed, after(7), after(8)) }, false, audit.Finding{Status: audit.FindingResolved, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(6), ResolvedAt: at(7), ResolvedBy: "passed"}},
		{"what is resolved can't go stale", func() bool { return f.Stale("denied", after(8), after(8)) }, false, audit.Finding{Status: audit.FindingResolved, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(6), ResolvedAt: at(7), ResolvedBy: "passed"}},
		{"what is resolved can't be waived", func() bool { return f.Waive("wvr_1") }, false, audit.Finding{Status: audit.FindingResolved, FirstSeenAt: after(0), DetectedAt: after(0), LastSeenAt: after(6), ResolvedAt: at(7), ResolvedBy: "passed"}},
		{"it fails again, under a waiver", func() bool {
			n := failure()
			n.WaiverID = "wvr_2"
			return f.Fail(n, after(9))
		}, true, audit.Finding{Status: audit.FindingWaived, WaiverID: "wvr_2", FirstSeenAt: after(0), DetectedAt: after(9), LastSeenAt: after(9), Reopened: 1}},
		{"the waiver ends", func() bool { return f.Waive("") }, true, audit.Finding{Status: audit.FindingOpen, FirstSeenAt: after(0), DetectedAt: after(9), LastSeenAt: after(9), Reopened: 1}},
	}
	for _, step := range steps {
		if changed := step.do(); changed != step.changed {
			t.Errorf("%s: changed is %v", step.name, changed)
		}
		got := f
		got.RuleID, got.Severity, got.Reason, got.Seen = "", "", "", nil
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

func TestAFindingsIDTellsItsResourceAndRule(t *testing.T) {
	key := audit.ResourceKey{Slice: strings.Repeat("a", 16), External: strings.Repeat("b", 16)}
	id := audit.FindingID(key, "s3-bucket-versioning-enabled")
	got, rule, ok := audit.ParseFindingID(id)
	if !ok || got != key || audit.FindingID(key, "other") == id || !strings.HasSuffix(id, rule) {
		t.Errorf("%s is %+v %s %v", id, got, rule, ok)
	}
	if _, _, ok := audit.ParseFindingID("drf" + id[3:]); ok {
		t.Error("a drift's id was taken")
	}
}

func TestWhatAWaiverCovers(t *testing.T) {
	tags := map[string]string{"env": "dev"}
	for _, tt := range []struct {
		name string
		w    audit.Waiver
		want bool
	}{
		{"a rule everywhere", audit.Waiver{RuleID: "r"}, true},
		{"another rule", audit.Waiver{RuleID: "s"}, false},
		{"all of a resource", audit.Waiver{ResourceID: "x"}, true},
		{"a rule on another resource", audit.Waiver{RuleID: "r", ResourceID: "y"}, false},
		{"a tag with any value", audit.Waiver{Tag: "env"}, true},
		{"a tag with its value", audit.Waiver{Tag: "env=dev"}, true},
		{"a tag with another value", audit.Waiver{RuleID: "r", Tag: "env=prod"}, false},
		{"a tag that isn't there", audit.Waiver{Tag: "team"}, false},
		{"nothing named", audit.Waiver{}, false},
	} {
		if got := tt.w.Covers("r", "x", tags); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestAWaiverNamesWhatItCoversWhyAndUntilWhen(t *testing.T) {
	good := audit.Waiver{
		ID: "wvr_1", TeamID: "team_1", RuleID: "r", Reason: "accepted", Author: "usr_1", CreatedAt: after(0), ExpiresAt: after(30),
	}
	if err := good.Validate(); err != nil || !good.Active(after(29)) || good.Active(after(30)) {
		t.Errorf("%v", err)
	}
	for _, tt := range []struct {
		field string
		edit  func(*audit.Waiver)
	}{
		{"rule_id", func(w *audit.Waiver) { w.RuleID = "" }},
		{"resource_id", func(w *audit.Waiver) { w.ResourceID = "bucket" }},
		{"tag", func(w *audit.Waiver) { w.Tag = "=dev" }},
		{"reason", func(w *audit.Waiver) { w.Reason = " " }},
		{"reason", func(w *audit.Waiver) { w.Reason = strings.Repeat("x", audit.MaxReasonLen+1) }},
		{"author", func(w *audit.Waiver) { w.Author = "" }},
		{"expires_at", func(w *audit.Waiver) { w.ExpiresAt = time.Time{} }},
		{"expires_at", func(w *audit.Waiver) { w.ExpiresAt = after(0) }},
		{"expires_at", func(w *audit.Waiver) { w.ExpiresAt = after(3 * 366) }},
	} {
		w := good
		tt.edit(&w)
		if err := w.Validate(); err == nil || !strings.HasPrefix(err.Error(), tt.field+":") {
			t.Errorf("%s: %v", tt.field, err)
		}
	}
}

func TestAFrameworkIsForTheProvidersOfItsSetting(t *testing.T) {
	for _, tt := range []struct {
		s    audit.FrameworkSetting
		want bool
	}{
		{audit.FrameworkSetting{Enabled: true}, true},
		{audit.FrameworkSetting{}, false},
		{audit.FrameworkSetting{Enabled: true, ProviderIDs: []string{"a"}}, true},
		{audit.FrameworkSetting{Enabled: true, ProviderIDs: []string{"b"}}, false},
	} {
		if got := tt.s.For("a"); got != tt.want {
			t.Errorf("%+v: %v", tt.s, got)
		}
	}
}
