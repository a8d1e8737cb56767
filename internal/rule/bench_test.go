package rule_test

import (
	"fmt"
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
		for i := range 10_000 {
			s := *subjects[i%len(subjects)]
			s.ExternalID = fmt.Sprintf("%s-%d", s.ExternalID, i)
			if err := j.Add(&s); err != nil {
				b.Fatal(err)
			}
		}
		if err := j.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(verdicts), "ns/verdict")
}
