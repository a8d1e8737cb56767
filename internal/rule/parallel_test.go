package rule_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

// told is a result without pointers.
type told struct {
	rule, external string
	verdict        audit.Verdict
	reason         string
	seen           string
	gaps           []audit.Gap
}

func TestResultsAreTheSameWhoeverAddsInWhateverOrder(t *testing.T) {
	set := builtIn(t)
	subjects := account(set)
	want := judged(t, set, [][]*rule.Subject{subjects})
	if len(want) < len(subjects) {
		t.Fatalf("%d results for %d resources", len(want), len(subjects))
	}
	shuffled := slices.Clone(subjects)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	got := judged(t, set, slices.Collect(slices.Chunk(shuffled, len(shuffled)/4+1)))
	if d := gocmp.Diff(want, got, gocmp.AllowUnexported(told{})); d != "" {
		t.Errorf("results differ (-serial +parallel):\n%s", d)
	}
}

func TestRulesThatAreTrustedJudgeAsThoseThatAreChecked(t *testing.T) {
	set := builtIn(t)
	trusted, err := rule.Trust(rules.FS, shapes.Load())
	if err != nil {
		t.Fatal(err)
	}
	subjects := account(set)
	want := judged(t, set, [][]*rule.Subject{subjects})
	got := judged(t, trusted, slices.Collect(slices.Chunk(subjects, len(subjects)/4+1)))
	if d := gocmp.Diff(want, got, gocmp.AllowUnexported(told{})); d != "" {
		t.Errorf("results differ (-checked +trusted):\n%s", d)
	}
}

func TestARuleThatIsTrustedAndDoesNotCompileIsAnError(t *testing.T) {
	trusted, err := rule.Trust(fstest.MapFS{"x.yaml": {Data: []byte("rules: [{id: a-b, types: [s3_bucket], passes: 'config.'}]")}}, shapes.Load())
	if err != nil {
		t.Fatal(err)
	}
	j := trusted.NewJudge(time.Now(), nil, func(rule.Result) error { return nil })
	if err := j.Add(&rule.Subject{Type: "kms_key"}); err != nil {
		t.Errorf("what the rule doesn't concern: %v", err)
	}
	if err := j.Add(&rule.Subject{Type: "s3_bucket"}); err == nil || !strings.Contains(err.Error(), "x.yaml:1: rule a-b: passes: line 1") {
		t.Errorf("the error is %v", err)
	}
}

// account is resources like those of the rules' examples, each with an id of its own.
func account(set *rule.Set) []*rule.Subject {
	var out []*rule.Subject
	for _, r := range set.Rules() {
		for i := range r.Examples {
			for _, s := range rule.Subjects(r, &r.Examples[i]) {
				s.ExternalID = fmt.Sprintf("%s-%s-%d-%d", s.ExternalID, r.ID, i, len(out))
				out = append(out, s)
			}
		}
	}
	return realistic(out)
}

// judged judges parts of an account, each added by a goroutine.
func judged(tb testing.TB, set *rule.Set, parts [][]*rule.Subject) []told {
	tb.Helper()
	var mu sync.Mutex
	var out []told
	j := set.NewJudge(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil, func(r rule.Result) error {
		mu.Lock()
		defer mu.Unlock()
		out = append(out, told{r.Rule.ID, r.Subject.ExternalID, r.Verdict, r.Reason, fmt.Sprint(r.Seen), r.Gaps})
		return nil
	})
	j.Missing("ec2_vpc_endpoint", "eu-west-2", audit.Unread{Action: "ec2:DescribeVpcEndpoints", Code: "AccessDenied"})
	var g errgroup.Group
	for _, part := range parts {
		g.Go(func() error {
			for _, s := range part {
				if err := j.Add(s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		tb.Fatal(err)
	}
	if err := j.Finish(); err != nil {
		tb.Fatal(err)
	}
	slices.SortFunc(out, func(a, b told) int {
		return cmp.Or(strings.Compare(a.rule, b.rule), strings.Compare(a.external, b.external))
	})
	return out
}
