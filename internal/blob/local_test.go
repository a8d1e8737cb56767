package blob_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/blob"
)

func presign(t *testing.T, s *blob.Local, method, key string) string {
	t.Helper()
	sign := s.PresignGet
	if method == http.MethodPut {
		sign = s.PresignPut
	}
	signed, err := sign(t.Context(), key, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func serve(t *testing.T, h http.Handler, method, target string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, body))
	return w
}

// altered returns the URL with one query parameter set to another value.
func altered(t *testing.T, signed, name, value string) string {
	t.Helper()
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestAnObjectIsUploadedAndDownloadedByPresignedURLs(t *testing.T) {
	s, _ := openLocal(t)
	signed := presign(t, s, http.MethodPut, key)
	if !strings.HasPrefix(signed, "http://127.0.0.1:8080"+blob.Path) {
		t.Errorf("signed URL %s", signed)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, signed, strings.NewReader("<script>"))
	r.Header.Set("Content-Type", "text/html")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("PUT: %d %s", w.Code, w.Body)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		w = serve(t, s, method, presign(t, s, http.MethodGet, key), nil)
		want := map[string]string{
			"Content-Type": "text/html", "Content-Length": "8", "X-Content-Type-Options": "nosniff",
			"Content-Disposition":     `attachment; filename="a.tf"`,
			"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store",
		}
		got := map[string]string{}
		for name := range want {
			got[name] = w.Header().Get(name)
		}
		if diff := cmp.Diff(want, got); diff != "" || w.Code != http.StatusOK {
			t.Errorf("%s: %d, headers (-want +got):\n%s", method, w.Code, diff)
		}
	}
	if w = serve(t, s, http.MethodGet, presign(t, s, http.MethodGet, key), nil); w.Body.String() != "<script>" {
		t.Errorf("GET: %q", w.Body)
	}
	r = httptest.NewRequestWithContext(t.Context(), http.MethodGet, presign(t, s, http.MethodGet, key), nil)
	r.Header.Set("Range", "bytes=1-3")
	w = httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusPartialContent || w.Body.String() != "scr" {
		t.Errorf("GET of a range: %d %q", w.Code, w.Body)
	}
}

func TestForgedURLsAreRefused(t *testing.T) {
	s, dir := openLocal(t)
	put(t, s.Store, key, "mine")
	put(t, s.Store, "team_2/a", "theirs")
	other, err := blob.OpenLocal(dir, &url.URL{Scheme: "http", Host: "h"}, []byte("another key"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	getURL, putURL := presign(t, s, http.MethodGet, key), presign(t, s, http.MethodPut, key)
	for _, test := range []struct{ name, method, url string }{
		{"no signature", http.MethodGet, "http://h/blobs/object?obj=" + url.QueryEscape(key)},
		{"no query", http.MethodGet, "http://h/blobs/team_1/uploads/a.tf"},
		{"another object", http.MethodGet, altered(t, getURL, "obj", "team_2/a")},
		{"a later expiry", http.MethodGet, altered(t, getURL, "expiry", "99999999999")},
		{"an expiry that is no number", http.MethodGet, altered(t, getURL, "expiry", "x")},
		{"another signature", http.MethodGet, altered(t, getURL, "signature", "AAAA")},
		{"another signed method", http.MethodPut, altered(t, getURL, "method", "PUT")},
		{"an added content type", http.MethodGet, altered(t, getURL, "contentType", "text/html")},
		{"a PUT to a GET URL", http.MethodPut, getURL},
		{"a GET of a PUT URL", http.MethodGet, putURL},
		{"a HEAD of a PUT URL", http.MethodHead, putURL},
		{"a DELETE", http.MethodDelete, getURL},
		{"another installation's key", http.MethodGet, presign(t, other, http.MethodGet, key)},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := serve(t, s, test.method, test.url, strings.NewReader("x"))
			if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "theirs") || strings.Contains(w.Body.String(), "mine") {
				t.Errorf("answered with %s", w.Body)
			}
		})
	}
	if got := get(t, s.Store, key); got != "mine" {
		t.Errorf("the object became %q", got)
	}
}

func TestAURLEndsWithItsTime(t *testing.T) {
	s, _ := openLocal(t)
	put(t, s.Store, key, "x")
	synctest.Test(t, func(t *testing.T) { // URLs are signed and checked by the bubble's clock
		signed := presign(t, s, http.MethodGet, key)
		time.Sleep(59 * time.Minute)
		if w := serve(t, s, http.MethodGet, signed, nil); w.Code != http.StatusOK {
			t.Errorf("before: %d", w.Code)
		}
		time.Sleep(2 * time.Minute)
		if w := serve(t, s, http.MethodGet, signed, nil); w.Code != http.StatusForbidden {
			t.Errorf("after: %d", w.Code)
		}
	})
	for _, ttl := range []time.Duration{0, -time.Second, blob.MaxTTL + time.Second} {
		if _, err := s.PresignGet(t.Context(), key, ttl); err == nil {
			t.Errorf("a URL valid for %v was signed", ttl)
		}
	}
}

// zeros gives n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestABodyOverTheLimitIsRefused(t *testing.T) {
	s, dir := openLocal(t)
	signed := presign(t, s, http.MethodPut, key)
	t.Run("before it is read, when its length is said", func(t *testing.T) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, signed, strings.NewReader("short"))
		r.ContentLength = blob.MaxSize + 1
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("at the limit, when its length is not said", func(t *testing.T) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, signed, zeros(blob.MaxSize+1))
		r.ContentLength = -1
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if !strings.Contains(w.Body.String(), `"code":"too_large"`) {
			t.Errorf("answered %s", w.Body)
		}
	})
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	s, dir := openLocal(t)
	server := httptest.NewServer(s)
	defer server.Close()
	signed := strings.Replace(presign(t, s, http.MethodPut, key), "http://127.0.0.1:8080", server.URL, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed, io.MultiReader(zeros(1<<20), failing{}))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := server.Client().Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("the broken upload was answered")
	}
	server.Close() // waits for the handler
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWhatIsNotThereIs404AndNoURLIsLogged(t *testing.T) {
	var logged bytes.Buffer
	s, err := blob.OpenLocal(t.TempDir(), &url.URL{Scheme: "http", Host: "h"}, []byte("k"), slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	signed := presign(t, s, http.MethodGet, "team_1/absent")
	if w := serve(t, s, http.MethodGet, signed, nil); w.Code != http.StatusNotFound {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	if logged.Len() == 0 || strings.Contains(logged.String(), u.Query().Get("signature")) {
		t.Errorf("logged: %s", &logged)
	}
}
