package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of one attempt.
const (
	// Timeout is how long a receiver has to answer.
	Timeout = 10 * time.Second
	// MaxExcerpt is how much of an answer is read and kept, in bytes.
	MaxExcerpt = 1 << 10

	maxHeader  = 64 << 10 // bytes
	idleConns  = 64
	idleOfHost = 8 // as many as are sent to one receiver at a time, ordinarily
)

// Options configure a Client.
type Options struct {
	Guard   Guard
	Version string         // of the program, for User-Agent
	Roots   *x509.CertPool // whom to trust; nil means whom the system does
	// Resolver finds addresses; nil means the system's.
	Resolver *net.Resolver
	// Timeout is for tests; 0 means Timeout.
	Timeout time.Duration
}

// Client sends messages to addresses that others chose. It follows no redirect, uses no proxy (which would dial for it),
// and reads little of an answer. It is safe for concurrent use.
type Client struct {
	secure, plain *http.Client
	guard         Guard
	agent         string
	timeout       time.Duration
}

// NewClient returns a client.
func NewClient(o Options) *Client {
	c := &Client{guard: o.Guard, agent: "InfraAudit-Webhook/" + firstOf(o.Version, "dev"), timeout: o.Timeout}
	if c.timeout <= 0 {
		c.timeout = Timeout
	}
	c.secure, c.plain = c.client(o, false), c.client(o, true)
	return c
}

func firstOf(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (c *Client) client(o Options, plain bool) *http.Client {
	dialer := &net.Dialer{Timeout: c.timeout, ControlContext: o.Guard.control(plain), Resolver: o.Resolver}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: c.timeout, MaxResponseHeaderBytes: maxHeader, DisableCompression: true, ForceAttemptHTTP2: true,
			MaxIdleConns: idleConns, MaxIdleConnsPerHost: idleOfHost, IdleConnTimeout: 30 * time.Second,
		},
	}
}

// CheckURL tells what is wrong with a webhook's URL, as far as can be said without looking its host up; "" for nothing.
func (c *Client) CheckURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "must be a URL"
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(u.Hostname(), "."))
	plain := u.Scheme == "http"
	switch {
	case plain && len(c.guard.Allow) == 0:
		return "must begin with https://"
	case err == nil && c.guard.Check(addr, plain) != nil:
		return "must lead to a public address"
	}
	return ""
}

// Result is what became of an attempt.
type Result struct {
	Status  int    // of the answer; 0 without one
	Excerpt string // of the answer's body
	Error   string // why it failed, safe to show; "" when it was delivered
	Took    time.Duration
}

// OK tells whether the message was delivered: any 2xx is that.
func (r Result) OK() bool { return r.Error == "" }

// Send sends a message once. It never fails otherwise than by its result.
func (c *Client) Send(ctx context.Context, m Message) Result {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r := c.send(ctx, m)
	r.Took = time.Since(start)
	return r
}

func (c *Client) send(ctx context.Context, m Message) Result {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return Result{Error: "the URL can't be used"}
	}
	req.Header = m.Header.Clone()
	req.Header.Set("User-Agent", c.agent)
	client := c.secure
	if req.URL.Scheme == "http" {
		client = c.plain
	}
	resp, err := client.Do(req)
	if err != nil {
		return Result{Error: c.explain(err)}
	}
	defer resp.Body.Close() // what was not read is not wanted: the connection ends
	r := Result{Status: resp.StatusCode}
	// The status decides: a body that never ends, or breaks off, is no matter.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, MaxExcerpt))
	r.Excerpt = text(body)
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		r.Error = fmt.Sprintf("the receiver answered %d; redirects are not followed", resp.StatusCode)
	default:
		r.Error = fmt.Sprintf("the receiver answered %d", resp.StatusCode)
	}
	return r
}

// explain says why there was no answer, without what only the inside of the network knows.
func (c *Client) explain(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, ErrBlocked):
		return "the host's address is not a public one"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("no answer within %v", c.timeout)
	case errors.Is(err, context.Canceled):
		return "the sender stopped"
	case errors.As(err, &dns):
		return "the host's name can't be resolved"
	case errors.As(err, &certificate):
		return "the receiver's certificate is not trusted: " + text([]byte(certificate.Err.Error()))
	case errors.As(err, &record):
		return "the receiver doesn't speak TLS"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the receiver closed the connection without an answer"
	}
	return "the receiver can't be reached"
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// text makes bytes from outside text that can be stored and shown.
func text(b []byte) string {
	for range utf8.UTFMax - 1 { // a character that was cut in two
		if r, size := utf8.DecodeLastRune(b); len(b) < MaxExcerpt-utf8.UTFMax || r != utf8.RuneError || size != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}
