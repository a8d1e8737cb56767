package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/shape"
)

// Reads returns the attributes that a rule reads of what it judges, as unread attributes are named.
func Reads(r *Rule) []string {
	var out []string
	for _, p := range r.paths {
		switch {
		case len(p.names) == 0:
		case p.root == "config":
			var at shape.Path
			for _, n := range p.names {
				at = at.Name(n)
			}
			out = append(out, at.String())
		case p.root == "facts":
			out = append(out, "facts."+strings.Join(p.names, "."))
		}
	}
	return out
}

// With returns an example with the value that another has at a path.
func With(x Example, text string, other Example) Example {
	p := unreadPath(text, nil)
	if p.root == "config" {
		segments, err := shape.ParsePath(text)
		if err != nil {
			return x
		}
		for _, seg := range segments {
			p.names = append(p.names, seg.Name)
		}
		x.Config = replaced(x.Config, p.names, at(other.Config, p.names))
	} else {
		x.Facts = replaced(x.Facts, p.names, at(other.Facts, p.names))
	}
	x.Unread = maps.Clone(x.Unread)
	delete(x.Unread, text)
	return x
}

func replaced(m map[string]any, names []string, v any) map[string]any {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]any{}
	}
	if len(names) > 1 {
		below, _ := out[names[0]].(map[string]any)
		out[names[0]] = replaced(below, names[1:], v)
	} else if v == nil {
		delete(out, names[0])
	} else {
		out[names[0]] = v
	}
	return out
}

// Subjects returns what an example judges and what it looks up.
func Subjects(r *Rule, x *Example) []*Subject {
	out := []*Subject{x.subject(r.Types[0], 0)}
	for i := range x.Others {
		out = append(out, x.Others[i].subject("", i+1))
	}
	return out
}

// Show evaluates an expression and writes what it gives.
func Show(text string) string {
	e, err := environment()
	if err != nil {
		return err.Error()
	}
	checked, issues := e.Compile(text)
	if issues.Err() != nil {
		return issues.Err().Error()
	}
	p, err := e.Program(checked)
	if err != nil {
		return err.Error()
	}
	v, _, err := p.Eval(map[string]any{})
	if err != nil {
		return "error: " + err.Error()
	}
	native, _ := jsonOf(v)
	return fmt.Sprint(native)
}

// Eval evaluates an expression over a configuration, which gives a boolean.
func Eval(expression string, config map[string]any) (bool, error) {
	env, err := environment()
	if err != nil {
		return false, err
	}
	checked, issues := env.Compile(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	p, err := env.Program(checked)
	if err != nil {
		return false, err
	}
	v, _, err := p.Eval(map[string]any{"config": config})
	if err != nil {
		return false, err
	}
	yes, _ := v.Value().(bool)
	return yes, nil
}

// LookUpReads returns the configuration's attributes that a rule reads of a type that it looks up.
func LookUpReads(r *Rule, resourceType string) []string { return r.reads(resourceType, false) }

// WithOther returns an example in which another resource's attribute has a value.
func WithOther(x Example, k int, text string, value func(map[string]any, []string) any, unread bool) Example {
	segments, err := shape.ParsePath(text)
	if err != nil {
		return x
	}
	names := make([]string, 0, len(segments))
	for _, seg := range segments {
		names = append(names, seg.Name)
	}
	x.Others = slices.Clone(x.Others)
	o := &x.Others[k]
	o.Unread = maps.Clone(o.Unread)
	if o.Unread == nil {
		o.Unread = map[string]string{}
	}
	if unread {
		o.Unread[text] = "test:Refused"
		return x
	}
	delete(o.Unread, text)
	o.Config = replaced(o.Config, names, value(o.Config, names))
	return x
}

// At returns what a configuration has at a path.
func At(config map[string]any, names []string) any { return at(config, names) }
