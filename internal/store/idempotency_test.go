package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/store"
)

func TestIdempotencyKeys(t *testing.T) {
	c := newControl(t)
	ctx := t.Context()
	req := store.Request{TeamID: team, UserID: "usr_1", Key: "k", Fingerprint: "POST /jobs"}
	begin := func(r store.Request) *store.Attempt {
		t.Helper()
		a, answer, err := c.BeginRequest(ctx, r)
		if err != nil || answer != nil || a == nil {
			t.Fatalf("BeginRequest = %v, %v, %v; want an attempt", a, answer, err)
		}
		return a
	}
	refused := func(r store.Request, code string) {
		t.Helper()
		_, _, err := c.BeginRequest(ctx, r)
		wantCode(t, err, code)
	}
	first := begin(req)
	refused(req, "request_in_progress")
	other := req
	other.Fingerprint = "POST /drifts"
	refused(other, "idempotency_key_reused")
	for _, r := range []store.Request{{TeamID: team, UserID: "usr_2", Key: "k"}, {TeamID: "team_two", UserID: "usr_1", Key: "k"}} {
		if err := begin(r).Abandon(ctx); err != nil { // keys of others are other keys
			t.Fatal(err)
		}
	}

	if err := first.Abandon(ctx); err != nil {
		t.Fatal(err)
	}
	slow := begin(req) // free again
	c.clock.Advance(store.IdempotencyTakeover)
	taken := begin(req)
	if err := slow.Complete(ctx, store.Answer{Status: 500}); err != nil {
		t.Fatal(err)
	}
	refused(req, "request_in_progress") // the slow one's answer doesn't count any more

	want := store.Answer{Status: 201, Headers: map[string]string{"Location": "/jobs/1"}, Body: []byte(`{"id":"job_1"}`)}
	if err := taken.Complete(ctx, want); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, got, err := c.BeginRequest(ctx, req)
		if err != nil || got == nil {
			t.Fatal(got, err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Error(diff)
		}
	}
	refused(other, "idempotency_key_reused")
	c.clock.Advance(store.IdempotencyTTL - store.IdempotencyTakeover - time.Second)
	if _, got, err := c.BeginRequest(ctx, req); err != nil || got == nil {
		t.Errorf("forgotten too early: %v", err)
	}
	c.clock.Advance(store.IdempotencyTakeover + 2*time.Second)
	if err := begin(req).Complete(ctx, store.Answer{Status: 200, Body: bytes.Repeat([]byte("x"), store.MaxIdempotentBody+1)}); err != nil {
		t.Fatal(err)
	}
	if err := begin(req).Complete(ctx, store.Answer{Status: 200, Body: make([]byte, store.MaxIdempotentBody)}); err != nil {
		t.Fatal(err)
	}
	if _, got, err := c.BeginRequest(ctx, req); err != nil || len(got.Body) != store.MaxIdempotentBody {
		t.Errorf("an answer at the limit: %v", err)
	}
}
