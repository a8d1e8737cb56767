package task_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/task"
)

const ruleTail = `
    severity: high
    categories: [exposure]
    wanted: what it should be
    risk: Something bad.
    remediation: Make it better.
    references: ["https://example.com/"]
    examples:
      - {want: failed, facts: {State: in-use}}
      - want: passed
`

// testRules are a rule of each kind: one that only looks at its resource, one that not always applies, one that looks up.
var testRules = fstest.MapFS{
	"aws/test.yaml": {Data: []byte("rules:\n" +
		"  - id: bucket-versioned\n    title: Buckets keep versions\n    types: [s3_bucket]\n" +
		"    passes: config.?VersioningConfiguration.?Status.orValue(\"\") == \"Enabled\"" + ruleTail + "        config: {VersioningConfiguration: {Status: Enabled}}\n" +
		"  - id: volume-encrypted\n    title: Volumes in use are encrypted\n    types: [ec2_volume]\n" +
		"    applies: facts.?State.orValue(\"\") == \"in-use\"\n    passes: config.?Encrypted.orValue(false) == true" + ruleTail +
		"        config: {Encrypted: true}\n        facts: {State: in-use}\n" +
		"  - id: group-has-role\n    title: There is a role\n    types: [ec2_security_group]\n    look_ups: {roles: {type: iam_role}}\n" +
		"    passes: roles.exists(r, r.name == \"deploy\")" + ruleTail +
		"        others: [{type: iam_role, name: deploy}]\n")},
	"frameworks/cis-aws-7.0.yaml": {Data: []byte(`
id: cis-aws-7.0
name: CIS
version: "7.0"
provider: aws
sections: [{id: "1", title: All}]
controls:
  - {id: "1.1", section: "1", type: automated, title: versions, rules: [bucket-versioned]}
  - {id: "1.2", section: "1", type: automated, title: encryption, rules: [volume-encrypted]}
  - {id: "1.3", section: "1", type: automated, title: roles, rules: [group-has-role]}
  - {id: "1.4", section: "1", type: manual, title: talk, note: nobody can tell}
`)},
	"frameworks/soc2.yaml": {Data: []byte(`
id: soc2
name: SOC
version: "2"
provider: any
sections: [{id: "1", title: All}]
controls: [{id: "CC1", section: "1", type: automated, title: versions, rules: [bucket-versioned]}]
`)},
}

var loadRules = sync.OnceValues(func() (*rule.Set, *compliance.Catalog) {
	set, problems, err := rule.Load(testRules, shapes.Load())
	if err != nil || len(problems) > 0 {
		panic(fmt.Sprint(err, problems))
	}
	catalog, problems, err := compliance.Load(testRules, "frameworks", set)
	if err != nil || len(problems) > 0 {
		panic(fmt.Sprint(err, problems))
	}
	return set, catalog
})

func rulesOf(context.Context, string) (*rule.Set, *compliance.Catalog, error) {
	set, catalog := loadRules()
	return set, catalog, nil
}

