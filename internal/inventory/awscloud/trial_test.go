package awscloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// trial is what the tests ask of every collector, as a table.
type trial struct {
	service string
	wire    func() *wire
	want    map[string]wanted  // by "type name"; nothing else may be found
	calls   map[string]int     // how often each operation is called when nothing fails
	refused map[string]lost    // by operation, every one
	hostile map[string]hostile // by what is wrong
	gone    map[string]string  // answers that say that a resource vanished, and the "type name" that is then left out
	swaps   [][2]string        // neighbours in answers whose order means nothing
	changes [][2]string        // what answers say differently at every reading, and how
}

type wanted struct {
	id            string
	config, facts object
	status        audit.ResourceStatus // "" is active
}

// lost says what is lost: paths by type, or whole listings by their first type.
type lost struct {
	unread map[string][]string
	failed []string
	more   int // resources that are found because of it
}

type hostile struct {
	answers map[string]string
	failed  string // the first type of the listing that fails
}

func (c trial) run(t *testing.T) {
	everything, errs := c.sync(t, c.wire())
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	t.Run("everything is read", func(t *testing.T) { c.checkWanted(t, everything) })
	t.Run("calls are those that are needed", func(t *testing.T) {
		w := c.wire()
		c.sync(t, w)
		calls := map[string]int{}
		for _, call := range w.calls {
			operation, _, _ := strings.Cut(call, " ")
			calls[operation]++
		}
		if diff := cmp.Diff(c.calls, calls); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(calls)), slices.Sorted(maps.Keys(c.refused))); diff != "" {
			t.Errorf("operations whose refusal is not tried (-called +tried):\n%s", diff)
		}
	})
	for operation, want := range c.refused {
		t.Run("without "+operation, func(t *testing.T) { c.checkRefusal(t, everything, operation, want) })
	}
	for name, h := range c.hostile {
		t.Run(name, func(t *testing.T) {
			_, errs := c.sync(t, c.wire().with(h.answers))
			if len(errs) != 1 || fault.KindOf(errs[h.failed]) != fault.Upstream {
				t.Errorf("failed: %v", errs)
			}
		})
	}
	for key, resource := range c.gone {
		t.Run(resource+" vanishes", func(t *testing.T) {
			at, answer, _ := strings.Cut(key, "=")
			h, errs := c.sync(t, c.wire().with(map[string]string{at: answer}))
			typ, name, _ := strings.Cut(resource, " ")
			if len(errs) > 0 || len(h.all) != len(everything.all)-1 || slices.ContainsFunc(h.all, func(o *audit.Observation) bool {
				return o.Type == typ && o.Name == name
			}) {
				t.Errorf("%d resources, failed: %v", len(h.all), errs)
			}
		})
	}
	t.Run("order and what always differs mean nothing", func(t *testing.T) { c.checkHashes(t, everything) })
}

func (c trial) sync(t *testing.T, w *wire) (*haul, map[string]error) {
	t.Helper()
	return w.sync(t, c.service, "eu-west-1")
}

func (c trial) checkWanted(t *testing.T, h *haul) {
	if len(h.all) != len(c.want) {
		t.Errorf("%d resources", len(h.all))
	}
	for resource, want := range c.want {
		typ, name, _ := strings.Cut(resource, " ")
		o := h.one(t, typ, name)
		if diff := cmp.Diff(want.config, o.Config); diff != "" {
			t.Errorf("%s: configuration (-want +got):\n%s", resource, diff)
		}
		if diff := cmp.Diff(want.facts, o.Facts); diff != "" {
			t.Errorf("%s: facts (-want +got):\n%s", resource, diff)
		}
		status := want.status
		if status == "" {
			status = audit.ResourceActive
		}
		if o.ExternalID != want.id || o.Status != status || len(o.Unread) > 0 {
			t.Errorf("%s: id %s, status %s, unread %v", resource, o.ExternalID, o.Status, o.Unread)
		}
	}
}

func (c trial) checkRefusal(t *testing.T, everything *haul, operation string, want lost) {
	h, errs := c.sync(t, c.wire().without(operation))
	action := fmt.Sprintf("%s:%s", c.service, operation)
	sameButUnread(t, everything, h, action, want.unread)
	if len(errs) != len(want.failed) {
		t.Errorf("failed: %v", errs)
	}
	for _, typ := range want.failed {
		if f := fault.From(errs[typ]); f == nil || f.Kind != fault.Denied || f.Action != action {
			t.Errorf("%s failed: %v", typ, errs[typ])
		}
	}
	left := 0
	for _, o := range everything.all {
		if !slices.Contains(want.failed, o.Type) {
			left++
		}
	}
	if len(h.all) != left+want.more {
		t.Errorf("%d resources, want %d", len(h.all), left+want.more)
	}
}

func (c trial) checkHashes(t *testing.T, everything *haul) {
	w := c.wire()
	replace := func(from, to string) {
		found := false
		for key, body := range w.answers {
			if strings.Contains(body, from) {
				w.answers[key], found = strings.Replace(body, from, to, 1), true
			}
		}
		if !found {
			t.Errorf("no answer has %s", from)
		}
	}
	for _, pair := range c.swaps {
		if strings.HasPrefix(pair[0], "<") {
			replace(pair[0]+pair[1], pair[1]+pair[0])
		} else {
			replace(pair[0]+","+pair[1], pair[1]+","+pair[0])
		}
	}
	for _, change := range c.changes {
		replace(change[0], change[1])
	}
	again, _ := c.sync(t, w)
	sameHashes(t, everything, again)
}

// openDocument is a policy that lets everyone in, as a JSON string holds it.
const openDocument = `{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[\"a:two\",\"a:one\"],\"Resource\":\"*\"}}`

// openPolicy is openDocument as it is kept.
func openPolicy() object {
	return object{"Version": "2012-10-17", "Statement": []any{object{
		"Effect": "Allow", "Principal": object{"AWS": []any{"*"}}, "Action": []any{"a:one", "a:two"}, "Resource": []any{"*"},
	}}}
}

// openSwap are the two actions of openDocument.
func openSwap() [2]string { return [2]string{`\"a:two\"`, `\"a:one\"`} }
