package fleet

import (
	"strings"
)

// statement is a policy statement as the fleet thinks of it; documents write it in any of its equivalent forms.
type statement struct {
	sid, effect string
	principal   string // an account id, a service's name, or "" where the policy hangs on an identity
	actions     []string
	resources   []string
}

// document writes a policy: in a shuffled fleet with its statements, lists and keys in any order, lists of one as
// strings, and accounts by id or by ARN (IAM user guide, "Grammar of the IAM JSON policy language").
func document(r rng, statements ...statement) string {
	written := make([]string, len(statements))
	for i, s := range statements {
		fields := []string{
			`"Sid":"` + s.sid + `"`, `"Effect":"` + s.effect + `"`,
			`"Action":` + oneOrMany(r, s.actions),
		}
		if len(s.resources) > 0 {
			fields = append(fields, `"Resource":`+oneOrMany(r, s.resources))
		}
		if s.principal != "" {
			fields = append(fields, `"Principal":`+principal(r, s.principal))
		}
		written[i] = "{" + strings.Join(shuffled(r, fields...), comma(r)) + "}"
	}
	body := "[" + strings.Join(shuffled(r, written...), comma(r)) + "]"
	if len(written) == 1 && r.coin() {
		body = written[0]
	}
	return "{" + strings.Join(shuffled(r, `"Version":"2012-10-17"`, `"Statement":`+body), comma(r)) + "}"
}

func principal(r rng, who string) string {
	if strings.Contains(who, ".") {
		return `{"Service":` + oneOrMany(r, []string{who}) + `}`
	}
	if r.coin() {
		return `{"AWS":` + oneOrMany(r, []string{who}) + `}`
	}
	return `{"AWS":` + oneOrMany(r, []string{"arn:aws:iam::" + who + ":root"}) + `}`
}

func oneOrMany(r rng, list []string) string {
	if len(list) == 1 && r.coin() {
		return `"` + list[0] + `"`
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + s + `"`
	}
	return "[" + strings.Join(shuffled(r, quoted...), comma(r)) + "]"
}

func comma(r rng) string {
	if r.coin() {
		return ",\n  "
	}
	return ","
}

// encoded writes a document as IAM answers it, percent-encoded after RFC 3986; a shuffled fleet encodes more than it
// must, or writes digits in lower case.
func encoded(r rng, doc string) string {
	digits := "0123456789ABCDEF"
	if r.coin() {
		digits = hexDigits
	}
	more := r.coin()
	var b strings.Builder
	for i := range len(doc) {
		c := doc[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if letter || !more && strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
