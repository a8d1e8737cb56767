package blobqueue_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	gcblob "gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/blobqueue"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
)

// parts are a queue and what it is made of.
type parts struct {
	*blobqueue.Queue
	inner  *memqueue.Queue
	bucket *gcblob.Bucket
	clock  *queuetest.Clock
}

func open(t *testing.T, opts memqueue.Options) parts {
	t.Helper()
	clock := queuetest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	opts.Clock = clock
	bucket := memblob.OpenBucket(nil)
	inner := memqueue.New(opts)
	q := blobqueue.New(inner, blob.New(bucket, blob.Hooks{}), "tasks")
	t.Cleanup(func() { _ = errors.Join(q.Close(), bucket.Close()) })
	return parts{q, inner, bucket, clock}
}

// objects returns the keys that the bucket holds.
func (p parts) objects(t *testing.T) (keys []string) {
	t.Helper()
	list, _, err := p.bucket.ListPage(t.Context(), gcblob.FirstPageToken, 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		keys = append(keys, o.Key)
	}
	return keys
}

func (p parts) send(t *testing.T, bodies ...[]byte) {
	t.Helper()
	for _, body := range bodies {
		if err := p.Send(t.Context(), queue.Message{Body: body, Team: "team_1"}); err != nil {
			t.Fatal(err)
		}
	}
}

func (p parts) receive(t *testing.T, want ...[]byte) []queue.Delivery {
	t.Helper()
	got, err := p.Receive(t.Context(), queue.MaxBatch, 0)
	if err != nil || len(got) != len(want) {
		t.Fatalf("Receive = %d, %v, want %d", len(got), err, len(want))
	}
	for i, d := range got {
		if !bytes.Equal(d.Body, want[i]) {
			t.Errorf("body %d has %d bytes, want %d: %.20q", i, len(d.Body), len(want[i]), d.Body)
		}
	}
	return got
}

func large(c byte) []byte { return bytes.Repeat([]byte{c}, queue.MaxBody+1) }

func TestConformance(t *testing.T) {
	var clock *queuetest.Clock
	queuetest.Run(t, queuetest.Harness{
		Open: func(t *testing.T, c queuetest.Config) queue.Queue {
			p := open(t, memqueue.Options{Visibility: c.Visibility, MaxReceives: c.MaxReceives})
			clock = p.clock
			return p.Queue
		},
		Tick:    time.Second,
		Advance: func(d time.Duration) { clock.Advance(d) },
	})
}

func TestALargeBodyTravelsByTheStoreAndGoesWithItsMessage(t *testing.T) {
	p := open(t, memqueue.Options{})
	largest := bytes.Repeat([]byte("x"), blobqueue.MaxBody)
	p.send(t, large('a'), []byte("small"), largest)
	keys := p.objects(t)
	if len(keys) != 2 || !strings.HasPrefix(keys[0], "team_1/queue/tasks/") {
		t.Fatalf("the store has %v, want two of the team's", keys)
	}
	for left, d := range p.receive(t, large('a'), []byte("small"), largest) {
		if err := p.Extend(t.Context(), d, time.Minute); err != nil {
			t.Errorf("Extend: %v", err)
		}
		if err := p.Ack(t.Context(), d); err != nil {
			t.Errorf("Ack: %v", err)
		}
		if err := p.Ack(t.Context(), d); !errors.Is(err, queue.ErrReceipt) {
			t.Errorf("Ack again = %v, want ErrReceipt", err)
		}
		if got, want := len(p.objects(t)), []int{1, 1, 0}[left]; got != want {
			t.Errorf("after %d the store has %d objects, want %d", left+1, got, want)
		}
	}
}

func TestABodyThatLooksLikeAReferenceIsNone(t *testing.T) {
	p := open(t, memqueue.Options{})
	p.send(t, large('a'))
	key := p.objects(t)[0]
	atLimit := append([]byte("blob:"), bytes.Repeat([]byte("x"), queue.MaxBody-5)...) // escaped, a byte too long
	bodies := [][]byte{large('a'), []byte("blob:" + key), []byte("blob:"), []byte("blob::"), []byte("blob::" + key), atLimit}
	p.send(t, bodies[1:]...)
	for _, d := range p.receive(t, bodies...)[1:] {
		if err := p.Ack(t.Context(), d); err != nil {
			t.Errorf("Ack: %v", err)
		}
	}
	if got := p.objects(t); len(got) != 1 || got[0] != key {
		t.Errorf("the store has %v, want %s alone", got, key)
	}
}

