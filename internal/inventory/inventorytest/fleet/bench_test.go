package fleet_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
)

// BenchmarkTransport measures the fleet alone: what it can answer without a client that parses.
func BenchmarkTransport(b *testing.B) {
	f := fleet.New(fleet.Options{N: 100_000, Regions: []string{"eu-west-1", "us-east-1", "eu-central-1", "eu-north-1"}})
	resources := 0
	b.ReportAllocs()
	for b.Loop() {
		resources = drain(b, f, "DescribeSnapshots", "eu-west-1") + drain(b, f, "DescribeInstances", "eu-west-1")
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(resources)*float64(b.N)/seconds, "resources/s")
	b.ReportMetric(float64(f.Served())/1e6/seconds, "MB/s")
}

// drain pages through a listing and returns how many resources came.
func drain(b *testing.B, f *fleet.Fleet, operation, region string) int {
	b.Helper()
	token, resources := "", 0
	for {
		form := url.Values{"Action": {operation}, "Version": {"2016-11-15"}, "MaxResults": {"1000"}}
		if token != "" {
			form.Set("NextToken", token)
		}
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "https://ec2."+region+".amazonaws.com/", strings.NewReader(form.Encode()))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20260501/"+region+"/ec2/aws4_request, Signature=0")
		res, err := f.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			b.Fatal(err)
		}
		tail := string(body[max(0, len(body)-200):])
		_, rest, more := strings.Cut(tail, "<nextToken>")
		if !more {
			return resources + 1000
		}
		resources += 1000
		token, _, _ = strings.Cut(rest, "<")
		if _, err := strconv.Atoi(token); err != nil {
			b.Fatal(err)
		}
	}
}
