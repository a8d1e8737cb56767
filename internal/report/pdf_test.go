package report_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/ledongthuc/pdf"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/report"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

var builtin = sync.OnceValues(func() (*compliance.Catalog, error) {
	set, _, err := rule.Load(rules.FS, shapes.Load())
	if err != nil {
		return nil, err
	}
	catalog, _, err := compliance.Load(rules.FS, "frameworks", set)
	return catalog, err
})

const longName = "a-name-that-is-as-long-as-a-name-may-be-and-has-no-end-in-sight-whatever-one-does-to-it"

// assessed is a document of the newest CIS benchmark: of its rules every third fails for so many resources, every third
// was waived for one, and the others could not be judged.
func assessed(tb testing.TB, failing int) *report.Document {
	tb.Helper()
	catalog, err := builtin()
	if err != nil {
		tb.Fatal(err)
	}
	f, ok := catalog.Lookup(audit.DefaultFramework)
	if !ok {
		tb.Fatal("there is no default framework")
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	used := catalog.Rules(f)
	tally := &compliance.Tally{ProviderID: "prv_a", Account: "123456789012", Waived: func(r rule.Result) string {
		if strings.HasPrefix(r.Subject.Name, "waived") {
			return "wvr_one"
		}
		return ""
	}}
	add := func(r *rule.Rule, verdict audit.Verdict, name, reason string) {
		subject := &rule.Subject{
			ExternalID: "arn:aws:s3:::" + name, Type: r.Types[0], Region: "eu-west-1", Name: name,
		}
		if verdict == audit.NotAssessed {
			subject.ExternalID = ""
		}
		if err := tally.Add(rule.Result{Rule: r, Subject: subject, Verdict: verdict, Reason: reason}); err != nil {
			tb.Fatal(err)
		}
	}
	for i, r := range used {
		switch i % 3 {
		case 0:
			for k := range failing {
				add(r, audit.Failed, fmt.Sprintf("%s-数-%d", longName, k), fmt.Sprintf("Versioning.Status is %q, which is value %d", "Suspended", k))
			}
		case 1:
			add(r, audit.Failed, "waived-"+r.ID, "it is so")
			add(r, audit.Passed, "good", "")
		case 2:
			add(r, audit.NotAssessed, "", r.Types[0]+" could not be read: x:List"+r.ID+" (AccessDenied)")
		}
	}
	a := catalog.Assess(f, at, at.Add(time.Minute), tally)
	a.ID = "asm_1"
	count := 12
	return &report.Document{
		Product: "1.2.3", JudgedBy: "1.2.2", RunBy: "the schedule of the team",
		Accounts: []report.Account{{ID: "123456789012", Name: "Büro Київ", ProviderID: "prv_a"}},
		Regions:  []string{"eu-west-1", "us-east-1"}, StartedAt: a.StartedAt, EndedAt: a.EndedAt, Resources: count,
		Assessments: []audit.Assessment{a}, Rules: used,
		Waivers: []audit.Waiver{{ID: "wvr_one", RuleID: used[1].ID, Reason: "accepted until the move", Author: "usr_ada", CreatedAt: at, ExpiresAt: at.AddDate(0, 3, 0)}},
		Coverage: []audit.Coverage{
			{Slice: audit.Slice{ProviderID: "prv_a", Region: "eu-west-1", Service: "s3"}, SyncedAt: at, Types: []audit.TypeCoverage{
				{ResourceType: "s3_bucket", Status: audit.ReadOK, Count: &count, Unread: map[string]int{"s3:GetBucketPolicy": 7}},
			}},
			{Slice: audit.Slice{ProviderID: "prv_a", Region: "us-east-1", Service: "rds"}, SyncedAt: at.Add(time.Second), Types: []audit.TypeCoverage{
				{ResourceType: "rds_snapshot", Status: audit.ReadDenied, Action: "rds:DescribeDBSnapshots", Code: "AccessDenied"},
			}},
		},
	}
}

// text returns the text of each page, without white space: lines end anywhere.
func text(tb testing.TB, d *report.Document) (pages []string, raw []byte) {
	tb.Helper()
	var buf bytes.Buffer
	if err := report.PDF(&buf, d); err != nil {
		tb.Fatal(err)
	}
	r, err := pdf.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		tb.Fatal(err)
	}
	for n := 1; n <= r.NumPage(); n++ {
		s, err := r.Page(n).GetPlainText(nil)
		if err != nil {
			tb.Fatal(err)
		}
		pages = append(pages, bare(s))
	}
	return pages, buf.Bytes()
}

