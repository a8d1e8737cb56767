package queuetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/queue"
)

func testEmpty(t *testing.T, s *suite) {
	s.none(t, "empty")
	if got := s.dead(t, 10); len(got) != 0 {
		t.Errorf("dead letters %v, want none", got)
	}
	s.send(t)
	s.none(t, "after sending no messages")
}

func testSendReceiveAck(t *testing.T, s *suite) {
	s.send(t, "a", "b", "c")
	var bodies, ids []string
	for range 3 {
		got := s.receive(t, 1)
		if len(got) != 1 {
			t.Fatalf("received %v, want one", got)
		}
		if got[0].Receives != 1 {
			t.Errorf("%s: received %d times, want 1", got[0].Body, got[0].Receives)
		}
		bodies, ids = append(bodies, string(got[0].Body)), append(ids, got[0].ID)
		s.ack(t, got[0])
	}
	slices.Sort(bodies)
	if diff := cmp.Diff([]string{"a", "b", "c"}, bodies); diff != "" {
		t.Errorf("bodies (-want +got):\n%s", diff)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 3 {
		t.Errorf("ids %v are not distinct", ids)
	}
	s.Advance(2 * s.visibility)
	s.none(t, "after acknowledging")
}

func testBatch(t *testing.T, s *suite) {
	for i := range 3 {
		s.send(t, fmt.Sprint("a", i), fmt.Sprint("b", i), fmt.Sprint("c", i), fmt.Sprint("d", i))
	}
	seen := map[string]bool{}
	for len(seen) < 12 {
		got := s.receive(t, 5)
		if len(got) == 0 || len(got) > 5 {
			t.Fatalf("received %d with %d left, want 1 to 5", len(got), 12-len(seen))
		}
		for _, d := range got {
			seen[string(d.Body)] = true
		}
	}
	s.none(t, "with everything held")
}

func testBatchLimits(t *testing.T, s *suite) {
	for _, max := range []int{-1, 0, queue.MaxBatch + 1} {
		if _, err := s.q.Receive(t.Context(), max, 0); err == nil {
			t.Errorf("Receive of %d: no error", max)
		}
	}
}

func testLargestBody(t *testing.T, s *suite) {
	body := strings.Repeat("x", queue.MaxBody)
	s.send(t, body)
	s.ack(t, s.one(t, body))
}

func testLimits(t *testing.T, s *suite) {
	good := queue.Message{Body: []byte("good")}
	for name, bad := range map[string]struct {
		message queue.Message
		want    error
	}{
		"a body over the limit": {queue.Message{Body: make([]byte, queue.MaxBody+1)}, queue.ErrTooLarge},
		"a delay over the limit": {
			queue.Message{Body: []byte("x"), Delay: queue.MaxDelay + time.Second}, queue.ErrTooLarge,
		},
		"an empty body": {queue.Message{}, queue.ErrEmpty},
	} {
		if err := s.q.Send(t.Context(), good, bad.message, good); !errors.Is(err, bad.want) {
			t.Errorf("%s: Send = %v, want %v", name, err, bad.want)
		}
		s.none(t, name)
	}
}

func testAliasing(t *testing.T, s *suite) {
	body := []byte("body")
	if err := s.q.Send(t.Context(), queue.Message{Body: body}); err != nil {
		t.Fatal(err)
	}
	body[0] = 'X'
	d := s.one(t, "body")
	d.Body[0] = 'Y'
	s.Advance(2 * s.visibility)
	s.one(t, "body")
}

func testVisibility(t *testing.T, s *suite) {
	s.send(t, "a")
	first := s.one(t, "a")
	s.none(t, "while held")
	s.Advance(s.visibility - s.Tick)
	s.none(t, "before the visibility runs out")
	s.Advance(2 * s.Tick)
	second := s.one(t, "a")
	if second.ID != first.ID {
		t.Errorf("id changed from %q to %q", first.ID, second.ID)
	}
	if second.Receives != 2 {
		t.Errorf("received %d times, want 2", second.Receives)
	}
	if second.Receipt == first.Receipt {
		t.Errorf("both deliveries have the receipt %q", first.Receipt)
	}
	s.ack(t, second)
}

func testExtend(t *testing.T, s *suite) {
	s.send(t, "a")
	d := s.one(t, "a")
	if err := s.q.Extend(t.Context(), d, 3*s.visibility); err != nil {
		t.Fatalf("Extend: %v", err)
	}
	s.Advance(2 * s.visibility)
	s.none(t, "while extended")
	s.Advance(s.visibility + s.Tick)
	s.ack(t, s.one(t, "a"))

	s.send(t, "b")
	d = s.one(t, "b")
	if err := s.q.Extend(t.Context(), d, s.Tick); err != nil {
		t.Fatalf("Extend: %v", err)
	}
	s.Advance(2 * s.Tick)
	s.ack(t, s.one(t, "b"))
}

func testGiveBack(t *testing.T, s *suite) {
	s.send(t, "a")
	d := s.one(t, "a")
	if err := s.q.Extend(t.Context(), d, 0); err != nil {
		t.Fatalf("Extend: %v", err)
	}
	if again := s.one(t, "a"); again.Receives != 2 {
		t.Errorf("received %d times, want 2", again.Receives)
	}
}

func testExtendLimit(t *testing.T, s *suite) {
	s.send(t, "a")
	d := s.one(t, "a")
	if err := s.q.Extend(t.Context(), d, queue.MaxVisibility+time.Second); !errors.Is(err, queue.ErrTooLarge) {
		t.Errorf("Extend = %v, want ErrTooLarge", err)
	}
	s.ack(t, d)
}

func testStaleReceipt(t *testing.T, s *suite) {
	s.send(t, "a")
	first := s.one(t, "a")
	s.Advance(s.visibility + s.Tick)
	if !s.StaleAccepted {
		s.stale(t, first, "its visibility ran out")
	}
	second := s.one(t, "a")
	if !s.StaleAccepted {
		s.stale(t, first, "another delivery is held")
	}
	s.ack(t, second)
	s.stale(t, first, "the message is gone")
	s.refused(t, queue.Delivery{ID: first.ID, Receipt: "made up"}, "the receipt is made up")
}

func testAckTwice(t *testing.T, s *suite) {
	s.send(t, "a")
	d := s.one(t, "a")
	s.ack(t, d)
	s.stale(t, d, "it was acknowledged")
}

// stale uses a delivery that isn't held any more.
func (s *suite) stale(t *testing.T, d queue.Delivery, when string) {
	t.Helper()
	if !s.StaleAccepted {
		s.refused(t, d, when)
		return
	}
	if err := s.q.Ack(t.Context(), d); err != nil && !errors.Is(err, queue.ErrReceipt) {
		t.Errorf("%s: Ack = %v, want nil or ErrReceipt", when, err)
	}
	if err := s.q.Extend(t.Context(), d, s.visibility); err != nil && !errors.Is(err, queue.ErrReceipt) {
		t.Errorf("%s: Extend = %v, want nil or ErrReceipt", when, err)
	}
}

func (s *suite) refused(t *testing.T, d queue.Delivery, when string) {
	t.Helper()
	if err := s.q.Ack(t.Context(), d); !errors.Is(err, queue.ErrReceipt) {
		t.Errorf("%s: Ack = %v, want ErrReceipt", when, err)
	}
	if err := s.q.Extend(t.Context(), d, s.visibility); !errors.Is(err, queue.ErrReceipt) {
		t.Errorf("%s: Extend = %v, want ErrReceipt", when, err)
	}
}

func testDelay(t *testing.T, s *suite) {
	err := s.q.Send(t.Context(),
		queue.Message{Body: []byte("later"), Delay: 3 * s.Tick}, queue.Message{Body: []byte("now")})
	if err != nil {
		t.Fatal(err)
	}
	s.ack(t, s.one(t, "now"))
	s.Advance(2 * s.Tick)
	s.none(t, "before the delay is over")
	s.Advance(2 * s.Tick)
	if d := s.one(t, "later"); d.Receives != 1 {
		t.Errorf("received %d times, want 1", d.Receives)
	}
}

func testDeadLetter(t *testing.T, s *suite) {
	s.send(t, "poison")
	var last queue.Delivery
	for n := range s.q.MaxReceives() {
		last = s.one(t, "poison")
		if last.Receives != n+1 {
			t.Errorf("receive %d says %d", n+1, last.Receives)
		}
		if got := s.dead(t, 10); len(got) != 0 {
			t.Errorf("dead letters while held: %v", got)
		}
		s.Advance(s.visibility + s.Tick)
	}
	s.none(t, "after the last receive") // SQS moves a message when a receive meets it
	want := []queue.Delivery{{ID: last.ID, Body: []byte("poison")}}
	opt := cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Receives" || p.Last().String() == ".Receipt"
	}, cmp.Ignore())
	if diff := cmp.Diff(want, s.dead(t, 10), opt); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	s.stale(t, last, "the message is dead")
	s.Advance(2 * s.visibility)
	s.none(t, "long after")
}

func testDeadLettersList(t *testing.T, s *suite) {
	s.send(t, "a", "b", "c")
	for held := 0; held < 3; {
		held += len(s.receive(t, queue.MaxBatch))
	}
	s.Advance(s.visibility + s.Tick)
	s.none(t, "after the last receive")
	if got := s.dead(t, 2); len(got) != 2 {
		t.Errorf("%d dead letters, want 2", len(got))
	}
	for range 2 {
		got := s.dead(t, 10)
		if len(got) != 3 {
			t.Fatalf("%d dead letters, want 3", len(got))
		}
		for _, d := range got {
			if !bytes.Contains([]byte("abc"), d.Body) {
				t.Errorf("dead letter %q", d.Body)
			}
		}
	}
}
