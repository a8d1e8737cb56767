package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// Document is one identity-based policy.
type Document struct {
	Name   string // what answers call it: a managed policy's name or ARN, an inline policy's name
	Policy any    // as Parse takes it
}

// Identity is what the identity-based policies of a user, group or role, with its permissions boundary, let it do in its
// account. Resource-based policies, service control policies and session policies have no part in the answers.
type Identity struct {
	statements []statement
	boundary   []statement
	bounded    bool
}

// ParseIdentity reads the policies of an identity: those attached to it and inline in it and, for a user, those of its
// groups. The boundary is nil where there is none. Its errors are Parse's, after the document's name.
func ParseIdentity(policies []Document, boundary *Document) (*Identity, error) {
	id := &Identity{bounded: boundary != nil}
	for _, d := range policies {
		list, err := d.parse()
		if err != nil {
			return nil, err
		}
		id.statements = append(id.statements, list...)
	}
	if boundary != nil {
		list, err := boundary.parse()
		if err != nil {
			return nil, err
		}
		id.boundary = list
	}
	if err := checkWork(slices.Concat(id.statements, id.boundary)); err != nil {
		return nil, err
	}
	return id, nil
}

func (d Document) parse() ([]statement, error) {
	list, err := parseDocument(d.Name, d.Policy, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	return list, nil
}

// Verdict is whether something is allowed.
type Verdict int

// The verdicts, in order.
const (
	No          Verdict = iota
	Conditional         // for some requests: a condition, a variable, or a part of what was asked, decides
	Yes
)

// String is "no", "conditional" or "yes".
func (v Verdict) String() string { return [...]string{"no", "conditional", "yes"}[v] }

// Decision is a verdict with its reasons.
type Decision struct {
	Verdict   Verdict
	Actions   []string // the patterns of actions, in lower case, that allow it
	Because   []Ref    // the statements that allow it; for No, those that deny it, none where nothing allows it
	LimitedBy []Ref    // the Deny statements, and those of the boundary, that leave it conditional
}

// String explains the decision: "yes: Admin Statement[0]".
func (d Decision) String() string {
	out := d.Verdict.String()
	if len(d.Because) > 0 {
		out += ": " + enumerate(refNames(d.Because))
	}
	if len(d.LimitedBy) > 0 {
		out += ", limited by " + enumerate(refNames(d.LimitedBy))
	}
	return out
}

func refNames(refs []Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.String()
	}
	return out
}

// Allows tells whether the identity may do the action on the resource. Both may be patterns, which ask for all that they
// match: "s3:*" on "*" is yes only if every action of S3 is allowed on everything.
func (id *Identity) Allows(action, resource string) Decision {
	return id.decide(question{action: strings.ToLower(action), onResource: func(s *statement) reach {
		switch {
		case s.sure.contains(resource, coversARN):
			return all
		case s.resources.touches(resource, coversARN):
			return some
		}
		return none
	}})
}

// AllowsFullService tells whether the identity may do every action of a service ("s3", "kms") on every resource of it.
func (id *Identity) AllowsFullService(service string) Decision {
	service = strings.ToLower(service)
	return id.decide(question{action: service + ":*", onResource: func(s *statement) reach {
		return s.reachOf(service, "*")
	}})
}

// question is one for decide.
type question struct {
	action     string
	onResource func(*statement) reach  // how much of the resources asked for a statement is about
	condition  func(condition) Verdict // what a condition of an Allow comes to in the request; nil: Conditional
	lenient    bool                    // a Deny in part, or under a condition, doesn't make the answer conditional
}

// reach is how much of what is asked for a statement is about.
type reach int

const (
	none reach = iota
	some       // a part, or one that a variable decides
	all
)

// decide answers for the policies, then for the boundary, and takes the lesser answer: "Permissions boundaries for IAM
// entities", https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (id *Identity) decide(q question) Decision {
	if id == nil {
		return Decision{}
	}
	d := q.decide(id.statements)
	if d.Verdict == No || !id.bounded {
		return d
	}
	b := q.decide(id.boundary)
	switch {
	case b.Verdict == No:
		return b
	case b.Verdict < d.Verdict:
		d.Verdict = b.Verdict
		d.LimitedBy = append(d.LimitedBy, b.Because...)
	}
	d.LimitedBy = append(d.LimitedBy, b.LimitedBy...)
	return d
}

