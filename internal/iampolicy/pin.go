package iampolicy

import (
	"net/netip"
	"slices"
	"strings"
)

// pins returns who meets the condition, if those are a fixed few: who has one of its values, whatever its operator's
// sign. It is false where the key says nothing about who asks, or a value holds for too many.
func (c condition) pins(o Owner) ([]Grantee, bool) {
	switch c.operator {
	case "bool":
		return c.boolPins()
	case "ipaddress":
		return c.addressPins()
	case "stringequals", "stringequalsignorecase", "stringlike", "arnlike":
	default:
		return nil, false
	}
	out := make([]Grantee, 0, len(c.values))
	for _, v := range c.values {
		g, ok := pin(c.key, v, o)
		if !ok {
			return nil, false
		}
		out = append(out, g)
	}
	return out, true
}

// pin returns whom one value of a key stands for. The keys are those that S3 and EFS count as making a policy not public
// (see the package's comment, and https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html) and
// those that "AWS global condition context keys" says to identify the principal, its organization or its network
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html). Left out, since anyone can
// bring them about: aws:VpcSourceIp, aws:Referer, aws:UserAgent, principal tags, kms:ViaService, kms encryption contexts,
// sns:Endpoint, sts:ExternalId, lambda:FunctionUrlAuthType.
//
// Unlike S3, two kinds of wildcard are good enough here: those after an account or organization that is fixed, and those
// after the unique id of a role in aws:userid, which is how its sessions are named.
func pin(key string, v value, o Owner) (Grantee, bool) {
	switch key {
	case "aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount", "s3:dataaccesspointaccount",
		"aws:vpceaccount":
		if v.variable == "${aws:resourceaccount}" && o.Account != "" {
			return Grantee{Kind: Account, ID: o.Account, Account: o.Account}, true
		}
		return Grantee{Kind: Account, ID: v.text, Account: v.text}, isAccount(v.text)
	case "aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid":
		if v.variable == "${aws:resourceorgid}" && o.Organization != "" {
			return Grantee{Kind: Organization, ID: o.Organization}, true
		}
		return Grantee{Kind: Organization, ID: v.text}, v.fixed()
	case "aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths": // o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*
		org, _, ok := strings.Cut(v.text, "/")
		return Grantee{Kind: Organization, ID: org}, ok && org != "" && !hasWildcard(org)
	case "aws:principalarn":
		return pinARN(IAMPrincipal, v)
	case "aws:sourcearn", "s3:dataaccesspointarn", "lambda:sourcefunctionarn", "ec2:sourceinstancearn",
		"aws:federatedprovider":
		return pinARN(Resource, v)
	case "aws:userid": // AIDA..., AROA...:session, or an account's id for its root
		id, _, _ := strings.Cut(v.text, ":")
		if isAccount(v.text) {
			return Grantee{Kind: Account, ID: v.text, Account: v.text}, true
		}
		return Grantee{Kind: UniqueID, ID: id}, isUniqueID(id)
	case "aws:sourcevpcarn":
		return pinARN(Network, v)
	case "aws:sourcevpc", "aws:sourcevpce", "aws:ec2instancesourcevpc":
		return Grantee{Kind: Network, ID: v.text}, v.fixed()
	case "aws:principalservicename", "aws:principalservicenameslist":
		return Grantee{Kind: Service, ID: v.text}, v.fixed()
	}
	return Grantee{}, false
}

// pinARN takes an ARN whose account is fixed, or one that is fixed as a whole (a bucket's has no account).
func pinARN(kind Kind, v value) (Grantee, bool) {
	g := Grantee{Kind: kind, ID: v.text, Account: arnAccount(v.text)}
	if g.Account != "" {
		if kind == IAMPrincipal && strings.HasSuffix(g.ID, ":root") {
			return Grantee{Kind: Account, ID: g.Account, Account: g.Account}, true
		}
		return g, true
	}
	return g, v.fixed() && strings.HasPrefix(v.text, "arn:") && strings.Count(v.text, ":") >= 5
}

