package rule

import (
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// resourceFields are what expressions find in "resource", and in what they look up beside config and facts.
var resourceFields = []string{"id", "external_id", "type", "region", "account", "name", "tags"}

// resourceValue is a resource as expressions see it: a CEL map of resourceFields and, of one that is looked up, config and
// facts. The map is made only for what needs it as a whole: there is one of these for each resource and look-up.
type resourceValue struct {
	*Subject
	config, facts any // nil of the resource that is judged, whose are variables of their own
}

var _ traits.Mapper = (*resourceValue)(nil)

// Find implements traits.Mapper.
func (r *resourceValue) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	v := r.field(string(name))
	if v == nil {
		return nil, false
	}
	return types.DefaultTypeAdapter.NativeToValue(v), true
}

func (r *resourceValue) field(name string) any {
	switch name {
	case "id":
		return r.ID
	case "external_id":
		return r.ExternalID
	case "type":
		return r.Subject.Type
	case "region":
		return r.Region
	case "account":
		return r.Account
	case "name":
		return r.Name
	case "tags":
		return r.Tags
	case "config":
		return r.config
	case "facts":
		return r.facts
	}
	return nil
}

// whole makes the map.
func (r *resourceValue) whole() traits.Mapper {
	m := make(map[string]any, len(resourceFields)+2)
	for _, name := range resourceFields {
		m[name] = r.field(name)
	}
	if r.config != nil {
		m["config"], m["facts"] = r.config, r.facts
	}
	return types.NewStringInterfaceMap(types.DefaultTypeAdapter, m)
}

// Get implements traits.Indexer.
func (r *resourceValue) Get(key ref.Val) ref.Val {
	if v, ok := r.Find(key); ok {
		return v
	}
	return r.whole().Get(key) // the error
}

// Contains implements traits.Container.
func (r *resourceValue) Contains(key ref.Val) ref.Val {
	_, ok := r.Find(key)
	return types.Bool(ok)
}

// Iterator implements traits.Iterable.
func (r *resourceValue) Iterator() traits.Iterator { return r.whole().Iterator() }

// Size implements traits.Sizer.
func (r *resourceValue) Size() ref.Val { return r.whole().Size() }

// ConvertToNative implements ref.Val.
func (r *resourceValue) ConvertToNative(to reflect.Type) (any, error) {
	return r.whole().ConvertToNative(to)
}

// ConvertToType implements ref.Val.
func (r *resourceValue) ConvertToType(to ref.Type) ref.Val { return r.whole().ConvertToType(to) }

// Equal implements ref.Val.
func (r *resourceValue) Equal(other ref.Val) ref.Val { return r.whole().Equal(other) }

// Type implements ref.Val.
func (r *resourceValue) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (r *resourceValue) Value() any { return r.whole().Value() }
