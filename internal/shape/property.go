package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Kind is what values a property has. In canonical form each kind has one Go type.
type Kind string

// The kinds.
const (
	String  Kind = "string"  // string
	Integer Kind = "integer" // int64
	Number  Kind = "number"  // int64 where it is whole, float64 otherwise
	Boolean Kind = "boolean" // bool
	Object  Kind = "object"  // map[string]any, with the properties declared
	Map     Kind = "map"     // map[string]any, with any keys and values of Items
	List    Kind = "list"    // []any; its order means something
	Unique  Kind = "set"     // []any, sorted and without duplicates; its order means nothing
	JSON    Kind = "json"    // free-form: whatever JSON has; a string that holds a JSON object is parsed
	Policy  Kind = "policy"  // an IAM policy document: map[string]any, see NormalizePolicy
)

// Property is one node of a shape. It never changes once loaded.
type Property struct {
	Kind       Kind
	Properties map[string]*Property // of an Object
	Items      *Property            // of a List, Unique or Map
	// Key names the property that tells the elements of a Unique apart, so that they are compared one by one; "" if none.
	Key string
	// ReadOnly properties are known by the cloud alone, WriteOnly ones never told by it: neither is kept.
	ReadOnly, WriteOnly bool
	// Secret values are never shown.
	Secret bool
	// Presence marks an Object whose mere existence means something: empty, it is not absent. Of JSON it says that of
	// every object in it.
	Presence bool
	// Unordered marks JSON in which no list's order means anything.
	Unordered bool
	// Tags marks the resource's tags, of which the provider's own (aws:*) aren't declarable.
	Tags bool
	// KeepEmpty marks a String whose emptiness is not absence, such as a tag's value.
	KeepEmpty bool

	rest     *Property // of an Object: what the properties are that it doesn't declare; nil where there are none
	defaults []fill    // of an Object: what its absent properties mean
	create   []string  // of an Object: the objects that hold defaults and so are never absent
	holds    bool      // whether it, or anything beneath it, has Presence
}

type fill struct {
	name  string
	value any
}

// HoldsPresence tells whether it, or anything beneath it, has Presence.
func (p *Property) HoldsPresence() bool { return p != nil && p.holds }

func (p *Property) findPresence() bool {
	p.holds = p.Presence
	for _, child := range p.Properties {
		p.holds = child.findPresence() || p.holds
	}
	if p.Items != nil {
		p.holds = p.Items.findPresence() || p.holds
	}
	return p.holds
}

// kept tells whether the property is part of configurations.
func (p *Property) kept() bool { return p != nil && !p.ReadOnly && !p.WriteOnly }

// Pair tells whether elements of the set are a key and a Value and nothing else, as tags are.
func (p *Property) Pair() bool {
	return p.Key != "" && p.Items != nil && len(p.Items.Properties) == 2 && p.Items.Properties["Value"] != nil
}

// property returns what an Object's property of that name is, nil where it declares none.
func (p *Property) property(name string) *Property {
	if child := p.Properties[name]; child != nil {
		return child
	}
	return p.rest
}

// step returns what lies under the property at one path segment, or nil.
func (p *Property) step(seg Segment) *Property {
	if seg.Kind == NameSegment {
		return p.property(seg.Name)
	}
	return p.Items
}

// segment returns the path segment of the element e at index i of a list or set.
func (p *Property) segment(i int, e any) Segment {
	if p.Key != "" {
		if m, ok := e.(map[string]any); ok {
			if key, ok := m[p.Key].(string); ok {
				return Segment{Kind: KeySegment, Name: key}
			}
		}
	}
	return Segment{Kind: IndexSegment, Index: i}
}

type propertyJSON struct {
	Type       Kind                 `json:"type"`
	Properties map[string]*Property `json:"properties"`
	Items      *Property            `json:"items"`
	Key        string               `json:"key"`
	ReadOnly   bool                 `json:"readOnly"`
	WriteOnly  bool                 `json:"writeOnly"`
}

