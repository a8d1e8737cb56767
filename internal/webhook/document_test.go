package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/webhook"
)

// example returns the program of a language that docs/webhooks.md shows.
func example(t *testing.T, language string) []byte {
	t.Helper()
	raw, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(raw), "```"+language+"\n")
	program, _, ended := strings.Cut(rest, "```\n")
	if !ok || !ended {
		t.Fatalf("docs/webhooks.md shows no program in %s", language)
	}
	return []byte(program)
}

// output is what a program has written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// tryReceiver runs a receiver, and sends it what a good one accepts and what it refuses.
func tryReceiver(t *testing.T, name string, args ...string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	key := webhook.NewSecret()
	var out output
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "PORT="+port, "INFRAUDIT_WEBHOOK_SECRET="+key.Reveal())
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	url := "http://127.0.0.1:" + port + "/"
	client := webhook.NewClient(webhook.Options{Guard: webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	send := func(id string, at time.Time, key, previous secret.String, spoil bool) int {
		m, err := webhook.NewMessage(url, webhook.Envelope{
			Event: audit.EventPing, Timestamp: at.UTC(), WebhookID: "whk_1", DeliveryID: id, Data: fmt.Appendf(nil, `{"event_id":"evt_%s"}`, id),
		}, key, previous)
		if err != nil {
			t.Fatal(err)
		}
		if spoil {
			m.Body = bytes.Replace(m.Body, []byte("whk_1"), []byte("whk_2"), 1)
		}
		return client.Send(context.Background(), m).Status
	}
	other := webhook.NewSecret()
	now := time.Now()
	ready, tick := time.After(30*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for send("ready", time.Now(), key, secret.String{}, false) != 204 {
		select {
		case <-ready:
			t.Fatalf("%s doesn't answer; it says:\n%s", name, &out)
		case <-tick.C:
		}
	}
	for _, c := range []struct {
		what string
		got  int
		want int
	}{
		{"a delivery", send("one", now, key, secret.String{}, false), 204},
		{"the same again", send("one", now, key, secret.String{}, false), 204},
		{"one under a newer secret and this one", send("two", now, other, key, false), 204},
		{"one under another secret", send("bad", now, other, secret.String{}, false), 401},
		{"one under two others", send("bad", now, other, webhook.NewSecret(), false), 401},
		{"one that was altered", send("bad", now, key, secret.String{}, true), 401},
		{"one of long ago", send("bad", now.Add(-6*time.Minute), key, secret.String{}, false), 401},
		{"one of the future", send("bad", now.Add(6*time.Minute), key, secret.String{}, false), 401},
	} {
		if c.got != c.want {
			t.Errorf("%s is answered %d, want %d", c.what, c.got, c.want)
		}
	}
	for id, want := range map[string]int{"one": 1, "two": 1, "bad": 0} {
		if n := strings.Count(out.String(), "evt_"+id); n != want {
			t.Errorf("delivery %q was dealt with %d times, want %d; the receiver says:\n%s", id, n, want, &out)
		}
	}
}

func TestTheGoReceiverOfTheDocument(t *testing.T) {
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "receiver")
	if err := os.WriteFile(source, example(t, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, source)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	tryReceiver(t, program)
}
