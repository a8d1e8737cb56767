package replay_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/tools/benchscan/replay"
)

// ask makes a request as an SDK would, signed for a service.
func ask(method, path, service, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20260501/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

const form = "application/x-www-form-urlencoded; charset=utf-8"

func cborMap(t *testing.T, v map[string]any) string {
	t.Helper()
	body, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestACallIsToldByWhatItAsks(t *testing.T) {
	alarms := cborMap(t, map[string]any{"NextToken": "t", "MaxRecords": 5})
	for name, c := range map[string]struct {
		request *http.Request
		want    string
	}{
		"a form in any order": {
			ask("POST", "/", "ec2", "Version=1&MaxResults=5&Action=DescribeVpcs", "Content-Type", form),
			"ec2 us-east-1 DescribeVpcs MaxResults=5&Version=1",
		},
		"JSON in any order": {
			ask("POST", "/", "kms", `{"b": 1, "a": {"d":2,"c":1}}`, "X-Amz-Target", "TrentService.ListKeys"),
			`kms us-east-1 ListKeys {"a":{"c":1,"d":2},"b":1}`,
		},
		"JSON without a body": {ask("POST", "/", "kms", "", "X-Amz-Target", "TrentService.ListKeys"), `kms us-east-1 ListKeys {}`},
		"CBOR": {
			ask("POST", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", "monitoring", alarms, "Smithy-Protocol", "rpc-v2-cbor"),
			`monitoring us-east-1 DescribeAlarms {"MaxRecords":5,"NextToken":"t"}`,
		},
		"S3, whose operations are known": {ask("GET", "/logs?policy", "s3", ""), "s3 us-east-1 GetBucketPolicy GET /logs?policy="},
		"REST, with ids left out of the operation": {
			ask("GET", "/2015-03-31/functions/f%3A1/policy?b=2&a=1", "lambda", ""),
			"lambda us-east-1 GET /2015-03-31/functions/{}/policy GET /2015-03-31/functions/f%3A1/policy?a=1&b=2",
		},
		"REST with a body": {
			ask("POST", "/listRegions", "account", `{"MaxResults":50}`, "Content-Type", "application/json"),
			`account us-east-1 POST /listRegions POST /listRegions? {"MaxResults":50}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := replay.Parse(c.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Key()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARequestThatIsNoCallIsRefusedAndCounted(t *testing.T) {
	unsigned := ask("POST", "/", "ec2", "Action=DescribeVpcs", "Content-Type", form)
	unsigned.Header.Del("Authorization")
	for name, r := range map[string]*http.Request{
		"unsigned":       unsigned,
		"a broken form":  ask("POST", "/", "ec2", "Action=%zz", "Content-Type", form),
		"no action":      ask("POST", "/", "ec2", "Version=1", "Content-Type", form),
		"broken JSON":    ask("POST", "/", "kms", "{", "X-Amz-Target", "TrentService.ListKeys"),
		"broken CBOR":    ask("POST", "/service/X/operation/Y", "monitoring", "\xff", "Smithy-Protocol", "rpc-v2-cbor"),
		"a body too big": ask("POST", "/", "kms", strings.Repeat(" ", 2<<20), "X-Amz-Target", "TrentService.ListKeys"),
	} {
		t.Run(name, func(t *testing.T) {
			s := replay.NewServer(replay.NewTape())
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if c := s.Count(); w.Code != http.StatusForbidden || c.Requests != 1 || len(c.Missed) != 1 {
				t.Errorf("%d, counted as %+v", w.Code, c)
			}
		})
	}
}

func TestWhatIsRecordedIsReplayed(t *testing.T) {
	tape := replay.NewTape()
	asked := 0
	recorder := replay.NewRecorder(tape, func(_ replay.Call, r *http.Request) (replay.Answer, error) {
		body, err := io.ReadAll(r.Body)
		if asked++; strings.Contains(string(body), "Refused") {
			return replay.Answer{}, errors.New("no such action")
		}
		return replay.Answer{Status: 200, Header: http.Header{"Content-Type": {"text/xml"}}, Body: append(body, byte('0'+asked))}, err
	})
	for _, action := range []string{"GenerateCredentialReport", "GenerateCredentialReport", "Refused"} {
		recorder.ServeHTTP(httptest.NewRecorder(), ask("POST", "/", "iam", "Action="+action, "Content-Type", form))
	}
	var file bytes.Buffer
	if _, err := tape.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	read, err := replay.ReadTape(&file)
	if err != nil {
		t.Fatal(err)
	}
	if read.Len() != 2 {
		t.Fatalf("%d answers", read.Len())
	}
	s := replay.NewServer(read)
	for action, want := range map[string]string{
		"GenerateCredentialReport": "200 text/xml Action=GenerateCredentialReport2", // the last answer counts
		"Refused":                  "403 text/xml AccessDenied",
		"Unheard":                  "403 text/xml AccessDenied",
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, ask("POST", "/", "iam", "Action="+action, "Content-Type", form))
		got := http.StatusText(w.Code)
		status, rest, _ := strings.Cut(want, " ")
		kind, text, _ := strings.Cut(rest, " ")
		if got != map[string]string{"200": "OK", "403": "Forbidden"}[status] || w.Header().Get("Content-Type") != kind || !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s: %d %v %s, want %s", action, w.Code, w.Header(), w.Body, want)
		}
	}
	want := replay.Count{
		Requests: 3, Calls: map[string]int{"iam GenerateCredentialReport": 1, "iam Refused": 1, "iam Unheard": 1},
		Missed: map[string]int{"iam us-east-1 Unheard ": 1},
	}
	got := s.Count()
	got.First = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.Reset(0)
	if c := s.Count(); c.Requests != 0 || len(c.Calls) != 0 {
		t.Errorf("after a reset: %+v", c)
	}
}

func TestARefusalSpeaksTheProtocolOfTheCall(t *testing.T) {
	for name, c := range map[string]struct {
		request *http.Request
		status  int
		code    string
	}{
		"EC2":   {ask("POST", "/", "ec2", "Action=DescribeVpcs", "Content-Type", form), 403, "<Code>UnauthorizedOperation</Code>"},
		"query": {ask("POST", "/", "rds", "Action=DescribeDBInstances", "Content-Type", form), 403, "<Code>AccessDenied</Code>"},
		"JSON":  {ask("POST", "/", "kms", "{}", "X-Amz-Target", "TrentService.ListKeys"), 400, `"__type":"AccessDeniedException"`},
		"REST":  {ask("GET", "/2015-03-31/functions", "lambda", ""), 403, `"__type":"AccessDeniedException"`},
		"S3":    {ask("GET", "/logs?policy", "s3", ""), 403, "<Code>AccessDenied</Code>"},
		"CBOR":  {ask("POST", "/service/X/operation/Y", "monitoring", "\xa0", "Smithy-Protocol", "rpc-v2-cbor"), 400, "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			replay.NewServer(replay.NewTape()).ServeHTTP(w, c.request)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestAnAnswerWaitsForTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := replay.NewServer(replay.NewTape())
		s.Reset(50 * time.Millisecond)
		start := time.Now()
		s.ServeHTTP(httptest.NewRecorder(), ask("GET", "/", "s3", ""))
		if took := time.Since(start); took != 50*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

func TestATapeThatIsNoneIsRefused(t *testing.T) {
	if _, err := replay.ReadTape(strings.NewReader("{}")); err == nil {
		t.Error("it was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("POST", "/", "ec2", "Action=DescribeVpcs&NextToken=x", form, "", "")
	f.Add("POST", "/", "kms", `{"Limit":1}`, "", "TrentService.ListKeys", "")
	f.Add("POST", "/service/X/operation/Y", "monitoring", "\xa0", "", "", "rpc-v2-cbor")
	f.Add("GET", "/bucket?policy", "s3", "", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, service, body, media, target, protocol string) {
		r, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Credential=KEY/DATE/us-east-1/"+service+"/aws4_request, Signature=0")
		r.Header.Set("Content-Type", media)
		r.Header.Set("X-Amz-Target", target)
		r.Header.Set("Smithy-Protocol", protocol)
		call, err := replay.Parse(r)
		if err != nil {
			return
		}
		again, err := replay.Parse(r) // the body is still there
		if err != nil || again.Key() != call.Key() {
			t.Errorf("%q, then %q, %v", call.Key(), again.Key(), err)
		}
	})
}
