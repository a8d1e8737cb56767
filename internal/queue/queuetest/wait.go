package queuetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/queue"
)

// result is what a Receive in another goroutine returned.
type result struct {
	got []queue.Delivery
	err error
}

// receiving starts a Receive in another goroutine.
func (s *suite) receiving(ctx context.Context, wait time.Duration) <-chan result {
	done := make(chan result, 1)
	go func() {
		got, err := s.q.Receive(ctx, 1, wait)
		done <- result{got, err}
	}()
	return done
}

// until lets time pass, a tick at a time, until the result is there.
func (s *suite) until(t *testing.T, done <-chan result, ticks int) result {
	t.Helper()
	for range ticks {
		select {
		case r := <-done:
			return r
		default:
			s.Advance(s.Tick)
			runtime.Gosched()
		}
	}
	t.Fatalf("still waiting after %d ticks", ticks)
	return result{}
}

// aLot is more ticks than a goroutine needs to be scheduled in.
const aLot = 1_000_000

func testWaitForSend(t *testing.T, s *suite) {
	done := s.receiving(t.Context(), 10*time.Minute)
	s.send(t, "a")
	r := <-done
	if r.err != nil || len(r.got) != 1 || string(r.got[0].Body) != "a" {
		t.Errorf("Receive = %v, %v, want one message", r.got, r.err)
	}
}

func testWaitForVisible(t *testing.T, s *suite) {
	s.send(t, "a")
	s.one(t, "a")
	done := s.receiving(t.Context(), 10*s.visibility)
	r := s.until(t, done, aLot)
	if r.err != nil || len(r.got) != 1 || r.got[0].Receives != 2 {
		t.Errorf("Receive = %v, %v, want the message again", r.got, r.err)
	}
}

func testWaitEnds(t *testing.T, s *suite) {
	r := s.until(t, s.receiving(t.Context(), s.Tick), aLot)
	if r.err != nil || len(r.got) != 0 {
		t.Errorf("Receive = %v, %v, want nothing", r.got, r.err)
	}
}

func testWaitCancelled(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(t.Context())
	done := s.receiving(ctx, time.Hour)
	cancel()
	if r := <-done; !errors.Is(r.err, context.Canceled) {
		t.Errorf("Receive = %v, %v, want context.Canceled", r.got, r.err)
	}
}

func testCloseWakes(t *testing.T, s *suite) {
	var waiting []<-chan result
	for range 5 {
		waiting = append(waiting, s.receiving(t.Context(), time.Hour))
	}
	if err := s.q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for _, done := range waiting {
		if r := <-done; !errors.Is(r.err, queue.ErrClosed) {
			t.Errorf("Receive = %v, %v, want ErrClosed", r.got, r.err)
		}
	}
}

func testClosed(t *testing.T, s *suite) {
	s.send(t, "a", "b")
	first, second := s.receive(t, 1), s.receive(t, 1)
	if err := s.q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := s.q.Send(t.Context(), queue.Message{Body: []byte("c")}); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("Send = %v, want ErrClosed", err)
	}
	if _, err := s.q.Receive(t.Context(), 1, 0); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("Receive = %v, want ErrClosed", err)
	}
	s.ack(t, first[0])
	if err := s.q.Extend(t.Context(), second[0], 0); err != nil {
		t.Errorf("Extend: %v", err)
	}
}

func testCancelled(t *testing.T, s *suite) {
	s.send(t, "a")
	d := s.one(t, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls := map[string]func() error{
		"Send":        func() error { return s.q.Send(ctx, queue.Message{Body: []byte("b")}) },
		"Receive":     func() error { _, err := s.q.Receive(ctx, 1, 0); return err },
		"Ack":         func() error { return s.q.Ack(ctx, d) },
		"Extend":      func() error { return s.q.Extend(ctx, d, 0) },
		"DeadLetters": func() error { _, err := s.q.DeadLetters(ctx, 1); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want context.Canceled", name, err)
		}
	}
	s.ack(t, d)
}

func testConcurrent(t *testing.T, s *suite) {
	const messages, receivers = 100, 8
	for i := range messages / 10 {
		bodies := make([]string, 10)
		for j := range bodies {
			bodies[j] = fmt.Sprintf("message %d", 10*i+j)
		}
		s.send(t, bodies...)
	}
	var (
		mu   sync.Mutex
		held = map[string]bool{}
		done = map[string]bool{}
		wg   sync.WaitGroup
	)
	finished := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(done) == messages
	}
	for range receivers {
		wg.Go(func() {
			for n := 0; !finished(); n++ {
				got, err := s.q.Receive(t.Context(), 3, 0)
				if err != nil {
					t.Errorf("Receive: %v", err)
					return
				}
				mu.Lock()
				for _, d := range got {
					if held[d.ID] || done[d.ID] {
						t.Errorf("%s was delivered while held or after it was acknowledged", d.Body)
					}
					held[d.ID] = true
				}
				mu.Unlock()
				for i, d := range got {
					giveBack := (n+i)%3 == 0 && d.Receives == 1
					mu.Lock()
					delete(held, d.ID)
					done[d.ID] = !giveBack
					if giveBack {
						delete(done, d.ID)
					}
					mu.Unlock()
					if giveBack {
						err = s.q.Extend(t.Context(), d, 0)
					} else {
						err = s.q.Ack(t.Context(), d)
					}
					if err != nil {
						t.Errorf("Ack or Extend: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	s.none(t, "after everything was acknowledged")
}
