// Package drift compares a resource's configuration with its baseline: which attributes differ, what the difference
// is in one line, and how bad it is. It is pure: it reads and writes nothing.
package drift

import (
	"maps"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Change is one attribute that differs from the baseline.
type Change struct {
	// Path is the attribute, in package shape's path syntax: the leaf of nested objects, the element of keyed sets
	// (Tags[env]) and ordered lists (Rules[0]), the whole of other sets and of documents.
	Path string
	Kind audit.ChangeKind
	// Expected is the baseline's value and Actual the current one; nil where the attribute is absent. The values of
	// secrets are replaced by "sha256:" and 16 hexadecimal digits.
	Expected, Actual any
	// Summary says what changed, in one line of at most 300 bytes.
	Summary string
}

// Compare returns what differs between two configurations, sorted by path. Both are brought to canonical form first,
// under the shape as it is now, so that a new default or a property that went isn't a change. What is unread on
// either side isn't compared. Neither argument is changed.
func Compare(sh *shape.Shape, baseline, current audit.Configuration) []Change {
	unread := maps.Clone(baseline.Unread)
	if unread == nil {
		unread = current.Unread
	} else {
		maps.Copy(unread, current.Unread)
	}
	c := comparer{}
	c.object(sh.Root(), nil, canonical(sh, baseline.Config, unread), canonical(sh, current.Config, unread))
	slices.SortStableFunc(c.changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return c.changes
}

// canonical returns a canonical copy of a configuration without what is unread. What can't be normalised stays as it
// was read, and is compared as such.
func canonical(sh *shape.Shape, config map[string]any, unread map[string]audit.Unread) map[string]any {
	out, _ := shape.Clone(config).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	_ = sh.NormalizeUnread(out, unread)
	return out
}

type comparer struct {
	changes []Change
}

// value compares two values of one property; nil is absent.
func (c *comparer) value(p *shape.Property, at shape.Path, a, b any) {
	if equal(a, b) {
		return
	}
	if p == nil || p.Secret || p.Presence && (a == nil || b == nil) {
		c.leaf(p, at, a, b)
		return
	}
	switch p.Kind {
	case shape.Object:
		am, aok := mapOrNil(a)
		bm, bok := mapOrNil(b)
		if aok && bok {
			c.object(p, at, am, bm)
			return
		}
	case shape.Map:
		am, aok := mapOrNil(a)
		bm, bok := mapOrNil(b)
		if aok && bok {
			for _, key := range union(am, bm) {
				c.element(p.Items, at.Key(key), am[key], bm[key])
			}
			return
		}
	case shape.List:
		al, aok := listOrNil(a)
		bl, bok := listOrNil(b)
		if aok && bok {
			for i := range max(len(al), len(bl)) {
				c.element(p.Items, at.Index(i), nth(al, i), nth(bl, i))
			}
			return
		}
	case shape.Unique:
		if c.keyed(p, at, a, b) {
			return
		}
	}
	c.leaf(p, at, a, b)
}

func (c *comparer) object(p *shape.Property, at shape.Path, a, b map[string]any) {
	for _, name := range union(a, b) {
		c.value(p.Properties[name], at.Name(name), a[name], b[name])
	}
}

// element compares elements of a list, map or keyed set: one that came or went is one change, whatever it holds.
func (c *comparer) element(p *shape.Property, at shape.Path, a, b any) {
	if a == nil || b == nil {
		c.leaf(p, at, a, b)
		return
	}
	c.value(p, at, a, b)
}

// keyed compares a keyed set by key; it returns false where the keys don't tell the elements apart.
func (c *comparer) keyed(p *shape.Property, at shape.Path, a, b any) bool {
	if p.Key == "" {
		return false
	}
	am, aok := byKey(p.Key, a)
	bm, bok := byKey(p.Key, b)
	if !aok || !bok {
		return false
	}
	for _, key := range union(am, bm) {
		if p.Pair() {
			c.element(p.Items.Properties["Value"], at.Key(key), pairValue(am[key]), pairValue(bm[key]))
			continue
		}
		c.element(p.Items, at.Key(key), am[key], bm[key])
	}
	return true
}

func pairValue(v any) any {
	m, _ := v.(map[string]any)
	return m["Value"]
}

func byKey(key string, v any) (map[string]any, bool) {
	list, ok := listOrNil(v)
	if !ok {
		return nil, false
	}
	out := make(map[string]any, len(list))
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		name, ok := m[key].(string)
		if !ok {
			return nil, false
		}
		if _, twice := out[name]; twice {
			return nil, false
		}
		out[name] = e
	}
	return out, true
}

func (c *comparer) leaf(p *shape.Property, at shape.Path, a, b any) {
	if equal(a, b) {
		return
	}
	kind := audit.ChangeModified
	switch {
	case a == nil:
		kind = audit.ChangeAdded
	case b == nil:
		kind = audit.ChangeRemoved
	}
	change := Change{Path: at.String(), Kind: kind, Expected: redact(p, a), Actual: redact(p, b)}
	change.Summary = summarize(p, at, change)
	c.changes = append(c.changes, change)
}

func mapOrNil(v any) (map[string]any, bool) {
	if v == nil {
		return nil, true
	}
	m, ok := v.(map[string]any)
	return m, ok
}

func listOrNil(v any) ([]any, bool) {
	if v == nil {
		return nil, true
	}
	l, ok := v.([]any)
	return l, ok
}

func nth(l []any, i int) any {
	if i < len(l) {
		return l[i]
	}
	return nil
}

func union(a, b map[string]any) []string {
	out := slices.AppendSeq(make([]string, 0, len(a)+len(b)), maps.Keys(a))
	for k := range b {
		if _, both := a[k]; !both {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// equal compares canonical values.
func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		bm, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, bm, equal)
	case []any:
		bl, ok := b.([]any)
		return ok && slices.EqualFunc(a, bl, equal)
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}
