package drift

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// maxSummary bounds summaries, maxValue each value in them, in bytes.
const (
	maxSummary = 300
	maxValue   = 100
)

// summarize says in one line what changed; its values are redacted already.
func summarize(p *shape.Property, at shape.Path, c Change) string {
	var text string
	switch {
	case p != nil && p.Kind == shape.Unique:
		text = c.Path + ": " + setSummary(at, c)
	case p != nil && p.Kind == shape.Policy:
		text = c.Path + ": " + policySummary(c)
	default:
		render := renderer(at)
		switch c.Kind {
		case audit.ChangeAdded:
			text = fmt.Sprintf("%s added: %s", c.Path, clip(render(c.Actual), maxValue))
		case audit.ChangeRemoved:
			text = fmt.Sprintf("%s removed: it was %s", c.Path, clip(render(c.Expected), maxValue))
		default:
			text = fmt.Sprintf("%s changed from %s to %s", c.Path,
				clip(render(c.Expected), maxValue), clip(render(c.Actual), maxValue))
		}
	}
	return clip(text, maxSummary)
}

func setSummary(at shape.Path, c Change) string {
	added, removed := difference(c.Expected, c.Actual)
	render := renderer(at)
	return joinChanges(renderAll(added, render), nil, renderAll(removed, render))
}

// joinChanges lists what was added, changed and removed.
func joinChanges(added, changed, removed []string) string {
	var parts []string
	for _, group := range []struct {
		verb  string
		items []string
	}{{"added", added}, {"changed", changed}, {"removed", removed}} {
		if len(group.items) > 0 {
			parts = append(parts, group.verb+" "+some(group.items, 3))
		}
	}
	if len(parts) == 0 {
		return "changed"
	}
	return strings.Join(parts, "; ")
}

// some joins the first few items and counts the others.
func some(items []string, most int) string {
	if len(items) <= most {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), len(items)-most)
}

// difference returns the elements of two sets that only one of them has.
func difference(expected, actual any) (added, removed []any) {
	a, _ := listOrNil(expected)
	b, _ := listOrNil(actual)
	return without(b, a), without(a, b)
}

func without(list, others []any) []any {
	var out []any
	for _, e := range list {
		if !slices.ContainsFunc(others, func(o any) bool { return equal(e, o) }) {
			out = append(out, e)
		}
	}
	return out
}

func renderAll(list []any, render func(any) string) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = clip(render(e), maxValue)
	}
	return out
}

// clip makes one line of at most n bytes.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) <= n {
		return s
	}
	cut := n - len("...")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
