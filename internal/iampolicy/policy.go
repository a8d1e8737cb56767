package iampolicy

import (
	"slices"
	"strconv"
	"strings"
)

// Policy is a resource-based policy: a bucket's, a key's, a role's trust policy. Parse makes it; the zero value grants
// nothing.
type Policy struct {
	statements []statement
}

// statement is one statement, its lists as sets of patterns. Where a pattern holds a policy variable, whose value only a
// request has, the set is the one that leaves more allowed: a "*" where the statement grants so, nothing where it denies.
type statement struct {
	ref        Ref
	deny       bool
	actions    set // in lower case
	resources  set // "*" where the statement has none, as in trust policies
	sure       set // the resources, taken the other way: what is granted whatever variables stand for
	principals principals
	conditions []condition
}

// principals are who a statement is about.
type principals struct {
	everyone bool // "*"
	others   []Grantee
	negated  bool // NotPrincipal
}

// Ref names a statement.
type Ref struct {
	Document  string // the name that its document was given; empty for a resource-based policy
	Statement int    // its place in the document, from 0
	Sid       string // may be empty
}

// String is `Statement[2] (PublicRead)`, after the document's name where there is one.
func (r Ref) String() string {
	var b strings.Builder
	if r.Document != "" {
		b.WriteString(r.Document)
		b.WriteByte(' ')
	}
	b.WriteString("Statement[")
	b.WriteString(strconv.Itoa(r.Statement))
	b.WriteByte(']')
	if r.Sid != "" {
		b.WriteString(" (" + r.Sid + ")")
	}
	return b.String()
}

// Owner is whose the resource is. What isn't its own is outside; with an empty Account, everything named is.
type Owner struct {
	Account      string   // 12 digits
	Organization string   // o-...; empty where it isn't known, and then no organization is its own
	CanonicalID  string   // the account's canonical user id, for S3; may be empty
	Trusted      []string // other accounts of the same owner
}

// owns tells whether an account is the owner's. The empty account, one that isn't known, is nobody's.
func (o Owner) owns(account string) bool {
	if account == "" {
		return false
	}
	return account == o.Account || slices.Contains(o.Trusted, account)
}

// maxNamed is how many of a list a text names.
const maxNamed = 3

// enumerate is a list for a person: "a, b, c and 4 more".
func enumerate(list []string) string {
	if len(list) <= maxNamed {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:maxNamed], ", ") + " and " + strconv.Itoa(len(list)-maxNamed) + " more"
}

// names is the set's patterns for a person.
func (s set) names() string {
	if s.negated {
		return "everything but " + enumerate(s.patterns)
	}
	return enumerate(s.patterns)
}
