package awscloud

import "testing"

// Both APIs have GetStages, which its path tells apart.
func TestAPIGateway(t *testing.T) {
	(&staged{
		service: "apigateway", region: "eu-west-1",
		answers: map[string]string{
			"GetRestApis": `{"position":"two","item":[{"id":"r1","name":"orders","description":"Orders","createdDate":1767323045,"apiKeySource":"HEADER",
"endpointConfiguration":{"types":["PRIVATE"],"vpcEndpointIds":["vpce-2","vpce-1"],"ipAddressType":"dualstack"},"disableExecuteApiEndpoint":true,"binaryMediaTypes":["b/b","a/a"],
"policy":"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"execute-api:Invoke\\\",\\\"Resource\\\":\\\"*\\\"}}",
"tags":{"env":"prod","app":"x"},"minimumCompressionSize":0}]}`,
			"GetRestApis two":      `{"item":[{"id":"r2"}]}`,
			"GetStages /restapis/": `{}`,
			"GetStages /restapis/r1/": `{"item":[{"stageName":"prod","deploymentId":"d1","createdDate":1767323045,"lastUpdatedDate":1767323045,"tracingEnabled":true,
"cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-1:123456789012:log-group:a","format":"$context.requestId"},
"methodSettings":{"*/*":{"metricsEnabled":true,"loggingLevel":"ERROR","dataTraceEnabled":false,"throttlingBurstLimit":5000,"throttlingRateLimit":10000,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false},
"~1orders/GET":{"loggingLevel":"INFO"}},"variables":{"table":"orders"},"webAclArn":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/w/1","tags":{"env":"prod"}},
{"stageName":"bare"}]}`,
			"GetApis": `{"nextToken":"two","items":[{"apiId":"h1","name":"shop","protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","apiEndpoint":"https://h1.example",
"corsConfiguration":{"allowOrigins":["https://b.example","https://a.example"],"allowMethods":["GET"],"maxAge":60},"tags":{"env":"prod"},"createdDate":"2026-01-02T03:04:05Z"}]}`,
			"GetApis two":      `{"items":[{"apiId":"h2"}]}`,
			"GetStages /apis/": `{"items":[]}`,
			"GetStages /apis/h1/": `{"nextToken":"more","items":[{"stageName":"$default","autoDeploy":true,"deploymentId":"d9","defaultRouteSettings":{"detailedMetricsEnabled":true,"throttlingBurstLimit":10},
"routeSettings":{"GET /":{"throttlingRateLimit":5}},"stageVariables":{"k":"v"},"accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-1:123456789012:log-group:a","format":"f"},"tags":{"env":"prod"}}]}`,
			"GetStages /apis/h1/ more": `{"items":[{"stageName":"bare","deploymentId":"d1"}]}`,
		},
		refusals: map[string]refusal{
			actionAPIGatewayGet: {fails: []string{"apigateway_rest_api", "apigateway_stage", "apigatewayv2_api", "apigatewayv2_stage"}},
		},
		variants: map[string]variant{
			"GetRestApis is refused": {
				answers: map[string]string{"GetRestApis": "!AccessDenied"},
				fails:   []string{"apigateway_rest_api", "apigateway_stage"},
			},
			"GetApis is refused":   {answers: map[string]string{"GetApis": "!AccessDenied"}, fails: []string{"apigatewayv2_api", "apigatewayv2_stage"}},
			"GetStages is refused": {answers: map[string]string{"GetStages": "!AccessDenied"}, fails: []string{"apigateway_stage", "apigatewayv2_stage"}},
		},
	}).run(t)
}
