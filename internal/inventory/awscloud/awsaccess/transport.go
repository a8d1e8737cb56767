package awsaccess

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// transport is what every client of an account shares: how calls are bounded, paced, counted and observed.
type transport struct {
	limits   Limits
	limiters limiters
	clock    func() time.Time
	observe  func(service, operation, region string)
	calls    atomic.Int64
}

func newTransport(o Options) *transport {
	t := &transport{limits: o.Limits.withDefaults(), clock: o.Clock, observe: o.Observe}
	if t.clock == nil {
		t.clock = time.Now
	}
	if t.observe == nil {
		t.observe = func(_, _, _ string) {}
	}
	t.limiters = limiters{limits: t.limits, byKey: map[string]*limiter{}}
	return t
}

// retryer makes the retryer of one client. Throttled requests are retried like others; their pace is the
// limiter's business.
func (t *transport) retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = t.limits.Attempts
		o.MaxBackoff = t.limits.Backoff
	})
}

// install puts the transport into a configuration from which clients are made.
func (t *transport) install(cfg *aws.Config, version string) {
	cfg.HTTPClient = countingClient{next: cfg.HTTPClient, calls: &t.calls}
	cfg.Retryer = t.retryer
	cfg.APIOptions = append(cfg.APIOptions,
		awsmiddleware.AddUserAgentKeyValue("InfraAudit", version),
		func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("InfraAuditBound", t.bound), middleware.After)
		},
		func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("InfraAuditPace", t.pace), "Retry", middleware.After)
		},
	)
}

// bound runs once per call: it tells the observer, and ends the call when it takes too long.
func (t *transport) bound(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	t.observe(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), awsmiddleware.GetRegion(ctx))
	ctx, cancel := context.WithTimeout(ctx, t.limits.Call)
	defer cancel()
	return next.HandleInitialize(ctx, in)
}

// pace runs once per attempt: it waits for its turn, and learns from the answer.
func (t *transport) pace(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	l := t.limiters.of(awsmiddleware.GetRegion(ctx), awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx))
	if err := l.wait(ctx); err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, err
	}
	out, meta, err := next.HandleFinalize(ctx, in)
	l.observe(time.Now(), isThrottle(err))
	return out, meta, err
}

func isThrottle(err error) bool {
	return err != nil && retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool()
}

// countingClient counts the requests that leave, whichever client or credential provider sends them, and refuses
// answers that are not the services'.
type countingClient struct {
	next  aws.HTTPClient
	calls *atomic.Int64
}

func (c countingClient) Do(r *http.Request) (*http.Response, error) {
	c.calls.Add(1)
	resp, err := c.next.Do(r)
	if err != nil {
		return nil, err
	}
	if err := checkAnswer(r, resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}