func TestWhatIsTooLargeIsRefusedBeforeAnythingIsStored(t *testing.T) {
	p := open(t, memqueue.Options{})
	good := queue.Message{Body: large('a'), Team: "team_1"}
	for name, bad := range map[string]queue.Message{
		"nobody's":         {Body: large('b')},
		"over 8 MiB":       {Body: make([]byte, blobqueue.MaxBody+1), Team: "team_1"},
		"delayed too long": {Body: large('b'), Team: "team_1", Delay: queue.MaxDelay + 1},
	} {
		if err := p.Send(t.Context(), good, bad); !errors.Is(err, queue.ErrTooLarge) {
			t.Errorf("%s: Send = %v, want ErrTooLarge", name, err)
		}
		if left := p.objects(t); len(left) != 0 {
			t.Errorf("%s: stored %v", name, left)
		}
	}
	if err := p.Send(t.Context(), queue.Message{Body: large('a'), Team: "../team_1"}); !fault.Is(err, fault.Malformed) {
		t.Errorf("of a team that is none: Send = %v, want malformed", err)
	}
	p.receive(t)
}

func TestAMessageDeliveredOnceMoreAfterItsEndIsDropped(t *testing.T) {
	p := open(t, memqueue.Options{Visibility: time.Second, Duplicate: func(string) bool { return true }})
	p.send(t, large('a'))
	if err := p.Ack(t.Context(), p.receive(t, large('a'), large('a'))[0]); err != nil {
		t.Fatal(err)
	}
	p.clock.Advance(2 * time.Second)
	p.receive(t)
	p.clock.Advance(2 * time.Second)
	if got, err := p.inner.Receive(t.Context(), 1, 0); err != nil || len(got) != 0 {
		t.Errorf("the queue still has %v, %v", got, err)
	}
}

func TestAHostThatReceivesByItselfLoadsAndDiscards(t *testing.T) {
	p := open(t, memqueue.Options{})
	p.send(t, large('a'))
	raw, err := p.inner.Receive(t.Context(), 1, 0)
	if err != nil || len(raw) != 1 {
		t.Fatal(raw, err)
	}
	d, err := p.Load(t.Context(), raw[0])
	if err != nil || !bytes.Equal(d.Body, large('a')) {
		t.Fatalf("Load = %d bytes, %v", len(d.Body), err)
	}
	if err := p.Discard(t.Context(), d); err != nil {
		t.Error(err)
	}
	if _, err := p.Load(t.Context(), raw[0]); !errors.Is(err, blobqueue.ErrGone) {
		t.Errorf("Load of what was discarded = %v, want ErrGone", err)
	}
}

func TestAStoreThatFailsLosesNoMessage(t *testing.T) {
	p := open(t, memqueue.Options{Visibility: time.Second})
	p.send(t, large('a'), []byte("small"))
	broken := memblob.OpenBucket(nil)
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	failing := blobqueue.New(p.inner, blob.New(broken, blob.Hooks{}), "tasks")
	got, err := failing.Receive(t.Context(), queue.MaxBatch, 0)
	if err != nil || len(got) != 1 || string(got[0].Body) != "small" {
		t.Fatalf("Receive = %d, %v, want the message that has its own body", len(got), err)
	}
	if err := failing.Ack(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	p.clock.Advance(2 * time.Second)
	if got, err := failing.Receive(t.Context(), queue.MaxBatch, 0); err == nil {
		t.Errorf("Receive = %v, want an error", got)
	}
	if err := failing.Send(t.Context(), queue.Message{Body: large('b'), Team: "team_1"}); err == nil {
		t.Error("Send: no error")
	}
	p.clock.Advance(2 * time.Second)
	p.receive(t, large('a'))
}

func TestDeadLettersAreListedWithTheirBodies(t *testing.T) {
	p := open(t, memqueue.Options{Visibility: time.Second, MaxReceives: 1})
	p.send(t, large('a'), large('b'))
	kept := p.receive(t, large('a'), large('b'))[1]
	p.clock.Advance(2 * time.Second)
	if err := p.Discard(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	dead, err := p.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 2 {
		t.Fatalf("DeadLetters = %d, %v", len(dead), err)
	}
	if !bytes.Equal(dead[0].Body, large('a')) || !bytes.HasPrefix(dead[1].Body, []byte("blob:team_1/queue/tasks/")) {
		t.Errorf("bodies %.30q and %.30q", dead[0].Body, dead[1].Body)
	}
}
