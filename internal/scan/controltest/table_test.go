//go:build integration

package controltest

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/compliance.md anew")

const tableFile = "../../../docs/compliance.md"

// outcome is what was seen of a rule.
type outcome struct {
	failed, passed bool
	gone           bool     // it passed for want of what failed
	refused        []string // actions, without each of which it was not assessed
	against        string
}

// hold holds a table of the documentation against what it should be, or writes it.
func hold(t *testing.T, name, table string) {
	t.Helper()
	doc, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	begin := []byte("<!-- " + name + ": written by internal/scan/controltest with -update -->\n")
	end := []byte("<!-- end of " + name + " -->\n")
	before, rest, ok := bytes.Cut(doc, begin)
	_, after, closed := bytes.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table of %s", tableFile, name)
	}
	want := slices.Concat(before, begin, []byte("\n"+table+"\n"), end, after)
	if *update {
		if err := os.WriteFile(tableFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(doc, want) {
		t.Errorf("the table of %s in %s is not current: run this test with -update", name, tableFile)
	}
}

// ruleTable has a line for each rule, in the order of its control.
func ruleTable(b *book, seen map[string]*outcome) string {
	type line struct{ control, rule string }
	var lines []line
	order := map[string]int{}
	for id := range seen {
		control, at := controlOf(b, id)
		order[id] = at
		lines = append(lines, line{control, id})
	}
	slices.SortFunc(lines, func(a, c line) int {
		return cmp.Or(cmp.Compare(order[a.rule], order[c.rule]), cmp.Compare(a.rule, c.rule))
	})
	var out strings.Builder
	out.WriteString("| CIS | Rule | Failed | Passed | Not assessed without | Against |\n|---|---|---|---|---|---|\n")
	for _, l := range lines {
		o := seen[l.rule]
		passed := mark(o.passed)
		if o.gone {
			passed = "nothing left"
		}
		fmt.Fprintf(&out, "| %s | `%s` | %s | %s | %s | %s |\n", l.control, l.rule, mark(o.failed), passed, quoted(o.refused), o.against)
	}
	return out.String()
}

// controlOf names the control of the newest benchmark that cites a rule, and tells its place among all.
func controlOf(b *book, rule string) (control string, place int) {
	for _, version := range []string{"7.0", "6.0", "5.0", "4.0", "3.0", "2.0", "1.5", "1.4"} {
		f, ok := b.catalog.Lookup("cis-aws-" + version)
		if !ok {
			continue
		}
		for _, c := range f.Controls {
			if slices.Contains(c.Rules, rule) {
				return version + " " + c.ID, place
			}
			place++
		}
	}
	return "-", place
}

// frameworkTable tells of each framework how many of the rules that it cites have a row.
func frameworkTable(b *book, there map[string]bool) string {
	var out strings.Builder
	out.WriteString("| Framework | Rules that it cites | Held against moto |\n|---|---:|---:|\n")
	for _, f := range b.catalog.All() {
		cited := map[string]bool{}
		for _, c := range f.Controls {
			for _, id := range c.Rules {
				cited[id] = there[id]
			}
		}
		held := 0
		for has := range maps.Values(cited) {
			if has {
				held++
			}
		}
		fmt.Fprintf(&out, "| `%s` | %d | %d |\n", f.ID, len(cited), held)
	}
	return out.String()
}

func mark(ok bool) string {
	if ok {
		return "seen"
	}
	return "no"
}

// against says where the answers came from on which the outcomes rest.
func against(w *world) string {
	var parts []string
	switch {
	case len(w.from(translated)) > 0:
		parts = append(parts, "moto, CloudWatch translated")
	case len(w.from(played))+len(w.from(completed)) > 0:
		parts = append(parts, "moto")
	}
	if calls := w.from(completed); len(calls) > 0 {
		parts = append(parts, "completed: "+quoted(calls))
	}
	if calls := w.from(written); len(calls) > 0 {
		parts = append(parts, "written: "+quoted(calls))
	}
	return strings.Join(parts, "; ")
}

func quoted(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
