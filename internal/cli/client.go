package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
)

// client talks to a server's API.
type client struct {
	http  *http.Client
	base  string
	token string
	agent string
}

func (a *app) client() (*client, settings, error) {
	s, err := a.settings()
	if err != nil {
		return nil, s, err
	}
	return &client{
		http: &http.Client{Timeout: 40 * time.Second}, base: s.server, token: s.token.Reveal(),
		agent: "infraudit/" + a.deps.Version,
	}, s, nil
}

// problem is an error answer. Source: RFC 9457, and the API's extensions.
type problem struct {
	Status    int             `json:"status"`
	Title     string          `json:"title"`
	Code      string          `json:"code"`
	Detail    string          `json:"detail"`
	Action    string          `json:"action"`
	Errors    []audit.Problem `json:"errors"`
	RequestID string          `json:"request_id"`
}

// Error makes a message of a few lines: what is wrong, each field, what to do.
func (p *problem) Error() string {
	var b strings.Builder
	b.WriteString(lowerFirst(p.Title))
	if p.Detail != "" && len(p.Errors) == 0 {
		b.WriteString(": " + p.Detail)
	}
	if p.Action != "" {
		b.WriteString("\n  refused action: " + p.Action)
	}
	for _, e := range p.Errors {
		b.WriteString("\n  " + e.Field + ": " + e.Message)
	}
	switch {
	case p.Status == http.StatusUnauthorized:
		b.WriteString("\n  sign in with: infraudit auth login")
	case p.Status >= http.StatusInternalServerError && p.RequestID != "":
		b.WriteString("\n  the server's log has it as request " + p.RequestID)
	}
	return clean(b.String())
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// attempts is how often a request is sent to a server that asks to try again.
const attempts = 3

// do sends a request and returns the body of a success. Every POST carries an idempotency key, so that it can be
// sent again.
func (c *client) do(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	target := c.base + "/api/v1" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	key := rand.Text()
	for try := 1; ; try++ {
		answer, wait, err := c.once(ctx, method, target, key, content)
		if wait == 0 || try == attempts {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// once sends a request. wait is not 0 when it may be sent again.
func (c *client) once(ctx context.Context, method, target, key string, content []byte) (body json.RawMessage, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(content))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, c.unreachable(err)
	}
	defer resp.Body.Close() // read to its end below
	body, err = io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, 0, fmt.Errorf("the answer of %s broke off: %w", c.base, err)
	}
	if resp.StatusCode < 300 {
		return body, 0, nil
	}
	if resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests {
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err == nil && seconds > 0 && seconds <= 30 {
			wait = time.Duration(seconds) * time.Second
		}
	}
	p := &problem{}
	if json.Unmarshal(body, p) != nil || p.Title == "" {
		return nil, wait, fmt.Errorf("%s answered %s; is it an InfraAudit server?", c.base, resp.Status)
	}
	p.Status = resp.StatusCode
	return nil, wait, p
}

func (c *client) unreachable(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("no server at %s; start one with: infraudit serve", c.base)
	}
	return fmt.Errorf("%s: %w", c.base, err)
}

// maxPage is the most that one request asks for.
const maxPage = 200

// list follows cursors until it has limit items (0: all of them). more says that the list goes on.
func (c *client) list(ctx context.Context, path string, query url.Values, limit int) (items []json.RawMessage, more bool, err error) {
	q := url.Values{}
	maps.Copy(q, query)
	items = []json.RawMessage{}
	for {
		size := maxPage
		if limit > 0 {
			size = min(maxPage, limit-len(items))
		}
		q.Set("limit", strconv.Itoa(size))
		body, err := c.do(ctx, http.MethodGet, path, q, nil)
		if err != nil {
			return nil, false, err
		}
		var page struct {
			Data []json.RawMessage `json:"data"`
			Meta struct {
				NextCursor string `json:"next_cursor"`
			} `json:"meta"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, false, fmt.Errorf("the answer of %s is not a list: %w", c.base, err)
		}
		items = append(items, page.Data...)
		if page.Meta.NextCursor == "" || limit > 0 && len(items) >= limit {
			return items, page.Meta.NextCursor != "", nil
		}
		q.Set("cursor", page.Meta.NextCursor)
	}
}

// get reads one thing as T.
func get[T any](ctx context.Context, c *client, path string) (T, error) {
	var v T
	body, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err == nil {
		err = json.Unmarshal(body, &v)
	}
	return v, err
}

// at puts an id into a path.
func at(format, id string) string { return fmt.Sprintf(format, url.PathEscape(id)) }
