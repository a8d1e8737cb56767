package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

// describe is a grant in a few words: the grantee, its account, and what guards it.
func describe(g iampolicy.Grant) string {
	out := fmt.Sprintf("%s %s", g.Grantee.Kind, g.Grantee.ID)
	if g.Grantee.Account != "" && g.Grantee.Account != g.Grantee.ID {
		out += " of " + g.Grantee.Account
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"guarded", g.Guarded}, {"external id", g.ExternalID}, {"mfa", g.MFA}, {"shared", g.Shared}, {"pinned", g.Pinned}, {"open", g.Open()}} {
		if flag.set {
			out += ", " + flag.name
		}
	}
	return strings.TrimSpace(out)
}

func TestWhoHasAccessFromOutside(t *testing.T) {
	const deny = `,{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":`
	to := func(principal, condition string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":["sqs:SendMessage"],"Resource":["*"],"Condition":{` + condition + `}}`
	}
	for name, test := range map[string]struct {
		statements string
		want       []string
	}{
		"the account itself":                 {to(`{"AWS":["111122223333","arn:aws:iam::111122223333:user/x"]}`, ``), nil},
		"an account of the same owner":       {to(`{"AWS":"arn:aws:iam::111122224444:root"}`, ``), nil},
		"another account":                    {to(`{"AWS":"arn:aws:iam::999988887777:root"}`, ``), []string{"account 999988887777"}},
		"another account, as a number":       {to(`{"AWS":999988887777}`, ``), []string{"account 999988887777"}},
		"an account that lost its zeros":     {to(`{"AWS":9988887777}`, ``), []string{"account 009988887777"}},
		"a role and a session":               {to(`{"AWS":["arn:aws:iam::999988887777:role/x","arn:aws:sts::999988887777:assumed-role/x/y"]}`, ``), []string{"iam_principal arn:aws:iam::999988887777:role/x of 999988887777", "iam_principal arn:aws:sts::999988887777:assumed-role/x/y of 999988887777"}},
		"someone deleted":                    {to(`{"AWS":"AIDAIOSFODNN7EXAMPLE"}`, ``), []string{"unique_id AIDAIOSFODNN7EXAMPLE"}},
		"everyone":                           {to(`"*"`, ``), []string{"everyone"}},
		"everyone in another organization":   {to(`"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-theirs0000"}`), []string{"organization o-theirs0000"}},
		"everyone in the organization":       {to(`"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-mine000000"}`), nil},
		"everyone in two accounts":           {to(`"*"`, `"StringEquals":{"aws:PrincipalAccount":["111122223333","999988887777"]}`), []string{"account 999988887777"}},
		"everyone from addresses":            {to(`"*"`, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), []string{"network 203.0.113.0/24"}},
		"everyone of the organization there": {to(`"*"`, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringEquals":{"aws:PrincipalOrgID":"o-mine000000"}`), nil},
		"everyone for a bucket":              {to(`"*"`, `"ArnLike":{"aws:SourceArn":"arn:aws:s3:::uploads"}`), []string{"resource arn:aws:s3:::uploads"}},
		"everyone for the account's bucket":  {to(`"*"`, `"ArnLike":{"aws:SourceArn":"arn:aws:s3:::uploads"},"StringEquals":{"aws:SourceAccount":"111122223333"}`), nil},
		"everyone for a topic elsewhere":     {to(`"*"`, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:999988887777:t"}`), []string{"resource arn:aws:sns:us-east-1:999988887777:t of 999988887777"}},
		"everyone as one role":               {to(`"*"`, `"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::999988887777:root"}`), []string{"account 999988887777"}},
		"everyone, denied outside two": {
			to(`"*"`, ``) + deny + `{"StringNotEquals":{"aws:PrincipalAccount":["111122223333","999988887777"]}}}`,
			[]string{"account 999988887777"},
		},
		"all but some, denied to all but some": {
			to(`"*"`, ``) + `,{"Effect":"Deny","NotPrincipal":{"AWS":["999988887777","111122223333"]},"Action":"sqs:*","Resource":"*"}`,
			[]string{"account 999988887777"},
		},
		"another account of the organization": {to(`{"AWS":"999988887777"}`, `"StringEquals":{"aws:PrincipalOrgID":"o-mine000000"}`), nil},
		"another account, denied":             {to(`{"AWS":"999988887777"}`, ``) + deny + `{"StringNotEquals":{"aws:PrincipalOrgID":"o-mine000000"}}}`, nil},
		"another account, with others denied": {to(`{"AWS":"999988887777"}`, ``) + deny + `{"StringNotEquals":{"aws:PrincipalAccount":"222233334444"}}}`, nil},
		"another account that is left out":    {to(`{"AWS":"999988887777"}`, ``) + deny + `{"StringNotEquals":{"aws:PrincipalAccount":"999988887777"}}}`, []string{"account 999988887777"}},
		"with an external id":                 {to(`{"AWS":"999988887777"}`, `"StringEquals":{"sts:ExternalId":"f00"}`), []string{"account 999988887777, external id"}},
		"with any external id":                {to(`{"AWS":"999988887777"}`, `"StringLike":{"sts:ExternalId":"*"}`), []string{"account 999988887777"}},
		"with an external id, if there is":    {to(`{"AWS":"999988887777"}`, `"StringEqualsIfExists":{"sts:ExternalId":"f00"}`), []string{"account 999988887777"}},
		"without an external id":              {to(`{"AWS":"999988887777"}`, `"StringNotEquals":{"sts:ExternalId":"f00"}`), []string{"account 999988887777"}},
		"with a second factor":                {to(`{"AWS":"999988887777"}`, `"Bool":{"aws:MultiFactorAuthPresent":"true"}`), []string{"account 999988887777, mfa"}},
		"with a recent second factor":         {to(`{"AWS":"999988887777"}`, `"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}`), []string{"account 999988887777, mfa"}},
		"with a second factor, if exists":     {to(`{"AWS":"999988887777"}`, `"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`), []string{"account 999988887777"}},
		"with or without a second factor":     {to(`{"AWS":"999988887777"}`, `"Bool":{"aws:MultiFactorAuthPresent":["true","false"]}`), []string{"account 999988887777"}},

		"a service":                           {to(`{"Service":"sns.amazonaws.com"}`, ``), []string{"service sns.amazonaws.com"}},
		"a service for the account":           {to(`{"Service":"sns.amazonaws.com"}`, `"StringEquals":{"aws:SourceAccount":"111122223333"}`), []string{"service sns.amazonaws.com of 111122223333, guarded"}},
		"a service for a topic":               {to(`{"Service":"sns.amazonaws.com"}`, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}`), []string{"service sns.amazonaws.com of 111122223333, guarded"}},
		"a service for the organization":      {to(`{"Service":"sns.amazonaws.com"}`, `"StringEquals":{"aws:SourceOrgID":"o-mine000000"}`), []string{"service sns.amazonaws.com of 111122223333, guarded"}},
		"a service for another account":       {to(`{"Service":"sns.amazonaws.com"}`, `"StringEquals":{"aws:SourceAccount":"999988887777"}`), []string{"service sns.amazonaws.com of 999988887777, guarded"}},
		"a service for anyone":                {to(`{"Service":"sns.amazonaws.com"}`, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}`), []string{"service sns.amazonaws.com"}},
		"a service for the account if exists": {to(`{"Service":"sns.amazonaws.com"}`, `"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}`), []string{"service sns.amazonaws.com"}},
		"a service from addresses":            {to(`{"Service":"sns.amazonaws.com"}`, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), []string{"service sns.amazonaws.com"}},
		"an Alexa skill":                      {to(`{"Service":"alexa-appkit.amazon.com"}`, `"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.1"}`), []string{"service alexa-appkit.amazon.com, guarded"}},
		"every service":                       {to(`{"Service":"*"}`, ``), []string{"service *"}},
		"a load balancer's logs":              {to(`{"AWS":"arn:aws:iam::127311923021:root"}`, ``), []string{"service elasticloadbalancing.amazonaws.com of 127311923021"}},
		"services, all else denied":           {to(`"*"`, ``) + deny + `{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-mine000000"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`, []string{"service *"}},

		"a distribution's identity":  {to(`{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}`, ``), []string{"origin_identity arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}},
		"another canonical user":     {to(`{"CanonicalUser":["79a59df900b949e55d96a1e698fbaced","ffff"]}`, ``), []string{"canonical_user ffff"}},
		"an identity provider":       {to(`{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}`, `"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}`), []string{"federated arn:aws:iam::111122223333:saml-provider/corp of 111122223333"}},
		"Google, with any app":       {to(`{"Federated":"accounts.google.com"}`, ``), []string{"federated accounts.google.com, shared, open"}},
		"Google, with one app":       {to(`{"Federated":"accounts.google.com"}`, `"StringEquals":{"accounts.google.com:aud":"66677788899900pro0"}`), []string{"federated accounts.google.com, shared, pinned"}},
		"Cognito, with any pool":     {to(`{"Federated":"cognito-identity.amazonaws.com"}`, `"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}`), []string{"federated cognito-identity.amazonaws.com, shared, open"}},
		"Cognito, with one pool":     {to(`{"Federated":"cognito-identity.amazonaws.com"}`, `"StringEquals":{"cognito-identity.amazonaws.com:aud":"us-east-1:12345678-ffff-ffff-ffff-123456"}`), []string{"federated cognito-identity.amazonaws.com, shared, pinned"}},
		"a cluster's any account":    {to(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AB"}`, `"StringLike":{"oidc.eks.us-east-1.amazonaws.com/id/AB:sub":"system:serviceaccount:*:*"}`), []string{"federated arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AB of 111122223333"}},
		"a cluster's namespace":      {to(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AB"}`, `"StringLike":{"oidc.eks.us-east-1.amazonaws.com/id/AB:sub":"system:serviceaccount:prod:*"}`), []string{"federated arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AB of 111122223333, pinned"}},
		"statements that do nothing": {`{"Effect":"Allow","Principal":"*","Action":[],"Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":[]},{"Effect":"Allow","Principal":{"AWS":[]},"Action":"sqs:*"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, g := range parse(t, policy(test.statements)).OutsideAccess(owner) {
				got = append(got, describe(g))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhichWorkflowsOfGitHubARoleTrusts(t *testing.T) {
	const host = "token.actions.githubusercontent.com"
	for name, test := range map[string]struct {
		condition string
		open      bool
	}{
		"no condition":                     {``, true},
		"the audience alone":               {`"StringEquals":{"` + host + `:aud":"sts.amazonaws.com"}`, true},
		"a repository":                     {`"StringLike":{"` + host + `:sub":"repo:acme/api:*"}`, false},
		"a branch":                         {`"StringEquals":{"` + host + `:sub":"repo:acme/api:ref:refs/heads/main"}`, false},
		"an owner":                         {`"StringLike":{"` + host + `:sub":"repo:acme/*"}`, false},
		"an owner with ids":                {`"StringLike":{"` + host + `:sub":"repo:acme@1234/api@5678:*"}`, false},
		"owners that begin so":             {`"StringLike":{"` + host + `:sub":"repo:acme*"}`, true},
		"anyone's repository of that name": {`"StringLike":{"` + host + `:sub":"repo:*/api:*"}`, true},
		"every repository":                 {`"StringLike":{"` + host + `:sub":"repo:*"}`, true},
		"everything":                       {`"StringLike":{"` + host + `:sub":"*"}`, true},
		"a repository or everything":       {`"StringLike":{"` + host + `:sub":["repo:acme/api:*","*"]}`, true},
		"for all values":                   {`"ForAllValues:StringLike":{"` + host + `:sub":"repo:acme/api:*"}`, true},
		"for any value":                    {`"ForAnyValue:StringLike":{"` + host + `:sub":"repo:acme/api:*"}`, false},
		"if exists":                        {`"StringLikeIfExists":{"` + host + `:sub":"repo:acme/api:*"}`, true},
		"but not one":                      {`"StringNotLike":{"` + host + `:sub":"repo:evil/*"}`, true},
		"another provider's subject":       {`"StringLike":{"gitlab.com:sub":"repo:acme/*"}`, true},
		"the owner's id":                   {`"StringEquals":{"` + host + `:repository_owner_id":"1234"}`, false},
		"a branch of anyone's":             {`"StringEquals":{"` + host + `:ref":"refs/heads/main"}`, true},
		"a workflow that others may call":  {`"StringLike":{"` + host + `:job_workflow_ref":"acme/flows/*"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			grants := parse(t, policy(`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/`+host+`"},
				"Action":"sts:AssumeRoleWithWebIdentity","Condition":{`+test.condition+`}}`)).OutsideAccess(owner)
			if len(grants) != 1 || !grants[0].Shared {
				t.Fatalf("%v", grants)
			}
			if grants[0].Open() != test.open {
				t.Errorf("open is %v", grants[0].Open())
			}
		})
	}
}

func TestPlainHTTP(t *testing.T) {
	const both = `"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
	const plain = `"Condition":{"Bool":{"aws:securetransport":["false"]}}`
	for name, test := range map[string]struct {
		statements string
		missing    []string
	}{
		"denied":                     {`{"Effect":"Deny","Principal":"*","Action":"s3:*",` + both + `,` + plain + `}`, nil},
		"denied in other words":      {`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:SecureTransport":false}}}`, nil},
		"denied with all else":       {`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`, nil},
		"denied with a wildcard":     {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b*",` + plain + `}`, nil},
		"denied but elsewhere":       {`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::c/*",` + plain + `}`, nil},
		"denied in two statements":   {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b",` + plain + `},{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*",` + plain + `}`, nil},
		"on the bucket alone":        {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b",` + plain + `}`, []string{"arn:aws:s3:::b/*"}},
		"on objects alone":           {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*",` + plain + `}`, []string{"arn:aws:s3:::b"}},
		"on some objects":            {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/x/*"],` + plain + `}`, []string{"arn:aws:s3:::b/*"}},
		"on another bucket":          {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::c","arn:aws:s3:::c/*"],` + plain + `}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"for some":                   {`{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"s3:*",` + both + `,` + plain + `}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"for all but some":           {`{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*",` + both + `,` + plain + `}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"for one action":             {`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",` + both + `,` + plain + `}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"for all but an action":      {`{"Effect":"Deny","Principal":"*","NotAction":"s3:GetObject",` + both + `,` + plain + `}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"for all of other services":  {`{"Effect":"Deny","Principal":"*","NotAction":"iam:*",` + both + `,` + plain + `}`, nil},
		"under another condition":    {`{"Effect":"Deny","Principal":"*","Action":"s3:*",` + both + `,"Condition":{"Bool":{"aws:securetransport":"false"},"StringEquals":{"aws:sourcevpc":"vpc-1"}}}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"the wrong way":              {`{"Effect":"Deny","Principal":"*","Action":"s3:*",` + both + `,"Condition":{"Bool":{"aws:securetransport":"true"}}}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"allowed over TLS alone":     {`{"Effect":"Allow","Principal":"*","Action":"s3:*",` + both + `,"Condition":{"Bool":{"aws:securetransport":"true"}}}`, []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}},
		"with a user's folder alone": {`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/${aws:username}*"],` + plain + `}`, []string{"arn:aws:s3:::b/*"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, policy(test.statements)).DeniesInsecureTransport("s3:*", "arn:aws:s3:::b", "arn:aws:s3:::b/*")
			if diff := cmp.Diff(test.missing, d.Missing, cmpopts.EquateEmpty()); diff != "" || d.Denied != (len(test.missing) == 0) || d.Denied != (len(d.By) > 0 && len(d.Missing) == 0) {
				t.Errorf("%v %v", d, diff)
			}
		})
	}
}

func TestOldTLS(t *testing.T) {
	for name, test := range map[string]struct {
		condition string
		want      bool
	}{
		"below 1.2":                 {`"NumericLessThan":{"s3:TlsVersion":"1.2"}`, true},
		"below 1.2, as a number":    {`"NumericLessThan":{"s3:TlsVersion":1.2}`, true},
		"below 1.3":                 {`"NumericLessThanIfExists":{"s3:TlsVersion":["1.3"]}`, true},
		"1.1 and below":             {`"NumericLessThanEquals":{"s3:TlsVersion":"1.1"}`, true},
		"below 1.1":                 {`"NumericLessThan":{"s3:TlsVersion":"1.1"}`, false},
		"above 1.2":                 {`"NumericGreaterThan":{"s3:TlsVersion":"1.2"}`, false},
		"not a number":              {`"NumericLessThan":{"s3:TlsVersion":"TLSv1.2"}`, false},
		"plain HTTP":                {`"Bool":{"aws:SecureTransport":"false"}`, false},
		"below 1.2 over plain HTTP": {`"NumericLessThan":{"s3:TlsVersion":"1.2"},"Bool":{"aws:SecureTransport":"false"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, policy(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{`+test.condition+`}}`))
			if got := p.DeniesTLSBelow(1.2, "s3:*"); got.Denied != test.want {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestWhatIsDeniedToEveryone(t *testing.T) {
	for name, test := range map[string]struct {
		statement string
		want      bool
	}{
		"the action":               {`{"Effect":"Deny","Principal":"*","Action":"backup:DeleteRecoveryPoint","Resource":"*"}`, true},
		"everything":               {`{"Effect":"Deny","Principal":{"AWS":"*"},"NotAction":"backup:List*","Resource":"*"}`, true},
		"under a condition":        {`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, false},
		"to all but one":           {`{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}`, false},
		"on one recovery point":    {`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:backup:eu-west-1:111122223333:recovery-point:x"}`, false},
		"another action":           {`{"Effect":"Deny","Principal":"*","Action":"backup:Start*","Resource":"*"}`, false},
		"allowed, on the contrary": {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := parse(t, policy(test.statement)).Denies("backup:DeleteRecoveryPoint"); got.Denied != test.want {
				t.Errorf("%v", got)
			}
		})
	}
}
