package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"gocloud.dev/blob/memblob"

	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/fault"
)

const key = "team_1/uploads/a.tf"

func openLocal(t *testing.T) (store *blob.Local, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "blobs")
	base := &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	store, err := blob.OpenLocal(dir, base, []byte("sign key"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store, dir
}

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
	if int64(len(content)) != o.Size {
		t.Errorf("%s: size %d, but %d bytes", key, o.Size, len(content))
	}
	return string(content)
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAnObjectIsStoredReplacedAndDeleted(t *testing.T) {
	local, dir := openLocal(t)
	for name, s := range map[string]*blob.Store{"in a folder": local.Store, "in memory": blob.New(memblob.OpenBucket(nil), blob.Hooks{})} {
		t.Run(name, func(t *testing.T) {
			if _, err := s.Get(t.Context(), key); !fault.Is(err, fault.NotFound) {
				t.Errorf("Get before = %v, want not_found", err)
			}
			put(t, s, key, "one")
			put(t, s, key, "two")
			if got := get(t, s, key); got != "two" {
				t.Errorf("Get = %q", got)
			}
			if ok, err := s.Exists(t.Context(), key); !ok || err != nil {
				t.Errorf("Exists = %v, %v", ok, err)
			}
			for range 2 {
				if err := s.Delete(t.Context(), key); err != nil {
					t.Errorf("Delete: %v", err)
				}
			}
			if ok, err := s.Exists(t.Context(), key); ok || err != nil {
				t.Errorf("Exists after = %v, %v", ok, err)
			}
		})
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has %v, %v; want mode 0700", info.Mode(), err)
	}
}

func TestAnObjectOverItsLimitOrCutShortLeavesNothing(t *testing.T) {
	s, dir := openLocal(t)
	broken := errors.New("broken")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		content io.Reader
		want    fault.Kind
	}{
		{"one byte over", t.Context(), strings.NewReader("123456789"), fault.TooLarge},
		{"far over", t.Context(), io.LimitReader(rand.Reader, 10<<20), fault.TooLarge},
		{"a reader that fails", t.Context(), io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), fault.Unavailable},
		{"a context that ended", cancelled, strings.NewReader("1"), fault.Cancelled},
	} {
		err := s.Put(test.ctx, key, test.content, blob.PutOptions{Limit: 8})
		if !fault.Is(err, test.want) {
			t.Errorf("%s: Put = %v (%s), want %s", test.name, err, fault.KindOf(err), test.want)
		}
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := s.Put(t.Context(), key, strings.NewReader("12345678"), blob.PutOptions{Limit: 8}); err != nil {
		t.Errorf("of just the limit: %v", err)
	}
}

func TestKeysThatCouldLeaveTheirTeamAreRefused(t *testing.T) {
	s, dir := openLocal(t)
	for name, bad := range map[string]string{
		"empty": "", "no team": "uploads/a", "a team alone": "team_1", "a folder": "team_1/", "absolute": "/team_1/a",
		"parent": "team_1/../team_2/a", "parent at the end": "team_1/..", "itself": "team_1/./a", "parent first": "../team_1/a",
		"empty part": "team_1//a", "NUL": "team_1/a\x00b", "newline": "team_1/a\nb", "backslash": `team_1\..\a`,
		"quote": `team_1/a"b`, "percent": "team_1/%2e%2e/a", "hidden file": "team_1/.a", "attributes": "team_1/a.attrs",
		"not ASCII": "team_1/é", "long part": "team_1/" + strings.Repeat("a", 201), "space": "team_1/a b",
		"long": "team_1/" + strings.Repeat("a/", 260) + "a", "another noun": "prv_1/a", "odd team": "team_/a", "tilde": "~/a",
	} {
		calls := map[string]func() error{
			"Put":        func() error { return s.Put(t.Context(), bad, strings.NewReader("x"), blob.PutOptions{}) },
			"Get":        func() error { _, err := s.Get(t.Context(), bad); return err },
			"Delete":     func() error { return s.Delete(t.Context(), bad) },
			"Exists":     func() error { _, err := s.Exists(t.Context(), bad); return err },
			"PresignPut": func() error { _, err := s.PresignPut(t.Context(), bad, time.Hour); return err },
			"PresignGet": func() error { _, err := s.PresignGet(t.Context(), bad, time.Hour); return err },
			"Sweep":      func() error { _, _, err := s.Sweep(t.Context(), strings.TrimSuffix(bad, "/"), 0, ""); return err },
		}
		for call, do := range calls {
			if err := do(); !fault.Is(err, fault.Malformed) {
				t.Errorf("%s: %s(%q) = %v, want malformed", name, call, bad, err)
			}
		}
	}
	if left := files(t, filepath.Dir(dir)); len(left) != 0 {
		t.Errorf("written: %v", left)
	}
}

