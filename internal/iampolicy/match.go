package iampolicy

import "strings"

// Literal forms of the wildcards, as the variables ${*} and ${?} give them. No ARN or action holds these bytes.
const (
	literalStar     = "\x01"
	literalQuestion = "\x02"
)

// covers tells whether everything that matches q also matches p, where "*" is any text and "?" any one character. With a
// q that has no wildcards it is plain matching. It can miss that p covers q where both put "?" beside "*"; it never
// says so wrongly. Takes at most len(p)*len(q) steps.
func covers(p, q string) bool {
	if p == q || p == "*" {
		return true
	}
	if !hasWildcard(p) {
		return false
	}
	pi, qi, star, from := 0, 0, -1, 0
	for qi < len(q) {
		switch {
		case pi < len(p) && p[pi] == '*':
			star, from = pi, qi
			pi++
		case pi < len(p) && (p[pi] == q[qi] || p[pi] == '?' && q[qi] != '*'):
			pi += 1
			qi += step(p[pi-1], q[qi:])
		case star >= 0:
			from += step('?', q[from:])
			pi, qi = star+1, from
		default:
			return false
		}
	}
	for pi < len(p) && p[pi] == '*' {
		pi++
	}
	return pi == len(p)
}

// step is how many bytes of s the byte c of a pattern takes: "?" takes a whole character.
func step(c byte, s string) int {
	n := 1
	if c == '?' && s[0] >= 0xC0 {
		for n < len(s) && s[n]&0xC0 == 0x80 {
			n++
		}
	}
	return n
}

// coversARN is covers for ARNs in Resource elements: a "*" within one of the first five segments stays in it, and one
// that ends a segment may go on beyond the colon
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
func coversARN(p, q string) bool {
	if !covers(p, q) {
		return false
	}
	if p == q {
		return true
	}
	bound, colons := make([]bool, len(p)), 0
	some := false
	for i := range len(p) {
		switch {
		case p[i] == ':':
			colons++
		case p[i] == '*' && colons < 5 && i+1 < len(p) && p[i+1] != ':' && p[i+1] != '*':
			bound[i], some = true, true
		}
	}
	return !some || coversBound(p, q, bound)
}

// coversBound is covers where the stars at the places marked take neither a colon nor another star.
func coversBound(p, q string, bound []bool) bool {
	row := make([]bool, len(q)+1) // row[j]: p[:i] covers q[:j]
	row[0] = true
	for i := range len(p) {
		next := make([]bool, len(q)+1)
		next[0] = row[0] && p[i] == '*'
		for j := range len(q) {
			switch {
			case p[i] == '*':
				next[j+1] = row[j+1] || next[j] && (!bound[i] || q[j] != ':' && q[j] != '*')
			default:
				next[j+1] = row[j] && (p[i] == q[j] || p[i] == '?' && q[j] != '*')
			}
		}
		row = next
	}
	return row[len(q)]
}

// overlaps tells whether some text matches both patterns.
func overlaps(p, q string) bool {
	if p == "*" || q == "*" || p == q {
		return true
	}
	for i := 0; i < len(p) && i < len(q) && plain(p[i]) && plain(q[i]); i++ { // most differ in the service
		if p[i] != q[i] {
			return false
		}
	}
	p, q = anyLength(p), anyLength(q)
	for len(p) > 0 && len(q) > 0 && plain(p[0]) && plain(q[0]) { // what both begin with
		if p[0] != q[0] {
			return false
		}
		p, q = p[1:], q[1:]
	}
	for len(p) > 0 && len(q) > 0 && plain(p[len(p)-1]) && plain(q[len(q)-1]) { // and end with
		if p[len(p)-1] != q[len(q)-1] {
			return false
		}
		p, q = p[:len(p)-1], q[:len(q)-1]
	}
	switch {
	case p == "*" || q == "*":
		return true
	case !hasWildcard(q):
		return covers(p, q)
	case !hasWildcard(p):
		return covers(q, p)
	}
	row := make([]bool, len(q)+1) // row[j]: p[:i] overlaps q[:j]
	row[0] = true
	for j := 0; j < len(q) && q[j] == '*'; j++ {
		row[j+1] = true
	}
	for i := range len(p) {
		diagonal := row[0]
		row[0] = row[0] && p[i] == '*'
		for j := range len(q) {
			above := row[j+1]
			if p[i] == '*' || q[j] == '*' { // the star takes nothing, or one more
				row[j+1] = above || row[j]
			} else {
				row[j+1] = diagonal && (p[i] == q[j] || p[i] == '?' || q[j] == '?')
			}
			diagonal = above
		}
	}
	return row[len(q)]
}

// anyLength makes "?" into "*" in a pattern whose characters may be longer than a byte.
func anyLength(p string) string {
	for i := range len(p) {
		if p[i] >= 0x80 {
			return strings.ReplaceAll(p, "?", "*")
		}
	}
	return p
}

func plain(c byte) bool { return c != '*' && c != '?' }

func hasWildcard(s string) bool {
	return strings.IndexByte(s, '*') >= 0 || strings.IndexByte(s, '?') >= 0
}

// set is what the element of a statement names: what matches any of the patterns, or, negated, everything else.
type set struct {
	patterns []string
	negated  bool
}

func (s set) empty() bool { return !s.negated && len(s.patterns) == 0 }

// contains tells whether all of what the pattern q matches is in the set; match is covers or coversARN.
func (s set) contains(q string, match func(p, q string) bool) bool {
	for _, p := range s.patterns {
		if s.negated {
			if overlaps(p, q) {
				return false
			}
		} else if match(p, q) {
			return true
		}
	}
	return s.negated
}

// touches tells whether some of what the pattern q matches is in the set.
func (s set) touches(q string, match func(p, q string) bool) bool {
	for _, p := range s.patterns {
		if s.negated {
			if match(p, q) {
				return false
			}
		} else if overlaps(p, q) {
			return true
		}
	}
	return s.negated
}

// includes tells whether all of other is in the set.
func (s set) includes(other set, match func(p, q string) bool) bool {
	if !other.negated {
		for _, q := range other.patterns {
			if !s.contains(q, match) {
				return false
			}
		}
		return true
	}
	if !s.negated {
		return s.contains("*", match)
	}
	for _, p := range s.patterns {
		if !(set{patterns: other.patterns}).contains(p, match) {
			return false
		}
	}
	return true
}