// settle returns what is allowed outright, else what is under conditions; No where nothing is.
func settle(yes, maybe Decision) Decision {
	switch {
	case len(yes.Because) > 0:
		yes.Verdict = Yes
		return yes
	case len(maybe.Because) > 0:
		maybe.Verdict = Conditional
		return maybe
	}
	return Decision{}
}

func (q question) decide(statements []statement) Decision {
	var yes, maybe Decision
	for i := range statements {
		s := &statements[i]
		if s.deny {
			continue
		}
		switch q.allows(s) {
		case Yes:
			yes.Because = append(yes.Because, s.ref)
			yes.Actions = append(yes.Actions, s.matching(q.action)...)
		case Conditional:
			maybe.Because = append(maybe.Because, s.ref)
			maybe.Actions = append(maybe.Actions, s.matching(q.action)...)
		}
	}
	d := settle(yes, maybe)
	if d.Verdict == No {
		return d
	}
	for i := range statements {
		s := &statements[i]
		if !s.deny || !s.actions.touches(q.action, covers) {
			continue
		}
		reach := q.onResource(s)
		switch {
		case reach == none:
		case reach == all && len(s.conditions) == 0 && s.actions.contains(q.action, covers):
			return Decision{Because: []Ref{s.ref}}
		default:
			d.LimitedBy = append(d.LimitedBy, s.ref)
			if !q.lenient {
				d.Verdict = Conditional
			}
		}
	}
	return d
}

// allows is what one Allow statement says.
func (q question) allows(s *statement) Verdict {
	v := Yes
	switch {
	case s.actions.contains(q.action, covers):
	case s.actions.touches(q.action, covers):
		v = Conditional
	default:
		return No
	}
	switch q.onResource(s) {
	case none:
		return No
	case some:
		v = Conditional
	}
	for _, c := range s.conditions {
		met := Conditional
		if q.condition != nil {
			met = q.condition(c)
		}
		v = min(v, met)
	}
	return v
}

// matching returns the patterns of an Allow that have to do with an action; those of a NotAction all do.
func (s *statement) matching(action string) []string {
	if s.actions.negated {
		return nil
	}
	var out []string
	for _, p := range s.actions.patterns {
		if overlaps(p, action) {
			out = append(out, p)
		}
	}
	return out
}

// reachOf tells how many of the resources of one type in the identity's account a statement is about: "role/*" of iam.
// Partition, region and account don't count: a pattern that names them names the account's own.
func (s *statement) reachOf(service, kind string) reach {
	wide := func(p string) bool { w, _ := patternReach(p, service, kind); return w }
	touched := func(p string) bool { _, t := patternReach(p, service, kind); return t }
	if s.resources.negated {
		switch {
		case !slices.ContainsFunc(s.sure.patterns, touched):
			return all
		case !slices.ContainsFunc(s.resources.patterns, wide):
			return some
		}
		return none
	}
	switch {
	case slices.ContainsFunc(s.sure.patterns, wide):
		return all
	case slices.ContainsFunc(s.resources.patterns, touched):
		return some
	}
	return none
}

// patternReach tells whether a pattern has all, or some, of a service's resources of a kind.
func patternReach(pattern, service, kind string) (wide, touched bool) {
	if pattern == "*" {
		return true, true
	}
	parts, n := splitARN(pattern)
	if n < len(parts) { // a star at the end goes on beyond the colon
		rest := ":" + service + ":*:*:" + kind
		return coversPartition(pattern, rest), overlaps(pattern, "arn:*"+rest)
	}
	if !overlaps(parts[0], "arn") || !overlaps(parts[2], service) {
		return false, false
	}
	return covers(parts[2], service) && covers(parts[5], kind), overlaps(parts[5], kind)
}

// coversPartition tells whether a pattern has every ARN of some partition that goes on so:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func coversPartition(pattern, rest string) bool {
	return covers(pattern, "arn:aws"+rest) || covers(pattern, "arn:aws-cn"+rest) || covers(pattern, "arn:aws-us-gov"+rest)
}
