package compliance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

const ownRule = `id: acme-bucket-named
title: Buckets are named as the company says
severity: low
types: [s3_bucket]
categories: [identity]
passes: resource.name.startsWith("acme-")
wanted: a name that begins with acme-
risk: Nobody knows whose it is.
remediation: Make another bucket.
examples: [{want: passed, name: acme-logs}, {want: failed, name: logs}]
`

const ownFramework = `id: acme-2027
name: Our baseline
version: "2027"
provider: aws
sections:
  - {id: "1", title: Storage}
controls:
  - id: "1.1"
    title: Buckets are ours and keep versions
    section: "1"
    type: automated
    rules: [acme-bucket-named, s3-bucket-versioning-enabled]
`

func loadBuiltIn(t testing.TB) (*rule.Set, *compliance.Catalog) {
	t.Helper()
	set := builtIn(t)
	catalog, problems, err := compliance.Load(rules.FS, "frameworks", set)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return set, catalog
}

func texts(problems []rule.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Error())
	}
	return out
}

func TestATeamsFrameworkCitesItsOwnRulesAndBuiltInOnes(t *testing.T) {
	set, catalog := loadBuiltIn(t)
	more, _ := set.Extend([]rule.Own{{Name: "rule", Text: ownRule}})
	got, problems := catalog.Extend(more, nil, []rule.Own{{Name: "fw", Text: ownFramework}})
	if len(problems) > 0 {
		t.Fatal(texts(problems))
	}
	f, ok := got.Lookup("acme-2027")
	if !ok || !f.Custom || len(got.All()) != len(catalog.All())+1 {
		t.Fatalf("%+v, %t", f, ok)
	}
	if _, there := catalog.Lookup("acme-2027"); there {
		t.Error("the catalog that was extended changed")
	}
	if rules := got.Rules(f); len(rules) != 2 {
		t.Errorf("%d rules, want 2", len(rules))
	}
	if citing := got.Citing("acme-bucket-named"); len(citing) != 1 || citing[0].ID != "acme-2027" {
		t.Errorf("citing: %v", citing)
	}
}

func TestAControlIsNotAssessedWhereARuleOfItIsLeftOut(t *testing.T) {
	set, catalog := loadBuiltIn(t)
	more, refused := set.Extend([]rule.Own{{Name: "rule.yaml", Text: strings.Replace(ownRule, "startsWith(", "startsWith((", 1)}})
	got, problems := catalog.Extend(more, refused, []rule.Own{{Name: "fw", Text: ownFramework}})
	if len(problems) > 0 {
		t.Fatal(texts(problems))
	}
	f, _ := got.Lookup("acme-2027")
	control := got.Assess(f, time.Time{}, time.Time{}, &compliance.Tally{}).Controls[0]
	if control.Status != audit.ControlNotAssessed || !strings.Contains(control.Reason, "the rule is left out: rule.yaml:6: rule acme-bucket-named: passes: ") {
		t.Errorf("%s: %s", control.Status, control.Reason)
	}
	if len(got.LeftOut()) != len(refused) {
		t.Errorf("left out: %v", texts(got.LeftOut()))
	}
}

