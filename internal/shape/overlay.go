package shape

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// overlay is what a reviewer adds to a resource type's schema. All paths are patterns of this package's path syntax
// with [*] for the elements of lists, sets and maps.
type overlay struct {
	// Defaults are what absent properties mean. Objects that hold one are never absent, unless Presence says so.
	Defaults []defaultJSON `json:"defaults"`
	// Maps are free-form objects whose values are texts.
	Maps []string `json:"maps"`
	// Policies are IAM policy documents.
	Policies []string `json:"policies"`
	// Sets are lists whose order means nothing though the schema doesn't say so; Lists the reverse.
	Sets  []string `json:"sets"`
	Lists []string `json:"lists"`
	// Unordered are properties in which, and beneath which, no list's order means anything.
	Unordered []string `json:"unordered"`
	// Keys are sets whose elements are told apart by a property.
	Keys map[string]string `json:"keys"`
	// Secrets are never shown.
	Secrets []string `json:"secrets"`
	// Presence are objects whose existence means something.
	Presence []string `json:"presence"`
	// Choices are properties beneath which the existence of every object means something, as where an API writes which of
	// several things it is by which of several objects there is: {"Allow":{}}.
	Choices []string `json:"choices"`
	// Readable are properties that the API tells though the schema calls them read-only or write-only, and that one
	// declares.
	Readable []string `json:"readable"`
	// Undeclared are properties that nobody declares though the schema doesn't call them read-only: aliases of
	// others, and what only matters at creation and can't be read.
	Undeclared []string `json:"undeclared"`
	// Why is the reviewer's note.
	Why string `json:"why"`
}

type defaultJSON struct {
	Path   string `json:"path"`
	Value  any    `json:"value"`
	Source string `json:"source"` // the page that states the default
}

func readOverlays(fsys fs.FS) (map[string]json.RawMessage, error) {
	body, err := fs.ReadFile(fsys, overlayFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", overlayFile, err)
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(body, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", overlayFile, err)
	}
	return out, nil
}

func applyOverlay(root *Property, body []byte) error {
	var o overlay
	if err := strict(body, &o); err != nil {
		return err
	}
	var errs []error
	each := func(what string, paths []string, do func(*Property) error) {
		for _, path := range paths {
			p, err := resolve(root, path)
			if err == nil {
				err = do(p)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s %s: %w", what, path, err))
			}
		}
	}
	each("maps", o.Maps, func(p *Property) error {
		if p.Kind != JSON {
			return fmt.Errorf("is a %s", p.Kind)
		}
		p.Kind, p.Items = Map, &Property{Kind: String, KeepEmpty: true}
		return nil
	})
	if len(o.Maps) > 0 {
		markTags(root)
	}
	each("readable", o.Readable, func(p *Property) error {
		if p.kept() {
			return errors.New("is readable already")
		}
		p.ReadOnly, p.WriteOnly = false, false
		return nil
	})
	each("undeclared", o.Undeclared, func(p *Property) error {
		if !p.kept() {
			return errors.New("is read-only or write-only already")
		}
		p.ReadOnly = true
		return nil
	})
	each("policies", o.Policies, func(p *Property) error {
		if p.Kind != JSON && p.Kind != String {
			return fmt.Errorf("is a %s", p.Kind)
		}
		p.Kind = Policy
		return nil
	})
	each("sets", o.Sets, relist(List, Unique))
	each("lists", o.Lists, relist(Unique, List))
	each("unordered", o.Unordered, func(p *Property) error {
		p.unorder()
		return nil
	})
	for path, key := range o.Keys {
		each("keys", []string{path}, func(p *Property) error {
			if p.Kind != List && p.Kind != Unique {
				return fmt.Errorf("is a %s", p.Kind)
			}
			p.Kind, p.Key = Unique, key
			return p.validate()
		})
	}
	each("secrets", o.Secrets, func(p *Property) error {
		if p.Kind == Map { // its keys are names, and each of its values is a secret of its own
			p = p.Items
		}
		p.Secret = true
		return nil
	})
	each("presence", o.Presence, func(p *Property) error {
		if p.Kind != Object {
			return fmt.Errorf("is a %s", p.Kind)
		}
		p.Presence = true
		return nil
	})
	each("choices", o.Choices, func(p *Property) error {
		if !p.choice() {
			return fmt.Errorf("has no object beneath")
		}
		return nil
	})
	for _, d := range o.Defaults {
		if err := d.apply(root); err != nil {
			errs = append(errs, fmt.Errorf("defaults %s: %w", d.Path, err))
		}
	}
	return errors.Join(errs...)
}

// choice marks every object beneath as one whose existence means something, and tells whether there is any.
func (p *Property) choice() bool {
	found := false
	for _, child := range p.Properties {
		if child.Kind == Object || child.Kind == JSON {
			child.Presence, found = true, true
		}
		found = child.choice() || found
	}
	if p.Items == nil {
		return found
	}
	if p.Items.Kind == JSON {
		p.Items.Presence, found = true, true
	}
	return p.Items.choice() || found
}

// unorder makes sets of the lists in a property and beneath it.
func (p *Property) unorder() {
	switch p.Kind {
	case List:
		p.Kind = Unique
	case JSON:
		p.Unordered = true
	}
	for _, child := range p.Properties {
		child.unorder()
	}
	if p.Items != nil {
		p.Items.unorder()
	}
}

func relist(from, to Kind) func(*Property) error {
	return func(p *Property) error {
		if p.Kind != from {
			return fmt.Errorf("is a %s", p.Kind)
		}
		p.Kind = to
		return nil
	}
}

func resolve(root *Property, pattern string) (*Property, error) {
	path, err := ParsePath(pattern)
	if err != nil {
		return nil, err
	}
	p := root
	for _, seg := range path {
		if p = p.step(seg); p == nil {
			return nil, fmt.Errorf("the shape has no such property")
		}
	}
	return p, nil
}

func (d defaultJSON) apply(root *Property) error {
	if !strings.HasPrefix(d.Source, "https://") {
		return errors.New("has no source")
	}
	path, err := ParsePath(d.Path)
	if err != nil {
		return err
	}
	parent := root
	for i, seg := range path[:len(path)-1] {
		child := parent.step(seg)
		if child == nil {
			return errors.New("the shape has no such property")
		}
		// The chain of plain objects above a default is made with it; elements of lists are not.
		if seg.Kind == NameSegment && child.Kind == Object && !child.Presence && path[i].Kind == NameSegment {
			parent.addCreate(seg.Name)
		}
		parent = child
	}
	last := path[len(path)-1]
	leaf := parent.step(last)
	if leaf == nil || parent.Kind != Object {
		return errors.New("the shape has no such property")
	}
	if !leaf.kept() {
		return errors.New("is read-only or write-only")
	}
	var n normalizer
	value, ok := n.value(leaf, fromJSON(d.Value))
	if !ok && leaf.Kind == String {
		value, ok = "", true
		leaf.KeepEmpty = true
	}
	if !ok || len(n.problems) > 0 {
		return fmt.Errorf("%v is no %s", d.Value, leaf.Kind)
	}
	parent.defaults = append(parent.defaults, fill{last.Name, value})
	return nil
}

func (p *Property) addCreate(name string) {
	if slices.Contains(p.create, name) {
		return
	}
	p.create = append(p.create, name)
}
