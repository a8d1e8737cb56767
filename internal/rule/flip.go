package rule

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Flip is a verdict that a change of a resource's configuration turns over: of the resource itself, or of another that
// looks it up.
type Flip struct {
	Rule    *Rule
	Subject *Subject // whose verdict it is
	// Better tells that the verdict went from failed to passed.
	Better bool
	// Paths are the attributes of the changed resource that the rule reads, as drifts name them; "" is any.
	Paths []string
	// Reason says why it fails, before or after.
	Reason string
}

// Touches tells whether the rule of the flip reads an attribute, or a part of it.
func (f *Flip) Touches(attribute string) bool {
	return slices.ContainsFunc(f.Paths, func(p string) bool {
		return p == "" || shape.Covers(p, attribute) || shape.Covers(attribute, p)
	})
}

// Concerning returns the rules that judge a type, or look it up, of those given; of all when there are none.
func (s *Set) Concerning(resourceType string, rules []*Rule) []*Rule {
	if rules == nil {
		rules = s.rules
	}
	var out []*Rule
	for _, r := range rules {
		if slices.Contains(r.Types, resourceType) || r.lookUp(resourceType) {
			out = append(out, r)
		}
	}
	return out
}

// Reads tells whether the rule reads, of a type, any of these attributes or a part of one.
func (r *Rule) Reads(resourceType string, attributes []string) bool {
	f := Flip{Paths: r.reads(resourceType, slices.Contains(r.Types, resourceType))}
	return slices.ContainsFunc(attributes, f.Touches)
}

func (r *Rule) lookUp(resourceType string) bool {
	for _, l := range r.LookUps {
		if l.Type == resourceType {
			return true
		}
	}
	return false
}

// Flips judges with one configuration of a resource and with another, all else being equal: before and after differ in
// configuration alone, and around adds the other resources that the rules need, to each of two judges. Flips are worst first;
// a verdict that is not assessed on either side is no flip.
func (s *Set) Flips(now time.Time, rules []*Rule, before, after *Subject, around func(*Judge) error) ([]Flip, error) {
	rules = s.Concerning(before.Type, rules)
	if len(rules) == 0 {
		return nil, nil
	}
	was, err := s.verdicts(now, rules, before, around)
	if err != nil {
		return nil, err
	}
	is, err := s.verdicts(now, rules, after, around)
	if err != nil {
		return nil, err
	}
	var out []Flip
	for key, a := range is {
		b, there := was[key]
		if !there || b.Verdict == a.Verdict || b.Verdict == audit.NotAssessed || a.Verdict == audit.NotAssessed {
			continue
		}
		f := Flip{Rule: a.Rule, Subject: a.Subject, Better: a.Verdict == audit.Passed, Reason: a.Reason}
		if f.Better {
			f.Reason = b.Reason
		}
		f.Paths = a.Rule.reads(before.Type, a.Subject.ExternalID == before.ExternalID)
		out = append(out, f)
	}
	SortFlips(out)
	return out, nil
}

// SortFlips puts what gets worse first, and of that the worst.
func SortFlips(flips []Flip) {
	slices.SortFunc(flips, func(a, b Flip) int {
		return cmp.Or(
			compareBool(a.Better, b.Better), cmp.Compare(b.Rule.Severity.Rank(), a.Rule.Severity.Rank()),
			strings.Compare(a.Rule.ID, b.Rule.ID), strings.Compare(a.Subject.ExternalID, b.Subject.ExternalID),
		)
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

type verdictKey struct{ rule, external string }

func (s *Set) verdicts(now time.Time, rules []*Rule, changed *Subject, around func(*Judge) error) (map[verdictKey]Result, error) {
	out := map[verdictKey]Result{}
	var mu sync.Mutex
	j := s.NewJudge(now, rules, func(r Result) error {
		mu.Lock()
		defer mu.Unlock()
		out[verdictKey{r.Rule.ID, r.Subject.ExternalID}] = r
		return nil
	})
	if err := j.Add(changed); err != nil {
		return nil, err
	}
	if around != nil {
		if err := around(j); err != nil {
			return nil, err
		}
	}
	return out, j.Finish()
}

// reads returns the configuration's attributes that the rule reads of a type: of what it judges, or of what it looks up.
func (r *Rule) reads(resourceType string, judged bool) []string {
	var out []string
	add := func(p path) {
		if p.root != "config" {
			return
		}
		var at shape.Path
		for _, name := range p.names {
			at = at.Name(name)
		}
		out = append(out, at.String())
	}
	if r.ready() != nil {
		return []string{""} // any: who judges by it is told why
	}
	if judged {
		for _, p := range r.paths {
			add(p)
		}
	}
	for _, l := range r.LookUps {
		if l.Type == resourceType {
			for _, p := range l.paths {
				add(p.element())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
