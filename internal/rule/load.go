package rule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	slashpath "path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/shape"
)

// maxFile is how large a file of rules may be, in bytes.
const maxFile = 1 << 20

// file is one YAML file: rules, and data that all rules see as "data".
type file struct {
	Rules []yaml.Node    `yaml:"rules"`
	Data  map[string]any `yaml:"data"`
}

// Load reads every .yaml file below a folder. What is wrong with a rule leaves out that rule alone, and is told with its
// place; the error is for what can't be read at all.
func Load(fsys fs.FS, shapes *shape.Set) (*Set, []Problem, error) {
	b := newBuilder(shapes)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || slashpath.Ext(name) != ".yaml" || strings.HasPrefix(name, "frameworks/") {
			return nil
		}
		body, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		b.file(name, body)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read rules: %w", err)
	}
	set, problems := b.build()
	return set, problems, nil
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	return body, err
}

// builder collects rules before they are compiled: data may be in any file.
type builder struct {
	shapes   *shape.Set
	rules    []*Rule
	data     map[string]any
	problems []Problem
}

func newBuilder(shapes *shape.Set) *builder {
	return &builder{shapes: shapes, data: map[string]any{}}
}

func (b *builder) problem(p Problem) { b.problems = append(b.problems, p) }

// file parses a file. Each rule is decoded by itself, so that one that is broken leaves the others.
func (b *builder) file(name string, body []byte) {
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(body))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		b.problem(Problem{Source: name, Message: yamlError(err)})
		return
	}
	for key, v := range f.Data {
		if _, there := b.data[key]; there {
			b.problem(Problem{Source: name, Field: "data." + key, Message: "is declared twice"})
		}
		b.data[key] = whole(v)
	}
	for i := range f.Rules {
		node := &f.Rules[i]
		source := fmt.Sprintf("%s:%d", name, node.Line)
		r, err := decodeRule(node)
		if err != nil {
			b.problem(Problem{Source: source, Message: yamlError(err)})
			continue
		}
		r.Source = source
		b.rules = append(b.rules, r)
	}
}

// decodeRule refuses fields that it doesn't know: a misspelt one would silently mean nothing.
func decodeRule(node *yaml.Node) (*Rule, error) {
	plain, err := withoutAliases(node, new(maxYAML))
	if err != nil {
		return nil, err
	}
	r := &Rule{}
	if err := decodeStrictly(plain, r); err != nil {
		return nil, err
	}
	for i := range r.Examples {
		r.Examples[i].tidy()
	}
	return r, nil
}

// maxYAML is how many YAML nodes a rule may have when its aliases are replaced.
const maxYAML = 50_000

// withoutAliases returns a copy of a node in which what aliases stand for is in their places: anchors are often in another rule.
// It may have so many nodes as are left, which it counts down.
func withoutAliases(node *yaml.Node, left *int) (*yaml.Node, error) {
	if *left--; *left < 0 {
		return nil, errors.New("is too large, with what its aliases stand for")
	}
	if node.Kind == yaml.AliasNode {
		return withoutAliases(node.Alias, left)
	}
	out := *node
	out.Anchor = ""
	out.Content = make([]*yaml.Node, 0, len(node.Content))
	for _, below := range node.Content {
		plain, err := withoutAliases(below, left)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, plain)
	}
	return &out, nil
}

func yamlError(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", "")
}

// whole turns YAML's numbers into those of configurations.
func whole(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case map[string]any:
		for k, e := range v {
			v[k] = whole(e)
		}
	case []any:
		for i, e := range v {
			v[i] = whole(e)
		}
	}
	return v
}

// build compiles what was collected. Of two rules with one id the first stays.
func (b *builder) build() (*Set, []Problem) {
	set := &Set{byID: map[string]*Rule{}, byType: map[string][]*Rule{}, data: b.data, shapes: b.shapes}
	c := &compiler{shapes: b.shapes}
	for _, r := range b.rules {
		if first, there := set.byID[r.ID]; there && r.ID != "" {
			b.problem(Problem{Source: r.Source, Rule: r.ID, Field: "id", Message: "is that of another rule, at " + first.Source})
			continue
		}
		problems := c.compile(r)
		b.problems = append(b.problems, problems...)
		if len(problems) > 0 {
			continue
		}
		set.byID[r.ID] = r
		set.rules = append(set.rules, r)
		for _, t := range r.Types {
			set.byType[t] = append(set.byType[t], r)
		}
	}
	slices.SortFunc(set.rules, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return set, b.problems
}
