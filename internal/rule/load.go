package rule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	slashpath "path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/shape"
)

// maxFile is how large a file of rules may be, in bytes.
const maxFile = 1 << 20

// file is one YAML file: rules, and data that all rules see as "data".
type file struct {
	Rules []entry        `yaml:"rules"`
	Data  map[string]any `yaml:"data"`
}

// entry is a rule in a file. Each is decoded by itself, so that one that is broken leaves the others.
type entry struct {
	rule *Rule
	line int
	err  error
}

// Load reads every .yaml file below a folder. What is wrong with a rule leaves out that rule alone, and is told with its
// place; the error is for what can't be read at all.
func Load(fsys fs.FS, shapes *shape.Set) (*Set, []Problem, error) {
	files, err := readFiles(fsys)
	if err != nil {
		return nil, nil, err
	}
	b := newBuilder(shapes)
	for _, f := range files {
		b.add(f)
	}
	set, problems := b.build(b.check)
	return set, problems, nil
}

// Trust reads rules of which tests hold that Load has nothing to say: those of the program itself. It doesn't lint them,
// keeps no examples, and a rule is compiled only when a resource that it concerns is judged. The error is for what can't be
// read, however little of it.
func Trust(fsys fs.FS, shapes *shape.Set) (*Set, error) {
	files, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	b := newBuilder(shapes)
	for _, f := range files {
		b.add(f)
	}
	set, problems := b.build(b.trust)
	if len(problems) > 0 {
		return nil, fmt.Errorf("read rules: %w", problems[0])
	}
	return set, nil
}

// parsedFile is a file of rules that was decoded, or why it wasn't.
type parsedFile struct {
	name string
	file
	err error
}

// readFiles decodes the files of a folder, several at a time, in the order of their names.
func readFiles(fsys fs.FS) ([]*parsedFile, error) {
	var out []*parsedFile
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
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
		f := &parsedFile{name: name}
		out = append(out, f)
		g.Go(func() error {
			f.err = decode(body, &f.file)
			return nil
		})
		return nil
	})
	if err = errors.Join(err, g.Wait()); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	return out, nil
}

// decode refuses fields that it doesn't know: a misspelt one would silently mean nothing.
func decode(body []byte, into any) error {
	dec := yaml.NewDecoder(bytes.NewReader(body))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
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
	compiler *compiler
	rules    []*Rule
	data     map[string]any
	problems []Problem
}

func newBuilder(shapes *shape.Set) *builder {
	return &builder{compiler: newCompiler(shapes), data: map[string]any{}}
}

func (b *builder) problem(p Problem) { b.problems = append(b.problems, p) }

func (b *builder) add(f *parsedFile) {
	if f.err != nil {
		b.problem(Problem{Source: f.name, Message: yamlError(f.err)})
		return
	}
	for key, v := range f.Data {
		if _, there := b.data[key]; there {
			b.problem(Problem{Source: f.name, Field: "data." + key, Message: "is declared twice"})
		}
		b.data[key] = whole(v)
	}
	for _, e := range f.Rules {
		source := fmt.Sprintf("%s:%d", f.name, e.line)
		if e.err != nil {
			b.problem(Problem{Source: source, Message: yamlError(e.err)})
			continue
		}
		e.rule.Source = source
		b.rules = append(b.rules, e.rule)
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

// UnmarshalYAML implements yaml's interface of this form, whose decoder knows anchors of other rules, and refuses fields that
// it doesn't know.
func (e *entry) UnmarshalYAML(unmarshal func(any) error) error {
	var n node
	if err := unmarshal(&n); err != nil {
		return err
	}
	e.line = n.Line
	e.rule = &Rule{}
	if e.err = unmarshal(e.rule); e.err != nil {
		return nil //nolint:nilerr // it is this rule's alone
	}
	for i := range e.rule.Examples {
		e.rule.Examples[i].tidy()
	}
	return nil
}

// node takes the node that it is decoded from.
type node struct{ *yaml.Node }

// UnmarshalYAML implements yaml.Unmarshaler.
func (n *node) UnmarshalYAML(from *yaml.Node) error {
	n.Node = from
	return nil
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

// build makes a set of what was collected, of rules of which prepare finds no problem. Of two rules with one id the first
// stays.
func (b *builder) build(prepare func([]*Rule) [][]Problem) (*Set, []Problem) {
	set := &Set{byID: map[string]*Rule{}, data: b.data, compiler: b.compiler}
	found := prepare(b.rules)
	for i, r := range b.rules {
		if first, there := set.byID[r.ID]; there && r.ID != "" {
			b.problem(Problem{Source: r.Source, Rule: r.ID, Field: "id", Message: "is that of another rule, at " + first.Source})
			continue
		}
		b.problems = append(b.problems, found[i]...)
		if len(found[i]) > 0 {
			continue
		}
		set.byID[r.ID] = r
		set.rules = append(set.rules, r)
	}
	slices.SortFunc(set.rules, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return set, b.problems
}

// check lints and compiles rules, several at a time.
func (b *builder) check(rules []*Rule) [][]Problem {
	out := make([][]Problem, len(rules))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, r := range rules {
		g.Go(func() error {
			out[i] = b.compiler.compiled(r)
			return nil
		})
	}
	_ = g.Wait() // problems are no errors
	return out
}

// trust leaves rules to be compiled when they are needed.
func (b *builder) trust(rules []*Rule) [][]Problem {
	for _, r := range rules {
		r.Examples = nil
		r.compiled = sync.OnceValue(func() error {
			if problems := b.compiler.compile(r); len(problems) > 0 {
				return problems[0]
			}
			return nil
		})
	}
	return make([][]Problem, len(rules))
}

// ready compiles the rule, unless that is done.
func (r *Rule) ready() error {
	if r.compiled == nil {
		return nil
	}
	return r.compiled()
}