func (c condition) boolPins() ([]Grantee, bool) {
	if len(c.values) != 1 || !strings.EqualFold(c.values[0].text, "true") {
		return nil, false
	}
	switch c.key {
	case "aws:principalisawsservice":
		return []Grantee{{Kind: Service, ID: "*"}}, true
	case "elasticfilesystem:accessedviamounttarget":
		return []Grantee{{Kind: Network, ID: "mount target"}}, true
	}
	return nil, false
}

// addressPins takes address ranges that S3 doesn't call public: /8 and narrower, /32 and narrower in IPv6. Many such
// that make up half of all addresses together are too many all the same.
func (c condition) addressPins() ([]Grantee, bool) {
	if c.key != "aws:sourceip" {
		return nil, false
	}
	out := make([]Grantee, 0, len(c.values))
	var share float64 // of all addresses
	for _, v := range c.values {
		prefix, err := netip.ParsePrefix(v.text)
		if err != nil {
			addr, err := netip.ParseAddr(v.text)
			if err != nil {
				return nil, false
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		widest := 8
		if prefix.Addr().Is6() {
			widest = 32
		}
		if prefix.Bits() < widest {
			return nil, false
		}
		share += 1 / float64(uint64(1)<<min(prefix.Bits(), 62))
		out = append(out, Grantee{Kind: Network, ID: v.text})
	}
	return out, share < 0.5
}

// narrowing are lists of grantees: whoever has access is in every one of them.
type narrowing [][]Grantee

// narrowings returns what a statement's conditions narrow it to.
func narrowings(conditions []condition, o Owner) narrowing {
	var out narrowing
	for _, c := range conditions {
		if !c.effective(conditions) {
			continue
		}
		if list, ok := c.pins(o); ok {
			out = append(out, list)
		}
	}
	return out
}

// exceptions returns whom a Deny leaves out: all others are denied. It is false where that can't be told, or is too many.
// A negated operator holds for a request without the key; under ForAnyValue it doesn't.
func (s *statement) exceptions(o Owner) ([]Grantee, bool) {
	var out []Grantee
	switch {
	case s.principals.negated && !s.principals.everyone:
		out = append(out, s.principals.others...)
	case s.principals.negated || !s.principals.everyone:
		return nil, false
	}
	for _, c := range s.conditions {
		if c.isBool("aws:principalisawsservice", "false") && !c.anyValue {
			out = append(out, Grantee{Kind: Service, ID: "*"})
			continue
		}
		if !c.negated || c.anyValue {
			return nil, false
		}
		list, ok := c.pins(o)
		if !ok {
			return nil, false
		}
		out = append(out, list...)
	}
	return out, true
}

// everyone returns who has what is granted to everyone, once narrowed: of the lists, the one with fewest that aren't the
// owner's, and of those the one that says most of who they are.
func (n narrowing) everyone(o Owner) []Grantee {
	best, bestRank := []Grantee{{Kind: Everyone}}, [3]int{1, 9, 1}
	for _, list := range n {
		rank := [3]int{0, 0, len(list)}
		for _, g := range list {
			if g.outside(o) {
				rank[0] = 1
				rank[1] = max(rank[1], vagueness(g))
			}
		}
		if slices.Compare(rank[:], bestRank[:]) < 0 {
			best, bestRank = list, rank
		}
	}
	return best
}

// vagueness orders grantees by how little is known of them.
func vagueness(g Grantee) int {
	switch g.Kind {
	case IAMPrincipal, UniqueID, Resource, CanonicalUser, OriginIdentity:
		return 1
	case Account, Federated:
		return 2
	case Organization:
		return 3
	case Network:
		return 4
	case Service:
		return 5
	}
	return 6
}

// owned tells whether the lists leave nobody but the owner's own.
func (n narrowing) owned(o Owner) bool {
	return slices.ContainsFunc(n, func(list []Grantee) bool {
		return !slices.ContainsFunc(list, func(g Grantee) bool { return g.outside(o) })
	})
}
