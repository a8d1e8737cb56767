package webhook_test

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/webhook"
)

// receiver is an HTTPS server with a certificate of its own, and a client that trusts it and may dial loopback.
func receiver(t *testing.T, h http.HandlerFunc) (*httptest.Server, *webhook.Client) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, webhook.NewClient(webhook.Options{
		Guard: webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Roots: roots, Timeout: time.Second,
	})
}

func message(t *testing.T, url string) webhook.Message {
	t.Helper()
	m, err := webhook.NewMessage(url, webhook.Envelope{
		Event: audit.EventPing, Timestamp: time.Now(), WebhookID: "whk_1", DeliveryID: "dlv_1", Data: []byte(`{"a":1}`),
	}, secret.NewString("now"), secret.NewString("before"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatReceiversDo(t *testing.T) {
	hijack := func(w http.ResponseWriter, answer string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		status  int
		failure string // "" for delivered
		excerpt string
	}{
		"accept":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, 204, "", ""},
		"say why": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such hook\x00", http.StatusNotFound) }, 404, "answered 404", "no such hook\uFFFD\n"},
		"break":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, 500, "answered 500", ""},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, 302, "redirects are not followed", ""},
		"say nothing":   {silence, 0, "no answer within 1s", ""},
		"close":         {func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, 0, "closed the connection", ""},
		"talk nonsense": {func(w http.ResponseWriter, _ *http.Request) { hijack(w, "what?\r\n\r\n") }, 0, "can't be reached", ""},
		"break off": {func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		}, 200, "", "half"},
		"drip for ever":  {drip, 200, "", "drop"},
		"send long head": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, 0, "can't be reached", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := receiver(t, c.answer)
			r := client.Send(t.Context(), message(t, server.URL))
			excerpt := r.Excerpt
			if c.excerpt == "drop" {
				excerpt = excerpt[:4]
			}
			if name == "redirect" {
				excerpt = ""
			}
			if r.Status != c.status || !strings.Contains(r.Error, c.failure) || r.OK() != (c.failure == "") || excerpt != c.excerpt {
				t.Errorf("%+v", r)
			}
			if r.Took > 5*time.Second {
				t.Errorf("it took %v", r.Took)
			}
		})
	}
}

// silence reads the request, for only then does a server see that the client is gone.
func silence(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, "drop")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestOfGigabytesOnlyTheBeginningIsRead(t *testing.T) {
	var sent atomic.Int64
	server, client := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat("é", 1<<19))
		for range 4 << 10 { // 4 GB
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := client.Send(t.Context(), message(t, server.URL))
	runtime.ReadMemStats(&after)
	if !r.OK() || r.Excerpt != strings.Repeat("é", webhook.MaxExcerpt/2) {
		t.Errorf("%d bytes of answer, error %q", len(r.Excerpt), r.Error)
	}
	server.Close() // waits for the handler
	if n := sent.Load(); n > 64<<20 {
		t.Errorf("the receiver could send %d MB", n>>20)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d MB were allocated", grown>>20)
	}
}

func TestADeliverySaysWhatItIsAndIsSignedTwiceWhileTwoSecretsAreGood(t *testing.T) {
	var got http.Header
	var body []byte
	server, client := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header
		body, _ = io.ReadAll(r.Body)
	})
	if r := client.Send(t.Context(), message(t, server.URL)); !r.OK() {
		t.Fatal(r)
	}
	if got.Get(webhook.HeaderEvent) != "ping" || got.Get(webhook.HeaderDelivery) != "dlv_1" ||
		got.Get(webhook.HeaderTimestamp) == "" || !strings.HasPrefix(got.Get("User-Agent"), "InfraAudit-Webhook/") || got.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", got)
	}
	for key, want := range map[string]error{"now": nil, "before": nil, "other": webhook.ErrSignature} {
		e, err := webhook.Verify(secret.NewString(key), got, body, time.Now())
		if want == nil && (err != nil || e.DeliveryID != "dlv_1") || want != nil && err != want { //nolint:errorlint // it is that very error
			t.Errorf("secret %q: %+v, %v", key, e, err)
		}
	}
	if _, err := webhook.Verify(secret.NewString("now"), got, body, time.Now().Add(6*time.Minute)); err != webhook.ErrReplay { //nolint:errorlint // the same
		t.Errorf("a replay: %v", err)
	}
	if _, err := webhook.Verify(secret.NewString("now"), got, append(body, ' '), time.Now()); err != webhook.ErrSignature { //nolint:errorlint // the same
		t.Errorf("an altered body: %v", err)
	}
}

// TestTheSignatureIsHMACSHA256 holds the form by a value that openssl makes: printf body | openssl dgst -sha256 -hmac key.
func TestTheSignatureIsHMACSHA256(t *testing.T) {
	const want = "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
	body := "The quick brown fox jumps over the lazy dog"
	if got := webhook.Sign(secret.NewString("key"), []byte(body)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatANameLeadsToIsCheckedWhenItIsDialled(t *testing.T) {
	var hits atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := webhook.NewClient(webhook.Options{Roots: roots, Resolver: rebinding(t, [4]byte{127, 0, 0, 1}), Timeout: time.Second})
	for _, url := range []string{"https://hooks.example.com:" + port + "/", "https://127.0.0.1:" + port + "/", "http://127.0.0.1:" + port + "/", "https://[::ffff:127.0.0.1]:" + port} {
		if r := client.Send(t.Context(), message(t, url)); r.Error != "the host's address is not a public one" {
			t.Errorf("%s: %+v", url, r)
		}
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// rebinding is a resolver for which every name has that address: what a public name has come to since it was checked.
func rebinding(t *testing.T, addr [4]byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: addr},
				}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func TestURLsAreLookedAtBeforeTheyAreKept(t *testing.T) {
	allowed := webhook.NewClient(webhook.Options{Guard: webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}})
	strict := webhook.NewClient(webhook.Options{})
	for url, want := range map[string][2]bool{ // strict, allowed
		"https://example.com/hook":      {true, true},
		"http://example.com/hook":       {false, true}, // where it leads is checked when it is dialled
		"https://127.0.0.1/":            {false, true},
		"http://127.0.0.1:8000/":        {false, true},
		"https://127.0.0.1./":           {false, true},
		"https://[::1]/":                {false, false},
		"https://10.0.0.1/":             {false, false},
		"http://1.1.1.1/":               {false, false},
		"https://1.1.1.1/":              {true, true},
		"https://[::ffff:10.0.0.1]:80/": {false, false},
		"https://%zz/":                  {false, false},
	} {
		if got := strict.CheckURL(url) == ""; got != want[0] {
			t.Errorf("%s: good is %v", url, got)
		}
		if got := allowed.CheckURL(url) == ""; got != want[1] {
			t.Errorf("%s, with 127.0.0.1 allowed: good is %v", url, got)
		}
	}
}
