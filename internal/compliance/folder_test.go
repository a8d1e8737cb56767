package compliance_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/compliance"
)

func TestAFolderHoldsRulesAndFrameworksAndWhatIsBrokenIsLeftOut(t *testing.T) {
	_, catalog := loadBuiltIn(t)
	other := strings.Replace(ownRule, "acme-bucket-named", "acme-other-name", 1)
	folder, err := compliance.ReadFolder(fstest.MapFS{
		"a/rule.yaml":                {Data: []byte(ownRule)},
		"a/same.yml":                 {Data: []byte(ownRule)},
		"list.yaml":                  {Data: []byte("rules:\n  - " + strings.ReplaceAll(strings.TrimSpace(other), "\n", "\n    "))},
		"frameworks/ours.yaml":       {Data: []byte(ownFramework)},
		"frameworks/json.json":       {Data: []byte(`{"id":"acme-json","name":"J","version":"1","provider":"any","sections":[{"id":"1","title":"A"}],"controls":[{"id":"1","title":"T","section":"1","type":"manual","note":"n"}]}`)},
		"compose.yaml":               {Data: []byte("services:\n  web: {}\n")},
		"broken.yaml":                {Data: []byte("id: x\npasses: [\n")},
		"large.yaml":                 {Data: []byte(strings.Repeat("#", 1<<20+1))},
		"pipe.yaml":                  {Mode: fs.ModeNamedPipe},
		"README.md":                  {Data: []byte("# Ours")},
		"..data/rule.yaml":           {Data: []byte(ownRule)},
		".github/workflows/lint.yml": {Data: []byte("on: push\n")},
	}, ".", func(name string) string { return "ours/" + name })
	if err != nil {
		t.Fatal(err)
	}
	_, got, problems := catalog.ExtendBy(folder)
	want := []string{
		"ours/broken.yaml:2: did not find expected node content", "ours/compose.yaml:1: is no rule, no list of rules and no framework",
		"ours/large.yaml: is larger than 1048576 bytes", "ours/pipe.yaml: is no file",
		"ours/a/same.yml:1: rule acme-bucket-named: id: is that of another rule: Buckets are named as the company says",
	}
	if diff := cmp.Diff(want, texts(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	for _, id := range []string{"acme-2027", "acme-json"} {
		if _, ok := got.Lookup(id); !ok {
			t.Errorf("%s is left out", id)
		}
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	if _, err := compliance.ReadFolder(fstest.MapFS{"x": {Mode: 0}}, ".", nil); err != nil {
		t.Errorf("a folder without rules: %v", err)
	}
	sub, err := fs.Sub(fstest.MapFS{}, "nowhere")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compliance.ReadFolder(sub, ".", nil); err == nil {
		t.Error("a folder that isn't there is read")
	}
}
