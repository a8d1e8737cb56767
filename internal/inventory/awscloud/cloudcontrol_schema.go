package awscloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// typeSchema is what we read of a resource type's schema (CloudFormation CLI user guide, "Resource type definition
// schema").
type typeSchema struct {
	schemaNode
	Definitions map[string]*schemaNode `json:"definitions"`
	ReadOnly    []string               `json:"readOnlyProperties"`
	WriteOnly   []string               `json:"writeOnlyProperties"`
	Handlers    map[string]struct {
		Permissions []string `json:"permissions"`
	} `json:"handlers"`
	Tagging struct {
		Property string `json:"tagProperty"`
	} `json:"tagging"`

	readOnly, writeOnly map[string]bool // by pointers without what stands for elements
	tags                string          // the property that has the resource's tags
}

// schemaNode is one node of a schema: a part of JSON schema, draft 7.
type schemaNode struct {
	Ref            string                 `json:"$ref"`
	Properties     map[string]*schemaNode `json:"properties"`
	Patterns       map[string]*schemaNode `json:"patternProperties"`
	Items          *schemaNode            `json:"items"`
	InsertionOrder *bool                  `json:"insertionOrder"`
	OneOf          []*schemaNode          `json:"oneOf"`
	AnyOf          []*schemaNode          `json:"anyOf"`
	AllOf          []*schemaNode          `json:"allOf"`
}

// propertiesPointer begins the pointers of a schema: "/properties/Endpoints/*/Arn".
const propertiesPointer = "/properties/"

func parseTypeSchema(text string) (*typeSchema, error) {
	var s typeSchema
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, err
	}
	if len(s.Properties) == 0 {
		return nil, errors.New("a schema without properties")
	}
	s.readOnly, s.writeOnly = pointers(s.ReadOnly), pointers(s.WriteOnly)
	s.tags = "Tags"
	if name, ok := strings.CutPrefix(s.Tagging.Property, propertiesPointer); ok {
		s.tags = name
	}
	return &s, nil
}

func pointers(list []string) map[string]bool {
	out := map[string]bool{}
	for _, p := range list {
		parts := strings.Split(strings.TrimPrefix(p, propertiesPointer), "/")
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "*" || part == "items" || part == "properties" })
		out[strings.Join(parts, "/")] = true
	}
	return out
}

// has tells whether the type has a handler. A schema that tells of none is one of old.
func (s *typeSchema) has(handler string) bool {
	_, ok := s.Handlers[handler]
	return ok || len(s.Handlers) == 0
}

// declarable lists the properties that one writes to declare a resource, sorted.
func (s *typeSchema) declarable() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !s.readOnly[name] && !s.writeOnly[name] {
			out = append(out, name)
		}
	}
	return out
}

// split parses a resource's properties: the configuration, without what only AWS knows, sets in order, and the facts, by
// their paths ("Endpoint.Port"). What is read-only in elements of lists is left out.
func (s *typeSchema) split(properties string) (config, facts object, err error) {
	d := json.NewDecoder(bytes.NewReader([]byte(properties)))
	d.UseNumber()
	var all object
	if err := d.Decode(&all); err != nil {
		return nil, nil, err
	}
	facts = object{}
	config, _ = s.value(&s.schemaNode, all, "", facts).(object)
	for name := range config {
		if s.Properties[name] == nil {
			delete(config, name) // what the schema doesn't declare can't be declared
		}
	}
	if tags, ok := config[s.tags]; ok {
		config[s.tags] = ownTags(tags)
	}
	return config, facts, nil
}

// value returns what is declared of a value; facts takes the rest, nil in elements.
func (s *typeSchema) value(n *schemaNode, v any, at string, facts object) any {
	n = s.resolve(n)
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case object:
		out := object{}
		for name, e := range v {
			child, path, told := s.property(n, name), strings.TrimPrefix(at+"/"+name, "/"), facts
			if child == nil { // a key of a map, which is none of a pointer's parts
				child, path, told = s.values(n), at, nil
			}
			switch {
			case s.writeOnly[path]:
			case s.readOnly[path]:
				if told != nil {
					told[strings.ReplaceAll(path, "/", ".")] = s.value(child, e, path, nil)
				}
			default:
				out[name] = s.value(child, e, path, told)
			}
		}
		return out
	case []any:
		for i, e := range v {
			var items *schemaNode
			if n != nil {
				items = n.Items
			}
			v[i] = s.value(items, e, at, nil)
		}
		if n != nil && n.InsertionOrder != nil && !*n.InsertionOrder {
			return sortedSet(v)
		}
	}
	return v
}

const (
	maxRefs         = 16 // how many references may follow one another
	maxAlternatives = 4  // how deep alternatives may nest
)

func (s *typeSchema) resolve(n *schemaNode) *schemaNode {
	for range maxRefs {
		if n == nil || n.Ref == "" {
			return n
		}
		n = s.Definitions[strings.TrimPrefix(n.Ref, "#/definitions/")]
	}
	return nil
}

// values returns the node of a map's values; nil where the schema doesn't tell.
func (s *typeSchema) values(n *schemaNode) *schemaNode {
	if n != nil {
		for _, pattern := range n.Patterns { // CloudFormation's maps have one
			return pattern
		}
	}
	return nil
}

// property returns the node of an object's property, in whichever of its alternatives; nil where there is none.
func (s *typeSchema) property(n *schemaNode, name string) *schemaNode {
	return s.propertyWithin(n, name, maxAlternatives)
}

func (s *typeSchema) propertyWithin(n *schemaNode, name string, depth int) *schemaNode {
	n = s.resolve(n)
	if n == nil || depth == 0 {
		return nil
	}
	if p := n.Properties[name]; p != nil {
		return p
	}
	for _, some := range [][]*schemaNode{n.AllOf, n.OneOf, n.AnyOf} {
		for _, alternative := range some {
			if p := s.propertyWithin(alternative, name, depth-1); p != nil {
				return p
			}
		}
	}
	return nil
}

// sortedSet orders a list whose order means nothing, without duplicates.
func sortedSet(list []any) []any {
	type element struct {
		text string
		v    any
	}
	all := make([]element, 0, len(list))
	for _, v := range list {
		b, _ := json.Marshal(v) // of what was parsed as JSON: can't fail
		all = append(all, element{string(b), v})
	}
	slices.SortFunc(all, func(a, b element) int { return strings.Compare(a.text, b.text) })
	all = slices.CompactFunc(all, func(a, b element) bool { return a.text == b.text })
	out := make([]any, 0, len(all))
	for _, e := range all {
		out = append(out, e.v)
	}
	return out
}

// ownTags returns tags in order, without AWS's own.
func ownTags(tags any) any {
	switch tags := tags.(type) {
	case object:
		maps.DeleteFunc(tags, func(key string, _ any) bool { return strings.HasPrefix(key, "aws:") })
	case []any:
		return sortedSet(slices.DeleteFunc(tags, func(v any) bool {
			tag, _ := v.(object)
			key, _ := tag["Key"].(string)
			return strings.HasPrefix(key, "aws:")
		}))
	}
	return tags
}
