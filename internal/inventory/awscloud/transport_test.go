package awscloud

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

func TestRetriesAreCountedAndBounded(t *testing.T) {
	var observed []string
	p := &played{answer: func(c playedCall) playedAnswer { return c.refusal(400, "ThrottlingException", "") }}
	o := keyOptions(p)
	o.Limits.Attempts = 4
	o.Observe = func(service, operation, region string) {
		observed = append(observed, service+" "+operation+" "+region)
	}
	a := openPlayed(t, o)
	_, err := kmsClient(a.session("eu-west-1")).ListKeys(t.Context(), &kms.ListKeysInput{})
	if fault.KindOf(awsaccess.Classify(err)) != fault.Throttled {
		t.Errorf("error %v", err)
	}
	if a.Calls() != 4 || len(p.calls) != 4 {
		t.Errorf("%d calls counted, %d sent", a.Calls(), len(p.calls))
	}
	if len(observed) != 1 || observed[0] != "KMS ListKeys eu-west-1" {
		t.Errorf("observed %v", observed)
	}
	if agent := p.calls[0].header.Get("User-Agent"); !strings.Contains(agent, "InfraAudit/1.2.3") {
		t.Errorf("user agent %q", agent)
	}
}

func TestAThrottledCallSucceedsLater(t *testing.T) {
	n := 0
	p := &played{answer: func(c playedCall) playedAnswer {
		if n++; n < 3 {
			return c.refusal(400, "ThrottlingException", "")
		}
		return playedAnswer{body: `{"Keys":[],"Truncated":false}`}
	}}
	o := keyOptions(p)
	o.Limits.Attempts = 3
	a := openPlayed(t, o)
	if _, err := kmsClient(a.session("eu-west-1")).ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil || a.Calls() != 3 {
		t.Errorf("%v after %d calls", err, a.Calls())
	}
}
