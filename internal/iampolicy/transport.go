package iampolicy

import (
	"slices"
	"strconv"
	"strings"
)

// Denial says whether a policy denies something to everyone, and where.
type Denial struct {
	Denied  bool     // on every resource asked for
	By      []Ref    // the statements that do
	Missing []string // resources for which none does
}

// String explains the denial: "not denied on arn:aws:s3:::b/*".
func (d Denial) String() string {
	if !d.Denied {
		return "not denied on " + enumerate(d.Missing)
	}
	by := make([]string, len(d.By))
	for i, r := range d.By {
		by[i] = r.String()
	}
	return "denied by " + enumerate(by)
}

// Denies tells whether requests are denied, to everyone and whatever the conditions, for all that the action pattern
// matches, on every one of the resources (patterns; none means all).
func (p *Policy) Denies(action string, resources ...string) Denial {
	return p.denies(action, resources, func(condition) bool { return false })
}

// DeniesInsecureTransport tells whether requests over plain HTTP are denied, to everyone, for all that the action pattern
// matches ("s3:*"), on every one of the resources (patterns: a bucket's ARN, and its objects' with "/*"; none means all).
//
// What denies them is aws:SecureTransport being false as the only condition, or no condition at all: "What S3 bucket
// policy can I use to comply with the AWS Config rule s3-bucket-ssl-requests-only?",
// https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule
func (p *Policy) DeniesInsecureTransport(action string, resources ...string) Denial {
	return p.denies(action, resources, func(c condition) bool { return c.isBool("aws:securetransport", "false") })
}

// DeniesTLSBelow tells the same of requests with a TLS version below the one given, as a number: 1.2. What denies them is
// s3:TlsVersion (or the same of another service): "Bucket policy examples using condition keys",
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
func (p *Policy) DeniesTLSBelow(version float64, action string, resources ...string) Denial {
	return p.denies(action, resources, func(c condition) bool {
		if _, name, _ := strings.Cut(c.key, ":"); name != "tlsversion" {
			return false
		}
		return slices.ContainsFunc(c.values, func(v value) bool {
			n, err := strconv.ParseFloat(v.text, 64)
			switch {
			case err != nil:
				return false
			case c.operator == "numericlessthan":
				return n >= version
			case c.operator == "numericlessthanequals":
				return n >= previousTLS(version)
			}
			return false
		})
	})
}

// previousTLS is the version before one: there are 1.0 to 1.3.
func previousTLS(version float64) float64 { return version - 0.1 - 1e-9 }

// denies looks for Deny statements for everyone whose conditions all satisfy meets.
func (p *Policy) denies(action string, resources []string, meets func(condition) bool) Denial {
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	if p == nil {
		return Denial{Missing: resources}
	}
	action = strings.ToLower(action)
	var out Denial
	missing := slices.Clone(resources)
	for i := range p.statements {
		s := &p.statements[i]
		if !s.deny || !s.principals.everyone || s.principals.negated || !s.actions.contains(action, covers) ||
			slices.ContainsFunc(s.conditions, func(c condition) bool { return !meets(c) }) {
			continue
		}
		before := len(missing)
		missing = slices.DeleteFunc(missing, func(r string) bool { return s.resources.contains(r, coversARN) })
		if len(missing) < before {
			out.By = append(out.By, s.ref)
		}
	}
	out.Denied, out.Missing = len(missing) == 0, missing
	return out
}
