package iampolicy_test

import (
	"strings"
	"testing"
)

// toAll is an Allow for everyone with a condition.
func toAll(condition string) string {
	return policy(`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:getobject"],"Resource":["arn:aws:s3:::b/*"],"Condition":{` + condition + `}}`)
}

// withDeny is an Allow for everyone, and a Deny of the same with other elements.
func withDeny(elements string) string {
	deny := `{"Effect":"Deny","Action":["s3:*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],` + elements + `}`
	return policy(`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:getobject"],"Resource":["arn:aws:s3:::b/*"]},` + deny)
}

func TestPublicPolicies(t *testing.T) {
	for name, doc := range map[string]string{
		"everyone":                          policy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}`),
		"every AWS principal":               policy(`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Resource":"*"}`),
		"everyone among others":             policy(`{"Effect":"Allow","Principal":{"AWS":["111122223333","*"]},"Action":"s3:GetObject","Resource":"*"}`),
		"every federated user":              policy(`{"Effect":"Allow","Principal":{"Federated":"*"},"Action":"sts:AssumeRoleWithWebIdentity"}`),
		"the root of every account":         policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::*:root"},"Action":"sqs:*"}`),
		"a role of any account":             policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::*:role/x"},"Action":"sqs:*"}`),
		"all but one principal":             policy(`{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Action":"sqs:*"}`),
		"all but some actions":              policy(`{"Effect":"Allow","Principal":"*","NotAction":"s3:PutObject","Resource":"*"}`),
		"all but some resources":            policy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/private/*"}`),
		"an organization with a wildcard":   toAll(`"StringLike":{"aws:principalorgid":"o-*"}`),
		"any organization":                  toAll(`"Null":{"aws:principalorgid":"false"}`),
		"an organization, if there is one":  toAll(`"StringEqualsIfExists":{"aws:principalorgid":"o-mine000000"}`),
		"one organization or any":           toAll(`"StringLike":{"aws:principalorgid":["o-mine000000","*"]}`),
		"another than an organization":      toAll(`"StringNotEquals":{"aws:principalorgid":"o-theirs0000"}`),
		"for all values, none perhaps":      toAll(`"ForAllValues:StringEquals":{"aws:principalorgid":"o-mine000000"}`),
		"paths of any organization":         toAll(`"ForAnyValue:StringLike":{"aws:principalorgpaths":"o-*/r-ab12/*"}`),
		"accounts that begin so":            toAll(`"StringLike":{"aws:principalaccount":"1111*"}`),
		"an account that isn't one":         toAll(`"StringEquals":{"aws:sourceaccount":"*"}`),
		"an account from the request":       toAll(`"StringEquals":{"aws:sourceaccount":"${aws:PrincipalAccount}"}`),
		"a source in any account":           toAll(`"ArnLike":{"aws:sourcearn":"arn:aws:sns:*:*:topic"}`),
		"buckets that begin so":             toAll(`"ArnLike":{"aws:sourcearn":"arn:aws:s3:::b*"}`),
		"a role of that name anywhere":      toAll(`"ArnLike":{"aws:principalarn":"arn:aws:iam::*:role/admin"}`),
		"all of IPv4":                       toAll(`"IpAddress":{"aws:sourceip":"0.0.0.0/0"}`),
		"half of IPv4":                      toAll(`"IpAddress":{"aws:sourceip":["0.0.0.0/1"]}`),
		"a range wider than /8":             toAll(`"IpAddress":{"aws:sourceip":"52.0.0.0/7"}`),
		"an office or everywhere":           toAll(`"IpAddress":{"aws:sourceip":["203.0.113.0/24","::/0"]}`),
		"a range of IPv6 wider than /32":    toAll(`"IpAddress":{"aws:sourceip":"2001::/16"}`),
		"everything in slices of /8":        toAll(`"IpAddress":{"aws:sourceip":[` + slashEights() + `]}`),
		"not from some addresses":           toAll(`"NotIpAddress":{"aws:sourceip":"203.0.113.0/24"}`),
		"an address that isn't one":         toAll(`"IpAddress":{"aws:sourceip":"office"}`),
		"a private address in any VPC":      toAll(`"IpAddress":{"aws:vpcsourceip":"10.1.0.0/16"}`),
		"any VPC":                           toAll(`"StringLike":{"aws:sourcevpc":"vpc-*"}`),
		"any VPC endpoint":                  toAll(`"Null":{"aws:sourcevpce":"false"}`),
		"a referer, which anyone can send":  toAll(`"StringLike":{"aws:referer":"https://example.com/*"}`),
		"a user agent":                      toAll(`"StringEquals":{"aws:useragent":"secret"}`),
		"encrypted transport":               toAll(`"Bool":{"aws:securetransport":"true"}`),
		"a tag that anyone can have":        toAll(`"StringEquals":{"aws:principaltag/team":"x"}`),
		"through a service":                 toAll(`"StringEquals":{"kms:viaservice":"s3.us-east-1.amazonaws.com"}`),
		"an external id":                    toAll(`"StringEquals":{"sts:externalid":"abc"}`),
		"a signed-in function URL":          toAll(`"StringEquals":{"lambda:functionurlauthtype":"AWS_IAM"}`),
		"an e-mail endpoint":                toAll(`"StringLike":{"sns:endpoint":"*@example.com"}`),
		"any role's session":                toAll(`"StringLike":{"aws:userid":"*:session"}`),
		"a service not used":                toAll(`"Bool":{"aws:principalisawsservice":"false"}`),
		"a pin that is only there to be":    toAll(`"StringEquals":{"s3:prefix":"111122223333"}`),
		"a number for an account too short": toAll(`"StringEquals":{"aws:sourceaccount":1111}`),

		"a deny of other actions":               withDeny(`"Principal":"*","Action":"s3:PutObject"`),
		"a deny of other resources":             withDeny(`"Principal":"*","Resource":"arn:aws:s3:::b/private/*"`),
		"a deny for one principal":              withDeny(`"Principal":{"AWS":"arn:aws:iam::999988887777:root"}`),
		"a deny of plain HTTP":                  withDeny(`"Principal":"*","Condition":{"Bool":{"aws:securetransport":"false"}}`),
		"a deny of another organization":        withDeny(`"Principal":"*","Condition":{"StringEquals":{"aws:principalorgid":"o-theirs0000"}}`),
		"a deny of those with other values":     withDeny(`"Principal":"*","Condition":{"ForAnyValue:StringNotEquals":{"aws:principalorgid":"o-mine000000"}}`),
		"a deny that leaves any organization":   withDeny(`"Principal":"*","Condition":{"StringNotLike":{"aws:principalorgid":"o-*"}}`),
		"a deny of those with no organization":  withDeny(`"Principal":"*","Condition":{"Null":{"aws:principalorgid":"true"}}`),
		"a deny that leaves everywhere":         withDeny(`"Principal":"*","Condition":{"NotIpAddress":{"aws:sourceip":"0.0.0.0/0"}}`),
		"a deny that needs two things":          withDeny(`"Principal":"*","Condition":{"StringNotEquals":{"aws:principalorgid":"o-mine000000"},"Bool":{"aws:securetransport":"false"}}`),
		"a deny that lets services' users pass": withDeny(`"Principal":"*","Condition":{"StringNotEquals":{"aws:principalorgid":"o-mine000000"},"Bool":{"aws:viaawsservice":"false"}}`),
		"a deny of all but everyone":            withDeny(`"NotPrincipal":"*"`),
		"a deny of all actions but these":       withDeny(`"Principal":"*","Action":null,"NotAction":"s3:Get*"`),
		"a deny of a variable":                  withDeny(`"Principal":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"`),
		"a deny of half of what is allowed": policy(`{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},
			{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}`),
	} {
		t.Run(name, func(t *testing.T) {
			grants := parse(t, doc).Public(owner)
			if len(grants) == 0 {
				t.Fatalf("not public:\n%s", doc)
			}
			if text := grants[0].String(); !strings.Contains(text, "Statement[0] lets everyone do ") {
				t.Errorf("explained as %q", text)
			}
		})
	}
}

func TestPoliciesThatAreNotPublic(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing":                             `null`,
		"no statements":                       `{"Version":"2012-10-17"}`,
		"a deny alone":                        policy(`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`),
		"the account":                         policy(`{"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":["kms:*"],"Resource":["*"]}`),
		"another account":                     policy(`{"Effect":"Allow","Principal":{"AWS":["999988887777"]},"Action":["kms:*"],"Resource":["*"]}`),
		"a service":                           policy(`{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com"]},"Action":["sqs:sendmessage"],"Resource":["*"]}`),
		"all but everyone":                    policy(`{"Effect":"Allow","NotPrincipal":"*","Action":["s3:*"],"Resource":["*"]}`),
		"no action":                           policy(`{"Effect":"Allow","Principal":"*","Action":[],"Resource":["*"]}`),
		"an organization":                     toAll(`"StringEquals":{"aws:PrincipalOrgID":"o-mine000000"}`),
		"another organization":                toAll(`"StringEquals":{"aws:principalorgid":"o-theirs0000"}`),
		"the resource's own organization":     toAll(`"StringEquals":{"aws:principalorgid":"${aws:ResourceOrgID}"}`),
		"paths of an organization":            toAll(`"ForAnyValue:StringLike":{"aws:principalorgpaths":"o-mine000000/r-ab12/*"}`),
		"for all values, and there are some":  toAll(`"ForAllValues:StringLike":{"aws:principalorgpaths":"o-mine000000/*"},"Null":{"aws:principalorgpaths":"false"}`),
		"if exists, and it does":              toAll(`"StringEqualsIfExists":{"aws:principalorgid":"o-mine000000"},"Null":{"aws:principalorgid":"false"}`),
		"an account":                          toAll(`"StringEquals":{"aws:principalaccount":"999988887777"}`),
		"the account as a number":             toAll(`"StringEquals":{"aws:principalaccount":111122223333}`),
		"the resource's own account":          toAll(`"StringEquals":{"aws:sourceaccount":"${aws:ResourceAccount}"}`),
		"an account in another case":          toAll(`"StringEqualsIgnoreCase":{"AWS:SourceOwner":"111122223333"}`),
		"a KMS caller":                        toAll(`"StringEquals":{"kms:calleraccount":"111122223333","kms:viaservice":"s3.us-east-1.amazonaws.com"}`),
		"access points of an account":         toAll(`"StringEquals":{"s3:dataaccesspointaccount":"111122223333"}`),
		"access points by ARN":                toAll(`"StringLike":{"s3:dataaccesspointarn":"arn:aws:s3:us-east-1:111122223333:accesspoint/*"}`),
		"a source in the account":             toAll(`"ArnLike":{"aws:sourcearn":"arn:aws:sns:*:111122223333:*"}`),
		"a source that is a bucket":           toAll(`"ArnEquals":{"aws:sourcearn":"arn:aws:s3:::uploads"}`),
		"roles of the account":                toAll(`"ArnLike":{"aws:principalarn":"arn:aws:iam::111122223333:role/*"}`),
		"an office":                           toAll(`"IpAddress":{"aws:sourceip":["203.0.113.0/24","2001:db8::/32"]}`),
		"one address":                         toAll(`"IpAddress":{"aws:sourceip":"203.0.113.7"}`),
		"a VPC":                               toAll(`"StringEquals":{"aws:sourcevpc":"vpc-0a1b2c3d"}`),
		"a VPC endpoint":                      toAll(`"StringEquals":{"aws:sourcevpce":["vpce-1a2b3c4d","vpce-5e6f"]}`),
		"a role's sessions":                   toAll(`"StringLike":{"aws:userid":"AROAIOSFODNN7EXAMPLE:*"}`),
		"AWS services":                        toAll(`"Bool":{"aws:principalisawsservice":"true"}`),
		"through a mount target":              toAll(`"Bool":{"elasticfilesystem:accessedviamounttarget":"true"}`),
		"one good condition among weak ones":  toAll(`"Bool":{"aws:securetransport":"true"},"StringLike":{"aws:referer":"*"},"StringEquals":{"aws:sourcevpc":"vpc-1"}`),
		"a condition that nobody can meet":    toAll(`"StringEquals":{"aws:principalaccount":[]}`),
		"a deny of everything":                withDeny(`"Principal":"*","Action":"*","Resource":"*"`),
		"a deny of all but a role":            withDeny(`"NotPrincipal":{"AWS":["arn:aws:iam::111122223333:role/x"]}`),
		"a deny outside the organization":     withDeny(`"Principal":"*","Condition":{"StringNotEquals":{"aws:principalorgid":"o-mine000000"}}`),
		"the same, if it exists":              withDeny(`"Principal":"*","Condition":{"StringNotEqualsIfExists":{"aws:principalorgid":"o-mine000000"}}`),
		"a deny outside a VPC endpoint":       withDeny(`"Principal":"*","Condition":{"StringNotEquals":{"aws:sourcevpce":"vpce-1a2b3c4d"}}`),
		"a deny outside addresses":            withDeny(`"Principal":"*","Condition":{"NotIpAddress":{"aws:sourceip":"203.0.113.0/24"}}`),
		"a deny outside a perimeter":          withDeny(`"Principal":"*","Condition":{"StringNotEqualsIfExists":{"aws:principalorgid":"o-mine000000"},"BoolIfExists":{"aws:principalisawsservice":"false"}}`),
		"a deny outside one or the other":     withDeny(`"Principal":"*","Condition":{"StringNotEquals":{"aws:sourcevpc":"vpc-1"},"NotIpAddress":{"aws:sourceip":"203.0.113.0/24"}}`),
		"a deny of all but other principals":  withDeny(`"Principal":"*","Condition":{"ArnNotLike":{"aws:principalarn":"arn:aws:iam::111122223333:role/*"}}`),
		"a deny of all actions but another":   withDeny(`"Principal":"*","Action":null,"NotAction":"s3:PutObject"`),
		"a deny of all resources but another": withDeny(`"Principal":"*","Resource":null,"NotResource":"arn:aws:s3:::c/*"`),
		"two denies, each of one action": policy(`{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"},
			{"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"s3:List*","Resource":"*"}`),
		"all but some, denied with fewer left out": policy(`{"Effect":"Allow","Principal":"*","NotAction":["s3:PutObject","s3:Delete*"],"Resource":"*"},
			{"Effect":"Deny","Principal":"*","NotAction":"s3:DeleteObject","Resource":"*"}`),
	} {
		t.Run(name, func(t *testing.T) {
			for _, g := range parse(t, doc).Public(owner) {
				t.Errorf("%v\n%s", g, doc)
			}
		})
	}
}

func slashEights() string {
	var list []string
	for n := range strings.FieldsSeq(strings.Repeat("1 2 3 4 5 6 7 8 ", 16)) {
		list = append(list, `"`+n+`.0.0.0/8"`)
	}
	return strings.Join(list, ",")
}

func TestVariablesAreTextInTheOldVersion(t *testing.T) {
	statement := `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:principalorgid":"${aws:PrincipalOrgID}"}}}`
	if len(parse(t, policy(statement)).Public(owner)) == 0 {
		t.Error("a variable counts as fixed")
	}
	if grants := parse(t, `{"Version":"2008-10-17","Statement":`+statement+`}`).Public(owner); len(grants) > 0 {
		t.Error("text counts as a variable")
	}
}

func TestOnlyTheActionsThatRemainAreGranted(t *testing.T) {
	grants := parse(t, policy(`{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"},
		{"Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"arn:aws:s3:::b/*"}`)).Public(owner)
	if len(grants) != 1 || !grants[0].Allows("s3:getObject") || !grants[0].Allows("s3:Get*") || grants[0].Allows("s3:PutObject") {
		t.Errorf("%v", grants)
	}
}

func TestEndpointsThatAreOpen(t *testing.T) {
	for name, test := range map[string]struct {
		statement string
		want      bool
	}{
		"the default":                      {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`, true},
		"everything of one service":        {`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`, true},
		"a bucket":                         {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::b/*"}`, false},
		"the account's principals":         {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}}`, false},
		"the organization's resources":     {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceOrgID":"o-mine000000"}}}`, false},
		"the caller's organization":        {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}}`, false},
		"an account's resources":           {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}`, false},
		"any organization's":               {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:ResourceOrgID":"o-*"}}}`, true},
		"an organization's, if it has one": {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:ResourceOrgID":"o-mine000000"}}}`, true},
		"paths of an organization":         {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:ResourceOrgPaths":"o-mine000000/*"}}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := len(parse(t, policy(test.statement)).OpenEndpoint(owner)) > 0; got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
