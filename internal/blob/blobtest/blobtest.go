// Package blobtest is the conformance suite that every store of objects passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/fault"
)

// Harness adapts the suite to a driver.
type Harness struct {
	// Open returns an empty store, whose presigned URLs work.
	Open func(t *testing.T) *blob.Store
	// Unsigned says that whatever plays the service looks at no signature: then the suite doesn't either.
	Unsigned bool
}

// Run runs the suite, each property in a subtest with a store of its own.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *blob.Store)
	}{
		{"an object is stored, replaced and deleted", testObject},
		{"an object has its size, its type and its time", testAttributes},
		{"an object is read from where the reader wants", testSeek},
		{"an object of many parts comes back whole", testParts},
		{"an object over its limit or cut short leaves nothing", testLimit},
		{"a key that isn't one is refused by every call", testKeys},
		{"a sweep deletes under its prefix alone", testSweep},
		{"an object is uploaded and downloaded by presigned URLs", testPresigned},
		{"a URL of what isn't there gives nothing", testPresignedAbsent},
		{"a URL is valid for a day at most", testTTL},
		{"a cancelled context is an error of every call", testCancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, h.Open(t)) })
	}
	if !h.Unsigned {
		t.Run("a URL is good for one method alone", func(t *testing.T) { testMethod(t, h.Open(t)) })
	}
}

const key = "team_1/uploads/a.tf"

