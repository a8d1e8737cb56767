package awscloud

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

// staged is what a service answers, and what follows of each refusal.
type staged struct {
	service, region string
	name            string   // of the golden file, where it isn't the service's
	resourceTypes   []string // CloudFormation's, that are read besides
	types           []string // only the listings of these, where a service has several tests
	answers         map[string]string
	// refusals are by IAM action, and name every one that the listings declare.
	refusals map[string]refusal
	// counters are words of the answers that change by themselves, and what they change to.
	counters map[string]string
	// ordered are the members of JSON answers whose lists mean something by their order.
	ordered []string
	// variants are other answers and what follows of them, by what they are.
	variants map[string]variant
}

// variant is what a service answers instead, and what becomes of that: a listing that fails, or a resource less.
type variant struct {
	answers map[string]string   // those that differ
	fails   []string            // first types of the listings that fail: as an answer !AccessDenied or !ExpiredToken says, otherwise by nonsense
	gone    string              // "type name" of a resource that is left out
	none    bool                // nothing is emitted, and nothing fails
	unread  map[string][]string // attributes by type
}

// refusal says what is lost: whole listings, by their first types, or attributes, by type.
type refusal struct {
	fails  []string
	unread map[string][]string
	more   bool // more is asked for than otherwise, and told
}

func (c *staged) listings(t *testing.T, s *stage) []inventory.Listing {
	t.Helper()
	o := keyOptions(nil)
	o.HTTPClient, o.ResourceTypes = s, c.resourceTypes
	var out []inventory.Listing
	for _, svc := range openPlayed(t, o).Services(c.region) {
		for _, l := range svc.Listings {
			if svc.Name == c.service && (len(c.types) == 0 || slices.Contains(c.types, l.Types[0])) {
				out = append(out, l)
			}
		}
	}
	return out
}

// read reads the listings. Every configuration must be what its shape declares.
func (c *staged) read(t *testing.T, answers map[string]string, refused string) (*haul, map[string]error, map[string]int) {
	t.Helper()
	s := newStage(answers, refused)
	h, errs := c.play(t, s)
	return h, errs, s.calls
}

