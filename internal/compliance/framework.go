// Package compliance maps the controls of frameworks to rules, and makes assessments of the rules' results.
package compliance

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// Framework is a standard: its controls, in its order, and the rules that judge them.
type Framework struct {
	ID       string    `yaml:"id" json:"id"` // "cis-aws-7.0"
	Name     string    `yaml:"name" json:"name"`
	Version  string    `yaml:"version" json:"version"`
	Provider string    `yaml:"provider" json:"provider"` // "aws"
	URL      string    `yaml:"url" json:"url"`           // where the standard is published
	About    string    `yaml:"about" json:"about"`
	Sections []Section `yaml:"sections" json:"sections"`
	// Groups are rules under one name. A control cites the name among its rules; loading puts the group's rules there.
	Groups   map[string][]string `yaml:"groups" json:"-"`
	Controls []Control           `yaml:"controls" json:"controls"`
	// Custom tells that it is a team's own.
	Custom bool `yaml:"-" json:"custom"`
}

// Section is a chapter of a framework.
type Section struct {
	ID    string `yaml:"id" json:"id"`
	Title string `yaml:"title" json:"title"`
}

// Control is one requirement. Its title is in our own words.
type Control struct {
	ID      string `yaml:"id" json:"id"`
	Title   string `yaml:"title" json:"title"`
	Section string `yaml:"section" json:"section"`
	// Type is "automated" or "manual", as the standard has it.
	Type string `yaml:"type" json:"type"`
	// Profiles are the standard's levels or baselines that it belongs to: "level-1", "moderate".
	Profiles []string `yaml:"profiles" json:"profiles,omitempty"`
	// Rules judge it, all together. A manual control may have some: they judge a part of it.
	Rules []string `yaml:"rules" json:"rules,omitempty"`
	// Note says why a control has no rules, or what they leave open.
	Note string `yaml:"note" json:"note,omitempty"`
}

// Ref names the framework.
func (f *Framework) Ref() audit.FrameworkRef {
	return audit.FrameworkRef{ID: f.ID, Name: f.Name, Version: f.Version}
}

// Concerns tells whether the framework is for providers of a type. One that names no single cloud is for all.
func (f *Framework) Concerns(t audit.ProviderType) bool {
	switch p := audit.ProviderType(f.Provider); p {
	case audit.ProviderAWS, audit.ProviderGCP, audit.ProviderAzure, audit.ProviderKubernetes:
		return p == t
	}
	return true
}

// Mapped counts the controls that have rules.
func (f *Framework) Mapped() int {
	n := 0
	for i := range f.Controls {
		if len(f.Controls[i].Rules) > 0 {
			n++
		}
	}
	return n
}

