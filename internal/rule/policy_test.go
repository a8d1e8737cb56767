package rule_test

import (
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/rule"
)

func TestPolicyQuestions(t *testing.T) {
	const (
		public = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:getobject"], "Resource": ["*"]}]}`
		https  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": ["s3:*"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:securetransport": ["false"]}}}]}`
		admin  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}`
		own    = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["123456789012"]}, "Action": ["s3:*"], "Resource": ["*"]}]}`
		other  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["999999999999"]}, "Action": ["s3:*"], "Resource": ["*"]}]}`
	)
	for _, c := range []struct{ name, text, want string }{
		{"everyone is told of", `policy.public(` + public + `, "123456789012").exists(g, g.text.contains("everyone") && "s3:getobject" in g.actions)`, "true"},
		{"the account itself is no outsider", `policy.outside(` + own + `, "123456789012") == []`, "true"},
		{"another account is one", `policy.outside(` + other + `, "123456789012").map(g, g.kind)`, "[account]"},
		{"another account is not everyone", `policy.public(` + other + `, "123456789012") == []`, "true"},
		{"no policy grants nothing", `policy.outside({}, "123456789012") == []`, "true"},
		{"plain HTTP is denied", `policy.deniesPlainHTTP(` + https + `, "s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"])`, "true"},
		{"plain HTTP is not denied on another bucket", `policy.deniesPlainHTTP(` + https + `, "s3:*", ["arn:aws:s3:::c"])`, "false"},
		{"old TLS is not denied", `policy.deniesTLSBelow(` + https + `, 1.2, "s3:*", ["arn:aws:s3:::b"])`, "false"},
		{"an administrator is one", `policy.administrator([` + admin + `])`, "true"},
		{"nobody is one without policies", `policy.administrator([])`, "false"},
		{"who may do everything may do everything of KMS", `policy.fullService([` + admin + `], "kms")`, "true"},
		{"ways to become an administrator are told", `policy.escalations([{"Statement": {"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"}}]).exists(e, e.certain && e.method == "iam:PutUserPolicy")`, "true"},
		{"statements that allow something are named", `policy.allowedBy([{"PolicyName": "p", "PolicyDocument": ` + admin + `}], "s3:GetObject", "*")`, "p Statement[0] allows *"},
		{"no statement allows it", `policy.allowedBy([], "s3:GetObject", "*") + "none"`, "none"},
		{"ways through what runs are told apart", `policy.escalations([{"Statement": {"Effect": "Allow", "Action": ["lambda:UpdateFunctionCode", "iam:PutUserPolicy"], "Resource": "*"}}]).filter(e, e.borrowed).map(e, e.method)`, "[lambda:UpdateFunctionCode]"},
		{"a decision has three values", `policy.allows([` + admin + `], "s3:GetObject", "*")`, "yes"},
		{"what others are granted is asked by action", `policy.granted(` + other + `, "123456789012", ["s3:PutBucketPolicy"]).map(g, g.kind)`, "[account]"},
		{"what nobody is granted isn't there", `policy.granted(` + other + `, "123456789012", ["sqs:*"]) == []`, "true"},
		{"a denial under a condition is none of everything", `policy.denies(` + https + `, "s3:GetObject", ["arn:aws:s3:::b/*"])`, "false"},
		{"a denial is one", `policy.denies({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "backup:*", "Resource": "*"}}, "backup:DeleteRecoveryPoint", ["*"])`, "true"},
		{"a permission for everyone is public", `policy.public(policy.ofPermissions([{"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}]), "123456789012").map(g, g.kind)`, "[everyone]"},
		{"a permission for an organization is not", `policy.public(policy.ofPermissions([{"Action": "lambda:InvokeFunction", "Principal": "*", "PrincipalOrgID": "o-abc1234567"}]), "123456789012") == []`, "true"},
		{"a permission for a service may be for anyone's resources", `policy.outside(policy.ofPermissions([{"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}]), "123456789012").map(g, g.guarded)`, "[false]"},
		{"a permission for a service may have a source", `policy.outside(policy.ofPermissions([{"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b", "SourceAccount": "123456789012"}]), "123456789012").map(g, g.guarded)`, "[true]"},
		{"a permission for an account is one", `policy.outside(policy.ofPermissions([{"Action": "lambda:InvokeFunction", "Principal": "arn:aws:iam::999999999999:root"}]), "123456789012").map(g, g.account)`, "[999999999999]"},
		{"a skill is bounded by its token", `policy.outside(policy.ofPermissions([{"Action": "lambda:InvokeFunction", "Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1.ask.skill.1"}]), "123456789012").map(g, g.guarded)`, "[true]"},
		{"policies have names", `policy.wildcards([[{"PolicyName": "all", "PolicyDocument": ` + admin + `}]])[0].startsWith("all Statement[0] allows *")`, "true"},
		{"managed policies have names", `policy.wildcards([{"ManagedPolicyName": "all", "Path": "/", "PolicyDocument": ` + admin + `}])[0].startsWith("all ")`, "true"},
		{"AWS's own administrators are known by the ARN", `policy.administrator([["arn:aws:iam::aws:policy/AdministratorAccess"]])`, "true"},
		{"ARNs of others count for nothing", `policy.administrator(["arn:aws:iam::123456789012:policy/all", ""])`, "false"},
		{"a boundary takes away", `policy.administrator([` + admin + `, {"Boundary": ["arn:aws:iam::123456789012:policy/b", {"ManagedPolicyName": "b", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}]}])`, "false"},
		{"a boundary that isn't there takes nothing away", `policy.administrator([` + admin + `, {"Boundary": [""]}])`, "true"},
		{"a boundary that allows everything takes nothing away", `policy.administrator([` + admin + `, {"Boundary": "arn:aws:iam::aws:policy/AdministratorAccess"}])`, "true"},
		{"a number is no policy", `policy.administrator([1])`, "error: int is no policy"},
		{"who is let in has an id and an account", `policy.outside(` + other + `, "123456789012").map(g, g.id + " of " + g.account)`, "[999999999999 of 999999999999]"},
		{"a policy that is none is an error", `policy.public("x", "123456789012") == []`, "error: the policy can't be read"},
		{"a document that is none is an error", `policy.administrator(["x"])`, "error: a policy can't be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rule.Show(c.text); !strings.HasPrefix(got, c.want) || got == "[]" {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