// UnmarshalJSON reads a property: the name of a kind alone, or an object.
func (p *Property) UnmarshalJSON(b []byte) error {
	var raw propertyJSON
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &raw.Type); err != nil {
			return err
		}
	} else if err := strict(b, &raw); err != nil {
		return err
	}
	*p = Property{
		Kind: raw.Type, Properties: raw.Properties, Items: raw.Items, Key: raw.Key,
		ReadOnly: raw.ReadOnly, WriteOnly: raw.WriteOnly,
	}
	return p.validate()
}

func (p *Property) validate() error {
	switch p.Kind {
	case String, Integer, Number, Boolean, JSON, Policy:
		if p.Items != nil || p.Properties != nil {
			return fmt.Errorf("a %s has neither items nor properties", p.Kind)
		}
	case Object:
		if len(p.Properties) == 0 || p.Items != nil {
			return fmt.Errorf("an object has properties and no items")
		}
		seen := make(map[string]string, len(p.Properties))
		for name := range p.Properties {
			// Project matches names whatever their case.
			if other, twice := seen[strings.ToLower(name)]; twice {
				return fmt.Errorf("properties %s and %s differ in case only", name, other)
			}
			seen[strings.ToLower(name)] = name
		}
	case List, Unique, Map:
		if p.Items == nil || p.Properties != nil {
			return fmt.Errorf("a %s has items and no properties", p.Kind)
		}
	default:
		return fmt.Errorf("unknown type %q", p.Kind)
	}
	if p.Key != "" && (p.Kind != Unique || p.Items.Kind != Object || p.Items.Properties[p.Key] == nil) {
		return fmt.Errorf("key %q is for sets of objects that have it", p.Key)
	}
	if p.Key != "" && p.Items.Properties[p.Key].Kind != String {
		return fmt.Errorf("key %q must be a string: paths name elements by it", p.Key)
	}
	return nil
}

type shapeJSON struct {
	Type       string               `json:"type"`
	CFN        string               `json:"cfn"`
	Source     string               `json:"source"`
	Properties map[string]*Property `json:"properties"`
}

func parseShape(body, over []byte) (*Shape, error) {
	var raw shapeJSON
	if err := strict(body, &raw); err != nil {
		return nil, err
	}
	root := &Property{Kind: Object, Properties: raw.Properties}
	if err := root.validate(); err != nil {
		return nil, err
	}
	markTags(root)
	if over != nil {
		if err := applyOverlay(root, over); err != nil {
			return nil, fmt.Errorf("%s: %w", overlayFile, err)
		}
	}
	root.findPresence()
	sh := &Shape{typ: raw.Type, cfn: raw.CFN, source: raw.Source, root: root, secrets: root.HoldsSecrets()}
	sh.projector = sh.Projector(nil)
	return sh, nil
}

// HoldsSecrets tells whether it, or anything beneath it, is Secret.
func (p *Property) HoldsSecrets() bool {
	if p == nil || p.Secret {
		return p != nil
	}
	for _, child := range p.Properties {
		if child.HoldsSecrets() {
			return true
		}
	}
	return p.Items.HoldsSecrets()
}

// markTags makes every list of tags (Key and Value, called Tags) a set keyed by Key, and a map called Tags of the
// resource itself its tags: schemas disagree about insertionOrder there, and no API keeps an order.
func markTags(p *Property) {
	for name, child := range p.Properties {
		if strings.EqualFold(name, "Tags") {
			switch {
			case child.Kind == Map:
				child.Tags = true
				child.Items.KeepEmpty = true
			case (child.Kind == List || child.Kind == Unique) && child.Items.Properties["Key"] != nil &&
				child.Items.Properties["Value"] != nil:
				child.Kind, child.Key, child.Tags = Unique, "Key", true
				child.Items.Properties["Value"].KeepEmpty = true
				child.Items.defaults = []fill{{"Value", ""}}
			}
		}
		markTags(child)
	}
	if p.Items != nil {
		markTags(p.Items)
	}
}

// strict decodes one JSON value and refuses fields that the target doesn't have.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.UseNumber()
	return d.Decode(into)
}
