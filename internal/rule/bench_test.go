package rule_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/rule"
)

// BenchmarkJudge judges resources like those of the rules' examples, by all rules, look-ups included. An operation is one
// resource.
func BenchmarkJudge(b *testing.B) {
	set := builtIn(b)
	var subjects []*rule.Subject
	for _, r := range set.Rules() {
		for i := range r.Examples {
			subjects = append(subjects, rule.Subjects(r, &r.Examples[i])...)
		}
	}
	many := make([]*rule.Subject, 10_000)
	for i := range many {
		s := *subjects[i%len(subjects)]
		s.ExternalID = fmt.Sprintf("%s-%d", s.ExternalID, i)
		many[i] = &s
	}
	many = realistic(many)
	verdicts := 0
	var mu sync.Mutex
	count := func(rule.Result) error {
		mu.Lock()
		defer mu.Unlock()
		verdicts++
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		j := set.NewJudge(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil, count)
		for _, s := range many {
			if err := j.Add(s); err != nil {
				b.Fatal(err)
			}
		}
		if err := j.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(verdicts), "ns/verdict")
}

// realistic leaves of each type that an account has one or few of no more than that: rules for them look at all others.
func realistic(subjects []*rule.Subject) []*rule.Subject {
	few := map[string]int{"iam_account": 1, "organizations_organization": 1, "cloudtrail_trail": 5, "account_region": 17, "s3_account_public_access_block": 1}
	return slices.DeleteFunc(subjects, func(s *rule.Subject) bool {
		left, bounded := few[s.Type]
		if bounded {
			few[s.Type] = left - 1
		}
		return bounded && left <= 0
	})
}
