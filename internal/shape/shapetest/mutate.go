package shapetest

import (
	"maps"
	"slices"

	"github.com/infraudit/infraudit/internal/shape"
)

// Mutation changes one leaf of a configuration. Path is where a comparison must report it: the leaf, or the set or
// document that it is in.
type Mutation struct {
	Path  string
	Apply func()
}

// Mutations lists every way to change one leaf of a normalised configuration. Applying one changes config.
func Mutations(sh *shape.Shape, config map[string]any) []Mutation {
	var m mutations
	m.object(sh.Root(), nil, "", config)
	return m
}

type mutations []Mutation

func (m *mutations) object(p *shape.Property, at shape.Path, within string, config map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(config)) {
		m.value(p.Properties[name], at.Name(name), within, config[name], func(v any) { config[name] = v })
	}
}

// value collects the leaves of v, which set replaces. within is the path of the set that v is in, if any.
func (m *mutations) value(p *shape.Property, at shape.Path, within string, v any, set func(any)) {
	if within == "" && p.Secret { // is compared as a whole
		within = at.String()
	}
	report := within
	if report == "" {
		report = at.String()
	}
	add := func(changed any) { *m = append(*m, Mutation{report, func() { set(changed) }}) }
	switch v := v.(type) {
	case string:
		add(v + "x")
	case int64:
		add(v + 1)
	case float64:
		add(v + 1)
	case bool:
		add(!v)
	case map[string]any:
		switch p.Kind {
		case shape.Object:
			m.object(p, at, within, v)
		case shape.Map:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				m.value(p.Items, at.Key(key), within, v[key], func(e any) { v[key] = e })
			}
		default:
			*m = append(*m, Mutation{report, func() { v["Id"] = "mutated" }})
		}
	case []any:
		m.list(p, at, within, v, add)
	}
}

func (m *mutations) list(p *shape.Property, at shape.Path, within string, l []any, add func(any)) {
	if p.Items == nil {
		add(append(slices.Clone(l), "mutated"))
		return
	}
	for i, e := range l {
		set := func(v any) { l[i] = v }
		keyed, _ := e.(map[string]any)
		switch {
		case p.Kind == shape.List:
			m.value(p.Items, at.Index(i), within, e, set)
		case p.Key != "" && within == "":
			key, _ := keyed[p.Key].(string)
			for _, name := range slices.Sorted(maps.Keys(keyed)) {
				place := at.Key(key)
				if name == p.Key {
					continue
				}
				if !p.Pair() {
					place = place.Name(name)
				}
				m.value(p.Items.Properties[name], place, "", keyed[name], func(v any) { keyed[name] = v })
			}
		default:
			inside := within
			if inside == "" {
				inside = at.String()
			}
			m.value(p.Items, at.Index(i), inside, e, set)
		}
	}
}
