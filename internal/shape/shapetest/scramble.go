package shapetest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/infraudit/infraudit/internal/shape"
)

// names lists the properties that configurations keep, sorted, so that draws are repeatable.
func names(p *shape.Property) []string {
	var out []string
	for name, child := range p.Properties {
		if !child.ReadOnly && !child.WriteOnly {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Scramble writes a configuration as another API, or the same on another day, might: sets in another order and with
// repetitions, numbers and booleans as strings, policies as strings, URL-encoded, with single values instead of lists;
// read-only properties, empty values and the provider's tags added. It means the same. The argument stays as it was.
func Scramble(r *rand.Rand, sh *shape.Shape, config map[string]any) map[string]any {
	s := scrambler{r}
	return s.object(sh.Root(), config)
}

type scrambler struct{ r *rand.Rand }

func (s scrambler) heads() bool { return s.r.IntN(2) == 0 }

func (s scrambler) object(p *shape.Property, m map[string]any) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out[name] = s.value(p.Properties[name], m[name])
	}
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		child := p.Properties[name]
		if _, there := out[name]; there || s.heads() {
			continue
		}
		switch {
		case child.ReadOnly || child.WriteOnly:
			out[name] = strconv.Itoa(s.r.Int())
		case child.Presence || child.Kind == shape.JSON || child.KeepEmpty:
		default:
			out[name] = s.nothing(child.Kind)
		}
	}
	return out
}

func (s scrambler) nothing(kind shape.Kind) any {
	if s.heads() {
		return nil
	}
	switch kind {
	case shape.List, shape.Unique:
		return []any{}
	case shape.Object, shape.Map:
		return map[string]any{}
	case shape.String:
		return ""
	}
	return nil
}

func (s scrambler) value(p *shape.Property, v any) any {
	switch v := v.(type) {
	case map[string]any:
		switch p.Kind {
		case shape.Object:
			return s.object(p, v)
		case shape.Map:
			out := map[string]any{}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				out[key] = s.value(p.Items, v[key])
			}
			return out
		case shape.Policy:
			return s.policy(v)
		}
		return shape.Clone(v)
	case []any:
		if p.Items == nil {
			return shape.Clone(v)
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = s.value(p.Items, e)
		}
		if p.Kind == shape.Unique {
			out = s.set(p, out)
		}
		return out
	case int64:
		if s.heads() {
			return strconv.FormatInt(v, 10)
		}
		return float64(v)
	case bool:
		if s.heads() {
			return strconv.FormatBool(v)
		}
	}
	return v
}

func (s scrambler) set(p *shape.Property, l []any) []any {
	if p.Tags && s.heads() {
		l = append(l, map[string]any{"Key": "aws:cloudformation:stack-name", "Value": strconv.Itoa(s.r.Int())})
	}
	if len(l) > 0 && s.heads() {
		l = append(l, shape.Clone(l[s.r.IntN(len(l))]))
	}
	s.shuffle(l)
	return l
}

func (s scrambler) shuffle(l []any) { s.r.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] }) }

func (s scrambler) policy(doc map[string]any) any {
	out := shape.Clone(doc).(map[string]any)
	list, _ := out["Statement"].([]any)
	for _, e := range list {
		s.statement(e.(map[string]any))
	}
	s.shuffle(list)
	if len(list) == 1 && s.heads() {
		out["Statement"] = list[0]
	}
	switch s.r.IntN(3) {
	case 0:
		return out
	case 1:
		return marshal(out)
	}
	return url.PathEscape(marshal(out))
}

func (s scrambler) statement(m map[string]any) {
	for _, name := range []string{"Action", "Resource"} {
		if l, ok := m[name].([]any); ok {
			if name == "Action" && s.heads() {
				for i := range l {
					l[i] = strings.ToUpper(l[i].(string))
				}
			}
			m[name] = s.oneOrMany(l)
		}
	}
	if principal, ok := m["Principal"].(map[string]any); ok {
		m["Principal"] = s.principal(principal)
	}
	condition, _ := m["Condition"].(map[string]any)
	for _, operator := range slices.Sorted(maps.Keys(condition)) {
		keys := condition[operator].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			l, _ := keys[key].([]any)
			keys[key] = s.oneOrMany(l)
			if operator == "Bool" && s.heads() {
				keys[key] = l[0] == "true"
			}
		}
	}
}

func (s scrambler) principal(m map[string]any) any {
	l, _ := m["AWS"].([]any)
	if len(m) == 1 && len(l) == 1 && l[0] == "*" && s.heads() {
		return "*"
	}
	for i := range l {
		if id, _ := l[i].(string); len(id) == 12 && s.heads() {
			l[i] = "arn:aws:iam::" + id + ":root"
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(m)) {
		m[kind] = s.oneOrMany(m[kind].([]any))
	}
	return m
}

func (s scrambler) oneOrMany(l []any) any {
	if len(l) == 1 && s.heads() {
		return l[0]
	}
	s.shuffle(l)
	return l
}

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only canonical values come here
	}
	return string(b)
}
