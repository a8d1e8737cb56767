package iampolicy

import (
	"slices"
	"strings"
)

// AllowsAdministrator tells whether the identity may do practically everything: a statement that allows "*", or all but
// what a NotAction names, on every resource, while some way of IAM remains to take whatever it is missing. So a NotAction
// of "iam:*" or a Deny of it makes it none, and one of S3's actions, which it could lift, doesn't.
//
// A Deny under a condition, or of some resources, doesn't change a yes: whoever meets the condition is an administrator. It
// is in LimitedBy.
func (id *Identity) AllowsAdministrator() Decision {
	if id == nil {
		return Decision{}
	}
	d := administrator(id.statements)
	if id.bounded && d.Verdict != No {
		b := administrator(id.boundary)
		d.LimitedBy = append(d.LimitedBy, b.LimitedBy...)
		if b.Verdict < d.Verdict {
			d.Verdict = b.Verdict
			d.LimitedBy = append(d.LimitedBy, b.Because...)
		}
	}
	if d.Verdict == No {
		return Decision{}
	}
	best := No
	for i := range methods {
		m := &methods[i]
		if m.direct {
			best = max(best, id.path(m).Verdict)
		}
	}
	if best == No {
		return Decision{}
	}
	d.Verdict = min(d.Verdict, best)
	return d
}

// administrator looks for the statements that allow nearly everything on everything.
func administrator(statements []statement) Decision {
	var yes, maybe Decision
	for i := range statements {
		s := &statements[i]
		if s.deny || !s.actions.negated && !s.actions.contains("*", covers) || !s.onEverything() {
			continue
		}
		d := &yes
		if len(s.conditions) > 0 {
			d = &maybe
		}
		d.Because = append(d.Because, s.ref)
		if !s.actions.negated {
			d.Actions = append(d.Actions, "*")
		}
	}
	d := settle(yes, maybe)
	if d.Verdict == No {
		return d
	}
	for i := range statements {
		s := &statements[i]
		if !s.deny {
			continue
		}
		if s.actions.contains("*", covers) && s.onEverything() && !s.resources.negated && len(s.conditions) == 0 {
			return Decision{}
		}
		d.LimitedBy = append(d.LimitedBy, s.ref)
	}
	return d
}

// onEverything tells whether a statement is about all resources, or all but some.
func (s *statement) onEverything() bool {
	everything := func(p string) bool { return coversPartition(p, ":*:*:*:*") }
	if s.resources.negated {
		return !slices.ContainsFunc(s.sure.patterns, everything)
	}
	return slices.ContainsFunc(s.sure.patterns, everything)
}

// WildcardAction is a pattern of actions that an identity is allowed.
type WildcardAction struct {
	Ref
	Pattern     string // "*", "s3:*", "s3:get*"; with NotAction, what isn't allowed
	Service     string // the service that it is of; empty where it is of several
	NotAction   bool
	AnyResource bool // on everything, or all but some
	Conditional bool // under conditions
}

// Full tells whether the pattern has every action of the service, or of all services.
func (w WildcardAction) Full() bool {
	return !w.NotAction && (w.Pattern == "*" || w.Service != "" && w.Pattern == w.Service+":*")
}

// String explains it: "Statement[1] allows s3:* on every resource".
func (w WildcardAction) String() string {
	out := w.Ref.String() + " allows "
	if w.NotAction {
		out += "everything but "
	}
	out += w.Pattern
	if w.AnyResource {
		out += " on every resource"
	}
	return out
}

// WildcardActions returns the wildcards, and NotAction elements, among the actions that the policies allow, but for those
// that a Deny without conditions takes away whole. A boundary has no part in it.
func (id *Identity) WildcardActions() []WildcardAction {
	if id == nil {
		return nil
	}
	var out []WildcardAction
	for i := range id.statements {
		s := &id.statements[i]
		if s.deny {
			continue
		}
		w := WildcardAction{
			Ref: s.ref, NotAction: s.actions.negated, AnyResource: s.onEverything(), Conditional: len(s.conditions) > 0,
		}
		if s.actions.negated {
			w.Pattern = enumerate(s.actions.patterns)
			out = append(out, w)
			continue
		}
		denials := id.wholeDenials(s)
		for _, p := range s.actions.patterns {
			denied := func(d *statement) bool { return d.actions.contains(p, covers) }
			if !hasWildcard(p) || slices.ContainsFunc(denials, denied) {
				continue
			}
			w.Pattern, w.Service = p, ""
			if service, _, ok := strings.Cut(p, ":"); ok && !hasWildcard(service) {
				w.Service = service
			}
			out = append(out, w)
		}
	}
	return out
}

// wholeDenials returns the Deny statements that hold in every request for all the resources of an Allow.
func (id *Identity) wholeDenials(s *statement) []*statement {
	var out []*statement
	for i := range id.statements {
		d := &id.statements[i]
		if d.deny && len(d.conditions) == 0 && d.resources.includes(s.resources, coversARN) {
			out = append(out, d)
		}
	}
	return out
}