func TestATeamsFrameworkThatIsWrongIsRefusedWithAllItsFaults(t *testing.T) {
	set, catalog := loadBuiltIn(t)
	set, _ = set.Extend([]rule.Own{{Name: "rule", Text: ownRule}})
	change := func(old, text string) string {
		if !strings.Contains(ownFramework, old) {
			t.Fatalf("there is no %q to change", old)
		}
		return strings.ReplaceAll(ownFramework, old, text)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"a rule that there isn't": {change("acme-bucket-named", "acme-bucket-nemed"), []string{"fw:12: controls[0] 1.1.rules: there is no rule acme-bucket-nemed"}},
		"several faults at once": {
			change(`section: "1"`, `section: "2"`) + "    type: other\n",
			[]string{`fw:13: mapping key "type" already defined at line 11`},
		},
		"several faults of what it says": {
			strings.NewReplacer(`section: "1"`, `section: "2"`, "automated", "half", "acme-2027", "Acme").Replace(ownFramework),
			[]string{
				"fw:1: id: must be lower-case words, digits, hyphens and points", `fw:10: controls[0] 1.1.section: "2" is no section`,
				"fw:11: controls[0] 1.1.type: must be automated or manual",
			},
		},
		"several fields that nobody knows": {ownFramework + "    colour: red\n    size: 3\n", []string{"fw:13: field colour not found", "fw:14: field size not found"}},
		"a built-in framework's id":        {change("acme-2027", "soc2"), []string{"fw:1: id: is that of SOC 2"}},
		"the id that scans use":            {change("acme-2027", "own-rules"), []string{"fw:1: id: is kept for rules that no framework cites"}},
		"another cloud":                    {change("provider: aws", "provider: moon"), []string{"fw:4: provider: must be aws, gcp, azure, kubernetes or any"}},
		"a title that a terminal would obey": {
			change("title: Storage", `title: "\e[2J"`), []string{"fw:6: sections[0].title: holds control characters"},
		},
		"a title that is too long": {change("Our baseline", strings.Repeat("x", 501)), []string{"fw:2: name: must be at most 500 bytes"}},
		"two documents":            {ownFramework + "---\n" + ownFramework, []string{"fw:13: holds more than one document"}},
		"a list":                   {"- id: x\n", []string{"fw:1: must be a mapping, with id and so on"}},
		"nothing":                  {"", []string{"fw:1: must be a mapping, with id and so on"}},
		"no YAML":                  {"id: [", []string{"fw:1: did not find expected node content"}},
		"a megabyte and more":      {ownFramework + strings.Repeat("#", 1<<20), []string{"fw: is larger than 1048576 bytes"}},
		"aliases of aliases":       {bomb, []string{"fw: is too large, with what its aliases stand for"}},
		"deep nesting":             {"about: " + strings.Repeat("[", 100_000), []string{"fw: exceeded max depth of 10000"}},
		"an alias of itself":       {"about: &a [*a]\n", []string{"fw: is too large, with what its aliases stand for"}},
		"too many controls": {
			ownFramework + strings.Repeat("  - {id: x}\n", 2_000), []string{"fw:8: controls: has 2001, at most 2000 are taken"},
		},
		"groups that multiply": {
			head + "groups: {g: [" + strings.Repeat("s3-bucket-versioning-enabled, ", 400) + "]}\ncontrols:\n" +
				strings.Repeat("  - {id: x, rules: [g]}\n", 100),
			[]string{"fw:9: controls: cite 40000 rules, at most 20000 are taken"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := catalog.Extend(set, nil, []rule.Own{{Name: "fw", Text: tt.text}, {Name: "other", Text: change("acme-2027", "acme-other")}})
			if diff := cmp.Diff(tt.want, texts(problems)); diff != "" && !startsAlike(tt.want, texts(problems)) {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if _, ok := got.Lookup("acme-other"); !ok || len(got.All()) != len(catalog.All())+1 {
				t.Errorf("%d frameworks, want the other one beside those built in", len(got.All()))
			}
		})
	}
}

// startsAlike lets the parser's own messages end as they like.
func startsAlike(want, got []string) bool {
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			return false
		}
	}
	return true
}

func TestOfVeryManyFaultsTheFirstHundredAreTold(t *testing.T) {
	set, catalog := loadBuiltIn(t)
	long := strings.Repeat("y", 10_000)
	_, problems := catalog.Extend(set, nil, []rule.Own{{Name: "fw", Text: ownFramework + strings.Repeat("  - {id: "+long[:400]+", rules: ["+long+"]}\n", 90)}})
	if n := len(problems); n != 101 || problems[100].Message != "has 440 more faults" {
		t.Errorf("%d problems, the last is %v", n, problems[n-1])
	}
	for _, p := range problems {
		if len(p.Error()) > 700 {
			t.Fatalf("a problem of %d bytes", len(p.Error()))
		}
	}
}

func TestRulesThatNoFrameworkCitesMakeOneOfTheirOwn(t *testing.T) {
	set, catalog := loadBuiltIn(t)
	if f := catalog.Uncited(nil); f != nil {
		t.Errorf("without rules of one's own: %+v", f)
	}
	more, refused := set.Extend([]rule.Own{
		{Name: "a", Text: ownRule},
		{Name: "b", Text: strings.Replace(ownRule, "acme-bucket-named", "acme-other-name", 1)},
		{Name: "c", Text: "id: acme-broken-rule\nsevrity: low\n"},
	})
	got, _ := catalog.Extend(more, refused, []rule.Own{{Name: "fw", Text: ownFramework}})
	cited, _ := got.Lookup("acme-2027")
	var ids []string
	for _, c := range got.Uncited([]*compliance.Framework{cited}).Controls {
		ids = append(ids, c.ID)
	}
	if diff := cmp.Diff([]string{"acme-broken-rule", "acme-other-name"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzAnyTextOfATeamIsAFrameworkOrAProblem(f *testing.F) {
	set, catalog := loadBuiltIn(f)
	set, _ = set.Extend([]rule.Own{{Name: "rule", Text: ownRule}})
	f.Add(ownFramework)
	f.Add("groups: &a {b: *a}")
	f.Add("controls: [null, {rules: [g, g]}]\nsections: [1]")
	f.Fuzz(func(t *testing.T, text string) {
		got, problems := catalog.Extend(set, nil, []rule.Own{{Name: "fw", Text: text}})
		if accepted := len(got.All()) > len(catalog.All()); accepted == (len(problems) > 0) {
			t.Errorf("accepted is %t, with the problems %v", accepted, problems)
		}
	})
}
