package awsaccess

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/infraudit/infraudit/internal/audit"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestThrottlingSlowsItsRegionDown(t *testing.T) {
	throttled := roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusBadRequest, Body: io.NopCloser(strings.NewReader(
			"<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"))}, nil
	})
	a, err := Open(t.Context(), Options{
		Credentials: Credentials{Method: audit.AuthAccessKey, AccessKeyID: "KEY", SecretAccessKey: "SECRET"},
		HomeRegion:  "eu-west-1", HTTPClient: throttled, Limits: Limits{Rate: 1e6, Burst: 1e6, Attempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sts.NewFromConfig(a.Config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err == nil {
		t.Fatal("a throttled call succeeded")
	}
	limits := &a.transport.limiters
	if got := limits.of("eu-west-1", "STS", "GetCallerIdentity").bucket.Limit(); got > 0.5e6 {
		t.Errorf("the pace is still %v", got)
	}
	if got := limits.of("eu-west-2", "STS", "GetCallerIdentity").bucket.Limit(); got < 1e6 {
		t.Errorf("another region is slowed down, too: %v", got)
	}
}
