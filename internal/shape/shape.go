// Package shape is the schema language of resource configurations and their canonical form.
//
// A configuration is what one would write to declare the resource. A Shape says which properties a resource type's
// configuration has, which of them only the cloud or only the declarer knows, which lists are sets, what an absent
// property means, and where policy documents and secrets are. Project makes a configuration of an API's answer,
// Normalize brings it to canonical form, Canonical and Hash name it.
//
// A shape file is JSON: {"type", "cfn", "source", "properties"}; a property is the name of a scalar type or
// {"type", "properties", "items", "key", "readOnly", "writeOnly"} (see Property). Files generated from CloudFormation's
// schemas, files written by hand and the reviewed overlay (see overlay) speak the same language.
package shape

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// overlayFile holds, by resource type, what the schemas don't say.
const overlayFile = "overlay.json"

// ownDir holds shapes written by hand, for what CloudFormation has no type.
const ownDir = "own"

// openPrefix begins the resource types that have no shape of their own: those of AWS that are read by nothing but their
// names (AWS::X::Y, as aws_x_y). Whatever their configurations hold is kept, as it is.
const openPrefix = "aws_"

// Set is the shapes of one cloud. Each is parsed when it is first looked up. A Set is safe for concurrent use.
type Set struct {
	fsys     fs.FS
	files    map[string]string // resource type -> file
	overlays func() (map[string]json.RawMessage, error)
	loaded   sync.Map // resource type -> func() (*Shape, error)
}

// Load lists the shapes of a file tree: <type>.json and own/<type>.json, beside an optional overlay.json. Nothing is
// parsed yet; Verify parses everything.
func Load(fsys fs.FS) (*Set, error) {
	s := &Set{fsys: fsys, files: map[string]string{}}
	for _, pattern := range []string{"*.json", ownDir + "/*.json"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, fmt.Errorf("list shapes: %w", err)
		}
		for _, name := range names {
			if name == overlayFile {
				continue
			}
			typ := strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".json")
			if other, twice := s.files[typ]; twice {
				return nil, fmt.Errorf("shape %s is declared by %s and by %s", typ, other, name)
			}
			s.files[typ] = name
		}
	}
	s.overlays = sync.OnceValues(func() (map[string]json.RawMessage, error) { return readOverlays(fsys) })
	return s, nil
}

// Lookup returns a resource type's shape; one that keeps everything for types that begin with "aws_". It returns false for a type that has none, or whose file doesn't parse;
// Verify says which.
func (s *Set) Lookup(resourceType string) (*Shape, bool) {
	sh, err := s.load(resourceType)
	return sh, err == nil
}

// Types lists the resource types, sorted.
func (s *Set) Types() []string {
	out := make([]string, 0, len(s.files))
	for typ := range s.files {
		out = append(out, typ)
	}
	slices.Sort(out)
	return out
}

// Verify parses every shape and the overlay, and returns everything that is wrong with them.
func (s *Set) Verify() error {
	var errs []error
	for _, typ := range s.Types() {
		if _, err := s.load(typ); err != nil {
			errs = append(errs, err)
		}
	}
	overlays, err := s.overlays()
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for typ := range overlays {
		if _, ok := s.files[typ]; !ok {
			errs = append(errs, fmt.Errorf("%s: %s has no shape", overlayFile, typ))
		}
	}
	return errors.Join(errs...)
}

func (s *Set) load(typ string) (*Shape, error) {
	name, ok := s.files[typ]
	if !ok && strings.HasPrefix(typ, openPrefix) {
		return openShape(typ), nil
	}
	if !ok {
		return nil, fmt.Errorf("no shape for %q: %w", typ, fs.ErrNotExist)
	}
	once, ok := s.loaded.Load(typ)
	if !ok {
		once, _ = s.loaded.LoadOrStore(typ, sync.OnceValues(func() (*Shape, error) { return s.parse(typ, name) }))
	}
	return once.(func() (*Shape, error))()
}

func (s *Set) parse(typ, name string) (*Shape, error) {
	body, err := fs.ReadFile(s.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read shape %s: %w", typ, err)
	}
	overlays, err := s.overlays()
	if err != nil {
		return nil, err
	}
	sh, err := parseShape(body, overlays[typ])
	if err != nil {
		return nil, fmt.Errorf("shape %s: %w", typ, err)
	}
	if sh.typ != typ {
		return nil, fmt.Errorf("shape %s: the file declares %q", typ, sh.typ)
	}
	return sh, nil
}

// Shape is what a resource type's configuration looks like. It never changes once loaded.
type Shape struct {
	typ, cfn, source string
	root             *Property
	projector        *Projector
	secrets          bool
}

// openShape returns the shape of a resource type of which nothing is known: its properties are free-form.
func openShape(typ string) *Shape {
	sh := &Shape{typ: typ, root: &Property{Kind: Object, rest: &Property{Kind: JSON}}}
	sh.projector = sh.Projector(nil)
	return sh
}

// HasSecrets tells whether any property's values are secret.
func (s *Shape) HasSecrets() bool { return s.secrets }

// Type is the resource type, such as ec2_instance.
func (s *Shape) Type() string { return s.typ }

// CloudFormation is the resource's CloudFormation type, such as AWS::EC2::Instance; "" where it has none and the
// shape is the AWS API's own.
func (s *Shape) CloudFormation() string { return s.cfn }

// Source is the address of the page or schema that the shape was made from.
func (s *Shape) Source() string { return s.source }

// Root is the configuration itself: an object.
func (s *Shape) Root() *Property { return s.root }

// Property returns what the shape declares at a path, passing through list items; nil where it declares nothing.
func (s *Shape) Property(path Path) *Property {
	p := s.root
	for _, seg := range path {
		if p = p.step(seg); p == nil {
			return nil
		}
	}
	return p
}
