package awscloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// played plays AWS in process for tests of the framework, whatever the service's protocol: a function answers each
// request.
type played struct {
	answer func(c playedCall) playedAnswer
	mu     sync.Mutex
	calls  []playedCall
}

// playedCall is a request, attempt by attempt.
type playedCall struct {
	host, operation string
	form            url.Values     // of the query protocols
	body            map[string]any // of the JSON protocols
	header          http.Header
	ctx             context.Context
}

type playedAnswer struct {
	status int // 0 is 200
	body   string
	err    error // instead of an answer
}

// refusal is an error as the call's service writes it.
func (c playedCall) refusal(status int, code, message string) playedAnswer {
	inner := fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
	switch {
	case c.form == nil:
		return playedAnswer{status: status, body: fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message)}
	case strings.HasPrefix(c.host, "ec2."):
		return playedAnswer{status: status, body: "<Response><Errors>" + inner + "</Errors></Response>"}
	}
	return playedAnswer{status: status, body: "<ErrorResponse>" + inner + "</ErrorResponse>"}
}

func (p *played) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	var err error
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	c := playedCall{host: r.URL.Host, header: r.Header, ctx: r.Context()}
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		c.operation = operation[strings.LastIndexByte(operation, '.')+1:]
		if err := json.Unmarshal(body, &c.body); err != nil {
			return nil, err
		}
	} else {
		if c.form, err = url.ParseQuery(string(body)); err != nil {
			return nil, err
		}
		c.operation = c.form.Get("Action")
	}
	p.mu.Lock()
	p.calls = append(p.calls, c)
	p.mu.Unlock()
	a := p.answer(c)
	if a.err != nil {
		return nil, a.err
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{}, Request: r, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

// operations returns what was called, in order.
func (p *played) operations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]string, 0, len(p.calls))
	for _, c := range p.calls {
		out = append(out, c.operation)
	}
	return out
}

// by makes a played AWS from answers by operation. What has none is refused.
func by(answers map[string]func(c playedCall) playedAnswer) *played {
	return &played{answer: func(c playedCall) playedAnswer {
		if f, ok := answers[c.operation]; ok {
			return f(c)
		}
		return c.refusal(http.StatusForbidden, "AccessDenied", "not allowed")
	}}
}

// always answers with one body.
func always(body string) func(playedCall) playedAnswer {
	return func(playedCall) playedAnswer { return playedAnswer{body: body} }
}

// testLimits let tests run at full speed: one attempt, no pace.
func testLimits() awsaccess.Limits {
	return awsaccess.Limits{Rate: 1e6, Burst: 1e6, LookupRate: 1e6, Attempts: 1, Backoff: time.Millisecond}
}

func keyOptions(p *played) awsaccess.Options {
	return awsaccess.Options{
		Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "planted-secret"},
		Account:     testAccount, HomeRegion: "us-east-1", HTTPClient: p, Limits: testLimits(), Version: "1.2.3",
	}
}

func openPlayed(t *testing.T, o awsaccess.Options) *Account {
	t.Helper()
	isolate(t)
	a, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// isolate keeps the configuration of whoever runs the test out of it.
func isolate(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

var errNetwork = errors.New("connection reset by peer")
