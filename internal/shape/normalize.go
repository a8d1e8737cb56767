package shape

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
)

// Normalize brings a configuration to canonical form, in place:
//
//   - properties that the shape doesn't keep (unknown, read-only, write-only) go;
//   - null, "", and empty lists, objects and maps are absent, and so is what holds nothing but them, except where
//     the shape says that emptiness or presence means something;
//   - scalars have the declared type, sets are sorted and without duplicates, the provider's own tags (aws:*) go;
//   - policy documents are parsed and normalised (see NormalizePolicy);
//   - absent properties that have a default have it.
//
// Normalising twice changes nothing more. What can't be brought to the declared form stays as it is, documents as
// the string that they were, and the returned *audit.InvalidError names its path; everything else is canonical even
// then.
func (s *Shape) Normalize(config map[string]any) error { return s.NormalizeUnread(config, nil) }

// NormalizeUnread is Normalize for a configuration of which some paths couldn't be read: nothing is left at them, not
// even a default, for nobody knows what is there.
func (s *Shape) NormalizeUnread(config map[string]any, unread map[string]audit.Unread) error {
	n := normalizer{unread: unread}
	n.object(s.root, config)
	if len(unread) > 0 {
		// Keyed elements can be found only now; what held them may be empty afterwards.
		for text := range unread {
			if path, ok := s.UnreadPath(text); ok {
				s.Prune(config, path)
			}
		}
		n.problems = nil
		n.object(s.root, config)
	}
	if len(n.problems) > 0 {
		slices.SortFunc(n.problems, func(a, b audit.Problem) int { return strings.Compare(a.Field, b.Field) })
		return &audit.InvalidError{Problems: n.problems}
	}
	return nil
}

type normalizer struct {
	at       Path // where we are
	unread   map[string]audit.Unread
	problems []audit.Problem
	scratch  []byte
}

func (n *normalizer) enter(seg Segment) { n.at = append(n.at, seg) }
func (n *normalizer) leave()            { n.at = n.at[:len(n.at)-1] }

func (n *normalizer) problemf(format string, args ...any) {
	n.problems = append(n.problems, audit.Problem{Field: n.at.String(), Message: fmt.Sprintf(format, args...)})
}

// value returns the canonical form of v, or false for absence.
func (n *normalizer) value(p *Property, v any) (any, bool) {
	if v == nil {
		return nil, false
	}
	switch p.Kind {
	case Object:
		m, ok := asMap(v)
		if !ok {
			return n.mismatch(p, v)
		}
		n.object(p, m)
		return m, len(m) > 0 || p.Presence
	case Map:
		m, ok := asMap(v)
		if !ok {
			return n.mismatch(p, v)
		}
		return m, n.mapping(p, m)
	case List, Unique:
		l, ok := asList(v)
		if !ok {
			return n.mismatch(p, v)
		}
		l = n.list(p, l)
		return l, len(l) > 0
	case Policy:
		return n.policy(v)
	case JSON:
		v, ok := n.document(v)
		if p.Unordered {
			v = n.unordered(v)
		}
		return v, ok
	}
	return n.scalar(p, v)
}

// mismatch keeps a value of another kind as generic JSON, so that it can still be stored and compared.
func (n *normalizer) mismatch(p *Property, v any) (any, bool) {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return nil, false
		}
		return n.value(p, rv.Elem().Interface())
	}
	n.problemf("is a %T, not a %s", v, p.Kind)
	return generic(v)
}

func (n *normalizer) object(p *Property, m map[string]any) {
	for name, v := range m {
		child := p.property(name)
		if !child.kept() {
			delete(m, name)
			continue
		}
		if s, ok := v.(string); ok && child.Kind == String && (s != "" || child.KeepEmpty) {
			continue // canonical as it is: most properties are
		}
		n.enter(Segment{Kind: NameSegment, Name: name})
		nv, ok := n.value(child, v)
		n.leave()
		if ok {
			m[name] = nv
		} else {
			delete(m, name)
		}
	}
	if len(m) == 0 && len(n.at) > 0 && n.at[len(n.at)-1].Kind != NameSegment {
		return // an empty element of a list gets no defaults: it goes
	}
	for _, d := range p.defaults {
		if _, ok := m[d.name]; !ok && !n.isUnread(d.name) {
			m[d.name] = Clone(d.value)
		}
	}
	for _, name := range p.create {
		if _, ok := m[name]; ok || n.isUnread(name) {
			continue
		}
		made := map[string]any{}
		n.enter(Segment{Kind: NameSegment, Name: name})
		n.object(p.Properties[name], made)
		n.leave()
		if len(made) > 0 {
			m[name] = made
		}
	}
}

