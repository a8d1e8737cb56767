package awscloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// iamCollector reads AWS IAM (IAM API reference). Everything in it belongs to no region.
//
// One paged call tells all users, groups, roles and policies with what hangs on them; what it leaves out comes from
// calls that tell it of everyone at once: ListRoles, and the credential report.
func iamCollector() *collector {
	report := []string{"iam:GenerateCredentialReport", "iam:GetCredentialReport"}
	return &collector{
		service: "iam",
		listings: []listing{
			{
				types: []string{"iam_user", "iam_group", "iam_role", "iam_policy"}, where: global,
				actions: append([]string{"iam:GetAccountAuthorizationDetails", "iam:ListRoles"}, report...),
				page:    iamPageSize, collect: collectPrincipals,
			},
			{
				types: []string{"iam_access_key"}, where: global,
				actions: append([]string{"iam:ListAccessKeys"}, report...),
				each:    []each{{action: "iam:ListAccessKeys", of: "user with keys", other: true, because: "the credential report tells ages, not ids"}},
				collect: collectAccessKeys,
			},
			{
				types: []string{"iam_account"}, where: global,
				actions: append([]string{"iam:GetAccountSummary", "iam:ListAccountAliases"}, report...), collect: collectIAMAccount,
			},
			{
				types: []string{"iam_password_policy"}, where: global,
				actions: []string{"iam:GetAccountPasswordPolicy"}, collect: collectPasswordPolicy,
			},
			{
				types: []string{"iam_instance_profile"}, where: global,
				actions: []string{"iam:ListInstanceProfiles"}, page: iamPageSize, collect: collectInstanceProfiles,
			},
			{
				types: []string{"iam_virtual_mfa_device"}, where: global,
				actions: []string{"iam:ListVirtualMFADevices"}, page: iamPageSize, collect: collectVirtualMFADevices,
			},
			{
				types: []string{"iam_saml_provider"}, where: global,
				actions: []string{"iam:ListSAMLProviders", "iam:GetSAMLProvider"},
				each:    []each{{action: "iam:GetSAMLProvider", of: "provider", because: "the listings tell ARNs and little else"}},
				collect: collectSAMLProviders,
			},
			{
				types: []string{"iam_oidc_provider"}, where: global,
				actions: []string{"iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider"},
				each:    []each{{action: "iam:GetOpenIDConnectProvider", of: "provider", because: "the listings tell ARNs and little else"}},
				collect: collectOIDCProviders,
			},
			{
				types: []string{"iam_server_certificate"}, where: global,
				actions: []string{"iam:ListServerCertificates", "iam:GetServerCertificate"},
				page:    iamPageSize,
				each:    []each{{action: "iam:GetServerCertificate", of: "certificate", because: "the listing leaves the certificate and tags out"}},
				collect: collectServerCertificates,
			},
		},
		events: iamEvents(),
	}
}

// iamEvents are the calls that change one attribute of what IAM holds. The others (CreateUser, UpdateUser, ...) are tied
// to the resource as a whole.
func iamEvents() map[string]map[string][]string {
	events := map[string]map[string][]string{
		"AddUserToGroup":      {"iam_user": {"Groups"}},
		"RemoveUserFromGroup": {"iam_user": {"Groups"}},

		"UpdateAssumeRolePolicy": {"iam_role": {"AssumeRolePolicyDocument"}},
		"UpdateRole":             {"iam_role": {"Description", "MaxSessionDuration"}},
		"UpdateRoleDescription":  {"iam_role": {"Description"}},

		"CreatePolicyVersion":     {"iam_policy": {"PolicyDocument"}},
		"SetDefaultPolicyVersion": {"iam_policy": {"PolicyDocument"}},
		"DeletePolicyVersion":     {"iam_policy": {"PolicyDocument"}},

		"UpdateAccessKey":               {"iam_access_key": {"Status"}},
		"CreateAccountAlias":            {"iam_account": {"AccountAlias"}},
		"DeleteAccountAlias":            {"iam_account": {"AccountAlias"}},
		"UpdateAccountPasswordPolicy":   {"iam_password_policy": passwordPolicyPaths},
		"DeleteAccountPasswordPolicy":   {"iam_password_policy": passwordPolicyPaths},
		"AddRoleToInstanceProfile":      {"iam_instance_profile": {"Roles"}},
		"RemoveRoleFromInstanceProfile": {"iam_instance_profile": {"Roles"}},
		"EnableMFADevice":               {"iam_virtual_mfa_device": {"Users"}},
		"DeactivateMFADevice":           {"iam_virtual_mfa_device": {"Users"}},

		"UpdateSAMLProvider":                      {"iam_saml_provider": samlPaths},
		"TagSAMLProvider":                         {"iam_saml_provider": {"Tags"}},
		"UntagSAMLProvider":                       {"iam_saml_provider": {"Tags"}},
		"AddClientIDToOpenIDConnectProvider":      {"iam_oidc_provider": {"ClientIdList"}},
		"RemoveClientIDFromOpenIDConnectProvider": {"iam_oidc_provider": {"ClientIdList"}},
		"UpdateOpenIDConnectProviderThumbprint":   {"iam_oidc_provider": {"ThumbprintList"}},
		"TagOpenIDConnectProvider":                {"iam_oidc_provider": {"Tags"}},
		"UntagOpenIDConnectProvider":              {"iam_oidc_provider": {"Tags"}},
		"TagServerCertificate":                    {"iam_server_certificate": {"Tags"}},
		"UntagServerCertificate":                  {"iam_server_certificate": {"Tags"}},
	}
	for typ, noun := range map[string]string{"iam_user": "User", "iam_group": "Group", "iam_role": "Role"} {
		paths := map[string]string{
			"Attach" + noun + "Policy": "ManagedPolicyArns", "Detach" + noun + "Policy": "ManagedPolicyArns",
			"Put" + noun + "Policy": "Policies", "Delete" + noun + "Policy": "Policies",
		}
		if typ != "iam_group" { // groups have neither boundaries nor tags
			paths["Put"+noun+"PermissionsBoundary"] = "PermissionsBoundary"
			paths["Delete"+noun+"PermissionsBoundary"] = "PermissionsBoundary"
			paths["Tag"+noun], paths["Untag"+noun] = "Tags", "Tags"
		}
		for name, path := range paths {
			events[name] = map[string][]string{typ: {path}}
		}
	}
	return events
}

func iamClient(s *session) *iam.Client {
	return client(s, func(c aws.Config) *iam.Client { return iam.NewFromConfig(c) })
}

// iamPageSize is the most that IAM returns at once.
const iamPageSize = 1000

// iamNext returns the marker of the next page, nil after the last.
func iamNext(truncated bool, marker *string) *string {
	if !truncated {
		return nil
	}
	return marker
}

// noSuchEntity is IAM's code for whatever doesn't exist.
const noSuchEntity = "NoSuchEntity"
