package awscloud

import "testing"

func TestAppSync(t *testing.T) {
	arn := "arn:aws:appsync:eu-west-1:123456789012:apis/"
	keys := map[string][]string{"appsync_graphql_api": {appSyncKeys}, "appsync_api": {appSyncKeys}}
	(&staged{
		service: "appsync", region: "eu-west-1",
		answers: map[string]string{
			"ListGraphqlApis": `{"graphqlApis":[{"apiId":"g1","arn":"` + arn + `g1","name":"main","authenticationType":"API_KEY","apiType":"GRAPHQL","owner":"123456789012",
"additionalAuthenticationProviders":[{"authenticationType":"AWS_IAM"},{"authenticationType":"OPENID_CONNECT","openIDConnectConfig":{"issuer":"https://i","clientId":"c","authTTL":5}}],
"logConfig":{"fieldLogLevel":"ERROR","cloudWatchLogsRoleArn":"arn:r","excludeVerboseContent":true},"wafWebAclArn":"arn:aws:wafv2:w","xrayEnabled":true,"visibility":"GLOBAL",
"introspectionConfig":"DISABLED","queryDepthLimit":5,"tags":{"b":"2","a":"1"},"uris":{"GRAPHQL":"https://g1"},"dns":{"GRAPHQL":"g1"}}],"nextToken":"two"}`,
			"ListGraphqlApis two": `{"graphqlApis":[{"apiId":"g2","arn":"` + arn + `g2"},{"apiId":"gone","arn":"` + arn + `gone","authenticationType":"API_KEY"},
{"apiId":"far","arn":"arn:aws:appsync:eu-west-1:999999999999:apis/far","owner":"999999999999"}]}`,
			"ListApis": `{"apis":[{"apiId":"e1","apiArn":"` + arn + `e1","name":"events","created":1767225600,"ownerContact":"me","eventConfig":{
"authProviders":[{"authType":"API_KEY"},{"authType":"AMAZON_COGNITO_USER_POOLS","cognitoConfig":{"awsRegion":"eu-west-1","userPoolId":"p"}}],
"connectionAuthModes":[{"authType":"API_KEY"},{"authType":"AMAZON_COGNITO_USER_POOLS"}],"logConfig":{"logLevel":"ALL","cloudWatchLogsRoleArn":"arn:r"}},
"xrayEnabled":true,"wafWebAclArn":"arn:aws:wafv2:w","tags":{"b":"2","a":"1"}}],"nextToken":"two"}`,
			"ListApis two":        `{"apis":[{"apiId":"e2","apiArn":"` + arn + `e2"}]}`,
			"ListApiKeys /g1":     `{"apiKeys":[{"id":"da2-secret","description":"x","expires":1767225600,"deletes":1772409600}],"nextToken":"two"}`,
			"ListApiKeys /g1 two": `{"apiKeys":[{"id":"da2-secret2","expires":1767312000},{"id":"da2-secret3","expires":1767398400}]}`,
			"ListApiKeys /e1":     `{"apiKeys":[{"id":"da2-secret4","expires":1767225600}]}`,
			"ListApiKeys /gone":   `!NotFoundException`,
		},
		refusals: map[string]refusal{
			"appsync:ListGraphqlApis": {fails: []string{"appsync_graphql_api"}},
			"appsync:ListApis":        {fails: []string{"appsync_api"}},
			"appsync:ListApiKeys":     {unread: keys},
		},
	}).run(t)
}
