package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report"
)

func TestCSVHasEachVerdictAndNoFormula(t *testing.T) {
	d := document()
	c := &d.Assessments[0].Controls[0]
	c.Results[0].ResourceName, c.Results[0].Reason = "=HYPERLINK(1)", "@SUM(1)"
	d.Assessments[0].Controls[1].Results = nil
	var buf bytes.Buffer
	if err := report.CSV(&buf, d); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&buf).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+3+1+1 { // a head, the verdicts of a.1, a.2 without any, that of b.1
		t.Fatalf("%d rows: %q", len(rows), rows)
	}
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("%s is a formula: %q", rows[0][i], cell)
			}
		}
	}
	if got := strings.Join(rows[4], "|"); got != "a|a.2|Buckets are private "+hostile+"|failed||high|failed|||||||" {
		t.Errorf("a control without verdicts: %s", got)
	}
}

func TestJSONHasTheShapeOfTheProduct(t *testing.T) {
	var buf bytes.Buffer
	if err := report.JSON(&buf, assessed(t, 2)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Framework struct{ ID, Name, Version string }
		Score     *float64
		Assessed  *float64
		Controls  []struct {
			ID, Title, Status, Severity string
			Results                     []map[string]any
			ResultsLeftOut              *int `json:"results_left_out"`
		}
	}
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Framework.ID != audit.DefaultFramework || got.Score == nil || got.Assessed == nil || len(got.Controls) != 70 {
		t.Errorf("%+v", got.Framework)
	}
	results := 0
	for _, c := range got.Controls {
		if c.ID == "" || c.Title == "" || c.Status == "" || c.Results == nil || c.ResultsLeftOut != nil {
			t.Errorf("control %+v", c)
		}
		for _, r := range c.Results {
			results++
			for _, name := range []string{"rule_id", "resource_type", "region", "status", "reason"} {
				if _, ok := r[name]; !ok {
					t.Errorf("a result of %s lacks %s", c.ID, name)
				}
			}
		}
	}
	if results == 0 {
		t.Error("there are no results")
	}
}

func TestJSONSaysHowManyResultsAreNotKnown(t *testing.T) {
	d := assessed(t, 2)
	a := &d.Assessments[0]
	for i := range a.Controls {
		if c := &a.Controls[i]; c.Resources.Failed > 0 {
			c.Resources.Failed += 5
			break
		}
	}
	var buf bytes.Buffer
	if err := report.JSON(&buf, d); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(buf.String(), `"results_left_out":5}`); n != 1 {
		t.Errorf("%d controls say so", n)
	}
}

func TestFailuresThatCantBeReadEndAReport(t *testing.T) {
	broken := errors.New("the store is away")
	for _, f := range report.Formats() {
		if f.Name == "html" {
			continue // shows what the assessment kept
		}
		d := streamed(t, 10)
		d.Failures = func(string) iter.Seq2[audit.RuleResult, error] {
			return func(yield func(audit.RuleResult, error) bool) { yield(audit.RuleResult{}, broken) }
		}
		if err := f.Write(io.Discard, d); !errors.Is(err, broken) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
