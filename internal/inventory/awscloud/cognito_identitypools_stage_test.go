package awscloud

import "testing"

func TestCognitoIdentityPools(t *testing.T) {
	(&staged{
		service: "cognito-identity", region: "eu-west-1",
		answers: map[string]string{
			"ListIdentityPools":     `{"IdentityPools":[{"IdentityPoolId":"eu-west-1:a","IdentityPoolName":"main"}],"NextToken":"two"}`,
			"ListIdentityPools two": `{"IdentityPools":[{"IdentityPoolId":"eu-west-1:b"},{"IdentityPoolId":"eu-west-1:gone"}]}`,
			"DescribeIdentityPool eu-west-1:a": `{"IdentityPoolId":"eu-west-1:a","IdentityPoolName":"main","AllowUnauthenticatedIdentities":true,"AllowClassicFlow":false,"SupportedLoginProviders":{"graph.facebook.com":"1","accounts.google.com":"2"},
"DeveloperProviderName":"login.example.com","OpenIdConnectProviderARNs":["arn:o2","arn:o1"],"SamlProviderARNs":["arn:s2","arn:s1"],
"CognitoIdentityProviders":[{"ProviderName":"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A","ClientId":"c2","ServerSideTokenCheck":true},
{"ProviderName":"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A","ClientId":"c1","ServerSideTokenCheck":false}],"IdentityPoolTags":{"b":"2","a":"1"}}`,
			"DescribeIdentityPool eu-west-1:b":    `{"IdentityPoolId":"eu-west-1:b"}`,
			"DescribeIdentityPool eu-west-1:gone": `!ResourceNotFoundException`,
			"GetIdentityPoolRoles eu-west-1:a": `{"IdentityPoolId":"eu-west-1:a","Roles":{"authenticated":"arn:in","unauthenticated":"arn:out"},
"RoleMappings":{"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A:c1":{"Type":"Rules","AmbiguousRoleResolution":"Deny","RulesConfiguration":{"Rules":[{"Claim":"admin","MatchType":"Equals","Value":"yes","RoleARN":"arn:admin"}]}},
"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A:c2":{"Type":"Token"}}}`,
			"GetIdentityPoolRoles eu-west-1:b":    `{"IdentityPoolId":"eu-west-1:b"}`,
			"GetIdentityPoolRoles eu-west-1:gone": `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"cognito-identity:ListIdentityPools":    {fails: []string{"cognito_identity_pool"}},
			"cognito-identity:DescribeIdentityPool": {unread: map[string][]string{"cognito_identity_pool": cognitoIdentityDescribed}},
			"cognito-identity:GetIdentityPoolRoles": {unread: map[string][]string{"cognito_identity_pool": {cognitoRoles}}},
		},
	}).run(t)
}