func (c *staged) play(t *testing.T, s *stage) (*haul, map[string]error) {
	t.Helper()
	h, errs := &haul{}, map[string]error{}
	for _, l := range c.listings(t, s) {
		if err := l.Collect(t.Context(), h); err != nil {
			errs[l.Types[0]] = err
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	if len(s.strange) > 0 {
		t.Errorf("requests without an answer: %q", s.strange)
	}
	return h, errs
}

// run holds a service against its golden file, and what it does when it is refused, cut short, or answered in another
// order. Lists whose order means something have one element in the answers.
func (c *staged) run(t *testing.T) {
	t.Helper()
	s := newStage(c.answers, "")
	everything, errs := c.play(t, s)
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	t.Run("what is read is what was recorded", func(t *testing.T) {
		name := c.service
		if c.name != "" {
			name = c.name
		}
		golden(t, filepath.Join("testdata", name+".json"), goldenHaul(t, everything, s.calls))
	})
	t.Run("nothing is asked more often than is declared", func(t *testing.T) { c.checkCalls(t, s, everything) })
	t.Run("refusals lose what the call is for and nothing else", func(t *testing.T) { c.refuse(t, everything) })
	t.Run("order means nothing, nor do counters", func(t *testing.T) {
		turned := map[string]string{}
		for key, body := range c.answers {
			for from, to := range c.counters {
				body = strings.ReplaceAll(body, from, to)
			}
			turned[key] = turnedRound(t, body, c.ordered)
		}
		again, errs, _ := c.read(t, turned, "")
		if len(errs) > 0 {
			t.Fatalf("failed: %v", errs)
		}
		sameHashes(t, everything, again)
	})
	t.Run("answers cut short are noticed", func(t *testing.T) {
		for key, body := range c.answers {
			if strings.HasPrefix(body, "!") || len(body) < 4 {
				continue
			}
			h, errs, _ := c.read(t, with(c.answers, key, body[:len(body)*2/3]), "")
			if unread := unreadOf(h); len(errs) == 0 && len(unread) == 0 {
				t.Errorf("%s: nothing was noticed", key)
			}
		}
	})
	t.Run("answers of nothing are noticed", func(t *testing.T) { c.nothing(t, s) })
	for name, v := range c.variants {
		t.Run(name, func(t *testing.T) { c.vary(t, everything, v) })
	}
	t.Run("a page token that repeats is noticed", func(t *testing.T) {
		for key := range c.answers {
			first, ok := c.firstPage(key)
			if !ok {
				continue
			}
			h, errs, _ := c.read(t, with(c.answers, key, c.answers[first]), "")
			noticed := slices.ContainsFunc(unreadOf(h), func(u audit.Unread) bool { return u.Code == "RepeatingToken" })
			for _, err := range errs {
				noticed = noticed || fault.From(err).Code == "RepeatingToken"
			}
			if !noticed {
				t.Errorf("%s: %v", key, errs)
			}
		}
	})
}

func (c *staged) refuse(t *testing.T, everything *haul) {
	var actions []string
	for _, l := range c.declared() {
		actions = append(actions, l.actions...)
	}
	slices.Sort(actions)
	if diff := cmp.Diff(slices.Compact(actions), slices.Sorted(maps.Keys(c.refusals))); diff != "" {
		t.Errorf("actions (-declared +in the test):\n%s", diff)
	}
	full := map[string]*audit.Observation{}
	for _, o := range everything.all {
		full[o.ExternalID] = o
	}
	for action, want := range c.refusals {
		h, errs, _ := c.read(t, c.answers, action)
		for typ, err := range errs {
			if f := fault.From(err); f.Kind != fault.Denied || f.Action != action {
				t.Errorf("without %s %s fails with %v", action, typ, err)
			}
		}
		failed := slices.Sorted(maps.Keys(errs))
		if diff := cmp.Diff(want.fails, failed, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("without %s (-want +failed):\n%s", action, diff)
		}
		for _, o := range h.all {
			for path, u := range o.Unread {
				if u.Action != action {
					t.Errorf("%s %s is unread because of %s", o.ExternalID, path, u.Action)
				}
			}
			if full[o.ExternalID] == nil { // only the refused call would have told that it is gone
				continue
			}
			lost := cmpopts.IgnoreMapEntries(func(path string, _ any) bool {
				_, lost := o.Unread[path]
				_, told := full[o.ExternalID].Config[path]
				return lost || want.more && !told
			})
			if diff := cmp.Diff(full[o.ExternalID].Config, o.Config, lost); diff != "" {
				t.Errorf("without %s %s changed (-want +got):\n%s", action, o.ExternalID, diff)
			}
		}
		if diff := cmp.Diff(sortedPaths(want.unread), unreadPaths(h), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("without %s unread (-want +got):\n%s", action, diff)
		}
		if len(want.fails) == 0 && len(h.all) < len(everything.all) {
			t.Errorf("without %s %d resources of %d are left", action, len(h.all), len(everything.all))
		}
	}
}

// firstPage returns the key of the answer that leads to another, which has "two" or "more" as its token.
func (c *staged) firstPage(key string) (string, bool) {
	first, ok := strings.CutSuffix(key, " two")
	if !ok {
		first, ok = strings.CutSuffix(key, " more")
	}
	_, leads := c.answers[first]
	return first, ok && leads
}

// nothing answers the calls on which listings stand with nothing at all, which the SDK would take for an empty list. Those of
// the query protocols can't be told from one: their envelope is an answer.
func (c *staged) nothing(t *testing.T, s *stage) {
	for operation, action := range s.actions {
		want, enveloped := c.refusals[action], false
		for key, body := range c.answers {
			enveloped = enveloped || strings.Fields(key)[0] == operation && strings.HasPrefix(body, "<")
		}
		if len(want.fails) == 0 || enveloped {
			continue
		}
		_, errs, _ := c.read(t, withAlways(c.answers, operation, ""), "")
		for typ, err := range errs {
			if fault.KindOf(err) != fault.Upstream || !slices.Contains(want.fails, typ) {
				t.Errorf("%s: %s fails with %v", operation, typ, err)
			}
		}
		if len(errs) == 0 {
			t.Errorf("%s: nothing was noticed", operation)
		}
	}
}

// vary holds what follows of other answers. An error that is answered by an operation's name alone is always answered.
func (c *staged) vary(t *testing.T, everything *haul, v variant) {
	t.Helper()
	answers, kind := maps.Clone(c.answers), fault.Upstream
	for key, body := range v.answers {
		if strings.HasPrefix(body, "!") && !strings.Contains(key, " ") {
			answers = withAlways(answers, key, body)
		}
		answers[key] = body
		switch body {
		case "!AccessDenied":
			kind = fault.Denied
		case "!ExpiredToken", "!ExpiredTokenException":
			kind = fault.Expired
		}
	}
	h, errs, _ := c.read(t, answers, "")
	if diff := cmp.Diff(v.fails, slices.Sorted(maps.Keys(errs)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +failed):\n%s", diff)
	}
	for typ, err := range errs {
		if fault.KindOf(err) != kind {
			t.Errorf("%s fails with %v", typ, err)
		}
	}
	if diff := cmp.Diff(sortedPaths(v.unread), unreadPaths(h), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if v.none && len(h.all) > 0 {
		t.Errorf("%d resources", len(h.all))
	}
	if v.gone == "" {
		return
	}
	typ, name, _ := strings.Cut(v.gone, " ")
	is := func(o *audit.Observation) bool { return o.Type == typ && o.Name == name }
	if len(h.all) != len(everything.all)-1 || !slices.ContainsFunc(everything.all, is) || slices.ContainsFunc(h.all, is) {
		t.Errorf("%d resources of %d", len(h.all), len(everything.all))
	}
}

// sortedPaths sorts what a test expects. What looks like a secret is unknown where what may be one is.
func sortedPaths(unread map[string][]string) map[string][]string {
	out := map[string][]string{}
	for typ, paths := range unread {
		out[typ] = slices.Clone(paths)
		sh, ok := shapes.Load().Lookup(typ)
		if ok && slices.ContainsFunc(paths, func(path string) bool { return holdsSecrets(sh.Root(), strings.Split(path, ".")) }) {
			out[typ] = append(out[typ], "facts."+secretsFact)
		}
		slices.Sort(out[typ])
	}
	return out
}
