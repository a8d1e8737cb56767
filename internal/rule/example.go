package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Skipped is what an example expects where a rule doesn't apply.
const Skipped audit.Verdict = "skipped"

// Example is a resource that a rule is tested with.
type Example struct {
	About string        `yaml:"about"`
	Want  audit.Verdict `yaml:"want"` // passed, failed, not_assessed or skipped
	// Resource is the one that is judged, Others are what it may look up.
	Resource `yaml:",inline"`
	Others   []Resource `yaml:"others"`
	// Missing are resource types that could not be listed.
	Missing []string `yaml:"missing"`
	// Now is the time of the judgement; 2026-01-01T00:00:00Z if not given.
	Now time.Time `yaml:"now"`
}

// Resource is a resource in an example. What a rule doesn't ask for may be left out.
type Resource struct {
	Type       string            `yaml:"type"` // the rule's first if not given
	ExternalID string            `yaml:"external_id"`
	Name       string            `yaml:"name"`
	Region     string            `yaml:"region"`
	Account    string            `yaml:"account"`
	Tags       map[string]string `yaml:"tags"`
	Config     map[string]any    `yaml:"config"`
	Facts      map[string]any    `yaml:"facts"`
	Unread     map[string]string `yaml:"unread"` // path: action
}

func (x *Example) tidy() {
	x.Resource.tidy()
	for i := range x.Others {
		x.Others[i].tidy()
	}
	if x.Now.IsZero() {
		x.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
}

func (r *Resource) tidy() {
	for k, v := range r.Config {
		r.Config[k] = whole(v)
	}
	for k, v := range r.Facts {
		r.Facts[k] = whole(v)
	}
}

func (r *Resource) subject(defaultType string, place int) *Subject {
	s := &Subject{
		Type: r.Type, ExternalID: r.ExternalID, ID: fmt.Sprintf("res_%d", place), Region: r.Region, Account: r.Account, Name: r.Name,
		Tags: r.Tags, Config: r.Config, Facts: r.Facts,
	}
	if s.Type == "" {
		s.Type = defaultType
	}
	if s.Region == "" {
		s.Region = "eu-west-1"
	}
	if s.Account == "" {
		s.Account = "123456789012"
	}
	if s.ExternalID == "" {
		s.ExternalID = fmt.Sprintf("arn:example:%s:%d", s.Type, place)
	}
	if len(r.Unread) > 0 {
		s.Unread = map[string]audit.Unread{}
		for p, action := range r.Unread {
			s.Unread[p] = audit.Unread{Action: action, Code: "AccessDenied"}
		}
	}
	return s
}

// minExamples are the outcomes of which every rule has an example.
var minExamples = []audit.Verdict{audit.Passed, audit.Failed}

func lintExamples(r *Rule, add func(field, format string, args ...any)) {
	for i := range r.Examples {
		want := r.Examples[i].Want
		if want != Skipped && want != audit.NotAssessed && !slices.Contains(minExamples, want) {
			add(fmt.Sprintf("examples[%d].want", i), "must be passed, failed, not_assessed or skipped")
		}
	}
	for _, v := range minExamples {
		if !slices.ContainsFunc(r.Examples, func(x Example) bool { return x.Want == v }) {
			add("examples", "has none that is %s", v)
		}
	}
}

// normalize brings the examples' configurations to canonical form, as collectors do, and finds what no resource has.
func (c *compiler) normalize(r *Rule, add func(field, format string, args ...any)) {
	for i := range r.Examples {
		x := &r.Examples[i]
		all := []*Resource{&x.Resource}
		for k := range x.Others {
			all = append(all, &x.Others[k])
		}
		for k, one := range all {
			typ := one.Type
			if typ == "" && k == 0 {
				typ = r.Types[0]
			}
			sh, ok := c.shapes.Lookup(typ)
			if !ok {
				add(fmt.Sprintf("examples[%d]", i), "%q is no resource type", typ)
				continue
			}
			if one.Config == nil {
				one.Config = map[string]any{}
			}
			for _, name := range undeclared(sh.Root(), one.Config) { // which normalising would drop
				add(fmt.Sprintf("examples[%d]", i), "%s is no attribute of %s", name, typ)
			}
			if err := sh.Normalize(one.Config); err != nil {
				add(fmt.Sprintf("examples[%d]", i), "%v", err)
			}
			for _, p := range sh.Check(one.Config) {
				add(fmt.Sprintf("examples[%d]", i), "%s: %s", p.Field, p.Message)
			}
		}
	}
}

// undeclared returns the names in a configuration that its shape doesn't have, or doesn't keep.
func undeclared(p *shape.Property, v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			switch p.Kind {
			case shape.Object:
				below := p.Properties[name]
				if below == nil || below.ReadOnly || below.WriteOnly {
					out = append(out, name)
					continue
				}
				out = append(out, undeclared(below, e)...)
			case shape.Map:
				out = append(out, undeclared(p.Items, e)...)
			}
		}
	case []any:
		for _, e := range v {
			if p.Items != nil {
				out = append(out, undeclared(p.Items, e)...)
			}
		}
	}
	return out
}

// Try judges an example.
func (s *Set) Try(r *Rule, x *Example) (Result, error) {
	out := Result{Rule: r, Verdict: Skipped}
	judged := x.subject(r.Types[0], 0)
	j := s.NewJudge(x.Now, []*Rule{r}, func(got Result) error {
		if got.Subject.ExternalID == judged.ExternalID {
			out = got
		}
		return nil
	})
	for _, typ := range x.Missing {
		j.Missing(typ, "", audit.Unread{Action: "example:List", Code: "AccessDenied"})
	}
	if err := j.Add(judged); err != nil {
		return out, err
	}
	for i := range x.Others {
		if err := j.Add(x.Others[i].subject("", i+1)); err != nil {
			return out, err
		}
	}
	return out, j.Finish()
}
