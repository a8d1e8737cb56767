package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Own is a team's own rule, as it is written: YAML, one mapping.
type Own struct {
	Name string // where it comes from, for problems
	Text string
}

// Extend returns the set with a team's own rules beside its own, whose evaluation is bounded. What is wrong with one leaves
// it out and is told: what Load refuses, an id that another rule has, and an example that comes out otherwise.
func (s *Set) Extend(own []Own) (*Set, []Problem) {
	out := &Set{
		rules: slices.Clone(s.rules), byID: maps.Clone(s.byID), byType: make(map[string][]*Rule, len(s.byType)), data: s.data, shapes: s.shapes,
	}
	for t, rules := range s.byType {
		out.byType[t] = slices.Clone(rules)
	}
	var problems []Problem
	for _, o := range own {
		r, found := out.own(o)
		if problems = append(problems, found...); len(found) > 0 {
			continue
		}
		out.rules = append(out.rules, r)
		out.byID[r.ID] = r
		for _, t := range r.Types {
			out.byType[t] = append(out.byType[t], r)
		}
	}
	slices.SortFunc(out.rules, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return out, problems
}

// own reads, compiles and tries a team's rule.
func (s *Set) own(o Own) (*Rule, []Problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(o.Text), &doc); err != nil {
		return nil, []Problem{{Source: o.Name, Message: yamlError(err)}}
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, []Problem{{Source: o.Name, Message: "must be one rule: a mapping with id, title, passes and so on"}}
	}
	r, err := decodeRule(doc.Content[0])
	if err != nil {
		return nil, []Problem{{Source: o.Name, Message: yamlError(err)}}
	}
	r.Source, r.Custom = o.Name, true
	if first, there := s.byID[r.ID]; there {
		return nil, []Problem{{Source: o.Name, Rule: r.ID, Field: "id", Message: "is that of another rule: " + first.Title}}
	}
	c := &compiler{shapes: s.shapes}
	if problems := c.compile(r); len(problems) > 0 {
		return nil, problems
	}
	var problems []Problem
	for i := range r.Examples {
		x := &r.Examples[i]
		got, err := s.Try(r, x)
		if err != nil {
			problems = append(problems, Problem{Source: o.Name, Rule: r.ID, Field: fmt.Sprintf("examples[%d]", i), Message: err.Error()})
		} else if got.Verdict != x.Want {
			problems = append(problems, Problem{
				Source: o.Name, Rule: r.ID, Field: fmt.Sprintf("examples[%d]", i),
				Message: strings.TrimSuffix(fmt.Sprintf("is %s, not %s: %s", got.Verdict, x.Want, got.Reason), ": "),
			})
		}
	}
	return r, problems
}