// isUnread tells whether a property of the object where we are couldn't be read.
func (n *normalizer) isUnread(name string) bool {
	if len(n.unread) == 0 {
		return false
	}
	path := n.at.Name(name).String()
	for at := range n.unread {
		if Covers(at, path) {
			return true
		}
	}
	return false
}

func (n *normalizer) mapping(p *Property, m map[string]any) bool {
	for key, v := range m {
		if p.Tags && systemTag(key) {
			delete(m, key)
			continue
		}
		n.enter(Segment{Kind: KeySegment, Name: key})
		nv, ok := n.value(p.Items, v)
		n.leave()
		if ok {
			m[key] = nv
		} else {
			delete(m, key)
		}
	}
	return len(m) > 0
}

// systemTag tells whether only AWS can set the tag: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
func systemTag(key string) bool { return strings.HasPrefix(key, "aws:") }

func (n *normalizer) list(p *Property, l []any) []any {
	out := l[:0]
	for i, v := range l {
		n.enter(p.segment(i, v))
		v, ok := n.value(p.Items, v)
		n.leave()
		if !ok {
			continue
		}
		if p.Tags {
			if m, isMap := v.(map[string]any); isMap {
				if key, _ := m["Key"].(string); systemTag(key) {
					continue
				}
			}
		}
		out = append(out, v)
	}
	clear(l[len(out):])
	if p.Kind == Unique {
		out = n.sort(p, out)
	}
	return out
}

// sort orders a set by its elements' canonical encoding, keyed sets by their keys first, and drops duplicates.
func (n *normalizer) sort(p *Property, l []any) []any {
	if len(l) < 2 {
		return l
	}
	if p.Items.Kind == String && allStrings(l) {
		slices.SortFunc(l, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		return slices.Compact(l)
	}
	type entry struct {
		from, to int
		v        any
	}
	entries := make([]entry, 0, len(l))
	buf := n.scratch[:0]
	for _, v := range l {
		from := len(buf)
		if p.Key != "" {
			if m, ok := v.(map[string]any); ok {
				key, _ := m[p.Key].(string)
				buf = append(append(buf, key...), 0)
			}
		}
		next, err := appendValue(buf, v, 0)
		if err != nil {
			// Only values that are too deep get here; they keep their place behind the others.
			next = append(buf, 0xff)
		}
		buf = next
		entries = append(entries, entry{from, len(buf), v})
	}
	n.scratch = buf
	slices.SortStableFunc(entries, func(a, b entry) int { return bytes.Compare(buf[a.from:a.to], buf[b.from:b.to]) })
	out := l[:0]
	for i, e := range entries {
		if i > 0 && bytes.Equal(buf[e.from:e.to], buf[entries[i-1].from:entries[i-1].to]) {
			continue
		}
		out = append(out, e.v)
	}
	clear(l[len(out):])
	return out
}

// unordered returns a JSON value with every list in it sorted, and without duplicates.
func (n *normalizer) unordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = n.unordered(e)
		}
	case []any:
		for i, e := range v {
			v[i] = n.unordered(e)
		}
		return n.sort(&Property{Kind: Unique, Items: &Property{Kind: JSON}}, v)
	}
	return v
}

func allStrings(l []any) bool {
	for _, v := range l {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// asMap returns v as a map that may be changed: itself, or a copy of a map of another type.
func asMap(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case map[string]string:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = e
		}
		return out, true
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Map || rv.Type().Key().Kind() != reflect.String {
		return nil, false
	}
	out := make(map[string]any, rv.Len())
	for it := rv.MapRange(); it.Next(); {
		out[it.Key().String()] = it.Value().Interface()
	}
	return out, true
}

// asList returns v as a list that may be changed: itself, or a copy of a slice of another type.
func asList(v any) ([]any, bool) {
	if l, ok := v.([]any); ok {
		return l, true
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice || rv.Type().Elem().Kind() == reflect.Uint8 {
		return nil, false
	}
	out := make([]any, rv.Len())
	for i := range out {
		out[i] = rv.Index(i).Interface()
	}
	return out, true
}

// Clone copies a value of canonical types deeply; values of other types are shared.
func Clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for k, e := range out {
			switch e.(type) {
			case map[string]any, []any:
				out[k] = Clone(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = Clone(e)
		}
		return out
	}
	return v
}
