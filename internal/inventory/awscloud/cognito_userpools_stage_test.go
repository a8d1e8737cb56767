package awscloud

import "testing"

func TestCognitoUserPools(t *testing.T) {
	(&staged{
		service: "cognito-idp", region: "eu-west-1",
		answers: map[string]string{
			"ListUserPools":     `{"UserPools":[{"Id":"eu-west-1_A","Name":"main","CreationDate":1767225600,"LastModifiedDate":1767225601,"LambdaConfig":{"PreSignUp":"arn:f"}}],"NextToken":"two"}`,
			"ListUserPools two": `{"UserPools":[{"Id":"eu-west-1_B","Name":"bare","LambdaConfig":{}},{"Id":"eu-west-1_gone"}]}`,
			"DescribeUserPool eu-west-1_A": `{"UserPool":{"Id":"eu-west-1_A","Arn":"arn","Name":"main","CreationDate":1767225600,"LastModifiedDate":1767225601,"EstimatedNumberOfUsers":7,"DeletionProtection":"ACTIVE","MfaConfiguration":"OPTIONAL",
"Policies":{"PasswordPolicy":{"MinimumLength":12,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":false,"RequireUppercase":true,"TemporaryPasswordValidityDays":7,"PasswordHistorySize":3},
"SignInPolicy":{"AllowedFirstAuthFactors":["WEB_AUTHN","PASSWORD"]}},"LambdaConfig":{"PreSignUp":"arn:f","CustomSMSSender":{"LambdaArn":"arn:g","LambdaVersion":"V1_0"},"KMSKeyID":"arn:k"},
"SchemaAttributes":[{"Name":"sub","AttributeDataType":"String","Mutable":false,"Required":true,"DeveloperOnlyAttribute":false,"StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}},
{"Name":"custom:n","AttributeDataType":"Number","Mutable":true,"Required":false,"NumberAttributeConstraints":{"MinValue":"0","MaxValue":"9"}}],
"AutoVerifiedAttributes":["phone_number","email"],"AliasAttributes":["preferred_username","email"],"UsernameAttributes":["phone_number","email"],"SmsVerificationMessage":"code {####}","EmailVerificationMessage":"code {####}","EmailVerificationSubject":"s",
"VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_CODE","EmailMessage":"code {####}"},"SmsAuthenticationMessage":"code {####}","UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["phone_number","email"]},
"DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true,"DeviceOnlyRememberedOnUserPrompt":true},"EmailConfiguration":{"SourceArn":"arn:ses","EmailSendingAccount":"DEVELOPER","From":"a@example.com"},
"SmsConfiguration":{"SnsCallerArn":"arn:r","ExternalId":"x","SnsRegion":"eu-west-1"},"UserPoolTags":{"b":"2","a":"1"},"Domain":"main-auth","CustomDomain":"auth.example.com",
"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true,"UnusedAccountValidityDays":7,"InviteMessageTemplate":{"SMSMessage":"{username} {####}"}},"UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"},
"UsernameConfiguration":{"CaseSensitive":false},"AccountRecoverySetting":{"RecoveryMechanisms":[{"Priority":1,"Name":"verified_email"},{"Priority":2,"Name":"verified_phone_number"}]},"UserPoolTier":"PLUS"}}`,
			"DescribeUserPool eu-west-1_B":            `{"UserPool":{"Id":"eu-west-1_B","Name":"bare","Domain":"vanished"}}`,
			"DescribeUserPool eu-west-1_gone":         `!ResourceNotFoundException`,
			"DescribeUserPoolDomain main-auth":        `{"DomainDescription":{"UserPoolId":"eu-west-1_A","Domain":"main-auth","S3Bucket":"b","CloudFrontDistribution":"d","Version":"20260101","Status":"ACTIVE","ManagedLoginVersion":2}}`,
			"DescribeUserPoolDomain auth.example.com": `{"DomainDescription":{"UserPoolId":"eu-west-1_A","Domain":"auth.example.com","Status":"UPDATING","CustomDomainConfig":{"CertificateArn":"arn:c"},"ManagedLoginVersion":1}}`,
			"DescribeUserPoolDomain vanished":         `{"DomainDescription":{}}`,
			"GetUserPoolMfaConfig eu-west-1_A": `{"MfaConfiguration":"OPTIONAL","SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:r"}},"SoftwareTokenMfaConfiguration":{"Enabled":true},
"EmailMfaConfiguration":{"Message":"code {####}","Subject":"s"},"WebAuthnConfiguration":{"RelyingPartyId":"auth.example.com","UserVerification":"required","FactorConfiguration":"SINGLE_FACTOR"}}`,
			"GetUserPoolMfaConfig eu-west-1_B":    `{"MfaConfiguration":"OFF","SoftwareTokenMfaConfiguration":{"Enabled":false}}`,
			"GetUserPoolMfaConfig eu-west-1_gone": `!ResourceNotFoundException`,
			"ListUserPoolClients eu-west-1_A":     `{"UserPoolClients":[{"ClientId":"c2","UserPoolId":"eu-west-1_A","ClientName":"web"}],"NextToken":"two"}`,
			"ListUserPoolClients eu-west-1_A two": `{"UserPoolClients":[{"ClientId":"c3","ClientName":"web"},{"ClientId":"c1"}]}`,
			"ListUserPoolClients eu-west-1_B":     `{"UserPoolClients":[]}`,
			"ListUserPoolClients eu-west-1_gone":  `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"cognito-idp:ListUserPools":          {fails: []string{"cognito_user_pool"}},
			"cognito-idp:DescribeUserPool":       {unread: map[string][]string{"cognito_user_pool": cognitoDescribed}},
			"cognito-idp:DescribeUserPoolDomain": {unread: map[string][]string{"cognito_user_pool": {cognitoDomains}}},
			"cognito-idp:GetUserPoolMfaConfig":   {unread: map[string][]string{"cognito_user_pool": cognitoFactors}},
			"cognito-idp:ListUserPoolClients":    {unread: map[string][]string{"cognito_user_pool": {cognitoClients}}},
		},
		counters: map[string]string{`"EstimatedNumberOfUsers":7`: `"EstimatedNumberOfUsers":8`, `1767225601`: `1767229999`},
	}).run(t)
}
