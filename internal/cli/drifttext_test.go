package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	type m = map[string]any
	type l = []any
	for name, c := range map[string]struct {
		expected, actual any
		want             []string
	}{
		"a changed scalar":            {true, false, []string{"P: true → false"}},
		"an added scalar":             {nil, "x", []string{"P: (none) → x"}},
		"an emptied string":           {"x", "", []string{`P: x → ""`}},
		"an element added to a list":  {l{"a"}, l{"a", "b"}, []string{"P:", "  + b"}},
		"a list that appeared":        {nil, l{"a"}, []string{"P:", "  + a"}},
		"a list that went":            {l{"a", "a"}, nil, []string{"P:", "  - a", "  - a"}},
		"one of two equal elements":   {l{"a", "a"}, l{"a"}, []string{"P:", "  - a"}},
		"a list in another order":     {l{"a", "b"}, l{"b", "a"}, []string{"P: [a, b] → [b, a]"}},
		"a list instead of a scalar":  {"a", l{"b"}, []string{"P:", "  - a", "  + b"}},
		"one field of an object":      {m{"A": 1.0, "B": 2.0}, m{"A": 1.0, "B": 3.0}, []string{"P: B: 2 → 3"}},
		"an element deep in a policy": {m{"S": l{m{"E": "Deny"}}}, m{"S": l{m{"E": "Deny"}, m{"E": "Allow"}}}, []string{"P:", "  + S: {E: Allow}"}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, differences("P", c.expected, c.actual)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTextFromElsewhereIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[31mred": "�[31mred", "a\u202eb": "a�b", "a\tb\r": "a�b�", "plain é": "plain é",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
