package iampolicy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrTooLarge is a policy that would take too long to judge: many times what AWS accepts of any service.
var ErrTooLarge = errors.New("policy is too large to judge")

// maxWork bounds the steps of comparing every Allow with every Deny: the square of half of 32 KB, the largest policy that
// AWS has (a KMS key's), is half of it.
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const maxWork = 1 << 29

// Parse reads a resource-based policy from its JSON object, as encoding/json decodes it. Nil, or an object without
// statements, grants nothing. A scalar stands for a list of it, numbers and booleans for their text, null for absence.
// What it can't understand is an error that names the place: `Statement[2] (Logs): Effect is "allow", neither Allow nor Deny`.
func Parse(doc any) (*Policy, error) {
	statements, err := parseDocument("", doc, true)
	if err != nil {
		return nil, err
	}
	if err := checkWork(statements); err != nil {
		return nil, err
	}
	return &Policy{statements: statements}, nil
}

func parseDocument(name string, doc any, resourceBased bool) ([]statement, error) {
	if doc == nil {
		return nil, nil
	}
	m, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("policy document is %s, not an object", kindOf(doc))
	}
	for key := range m {
		switch key {
		case "Version", "Id", "Statement":
		default:
			return nil, fmt.Errorf("policy document has an unknown element %q", clip(key))
		}
	}
	variables := false
	switch v := m["Version"]; v {
	case "2012-10-17":
		variables = true
	case nil, "", "2008-10-17":
	default:
		return nil, fmt.Errorf("policy document's Version is %s", show(v))
	}
	var list []any
	switch v := m["Statement"].(type) {
	case nil:
	case map[string]any:
		list = []any{v}
	case []any:
		list = v
	default:
		return nil, fmt.Errorf("policy document's Statement is %s", kindOf(v))
	}
	out := make([]statement, 0, len(list))
	for i, v := range list {
		p := parser{variables: variables, resourceBased: resourceBased}
		s, err := p.statement(v)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", Ref{Statement: i, Sid: clip(s.ref.Sid)}, err)
		}
		s.ref.Document, s.ref.Statement = name, i
		out = append(out, s)
	}
	return out, nil
}

// parser reads one statement.
type parser struct {
	variables     bool // ${...} are variables
	resourceBased bool
}

func (p parser) statement(v any) (statement, error) {
	var s statement
	m, ok := v.(map[string]any)
	if !ok {
		return s, fmt.Errorf("is %s, not an object", kindOf(v))
	}
	for key := range m {
		switch key {
		case "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition":
		default:
			return s, fmt.Errorf("unknown element %q", clip(key))
		}
	}
	s.ref.Sid, _ = scalar(m["Sid"])
	switch m["Effect"] {
	case "Allow":
	case "Deny":
		s.deny = true
	default:
		return s, elementError("Effect", "is %s, neither Allow nor Deny", show(m["Effect"]))
	}
	var err error
	if s.actions, err = oneOf(m, "Action", "NotAction"); err != nil {
		return s, err
	}
	if s.actions.patterns == nil {
		return s, errors.New("has no Action")
	}
	for i, a := range s.actions.patterns {
		s.actions.patterns[i] = wholeAction(collapse(strings.ToLower(a)))
	}
	if s.resources, err = oneOf(m, "Resource", "NotResource"); err != nil {
		return s, err
	}
	switch {
	case s.resources.patterns != nil:
		list, negated := s.resources.patterns, s.resources.negated
		s.resources.patterns = p.resources(list, s.deny == negated)
		s.sure = s.resources
		if !s.deny {
			s.sure.patterns = p.resources(list, negated)
		}
	case p.resourceBased:
		s.resources.patterns = []string{"*"} // the resource that has the policy
		s.sure = s.resources
	default:
		return s, errors.New("has no Resource")
	}
	if err := p.principals(&s, m); err != nil {
		return s, err
	}
	s.conditions, err = p.conditions(m["Condition"])
	return s, err
}

