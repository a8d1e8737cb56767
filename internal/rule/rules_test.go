package rule_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

func builtIn(t testing.TB) *rule.Set {
	t.Helper()
	set, problems, err := rule.Load(rules.FS, shapes.Load())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%v", p)
	}
	return set
}

func TestEveryRuleJudgesItsExamplesAsTheySay(t *testing.T) {
	set := builtIn(t)
	for _, r := range set.Rules() {
		for i, x := range r.Examples {
			got, err := set.Try(r, &x)
			if err != nil {
				t.Errorf("%s: %s: example %d: %v", r.Source, r.ID, i+1, err)
			} else if got.Verdict != x.Want {
				t.Errorf("%s: %s: example %d %s: %s, want %s (%s)", r.Source, r.ID, i+1, x.About, got.Verdict, x.Want, got.Reason)
			}
		}
	}
}
