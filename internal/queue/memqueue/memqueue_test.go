package memqueue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
)

func newClock() *queuetest.Clock {
	return queuetest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
}

func TestConformance(t *testing.T) {
	clock := newClock()
	queuetest.Run(t, queuetest.Harness{
		Open: func(_ *testing.T, c queuetest.Config) queue.Queue {
			return memqueue.New(memqueue.Options{Visibility: c.Visibility, MaxReceives: c.MaxReceives, Clock: clock})
		},
		Tick:    time.Second,
		Advance: clock.Advance,
	})
}

func TestADuplicatedMessageIsDeliveredTwiceEvenAfterItWasAcknowledged(t *testing.T) {
	n := 0
	q := memqueue.New(memqueue.Options{Clock: newClock(), Duplicate: func(string) bool { n++; return n == 1 }})
	defer q.Close()
	if err := q.Send(t.Context(), queue.Message{Body: []byte("a")}, queue.Message{Body: []byte("b")}); err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for range 3 {
		got, err := q.Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 {
			t.Fatalf("Receive = %v, %v, want one", got, err)
		}
		ids[string(got[0].Body)+" "+got[0].ID]++
		if err := q.Ack(t.Context(), got[0]); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 2 || ids["a msg-1"] != 2 {
		t.Errorf("deliveries %v, want a twice under one id and b once", ids)
	}
	if got, _ := q.Receive(t.Context(), 1, 0); len(got) != 0 {
		t.Errorf("a fourth delivery: %v", got)
	}
}

func TestTheZeroOptionsUseTheSystemClock(t *testing.T) {
	q := memqueue.New(memqueue.Options{})
	defer q.Close()
	if q.MaxReceives() != memqueue.DefaultMaxReceives {
		t.Errorf("MaxReceives() = %d", q.MaxReceives())
	}
	if err := q.Send(t.Context(), queue.Message{Body: []byte("a"), Delay: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	got, err := q.Receive(t.Context(), 1, time.Minute)
	if err != nil || len(got) != 1 {
		t.Fatalf("Receive = %v, %v, want one message", got, err)
	}
}

func TestDeadLettersAreBoundedAndTheOldestGoFirst(t *testing.T) {
	clock := newClock()
	q := memqueue.New(memqueue.Options{Visibility: time.Second, MaxReceives: 1, Clock: clock})
	defer q.Close()
	for i := range 1010 {
		if err := q.Send(t.Context(), queue.Message{Body: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
		if _, err := q.Receive(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
	}
	dead, err := q.DeadLetters(t.Context(), 5000)
	if err != nil || len(dead) != 1000 || string(dead[0].Body) != "10" {
		t.Errorf("%d dead letters, first %q, %v; want 1000 from 10 on", len(dead), dead[0].Body, err)
	}
}

func BenchmarkSendReceiveAck(b *testing.B) {
	q := memqueue.New(memqueue.Options{})
	defer q.Close()
	ctx, body := b.Context(), make([]byte, 512)
	b.ReportAllocs()
	for b.Loop() {
		if err := q.Send(ctx, queue.Message{Body: body}); err != nil {
			b.Fatal(err)
		}
		got, err := q.Receive(ctx, 1, 0)
		if err != nil || len(got) != 1 {
			b.Fatal(got, err)
		}
		if err := q.Ack(ctx, got[0]); err != nil {
			b.Fatal(err)
		}
	}
}
