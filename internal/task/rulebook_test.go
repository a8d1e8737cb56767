package task_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/task"
)

const ownRule = "id: acme-bucket-named\ntitle: Buckets are named as the company says\ntypes: [s3_bucket]\n" +
	"passes: resource.name.startsWith(\"acme-\")\nseverity: low\ncategories: [identity]\nwanted: acme-\nrisk: Whose is it?\n" +
	"remediation: Make another.\nexamples: [{want: passed, name: acme-logs}, {want: failed, name: logs}]\n"

func TestATeamsOwnRuleJudgesUntilItIsDeleted(t *testing.T) {
	s := newSpine(t, openBolt(t))
	book := &task.RuleBook{Store: s.store, Builtin: func() (*rule.Set, *compliance.Catalog, error) { return rulesOf(t.Context(), team) }}
	s.rules = book.Rules
	s.start(s.tasks.Blobs.(*memBlobs))
	s.populate()
	s.check()
	s.wantFindings("without the rule")

	if r, err := book.Check(t.Context(), team, ownRule); err != nil || !r.Custom || r.ID != "acme-bucket-named" {
		t.Fatalf("Check = %+v, %v", r, err)
	}
	if _, err := book.Check(t.Context(), team, strings.Replace(ownRule, "name: logs", "name: acme-x", 1)); !isKind(err, fault.Invalid) || fault.From(err).Fields[0].Field != "yaml.examples[1]" {
		t.Errorf("an example that fails: %v", err)
	}
	if _, err := book.Check(t.Context(), team, strings.Repeat("#", task.MaxRuleText+1)); !isKind(err, fault.Invalid) {
		t.Errorf("a long text: %v", err)
	}
	if _, err := book.Create(t.Context(), team, ownRule, "usr_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Create(t.Context(), team, ownRule, "usr_1"); !isKind(err, fault.Invalid) {
		t.Errorf("made twice: %v", err)
	}
	if set, _, err := book.Rules(t.Context(), "team_other"); err != nil || len(set.Rules()) != 3 {
		t.Errorf("another team has it too: %v", err)
	}
	s.check()
	s.wantFindings("with the rule", "acme-bucket-named on assets: open")
	if err := book.Delete(t.Context(), team, "acme-bucket-named"); err != nil {
		t.Fatal(err)
	}
	s.check()
	s.wantFindings("without it again", "acme-bucket-named on assets: resolved by rule_removed")
	if err := book.Delete(t.Context(), team, "acme-bucket-named"); !isKind(err, fault.NotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if err := book.Delete(t.Context(), team, "bucket-versioned"); fault.From(err).StableCode() != "built_in_rule" {
		t.Errorf("a built-in rule: %v", err)
	}
}

const ownFramework = "id: acme-2027\nname: Ours\nversion: \"1\"\nprovider: aws\nsections: [{id: \"1\", title: Storage}]\ncontrols:\n" +
	"  - {id: \"1.1\", title: Buckets are ours, section: \"1\", type: automated, rules: [acme-bucket-named, bucket-versioned]}\n"

func TestATeamIsAssessedByAFrameworkOfItsOwn(t *testing.T) {
	s := newSpine(t, openBolt(t))
	book := &task.RuleBook{Store: s.store, Builtin: func() (*rule.Set, *compliance.Catalog, error) { return rulesOf(t.Context(), team) }}
	s.rules = book.Rules
	s.start(s.tasks.Blobs.(*memBlobs))
	s.populate()
	if _, err := book.CheckFramework(t.Context(), team, ownFramework); !isKind(err, fault.Invalid) ||
		fault.From(err).Fields[0].Field != "yaml.controls[0] 1.1.rules" || fault.From(err).Fields[0].Message != "line 7: there is no rule acme-bucket-named" {
		t.Errorf("it cites a rule that isn't there yet: %v", err)
	}
	if _, err := book.Create(t.Context(), team, ownRule, "usr_1"); err != nil {
		t.Fatal(err)
	}
	put := func(replaced, text string) error {
		_, err := book.PutFramework(t.Context(), team, replaced, text, "usr_1")
		return err
	}
	if err := put("", ownFramework); err != nil {
		t.Fatal(err)
	}
	if err := put("", ownFramework); fault.From(err).StableCode() != "framework_exists" {
		t.Errorf("made twice: %v", err)
	}
	if _, catalog, err := book.Rules(t.Context(), "team_other"); err != nil {
		t.Fatal(err)
	} else if _, ok := catalog.Lookup("acme-2027"); ok {
		t.Error("another team has it too")
	}
	if _, err := book.PutFramework(t.Context(), "team_other", "acme-2027", ownFramework, "usr_1"); !isKind(err, fault.Invalid) {
		t.Errorf("another team replaces it: %v", err)
	}
	if err := book.DeleteFramework(t.Context(), "team_other", "acme-2027"); !isKind(err, fault.NotFound) {
		t.Errorf("another team deletes it: %v", err)
	}
	if err := book.Delete(t.Context(), team, "acme-bucket-named"); fault.From(err).StableCode() != "rule_in_use" || !strings.Contains(err.Error(), "acme-2027") {
		t.Errorf("a rule that it cites is deleted: %v", err)
	}

	_, err := s.store.SetFramework(t.Context(), team, audit.FrameworkSetting{FrameworkID: "acme-2027", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	s.check()
	a := s.assessment("acme-2027")
	if c := a.Controls[0]; c.Status != audit.ControlFailed || !slices.ContainsFunc(c.Results, func(r audit.RuleResult) bool {
		return r.RuleID == "acme-bucket-named" && r.ResourceName == "assets" && r.FindingID != ""
	}) {
		t.Errorf("control: %+v", c)
	}

	if err := put("acme-2027", strings.Replace(ownFramework, "acme-bucket-named, ", "", 1)); err != nil {
		t.Fatal(err)
	}
	if err := put("acme-2027", strings.Replace(ownFramework, "acme-2027", "acme-2028", 1)); !isKind(err, fault.Invalid) {
		t.Errorf("replaced by one of another id: %v", err)
	}
	if err := put("acme-1999", strings.Replace(ownFramework, "acme-2027", "acme-1999", 1)); !isKind(err, fault.NotFound) {
		t.Errorf("one that isn't there is replaced: %v", err)
	}
	if err := book.Delete(t.Context(), team, "acme-bucket-named"); err != nil {
		t.Errorf("a rule that it cites no longer: %v", err)
	}
	if err := book.DeleteFramework(t.Context(), team, "acme-2027"); err != nil {
		t.Fatal(err)
	}
	s.check()
	if again := s.assessment("acme-2027"); again.ID != a.ID {
		t.Errorf("after it was deleted the newest assessment is %s, not %s", again.ID, a.ID)
	}
	for _, err := range []error{put("soc2", ownFramework), book.DeleteFramework(t.Context(), team, "soc2")} {
		if fault.From(err).StableCode() != "built_in_framework" {
			t.Errorf("a built-in framework: %v", err)
		}
	}
}

func TestWhatANewerProgramBringsItselfIsLeftOutOfATeamsOwn(t *testing.T) {
	s := newSpine(t, openBolt(t))
	old := &task.RuleBook{Store: s.store, Builtin: func() (*rule.Set, *compliance.Catalog, error) { return rulesOf(t.Context(), team) }}
	if _, err := old.Create(t.Context(), team, ownRule, "usr_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := old.PutFramework(t.Context(), team, "", ownFramework, "usr_1"); err != nil {
		t.Fatal(err)
	}
	book := &task.RuleBook{Store: s.store, Builtin: func() (*rule.Set, *compliance.Catalog, error) {
		newer := maps.Clone(testRules)
		newer["aws/acme.yaml"] = &fstest.MapFile{Data: []byte("rules:\n  - " + strings.ReplaceAll(ownRule, "\n", "\n    ") + `references: ["https://example.com/"]`)}
		newer["frameworks/acme.yaml"] = &fstest.MapFile{Data: []byte(ownFramework)}
		set, problems, err := rule.Load(newer, shapes.Load())
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		catalog, _, err := compliance.Load(newer, "frameworks", set)
		return set, catalog, err
	}}
	_, catalog, err := book.Rules(t.Context(), team)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range catalog.LeftOut() {
		got = append(got, p.Error())
	}
	want := []string{
		"acme-bucket-named:1: rule acme-bucket-named: id: is that of another rule: Buckets are named as the company says", "acme-2027:1: id: is that of Ours",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	for name, remove := range map[string]func() error{
		"rule":      func() error { return book.Delete(t.Context(), team, "acme-bucket-named") },
		"framework": func() error { return book.DeleteFramework(t.Context(), team, "acme-2027") },
	} {
		if err := remove(); err != nil {
			t.Errorf("the team's own %s is not deleted: %v", name, err)
		}
		if err := remove(); !isKind(err, fault.Conflict) {
			t.Errorf("the built-in %s is deleted: %v", name, err)
		}
	}
}