func TestASweepDeletesWhatIsOldUnderItsPrefixAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // memblob's times are the bubble's
		s := blob.New(memblob.OpenBucket(nil), blob.Hooks{})
		defer s.Close()
		put(t, s, "team_1/exports/old", "x")
		put(t, s, "team_1/uploads/old", "x")
		put(t, s, "team_2/exports/old", "x")
		time.Sleep(25 * time.Hour)
		put(t, s, "team_1/exports/new", "x")
		n, next, err := s.Sweep(t.Context(), "team_1/exports/", 24*time.Hour, "")
		if n != 1 || next != "" || err != nil {
			t.Fatalf("Sweep = %d, %q, %v; want 1", n, next, err)
		}
		for key, want := range map[string]bool{
			"team_1/exports/old": false, "team_1/exports/new": true, "team_1/uploads/old": true, "team_2/exports/old": true,
		} {
			if got, err := s.Exists(t.Context(), key); got != want || err != nil {
				t.Errorf("%s exists: %v, %v", key, got, err)
			}
		}
	})
}

func TestASweepIsBoundedAndGoesOnWhereItStopped(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	s := blob.New(bucket, blob.Hooks{})
	defer s.Close()
	const objects = 2500
	for i := range objects {
		if err := bucket.WriteAll(t.Context(), "team_1/exports/"+string(rune('a'+i%26))+strings.Repeat("x", i/26), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	var total, calls int
	for from := ""; ; calls++ {
		n, next, err := s.Sweep(t.Context(), "team_1/exports/", -time.Hour, from)
		if err != nil || n > 1000 {
			t.Fatalf("Sweep = %d, %v", n, err)
		}
		total += n
		if from = next; next == "" {
			break
		}
	}
	if total != objects || calls != 2 {
		t.Errorf("deleted %d in %d calls, want %d in 3", total, calls+1, objects)
	}
}

func BenchmarkPutGet(b *testing.B) {
	dir := b.TempDir()
	s, err := blob.OpenLocal(dir, &url.URL{Scheme: "http", Host: "h"}, []byte("k"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Put(b.Context(), key, bytes.NewReader(content), blob.PutOptions{ContentType: "text/plain"}); err != nil {
			b.Fatal(err)
		}
		o, err := s.Get(b.Context(), key)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, o); err != nil {
			b.Fatal(err)
		}
		_ = o.Close()
	}
}

func TestAnObjectOverTheLimitIsNotRead(t *testing.T) {
	s, dir := openLocal(t)
	put(t, s.Store, key, "x")
	file := filepath.Join(dir, filepath.FromSlash(key))
	for size, want := range map[int64]fault.Kind{blob.MaxSize: "", blob.MaxSize + 1: fault.TooLarge} {
		if err := os.Truncate(file, size); err != nil { // sparse: it takes no room
			t.Fatal(err)
		}
		o, err := s.Get(t.Context(), key)
		if fault.KindOf(err) != want {
			t.Errorf("Get of %d bytes = %v, want %q", size, err, want)
		}
		if err == nil {
			_ = o.Close()
		}
	}
}
