package demo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/demo"
)

func signed(service, region, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1234/", strings.NewReader(body))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20260501/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	return r
}

func ask(t *testing.T, server http.Handler, service, region, form string) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := signed(service, region, form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	server.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func askJSON(t *testing.T, server http.Handler, service, region, target, body string) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	r := signed(service, region, body)
	r.Header.Set("X-Amz-Target", target)
	server.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func epochFloat(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

func epoch(at time.Time) string { return strconv.FormatFloat(epochFloat(at), 'f', 3, 64) }

func TestUnknownCallsAreRefusedInTheServicesOwnWordsAndRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		service, form, target string
		status                int
		says                  string
	}{
		"query":     {service: "rds", form: "Action=DescribeOptionGroups", status: 403, says: "<Code>AccessDenied</Code>"},
		"EC2 query": {service: "ec2", form: "Action=DescribeHosts", status: 403, says: "<Code>UnauthorizedOperation</Code>"},
		"JSON":      {service: "kms", form: "{}", target: "TrentService.ListGrants", status: 400, says: "AccessDeniedException"},
		"no action": {service: "ec2", form: "", status: 400, says: "<Code>InvalidRequest</Code>"},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := demo.New(time.Now)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			r := signed(c.service, "eu-west-1", c.form)
			if c.target != "" {
				r.Header.Set("X-Amz-Target", c.target)
			}
			server.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, c.status, c.says)
			}
			if n := len(server.Unknown()); n != 1 {
				t.Errorf("%d unknown calls are remembered, want 1", n)
			}
		})
	}
}

func TestTimesCountBackFromTheStart(t *testing.T) {
	start := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	server, err := demo.New(func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	_, body := ask(t, server, "iam", "us-east-1", "Action=ListSAMLProviders&Version=2010-05-08")
	want := start.AddDate(0, 0, -610).Format("2006-01-02T15:04:05")
	if !strings.Contains(body, want) {
		t.Errorf("no provider was made on %s:\n%s", want, body)
	}
}

func TestClientReachesTheEndpointUnderAnyHost(t *testing.T) {
	server, err := demo.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, stop, err := server.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	host := strings.Replace(endpoint, "http://", "http://"+demo.Account+".", 1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, host+"/v20180820/configuration/publicAccessBlock", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", signed("s3", "us-east-1", "").Header.Get("Authorization"))
	res, err := demo.Client(endpoint).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), "NoSuchPublicAccessBlockConfiguration") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if diff := cmp.Diff([]string(nil), server.Unknown()); diff != "" {
		t.Errorf("unknown calls: %s", diff)
	}
}