func bare(s string) string { return strings.Join(strings.Fields(s), "") }

func TestPDFHasWhatAnAuditorAsksFor(t *testing.T) {
	d := assessed(t, 3)
	pages, _ := text(t, d)
	all := strings.Join(pages, "")
	a := &d.Assessments[0]
	wanted := []string{
		a.Framework.Name, a.Framework.Version, "123456789012", "Büro", "2 January 2026, 03:04:05 UTC", "2 January 2026, 03:05:05 UTC",
		"InfraAudit 1.2.3", "InfraAudit 1.2.2", "the schedule of the team", "asm_1", "eu-west-1, us-east-1",
		"s3:GetBucketPolicy", "a part of 7 resources", "rds:DescribeDBSnapshots", "AccessDenied", // the holes
		"Not assessed: something that the verdict depends on could not be read", "The score is passed / (passed + failed) controls",
		"wvr_one", "accepted until the move", "usr_ada", "2026-01-02", "2026-04-02", "waived by wvr_one",
		fmt.Sprintf("%d passed, %d failed, %d could not be assessed, %d waived, %d judged by people",
			a.Counts.Passed, a.Counts.Failed, a.Counts.NotAssessed, a.Counts.Waived, a.Counts.Manual),
		"arn:aws:s3:::" + longName + "-[U+6570]-2",
		"Versioning.Status is \"Suspended\", which is value 1",
	}
	for _, s := range a.Sections {
		wanted = append(wanted, s.ID+" "+s.Title)
	}
	for i := range a.Controls {
		c := &a.Controls[i]
		wanted = append(wanted, c.ID+c.Title)
		if len(c.Rules) > 0 {
			// Its line of the table of controls.
			n := c.Resources
			wanted = append(wanted, fmt.Sprintf("%s %s %s %s %d %d %d %d", c.ID, c.Title, strings.ReplaceAll(string(c.Status), "_", " "), c.Severity,
				n.Failed, n.Passed, n.NotAssessed, n.Waived))
		}
		if c.Status == audit.ControlManual {
			wanted = append(wanted, c.Reason)
		}
		for _, r := range c.Results {
			if r.Status == audit.ControlNotAssessed {
				wanted = append(wanted, r.Reason)
			}
		}
	}
	for _, r := range d.Rules {
		wanted = append(wanted, r.ID, r.Title, "Wanted: "+r.Wanted, "What to do: "+r.Remediation, "passes: "+r.Passes)
	}
	for _, w := range wanted {
		if !strings.Contains(all, bare(w)) {
			t.Errorf("the report lacks %q", w)
		}
	}
	for i, page := range pages[1:] { // after the cover
		for _, want := range []string{a.Framework.Name, "AWS account 123456789012", fmt.Sprintf("Page %d of %d", i+2, len(pages))} {
			if !strings.Contains(page, bare(want)) {
				t.Errorf("page %d lacks %q", i+2, want)
			}
		}
	}
}

func TestPDFListsAFailureOnceAndRefersToIt(t *testing.T) {
	d := assessed(t, 1)
	a := &d.Assessments[0]
	first := -1
	for i := range a.Controls {
		if a.Controls[i].Resources.Failed > 0 {
			first = i
			break
		}
	}
	again := a.Controls[first]
	again.ID = "99.1"
	a.Controls = append(a.Controls, again)
	pages, _ := text(t, d)
	all := strings.Join(pages, "")
	if want := bare("listed under control " + a.Controls[first].ID + " on page"); !strings.Contains(all, want) {
		t.Errorf("the report lacks %q", want)
	}
}

