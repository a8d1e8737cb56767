package rule_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

// unjudged finds the rows of the table of docs/rules.md that tells of which types nothing is judged.
var unjudged = regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\| .+ \\|$")

func TestEveryTypeIsJudgedOrTheReasonIsGiven(t *testing.T) {
	guide, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(guide), "\n## Types without a rule\n")
	if !found {
		t.Fatal("docs/rules.md has no section of types without a rule")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var excused []string
	for _, row := range unjudged.FindAllStringSubmatch(section, -1) {
		excused = append(excused, row[1])
	}
	judged := map[string]bool{}
	for _, r := range builtIn(t).Rules() {
		for _, name := range r.Types {
			judged[name] = true
		}
	}
	types := shapes.Load().Types()
	for _, name := range types {
		if !judged[name] && !slices.Contains(excused, name) {
			t.Errorf("no rule judges %s, and docs/rules.md doesn't say why", name)
		}
	}
	for _, name := range excused {
		if judged[name] || !slices.Contains(types, name) {
			t.Errorf("docs/rules.md gives a reason why %s isn't judged, which is judged or isn't collected", name)
		}
	}
}
