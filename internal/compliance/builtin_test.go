package compliance_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/rules"
)

func builtInCatalog(t *testing.T) *compliance.Catalog {
	t.Helper()
	catalog, problems, err := compliance.Load(rules.FS, "frameworks", builtIn(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%v", p)
	}
	return catalog
}

type counts struct {
	Controls, Mapped int
	Automated        int // of those that are mapped
}

func TestFrameworksHaveTheControlsOfTheirStandards(t *testing.T) {
	want := map[string]counts{
		"cis-aws-7.0":    {70, 65, 34},
		"cis-aws-6.0":    {63, 62, 35},
		"cis-aws-5.0":    {63, 62, 35},
		"cis-aws-4.0":    {64, 62, 37},
		"cis-aws-3.0":    {62, 60, 54},
		"cis-aws-2.0":    {64, 62, 55},
		"cis-aws-1.5":    {63, 61, 55},
		"cis-aws-1.4":    {58, 56, 51},
		"hipaa":          {69, 34, 12},
		"nist-800-53-r5": {370, 157, 64},
		"pci-dss-4.0.1":  {260, 120, 51},
		"soc2":           {61, 30, 7},
	}
	guide, err := os.ReadFile("../../docs/compliance.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]counts{}
	for _, f := range builtInCatalog(t).All() {
		n := counts{Controls: len(f.Controls), Mapped: f.Mapped()}
		for _, c := range f.Controls {
			if c.Type == "automated" && len(c.Rules) > 0 {
				n.Automated++
			}
		}
		got[f.ID] = n
		row := fmt.Sprintf("| `%s` | %d | %d | %d |\n", f.ID, n.Controls, n.Mapped, n.Automated)
		if !strings.Contains(string(guide), row) {
			t.Errorf("docs/compliance.md lacks %q", row)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("controls (-want +got):\n%s", diff)
	}
}

func TestBaselinesOfNIST80053HaveTheirControls(t *testing.T) {
	f, ok := builtInCatalog(t).Lookup("nist-800-53-r5")
	if !ok {
		t.Fatal("there is no such framework")
	}
	got := map[string]int{}
	for _, c := range f.Controls {
		for _, p := range c.Profiles {
			got[p]++
		}
	}
	// SP 800-53B, table 3-1 and following.
	if diff := cmp.Diff(map[string]int{"low": 149, "moderate": 287, "high": 370}, got); diff != "" {
		t.Errorf("controls of a baseline (-want +got):\n%s", diff)
	}
}

func TestAutomatedControlsOfCIS70HaveRules(t *testing.T) {
	f, ok := builtInCatalog(t).Lookup("cis-aws-7.0")
	if !ok {
		t.Fatal("there is no such framework")
	}
	for _, c := range f.Controls {
		if c.Type == "automated" && len(c.Rules) == 0 {
			t.Errorf("%s %s has no rules: %s", c.ID, c.Title, c.Note)
		}
	}
}

func TestControlsOfOneTitleInCISBenchmarksHaveTheSameRules(t *testing.T) {
	rules := map[string][]string{}
	for _, f := range builtInCatalog(t).All() {
		if !strings.HasPrefix(f.ID, "cis-aws-") {
			continue
		}
		for _, c := range f.Controls {
			first, there := rules[c.Title]
			if !there {
				rules[c.Title] = c.Rules
				continue
			}
			if diff := cmp.Diff(first, c.Rules); diff != "" {
				t.Errorf("%s %s (-another version +this):\n%s", f.ID, c.ID, diff)
			}
		}
	}
}
