package awscloud

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

const (
	trustDocument = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	readDocument  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`

	reportHeader = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed," +
		"password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date," +
		"access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated," +
		"access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active," +
		"cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"
	rootRow  = "<root_account>,arn:aws:iam::123456789012:root,2020-01-02T03:04:05+00:00,not_supported,2026-11-20T10:11:12+00:00,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
	aliceRow = "alice,arn:aws:iam::123456789012:user/staff/alice,2021-01-02T03:04:05+00:00,true,no_information,2021-01-02T03:04:05+00:00,N/A,false,false,2022-01-02T03:04:05+00:00,2022-02-03T23:59:59Z,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
	bobRow   = "bob,arn:aws:iam::123456789012:user/bob,2021-01-02T03:04:05+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
)

// iamWire plays an account with something of everything, in two pages wherever IAM pages.
func iamWire() *wire {
	// RFC 3986, as IAM encodes: a space is %20.
	encode := func(doc string) string { return strings.ReplaceAll(url.QueryEscape(doc), "+", "%20") }
	reportXML := func(rows ...string) string {
		content := base64.StdEncoding.EncodeToString([]byte(reportHeader + strings.Join(rows, "")))
		return "<Content>" + content + "</Content><ReportFormat>text/csv</ReportFormat>"
	}
	return &wire{answers: map[string]string{
		"GetAccountAuthorizationDetails@": `<IsTruncated>true</IsTruncated><Marker>two</Marker>
<UserDetailList><member><Arn>arn:aws:iam::123456789012:user/staff/alice</Arn><Path>/staff/</Path><UserName>alice</UserName>
 <UserId>AIDA1</UserId><CreateDate>2021-01-02T03:04:05Z</CreateDate>
 <GroupList><member>writers</member><member>admins</member></GroupList>
 <AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedManagedPolicies>
 <UserPolicyList><member><PolicyName>inline</PolicyName><PolicyDocument>` + encode(readDocument) + `</PolicyDocument></member></UserPolicyList>
 <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>arn:aws:iam::aws:policy/PowerUserAccess</PermissionsBoundaryArn></PermissionsBoundary>
 <Tags><member><Key>team</Key><Value>blue</Value></member></Tags></member></UserDetailList>
<GroupDetailList><member><Arn>arn:aws:iam::123456789012:group/admins</Arn><Path>/</Path><GroupName>admins</GroupName></member></GroupDetailList>`,
		"GetAccountAuthorizationDetails@two": `<IsTruncated>false</IsTruncated>
<UserDetailList><member><Arn>arn:aws:iam::123456789012:user/bob</Arn><Path>/</Path><UserName>bob</UserName></member></UserDetailList>
<RoleDetailList><member><Arn>arn:aws:iam::123456789012:role/web</Arn><Path>/</Path><RoleName>web</RoleName>
 <AssumeRolePolicyDocument>` + encode(trustDocument) + `</AssumeRolePolicyDocument>
 <RoleLastUsed><LastUsedDate>2026-11-20T10:11:12Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed></member>
 <member><Arn>arn:aws:iam::123456789012:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS</Arn>
 <Path>/aws-service-role/rds.amazonaws.com/</Path><RoleName>AWSServiceRoleForRDS</RoleName>
 <AssumeRolePolicyDocument>` + encode(trustDocument) + `</AssumeRolePolicyDocument></member></RoleDetailList>
<Policies><member><Arn>arn:aws:iam::123456789012:policy/read</Arn><Path>/</Path><PolicyName>read</PolicyName>
 <DefaultVersionId>v2</DefaultVersionId><AttachmentCount>1</AttachmentCount><PolicyVersionList>
 <member><VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion><Document>%7B%7D</Document></member>
 <member><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>` + encode(readDocument) + `</Document></member></PolicyVersionList></member>
 <member><Arn>arn:aws:iam::aws:policy/ReadOnlyAccess</Arn><PolicyName>ReadOnlyAccess</PolicyName></member></Policies>`,
		"ListRoles@":                 `<IsTruncated>true</IsTruncated><Marker>two</Marker><Roles></Roles>`,
		"ListRoles@two":              `<IsTruncated>false</IsTruncated><Roles><member><Arn>arn:aws:iam::123456789012:role/web</Arn><Description>The web</Description><MaxSessionDuration>7200</MaxSessionDuration></member></Roles>`,
		"GenerateCredentialReport":   `<State>STARTED</State>`,
		"GetCredentialReport":        reportXML(rootRow, aliceRow, bobRow),
		"ListAccessKeys alice@":      `<IsTruncated>true</IsTruncated><Marker>two</Marker><AccessKeyMetadata><member><UserName>alice</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Inactive</Status><CreateDate>2022-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata>`,
		"ListAccessKeys alice@two":   `<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>alice</UserName><AccessKeyId>AKIA2</AccessKeyId><Status>Active</Status></member></AccessKeyMetadata>`,
		"GetAccountSummary":          `<SummaryMap><entry><key>AccountMFAEnabled</key><value>1</value></entry></SummaryMap>`,
		"ListAccountAliases":         `<IsTruncated>false</IsTruncated><AccountAliases><member>example-corp</member></AccountAliases>`,
		"GetAccountPasswordPolicy":   `<PasswordPolicy><MinimumPasswordLength>14</MinimumPasswordLength><RequireSymbols>true</RequireSymbols><ExpirePasswords>true</ExpirePasswords><MaxPasswordAge>90</MaxPasswordAge></PasswordPolicy>`,
		"ListInstanceProfiles@":      `<IsTruncated>true</IsTruncated><Marker>two</Marker><InstanceProfiles><member><Arn>arn:aws:iam::123456789012:instance-profile/web</Arn><Path>/</Path><InstanceProfileName>web</InstanceProfileName><Roles><member><RoleName>web</RoleName></member></Roles></member></InstanceProfiles>`,
		"ListInstanceProfiles@two":   `<IsTruncated>false</IsTruncated><InstanceProfiles><member><Arn>arn:aws:iam::123456789012:instance-profile/empty</Arn><Path>/</Path><InstanceProfileName>empty</InstanceProfileName></member></InstanceProfiles>`,
		"ListVirtualMFADevices@":     `<IsTruncated>true</IsTruncated><Marker>two</Marker><VirtualMFADevices><member><SerialNumber>arn:aws:iam::123456789012:mfa/root-account-mfa-device</SerialNumber><User><Arn>arn:aws:iam::123456789012:root</Arn></User></member></VirtualMFADevices>`,
		"ListVirtualMFADevices@two":  `<IsTruncated>false</IsTruncated><VirtualMFADevices><member><SerialNumber>arn:aws:iam::123456789012:mfa/staff/phone</SerialNumber><User><Arn>arn:aws:iam::123456789012:user/staff/alice</Arn><UserName>alice</UserName></User></member></VirtualMFADevices>`,
		"ListSAMLProviders":          `<SAMLProviderList><member><Arn>arn:aws:iam::123456789012:saml-provider/okta</Arn></member></SAMLProviderList>`,
		"GetSAMLProvider":            `<SAMLMetadataDocument>&lt;EntityDescriptor/&gt;</SAMLMetadataDocument><Tags><member><Key>a</Key><Value></Value></member></Tags>`,
		"ListOpenIDConnectProviders": `<OpenIDConnectProviderList><member><Arn>arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com</Arn></member></OpenIDConnectProviderList>`,
		"GetOpenIDConnectProvider":   `<Url>token.actions.githubusercontent.com</Url><ClientIDList><member>sts.amazonaws.com</member></ClientIDList><ThumbprintList><member>6938fd4d98bab03faadb97b34396831e3780aea1</member></ThumbprintList>`,
		"ListServerCertificates@":    `<IsTruncated>true</IsTruncated><Marker>two</Marker><ServerCertificateMetadataList><member><Arn>arn:aws:iam::123456789012:server-certificate/www</Arn><Path>/</Path><ServerCertificateName>www</ServerCertificateName><Expiration>2027-01-01T00:00:00Z</Expiration></member></ServerCertificateMetadataList>`,
		"ListServerCertificates@two": `<IsTruncated>false</IsTruncated><ServerCertificateMetadataList></ServerCertificateMetadataList>`,
		"GetServerCertificate":       `<ServerCertificate><Tags><member><Key>site</Key><Value>www</Value></member></Tags></ServerCertificate>`,
	}}
}

func TestIAMReadsEverything(t *testing.T) {
	w := iamWire()
	h, errs := w.sync(t, "iam", audit.RegionGlobal)
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	for name, want := range map[string]struct {
		typ, name     string
		config, facts object
	}{
		"a user with groups, policies, boundary and tags": {"iam_user", "alice", object{
			"UserName": "alice", "Path": "/staff/", "Groups": []any{"admins", "writers"},
			"ManagedPolicyArns":   []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
			"PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess",
			"Policies":            []any{object{"PolicyName": "inline", "PolicyDocument": readPolicy()}},
			"Tags":                []any{object{"Key": "team", "Value": "blue"}},
		}, object{
			"CreateDate": "2021-01-02T03:04:05Z", "UserId": "AIDA1", "CredentialReport": object{
				"user_creation_time": "2021-01-02T00:00:00Z", "password_enabled": true,
				"password_last_changed": "2021-01-02T00:00:00Z", "mfa_active": false,
				"access_key_1_active": false, "access_key_1_last_rotated": "2022-01-02T00:00:00Z",
				"access_key_1_last_used_date": "2022-02-03T00:00:00Z", "access_key_1_last_used_region": "eu-west-1",
				"access_key_1_last_used_service": "s3", "access_key_2_active": false,
				"cert_1_active": false, "cert_2_active": false,
			},
		}},
		"a group with nothing": {"iam_group", "admins", object{"GroupName": "admins", "Path": "/"}, nil},
		"a role, with what only ListRoles tells": {"iam_role", "web", object{
			"RoleName": "web", "Path": "/", "Description": "The web", "MaxSessionDuration": int64(7200),
			"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
				"Effect": "Allow", "Principal": object{"Service": []any{"ec2.amazonaws.com"}}, "Action": []any{"sts:assumerole"},
			}}},
		}, object{
			"ServiceLinked": false,
			"RoleLastUsed":  object{"LastUsedDate": "2026-11-20T00:00:00Z", "Region": "eu-west-1"},
		}},
		"a policy by its default version": {"iam_policy", "read", object{
			"ManagedPolicyName": "read", "Path": "/", "PolicyDocument": readPolicy(),
		}, object{"DefaultVersionId": "v2", "AttachmentCount": int64(1)}},
		"an inactive key":   {"iam_access_key", "AKIA1", object{"UserName": "alice", "Status": "Inactive"}, object{"CreateDate": "2022-01-02T03:04:05Z"}},
		"a key of page two": {"iam_access_key", "AKIA2", object{"UserName": "alice", "Status": "Active"}, nil},
		"the account": {"iam_account", "example-corp", object{"AccountAlias": "example-corp"}, object{
			"AccountSummary": object{"AccountMFAEnabled": int64(1)}, "CredentialReport": object{
				"user_creation_time": "2020-01-02T00:00:00Z", "password_last_used": "2026-11-20T00:00:00Z", "mfa_active": true,
				"access_key_1_active": false, "access_key_2_active": false, "cert_1_active": false, "cert_2_active": false,
			},
		}},
		"the password policy": {"iam_password_policy", testAccount, object{
			"MinimumPasswordLength": int64(14), "MaxPasswordAge": int64(90), "RequireSymbols": true,
			"AllowUsersToChangePassword": false, "HardExpiry": false, "RequireLowercaseCharacters": false,
			"RequireNumbers": false, "RequireUppercaseCharacters": false,
		}, object{"Configured": true}},
		"an instance profile": {"iam_instance_profile", "web", object{
			"InstanceProfileName": "web", "Path": "/", "Roles": []any{"web"},
		}, nil},
		"root's MFA device": {"iam_virtual_mfa_device", "root-account-mfa-device", object{
			"VirtualMfaDeviceName": "root-account-mfa-device", "Path": "/",
		}, object{"Root": true}},
		"a user's MFA device": {"iam_virtual_mfa_device", "phone", object{
			"VirtualMfaDeviceName": "phone", "Path": "/staff/", "Users": []any{"alice"},
		}, object{"Root": false}},
		"a SAML provider": {"iam_saml_provider", "okta", object{
			"Name": "okta", "SamlMetadataDocument": "<EntityDescriptor/>", "Tags": []any{object{"Key": "a", "Value": ""}},
		}, nil},
		"an OIDC provider": {"iam_oidc_provider", "token.actions.githubusercontent.com", object{
			"Url": "https://token.actions.githubusercontent.com", "ClientIdList": []any{"sts.amazonaws.com"},
			"ThumbprintList": []any{"6938fd4d98bab03faadb97b34396831e3780aea1"},
		}, nil},
		"a server certificate": {"iam_server_certificate", "www", object{
			"ServerCertificateName": "www", "Path": "/", "Tags": []any{object{"Key": "site", "Value": "www"}},
		}, object{"Expiration": "2027-01-01T00:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := h.one(t, want.typ, want.name)
			if diff := cmp.Diff(want.config, o.Config); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.facts, o.Facts); want.facts != nil && diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if len(o.Unread) > 0 {
				t.Errorf("unread: %v", o.Unread)
			}
		})
	}
	t.Run("AWS's own policies are left out", func(t *testing.T) {
		if diff := cmp.Diff([]string{"arn:aws:iam::123456789012:policy/read"}, h.ids("iam_policy")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a service's own role says so", func(t *testing.T) {
		if o := h.one(t, "iam_role", "AWSServiceRoleForRDS"); o.Facts["ServiceLinked"] != true {
			t.Errorf("facts: %v", o.Facts)
		}
	})
	t.Run("no call is made twice, and none for users without keys", func(t *testing.T) {
		for _, call := range []string{"GenerateCredentialReport", "GetCredentialReport", "GetAccountSummary"} {
			if n := w.called(call); n != 1 {
				t.Errorf("%s was called %d times", call, n)
			}
		}
		if n := w.called("ListAccessKeys bob"); n != 0 {
			t.Errorf("bob's keys were listed")
		}
	})
}

func readPolicy() object {
	return object{"Version": "2012-10-17", "Statement": []any{object{
		"Effect": "Allow", "Action": []any{"s3:getobject"}, "Resource": []any{"*"},
	}}}
}

func TestIAMRefusals(t *testing.T) {
	everything, _ := iamWire().sync(t, "iam", audit.RegionGlobal)
	report := []string{"facts.CredentialReport"}
	for _, c := range []struct {
		refused string
		action  string
		// unread are the paths that are lost, by type; failed are the listings that are.
		unread map[string][]string
		failed []string
	}{
		{"ListRoles", "iam:ListRoles", map[string][]string{"iam_role": {"Description", "MaxSessionDuration"}}, nil},
		{
			"GenerateCredentialReport", "iam:GenerateCredentialReport",
			map[string][]string{"iam_user": report, "iam_account": report},
			[]string{"iam_access_key"},
		},
		{
			"GetCredentialReport", "iam:GetCredentialReport",
			map[string][]string{"iam_user": report, "iam_account": report},
			[]string{"iam_access_key"},
		},
		{"ListAccessKeys", "iam:ListAccessKeys", nil, []string{"iam_access_key"}},
		{"ListAccountAliases", "iam:ListAccountAliases", map[string][]string{"iam_account": {"AccountAlias"}}, nil},
		{"GetSAMLProvider", "iam:GetSAMLProvider", map[string][]string{
			"iam_saml_provider": {"AssertionEncryptionMode", "PrivateKeyList", "SamlMetadataDocument", "Tags"},
		}, nil},
		{"GetOpenIDConnectProvider", "iam:GetOpenIDConnectProvider", map[string][]string{
			"iam_oidc_provider": {"ClientIdList", "Tags", "ThumbprintList", "Url"},
		}, nil},
		{"GetServerCertificate", "iam:GetServerCertificate", map[string][]string{"iam_server_certificate": {"Tags"}}, nil},
		{"GetAccountSummary", "iam:GetAccountSummary", nil, []string{"iam_account"}},
		{"GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy", nil, []string{"iam_password_policy"}},
		{"ListInstanceProfiles", "iam:ListInstanceProfiles", nil, []string{"iam_instance_profile"}},
		{"ListVirtualMFADevices", "iam:ListVirtualMFADevices", nil, []string{"iam_virtual_mfa_device"}},
		{"ListSAMLProviders", "iam:ListSAMLProviders", nil, []string{"iam_saml_provider"}},
		{"ListOpenIDConnectProviders", "iam:ListOpenIDConnectProviders", nil, []string{"iam_oidc_provider"}},
		{"ListServerCertificates", "iam:ListServerCertificates", nil, []string{"iam_server_certificate"}},
		{"GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails", nil, []string{"iam_user"}},
	} {
		t.Run("without "+c.refused, func(t *testing.T) {
			h, errs := iamWire().without(c.refused).sync(t, "iam", audit.RegionGlobal)
			sameButUnread(t, everything, h, c.action, c.unread)
			if len(errs) != len(c.failed) {
				t.Errorf("failed: %v", errs)
			}
			for _, typ := range c.failed {
				if f := fault.From(errs[typ]); f == nil || f.Kind != fault.Denied || f.Action != c.action {
					t.Errorf("%s failed with %v", typ, f)
				}
			}
		})
	}
}
