package rule

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/ext"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// What an expression may be at most.
const (
	maxExpression = 8 << 10 // characters
	maxNodes      = 2_000   // of its syntax tree
	maxNesting    = 5       // of exists, all, filter and map in one another
	// maxCost bounds the evaluation of a team's own rule, in CEL's units, which are about one for each value visited.
	maxCost = 5_000_000
)

// compiler turns rules' texts into programs. It is safe for concurrent use.
type compiler struct {
	shapes *shape.Set
	base   func() (*cel.Env, error)
}

func newCompiler(shapes *shape.Set) *compiler {
	return &compiler{shapes: shapes, base: sync.OnceValues(environment)}
}

// environment returns what expressions are made of. CEL's macro has is left out: it is true of what is there and could
// not be read. A missing attribute is said with ".?", which knows.
func environment() (*cel.Env, error) {
	return cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(env.NewLibrarySubset().AddExcludedMacros("has").AddExcludedFunctions(env.NewFunction(operators.Add)))),
		cel.OptionalTypes(),
		ext.Strings(ext.StringsVersion(0)), // later ones have format, whose result can't be bounded
		boundedFunctions(),
		ext.Bindings(),
		cel.Variable("config", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("facts", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("resource", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("data", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("now", cel.TimestampType),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ASTValidators(
			cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals(),
			cel.ValidateComprehensionNestingLimit(maxNesting),
		),
		functions(),
	)
}

var ruleID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)

// names that expressions have already.
var reserved = []string{"config", "facts", "resource", "data", "now", "policy"}

// check lints a rule and its examples.
func (c *compiler) check(r *Rule) []Problem {
	var out problems
	c.lint(r, out.of(r))
	if len(out) == 0 {
		c.normalize(r, out.of(r))
	}
	return out
}

// compiled lints and compiles a rule.
func (c *compiler) compiled(r *Rule) []Problem {
	if found := c.check(r); len(found) > 0 {
		return found
	}
	return c.compile(r)
}

type problems []Problem

// of returns what adds a problem of a rule.
func (p *problems) of(r *Rule) func(field, format string, args ...any) {
	return func(field, format string, args ...any) {
		*p = append(*p, Problem{Source: r.Source, Rule: r.ID, Field: field, Message: fmt.Sprintf(format, args...)})
	}
}

// compile compiles a rule's expressions.
func (c *compiler) compile(r *Rule) []Problem {
	var out problems
	add := out.of(r)
	base, err := c.base()
	if err != nil {
		add("", "%v", err)
		return out
	}
	own, names := base, make([]cel.EnvOption, 0, len(r.LookUps))
	for name, l := range r.LookUps {
		l.name = name
		l.shape, _ = c.shapes.Lookup(l.Type)
		names = append(names, cel.Variable(name, cel.ListType(cel.MapType(cel.StringType, cel.DynType))))
	}
	if len(names) > 0 {
		if own, err = base.Extend(names...); err != nil {
			add("look_ups", "%v", err)
			return out
		}
	}
	boolean := []*cel.Type{cel.BoolType, cel.DynType}
	texts := []*cel.Type{cel.StringType, cel.ListType(cel.StringType), cel.ListType(cel.DynType), cel.DynType}
	compile := func(field, text string, e *cel.Env, types []*cel.Type) (cel.Program, []path) {
		p, paths, problems := program(e, text, types, r)
		for _, msg := range problems {
			add(field, "%s", msg)
		}
		return p, paths
	}
	var all []use
	r.passes, r.shown = compile("passes", r.Passes, own, boolean)
	all = append(all, usesIn("passes", r.shown)...)
	if r.Applies != "" {
		var paths []path
		r.applies, paths = compile("applies", r.Applies, own, boolean)
		all = append(all, usesIn("applies", paths)...)
	}
	if r.Seen != "" {
		var paths []path
		r.seen, paths = compile("seen", r.Seen, own, nil)
		all = append(all, usesIn("seen", paths)...)
	}
	for name, l := range r.LookUps {
		field := "look_ups." + name
		if l.Ours == "" {
			continue
		}
		var ours, theirs []path
		l.ours, ours = compile(field+".ours", l.Ours, own, texts)
		all = append(all, usesIn(field+".ours", ours)...)
		l.theirs, theirs = compile(field+".theirs", l.Theirs, base, texts)
		for _, p := range theirs {
			if p.root != "resource" {
				p.names = append([]string{p.root}, p.names...)
			}
			all = append(all, use{field + ".theirs", path{root: name, names: p.names}})
		}
	}
	for _, u := range all {
		lint := func(message string, args ...any) { add(u.field, message, args...) }
		if l := r.LookUps[u.root]; l != nil {
			l.paths = append(l.paths, u.path)
			c.lintPath(lint, []string{l.Type}, path{root: first(u.names), names: rest(u.names)})
		} else if r.paths = append(r.paths, u.path); u.root != "resource" {
			c.lintPath(lint, r.Types, u.path)
		}
	}
	r.shapes = map[string]*shape.Shape{}
	for _, t := range r.Types {
		r.shapes[t], _ = c.shapes.Lookup(t)
	}
	return out
}

// use is an attribute that an expression reads.
type use struct {
	field string // of the rule, which has the expression
	path
}

func usesIn(field string, paths []path) []use {
	out := make([]use, 0, len(paths))
	for _, p := range paths {
		out = append(out, use{field, p})
	}
	return out
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func rest(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return names[1:]
}

// program compiles one expression. types are those that it may have; nil is any.
func program(e *cel.Env, text string, types []*cel.Type, r *Rule) (cel.Program, []path, []string) {
	checked, issues := e.Compile(text)
	if issues != nil && issues.Err() != nil {
		var out []string
		for _, i := range issues.Errors() {
			out = append(out, fmt.Sprintf("line %d, column %d: %s", i.Location.Line(), i.Location.Column()+1, i.Message))
		}
		return nil, nil, out
	}
	if types != nil && !slices.ContainsFunc(types, func(t *cel.Type) bool { return t.IsExactType(checked.OutputType()) }) {
		return nil, nil, []string{fmt.Sprintf("gives %s, not %s", checked.OutputType(), types[0])}
	}
	paths, problems := read(checked, r.LookUps)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if r.Custom {
		options = append(options, cel.CustomDecoratorV2(boundComparison), cel.CostTracking(costs{}), cel.CostLimit(maxCost))
	}
	p, err := e.Program(checked, options...)
	if err != nil {
		return nil, nil, []string{err.Error()}
	}
	return p, paths, nil
}

// lint holds what isn't CEL against what a rule must have.
func (c *compiler) lint(r *Rule, add func(field, format string, args ...any)) {
	if !ruleID.MatchString(r.ID) || len(r.ID) > 100 {
		add("id", "must be lower-case words joined by hyphens, of 100 characters at most")
	}
	for field, text := range map[string]string{
		"title": r.Title, "passes": r.Passes, "wanted": r.Wanted, "risk": r.Risk, "remediation": r.Remediation,
	} {
		if strings.TrimSpace(text) == "" {
			add(field, "is required")
		}
	}
	if r.Severity.Rank() == 0 {
		add("severity", "must be one of %v", audit.Severities())
	}
	if len(r.Types) == 0 {
		add("types", "is required")
	}
	for _, t := range r.Types {
		if _, ok := c.shapes.Lookup(t); !ok {
			add("types", "%s is no resource type", t)
		}
	}
	for _, word := range r.Categories {
		if !slices.Contains(categories, word) {
			add("categories", "%s is none of %s", word, strings.Join(categories, ", "))
		}
	}
	if len(r.Categories) == 0 {
		add("categories", "is required")
	}
	if len(r.References) == 0 && !r.Custom {
		add("references", "is required")
	}
	for _, ref := range r.References {
		if u, err := url.Parse(ref); err != nil || u.Scheme != "https" || u.Host == "" {
			add("references", "%q is no https URL", ref)
		}
	}
	for name, l := range r.LookUps {
		c.lintLookUp(name, l, add)
	}
	lintExamples(r, add)
}

func (c *compiler) lintLookUp(name string, l *LookUp, add func(field, format string, args ...any)) {
	field := "look_ups." + name
	if l == nil {
		add(field, "is empty")
		return
	}
	if slices.Contains(reserved, name) || !regexp.MustCompile(`^[a-z][a-z_]*$`).MatchString(name) {
		add(field, "can't be called so")
	}
	if _, ok := c.shapes.Lookup(l.Type); !ok {
		add(field+".type", "%s is no resource type", l.Type)
	}
	if l.In != "" && l.In != "account" && l.In != "region" {
		add(field+".in", "must be account or region")
	}
	if (l.Ours == "") != (l.Theirs == "") {
		add(field, "ours and theirs go together")
	}
}

// lintPath finds attributes that no resource of these types has. A rule for several types may name what only some have.
func (c *compiler) lintPath(add func(format string, args ...any), types []string, p path) {
	switch p.root {
	case "config":
		for _, t := range types {
			if sh, ok := c.shapes.Lookup(t); ok && declares(sh.Root(), p.names) {
				return
			}
		}
		add("%s is no attribute of %s", strings.Join(p.names, "."), strings.Join(types, ", "))
	case "facts", "": // facts have no schema; "" is a look-up's element as a whole
	default:
		if p.root == "resource" || !slices.Contains(resourceFields, p.root) {
			add("%s is nothing that a resource has", p.root)
		}
	}
}

// declares tells whether the property has what the names lead to.
func declares(p *shape.Property, names []string) bool {
	for _, name := range names {
		switch p.Kind {
		case shape.Object:
			if p = p.Properties[name]; p == nil || p.ReadOnly || p.WriteOnly {
				return false
			}
		case shape.Map:
			p = p.Items
		case shape.JSON, shape.Policy:
			return true
		default:
			return false
		}
	}
	return true
}
