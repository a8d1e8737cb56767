package iampolicy

import (
	"slices"
	"strings"
)

// EscalationPath is a way in which an identity can come by more permissions than it was given.
type EscalationPath struct {
	Method    string // stable: "iam:CreatePolicyVersion", "iam:PassRole+ec2:RunInstances"
	Title     string // what is done, for a person
	Borrowed  bool   // it acts as a role that something in the account has already; it changes no rights and passes no role
	Verdict   Verdict
	Because   []Ref    // the statements that allow the actions
	Actions   []string // their patterns, in lower case
	LimitedBy []Ref    // Deny statements that stand in the way of some requests, and what the boundary leaves conditional
}

// String explains the path: "iam:AttachUserPolicy (attach any policy to a user): Admin Statement[0]".
func (p EscalationPath) String() string {
	out := p.Method + " (" + p.Title + "): " + enumerate(refNames(p.Because))
	if p.Verdict == Conditional {
		out += ", on some resources or under conditions"
	}
	return out
}

// EscalationPaths returns the published ways of privilege escalation that the identity has, in the order of the list. Yes
// means that all actions are allowed without conditions on every resource of their type; Conditional, that conditions or
// the resources that are named decide. iam:PassedToService is judged: a role that may be passed to Lambda alone makes no
// path through EC2. A Deny under a condition, or of some resources, leaves a path as it is, in LimitedBy.
//
// The list is that of Rhino Security Labs, "AWS IAM Privilege Escalation Methods"
// (https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation), with those of Principal Mapper
// (https://github.com/nccgroup/PMapper) and pathfinding.cloud (https://pathfinding.cloud) beyond it; services that are
// no more (CodeStar) are left out. The ways to lift a permissions boundary count for an identity that has one.
func (id *Identity) EscalationPaths() []EscalationPath {
	if id == nil {
		return nil
	}
	var out []EscalationPath
	for i := range methods {
		m := &methods[i]
		if m.bounded && !id.bounded {
			continue
		}
		if p := id.path(m); p.Verdict != No {
			out = append(out, p)
		}
	}
	return out
}

// path judges one method.
func (id *Identity) path(m *method) EscalationPath {
	p := EscalationPath{Method: m.name, Title: m.title, Borrowed: m.borrowed, Verdict: Yes}
	for _, n := range m.needs {
		d := id.decide(question{action: n.action, lenient: true, onResource: n.reach, condition: m.condition})
		if d.Verdict == No {
			return EscalationPath{}
		}
		p.Verdict = min(p.Verdict, d.Verdict)
		p.Because = appendNew(p.Because, d.Because)
		p.Actions = appendNew(p.Actions, d.Actions)
		p.LimitedBy = appendNew(p.LimitedBy, d.LimitedBy)
	}
	return p
}

func appendNew[T comparable](to, from []T) []T {
	for _, v := range from {
		if !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	return to
}

// method is one way of escalation.
type method struct {
	name     string // its actions; prepare fills it in
	title    string
	needs    []need
	passedTo string // the service that gets the role, for those that pass one
	direct   bool   // IAM alone, and it gives everything
	borrowed bool   // something that runs has the role already
	bounded  bool   // only for an identity with a boundary
}

// need is an action on every resource of a type.
type need struct {
	action  string // in lower case once prepared
	service string // whose resources; prepare fills in that of the action
	kind    string
	others  bool // on someone else's: nothing is gained by doing it to oneself
}

func (n need) reach(s *statement) reach {
	if n.others && !s.deny && !s.resources.negated && len(s.resources.patterns) > len(s.sure.patterns) {
		certain := *s
		certain.resources = s.sure // what variables stand for is the identity itself
		return certain.reachOf(n.service, n.kind)
	}
	return s.reachOf(n.service, n.kind)
}

// condition judges iam:PassedToService: "Grant a user permissions to pass a role to an AWS service",
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func (m *method) condition(c condition) Verdict {
	if c.key != "iam:passedtoservice" || m.passedTo == "" || !strings.HasPrefix(c.operator, "string") {
		return Conditional
	}
	named := slices.ContainsFunc(c.values, func(v value) bool {
		return c.operator == "stringlike" && covers(v.text, m.passedTo) || strings.EqualFold(v.text, m.passedTo)
	})
	if named != c.negated {
		return Yes
	}
	return No
}
