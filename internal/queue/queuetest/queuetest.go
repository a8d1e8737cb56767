// Package queuetest is the conformance suite that every driver of queue.Queue passes.
package queuetest

import (
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/queue"
)

// Config is what a test asks of a queue.
type Config struct {
	Visibility  time.Duration
	MaxReceives int
}

// Harness adapts the suite to a driver.
type Harness struct {
	// Open returns an empty queue, which the suite closes.
	Open func(t *testing.T, config Config) queue.Queue
	// Tick is the shortest time that the driver tells from none, with a margin: visibilities are multiples of it.
	Tick time.Duration
	// Advance lets time pass for the queue: a fake clock steps, a real one waits.
	Advance func(d time.Duration)
	// StaleAccepted says that the driver can't tell that a delivery isn't held any more, and may take a late Ack or Extend.
	// It always refuses a receipt that it never gave.
	StaleAccepted bool
}

// Run runs the suite, each property in a subtest with a queue of its own.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, test := range []struct {
		name        string
		maxReceives int
		run         func(t *testing.T, s *suite)
	}{
		{"an empty queue answers with nothing", 3, testEmpty},
		{"what was sent is received once and acknowledged away", 3, testSendReceiveAck},
		{"a receive returns no more than asked for", 3, testBatch},
		{"a receive of none or of too many is refused", 3, testBatchLimits},
		{"a body may be as large as the limit", 3, testLargestBody},
		{"messages over a limit are refused and nothing of the call is sent", 3, testLimits},
		{"bodies are not shared with senders or receivers", 3, testAliasing},
		{"a delivery that is not acknowledged comes back after its visibility", 3, testVisibility},
		{"an extended delivery stays hidden for longer", 3, testExtend},
		{"extending to zero gives a message back at once", 3, testGiveBack},
		{"a visibility over the limit is refused", 3, testExtendLimit},
		{"a receipt of an earlier delivery is stale", 5, testStaleReceipt},
		{"an acknowledged delivery can not be used again", 3, testAckTwice},
		{"a delayed message is not delivered before", 3, testDelay},
		{"a message is dead after its last receive", 2, testDeadLetter},
		{"dead letters are listed and not removed", 1, testDeadLettersList},
		{"concurrent receivers never hold the same message at once", 100, testConcurrent},
		{"a waiting receive gets what is sent meanwhile", 3, testWaitForSend},
		{"a waiting receive gets what becomes visible meanwhile", 3, testWaitForVisible},
		{"a waiting receive ends when its time is up", 3, testWaitEnds},
		{"a waiting receive ends when its context does", 3, testWaitCancelled},
		{"closing ends every waiting receive", 3, testCloseWakes},
		{"a closed queue takes no calls but lets holders finish", 3, testClosed},
		{"a cancelled context is an error of every call", 3, testCancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := Config{Visibility: 3 * h.Tick, MaxReceives: test.maxReceives}
			s := &suite{Harness: h, visibility: config.Visibility, q: h.Open(t, config)}
			t.Cleanup(func() {
				if err := s.q.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			if got := s.q.MaxReceives(); got != test.maxReceives {
				t.Fatalf("MaxReceives() = %d, want %d", got, test.maxReceives)
			}
			test.run(t, s)
		})
	}
}

// suite is one test's queue and what the tests share.
type suite struct {
	Harness
	visibility time.Duration
	q          queue.Queue
}

func (s *suite) send(t *testing.T, bodies ...string) {
	t.Helper()
	messages := make([]queue.Message, len(bodies))
	for i, b := range bodies {
		messages[i] = queue.Message{Body: []byte(b)}
	}
	if err := s.q.Send(t.Context(), messages...); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

// receive returns what is visible now.
func (s *suite) receive(t *testing.T, max int) []queue.Delivery {
	t.Helper()
	got, err := s.q.Receive(t.Context(), max, 0)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return got
}

// one receives exactly one message, which must have that body.
func (s *suite) one(t *testing.T, body string) queue.Delivery {
	t.Helper()
	got := s.receive(t, 1)
	if len(got) != 1 || string(got[0].Body) != body {
		t.Fatalf("received %v, want one message %q", got, body)
	}
	return got[0]
}

func (s *suite) none(t *testing.T, when string) {
	t.Helper()
	if got := s.receive(t, queue.MaxBatch); len(got) != 0 {
		t.Fatalf("%s: received %v, want nothing", when, got)
	}
}

func (s *suite) ack(t *testing.T, d queue.Delivery) {
	t.Helper()
	if err := s.q.Ack(t.Context(), d); err != nil {
		t.Fatalf("Ack: %v", err)
	}
}

func (s *suite) dead(t *testing.T, max int) []queue.Delivery {
	t.Helper()
	got, err := s.q.DeadLetters(t.Context(), max)
	if err != nil {
		t.Fatalf("DeadLetters: %v", err)
	}
	return got
}
