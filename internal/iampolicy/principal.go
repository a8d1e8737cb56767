package iampolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is what sort of grantee one is.
type Kind string

// The kinds of grantee.
const (
	Everyone       Kind = "everyone"        // anyone at all, signed in or not
	Account        Kind = "account"         // an account, and whom it chooses; ID is its 12 digits
	IAMPrincipal   Kind = "iam_principal"   // a user, role or session; ID is its ARN, perhaps with wildcards
	UniqueID       Kind = "unique_id"       // a user or role by AIDA... or AROA...: in a Principal element, one deleted since
	Organization   Kind = "organization"    // every account of one; ID is o-...
	Service        Kind = "service"         // an AWS service; ID is its name, "*" for any
	Federated      Kind = "federated"       // an identity provider; ID as the policy has it
	CanonicalUser  Kind = "canonical_user"  // an account by its canonical user id, S3 only
	OriginIdentity Kind = "origin_identity" // a CloudFront origin access identity; ID is its ARN
	Network        Kind = "network"         // whoever comes from a VPC, a VPC endpoint or addresses; ID is that
	Resource       Kind = "resource"        // whatever acts for one resource; ID is its ARN
)

// Grantee is who may do something.
type Grantee struct {
	Kind    Kind
	ID      string
	Account string // whose it is, 12 digits; for a service, on whose behalf it must act; empty where that isn't known
}

// String names the grantee for a person: "account 111122223333", "everyone".
func (g Grantee) String() string {
	switch g.Kind {
	case Everyone:
		return "everyone"
	case Service:
		if g.ID == "*" {
			return "every AWS service"
		}
		return "service " + g.ID
	case Account, Organization, Federated:
		return string(g.Kind) + " " + g.ID
	}
	return g.ID
}

// outside tells whether the grantee isn't the owner's. A service or network isn't anybody's, and counts as outside.
func (g Grantee) outside(o Owner) bool {
	switch g.Kind {
	case Organization:
		return o.Organization == "" || g.ID != o.Organization
	case CanonicalUser:
		return o.CanonicalID == "" || g.ID != o.CanonicalID
	case Account, IAMPrincipal, Resource:
		return !o.owns(g.Account)
	}
	return true
}

func (p parser) principals(s *statement, m map[string]any) error {
	name, v := "Principal", m["Principal"]
	if not := m["NotPrincipal"]; not != nil {
		if v != nil {
			return errors.New("has both Principal and NotPrincipal")
		}
		name, v = "NotPrincipal", not
		s.principals.negated = true
	}
	switch {
	case v == nil && p.resourceBased:
		return errors.New("has no Principal, which a resource-based policy needs")
	case v == nil:
		return nil
	case !p.resourceBased:
		return fmt.Errorf("has a %s, which no identity-based policy has", name)
	case v == "*":
		s.principals.everyone = true
		return nil
	}
	kinds, ok := v.(map[string]any)
	if !ok {
		return elementError(name, "is %s", show(v))
	}
	for _, kind := range sortedKeys(kinds) {
		values, err := stringList(kinds[kind])
		if err != nil {
			return fmt.Errorf("%s.%s %w", name, clip(kind), err)
		}
		for _, value := range values {
			g, err := p.principal(kind, value)
			if err != nil {
				return fmt.Errorf("%s.%s %w", name, clip(kind), err)
			}
			if g.Kind == Everyone {
				s.principals.everyone = true
				continue
			}
			s.principals.others = append(s.principals.others, g)
		}
	}
	return nil
}

// principal reads one principal, as "AWS JSON policy elements: Principal" lists them
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
func (p parser) principal(kind, value string) (Grantee, error) {
	text, _ := p.expand(value)
	switch {
	case kind == "Service":
		if hasWildcard(text) {
			text = "*"
		}
		return Grantee{Kind: Service, ID: text}, nil
	case collapse(text) == "*":
		return Grantee{Kind: Everyone}, nil
	}
	switch kind {
	case "AWS":
		if g, ok := awsPrincipal(text); ok {
			return g, nil
		}
		return Grantee{}, fmt.Errorf("%q is neither an account, an ARN nor *", clip(value))
	case "Federated":
		return Grantee{Kind: Federated, ID: text, Account: arnAccount(text)}, nil
	case "CanonicalUser":
		return Grantee{Kind: CanonicalUser, ID: text}, nil
	}
	return Grantee{}, errors.New("is an unknown type of principal")
}

func awsPrincipal(s string) (Grantee, bool) {
	if len(s) < 12 && s != "" && strings.Trim(s, "0123456789") == "" { // a number, without its leading zeros
		s = strings.Repeat("0", 12-len(s)) + s
	}
	if isAccount(s) {
		return accountGrantee(s), true
	}
	if isUniqueID(s) {
		return Grantee{Kind: UniqueID, ID: s}, true
	}
	parts, n := splitARN(s)
	if n < len(parts) || parts[0] != "arn" {
		if hasWildcard(s) { // arn:aws:iam::* and the like
			return Grantee{Kind: Everyone}, true
		}
		return Grantee{}, false
	}
	switch account := parts[4]; {
	case account == "cloudfront":
		return Grantee{Kind: OriginIdentity, ID: s}, true
	case parts[2] != "*" && parts[2] != "iam" && parts[2] != "sts" && !hasWildcard(parts[2]):
		return Grantee{}, false
	case !isAccount(account) && hasWildcard(account):
		return Grantee{Kind: Everyone}, true
	case !isAccount(account):
		return Grantee{}, false
	case parts[5] == "root" || parts[5] == "*":
		return accountGrantee(account), true
	default:
		return Grantee{Kind: IAMPrincipal, ID: s, Account: account}, true
	}
}

// accountGrantee is an account, or the service that owns it.
func accountGrantee(account string) Grantee {
	if slices.Contains(loadBalancingAccounts, account) {
		return Grantee{Kind: Service, ID: "elasticloadbalancing.amazonaws.com", Account: account}
	}
	return Grantee{Kind: Account, ID: account, Account: account}
}

// loadBalancingAccounts are Elastic Load Balancing's own, from which access logs come in the older regions: "Enable
// access logs for your Application Load Balancer",
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
var loadBalancingAccounts = []string{
	"127311923021", "033677994240", "027434742980", "797873946194", "098369216593", "754344448648", "589379963580",
	"718504428378", "383597477331", "600734575887", "114774131450", "783225319266", "582318560864", "985666609251",
	"054676820928", "156460612806", "652711504416", "635631232127", "009996457667", "897822967062", "076674570225",
	"507241528517", "048591011584", "190560391635", "638102146993", "037604701340",
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// isUniqueID tells whether s is the id of a user or role: "IAM identifiers",
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func isUniqueID(s string) bool {
	if len(s) < 8 || !strings.HasPrefix(s, "AIDA") && !strings.HasPrefix(s, "AROA") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// splitARN returns the six parts of an ARN, and how many there were: partition at 1, service, region, account, resource.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func splitARN(s string) (parts [6]string, n int) {
	for found := true; found && n < len(parts); n++ {
		if n == len(parts)-1 {
			parts[n] = s
			continue
		}
		parts[n], s, found = strings.Cut(s, ":")
	}
	return parts, n
}

// arnAccount is the account of an ARN, or empty.
func arnAccount(s string) string {
	parts, n := splitARN(s)
	if n == len(parts) && parts[0] == "arn" && isAccount(parts[4]) {
		return parts[4]
	}
	return ""
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
