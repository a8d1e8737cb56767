package memqueue

import "time"

// Clock tells the time and calls back. Tests pass one of their own (queuetest.Clock).
type Clock interface {
	Now() time.Time
	// AfterFunc calls f, in any goroutine, once d has passed, unless stop was called before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}
