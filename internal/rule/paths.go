package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// path is an attribute that an expression reads: its root (config, facts, resource or a look-up's name) and the names from
// there. It ends where the expression goes on with the value as a whole.
type path struct {
	root  string
	names []string
}

func (p path) String() string { return strings.Join(append([]string{p.root}, p.names...), ".") }

// under tells whether p is q or lies below it.
func (p path) under(q path) bool {
	return p.root == q.root && len(p.names) >= len(q.names) && slices.Equal(p.names[:len(q.names)], q.names)
}

// reading finds what an expression reads, and what it does that gives wrong answers when something is unread.
type reading struct {
	lookUps  map[string]*LookUp
	vars     map[string]string // iteration variable -> look-up whose elements it takes
	asked    map[string]bool   // iteration variables that something was asked of
	paths    []path
	problems []string
}

// read returns the attributes that a checked expression reads.
func read(a *cel.Ast, lookUps map[string]*LookUp) ([]path, []string) {
	r := &reading{lookUps: lookUps, vars: map[string]string{}, asked: map[string]bool{}}
	r.visit(a.NativeRep().Expr())
	return outermost(r.paths), r.problems
}

// outermost returns the paths that none of the others covers, sorted.
func outermost(paths []path) []path {
	slices.SortFunc(paths, func(a, b path) int { return cmp.Or(strings.Compare(a.root, b.root), slices.Compare(a.names, b.names)) })
	var out []path
	for _, p := range paths { // sorted, so that what covers comes first
		if n := len(out); n == 0 || !p.under(out[n-1]) {
			out = append(out, p)
		}
	}
	return out
}

func (r *reading) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

// chain follows selections down to the variable that they start from.
func (r *reading) chain(e ast.Expr) (path, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		name := strings.TrimPrefix(e.AsIdent(), ".")
		switch {
		case r.vars[name] != "":
			r.asked[name] = true
			return path{root: r.vars[name]}, true
		case name == "config" || name == "facts" || name == "resource":
			return path{root: name}, true
		}
	case ast.SelectKind:
		if p, ok := r.chain(e.AsSelect().Operand()); ok {
			return p.with(e.AsSelect().FieldName()), true
		}
	case ast.CallKind:
		c := e.AsCall()
		switch c.FunctionName() {
		case operators.OptSelect, operators.Index, operators.OptIndex:
			key := c.Args()[1]
			if key.Kind() != ast.LiteralKind {
				return path{}, false
			}
			name, isText := key.AsLiteral().(types.String)
			if p, ok := r.chain(c.Args()[0]); ok && isText {
				return p.with(string(name)), true
			}
		}
	}
	return path{}, false
}

func (p path) with(name string) path {
	return path{root: p.root, names: append(p.names[:len(p.names):len(p.names)], name)}
}

// elements returns the look-up whose elements a list has: the look-up itself, or what is filtered from it.
func (r *reading) elements(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		if name := e.AsIdent(); r.lookUps[name] != nil && r.vars[name] == "" {
			return name
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		if c.AccuInit().Kind() == ast.ListKind && isFilter(c) {
			return r.elements(c.IterRange())
		}
	}
	return ""
}

// isFilter tells whether a comprehension keeps elements as they are: its step is "condition ? accu + [x] : accu".
func isFilter(c ast.ComprehensionExpr) bool {
	step := c.LoopStep()
	if step.Kind() != ast.CallKind || step.AsCall().FunctionName() != operators.Conditional {
		return false
	}
	add := step.AsCall().Args()[1]
	if add.Kind() != ast.CallKind || add.AsCall().FunctionName() != operators.Add {
		return false
	}
	kept := add.AsCall().Args()[1]
	return kept.Kind() == ast.ListKind && kept.AsList().Size() == 1 &&
		kept.AsList().Elements()[0].Kind() == ast.IdentKind && kept.AsList().Elements()[0].AsIdent() == c.IterVar()
}

func (r *reading) visit(e ast.Expr) {
	if p, ok := r.chain(e); ok {
		r.paths = append(r.paths, p)
		return
	}
	if name := r.elements(e); name != "" && e.Kind() == ast.IdentKind {
		r.problem("%s is looked up: ask it with exists, all, filter or map, for its end may be unread", name)
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		r.visit(e.AsSelect().Operand())
	case ast.CallKind:
		r.call(e.AsCall())
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			r.visit(x)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.visit(entry.AsMapEntry().Key())
			r.visit(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		r.problem("structures are not made in rules")
	case ast.ComprehensionKind:
		r.comprehension(e.AsComprehension())
	}
}

func (r *reading) call(c ast.CallExpr) {
	if c.IsMemberFunction() {
		r.visit(c.Target())
	}
	for _, arg := range c.Args() {
		r.visit(arg)
	}
}

func (r *reading) comprehension(c ast.ComprehensionExpr) {
	from := r.elements(c.IterRange())
	if from == "" {
		r.visit(c.IterRange())
	} else if c.IterRange().Kind() == ast.ComprehensionKind {
		r.comprehension(c.IterRange().AsComprehension())
	}
	r.visit(c.AccuInit())
	was, asked := r.vars[c.IterVar()], r.asked[c.IterVar()]
	r.vars[c.IterVar()], r.asked[c.IterVar()] = from, false
	r.visit(c.LoopCondition())
	if step := c.LoopStep(); from != "" && isFilter(c) {
		r.visit(step.AsCall().Args()[0]) // what is kept is read where the result is
	} else {
		r.visit(step)
	}
	if from != "" && !r.asked[c.IterVar()] { // exists(x, true) is true of an element that is unknown
		r.problem("nothing is asked of %s in %s: what could not be read would count", c.IterVar(), from)
	}
	r.vars[c.IterVar()], r.asked[c.IterVar()] = was, asked
	r.visit(c.Result())
}
