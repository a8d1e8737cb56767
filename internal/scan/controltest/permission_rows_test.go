//go:build integration

package controltest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// trusted lets EC2 assume a role.
const trusted = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// identities makes a user, a group and a role, and returns their ARNs.
func (w *world) identities(t *testing.T) []string {
	t.Helper()
	must(w.iam().CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ana")}))(t)
	must(w.iam().CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: new("admins")}))(t)
	must(w.iam().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("web"), AssumeRolePolicyDocument: new(trusted)}))(t)
	return []string{w.global("iam", "user/ana"), w.global("iam", "group/admins"), w.global("iam", "role/web")}
}

// attach gives a policy to all three of identities, and detach takes it away.
func (w *world) attach(t *testing.T, policy string) {
	t.Helper()
	must(w.iam().AttachUserPolicy(t.Context(), &iam.AttachUserPolicyInput{UserName: new("ana"), PolicyArn: &policy}))(t)
	must(w.iam().AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{GroupName: new("admins"), PolicyArn: &policy}))(t)
	must(w.iam().AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: new("web"), PolicyArn: &policy}))(t)
}

func (w *world) detach(t *testing.T, policy string) {
	t.Helper()
	must(w.iam().DetachUserPolicy(t.Context(), &iam.DetachUserPolicyInput{UserName: new("ana"), PolicyArn: &policy}))(t)
	must(w.iam().DetachGroupPolicy(t.Context(), &iam.DetachGroupPolicyInput{GroupName: new("admins"), PolicyArn: &policy}))(t)
	must(w.iam().DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{RoleName: new("web"), PolicyArn: &policy}))(t)
}

// inline gives a policy of their own to all three of identities.
func (w *world) inline(t *testing.T, document string) {
	t.Helper()
	must(w.iam().PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: new("ana"), PolicyName: new("own"), PolicyDocument: &document}))(t)
	must(w.iam().PutGroupPolicy(t.Context(), &iam.PutGroupPolicyInput{GroupName: new("admins"), PolicyName: new("own"), PolicyDocument: &document}))(t)
	must(w.iam().PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: new("web"), PolicyName: new("own"), PolicyDocument: &document}))(t)
}

const (
	allowsAll  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	allowsSome = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}}`
)

func permissionRows() []row {
	everybody := listing("IAM GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails")
	withPolicy := func(arn string) func(*testing.T, *world) []string {
		return func(t *testing.T, w *world) []string {
			ids := w.identities(t)
			w.attach(t, arn)
			return ids
		}
	}
	without := func(arn string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) { w.detach(t, arn) }
	}
	const administrator, shell = "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AWSCloudShellFullAccess"
	return []row{
		{
			rules: []string{"iam-administrator-access-not-attached"}, denied: []denial{everybody},
			insecure: withPolicy(administrator), secure: without(administrator),
		},
		{
			rules: []string{"iam-cloudshell-full-access-not-attached"}, denied: []denial{everybody},
			insecure: withPolicy(shell), secure: without(shell),
		},
		{
			rules: []string{"iam-inline-policies-not-administrator"}, denied: []denial{everybody},
			insecure: func(t *testing.T, w *world) []string {
				ids := w.identities(t)
				w.inline(t, allowsAll)
				return ids
			},
			secure: func(t *testing.T, w *world) { w.inline(t, allowsSome) },
		},
		{
			rules: []string{"iam-policy-not-administrator"}, denied: []denial{everybody},
			insecure: func(t *testing.T, w *world) []string {
				w.identities(t)
				p := must(w.iam().CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: new("all"), PolicyDocument: new(allowsAll)}))(t)
				w.attach(t, *p.Policy.Arn)
				must(w.iam().CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: new("idle"), PolicyDocument: new(allowsAll)}))(t)
				return []string{*p.Policy.Arn}
			},
			secure: func(t *testing.T, w *world) {
				must(w.iam().CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
					PolicyArn: new(w.global("iam", "policy/all")), PolicyDocument: new(allowsSome), SetAsDefault: true,
				}))(t)
			},
		},
		{
			rules: []string{"iam-user-policies-through-groups"}, denied: []denial{everybody},
			insecure: func(t *testing.T, w *world) []string {
				w.identities(t)
				w.attach(t, "arn:aws:iam::aws:policy/ReadOnlyAccess")
				must(w.iam().CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ben")}))(t)
				must(w.iam().PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
					UserName: new("ben"), PolicyName: new("own"), PolicyDocument: new(allowsSome),
				}))(t)
				return []string{w.global("iam", "user/ana"), w.global("iam", "user/ben")}
			},
			secure: func(t *testing.T, w *world) {
				w.detach(t, "arn:aws:iam::aws:policy/ReadOnlyAccess")
				must(w.iam().DeleteUserPolicy(t.Context(), &iam.DeleteUserPolicyInput{UserName: new("ben"), PolicyName: new("own")}))(t)
			},
		},
		{
			rules: []string{"iam-support-role-exists"}, denied: []denial{detail("IAM GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails")},
			insecure: func(t *testing.T, w *world) []string {
				w.identities(t)
				return []string{w.root()}
			},
			secure: func(t *testing.T, w *world) {
				must(w.iam().AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
					RoleName: new("web"), PolicyArn: new("arn:aws:iam::aws:policy/AWSSupportAccess"),
				}))(t)
			},
		},
		{
			rules: []string{"iam-server-certificate-not-expired"}, ages: 20 * 365 * day,
			denied: []denial{listing("IAM ListServerCertificates", "iam:ListServerCertificates")},
			insecure: func(t *testing.T, w *world) []string {
				c := must(w.iam().UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{
					ServerCertificateName: new("web"), CertificateBody: new("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----"),
					PrivateKey: new("key"),
				}))(t)
				return []string{*c.ServerCertificateMetadata.Arn}
			},
			secure: func(t *testing.T, w *world) {
				must(w.iam().DeleteServerCertificate(t.Context(), &iam.DeleteServerCertificateInput{ServerCertificateName: new("web")}))(t)
			},
			gone: true,
		},
		{
			rules: []string{"iam-role-not-public"}, denied: []denial{everybody},
			insecure: func(t *testing.T, w *world) []string {
				must(w.iam().CreateRole(t.Context(), &iam.CreateRoleInput{
					RoleName: new("open"), AssumeRolePolicyDocument: new(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`),
				}))(t)
				return []string{w.global("iam", "role/open")}
			},
			secure: func(t *testing.T, w *world) {
				must(w.iam().UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: new("open"), PolicyDocument: new(trusted)}))(t)
			},
		},
	}
}

