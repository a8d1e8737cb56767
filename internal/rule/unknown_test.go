package rule_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// TestVerdictsDoNotDependOnWhatIsUnread makes each attribute that a rule reads unread in turn, in every example, and asks
// for the same verdict whatever the attribute may be: each value that it has in another example, and none.
func TestVerdictsDoNotDependOnWhatIsUnread(t *testing.T) {
	set := builtIn(t)
	tried := 0
	for _, r := range set.Rules() {
		for i := range r.Examples {
			for _, p := range rule.Reads(r) {
				x := r.Examples[i]
				x.Unread = maps.Clone(x.Unread)
				if x.Unread == nil {
					x.Unread = map[string]string{}
				}
				x.Unread[p] = "test:Refused"
				got, err := set.Try(r, &x)
				if err != nil {
					t.Fatalf("%s: %v", r.ID, err)
				}
				tried++
				if got.Verdict == audit.NotAssessed && len(got.Gaps) == 0 {
					t.Errorf("%s: %s: example %d without %s: not assessed, because %s", r.Source, r.ID, i+1, p, got.Reason)
				}
				for k := range r.Examples {
					other := rule.With(r.Examples[i], p, r.Examples[k])
					want, err := set.Try(r, &other)
					if err != nil {
						t.Fatalf("%s: %v", r.ID, err)
					}
					if got.Verdict != audit.NotAssessed && want.Verdict != got.Verdict && want.Verdict != audit.NotAssessed {
						t.Errorf("%s: %s: example %d is %s without %s, and %s with that of example %d",
							r.Source, r.ID, i+1, got.Verdict, p, want.Verdict, k+1)
					}
				}
			}
		}
	}
	t.Logf("%d rules, %d attributes left out", len(set.Rules()), tried)
}

// TestVerdictsDoNotDependOnListingsThatAreMissing takes each look-up away in turn.
func TestVerdictsDoNotDependOnListingsThatAreMissing(t *testing.T) {
	set := builtIn(t)
	for _, r := range set.Rules() {
		for _, l := range r.LookUps {
			for i := range r.Examples {
				x := r.Examples[i]
				x.Missing = append(slices.Clone(x.Missing), l.Type)
				var left []rule.Resource
				for _, o := range x.Others {
					if o.Type != l.Type {
						left = append(left, o)
					}
				}
				x.Others = left
				got, err := set.Try(r, &x)
				if err != nil {
					t.Fatalf("%s: %v", r.ID, err)
				}
				for k := range r.Examples {
					other := r.Examples[i]
					other.Others = slices.Clone(left)
					for _, o := range r.Examples[k].Others {
						if o.Type == l.Type {
							other.Others = append(other.Others, o)
						}
					}
					want, err := set.Try(r, &other)
					if err != nil {
						t.Fatalf("%s: %v", r.ID, err)
					}
					if got.Verdict != audit.NotAssessed && want.Verdict != got.Verdict && want.Verdict != audit.NotAssessed {
						t.Errorf("%s: %s: example %d is %s where no %s could be listed, and %s with those of example %d",
							r.Source, r.ID, i+1, got.Verdict, l.Type, want.Verdict, k+1)
					}
				}
			}
		}
	}
}

// TestVerdictsDoNotDependOnWhatIsUnreadOfOthers makes each attribute that a rule reads of what it looks up unread in turn.
func TestVerdictsDoNotDependOnWhatIsUnreadOfOthers(t *testing.T) {
	set := builtIn(t)
	tried := 0
	for _, r := range set.Rules() {
		for i := range r.Examples {
			x := r.Examples[i]
			for k := range x.Others {
				for _, p := range rule.LookUpReads(r, x.Others[k].Type) {
					if p == "" {
						continue
					}
					unread := rule.WithOther(x, k, p, nil, true)
					got, err := set.Try(r, &unread)
					if err != nil {
						t.Fatalf("%s: %v", r.ID, err)
					}
					tried++
					if got.Verdict == audit.NotAssessed {
						continue
					}
					for _, value := range otherValues(r, x.Others[k].Type) {
						other := rule.WithOther(x, k, p, value, false)
						want, err := set.Try(r, &other)
						if err != nil {
							t.Fatalf("%s: %v", r.ID, err)
						}
						if want.Verdict != got.Verdict && want.Verdict != audit.NotAssessed {
							t.Errorf("%s: %s: example %d is %s without %s of its other %d, and %s with another value",
								r.Source, r.ID, i+1, got.Verdict, p, k+1, want.Verdict)
						}
					}
				}
			}
		}
	}
	t.Logf("%d attributes left out", tried)
}

// otherValues are what an attribute of a type may be: absent, or what it is in any example.
func otherValues(r *rule.Rule, resourceType string) []func(map[string]any, []string) any {
	out := []func(map[string]any, []string) any{func(map[string]any, []string) any { return nil }}
	for i := range r.Examples {
		for _, o := range r.Examples[i].Others {
			if o.Type == resourceType {
				out = append(out, func(_ map[string]any, names []string) any { return rule.At(o.Config, names) })
			}
		}
	}
	return out
}
