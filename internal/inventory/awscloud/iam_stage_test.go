package awscloud

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
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

// iamAnswers play an account with something of everything, in two pages wherever IAM pages.
func iamAnswers() map[string]string {
	// RFC 3986, as IAM encodes: a space is %20.
	encode := func(doc string) string { return strings.ReplaceAll(url.QueryEscape(doc), "+", "%20") }
	reportXML := func(rows ...string) string {
		content := base64.StdEncoding.EncodeToString([]byte(reportHeader + strings.Join(rows, "")))
		return "<Content>" + content + "</Content><ReportFormat>text/csv</ReportFormat>"
	}
	return map[string]string{
		"GetAccountAuthorizationDetails": `<IsTruncated>true</IsTruncated><Marker>two</Marker>
<UserDetailList><member><Arn>arn:aws:iam::123456789012:user/staff/alice</Arn><Path>/staff/</Path><UserName>alice</UserName>
 <UserId>AIDA1</UserId><CreateDate>2021-01-02T03:04:05Z</CreateDate>
 <GroupList><member>writers</member><member>admins</member></GroupList>
 <AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedManagedPolicies>
 <UserPolicyList><member><PolicyName>inline</PolicyName><PolicyDocument>` + encode(readDocument) + `</PolicyDocument></member></UserPolicyList>
 <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>arn:aws:iam::aws:policy/PowerUserAccess</PermissionsBoundaryArn></PermissionsBoundary>
 <Tags><member><Key>team</Key><Value>blue</Value></member></Tags></member></UserDetailList>
<GroupDetailList><member><Arn>arn:aws:iam::123456789012:group/admins</Arn><Path>/</Path><GroupName>admins</GroupName></member></GroupDetailList>`,
		"GetAccountAuthorizationDetails two": `<IsTruncated>false</IsTruncated>
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
		"ListRoles":                  `<IsTruncated>true</IsTruncated><Marker>two</Marker><Roles></Roles>`,
		"ListRoles two":              `<IsTruncated>false</IsTruncated><Roles><member><Arn>arn:aws:iam::123456789012:role/web</Arn><Description>The web</Description><MaxSessionDuration>7200</MaxSessionDuration></member></Roles>`,
		"GenerateCredentialReport":   `<State>STARTED</State>`,
		"GetCredentialReport":        reportXML(rootRow, aliceRow, bobRow),
		"ListAccessKeys alice":       `<IsTruncated>true</IsTruncated><Marker>two</Marker><AccessKeyMetadata><member><UserName>alice</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Inactive</Status><CreateDate>2022-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata>`,
		"ListAccessKeys alice two":   `<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>alice</UserName><AccessKeyId>AKIA2</AccessKeyId><Status>Active</Status></member></AccessKeyMetadata>`,
		"GetAccountSummary":          `<SummaryMap><entry><key>AccountMFAEnabled</key><value>1</value></entry></SummaryMap>`,
		"ListAccountAliases":         `<IsTruncated>false</IsTruncated><AccountAliases><member>example-corp</member></AccountAliases>`,
		"GetAccountPasswordPolicy":   `<PasswordPolicy><MinimumPasswordLength>14</MinimumPasswordLength><RequireSymbols>true</RequireSymbols><ExpirePasswords>true</ExpirePasswords><MaxPasswordAge>90</MaxPasswordAge></PasswordPolicy>`,
		"ListInstanceProfiles":       `<IsTruncated>true</IsTruncated><Marker>two</Marker><InstanceProfiles><member><Arn>arn:aws:iam::123456789012:instance-profile/web</Arn><Path>/</Path><InstanceProfileName>web</InstanceProfileName><Roles><member><RoleName>web</RoleName></member></Roles></member></InstanceProfiles>`,
		"ListInstanceProfiles two":   `<IsTruncated>false</IsTruncated><InstanceProfiles><member><Arn>arn:aws:iam::123456789012:instance-profile/empty</Arn><Path>/</Path><InstanceProfileName>empty</InstanceProfileName></member></InstanceProfiles>`,
		"ListVirtualMFADevices":      `<IsTruncated>true</IsTruncated><Marker>two</Marker><VirtualMFADevices><member><SerialNumber>arn:aws:iam::123456789012:mfa/root-account-mfa-device</SerialNumber><User><Arn>arn:aws:iam::123456789012:root</Arn></User></member></VirtualMFADevices>`,
		"ListVirtualMFADevices two":  `<IsTruncated>false</IsTruncated><VirtualMFADevices><member><SerialNumber>arn:aws:iam::123456789012:mfa/staff/phone</SerialNumber><User><Arn>arn:aws:iam::123456789012:user/staff/alice</Arn><UserName>alice</UserName></User></member></VirtualMFADevices>`,
		"ListSAMLProviders":          `<SAMLProviderList><member><Arn>arn:aws:iam::123456789012:saml-provider/okta</Arn></member></SAMLProviderList>`,
		"GetSAMLProvider":            `<SAMLMetadataDocument>&lt;EntityDescriptor/&gt;</SAMLMetadataDocument><Tags><member><Key>a</Key><Value></Value></member></Tags>`,
		"ListOpenIDConnectProviders": `<OpenIDConnectProviderList><member><Arn>arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com</Arn></member></OpenIDConnectProviderList>`,
		"GetOpenIDConnectProvider":   `<Url>token.actions.githubusercontent.com</Url><ClientIDList><member>sts.amazonaws.com</member></ClientIDList><ThumbprintList><member>6938fd4d98bab03faadb97b34396831e3780aea1</member></ThumbprintList>`,
		"ListServerCertificates":     `<IsTruncated>true</IsTruncated><Marker>two</Marker><ServerCertificateMetadataList><member><Arn>arn:aws:iam::123456789012:server-certificate/www</Arn><Path>/</Path><ServerCertificateName>www</ServerCertificateName><Expiration>2027-01-01T00:00:00Z</Expiration></member></ServerCertificateMetadataList>`,
		"ListServerCertificates two": `<IsTruncated>false</IsTruncated><ServerCertificateMetadataList></ServerCertificateMetadataList>`,
		"GetServerCertificate":       `<ServerCertificate><Tags><member><Key>site</Key><Value>www</Value></member></Tags></ServerCertificate>`,
	}
}

func iamCase() *staged {
	fails := func(typ string) refusal { return refusal{fails: []string{typ}} }
	unread := func(typ string, paths ...string) refusal { return refusal{unread: map[string][]string{typ: paths}} }
	report := refusal{
		fails: []string{"iam_access_key"}, unread: map[string][]string{"iam_user": {reportPath}, "iam_account": {reportPath}},
	}
	return &staged{
		service: "iam", region: audit.RegionGlobal, answers: iamAnswers(),
		refusals: map[string]refusal{
			"iam:GetAccountAuthorizationDetails": fails("iam_user"),
			"iam:ListRoles":                      unread("iam_role", "Description", "MaxSessionDuration"),
			"iam:GenerateCredentialReport":       report,
			"iam:GetCredentialReport":            report,
			"iam:ListAccessKeys":                 fails("iam_access_key"),
			"iam:ListAccountAliases":             unread("iam_account", "AccountAlias"),
			"iam:GetAccountSummary":              fails("iam_account"),
			"iam:GetAccountPasswordPolicy":       fails("iam_password_policy"),
			"iam:ListInstanceProfiles":           fails("iam_instance_profile"),
			"iam:ListVirtualMFADevices":          fails("iam_virtual_mfa_device"),
			"iam:ListSAMLProviders":              fails("iam_saml_provider"),
			"iam:GetSAMLProvider":                unread("iam_saml_provider", "AssertionEncryptionMode", "PrivateKeyList", "SamlMetadataDocument", "Tags"),
			"iam:ListOpenIDConnectProviders":     fails("iam_oidc_provider"),
			"iam:GetOpenIDConnectProvider":       unread("iam_oidc_provider", "ClientIdList", "Tags", "ThumbprintList", "Url"),
			"iam:ListServerCertificates":         fails("iam_server_certificate"),
			"iam:GetServerCertificate":           unread("iam_server_certificate", "Tags"),
		},
		variants: map[string]variant{
			"credentials that expire halfway fail the listing, not its details": {
				answers: map[string]string{"GetSAMLProvider": "!ExpiredToken"}, fails: []string{"iam_saml_provider"},
			},
			"a SAML provider that vanishes is left out": {
				answers: map[string]string{"GetSAMLProvider": "!NoSuchEntity"}, gone: "iam_saml_provider okta",
			},
			"an OIDC provider that vanishes is left out": {
				answers: map[string]string{"GetOpenIDConnectProvider": "!NoSuchEntity"}, gone: "iam_oidc_provider token.actions.githubusercontent.com",
			},
			"a server certificate that vanishes is left out": {
				answers: map[string]string{"GetServerCertificate": "!NoSuchEntity"}, gone: "iam_server_certificate www",
			},
			"a policy that is no document is unread alone": {
				answers: map[string]string{"GetAccountAuthorizationDetails two": strings.Replace(iamAnswers()["GetAccountAuthorizationDetails two"],
					"<AssumeRolePolicyDocument>%7B", "<AssumeRolePolicyDocument>%5B", 1)},
				unread: map[string][]string{"iam_role": {"AssumeRolePolicyDocument"}},
			},
		},
	}
}

func TestIAM(t *testing.T) { iamCase().run(t) }
