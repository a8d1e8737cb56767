package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report"
	"github.com/infraudit/infraudit/internal/rule"
)

const hostile = `<script>alert("1")</script>`

func document() *report.Document {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	score := 0.5
	failed := audit.RuleResult{
		RuleID: "bucket-private", Account: "123456789012", ExternalID: "arn:aws:s3:::" + hostile, ResourceType: "s3_bucket", ResourceName: hostile,
		Region: "eu-west-1", Status: audit.ControlFailed, Severity: audit.SeverityHigh, Reason: "it is " + hostile,
	}
	unread := audit.RuleResult{
		RuleID: "bucket-private", Account: "123456789012", ResourceType: "s3_bucket", Region: "us-east-1", Status: audit.ControlNotAssessed,
		Severity: audit.SeverityHigh, Reason: "s3_bucket in us-east-1 could not be read: s3:ListAllMyBuckets (AccessDenied)",
	}
	waived := failed
	waived.ExternalID, waived.Status = "arn:aws:s3:::waived", audit.ControlWaived
	control := func(id string, results ...audit.RuleResult) audit.ControlResult {
		return audit.ControlResult{
			ID: id, Title: "Buckets are private " + hostile, Section: "1", Status: audit.ControlFailed, Severity: audit.SeverityHigh,
			Rules: []string{"bucket-private"}, Resources: audit.VerdictCounts{Failed: 1}, Results: results,
		}
	}
	of := func(id string, controls ...audit.ControlResult) audit.Assessment {
		return audit.Assessment{
			Framework: audit.FrameworkRef{ID: id, Name: "Framework " + id, Version: "1"}, StartedAt: at, EndedAt: at, Score: &score,
			Sections: []audit.SectionScore{{ID: "1", Title: "One " + hostile, Score: &score}}, Controls: controls,
		}
	}
	return &report.Document{
		Product: "1.2.3", Accounts: []report.Account{{ID: "123456789012"}}, Regions: []string{"eu-west-1"}, StartedAt: at, EndedAt: at.Add(time.Second), Resources: 3,
		Assessments: []audit.Assessment{of("a", control("a.1", failed, unread, waived), control("a.2", failed)), of("b", control("b.1", failed))},
		Coverage: []audit.Coverage{{
			Slice: audit.Slice{Region: "us-east-1", Service: "s3"},
			Types: []audit.TypeCoverage{{ResourceType: "s3_bucket", Status: audit.ReadDenied, Action: "s3:ListAllMyBuckets", Code: "AccessDenied"}},
		}},
		Rules: []*rule.Rule{{
			ID: "bucket-private", Title: "Buckets are private", Severity: audit.SeverityHigh, Wanted: "private " + hostile, Risk: "theft",
			Remediation: "close them", References: []string{"https://example.com/?a=1&b=2"}, Categories: []string{"exposure"},
		}},
	}
}

func TestOCSFSaysEachVerdictOnce(t *testing.T) {
	var buf bytes.Buffer
	if err := report.OCSF(&buf, document()); err != nil {
		t.Fatal(err)
	}
	var events []map[string]any
	if err := json.Unmarshal(buf.Bytes(), &events); err != nil {
		t.Fatal(err)
	}
	if len(events) != 3 {
		t.Fatalf("%d events: a verdict is one, however many controls rest on it", len(events))
	}
	uids := map[string]bool{}
	for _, e := range events {
		if e["type_uid"] != e["class_uid"].(float64)*100+e["activity_id"].(float64) {
			t.Errorf("type_uid %v", e["type_uid"])
		}
		uids[e["finding_info"].(map[string]any)["uid"].(string)] = true
	}
	if len(uids) != len(events) {
		t.Errorf("%d uids", len(uids))
	}
	status := func(i int) string {
		return fmt.Sprint(events[i]["compliance"].(map[string]any)["status"], " ", events[i]["status"])
	}
	if status(0) != "Fail New" || status(1) != "Unknown New" || status(2) != "Fail Suppressed" {
		t.Errorf("%s, %s, %s", status(0), status(1), status(2))
	}
	if got := fmt.Sprint(events[0]["compliance"].(map[string]any)["requirements"]); got != "[a: a.1 a: a.2 b: b.1]" {
		t.Errorf("requirements %s", got)
	}
}

func TestSARIFNamesRulesAndPlaces(t *testing.T) {
	var buf bytes.Buffer
	if err := report.SARIF(&buf, document()); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID, Level, Kind string
				Message             struct{ Text string }
				Suppressions        []any
				Locations           []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
		}
	}
	if err := json.Unmarshal(buf.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || len(run.Tool.Driver.Rules) != 1 || len(run.Results) != 3 {
		t.Fatalf("%+v", log)
	}
	for i, want := range []string{"fail error 0", "open none 0", "fail error 1"} {
		r := run.Results[i]
		if got := fmt.Sprint(r.Kind, " ", r.Level, " ", len(r.Suppressions)); got != want || r.RuleID != "bucket-private" || r.Message.Text == "" ||
			r.Locations[0].PhysicalLocation.ArtifactLocation.URI == "" {
			t.Errorf("result %d: %s, %+v", i, got, r)
		}
	}
}

func TestHTMLShowsWhatAccountsSayAsText(t *testing.T) {
	var buf bytes.Buffer
	if err := report.HTML(&buf, document()); err != nil {
		t.Fatal(err)
	}
	page := buf.String()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "img" || n.Data == "iframe" {
			t.Errorf("the page has an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "https://example.com/") {
				t.Errorf("the page has %s=%q", a.Key, a.Val)
			}
		}
	}
	for _, want := range []string{"&lt;script&gt;", "50 %", "s3:ListAllMyBuckets", "close them", "not assessed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// failing is a writer that is full.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left on device") }

func TestAWriterThatFailsIsTold(t *testing.T) {
	for name, write := range map[string]func() error{
		"OCSF":  func() error { return report.OCSF(failing{}, document()) },
		"SARIF": func() error { return report.SARIF(failing{}, document()) },
		"HTML":  func() error { return report.HTML(failing{}, document()) },
		"PDF":   func() error { return report.PDF(failing{}, document()) },
		"CSV":   func() error { return report.CSV(failing{}, document()) },
		"JSON":  func() error { return report.JSON(failing{}, assessed(t, 1)) },
	} {
		if err := write(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
