package awscloud

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

func TestCallsForSingleResourcesAreDeclared(t *testing.T) {
	for _, c := range collectors() {
		for _, l := range c.listings {
			seen := map[string]bool{}
			for _, e := range l.each {
				if !slices.Contains(l.actions, e.action) {
					t.Errorf("%s: %s is not among the listing's actions", l.types[0], e.action)
				}
				if e.of == "" || e.because == "" || e.batch < 0 || e.times < 0 {
					t.Errorf("%s: %s: it isn't said for what it is called, or why: %+v", l.types[0], e.action, e)
				}
				if seen[e.action] {
					t.Errorf("%s: %s is declared twice", l.types[0], e.action)
				}
				seen[e.action] = true
			}
			if l.page < 0 || l.passes < 0 {
				t.Errorf("%s: pages of %d, %d times", l.types[0], l.page, l.passes)
			}
		}
	}
}

func TestCallsForAHundredResources(t *testing.T) {
	of := func(e ...each) []each { return e }
	two := []string{"a:List", "a:Get"}
	for name, c := range map[string]struct {
		l    listing
		want string
	}{
		"all at once":                 {listing{actions: two[:1]}, "1"},
		"pages":                       {listing{actions: two[:1], page: 40}, "3"},
		"pages that are read twice":   {listing{actions: two[:1], page: 40, passes: 2}, "6"},
		"another listing":             {listing{actions: two, page: 100}, "2"},
		"a call for each":             {listing{actions: two, page: 50, each: of(each{action: "a:Get"})}, "102"},
		"two calls for each":          {listing{actions: two, each: of(each{action: "a:Get", times: 2})}, "201"},
		"calls for several":           {listing{actions: two, each: of(each{action: "a:Get", batch: 30})}, "5"},
		"listed by something else":    {listing{actions: two, each: of(each{action: "a:List", other: true, of: "cluster"})}, "1 + 1 for each cluster"},
		"the same call for all else":  {listing{actions: two[:1], page: 500, each: of(each{action: "a:List", other: true, of: "API"})}, "1 + 1 for each API"},
		"nothing but a call for each": {listing{actions: two[:1], each: of(each{action: "a:List"})}, "100"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := callsForHundred(&c.l); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// callsForHundred tells how many calls a listing makes for a hundred resources, at most.
func callsForHundred(l *listing) string {
	const resources = 100
	each := map[string]bool{}
	calls, words := 0, ""
	for _, e := range l.each {
		each[e.action] = true
		times := max(e.times, 1)
		if e.other {
			words += fmt.Sprintf(" + %d for each %s", times, e.of)
		} else {
			calls += times * ceil(resources, max(e.batch, 1))
		}
	}
	for i, action := range l.actions {
		switch {
		case i == 0 && l.page > 0:
			calls += max(l.passes, 1) * ceil(resources, l.page)
		case !each[action]:
			calls += 1
		}
	}
	return fmt.Sprint(calls) + words
}

func ceil(a, b int) int { return (a + b - 1) / b }

const (
	tableBegin = "<!-- made by the tests of internal/inventory/awscloud: begin -->\n"
	eachBegin  = "<!-- made by the tests of internal/inventory/awscloud, too: begin -->\n"
	tableEnd   = "<!-- end -->\n"
)

func TestDocumentedCallsAreThoseDeclared(t *testing.T) {
	path := repository(t, "docs", "collectors.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for begin, table := range map[string][]byte{tableBegin: callsTable(), eachBegin: eachTable()} {
		before, rest, ok := bytes.Cut(page, []byte(begin))
		_, after, ended := bytes.Cut(rest, []byte(tableEnd))
		if !ok || !ended {
			t.Fatalf("%s has no place for the table", path)
		}
		page = slices.Concat(before, []byte(begin), table, []byte(tableEnd), after)
	}
	golden(t, path, page)
}

// callsTable lists the resource types and the calls that read them.
func callsTable() []byte {
	var b bytes.Buffer
	b.WriteString("| resource types | read | stands on | needs besides | calls for 100, at most |\n|---|---|---|---|---|\n")
	for _, c := range collectors() {
		for i := range c.listings {
			l := &c.listings[i]
			place := "in each region"
			if l.where == global {
				place = "once"
			}
			fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s |\n", code(l.types), place, l.actions[0], code(l.actions[1:]), callsForHundred(l))
		}
	}
	return b.Bytes()
}

func code(words []string) string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		out = append(out, "`"+w+"`")
	}
	return strings.Join(out, " ")
}

// eachTable lists the calls for single resources: those of a service for the same things and the same reason in one row.
func eachTable() []byte {
	var b bytes.Buffer
	b.WriteString("| call | for each | because |\n|---|---|---|\n")
	for _, c := range collectors() {
		actions := map[string][]string{}
		var rows []string
		for _, l := range c.listings {
			for _, e := range l.each {
				of := e.of
				if e.times == 2 {
					of += ", twice"
				} else if e.times > 2 {
					of += fmt.Sprintf(", %d times", e.times)
				}
				if e.batch > 1 {
					of += fmt.Sprintf(", %d at once", e.batch)
				}
				row := of + " | " + e.because
				if actions[row] == nil {
					rows = append(rows, row)
				}
				if !slices.Contains(actions[row], e.action) {
					actions[row] = append(actions[row], e.action)
				}
			}
		}
		for _, row := range rows {
			fmt.Fprintf(&b, "| %s | %s |\n", strings.ReplaceAll(code(actions[row]), "` `", "`, `"), row)
		}
	}
	return b.Bytes()
}

// checkCalls holds what a service was asked against what its listings declare: nothing is asked twice, an action that is
// not for single resources is called for the pages that the answers have and no more, and one that is for each resource that
// was listed. Those that vanish, or are on their way out, have answers of their own.
func (c *staged) checkCalls(t *testing.T, s *stage, h *haul) {
	t.Helper()
	for request, n := range s.asked {
		if n > 1 {
			t.Errorf("asked %d times: %s", n, request)
		}
	}
	answers, pages := map[string]int{}, map[string]int{} // by action
	for key := range c.answers {
		action := s.actions[strings.Fields(key)[0]]
		answers[action]++
		if _, later := c.firstPage(key); later {
			pages[action]++
		}
	}
	emitted := map[string]int{}
	for _, o := range h.all {
		emitted[o.Type]++
	}
	allowed, free := map[string]int{}, map[string]bool{}
	for _, l := range c.declared() {
		listed := 0
		for _, typ := range l.types {
			listed += emitted[typ]
		}
		for _, e := range l.each {
			allowed[e.action] += max(e.times, 1) * ceil(listed, max(e.batch, 1)) * (1 + pages[e.action])
			if e.batch > 1 { // every page of the listing begins one
				allowed[e.action] += s.calls[l.actions[0]]
			}
			free[e.action] = free[e.action] || e.other // nobody says how many there are of what resources are listed by
		}
	}
	declared := declaredBy(c.service)
	for _, action := range slices.Sorted(maps.Keys(s.calls)) {
		if len(declared) > 0 && !slices.Contains(declared, action) { // what is asked for by option is in no list
			t.Errorf("%s is called, and not the service's", action)
		}
		if most := allowed[action] + answers[action]; s.calls[action] > most && !free[action] {
			t.Errorf("%s is called %d times, and declared for %d, and has %d answers", action, s.calls[action], allowed[action], answers[action])
		}
	}
}

// declared returns the collector's listings that the case is about.
func (c *staged) declared() []listing {
	var out []listing
	for _, each := range append(collectors(), cloudControlCollector(c.resourceTypes)) {
		for _, l := range each.listings {
			here := (l.where == global) == (c.region == audit.RegionGlobal)
			if each.service == c.service && here && (len(c.types) == 0 || slices.Contains(c.types, l.types[0])) {
				out = append(out, l)
			}
		}
	}
	return out
}

// declaredBy returns the actions of a service's listings.
func declaredBy(service string) []string {
	var out []string
	for _, c := range collectors() {
		if c.service == service {
			for _, l := range c.listings {
				out = append(out, l.actions...)
			}
		}
	}
	return out
}
