package compliance_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/rule"
)

func control(id string, status audit.ControlStatus, failed ...string) audit.ControlResult {
	c := audit.ControlResult{ID: id, Status: status, Results: []audit.RuleResult{{RuleID: "r", ExternalID: "unread", Status: audit.ControlNotAssessed}}}
	for _, name := range failed {
		c.Results = append(c.Results, audit.RuleResult{RuleID: "r", ExternalID: name, Status: audit.ControlFailed})
	}
	c.Resources.Failed = len(failed)
	return c
}

func TestWhatChangedBetweenTwoAssessments(t *testing.T) {
	cut := control("5", audit.ControlFailed, "a")
	cut.Resources.Failed = 3 // two of which the assessment could not keep
	before := &audit.Assessment{ID: "asm_1", Controls: []audit.ControlResult{
		control("1", audit.ControlPassed), control("2", audit.ControlFailed, "a", "b"), control("3", audit.ControlFailed, "a"),
		control("4", audit.ControlFailed, "a"), cut, control("6", audit.ControlManual),
	}}
	after := &audit.Assessment{ID: "asm_2", Controls: []audit.ControlResult{
		control("1", audit.ControlFailed, "c"), control("2", audit.ControlFailed, "b", "c"), control("3", audit.ControlPassed),
		control("4", audit.ControlFailed, "a"), control("5", audit.ControlFailed, "a", "b"), control("6", audit.ControlManual),
		control("7", audit.ControlPassed),
	}}
	var got []string
	changes := compliance.Changes(before, after)
	for _, c := range changes.Controls {
		line := fmt.Sprintf("%s from %q to %q, %d to %d", c.ID, c.From, c.To, c.FailedBefore, c.Failed)
		for _, r := range c.New {
			line += " +" + r.ExternalID
		}
		for _, r := range c.Gone {
			line += " -" + r.ExternalID
		}
		got = append(got, line)
	}
	want := []string{
		`1 from "passed" to "failed", 0 to 1 +c`, `2 from "failed" to "failed", 2 to 2 +c -a`, `3 from "failed" to "passed", 1 to 0 -a`,
		`5 from "failed" to "failed", 3 to 2`, `7 from "" to "passed", 0 to 0`,
	}
	if diff := cmp.Diff(want, got); diff != "" || changes.PreviousID != "asm_1" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAssessmentIsCutToFit(t *testing.T) {
	var a audit.Assessment
	for i := range 20 {
		var names []string
		for n := range 10 * i {
			names = append(names, fmt.Sprint("resource-", n))
		}
		a.Controls = append(a.Controls, control(fmt.Sprint(i), audit.ControlFailed, names...))
	}
	for _, limit := range []int{1 << 20, 100_000, 20_000, 1} {
		if err := compliance.Fit(&a, limit); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(a.Controls)
		if err != nil || len(b) > limit && len(a.Controls[19].Results) > 0 {
			t.Errorf("%d bytes instead of %d, %v", len(b), limit, err)
		}
		if a.Controls[19].Resources.Failed != 190 {
			t.Error("the counts changed")
		}
	}
}

func TestATallyIsHandedOnWhole(t *testing.T) {
	tally := &compliance.Tally{ProviderID: "prv_1", Account: "123456789012", MaxResults: 2}
	r := &rule.Rule{ID: "r", Severity: audit.SeverityHigh}
	for i := range 10 {
		verdict := []audit.Verdict{audit.Passed, audit.Failed, audit.NotAssessed}[i%3]
		if err := tally.Add(rule.Result{Rule: r, Subject: &rule.Subject{Type: "t", ExternalID: fmt.Sprint(i)}, Verdict: verdict}); err != nil {
			t.Fatal(err)
		}
	}
	body, err := json.Marshal(tally)
	if err != nil {
		t.Fatal(err)
	}
	got := &compliance.Tally{}
	if err := json.Unmarshal(body, got); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(body) || got.ProviderID != "prv_1" || got.Counts() != tally.Counts() || got.Counts().Passed != 4 {
		t.Errorf("%s\n%s\n%v", body, again, err)
	}
	var in struct {
		Rules map[string]struct{ Results []audit.RuleResult }
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Rules["r"].Results) != 4 {
		t.Errorf("%d results are kept, %v", len(in.Rules["r"].Results), err)
	}
}