// analyzers answers access-analyzer:ListAnalyzers (Access Analyzer API reference).
func (w *world) analyzers(region string) string {
	return `{"analyzers":[{"arn":"arn:aws:access-analyzer:` + region + `:` + w.account + `:analyzer/outside","name":"outside",` +
		`"type":"ACCOUNT","createdAt":"2024-05-01T10:00:00Z","status":"ACTIVE","tags":{}}]}`
}

func accountRows() []row {
	contact := func(phone string) string {
		return `{"ContactInformation":{"FullName":"Ana Example","PhoneNumber":"` + phone +
			`","AddressLine1":"1 Main St","City":"Springfield","CountryCode":"US","PostalCode":"12345"}}`
	}
	two := []string{motoserver.Region, "eu-west-1"}
	regionIDs := func(w *world) []string {
		return []string{w.global("account", "region/us-east-1"), w.global("account", "region/eu-west-1")}
	}
	return []row{
		{
			rules: []string{"account-contact-complete"}, denied: []denial{listing("Account GetContactInformation", "account:GetContactInformation")},
			insecure: func(_ *testing.T, w *world) []string {
				w.write("Account GetContactInformation", contact(""))
				return []string{w.global("account", "contact-information")}
			},
			secure: func(_ *testing.T, w *world) { w.write("Account GetContactInformation", contact("+15555550123")) },
		},
		{
			rules: []string{"account-security-contact-registered"}, denied: []denial{listing("Account GetAlternateContact", "account:GetAlternateContact")},
			insecure: func(_ *testing.T, w *world) []string {
				return []string{w.global("account", "alternate-contact/SECURITY")}
			},
			secure: func(t *testing.T, w *world) {
				must(account.NewFromConfig(w.cfg).PutAlternateContact(t.Context(), &account.PutAlternateContactInput{
					AlternateContactType: accounttypes.AlternateContactTypeSecurity, EmailAddress: new("security@example.com"),
					Name: new("Security"), PhoneNumber: new("+15555550123"), Title: new("CISO"),
				}))(t)
			},
		},
		{
			rules: []string{"accessanalyzer-external-access-enabled"}, regions: two,
			denied: []denial{detail("AccessAnalyzer ListAnalyzers", "access-analyzer:ListAnalyzers"), listing("Account ListRegions", "account:ListRegions")},
			insecure: func(_ *testing.T, w *world) []string {
				w.writeIn("AccessAnalyzer ListAnalyzers", func(string) string { return `{"analyzers":[]}` })
				return regionIDs(w)
			},
			secure: func(_ *testing.T, w *world) {
				w.writeIn("AccessAnalyzer ListAnalyzers", w.analyzers)
				w.write("AccessAnalyzer ListArchiveRules", `{"archiveRules":[]}`)
			},
		},
		{
			rules: []string{"securityhub-enabled"}, regions: two,
			denied:   []denial{detail("SecurityHub DescribeHub", "securityhub:DescribeHub")},
			insecure: func(_ *testing.T, w *world) []string { return regionIDs(w) },
			secure: func(t *testing.T, w *world) {
				for _, region := range two {
					must(securityhub.NewFromConfig(w.in(region)).EnableSecurityHub(t.Context(), nil))(t)
				}
			},
		},
	}
}
