package iampolicy

import (
	"slices"
	"strconv"
	"strings"
)

// Grant is access that a resource-based policy gives to someone outside, after what conditions and Deny statements take
// away.
type Grant struct {
	Ref
	Grantee    Grantee
	Actions    []string // patterns in lower case
	NotActions bool     // Actions are those that are not granted
	Resources  []string // patterns; "*" where the statement has none
	Conditions []string // keys of the statement's conditions, in lower case, sorted

	// Guarded: a service may act only for a fixed account, organization or resource, so that nobody else's resource can
	// make it act ("The confused deputy problem",
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
	Guarded bool
	// ExternalID: the request must bring one of a fixed few values of sts:ExternalId.
	ExternalID bool
	// MFA: the session must have signed in with a second factor.
	MFA bool
	// Shared: a federated provider that serves everyone's tenants, such as GitHub's.
	Shared bool
	// Pinned: a federated identity must have a claim that says which of the provider's tenants it is of.
	Pinned bool

	actions set
}

// Open tells whether a federated provider's every customer has the access.
func (g Grant) Open() bool { return g.Grantee.Kind == Federated && g.Shared && !g.Pinned }

// Allows tells whether the grant has some action that matches a pattern such as "s3:Put*".
func (g Grant) Allows(action string) bool { return g.actions.touches(strings.ToLower(action), covers) }

// String explains the grant: "Statement[0] (PublicRead) lets everyone do s3:getobject".
func (g Grant) String() string {
	var b strings.Builder
	b.WriteString(g.Ref.String() + " lets " + g.Grantee.String() + " do " + g.actions.names())
	switch {
	case g.Grantee.Kind == Service && !g.Guarded:
		b.WriteString(" for anyone's resources")
	case g.Open():
		b.WriteString(" whoever its user is")
	}
	if len(g.Conditions) > 0 {
		b.WriteString(", under conditions on " + enumerate(g.Conditions))
	}
	return b.String()
}

// Public returns what the policy lets everyone do: the Allow statements for "*" or for NotPrincipal that neither their
// conditions narrow to a fixed few nor a Deny takes from every outsider. None means that the policy isn't public.
//
// A Deny counts only if it alone covers the actions, and all the statement's resources, for all but a fixed few: Deny
// statements are not added up over resources.
func (p *Policy) Public(o Owner) []Grant { return p.grants(o, true) }

// OutsideAccess returns everything that the policy lets anyone but the owner do, Public included, a grant for each
// grantee: other accounts and their principals, organizations, services, federated providers, networks, and resources
// whose owner the policy doesn't tell (a bucket's ARN has no account). A Network or a Service may well be used by the
// owner alone, and a Federated provider of its own, or the id of someone deleted, is outside all the same. Of Deny
// statements, only those for everyone, or all but some, count.
func (p *Policy) OutsideAccess(o Owner) []Grant { return p.grants(o, false) }

// OpenEndpoint returns what a VPC endpoint's policy lets everyone in the VPC do on other accounts' resources as well as on
// the owner's: Public, but for statements that name resources, or pin aws:ResourceAccount, aws:ResourceOrgID or
// aws:ResourceOrgPaths. An endpoint without a policy of its own has the default, which lets everyone do everything:
// "Control access to VPC endpoints using endpoint policies",
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
func (p *Policy) OpenEndpoint(o Owner) []Grant {
	return slices.DeleteFunc(p.Public(o), func(g Grant) bool {
		s := &p.statements[g.Statement]
		return !s.onEverything() || slices.ContainsFunc(s.conditions, func(c condition) bool {
			if !c.effective(s.conditions) || len(c.values) == 0 || !strings.HasPrefix(c.operator, "string") {
				return false
			}
			starts := []string{}
			switch c.key {
			case "aws:resourceaccount", "aws:resourceorgid":
			case "aws:resourceorgpaths":
				starts = []string{""} // up to the slash after the organization
			default:
				return false
			}
			return !slices.ContainsFunc(c.values, func(v value) bool {
				own := v.variable == "${aws:principalaccount}" || v.variable == "${aws:principalorgid}"
				return !own && !namesTenant(v.text, starts)
			})
		})
	})
}

// denial is a Deny whose exceptions are a fixed few.
type denial struct {
	*statement
	exceptions []Grantee
	final      bool // no outsider among the exceptions
}

func (p *Policy) denials(o Owner) []denial {
	var out []denial
	for i := range p.statements {
		s := &p.statements[i]
		if !s.deny {
			continue
		}
		if list, ok := s.exceptions(o); ok {
			out = append(out, denial{s, list, narrowing{list}.owned(o)})
		}
	}
	return out
}

func (p *Policy) grants(o Owner, publicOnly bool) []Grant {
	if p == nil {
		return nil
	}
	denials := p.denials(o)
	var out []Grant
	for i := range p.statements {
		s := &p.statements[i]
		if s.deny || s.actions.empty() || s.resources.empty() {
			continue
		}
		toAll := s.principals.everyone != s.principals.negated
		if publicOnly && !toAll || s.principals.everyone && s.principals.negated {
			continue
		}
		keys := conditionKeys(s.conditions)
		for _, part := range s.parts(denials, narrowings(s.conditions, o)) {
			proto := Grant{
				Ref: s.ref, Conditions: keys, Actions: part.actions.patterns, NotActions: part.actions.negated,
				Resources: s.resources.patterns, actions: part.actions,
				ExternalID: requiresExternalID(s.conditions), MFA: requiresMFA(s.conditions),
			}
			if toAll {
				for _, g := range part.narrowing.everyone(o) {
					if g.outside(o) && (!publicOnly || g.Kind == Everyone) {
						out = append(out, part.grant(proto, s, g, o)...)
					}
				}
			}
			if publicOnly || s.principals.negated {
				continue
			}
			for _, g := range s.principals.others {
				if g.outside(o) && part.narrowing.admits(g, o) {
					out = append(out, part.grant(proto, s, g, o)...)
				}
			}
		}
	}
	return out
}

