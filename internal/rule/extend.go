package rule

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Own is a team's own rule as it is written: YAML, one mapping. It may also be a list of several, below "rules".
type Own struct {
	Name string // where it comes from, for problems
	Text string
}

// Extend returns the set with a team's own rules beside its own, whose evaluation is bounded. What is wrong with one leaves
// it out and is told with its line: what Load refuses, an id that another rule has, and an example that comes out otherwise.
func (s *Set) Extend(own []Own) (*Set, []Problem) {
	out := &Set{
		rules: slices.Clone(s.rules), byID: maps.Clone(s.byID), data: s.data, compiler: s.compiler,
	}
	var problems []Problem
	for _, o := range own {
		nodes, wrong := o.rules()
		if len(wrong) > 0 {
			problems = append(problems, wrong...)
			continue
		}
		for _, node := range nodes {
			r, found := out.own(o.Name, node)
			if problems = append(problems, found...); len(found) > 0 {
				continue
			}
			out.rules = append(out.rules, r)
			out.byID[r.ID] = r
		}
	}
	slices.SortFunc(out.rules, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return out, problems
}

// rules returns the mappings that are rules.
func (o Own) rules() ([]*yaml.Node, []Problem) {
	doc, wrong := ParseDocument(o.Name, o.Text)
	if len(wrong) > 0 {
		return nil, wrong
	}
	list := child(doc.node, "rules")
	if list == nil {
		return []*yaml.Node{doc.node}, nil
	}
	if doc.Has("data") {
		return nil, []Problem{{Source: o.Name, Line: doc.Line("data"), Field: "data", Message: "is for the rules that come with the program"}}
	}
	for i := 0; i < len(doc.node.Content); i += 2 {
		if key := doc.node.Content[i]; key.Value != "rules" {
			return nil, []Problem{{Source: o.Name, Line: key.Line, Field: key.Value, Message: "can't stand beside a list of rules"}}
		}
	}
	if list.Kind != yaml.SequenceNode {
		return nil, []Problem{{Source: o.Name, Line: list.Line, Field: "rules", Message: "must be a list"}}
	}
	return list.Content, nil
}

// own decodes, compiles and tries a team's rule.
func (s *Set) own(source string, node *yaml.Node) (*Rule, []Problem) {
	r, err := decodeRule(node)
	if err != nil {
		problems := yamlProblems(source, err)
		for i := range problems {
			problems[i].Line = cmp.Or(problems[i].Line, node.Line)
			if id := child(node, "id"); id != nil {
				problems[i].Rule = id.Value
			}
		}
		return nil, problems
	}
	r.Source, r.Custom = source, true
	problems := s.refusals(r)
	for i := range problems {
		problems[i].Source, problems[i].Rule, problems[i].Line = source, r.ID, lineOf(node, problems[i].Field)
	}
	return r, problems
}

// refusals are the reasons why a team's rule isn't taken.
func (s *Set) refusals(r *Rule) []Problem {
	if first, there := s.byID[r.ID]; there {
		return []Problem{{Field: "id", Message: "is that of another rule: " + first.Title}}
	}
	if problems := s.compiler.compiled(r); len(problems) > 0 {
		return problems
	}
	var problems []Problem
	for i := range r.Examples {
		x := &r.Examples[i]
		field := fmt.Sprintf("examples[%d]", i)
		got, err := s.Try(r, x)
		if err != nil {
			problems = append(problems, Problem{Field: field, Message: err.Error()})
		} else if got.Verdict != x.Want {
			problems = append(problems, Problem{
				Field: field, Message: strings.TrimSuffix(fmt.Sprintf("is %s, not %s: %s", got.Verdict, x.Want, got.Reason), ": "),
			})
		}
	}
	return problems
}