// check runs a compliance check to its end.
func (s *spine) check() audit.Execution {
	s.t.Helper()
	if s.clock != nil {
		s.clock.Advance(time.Hour)
	}
	x, _, err := s.engine.Trigger(s.t.Context(), team, job.Request{Type: audit.JobComplianceCheck, Trigger: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	if x, err = s.finish(s.t.Context(), x.ID); err != nil {
		s.t.Fatal(err)
	}
	return x
}

// findings are the findings as one would say them: rule, resource, status and what goes with it.
func (s *spine) findings() []string {
	s.t.Helper()
	page, err := s.store.Findings(s.t.Context(), team, store.FindingFilter{Status: audit.FindingStatuses()}, store.Paging{Limit: store.MaxLimit})
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, f := range page.Items {
		line := fmt.Sprintf("%s on %s: %s", f.RuleID, f.ResourceName, f.Status)
		if f.ResolvedBy != "" {
			line += " by " + f.ResolvedBy
		}
		if f.Reopened > 0 {
			line += fmt.Sprintf(" reopened %d", f.Reopened)
		}
		if f.StaleSince != nil {
			line += " stale, " + f.StaleReason
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func (s *spine) wantFindings(when string, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.findings()); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// assessment returns the newest assessment of a framework.
func (s *spine) assessment(framework string) audit.Assessment {
	s.t.Helper()
	page, err := s.store.Assessments(s.t.Context(), team, framework, store.Paging{})
	if err != nil || len(page.Items) == 0 {
		s.t.Fatalf("no assessment of %s: %v", framework, err)
	}
	a, err := s.store.Assessment(s.t.Context(), team, page.Items[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func statuses(a audit.Assessment) string {
	var out []string
	for _, c := range a.Controls {
		out = append(out, c.ID+" "+string(c.Status))
	}
	return strings.Join(out, ", ")
}

func unversioned(c map[string]any) { delete(c, "VersioningConfiguration") }

func versioned(c map[string]any) {
	c["VersioningConfiguration"] = map[string]any{"Status": "Enabled"}
}

func encrypted(is bool) func(map[string]any) {
	return func(c map[string]any) { c["Encrypted"] = is }
}

func TestFindingsLiveThroughChecks(t *testing.T) {
	db := &countingDB{DB: openBolt(t)}
	s := newSpine(t, db)
	s.populate()
	x := s.check()
	if x.Status != audit.ExecutionSucceeded || x.Found.FindingsOpened != 0 {
		t.Fatalf("the first check: %+v", x)
	}
	s.wantFindings("all is well")
	first := s.assessment("cis-aws-7.0")
	if got := statuses(first); got != "1.1 passed, 1.2 passed, 1.3 passed, 1.4 manual" || *first.Score != 1 || first.PreviousID != "" {
		t.Errorf("%s, score %v", got, *first.Score)
	}

	s.cloud.edit(bucket, unversioned)
	s.cloud.edit(volume, encrypted(false))
	s.cloud.remove(role)
	if x = s.check(); x.Found.FindingsOpened != 3 {
		t.Errorf("%+v", x.Found)
	}
	s.wantFindings("all went wrong", "bucket-versioned on assets: open", "group-has-role on web: open", "volume-encrypted on data: open")
	second := s.assessment("cis-aws-7.0")
	if got := statuses(second); got != "1.1 failed, 1.2 failed, 1.3 failed, 1.4 manual" || second.PreviousID != first.ID || second.ExecutionID != x.ID {
		t.Errorf("%s after %s", got, second.PreviousID)
	}
	res := second.Controls[0].Results[0]
	if f, err := s.store.Finding(t.Context(), team, res.FindingID); err != nil || f.RuleID != "bucket-versioned" || f.Service != "s3" || f.ExternalID != bucket || f.Reason == "" {
		t.Errorf("the result's finding: %+v, %v", f, err)
	}

	db.keys = nil
	s.check()
	for _, key := range db.keys {
		if strings.Contains(key, "fnd#") {
			t.Errorf("nothing changed, and %s was written", key)
		}
	}

	s.cloud.edit(bucket, versioned)
	s.cloud.put(volume, resource{service: "ec2", region: "eu-west-1", typ: "ec2_volume", name: "data", config: map[string]any{"Encrypted": false}, facts: map[string]any{"State": "available"}})
	s.cloud.remove(group)
	if x = s.check(); x.Found.FindingsResolved != 3 {
		t.Errorf("%+v", x.Found)
	}
	s.wantFindings("all was put right", "bucket-versioned on assets: resolved by passed", "group-has-role on web: resolved by deleted",
		"volume-encrypted on data: resolved by not_applicable")

	s.cloud.edit(bucket, unversioned)
	if x = s.check(); x.Found.FindingsReopened != 1 {
		t.Errorf("%+v", x.Found)
	}
	s.wantFindings("it came back", "bucket-versioned on assets: open reopened 1", "group-has-role on web: resolved by deleted",
		"volume-encrypted on data: resolved by not_applicable")
}

func TestWhatCanNotBeJudgedKeepsItsStatusAndSaysSo(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.cloud.edit(bucket, unversioned)
	s.cloud.edit(volume, encrypted(false))
	s.check()
	s.cloud.refused["ec2_volume"] = errDenied
	s.cloud.hidden = func(r resource) (string, bool) { return "VersioningConfiguration", r.typ == "s3_bucket" }
	for range 2 {
		if x := s.check(); x.Status != audit.ExecutionPartial {
			t.Errorf("the check ended as %s", x.Status)
		}
		s.wantFindings("reads are refused",
			"bucket-versioned on assets: open stale, VersioningConfiguration could not be read: test:GetVersioningConfiguration (AccessDenied)",
			"volume-encrypted on data: open stale, ec2_volume could not be read: ec2:DescribeVolumes (AccessDenied)")
	}
	a := s.assessment("cis-aws-7.0")
	if got := statuses(a); got != "1.1 not_assessed, 1.2 not_assessed, 1.3 passed, 1.4 manual" || a.Counts.Assessed != 1 {
		t.Errorf("%s", got)
	}
	s.cloud.refused, s.cloud.hidden = map[string]error{}, nil
	s.check()
	s.wantFindings("reads succeed again", "bucket-versioned on assets: open", "volume-encrypted on data: open")

	// A look-up that is not read whole leaves open what it might have held.
	s.cloud.refused["iam_role"] = errDenied
	s.cloud.remove(role)
	s.check()
	if got := statuses(s.assessment("cis-aws-7.0")); !strings.Contains(got, "1.3 not_assessed") {
		t.Error(got)
	}
}

func TestWaivedFailuresAreOutsideTheScore(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.cloud.edit(bucket, unversioned)
	s.check()
	_, err := s.store.CreateWaiver(t.Context(), audit.Waiver{
		ID: "wvr_1", TeamID: team, RuleID: "bucket-versioned", Reason: "scratch data", Author: "usr_1", ExpiresAt: s.now().Add(90 * time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.check()
	s.wantFindings("it is waived", "bucket-versioned on assets: waived")
	a := s.assessment("cis-aws-7.0")
	if got := statuses(a); got != "1.1 waived, 1.2 passed, 1.3 passed, 1.4 manual" || *a.Score != 1 || a.Controls[0].Results[0].Waiver != "wvr_1" {
		t.Errorf("%s", got)
	}
	s.check() // another hour later the waiver has ended
	s.wantFindings("the waiver ended", "bucket-versioned on assets: open")
	if got := statuses(s.assessment("cis-aws-7.0")); !strings.HasPrefix(got, "1.1 failed") {
		t.Error(got)
	}
}

func TestACheckAssessesTheFrameworksThatAreEnabled(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	set := func(f audit.FrameworkSetting) {
		if _, err := s.store.SetFramework(t.Context(), team, f); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		page, err := s.store.Assessments(t.Context(), team, "", store.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	set(audit.FrameworkSetting{FrameworkID: "cis-aws-7.0"})
	set(audit.FrameworkSetting{FrameworkID: "soc2", Enabled: true, ProviderIDs: []string{"prv_other"}})
	s.check()
	if n := count(); n != 0 {
		t.Errorf("%d assessments", n)
	}
	set(audit.FrameworkSetting{FrameworkID: "soc2", Enabled: true, ProviderIDs: []string{s.provider.ID}})
	s.check()
	if n := count(); n != 1 || statuses(s.assessment("soc2")) != "CC1 passed" {
		t.Errorf("%d assessments", n)
	}
}

// Every message is delivered twice, and half of the first try of each task is another worker's.
func TestACheckThatIsDeliveredTwiceEndsTheSame(t *testing.T) {
	run := func(duplicate func(string) bool) []string {
		s := &spine{t: t, cloud: newCloud(), db: openBolt(t), duplicate: duplicate}
		s.connect()
		s.populate()
		s.cloud.edit(bucket, unversioned)
		x := s.check()
		out := append(s.findings(), fmt.Sprint(x.Status, x.Found.FindingsOpened), statuses(s.assessment("cis-aws-7.0")))
		page, err := s.store.Assessments(t.Context(), team, "", store.Paging{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%d assessments, %v", len(page.Items), err)
		}
		return out
	}
	if diff := cmp.Diff(run(nil), run(func(string) bool { return true })); diff != "" {
		t.Error(diff)
	}
}

// unopened is an account whose credentials don't open it.
type unopened struct{ *cloud }

func (unopened) OpenAccount(context.Context, audit.Provider) (inventory.Account, error) {
	return nil, &fault.Error{Kind: fault.Expired, Message: "the credentials have expired"}
}

func TestAProviderThatCanNotBeReadIsAssessedAsThat(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.cloud.edit(bucket, unversioned)
	s.check()
	other := s.provider
	other.ID, other.Account, other.Version = audit.ProviderID(team, audit.ProviderAWS, "210987654321"), "210987654321", 0
	if _, _, err := s.store.Connect(t.Context(), other, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	s.tasks.Opener = opener(func(p audit.Provider) (inventory.Account, error) {
		if p.ID == other.ID {
			return unopened{}.OpenAccount(t.Context(), p)
		}
		return s.cloud, nil
	})
	if x := s.check(); x.Status != audit.ExecutionPartial {
		t.Errorf("the check ended as %s: %+v", x.Status, x.Log)
	}
	a := s.assessment("cis-aws-7.0")
	if got := statuses(a); got != "1.1 failed, 1.2 not_assessed, 1.3 not_assessed, 1.4 manual" || len(a.Accounts) != 2 {
		t.Errorf("%s over %d accounts", got, len(a.Accounts))
	}
	for _, account := range a.Accounts {
		if (account.ProviderID == other.ID) != (account.Score == nil) {
			t.Errorf("%+v", account)
		}
	}
}

type opener func(audit.Provider) (inventory.Account, error)

func (o opener) OpenAccount(_ context.Context, p audit.Provider) (inventory.Account, error) {
	return o(p)
}

func TestACheckOfOneResourceIsRefused(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.sync()
	_, _, err := s.engine.Trigger(t.Context(), team, job.Request{
		Type: audit.JobComplianceCheck, Scope: audit.Scope{ResourceID: s.resource(bucket).ID}, Trigger: "test",
	})
	if !isKind(err, fault.Invalid) {
		t.Error(err)
	}
}

var _ table.DB = (*countingDB)(nil)

func TestAWaiverHoldsAtOnceAndSoDoesItsEnd(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	for _, id := range []string{"a", "b", "c"} {
		s.cloud.put("arn:aws:s3:::"+id, resource{service: "s3", region: "eu-west-1", typ: "s3_bucket", name: id, config: map[string]any{"BucketName": id}})
	}
	s.check()
	checks := &task.Compliance{Store: s.store, Rules: rulesOf}
	waive := func(w audit.Waiver) audit.Waiver {
		w.TeamID, w.Reason, w.Author, w.ExpiresAt = team, "accepted", "usr_1", s.now().Add(time.Hour)
		w, err := s.store.CreateWaiver(t.Context(), w)
		if err == nil {
			err = checks.Waive(t.Context(), w)
		}
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	end := func(w audit.Waiver) {
		if err := s.store.DeleteWaiver(t.Context(), team, w.ID); err != nil {
			t.Fatal(err)
		}
		if err := checks.Unwaive(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	of := func(name, status string) string { return "bucket-versioned on " + name + ": " + status }
	s.wantFindings("without waivers", of("a", "open"), of("b", "open"), of("c", "open"))
	one := waive(audit.Waiver{ID: "wvr_1", ResourceID: s.resource("arn:aws:s3:::a").ID})
	s.wantFindings("a resource is waived", of("a", "waived"), of("b", "open"), of("c", "open"))
	all := waive(audit.Waiver{ID: "wvr_2", RuleID: "bucket-versioned"})
	s.wantFindings("the rule is waived", of("a", "waived"), of("b", "waived"), of("c", "waived"))
	waive(audit.Waiver{ID: "wvr_3", Tag: "env=dev"})
	end(all)
	s.wantFindings("the rule is no longer waived", of("a", "waived"), of("b", "open"), of("c", "open"))
	end(one)
	s.wantFindings("nothing is", of("a", "open"), of("b", "open"), of("c", "open"))
}