// part is some of a statement's actions, and what narrows those.
type part struct {
	actions   set
	narrowing narrowing
}

// maxParts bounds how finely a statement is divided by the Deny statements that apply to some of its actions. What is
// beyond counts as not denied.
const maxParts = 4

// parts divides the statement's actions by which denials apply to them. Actions denied to all outsiders are left out.
func (s *statement) parts(denials []denial, base narrowing) []part {
	var relevant []denial
	for _, d := range denials {
		if d.resources.includes(s.resources, coversARN) {
			relevant = append(relevant, d)
		}
	}
	if len(relevant) == 0 {
		return []part{{s.actions, base}}
	}
	if s.actions.negated {
		whole := part{s.actions, slices.Clip(base)}
		for _, d := range relevant {
			if d.actions.includes(s.actions, covers) {
				if d.final {
					return nil
				}
				whole.narrowing = append(whole.narrowing, d.exceptions)
			}
		}
		return []part{whole}
	}
	var out []part
	var denied []string // which denials apply to each part, as a key
	for _, action := range s.actions.patterns {
		key, n, final := "", slices.Clip(base), false
		for i, d := range relevant {
			if !d.actions.contains(action, covers) {
				continue
			}
			if final = d.final; final {
				break
			}
			if len(out) < maxParts {
				key += strconv.Itoa(i) + " "
				n = append(n, d.exceptions)
			}
		}
		if final {
			continue
		}
		i := slices.Index(denied, key)
		if i < 0 {
			if len(out) >= maxParts {
				n = base
			}
			i = len(out)
			out, denied = append(out, part{narrowing: n}), append(denied, key)
		}
		out[i].actions.patterns = append(out[i].actions.patterns, action)
	}
	return out
}

// admits tells whether a grantee that the policy names can still be an outsider with access.
func (n narrowing) admits(g Grantee, o Owner) bool {
	if g.Kind == Service {
		return !slices.ContainsFunc(n, func(list []Grantee) bool { return len(list) == 0 })
	}
	if n.owned(o) {
		return false
	}
	return !slices.ContainsFunc(n, func(list []Grantee) bool {
		return g.Account != "" && !slices.ContainsFunc(list, func(other Grantee) bool {
			return other.Kind != Account && other.Kind != IAMPrincipal || other.Account == g.Account
		})
	})
}

// grant completes the grant for a grantee: one for each account that a service is confined to.
func (n part) grant(g Grant, s *statement, to Grantee, o Owner) []Grant {
	g.Grantee = to
	switch to.Kind {
	case Federated:
		g.Shared, g.Pinned = federation(to.ID, s.conditions)
	case Service:
		sources, guarded := n.narrowing.sources(o)
		if g.Guarded = guarded || hasEventSourceToken(s.conditions); !guarded {
			break
		}
		var out []Grant
		for _, source := range sources {
			if source.outside(o) {
				g.Grantee.Account = source.Account
				out = append(out, g)
			}
		}
		if out != nil {
			return out
		}
		g.Grantee.Account = o.Account
	}
	return []Grant{g}
}

// sources returns the accounts, organizations or resources for which alone a service may act.
func (n narrowing) sources(o Owner) ([]Grantee, bool) {
	var best []Grantee
	found := false
	for _, list := range n {
		guard := !slices.ContainsFunc(list, func(g Grantee) bool {
			return g.Kind != Account && g.Kind != Organization && g.Kind != Resource && g.Kind != IAMPrincipal
		})
		if guard && (!found || narrowing{list}.owned(o)) {
			best, found = list, true
		}
	}
	return best, found
}

// requiresExternalID tells whether sts:ExternalId must have one of a fixed few values: "Access to AWS accounts owned by
// third parties", https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
func requiresExternalID(conditions []condition) bool {
	return requiresFixed(conditions, "sts:externalid")
}

// hasEventSourceToken tells whether a Lambda function is invoked only for one Alexa skill:
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
func hasEventSourceToken(conditions []condition) bool {
	return requiresFixed(conditions, "lambda:eventsourcetoken")
}

func requiresFixed(conditions []condition, key string) bool {
	return slices.ContainsFunc(conditions, func(c condition) bool {
		return c.key == key && strings.HasPrefix(c.operator, "string") && c.effective(conditions) &&
			!slices.ContainsFunc(c.values, func(v value) bool { return !v.fixed() })
	})
}

// requiresMFA: "Configuring MFA-protected API access",
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
// An IfExists lets long-term keys through, which have no such key.
func requiresMFA(conditions []condition) bool {
	return slices.ContainsFunc(conditions, func(c condition) bool {
		if !c.effective(conditions) {
			return false
		}
		return len(c.values) == 1 && c.isBool("aws:multifactorauthpresent", "true") ||
			c.key == "aws:multifactorauthage" && strings.HasPrefix(c.operator, "numericlessthan")
	})
}
