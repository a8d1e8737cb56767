package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/demo/awscall"
	"github.com/infraudit/infraudit/internal/demo/estate"
)

// tape is a round tripper that answers what is written by hand, and records the answers to the rest.
type tape struct {
	known *estate.Estate
	next  http.RoundTripper

	mu      sync.Mutex
	answers map[file]map[string]string // entry name -> text
	faults  []error
}

// file is a file of the estate: a service and the region of its name.
type file struct{ service, region string }

func newTape(known *estate.Estate, endpoint string) *tape {
	return &tape{known: known, next: demo.Client(endpoint).Transport, answers: map[file]map[string]string{}}
}

func (t *tape) client() *http.Client { return &http.Client{Transport: t} }

// RoundTrip answers one call.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	call, err := awscall.Parse(r)
	if err != nil {
		return nil, err
	}
	if entry, ok := t.known.Lookup(call); ok {
		a, err := t.known.Render(call, entry, now, demo.Principal)
		if err != nil {
			return nil, err
		}
		return response(r, call.Service, a), nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // only read from
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	t.keep(call, res.StatusCode, answer)
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}

func response(r *http.Request, service string, a awscall.Answer) *http.Response {
	return &http.Response{
		StatusCode: a.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {awscall.ContentType(service)}},
		Body:   io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}
}

func (t *tape) keep(call awscall.Call, status int, body []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if status >= http.StatusInternalServerError {
		t.faults = append(t.faults, fmt.Errorf("%s: moto answers %d: %.200s", call, status, body))
	}
	text, err := tidy(call.Service, body)
	if err != nil {
		t.faults = append(t.faults, fmt.Errorf("%s: %w", call, err))
	}
	f := file{call.Service, call.Region}
	if isGlobal(call) {
		f.region = estate.AnyRegion
	}
	if t.answers[f] == nil {
		t.answers[f] = map[string]string{}
	}
	t.answers[f][estate.EntryName(call, status)] = text
}

// isGlobal tells whether the answer doesn't depend on the region that the call was signed for.
func isGlobal(call awscall.Call) bool {
	switch call.Service {
	case awscall.IAM, awscall.STS, awscall.S3Control:
		return true
	case awscall.S3:
		return call.Operation == "ListBuckets"
	}
	return false
}

func (t *tape) len() int {
	n := 0
	for _, entries := range t.answers {
		n += len(entries)
	}
	return n
}

func (t *tape) err() error { return errors.Join(t.faults...) }

// without returns what differs from another recording.
func (t *tape) without(other *tape) *tape {
	out := &tape{answers: map[file]map[string]string{}}
	for f, entries := range t.answers {
		for name, text := range entries {
			if before, ok := other.answers[f][name]; ok && before == text {
				continue
			}
			if out.answers[f] == nil {
				out.answers[f] = map[string]string{}
			}
			out.answers[f][name] = text
		}
	}
	return out
}

// save replaces a layer's files.
func (t *tape) save(dir string, layer estate.Layer) error {
	dir = filepath.Join(dir, filepath.FromSlash(string(layer)))
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	for f, entries := range t.answers {
		archive := &txtar.Archive{Comment: []byte("Recorded by tools/demorecord. Don't edit.\n")}
		for name, text := range entries {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text + "\n")})
		}
		sort.Slice(archive.Files, func(i, j int) bool {
			return callName(archive.Files[i].Name) < callName(archive.Files[j].Name)
		})
		path := filepath.Join(dir, f.service+"."+f.region+".txtar")
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

// callName is an entry's name without its status.
func callName(name string) string { return strings.TrimLeft(name, "0123456789 ") }

// counter is an emitter that counts.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) Emit(_ context.Context, o *audit.Observation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[o.Type]++
	return nil
}

func (c *counter) Done(string, string) bool { return false }

func (c *counter) total() int {
	total := 0
	for _, n := range c.n {
		total += n
	}
	return total
}
