package compliance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// Bounds of a framework of one's own; lengths are in bytes. The largest of those that come with the program has 370 controls.
const (
	maxControls = 2_000
	maxCitings  = 20_000 // of rules by all controls, groups counted by their rules
	maxCited    = 500    // rules of a control, and of a group
	maxGroups   = 500
	maxID       = 64
	maxTitle    = 500
	maxNote     = 4_000
)

// OwnRules is the id of the framework that Uncited makes.
const OwnRules = "own-rules"

// Extend returns the catalog of a set that a team's own rules are in, with the team's own frameworks beside its own. refused
// are the problems of those rules that the set leaves out: a control that cites one is not assessed. What is wrong with a
// framework leaves it out, and is told with its line.
func (c *Catalog) Extend(set *rule.Set, refused []rule.Problem, own []rule.Own) (*Catalog, []rule.Problem) {
	out := &Catalog{all: slices.Clone(c.all), byID: make(map[string]*Framework, len(c.all)), set: set, refused: map[string]string{}}
	for _, f := range c.all {
		out.byID[f.ID] = f
	}
	for _, p := range refused {
		if _, there := set.Lookup(p.Rule); p.Rule != "" && !there && out.refused[p.Rule] == "" {
			out.refused[p.Rule] = p.Error()
		}
	}
	var problems []rule.Problem
	for _, o := range own {
		f, found := out.own(o)
		if problems = append(problems, found...); len(found) > 0 {
			continue
		}
		out.byID[f.ID] = f
		out.all = append(out.all, f)
	}
	slices.SortFunc(out.all, func(a, b *Framework) int { return strings.Compare(a.ID, b.ID) })
	out.leftOut = slices.Concat(refused, problems)
	return out, problems
}

// LeftOut returns what is wrong with those of a team's own rules and frameworks that are left out.
func (c *Catalog) LeftOut() []rule.Problem { return slices.Clone(c.leftOut) }

// own reads a team's framework.
func (c *Catalog) own(o rule.Own) (*Framework, []rule.Problem) {
	if len(o.Text) > MaxText {
		return nil, []rule.Problem{{Source: o.Name, Message: fmt.Sprintf("is larger than %d bytes", MaxText)}}
	}
	doc, problems := rule.ParseDocument(o.Name, o.Text)
	if len(problems) > 0 {
		return nil, problems
	}
	f := &Framework{Custom: true}
	if problems = doc.Decode(f); len(problems) > 0 {
		return nil, problems
	}
	// What is too much is told alone: the other checks would take their time over it.
	if problems = f.bounds(); len(problems) == 0 {
		problems = append(f.expand(o.Name, c.cites), f.lint(o.Name, c.cites)...)
		problems = append(problems, f.texts()...)
		if first, there := c.byID[f.ID]; there {
			problems = append(problems, rule.Problem{Field: "id", Message: "is that of " + first.Name})
		} else if f.ID == OwnRules {
			problems = append(problems, rule.Problem{Field: "id", Message: "is kept for rules that no framework cites"})
		}
	}
	for i := range problems {
		p := &problems[i]
		p.Source, p.Line, p.Field, p.Message = o.Name, doc.Line(position(p.Field)), clip(p.Field), clip(p.Message)
	}
	slices.SortStableFunc(problems, func(a, b rule.Problem) int { return cmp.Compare(a.Line, b.Line) })
	if n := len(problems) - maxProblems; n > 0 {
		problems = append(problems[:maxProblems], rule.Problem{Source: o.Name, Message: fmt.Sprintf("has %d more faults", n)})
	}
	return f, problems
}

// What is told of a framework that is refused, in number and in bytes: problems quote it.
const (
	maxProblems = 100
	maxQuote    = 300
)

func clip(text string) string {
	if len(text) <= maxQuote {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuote], "") + "..."
}

// position is where a field is that lint names with the control's id: "controls[3] 1.2.rules".
func position(field string) string {
	at, what, _ := strings.Cut(field, " ")
	for _, name := range []string{"rules", "section", "type", "note"} {
		if strings.HasSuffix(what, "."+name) {
			return at + "." + name
		}
	}
	return at
}

