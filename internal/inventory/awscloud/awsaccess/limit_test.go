package awsaccess

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

func TestTheRateAdapts(t *testing.T) {
	l := newLimiter(20, 50)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	step := func(after time.Duration, throttled bool, want rate.Limit) {
		t.Helper()
		now = now.Add(after)
		l.observe(now, throttled)
		if got := l.bucket.Limit(); got != want {
			t.Fatalf("rate %v, want %v", got, want)
		}
	}
	step(0, false, 20) // never above its ceiling
	step(0, true, 10)
	step(0, true, 10) // refused at the same time: counts once
	step(time.Second, true, 5)
	step(time.Second/2, false, 5)
	step(time.Second/2, false, 6) // a twentieth of 20 a second
	step(time.Second, false, 7)
	for range 10 {
		now = now.Add(time.Second)
		l.observe(now, true)
	}
	step(0, true, 1) // never below a twentieth
	for range 40 {
		now = now.Add(time.Second)
		l.observe(now, false)
	}
	step(time.Second, false, 20)
}

func TestWaitingForATurn(t *testing.T) {
	t.Run("a turn that comes too late fails at once", func(t *testing.T) {
		l := newLimiter(0.001, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.wait(ctx); err != nil {
			t.Fatal(err)
		}
		if err := l.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("LookupEvents has its own pace, whatever CloudTrail's", func(t *testing.T) {
		ls := limiters{limits: Limits{}.withDefaults(), byKey: map[string]*limiter{}}
		lookup, others := ls.of("r", "CloudTrail", "LookupEvents"), ls.of("r", "CloudTrail", "DescribeTrails")
		if lookup == others || lookup.bucket.Limit() != 1 || lookup.bucket.Burst() != 1 || others.bucket.Limit() != 20 {
			t.Errorf("%v, %v", lookup.bucket.Limit(), others.bucket.Limit())
		}
		if ls.of("r", "CloudTrail", "GetTrailStatus") != others {
			t.Error("operations of one service don't share its pace")
		}
	})
	t.Run("requests keep the pace", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(10, 5)
			begin := time.Now()
			var wg sync.WaitGroup
			for range 25 {
				wg.Go(func() {
					if err := l.wait(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if took := time.Since(begin); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
				t.Errorf("25 requests took %v", took)
			}
		})
	})
}