func put(t *testing.T, s *blob.Store, key, content string) {
	t.Helper()
	if err := s.Put(t.Context(), key, strings.NewReader(content), blob.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s *blob.Store, key string) string {
	t.Helper()
	o, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	content, err := io.ReadAll(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func exists(t *testing.T, s *blob.Store, key string, want bool) {
	t.Helper()
	if got, err := s.Exists(t.Context(), key); got != want || err != nil {
		t.Errorf("%s exists: %v, %v; want %v", key, got, err, want)
	}
}

func testObject(t *testing.T, s *blob.Store) {
	if _, err := s.Get(t.Context(), key); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get before = %v, want not_found", err)
	}
	exists(t, s, key, false)
	for _, content := range []string{"one", "two", ""} {
		put(t, s, key, content)
		exists(t, s, key, true)
		if got := get(t, s, key); got != content {
			t.Errorf("Get = %q, want %q", got, content)
		}
	}
	for range 2 {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	exists(t, s, key, false)
}

func testAttributes(t *testing.T, s *blob.Store) {
	before := time.Now().Add(-time.Minute) // the store's clock may be another
	err := s.Put(t.Context(), key, strings.NewReader("12345"), blob.PutOptions{ContentType: "application/json"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if o.Size != 5 || o.ContentType != "application/json" || o.ModTime.Before(before) {
		t.Errorf("size %d, type %s, time %v", o.Size, o.ContentType, o.ModTime)
	}
}

func testSeek(t *testing.T, s *blob.Store) {
	put(t, s, key, "0123456789")
	o, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := iotest.TestReader(o, []byte("0123456789")); err != nil {
		t.Error(err)
	}
}

func testParts(t *testing.T, s *blob.Store) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 12<<16) // 12 MiB
	if err := s.Put(t.Context(), key, bytes.NewReader(content), blob.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, key); got != string(content) {
		t.Errorf("%d bytes came back of %d, or others", len(got), len(content))
	}
}

func testLimit(t *testing.T, s *blob.Store) {
	for _, test := range []struct {
		name    string
		content io.Reader
		want    fault.Kind
	}{
		{"one byte over", strings.NewReader("123456789"), fault.TooLarge},
		{"far over, in many parts", io.LimitReader(zeros{}, 12<<20), fault.TooLarge},
		{"a reader that fails", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(errors.New("broken"))), fault.Unavailable},
	} {
		err := s.Put(t.Context(), key, test.content, blob.PutOptions{Limit: 8})
		if !fault.Is(err, test.want) {
			t.Errorf("%s: Put = %v (%s), want %s", test.name, err, fault.KindOf(err), test.want)
		}
		exists(t, s, key, false)
	}
	if err := s.Put(t.Context(), key, strings.NewReader("12345678"), blob.PutOptions{Limit: 8}); err != nil {
		t.Errorf("of just the limit: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// calls are all that a store does with a key.
func calls(s *blob.Store, ctx context.Context, key string) map[string]func() error { //nolint:revive // the store is what is tested
	return map[string]func() error{
		"Put":        func() error { return s.Put(ctx, key, strings.NewReader("x"), blob.PutOptions{}) },
		"Get":        func() error { _, err := s.Get(ctx, key); return err },
		"Delete":     func() error { return s.Delete(ctx, key) },
		"Exists":     func() error { _, err := s.Exists(ctx, key); return err },
		"PresignPut": func() error { _, err := s.PresignPut(ctx, key, time.Hour); return err },
		"PresignGet": func() error { _, err := s.PresignGet(ctx, key, time.Hour); return err },
	}
}

func testKeys(t *testing.T, s *blob.Store) {
	for _, bad := range []string{"", "a", "uploads/a", "team_1", "team_1/", "team_1/../team_2/a", "team_1//a", "/team_1/a", "team_1/a b"} {
		for name, call := range calls(s, t.Context(), bad) {
			if err := call(); !fault.Is(err, fault.Malformed) {
				t.Errorf("%s(%q) = %v, want malformed", name, bad, err)
			}
		}
	}
}

func testSweep(t *testing.T, s *blob.Store) {
	keys := map[string]bool{
		"team_1/exports/a": false, "team_1/exports/deep/b": false, "team_1/exports2/a": true, "team_1/uploads/a": true,
		"team_2/exports/a": true,
	}
	for key := range keys {
		put(t, s, key, "x")
	}
	if n, _, err := s.Sweep(t.Context(), "team_1/exports/", time.Hour, ""); n != 0 || err != nil {
		t.Errorf("a sweep of what is an hour old = %d, %v; want 0", n, err)
	}
	n, next, err := s.Sweep(t.Context(), "team_1/exports/", -time.Hour, "")
	if n != 2 || next != "" || err != nil {
		t.Errorf("Sweep = %d, %q, %v; want 2", n, next, err)
	}
	for key, want := range keys {
		exists(t, s, key, want)
	}
}

type presign func(context.Context, string, time.Duration) (string, error)

// do makes a request at a presigned URL.
func do(t *testing.T, presign presign, method, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	signed, err := presign(t.Context(), key, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, signed, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(answer)
}

func testPresigned(t *testing.T, s *blob.Store) {
	resp, answer := do(t, s.PresignPut, http.MethodPut, "<script>", map[string]string{"Content-Type": "text/html"})
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("PUT: %s: %s", resp.Status, answer)
	}
	if got := get(t, s, key); got != "<script>" {
		t.Errorf("the store has %q", got)
	}
	resp, answer = do(t, s.PresignGet, http.MethodGet, "", nil)
	if resp.StatusCode != http.StatusOK || answer != "<script>" {
		t.Errorf("GET: %s: %q", resp.Status, answer)
	}
	want := map[string]string{"Content-Type": "text/html", "Content-Disposition": `attachment; filename="a.tf"`}
	got := map[string]string{}
	for name := range want {
		got[name] = resp.Header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	resp, answer = do(t, s.PresignGet, http.MethodGet, "", map[string]string{"Range": "bytes=1-3"})
	if resp.StatusCode != http.StatusPartialContent || answer != "scr" {
		t.Errorf("GET of a range: %s: %q", resp.Status, answer)
	}
}

func testPresignedAbsent(t *testing.T, s *blob.Store) {
	resp, _ := do(t, s.PresignGet, http.MethodGet, "", nil)
	// S3 says 403 to whoever may not list the bucket.
	if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusForbidden {
		t.Errorf("GET: %s", resp.Status)
	}
}

func testMethod(t *testing.T, s *blob.Store) {
	put(t, s, key, "mine")
	for _, test := range []struct {
		presign presign
		method  string
	}{
		{s.PresignGet, http.MethodPut},
		{s.PresignGet, http.MethodDelete},
		{s.PresignPut, http.MethodGet},
		{s.PresignPut, http.MethodDelete},
	} {
		resp, answer := do(t, test.presign, test.method, "theirs", nil)
		if resp.StatusCode != http.StatusForbidden || strings.Contains(answer, "mine") {
			t.Errorf("%s: %s: %s", test.method, resp.Status, answer)
		}
	}
	if got := get(t, s, key); got != "mine" {
		t.Errorf("the object became %q", got)
	}
}

func testTTL(t *testing.T, s *blob.Store) {
	for name, presign := range map[string]presign{"PresignPut": s.PresignPut, "PresignGet": s.PresignGet} {
		for _, ttl := range []time.Duration{0, -time.Second, blob.MaxTTL + time.Second} {
			if _, err := presign(t.Context(), key, ttl); err == nil {
				t.Errorf("%s for %v: no error", name, ttl)
			}
		}
		if _, err := presign(t.Context(), key, blob.MaxTTL); err != nil {
			t.Errorf("%s for a day: %v", name, err)
		}
	}
}

func testCancelled(t *testing.T, s *blob.Store) {
	put(t, s, key, "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(s, ctx, key) {
		if strings.HasPrefix(name, "Presign") { // needs nobody
			continue
		}
		if err := call(); !fault.Is(err, fault.Cancelled) {
			t.Errorf("%s = %v (%s), want cancelled", name, err, fault.KindOf(err))
		}
	}
}
