package rule_test

import (
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

const own = `id: acme-bucket-named
title: Buckets are named as the company says
severity: low
types: [s3_bucket]
categories: [identity]
passes: resource.name.startsWith("acme-")
wanted: a name that begins with acme-
risk: Nobody knows whose it is.
remediation: Make another bucket.
examples:
  - {want: passed, name: acme-logs}
  - {want: failed, name: logs}
`

func TestATeamsOwnRulesJudgeBesideTheOthers(t *testing.T) {
	set := builtIn(t)
	more, problems := set.Extend([]rule.Own{{Name: "acme", Text: own}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r, ok := more.Lookup("acme-bucket-named")
	if !ok || !r.Custom || len(more.Rules()) != len(set.Rules())+1 {
		t.Fatalf("%+v", r)
	}
	if _, ok := set.Lookup("acme-bucket-named"); ok {
		t.Error("the set that was extended changed")
	}
	got, err := more.Try(r, &r.Examples[1])
	if err != nil || got.Verdict != audit.Failed {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBrokenRulesOfATeamAreRefusedAndTheRestStays(t *testing.T) {
	set := builtIn(t)
	for name, tt := range map[string]struct{ text, want string }{
		"no YAML":               {"id: [", "acme: "},
		"a list":                {"- id: x", "must be one rule"},
		"nothing":               {"", "must be one rule"},
		"an unknown field":      {own + "sevrity: low\n", "sevrity"},
		"an unknown attribute":  {strings.Replace(own, "resource.name.", "config.Nam.", 1), "Nam"},
		"a syntax error":        {strings.Replace(own, "startsWith(", "startsWith((", 1), "passes"},
		"another rule's id":     {strings.Replace(own, "acme-bucket-named", set.Rules()[0].ID, 1), "is that of another rule"},
		"an example that fails": {strings.Replace(own, "name: logs", "name: acme-x", 1), "examples[1]: is passed, not failed"},
		"no severity":           {strings.Replace(own, "severity: low", "severity: bad", 1), "severity"},
	} {
		more, problems := set.Extend([]rule.Own{{Name: "acme", Text: tt.text}, {Name: "other", Text: strings.Replace(own, "acme-bucket-named", "acme-other-name", 1)}})
		if len(problems) == 0 || !strings.Contains(problems[0].Error(), tt.want) {
			t.Errorf("%s: %v", name, problems)
		}
		if _, ok := more.Lookup("acme-other-name"); !ok {
			t.Errorf("%s: the other rule is gone", name)
		}
	}
}