func TestPDFNamesWhatItsContentsPointTo(t *testing.T) {
	pages, _ := text(t, assessed(t, 2))
	chapters := []string{
		"1 Scope", "2 Coverage, and what could not be read", "3 Method", "4 Results", "5 Failures", "6 Not assessed",
		"7 Controls that people judge", "8 Waivers", "9 Appendix: the rules used", "InfraAudit compliance evidence report", // the foot
	}
	for i, title := range chapters[:len(chapters)-1] {
		_, after, _ := strings.Cut(pages[1], bare(title))
		number, _, _ := strings.Cut(after, bare(chapters[i+1]))
		n, err := strconv.Atoi(number)
		if err != nil || n < 3 || n > len(pages) || !strings.Contains(pages[n-1], bare(title)) {
			t.Errorf("%s is not on page %q", title, number)
		}
	}
}

func TestPDFHasOtherAlphabets(t *testing.T) {
	_, raw := text(t, assessed(t, 0))
	r, err := pdf.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r.Page(1).V.Key("Contents").Reader()) // the reader's text has Latin letters only
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, unit := range utf16.Encode([]rune("Київ")) {
		want = append(want, byte(unit>>8), byte(unit))
	}
	if !bytes.Contains(content, want) {
		t.Error("the cover lacks the account's name")
	}
}

func TestPDFIsTheSameForTheSame(t *testing.T) {
	_, one := text(t, assessed(t, 2))
	_, other := text(t, assessed(t, 2))
	if !bytes.Equal(one, other) {
		t.Error("two reports of one assessment differ")
	}
}

// streamed is a document whose assessment kept few of very many failures, of one rule.
func streamed(tb testing.TB, n int) *report.Document {
	d := assessed(tb, 0)
	a := &d.Assessments[0]
	id := d.Rules[0].ID
	for i := range a.Controls {
		c := &a.Controls[i]
		if slices.Contains(c.Rules, id) {
			c.Status, c.Resources.Failed = audit.ControlFailed, n
		}
	}
	d.Failures = func(ruleID string) iter.Seq2[audit.RuleResult, error] {
		return func(yield func(audit.RuleResult, error) bool) {
			for i := range n {
				if ruleID != id {
					return
				}
				r := audit.RuleResult{
					RuleID: id, Account: "123456789012", ResourceType: "s3_bucket", Region: "eu-west-1", Status: audit.ControlFailed, Severity: audit.SeverityHigh,
					ExternalID: fmt.Sprintf("arn:aws:s3:::%s-%06d", longName, i), ResourceName: fmt.Sprintf("%s-%06d", longName, i),
					Reason: "PublicAccessBlockConfiguration is {\"BlockPublicAcls\":false,\"BlockPublicPolicy\":false,\"IgnorePublicAcls\":false,\"RestrictPublicBuckets\":false}",
				}
				if !yield(r, nil) {
					return
				}
			}
		}
	}
	return d
}

func TestPDFListsWhatTheAssessmentDidNotKeep(t *testing.T) {
	pages, _ := text(t, streamed(t, 500))
	all := strings.Join(pages, "")
	for i := range 500 {
		if want := fmt.Sprintf("-%06d", i); !strings.Contains(all, want) {
			t.Fatalf("failure %s is not listed", want)
		}
	}
}

// peak returns the most memory that the heap's objects took while f ran, in bytes, beyond what they took before.
func peak(f func()) uint64 {
	heap := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	runtime.GC()
	before, most := heap(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			most = max(most, heap())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(stop)
	<-done
	return most - min(before, most)
}

// maxPeak is what a report of 10,000 failures may take, in bytes.
const maxPeak = 200 << 20

func TestAReportOfTenThousandFailuresIsBounded(t *testing.T) {
	for _, f := range report.Formats() {
		t.Run(f.Name, func(t *testing.T) {
			d := streamed(t, 10_000)
			took := peak(func() {
				if err := f.Write(io.Discard, d); err != nil {
					t.Error(err)
				}
			})
			t.Logf("%.1f MB", float64(took)/1e6)
			if took > maxPeak {
				t.Errorf("%d bytes of heap", took)
			}
		})
	}
}

func BenchmarkPDF(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := streamed(b, n)
			size := counter(0)
			var most uint64
			for b.Loop() {
				size = 0
				most = max(most, peak(func() {
					if err := report.PDF(&size, d); err != nil {
						b.Fatal(err)
					}
				}))
			}
			b.ReportMetric(float64(most)/1e6, "peak-MB")
			b.ReportMetric(float64(size)/1e6, "file-MB")
		})
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