// Rules returns the ids of the rules that the framework needs, sorted.
func (f *Framework) Rules() []string {
	var out []string
	for i := range f.Controls {
		out = append(out, f.Controls[i].Rules...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Catalog is the frameworks that there are. It never changes.
type Catalog struct {
	all  []*Framework
	byID map[string]*Framework
	set  *rule.Set
	// refused are the ids of rules of the team's own that the set had to leave out, with the reason.
	refused map[string]string
	leftOut []rule.Problem
}

// All returns the frameworks, sorted by id.
func (c *Catalog) All() []*Framework { return slices.Clone(c.all) }

// Lookup returns a framework by its id.
func (c *Catalog) Lookup(id string) (*Framework, bool) {
	f, ok := c.byID[id]
	return f, ok
}

// Rules returns the rules that these frameworks need, sorted by id.
func (c *Catalog) Rules(frameworks ...*Framework) []*rule.Rule {
	seen := map[string]bool{}
	out := []*rule.Rule{}
	for _, f := range frameworks {
		for _, id := range f.Rules() {
			if r, ok := c.set.Lookup(id); ok && !seen[id] {
				seen[id] = true
				out = append(out, r)
			}
		}
	}
	slices.SortFunc(out, func(a, b *rule.Rule) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// MaxText is how large a framework's text may be, in bytes.
const MaxText = 1 << 20

// cites tells whether a framework may cite a rule.
func (c *Catalog) cites(ruleID string) bool {
	_, ok := c.set.Lookup(ruleID)
	return ok || c.refused[ruleID] != ""
}

// Load reads the frameworks of a folder, one a .yaml file. What is wrong with one leaves it out and is told.
func Load(fsys fs.FS, folder string, set *rule.Set) (*Catalog, []rule.Problem, error) {
	c := &Catalog{byID: map[string]*Framework{}, set: set}
	names, err := fs.Glob(fsys, folder+"/*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("read frameworks: %w", err)
	}
	var problems []rule.Problem
	for _, name := range names {
		f, err := readFramework(fsys, name)
		if err != nil {
			problems = append(problems, rule.Problem{Source: name, Message: err.Error()})
			continue
		}
		found := append(f.expand(name, c.cites), f.lint(name, c.cites)...)
		if first, there := c.byID[f.ID]; there {
			found = append(found, rule.Problem{Source: name, Field: "id", Message: "is that of " + first.Name})
		}
		if problems = append(problems, found...); len(found) > 0 {
			continue
		}
		c.byID[f.ID] = f
		c.all = append(c.all, f)
	}
	slices.SortFunc(c.all, func(a, b *Framework) int { return strings.Compare(a.ID, b.ID) })
	return c, problems, nil
}

func readFramework(fsys fs.FS, name string) (*Framework, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, MaxText+1))
	if err != nil {
		return nil, err
	}
	if len(body) > MaxText {
		return nil, fmt.Errorf("is larger than %d bytes", MaxText)
	}
	dec := yaml.NewDecoder(bytes.NewReader(body))
	dec.KnownFields(true)
	f := &Framework{}
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return f, nil
}

// expand puts the rules of groups where controls cite them, each rule once in a control. Where a group is wrong it leaves all
// controls as they are.
func (f *Framework) expand(source string, there func(ruleID string) bool) []rule.Problem {
	var out []rule.Problem
	add := func(group, format string, args ...any) {
		out = append(out, rule.Problem{Source: source, Field: "groups." + group, Message: fmt.Sprintf(format, args...)})
	}
	cited := map[string]bool{}
	for i := range f.Controls {
		for _, id := range f.Controls[i].Rules {
			cited[id] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Groups)) {
		if there(name) {
			add(name, "is the id of a rule")
		}
		if !cited[name] {
			add(name, "no control cites it")
		}
		if len(f.Groups[name]) == 0 {
			add(name, "has no rules")
		}
		for _, id := range f.Groups[name] {
			if !there(id) {
				add(name, "there is no rule %s", id)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for i := range f.Controls {
		f.Controls[i].Rules = f.flatten(f.Controls[i].Rules)
	}
	return nil
}

func (f *Framework) flatten(cited []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range cited {
		ids, ok := f.Groups[name]
		if !ok {
			ids = []string{name}
		}
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

var frameworkID = regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`)

func (f *Framework) lint(source string, there func(ruleID string) bool) []rule.Problem {
	var out []rule.Problem
	add := func(field, format string, args ...any) {
		out = append(out, rule.Problem{Source: source, Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if !frameworkID.MatchString(f.ID) {
		add("id", "must be lower-case words, digits, hyphens and points")
	}
	for field, text := range map[string]string{"name": f.Name, "version": f.Version, "provider": f.Provider} {
		if text == "" {
			add(field, "is required")
		}
	}
	if u, err := url.Parse(f.URL); f.URL != "" && (err != nil || u.Scheme != "https") {
		add("url", "%q is no https URL", f.URL)
	}
	if len(f.Controls) == 0 {
		add("controls", "is required")
	}
	sections, seen := map[string]bool{}, map[string]bool{}
	for _, s := range f.Sections {
		sections[s.ID] = true
	}
	for i := range f.Controls {
		c := &f.Controls[i]
		at := fmt.Sprintf("controls[%d] %s", i, c.ID)
		if c.ID == "" || c.Title == "" {
			add(at, "needs an id and a title")
		}
		if seen[c.ID] {
			add(at, "is there twice")
		}
		seen[c.ID] = true
		if c.Type != "automated" && c.Type != "manual" {
			add(at+".type", "must be automated or manual")
		}
		if !sections[c.Section] {
			add(at+".section", "%q is no section", c.Section)
		}
		if len(c.Rules) == 0 && c.Note == "" {
			add(at+".note", "must say why no rule judges it")
		}
		for _, id := range c.Rules {
			if _, group := f.Groups[id]; group {
				continue // expand has told what is wrong with it
			}
			if !there(id) {
				add(at+".rules", "there is no rule %s", id)
			}
		}
	}
	return out
}
