package compliance_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
)

func TestASpoolYieldsWhatItWasGivenInOrder(t *testing.T) {
	for name, n := range map[string]int{"from memory": 100, "from its file": 40_000} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			s := &compliance.Spool{}
			result := func(i int) audit.RuleResult {
				return audit.RuleResult{
					RuleID: fmt.Sprintf("rule-%d", i%2), Status: audit.ControlFailed, Region: fmt.Sprintf("region-%d", i*4/n),
					ExternalID: fmt.Sprintf("arn:%08d", i), Reason: strings.Repeat("x", i%50), Severity: audit.SeverityHigh,
					Seen: []audit.Value{{Path: "Encrypted", Value: false}},
					Gaps: []audit.Gap{{Path: "Policy", Unread: audit.Unread{Action: "s3:GetBucketPolicy", Code: "AccessDenied"}}},
				}
			}
			for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
				if err := s.Add(result(i)); err != nil {
					t.Fatal(err)
				}
			}
			for odd := range 2 {
				i := odd
				for got, err := range s.Results(fmt.Sprintf("rule-%d", odd), audit.ControlFailed) {
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(result(i), got); d != "" {
						t.Fatalf("result %d (-want +got):\n%s", i, d)
					}
					i += 2
				}
				if i != n+odd {
					t.Errorf("the last of rule-%d is %d, of %d", odd, i-2, n)
				}
			}
			for r, err := range s.Results("rule-0", audit.ControlWaived) {
				t.Errorf("something has a status that nothing was given with: %v, %v", r, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
