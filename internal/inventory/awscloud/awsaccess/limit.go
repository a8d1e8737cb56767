package awsaccess

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter is a token bucket whose rate adapts: halved when the service throttles, raised by a twentieth of its
// ceiling for every second that passes without (additive increase, multiplicative decrease, as TCP does).
type limiter struct {
	bucket  *rate.Limiter
	ceiling rate.Limit

	mu      sync.Mutex
	changed time.Time // when the rate was last changed
}

const (
	limiterFloor  = 20          // the rate never falls below a twentieth of its ceiling
	limiterSettle = time.Second // concurrent refusals within this time count once
	// limiterLull is how many seconds' worth may be sent at once after a refusal, however much was allowed before it: what
	// is left of a large burst would be refused too.
	limiterLull = 0.1
)

func newLimiter(perSecond float64, burst int) *limiter {
	return &limiter{bucket: rate.NewLimiter(rate.Limit(perSecond), burst), ceiling: rate.Limit(perSecond)}
}

// wait takes a token. It fails when ctx ends first, or would.
func (l *limiter) wait(ctx context.Context) error {
	err := l.bucket.Wait(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("no turn before the deadline: %w", context.DeadlineExceeded)
}

// observe adapts the rate to the outcome of a request.
func (l *limiter) observe(now time.Time, throttled bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.changed) < limiterSettle {
		return
	}
	current := l.bucket.Limit()
	switch {
	case throttled:
		to := max(current/2, l.ceiling/limiterFloor)
		l.set(now, to)
		l.bucket.SetBurst(max(1, int(float64(to)*limiterLull)))
	case current < l.ceiling:
		l.set(now, min(current+l.ceiling/limiterFloor, l.ceiling))
	}
}

func (l *limiter) set(now time.Time, to rate.Limit) {
	l.bucket.SetLimit(to)
	l.changed = now
}

// paces says how many times Limits.Rate a service takes, by the SDK's service id. S3 documents no limit for reading
// the settings of buckets and needs a call for each, some sixteen a bucket; it says "SlowDown" where it is too much.
var paces = map[string]float64{"S3": 5}

// limiters holds one limiter for each (region, service): AWS counts requests per account, region and service, and
// some operations apart.
type limiters struct {
	limits Limits
	mu     sync.Mutex
	byKey  map[string]*limiter
}

func (ls *limiters) of(region, service, operation string) *limiter {
	perSecond, burst, key := ls.limits.Rate, ls.limits.Burst, region+"/"+service
	if pace, ok := paces[service]; ok {
		perSecond, burst = perSecond*pace, int(float64(burst)*pace)
	}
	if operation == "LookupEvents" {
		perSecond, burst, key = ls.limits.LookupRate, 1, key+"/"+operation
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.byKey[key]
	if l == nil {
		l = newLimiter(perSecond, burst)
		ls.byKey[key] = l
	}
	return l
}
