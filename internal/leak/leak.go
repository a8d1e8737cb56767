// Package leak tells what looks like a secret that lies in the open: a password in an environment variable, an access key
// in a script. It looks at names and forms alone; a secret that has neither is not found.
package leak

import (
	"regexp"
	"strings"
)

var (
	// secretName ends as the names of secrets do.
	secretName = regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|api_?-?key|private_?-?key|access_?-?key|auth_?-?token|access_?-?token|credentials?)$|(?i)^token$`)
	// elsewhere are values that say where a secret is, or are none: switches, numbers, ARNs, addresses, paths, references, and
	// the stars that some services answer instead.
	elsewhere = regexp.MustCompile(`(?s)^(|true|false|[0-9]+|\*+|arn:.*|https?://.*|/.*|\{\{resolve:.*|\$[({].*|<.*)$`)
	// secretForm are keys that are known by their form: access keys of AWS, private keys in PEM (RFC 7468), and tokens of
	// GitHub, Slack and Stripe, whose documentation gives their prefixes.
	secretForm = regexp.MustCompile(`(AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{36}|xox[baprs]-[0-9A-Za-z-]{10}|sk_live_[0-9A-Za-z]{16})`)
	// assignment gives a name a value: in a line of a script, in an object of YAML or JSON, among attributes with semicolons.
	assignment = regexp.MustCompile(`(?m)(?:^|[;,{])[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+)?["']?([A-Za-z_][A-Za-z0-9_.-]*)["']?[ \t]*[=:][ \t]*("[^"\n]*"|'[^'\n]*'|[^;,}\n]*)`)
	// variable is a value that a shell takes from elsewhere.
	variable = regexp.MustCompile(`^\$[A-Za-z_]`)
)

// Variable tells whether the value of a variable of that name looks like a secret: by its name, unless the value only says
// where the secret is, or by the value's own form.
func Variable(name, value string) bool {
	return secretName.MatchString(name) && !elsewhere.MatchString(value) || secretForm.MatchString(value)
}

// Text tells whether a text, such as a script or JSON, gives a name a value that looks like a secret, or holds one by its form.
func Text(text string) bool {
	if secretForm.MatchString(text) {
		return true
	}
	for _, m := range assignment.FindAllStringSubmatch(text, -1) {
		value := strings.Trim(m[2], "\"' \t\r")
		if Variable(m[1], value) && !variable.MatchString(value) {
			return true
		}
	}
	return false
}
