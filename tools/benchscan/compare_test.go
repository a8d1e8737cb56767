package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const scanned = `{"assessments":[{"controls":[
{"id":"2.10","results":[{"rule_id":"mfa","external_id":"arn:aws:iam::1:user/a","resource_type":"iam_user","status":"failed"},
 {"rule_id":"mfa","external_id":"arn:aws:iam::1:user/b","resource_type":"iam_user","status":"waived"}]},
{"id":"3.1.1","results":[{"rule_id":"tls","external_id":"arn:aws:s3:::logs","resource_type":"s3_bucket","status":"failed"},
 {"rule_id":"tls","external_id":"arn:aws:s3:::dark","resource_type":"s3_bucket","status":"not_assessed"},
 {"rule_id":"tls-too","external_id":"arn:aws:s3:::dark","resource_type":"s3_bucket","status":"failed"}]},
{"id":"5.1","results":[{"rule_id":"watched","external_id":"arn:aws:iam::1:root","resource_type":"iam_account","status":"failed"}]}]}]}`

const peer = `REQUIREMENTS_ID;STATUS;RESOURCEID;RESOURCENAME;CHECKID
2.10;PASS;arn:aws:iam::1:user/a;a;iam_mfa
2.10;PASS;arn:aws:iam::1:user/b;b;iam_mfa
3.1.1;FAIL;arn:aws:s3:::logs;logs;s3_tls
3.1.1;FAIL;arn:aws:s3:::open;open;s3_tls
3.1.1;FAIL;arn:aws:s3:::open;open;s3_tls_all
5.1;FAIL;arn:aws:logs:us-east-1:1:log-group;1;cloudwatch_watched
2.1.4;MANUAL;manual_check;Manual check;manual
`

func TestDisagreementsAreGroupedByWhatSaysSo(t *testing.T) {
	a, err := ours([]byte(scanned))
	if err != nil {
		t.Fatal(err)
	}
	b, err := theirs(strings.NewReader(peer), "1")
	if err != nil {
		t.Fatal(err)
	}
	want := []*difference{
		{Control: "2.10", Kind: "iam_user", Ours: "failed", Theirs: "PASS", Rules: []string{"mfa"}, Checks: []string{"iam_mfa"}, resources: []string{"a"}},
		{Control: "3.1.1", Kind: "s3", Theirs: "FAIL", Checks: []string{"s3_tls", "s3_tls_all"}, resources: []string{"open"}},
		{Control: "3.1.1", Kind: "s3_bucket", Ours: "failed", Rules: []string{"tls-too"}, resources: []string{"dark"}},
	}
	if diff := cmp.Diff(want, disagree(a, b), cmp.AllowUnexported(difference{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestAReportThatIsNoneIsRefused(t *testing.T) {
	if _, err := ours([]byte("{")); err == nil {
		t.Error("a scan's report was read")
	}
	for _, text := range []string{"", "A;B\n", "REQUIREMENTS_ID;STATUS;RESOURCEID;RESOURCENAME;CHECKID\n\"\n"} {
		if _, err := theirs(strings.NewReader(text), "1"); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestTheLastPartTellsAResource(t *testing.T) {
	for id, want := range map[string]string{
		"arn:aws:sqs:us-east-1:1:orders":                          "orders",
		"https://sqs.us-east-1.amazonaws.com/1/orders":            "orders",
		"arn:aws:iam::1:user/path/to/a":                           "a",
		"arn:aws:apigateway:us-east-1::/restapis/abc/stages/live": "abc/live",
		"i-0123":                              "i-0123",
		"arn:aws:logs:us-east-1:1:log-group/": "log-group",
		"arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/n/b/9": "9",
	} {
		if got := lastPart(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

func TestControlsAreInTheBenchmarksOrder(t *testing.T) {
	if compareIDs("2.9", "2.10") >= 0 || compareIDs("2.1.1", "2.2") >= 0 || compareIDs("3.1", "3.1") != 0 {
		t.Error("they are not")
	}
}

func TestATableReplacesWhatIsBetweenTheMarks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("above\n" + begins + "old\n" + ends + "\nbelow\n")
	if err := between(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("above\n"+begins+"new\n"+ends+"\nbelow\n", string(got)); diff != "" {
		t.Error(diff)
	}
	write("no marks")
	if err := between(file, "new\n"); err == nil {
		t.Error("a file without marks was written")
	}
}