// bounds are what there is too much of.
func (f *Framework) bounds() []rule.Problem {
	var out []rule.Problem
	check := func(field string, have, most int) {
		if have > most {
			out = append(out, rule.Problem{Field: field, Message: fmt.Sprintf("has %d, at most %d are taken", have, most)})
		}
	}
	check("controls", len(f.Controls), maxControls)
	check("sections", len(f.Sections), maxControls)
	check("groups", len(f.Groups), maxGroups)
	for name, rules := range f.Groups {
		check("groups."+name, len(rules), maxCited)
	}
	citings := 0
	for i := range f.Controls {
		check(fmt.Sprintf("controls[%d].rules", i), len(f.Controls[i].Rules), maxCited)
		for _, id := range f.Controls[i].Rules {
			citings += max(len(f.Groups[id]), 1)
		}
		check(fmt.Sprintf("controls[%d].profiles", i), len(f.Controls[i].Profiles), maxCited)
	}
	if citings > maxCitings {
		out = append(out, rule.Problem{Field: "controls", Message: fmt.Sprintf("cite %d rules, at most %d are taken", citings, maxCitings)})
	}
	return out
}

// texts are those that are too long, or hold what a terminal would obey.
func (f *Framework) texts() []rule.Problem {
	var out []rule.Problem
	check := func(field, text string, most int) {
		if len(text) > most {
			out = append(out, rule.Problem{Field: field, Message: fmt.Sprintf("must be at most %d bytes", most)})
		}
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			out = append(out, rule.Problem{Field: field, Message: "holds control characters"})
		}
	}
	check("id", f.ID, maxID)
	check("name", f.Name, maxTitle)
	check("version", f.Version, maxID)
	check("url", f.URL, maxTitle)
	check("about", f.About, maxNote)
	for i, s := range f.Sections {
		at := fmt.Sprintf("sections[%d]", i)
		check(at+".id", s.ID, maxID)
		check(at+".title", s.Title, maxTitle)
	}
	for i := range f.Controls {
		c, at := &f.Controls[i], fmt.Sprintf("controls[%d]", i)
		check(at+".id", c.ID, maxID)
		check(at+".title", c.Title, maxTitle)
		check(at+".note", c.Note, maxNote)
		for _, p := range c.Profiles {
			check(at+".profiles", p, maxID)
		}
	}
	if p := audit.ProviderType(f.Provider); !slices.Contains([]audit.ProviderType{
		audit.ProviderAWS, audit.ProviderGCP, audit.ProviderAzure, audit.ProviderKubernetes, "any",
	}, p) {
		out = append(out, rule.Problem{Field: "provider", Message: "must be aws, gcp, azure, kubernetes or any"})
	}
	return out
}

// Citing returns the team's own frameworks that cite a rule, by id.
func (c *Catalog) Citing(ruleID string) []*Framework {
	var out []*Framework
	for _, f := range c.all {
		if f.Custom && slices.Contains(f.Rules(), ruleID) {
			out = append(out, f)
		}
	}
	return out
}

// Uncited makes a framework of those rules of one's own that none of some frameworks cites, a control for each; nil where there
// are none. It isn't in the catalog.
func (c *Catalog) Uncited(frameworks []*Framework) *Framework {
	cited := map[string]bool{}
	for _, f := range frameworks {
		for _, id := range f.Rules() {
			cited[id] = true
		}
	}
	out := &Framework{
		ID: OwnRules, Name: "Rules of your own", Provider: "any", Custom: true, Sections: []Section{{ID: "1", Title: "Rules"}},
		About: "Rules that none of the frameworks cites.",
	}
	add := func(id, title string) {
		if !cited[id] {
			out.Controls = append(out.Controls, Control{ID: id, Title: title, Section: "1", Type: "automated", Rules: []string{id}})
		}
	}
	for _, r := range c.set.Rules() {
		if r.Custom {
			add(r.ID, r.Title)
		}
	}
	for id := range c.refused {
		add(id, id)
	}
	if len(out.Controls) == 0 {
		return nil
	}
	slices.SortFunc(out.Controls, func(a, b Control) int { return strings.Compare(a.ID, b.ID) })
	return out
}