// oneOf reads the two elements of which a statement has one. Neither is a set without patterns.
func oneOf(m map[string]any, name, not string) (set, error) {
	a, err := stringList(m[name])
	if err != nil {
		return set{}, fmt.Errorf("%s %w", name, err)
	}
	b, err := stringList(m[not])
	switch {
	case err != nil:
		return set{}, fmt.Errorf("%s %w", not, err)
	case a != nil && b != nil:
		return set{}, fmt.Errorf("has both %s and %s", name, not)
	case b != nil:
		return set{patterns: b, negated: true}, nil
	}
	return set{patterns: a}, nil
}

// resources puts "*" in the place of variables where that is wider, and drops such patterns where it isn't.
func (p parser) resources(patterns []string, widen bool) []string {
	out := make([]string, 0, len(patterns))
	for _, s := range patterns {
		text, some := p.expand(s)
		if !some || widen {
			out = append(out, anything(collapse(text)))
		}
	}
	return out
}

// wholeAction writes a pattern whose service, or name, may be any in the one way that covers expects: "?*:*" is "*".
func wholeAction(s string) string {
	service, name, ok := strings.Cut(s, ":")
	service, name = anything(service), anything(name)
	switch {
	case !ok || service == "*" && name == "*":
		return service
	default:
		return service + ":" + name
	}
}

// anything makes "*" of what has no other characters than wildcards, and takes any text as long as names are.
func anything(s string) string {
	if strings.Contains(s, "*") && strings.Trim(s, "*?") == "" && strings.Count(s, "?") <= 2 {
		return "*"
	}
	return s
}

// expand replaces variables by "*", and ${*}, ${?} and ${$} by what they stand for
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html). It tells whether there was a
// variable.
func (p parser) expand(s string) (string, bool) {
	if !p.variables || !strings.Contains(s, "${") {
		return s, false
	}
	var b strings.Builder
	some := false
	for {
		before, rest, found := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !found {
			return b.String(), some
		}
		if !closed {
			b.WriteString("${" + rest)
			return b.String(), some
		}
		switch name {
		case "*":
			b.WriteString(literalStar)
		case "?":
			b.WriteString(literalQuestion)
		case "$":
			b.WriteByte('$')
		default:
			b.WriteByte('*')
			some = true
		}
		s = after
	}
}

// collapse makes one star of several in a row, which mean the same.
func collapse(s string) string {
	for strings.Contains(s, "**") {
		s = strings.ReplaceAll(s, "**", "*")
	}
	return s
}

// stringList reads a scalar or a list of them; nil is no list at all. The list is a new one.
func stringList(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		out := make([]string, 0, len(v))
		for i, e := range v {
			s, ok := scalar(e)
			if !ok {
				return nil, fmt.Errorf("[%d] is %s", i, kindOf(e))
			}
			out = append(out, s)
		}
		return out, nil
	case []string:
		return append(make([]string, 0, len(v)), v...), nil
	}
	s, ok := scalar(v)
	if !ok {
		return nil, fmt.Errorf("is %s", kindOf(v))
	}
	return []string{s}, nil
}

// scalar is the text of a JSON string, number or boolean.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	case interface{ String() string }: // json.Number
		return v.String(), true
	}
	return "", false
}

// checkWork refuses what would take unbounded time. Every comparison of an Allow's pattern with a Deny's takes at most
// the product of their lengths, so all take the product of the sums.
func checkWork(statements []statement) error {
	var allow, deny [2]int
	for _, s := range statements {
		to := &allow
		if s.deny {
			to = &deny
		}
		for i, patterns := range [][]string{s.actions.patterns, s.resources.patterns} {
			for _, p := range patterns {
				to[i] += len(p) + 1
			}
		}
	}
	if allow[0]*deny[0] > maxWork || allow[1]*deny[1] > maxWork {
		return ErrTooLarge
	}
	return nil
}

// elementError is an error that begins with an element's name, as the document has it.
func elementError(element, format string, args ...any) error {
	return fmt.Errorf("%s "+format, append([]any{element}, args...)...)
}

// kindOf names the JSON kind of a value for an error.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	}
	if _, ok := scalar(v); ok {
		return "a number"
	}
	return fmt.Sprintf("a %T", v)
}

// show is a value for an error.
func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(clip(s))
	}
	return kindOf(v)
}

// clip keeps errors short.
func clip(s string) string {
	const limit = 60
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
