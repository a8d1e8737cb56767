package task_test

import (
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
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
