package compliance_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

const head = `
id: ours
name: Ours
version: "1"
provider: aws
sections: [{id: "1", title: All}]
`

// builtInRules compiles the rules once for all tests: a set never changes.
var builtInRules = sync.OnceValues(func() (*rule.Set, error) {
	set, problems, err := rule.Load(rules.FS, shapes.Load())
	for _, p := range problems {
		err = errors.Join(err, p)
	}
	return set, err
})

func builtIn(t testing.TB) *rule.Set {
	t.Helper()
	set, err := builtInRules()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func load(t *testing.T, set *rule.Set, files map[string]string) (*compliance.Catalog, []string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, body := range files {
		fsys["frameworks/"+name] = &fstest.MapFile{Data: []byte(body)}
	}
	catalog, problems, err := compliance.Load(fsys, "frameworks", set)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range problems {
		out = append(out, p.Field+": "+p.Message)
	}
	return catalog, out
}

func TestAControlsGroupsBecomeTheirRules(t *testing.T) {
	catalog, problems := load(t, builtIn(t), map[string]string{"ours.yaml": head + `
groups:
  buckets: [s3-bucket-versioning-enabled, s3-bucket-public-access-blocked]
controls:
  - {id: "1", title: Both, section: "1", type: automated, rules: [buckets]}
  - {id: "2", title: Once each, section: "1", type: automated, rules: [s3-bucket-public-access-blocked, buckets]}
  - {id: "3", title: None, section: "1", type: manual, note: Judged by people.}
`})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f, _ := catalog.Lookup("ours")
	got := [][]string{f.Controls[0].Rules, f.Controls[1].Rules, f.Controls[2].Rules}
	want := [][]string{
		{"s3-bucket-versioning-enabled", "s3-bucket-public-access-blocked"},
		{"s3-bucket-public-access-blocked", "s3-bucket-versioning-enabled"},
		nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if f.Mapped() != 2 {
		t.Errorf("mapped is %d, want 2", f.Mapped())
	}
}

func TestAFrameworkThatIsWrongIsLeftOutAndToldWhy(t *testing.T) {
	set := builtIn(t)
	const control = `controls: [{id: "1", title: One, section: "1", type: automated, rules: [s3-bucket-versioning-enabled]}]`
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"a control cites an unknown rule": {
			head + `controls: [{id: "1", title: One, section: "1", type: automated, rules: [nothing]}]`,
			[]string{"controls[0] 1.rules: there is no rule nothing"},
		},
		"a control has neither rules nor a note": {
			head + `controls: [{id: "1", title: One, section: "1", type: manual}]`,
			[]string{"controls[0] 1.note: must say why no rule judges it"},
		},
		"two controls have one id": {
			head + `controls: [{id: "1", title: One, section: "1", type: manual, note: n}, {id: "1", title: Two, section: "1", type: manual, note: n}]`,
			[]string{"controls[1] 1: is there twice"},
		},
		"a control is in no section": {
			head + `controls: [{id: "1", title: One, section: "2", type: manual, note: n}]`,
			[]string{`controls[0] 1.section: "2" is no section`},
		},
		"a control's type is unknown": {
			head + `controls: [{id: "1", title: One, section: "1", type: half, note: n}]`,
			[]string{"controls[0] 1.type: must be automated or manual"},
		},
		"a group is cited by nobody": {
			head + "groups: {g: [s3-bucket-versioning-enabled]}\n" + control, []string{"groups.g: no control cites it"},
		},
		"a group's rule is unknown, told once": {
			head + "groups: {g: [nothing]}\ncontrols: [{id: \"1\", title: One, section: \"1\", type: automated, rules: [g]}, " +
				"{id: \"2\", title: Two, section: \"1\", type: automated, rules: [g]}]",
			[]string{"groups.g: there is no rule nothing"},
		},
		"a group is empty": {
			head + "groups: {g: []}\ncontrols: [{id: \"1\", title: One, section: \"1\", type: automated, rules: [g]}]",
			[]string{"groups.g: has no rules"},
		},
		"a group is called like a rule": {
			head + "groups: {s3-bucket-versioning-enabled: [s3-bucket-public-access-blocked]}\n" + control,
			[]string{"groups.s3-bucket-versioning-enabled: is the id of a rule"},
		},
		"an attribute is unknown": {head + "colour: red\n" + control, nil},
		"it is no YAML":           {"id: [", nil},
		"it is too large":         {head + control + strings.Repeat("\n", 1<<20), nil},
	} {
		t.Run(name, func(t *testing.T) {
			catalog, problems := load(t, set, map[string]string{"ours.yaml": test.body})
			if n := len(catalog.All()); n != 0 {
				t.Errorf("%d frameworks were accepted", n)
			}
			if test.want != nil {
				if diff := cmp.Diff(test.want, problems); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			} else if len(problems) != 1 {
				t.Errorf("problems are %q, want one", problems)
			}
		})
	}
}

func TestASecondFrameworkOfOneIDIsLeftOut(t *testing.T) {
	body := head + `controls: [{id: "1", title: One, section: "1", type: manual, note: n}]`
	catalog, problems := load(t, builtIn(t), map[string]string{"a.yaml": body, "b.yaml": body})
	if diff := cmp.Diff([]string{"id: is that of Ours"}, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if n := len(catalog.All()); n != 1 {
		t.Errorf("%d frameworks, want the first alone", n)
	}
}

func FuzzAnyFileIsAFrameworkOrAProblem(f *testing.F) {
	set := builtIn(f)
	f.Add(head + `controls: [{id: "1", title: One, section: "1", type: manual, note: n}]`)
	f.Add(head + "groups: {g: [s3-bucket-versioning-enabled, g]}\ncontrols: [{rules: [g, g]}, null]")
	f.Add("groups: &a {b: *a}")
	f.Fuzz(func(t *testing.T, body string) {
		fsys := fstest.MapFS{"frameworks/a.yaml": {Data: []byte(body)}}
		catalog, problems, err := compliance.Load(fsys, "frameworks", set)
		if err != nil {
			t.Fatal(err)
		}
		if accepted := len(catalog.All()) == 1; accepted == (len(problems) > 0) {
			t.Errorf("accepted is %t, with the problems %v", accepted, problems)
		}
	})
}
