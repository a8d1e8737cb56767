package iampolicy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

func TestWhatCannotBeUnderstoodIsNamed(t *testing.T) {
	for doc, want := range map[string]string{
		`"text"`:                   "policy document is a string, not an object",
		`[]`:                       "policy document is a list, not an object",
		`{"Statements":[]}`:        `policy document has an unknown element "Statements"`,
		`{"Version":"2020-01-01"}`: `policy document's Version is "2020-01-01"`,
		`{"Statement":"x"}`:        "policy document's Statement is a string",
		policy(`null`):             "Statement[0]: is null, not an object",
		policy(`{"Effect":"Deny","Principal":"*","Action":"*"},{"Principal":"*","Action":"*"}`):           "Statement[1]: Effect is null, neither Allow nor Deny",
		policy(`{"Effect":"allow","Principal":"*","Action":"*"}`):                                         `Statement[0]: Effect is "allow", neither Allow nor Deny`,
		policy(`{"Sid":"S","Effect":"Allow","Principal":"*"}`):                                            "Statement[0] (S): has no Action",
		policy(`{"Effect":"Allow","Principal":"*"}`):                                                      "Statement[0]: has no Action",
		policy(`{"Effect":"Allow","Principal":"*","Action":null}`):                                        "Statement[0]: has no Action",
		policy(`{"Effect":"Allow","Principal":"*","Action":["a:b",null]}`):                                "Statement[0]: Action [1] is null",
		policy(`{"Effect":"Allow","Principal":"*","Action":{"a":1}}`):                                     "Statement[0]: Action is an object",
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","NotAction":"*"}`):                         "Statement[0]: has both Action and NotAction",
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","NotResource":[]}`):         "Statement[0]: has both Resource and NotResource",
		policy(`{"Effect":"Allow","Principal":"*","NotPrincipal":"*","Action":"*"}`):                      "Statement[0]: has both Principal and NotPrincipal",
		policy(`{"Effect":"Allow","Action":"*"}`):                                                         "Statement[0]: has no Principal, which a resource-based policy needs",
		policy(`{"Effect":"Allow","Principal":7,"Action":"*"}`):                                           "Statement[0]: Principal is a number",
		policy(`{"Effect":"Allow","Principal":"me","Action":"*"}`):                                        `Statement[0]: Principal is "me"`,
		policy(`{"Effect":"Allow","Principal":{"AWS":"me"},"Action":"*"}`):                                `Statement[0]: Principal.AWS "me" is neither an account, an ARN nor *`,
		policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:s3:::b"},"Action":"*"}`):                    `Statement[0]: Principal.AWS "arn:aws:s3:::b" is neither an account, an ARN nor *`,
		policy(`{"Effect":"Allow","Principal":{"AWS":[[]]},"Action":"*"}`):                                "Statement[0]: Principal.AWS [0] is a list",
		policy(`{"Effect":"Allow","Principal":{"Robot":"x"},"Action":"*"}`):                               "Statement[0]: Principal.Robot is an unknown type of principal",
		policy(`{"Effect":"Allow","Principle":"*","Action":"*"}`):                                         `Statement[0]: unknown element "Principle"`,
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Condition":[]}`):                          "Statement[0]: Condition is a list",
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Equals":{"a":1}}}`):          `Statement[0]: Condition has an unknown operator "Equals"`,
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringLike":"x"}}`):          "Statement[0]: Condition.StringLike is a string",
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringLike":{"a:b":null}}}`): "Statement[0]: Condition.StringLike.a:b is null",
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringLike":{"a:b":[{}]}}}`): "Statement[0]: Condition.StringLike.a:b [0] is an object",
	} {
		t.Run(want, func(t *testing.T) {
			_, err := iampolicy.Parse(decode(t, doc))
			if err == nil || err.Error() != want {
				t.Errorf("%v\n%s", err, doc)
			}
		})
	}
}

func TestIdentityPoliciesAreRefusedByName(t *testing.T) {
	for doc, want := range map[string]string{
		policy(`{"Effect":"Allow","Action":"*"}`):                                   "mine: Statement[0]: has no Resource",
		policy(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`):    "mine: Statement[0]: has a Principal, which no identity-based policy has",
		policy(`{"Effect":"Allow","NotPrincipal":"*","Action":"*","Resource":"*"}`): "mine: Statement[0]: has a NotPrincipal, which no identity-based policy has",
	} {
		_, err := iampolicy.ParseIdentity([]iampolicy.Document{{Name: "mine", Policy: decode(t, doc)}}, nil)
		if err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
		_, err = iampolicy.ParseIdentity(nil, &iampolicy.Document{Name: "mine", Policy: decode(t, doc)})
		if err == nil || err.Error() != want {
			t.Errorf("boundary: %v, not %s", err, want)
		}
	}
}

func TestNothingGrantsNothing(t *testing.T) {
	var p *iampolicy.Policy
	var id *iampolicy.Identity
	if len(p.Public(owner))+len(p.OutsideAccess(owner))+len(p.OpenEndpoint(owner)) > 0 || p.DeniesInsecureTransport("s3:*").Denied {
		t.Error("a policy that isn't there says something")
	}
	if id.Allows("a:b", "*").Verdict != iampolicy.No || id.AllowsAdministrator().Verdict != iampolicy.No ||
		len(id.EscalationPaths())+len(id.WildcardActions()) > 0 {
		t.Error("an identity that isn't there may do something")
	}
}

// A megabyte, as wide and as deep in wildcards as it comes: answered or refused, and soon.
func TestHugePolicies(t *testing.T) {
	const size = 1 << 20
	fill := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	long := strings.Repeat("a*?", size/6)
	for name, doc := range map[string]string{
		"many statements":     policy(fill(`{"Effect":"Allow","Principal":"*","Action":"s3:%d*","Resource":"*"}`) + `,{"Effect":"Deny","Principal":"*","Action":"s3:1*","Resource":"*"}`),
		"many denials":        policy(fill(`{"Effect":"Deny","Principal":"*","Action":"s3:%d*","Resource":"*"}`) + `,{"Effect":"Allow","Principal":"*","Action":"s3:9*","Resource":"*"}`),
		"many principals":     policy(`{"Effect":"Allow","Principal":{"AWS":[` + fill(`"%012d"`) + `]},"Action":"s3:*","Resource":"*"}`),
		"many values":         policy(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalAccount":[` + fill(`"%012d"`) + `]}}}`),
		"many actions":        policy(`{"Effect":"Allow","Principal":"*","Action":[` + fill(`"s3:a*%d*"`) + `],"Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"s3:*z","Resource":"*"}`),
		"long patterns":       policy(`{"Effect":"Allow","Principal":"*","Action":"` + long + `","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"` + long + `b","Resource":"*"}`),
		"actions and denials": policy(`{"Effect":"Allow","Principal":"*","Action":[` + fill(`"s3:a%d"`) + `],"Resource":"*"},{"Effect":"Deny","Principal":"*","Action":[` + fill(`"s3:*%d"`) + `],"Resource":"*"}`),
	} {
		t.Run(name, func(t *testing.T) {
			var v any
			if err := json.Unmarshal([]byte(doc), &v); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			p, err := iampolicy.Parse(v)
			if err != nil && !errors.Is(err, iampolicy.ErrTooLarge) {
				t.Fatal(err)
			}
			p.OutsideAccess(owner)
			p.DeniesInsecureTransport("s3:*", "arn:aws:s3:::b", "arn:aws:s3:::b/*")
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %v", d)
			}
			t.Logf("%v, %v", time.Since(start), err)
		})
	}
}
