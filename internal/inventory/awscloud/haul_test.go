package awscloud

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

const testAccount = "123456789012"

// haul takes what listings emit.
type haul struct {
	mu  sync.Mutex
	all []*audit.Observation
}

func (h *haul) Emit(_ context.Context, o *audit.Observation) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, o)
	return nil
}

func (h *haul) Done(_, _ string) bool { return false }

// one returns the only resource of a type with that name.
func (h *haul) one(t *testing.T, resourceType, name string) *audit.Observation {
	t.Helper()
	var found *audit.Observation
	for _, o := range h.all {
		if o.Type == resourceType && o.Name == name {
			if found != nil {
				t.Fatalf("%s %q was emitted twice", resourceType, name)
			}
			found = o
		}
	}
	if found == nil {
		t.Fatalf("%s %q was not emitted", resourceType, name)
	}
	return found
}

// byID returns the only resource of a type with that external id.
func (h *haul) byID(t *testing.T, resourceType, id string) *audit.Observation {
	t.Helper()
	var found []*audit.Observation
	for _, o := range h.all {
		if o.Type == resourceType && o.ExternalID == id {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s %q was emitted %d times", resourceType, id, len(found))
	}
	return found[0]
}

// ids returns the external ids of a type, sorted.
func (h *haul) ids(resourceType string) []string {
	var out []string
	for _, o := range h.all {
		if o.Type == resourceType {
			out = append(out, o.ExternalID)
		}
	}
	slices.Sort(out)
	return out
}

func unreadOf(h *haul) []audit.Unread {
	var out []audit.Unread
	for _, o := range h.all {
		out = slices.AppendSeq(out, maps.Values(o.Unread))
	}
	return out
}

// unreadPaths returns what is unread, by type.
func unreadPaths(h *haul) map[string][]string {
	unread := map[string][]string{}
	for _, o := range h.all {
		unread[o.Type] = slices.AppendSeq(unread[o.Type], maps.Keys(o.Unread))
	}
	for typ, paths := range unread {
		slices.Sort(paths)
		if unread[typ] = slices.Compact(paths); len(paths) == 0 {
			delete(unread, typ)
		}
	}
	return unread
}

// checkShape fails the test where a configuration is not what its type's shape declares.
func checkShape(t *testing.T, o *audit.Observation) {
	t.Helper()
	sh, ok := shapes.Load().Lookup(o.Type)
	if !ok {
		t.Fatalf("%s has no shape", o.Type)
	}
	for _, p := range sh.Check(o.Config) {
		t.Errorf("%s %s: %s: %s", o.Type, o.ExternalID, p.Field, p.Message)
	}
	if o.ExternalID == "" || o.Name == "" || o.Status == "" {
		t.Errorf("%s %q lacks its id, name or status", o.Type, o.ExternalID)
	}
}

// hashOf names an observation's configuration and what of it is unread.
func hashOf(t *testing.T, o *audit.Observation) string {
	t.Helper()
	canonical, err := shape.Canonical(o.Config, o.Unread)
	if err != nil {
		t.Fatal(err)
	}
	return shape.Hash(canonical)
}

// sameHashes holds two syncs of the same estate against each other.
func sameHashes(t *testing.T, a, b *haul) {
	t.Helper()
	if diff := cmp.Diff(hashes(t, a), hashes(t, b)); diff != "" {
		t.Errorf("hashes differ (-first +second):\n%s", diff)
	}
}

func hashes(t *testing.T, h *haul) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range h.all {
		out[o.Type+" "+o.ExternalID] = hashOf(t, o)
	}
	return out
}

// goldenHaul writes what was emitted, and how often each action was called, in an order of its own.
func goldenHaul(t *testing.T, h *haul, calls map[string]int) []byte {
	t.Helper()
	type resource struct {
		Type, ID, Name, Status string
		Config, Facts, Unread  any               `json:",omitempty"`
		Tags                   map[string]string `json:",omitempty"`
	}
	all := []resource{}
	for _, o := range h.all {
		r := resource{Type: o.Type, ID: o.ExternalID, Name: o.Name, Status: string(o.Status), Config: o.Config, Facts: o.Facts, Tags: o.Tags}
		if len(o.Unread) > 0 {
			r.Unread = o.Unread
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b resource) int { return strings.Compare(a.Type+" "+a.ID, b.Type+" "+b.ID) })
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(map[string]any{"calls": calls, "resources": all}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
