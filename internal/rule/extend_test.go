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
		"no YAML":               {"id: [", "acme:1: did not find"},
		"a list":                {"- id: x", "must be a mapping"},
		"nothing":               {"", "must be a mapping"},
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

func TestAFaultIsToldWithItsLine(t *testing.T) {
	set := builtIn(t)
	for name, tt := range map[string]struct{ text, want string }{
		"a syntax error":             {strings.Replace(own, "startsWith(", "startsWith((", 1), "acme:6: rule acme-bucket-named: passes: line 1, column 35: Syntax error"},
		"an unknown attribute":       {strings.Replace(own, "resource.name.", "config.Nam.", 1), "acme:6: rule acme-bucket-named: passes: Nam is no attribute of s3_bucket"},
		"an unknown field":           {own + "sevrity: low\n", "acme:13: rule acme-bucket-named: field sevrity not found"},
		"a field of another type":    {strings.Replace(own, "types: [s3_bucket]", "types: {a: b}", 1), "acme:4: rule acme-bucket-named: cannot unmarshal !!map"},
		"an example of another type": {strings.Replace(own, "name: logs", "name: [logs]", 1), "acme:12: rule acme-bucket-named: cannot unmarshal !!seq into string"},
		"an example that fails":      {strings.Replace(own, "name: logs", "name: acme-x", 1), "acme:12: rule acme-bucket-named: examples[1]: is passed, not failed"},
		"a duplicate id":             {strings.Replace(own, "acme-bucket-named", set.Rules()[0].ID, 1), "acme:1: rule " + set.Rules()[0].ID + ": id: is that of another rule"},
		"loops in loops": {
			strings.Replace(own, `resource.name.startsWith("acme-")`, `'[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, [1].all(f, true))))))'`, 1),
			"acme:6: rule acme-bucket-named: passes: line 1, column 63: comprehension exceeds nesting limit",
		},
		"an expression that takes too long": {
			strings.Replace(own, `resource.name.startsWith("acme-")`, `resource.name.startsWith("acme-") && cel.bind(l, resource.name.split("").map(a, resource.name), l.all(a, l.all(b, l.all(c, l.all(d, l.all(e, a == b))))))`, 1) +
				"  - {want: passed, name: acme-" + strings.Repeat("x", 60) + "}\n",
			"acme:13: rule acme-bucket-named: examples[2]: is not_assessed, not passed: ",
		},
		"a bomb of aliases": {
			"id: &a [x, x, x, x, x, x, x, x, x, x]\ntypes: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nexamples: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n" +
				"references: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ncategories: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n",
			"acme:1: is too large, with what its aliases stand for",
		},
		"an alias of itself": {"id: &a [*a]\n", "acme:1: is too large, with what its aliases stand for"},
		"deep nesting":       {own + "applies: " + strings.Repeat("[", 20_000), "acme:13: exceeded max depth"},
		"two rules in one":   {own + "---\n" + own, "acme:13: holds more than one document"},
		"data of its own":    {"data: {a: 1}\nrules: []\n", "acme:1: data: is for the rules that come with the program"},
	} {
		_, problems := set.Extend([]rule.Own{{Name: "acme", Text: tt.text}})
		if len(problems) == 0 || !strings.HasPrefix(problems[0].Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, problems, tt.want)
		}
	}
}

func TestAListOfOwnRulesLosesOnlyThoseThatAreBroken(t *testing.T) {
	item := "  - " + strings.ReplaceAll(strings.TrimSpace(own), "\n", "\n    ") + "\n"
	text := "rules:\n" + item + strings.Replace(item, "severity: low", "severity: bad", 1) + strings.Replace(item, "acme-bucket-named", "acme-other-name", 1)
	set := builtIn(t)
	more, problems := set.Extend([]rule.Own{{Name: "acme.yaml", Text: text}})
	if len(problems) != 1 || problems[0].Error() != "acme.yaml:14: rule acme-bucket-named: id: is that of another rule: Buckets are named as the company says" {
		t.Errorf("%v", problems)
	}
	if n := len(more.Rules()) - len(set.Rules()); n != 2 {
		t.Errorf("%d rules are taken, want 2", n)
	}
}
