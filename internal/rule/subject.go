package rule

import (
	"encoding/json"
	"maps"
	"strings"

	"cel.dev/cel-go/common/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Subject is a resource as rules see it. Rules change nothing of it.
type Subject struct {
	ID         string
	ExternalID string
	Type       string
	Region     string
	Account    string // the provider's id of the account
	Name       string
	Tags       map[string]string
	Config     map[string]any // in canonical form
	Facts      map[string]any
	Unread     map[string]audit.Unread // attribute path, or "facts.<name>"
}

// hole is an unread attribute of a subject, where a rule reads it.
type hole struct {
	at  path // root is config or facts
	gap audit.Gap
}

// holes returns where what is unread concerns what is read. Where an expression goes on with a value as a whole and a part
// of it is unread, all of it is: what an expression does with a value isn't known.
func (s *Subject) holes(reads []path, sh *shape.Shape) []hole {
	if len(s.Unread) == 0 {
		return nil
	}
	var out []hole
	for text, u := range s.Unread {
		unread := unreadPath(text, sh)
		for _, p := range reads {
			n := min(len(p.names), len(unread.names))
			if p.root != unread.root || !(path{p.root, p.names[:n]}).under(path{p.root, unread.names[:n]}) {
				continue
			}
			out = append(out, hole{path{p.root, p.names[:n]}, audit.Gap{Path: text, Unread: u}})
		}
	}
	return out
}

// unreadPath reads an unread attribute's path as far as its names go.
func unreadPath(text string, sh *shape.Shape) path {
	if name, ok := strings.CutPrefix(text, "facts."); ok {
		return path{"facts", strings.Split(name, ".")}
	}
	out := path{root: "config"}
	if sh == nil {
		return out
	}
	p, ok := sh.UnreadPath(text)
	if !ok {
		var err error
		if p, err = shape.ParsePath(text); err != nil {
			return out // all of the configuration
		}
	}
	for _, seg := range p {
		if seg.Kind != shape.NameSegment {
			break
		}
		out.names = append(out.names, seg.Name)
	}
	return out
}

// put returns a copy of m with v at the names, sharing what is beside them.
func put(m map[string]any, names []string, v any) any {
	if len(names) == 0 {
		return v
	}
	out := make(map[string]any, len(m)+1)
	maps.Copy(out, m)
	if _, already := out[names[0]].(*types.Unknown); already {
		return out
	}
	below, _ := out[names[0]].(map[string]any)
	out[names[0]] = put(below, names[1:], v)
	return out
}

// place returns a resource's configuration and facts with an Unknown in each hole.
func place(config, facts map[string]any, holes []hole, unknown func(audit.Gap) *types.Unknown) (withConfig, withFacts any) {
	withConfig, withFacts = config, facts
	for _, h := range holes {
		into := &withConfig
		if h.at.root == "facts" {
			into = &withFacts
		}
		if m, ok := (*into).(map[string]any); ok { // else it is Unknown as a whole
			*into = put(m, h.at.names, unknown(h.gap))
		}
	}
	return withConfig, withFacts
}

// at returns what is at the names; nil where nothing is.
func at(m map[string]any, names []string) any {
	var v any = m
	for _, name := range names {
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

// project returns a map that has only what is at these paths of one root, nil where that is nothing. It shares values with m.
func project(m map[string]any, root string, paths []path) map[string]any {
	var out map[string]any
	for _, p := range paths {
		if p.root != root {
			continue
		}
		if len(p.names) == 0 {
			return m
		}
		if v := at(m, p.names); v != nil {
			if out == nil {
				out = map[string]any{}
			}
			insert(out, p.names, v)
		}
	}
	return out
}

func insert(m map[string]any, names []string, v any) {
	for _, name := range names[:len(names)-1] {
		below, ok := m[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			m[name] = below
		}
		m = below
	}
	m[names[len(names)-1]] = v
}

// hidden stands for a secret.
const hidden = "***"

// hide replaces the secrets of a value by stars.
func hide(p *shape.Property, v any) any {
	if p == nil || v == nil {
		return v
	}
	if p.Secret {
		return hidden
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			below := p.Items
			if p.Kind == shape.Object {
				below = p.Properties[name]
			}
			out[name] = hide(below, e)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, hide(p.Items, e))
		}
		return out
	}
	return v
}

// maxShown is how much of a value a result shows, in bytes of JSON.
const maxShown = 2_000

// shorten returns a value that is too long to be shown as the beginning of its JSON.
func shorten(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	if len(b) <= maxShown {
		return v
	}
	return strings.ToValidUTF8(string(b[:maxShown]), "") + "…"
}
