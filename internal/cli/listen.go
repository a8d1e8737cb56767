package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/webhook"
)

// maxDelivery bounds what a listener reads: an event is far smaller.
const maxDelivery = 4 << 20

// listenOptions say where to listen, and for what.
type listenOptions struct {
	addr   string
	status int      // to answer
	count  int      // deliveries to wait for; 0 means for ever
	create bool     // a webhook that leads here, for as long as it listens
	events []string // of that webhook
}

func newListenCmd(a *app) *cobra.Command {
	var o listenOptions
	cmd := leaf("listen", "Receive deliveries on this machine, verify and show them", `
INFRAUDIT_WEBHOOK_SECRET=whs_... infraudit webhook listen --addr 127.0.0.1:9797
infraudit webhook listen --create    # of a server on this machine: serve it with INFRAUDIT_WEBHOOK_ALLOW=127.0.0.0/8`,
		func(ctx context.Context, _ []string) error { return a.listen(ctx, o) })
	cmd.Long = `Receive deliveries on this machine, for development: each is verified as a receiver should, and shown.

With --create a webhook that leads here is created, and deleted at the end; the server must be allowed to send there
(INFRAUDIT_WEBHOOK_ALLOW, for it is no public address). Otherwise INFRAUDIT_WEBHOOK_SECRET holds the webhook's secret.`
	f := cmd.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:9797", "address to listen on")
	f.IntVar(&o.status, "status", http.StatusNoContent, "HTTP status to answer")
	f.IntVar(&o.count, "count", 0, "end after so many deliveries")
	f.BoolVar(&o.create, "create", false, "create a webhook that leads here, for as long as this runs")
	f.StringSliceVar(&o.events, "events", eventNames(), "events of the webhook that --create makes")
	return cmd
}

func (a *app) listen(ctx context.Context, o listenOptions) (err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.addr, err)
	}
	defer func() { _ = listener.Close() }() // the server has closed it, unless it never began
	url := "http://" + listener.Addr().String() + "/"
	key := secret.NewString(os.Getenv("INFRAUDIT_WEBHOOK_SECRET"))
	if o.create {
		remove, made, err := a.createListener(ctx, url, o.events)
		if err != nil {
			return err
		}
		key = made
		defer func() { err = errors.Join(err, remove()) }()
	}
	if key.IsZero() {
		return errors.New("set INFRAUDIT_WEBHOOK_SECRET to the webhook's secret, or use --create")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	l := &deliveryListener{app: a, key: key, status: o.status, left: o.count, stop: stop}
	server := &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.note("listening at %s", url)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return server.Shutdown(end)
}

// createListener makes a webhook that leads to a listener, and returns what deletes it.
func (a *app) createListener(ctx context.Context, url string, events []string) (remove func() error, key secret.String, err error) {
	c, _, err := a.client()
	if err != nil {
		return nil, key, err
	}
	host, _ := os.Hostname() // only a name for people
	answer, err := c.do(ctx, http.MethodPost, "/webhooks", nil, map[string]any{
		"name": "infraudit webhook listen " + firstOf(host, "here"), "url": url, "events": events,
	})
	if err != nil {
		return nil, key, err
	}
	var made shownWebhook
	if err := json.Unmarshal(answer, &made); err != nil {
		return nil, key, fmt.Errorf("the server's answer can't be read: %w", err)
	}
	a.note("created %s; it is deleted at the end", made.ID)
	return func() error {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, err := c.do(end, http.MethodDelete, at("/webhooks/%s", made.ID), nil, nil)
		return err
	}, secret.NewString(made.Secret), nil
}

// deliveryListener verifies and shows what arrives.
type deliveryListener struct {
	*app
	key    secret.String
	status int
	stop   func()

	mu   sync.Mutex
	seen map[string]bool
	left int
}

// ServeHTTP does what a good receiver does: verify, deduplicate, answer.
func (l *deliveryListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
	if err != nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e, err := webhook.Verify(l.key, r.Header, body, time.Now())
	if err != nil {
		l.note("refused what was sent from %s: %v", r.RemoteAddr, err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	again := ""
	if l.seen[e.DeliveryID] {
		again = ", again"
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[e.DeliveryID] = true
	l.show(e, again)
	w.WriteHeader(l.status)
	if l.left--; l.left == 0 {
		l.stop()
	}
}

func (l *deliveryListener) show(e webhook.Envelope, again string) {
	fmt.Fprintf(l.out, "%s %s %s%s\n", e.Timestamp.UTC().Format(time.RFC3339), clean(string(e.Event)), clean(e.DeliveryID), again)
	var data bytes.Buffer
	if json.Indent(&data, e.Data, "", "  ") == nil {
		fmt.Fprintln(l.out, clean(data.String()))
	}
}
