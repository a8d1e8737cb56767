package shape

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// Project makes a configuration of an API's answer: of a struct (or a pointer to one, or a map) it keeps what the
// shape declares and neither read-only nor write-only, under the shape's names, nested values likewise. Fields match
// properties by name, whatever the case (KmsKeyId gives KMSKeyId). Nil pointers and empty enumerations are absent; named
// strings become strings, integers int64, times RFC 3339; a map[string]string becomes a list of tags where the shape
// has one. Fields whose form doesn't fit the property are left out. The result is not normalised yet.
func (s *Shape) Project(v any) map[string]any { return s.projector.Project(v) }

// Projector returns a projector that also knows names: the property that a field is, by the field's name or, where
// a name means different things in different structs, by "Type.Field". A name that maps to "" is left out. Make it
// once and keep it: it holds what it learns of Go types. It is safe for concurrent use.
func (s *Shape) Projector(names map[string]string) *Projector {
	return &Projector{root: s.root, names: names}
}

// Projector turns API answers into configurations of one shape.
type Projector struct {
	root  *Property
	names map[string]string
	plans sync.Map // planKey -> convert
}

type planKey struct {
	t reflect.Type
	p *Property
}

// convert returns a value's projection, or false for absence.
type convert func(reflect.Value) (any, bool)

// Project is Shape.Project with the projector's names. It never returns nil.
func (pr *Projector) Project(v any) map[string]any {
	if out, ok := pr.of(pr.root, v).(map[string]any); ok {
		return out
	}
	return map[string]any{}
}

// ProjectAt projects a value that is one property of the configuration, such as a list of structs at "Volumes", or
// an element of one at "Volumes[*]". It returns nil where nothing is left, or the shape declares nothing at the path.
func (pr *Projector) ProjectAt(path string, v any) any {
	p, err := resolve(pr.root, path)
	if err != nil {
		return nil
	}
	return pr.of(p, v)
}

// ProjectAt is Projector.ProjectAt without further names.
func (s *Shape) ProjectAt(path string, v any) any { return s.projector.ProjectAt(path, v) }

func (pr *Projector) of(p *Property, v any) any {
	if v == nil {
		return nil
	}
	rv := reflect.ValueOf(v)
	out, ok := pr.plan(rv.Type(), p)(rv)
	if !ok {
		return nil
	}
	return out
}

func absent(reflect.Value) (any, bool) { return nil, false }

func (pr *Projector) plan(t reflect.Type, p *Property) convert {
	key := planKey{t, p}
	if c, ok := pr.plans.Load(key); ok {
		return c.(convert)
	}
	c, _ := pr.plans.LoadOrStore(key, pr.build(t, p))
	return c.(convert)
}

var timeType = reflect.TypeFor[time.Time]()

func (pr *Projector) build(t reflect.Type, p *Property) convert {
	switch t.Kind() {
	case reflect.Pointer:
		elem := pr.plan(t.Elem(), p)
		return func(v reflect.Value) (any, bool) {
			if v.IsNil() {
				return nil, false
			}
			return elem(v.Elem())
		}
	case reflect.Interface:
		return func(v reflect.Value) (any, bool) {
			if v.IsNil() {
				return nil, false
			}
			v = v.Elem()
			return pr.plan(v.Type(), p)(v)
		}
	}
	switch p.Kind {
	case Object:
		return pr.buildObject(t, p)
	case List, Unique:
		return pr.buildList(t, p)
	case Map:
		return pr.buildMap(t, p)
	case JSON, Policy:
		return func(v reflect.Value) (any, bool) { return v.Interface(), true }
	}
	return buildScalar(t)
}

func (pr *Projector) buildObject(t reflect.Type, p *Property) convert {
	if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String {
		return pr.keepDeclared(p)
	}
	if t.Kind() != reflect.Struct {
		return absent
	}
	type field struct {
		index int
		name  string
		get   convert
	}
	byName := make(map[string]string, len(p.Properties))
	for name := range p.Properties {
		byName[strings.ToLower(name)] = name
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, renamed := pr.names[t.Name()+"."+f.Name]
		if !renamed {
			name, renamed = pr.names[f.Name]
		}
		if !renamed {
			name = byName[strings.ToLower(f.Name)]
		}
		child := p.Properties[name]
		if !child.kept() {
			continue
		}
		fields = append(fields, field{i, name, pr.plan(f.Type, child)})
	}
	return func(v reflect.Value) (any, bool) {
		out := make(map[string]any, len(fields))
		for i := range fields {
			f := &fields[i]
			if e, ok := f.get(v.Field(f.index)); ok {
				out[f.name] = e
			}
		}
		return out, len(out) > 0 || p.Presence
	}
}

// keepDeclared projects a map with the shape's own names.
func (pr *Projector) keepDeclared(p *Property) convert {
	return func(v reflect.Value) (any, bool) {
		out := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			name := it.Key().String()
			child := p.Properties[name]
			if !child.kept() {
				continue
			}
			e := it.Value()
			if got, ok := pr.plan(e.Type(), child)(e); ok {
				out[name] = got
			}
		}
		return out, len(out) > 0 || p.Presence
	}
}

func (pr *Projector) buildList(t reflect.Type, p *Property) convert {
	if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && p.Tags {
		value := pr.plan(t.Elem(), p.Items.Properties["Value"])
		return func(v reflect.Value) (any, bool) {
			out := make([]any, 0, v.Len())
			for it := v.MapRange(); it.Next(); {
				e, _ := value(it.Value())
				out = append(out, map[string]any{"Key": it.Key().String(), "Value": e})
			}
			return out, len(out) > 0
		}
	}
	if t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
		return absent
	}
	elem := pr.plan(t.Elem(), p.Items)
	return func(v reflect.Value) (any, bool) {
		n := v.Len()
		if n == 0 {
			return nil, false
		}
		out := make([]any, 0, n)
		for i := range n {
			if e, ok := elem(v.Index(i)); ok {
				out = append(out, e)
			}
		}
		return out, len(out) > 0
	}
}

func (pr *Projector) buildMap(t reflect.Type, p *Property) convert {
	if t.Kind() != reflect.Map || t.Key().Kind() != reflect.String {
		return absent
	}
	elem := pr.plan(t.Elem(), p.Items)
	return func(v reflect.Value) (any, bool) {
		out := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			if e, ok := elem(it.Value()); ok {
				out[it.Key().String()] = e
			}
		}
		return out, len(out) > 0
	}
}

// buildScalar converts by the Go type alone; Normalize coerces to the declared type.
func buildScalar(t reflect.Type) convert {
	switch t.Kind() {
	case reflect.String:
		enumeration := t.PkgPath() != "" // the zero value of an enumeration is what the answer didn't hold
		return func(v reflect.Value) (any, bool) {
			s := v.String()
			return s, s != "" || !enumeration
		}
	case reflect.Bool:
		return func(v reflect.Value) (any, bool) { return v.Bool(), true }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) (any, bool) { return v.Int(), true }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return func(v reflect.Value) (any, bool) { return plainValue(v) }
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(v reflect.Value) (any, bool) { return string(v.Bytes()), v.Len() > 0 }
		}
	case reflect.Struct:
		if t == timeType {
			return func(v reflect.Value) (any, bool) {
				at := v.Interface().(time.Time)
				return at.UTC().Format(time.RFC3339Nano), !at.IsZero()
			}
		}
	}
	return absent
}
