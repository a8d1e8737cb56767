package awscloud

import "testing"

// Both APIs have GetStages, which its path tells apart.
func TestAPIGateway(t *testing.T) {
	const arn = "arn:aws:apigateway:eu-west-1::/"
	(&estateCase{
		service: "apigateway", region: "eu-west-1", action: func(string) string { return actionAPIGatewayGet },
		answers: map[string]string{
			"GetRestApis": `{"position":"two","item":[{"id":"r1","name":"orders","description":"Orders","createdDate":1767323045,"apiKeySource":"HEADER",
"endpointConfiguration":{"types":["PRIVATE"],"vpcEndpointIds":["vpce-2","vpce-1"],"ipAddressType":"dualstack"},"disableExecuteApiEndpoint":true,"binaryMediaTypes":["b/b","a/a"],
"policy":"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"execute-api:Invoke\\\",\\\"Resource\\\":\\\"*\\\"}}",
"tags":{"env":"prod","app":"x"},"minimumCompressionSize":0}]}`,
			"GetRestApis|two":      `{"item":[{"id":"r2"}]}`,
			"GetStages|/restapis/": `{}`,
			"GetStages|/restapis/r1/": `{"item":[{"stageName":"prod","deploymentId":"d1","createdDate":1767323045,"lastUpdatedDate":1767323045,"tracingEnabled":true,
"cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-1:123456789012:log-group:a","format":"$context.requestId"},
"methodSettings":{"*/*":{"metricsEnabled":true,"loggingLevel":"ERROR","dataTraceEnabled":false,"throttlingBurstLimit":5000,"throttlingRateLimit":10000,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false},
"~1orders/GET":{"loggingLevel":"INFO"}},"variables":{"table":"orders"},"webAclArn":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/w/1","tags":{"env":"prod"}},
{"stageName":"bare"}]}`,
			"GetApis": `{"nextToken":"two","items":[{"apiId":"h1","name":"shop","protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","apiEndpoint":"https://h1.example",
"corsConfiguration":{"allowOrigins":["https://b.example","https://a.example"],"allowMethods":["GET"],"maxAge":60},"tags":{"env":"prod"},"createdDate":"2026-01-02T03:04:05Z"}]}`,
			"GetApis|two":      `{"items":[{"apiId":"h2"}]}`,
			"GetStages|/apis/": `{"items":[]}`,
			"GetStages|/apis/h1/": `{"nextToken":"more","items":[{"stageName":"$default","autoDeploy":true,"deploymentId":"d9","defaultRouteSettings":{"detailedMetricsEnabled":true,"throttlingBurstLimit":10},
"routeSettings":{"GET /":{"throttlingRateLimit":5}},"stageVariables":{"k":"v"},"accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-1:123456789012:log-group:a","format":"f"},"tags":{"env":"prod"}}]}`,
			"GetStages|/apis/h1/|more": `{"items":[{"stageName":"bare","deploymentId":"d1"}]}`,
		},
		want: map[string]object{
			"apigateway_rest_api " + arn + "restapis/r1": {
				"Name": "orders", "Description": "Orders", "ApiKeySourceType": "HEADER", "DisableExecuteApiEndpoint": true, "MinimumCompressionSize": int64(0),
				"BinaryMediaTypes": []any{"a/a", "b/b"}, "Tags": envAndApp(),
				"EndpointConfiguration": object{"Types": []any{"PRIVATE"}, "VpcEndpointIds": []any{"vpce-1", "vpce-2"}, "IpAddressType": "dualstack"},
				"Policy": object{"Version": "2012-10-17", "Statement": []any{object{
					"Effect": "Allow", "Principal": object{"AWS": []any{"*"}}, "Action": []any{"execute-api:invoke"}, "Resource": []any{"*"},
				}}},
			},
			"apigateway_rest_api " + arn + "restapis/r2": {"DisableExecuteApiEndpoint": false},
			"apigateway_stage " + arn + "restapis/r1/stages/prod": {
				"RestApiId": "r1", "StageName": "prod", "DeploymentId": "d1", "TracingEnabled": true, "CacheClusterEnabled": false,
				"AccessLogSetting": object{"DestinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:a", "Format": "$context.requestId"},
				"MethodSettings": []any{
					object{
						"ResourcePath": "/~1orders", "HttpMethod": "GET", "LoggingLevel": "INFO", "MetricsEnabled": false, "DataTraceEnabled": false,
						"ThrottlingBurstLimit": int64(0), "ThrottlingRateLimit": int64(0), "CachingEnabled": false, "CacheTtlInSeconds": int64(0),
						"CacheDataEncrypted": false,
					},
					object{
						"ResourcePath": "/*", "HttpMethod": "*", "MetricsEnabled": true, "LoggingLevel": "ERROR", "DataTraceEnabled": false,
						"ThrottlingBurstLimit": int64(5000), "ThrottlingRateLimit": int64(10000), "CachingEnabled": false, "CacheTtlInSeconds": int64(300),
						"CacheDataEncrypted": false,
					},
				},
				"Variables": object{"table": "orders"}, "Tags": []any{object{"Key": "env", "Value": "prod"}},
			},
			"apigateway_stage " + arn + "restapis/r1/stages/bare": {"RestApiId": "r1", "StageName": "bare", "TracingEnabled": false, "CacheClusterEnabled": false},
			"apigatewayv2_api " + arn + "apis/h1": {
				"Name": "shop", "ProtocolType": "HTTP", "RouteSelectionExpression": "$request.method $request.path", "Tags": object{"env": "prod"},
				"CorsConfiguration": object{"AllowOrigins": []any{"https://a.example", "https://b.example"}, "AllowMethods": []any{"GET"}, "MaxAge": int64(60)},
			},
			"apigatewayv2_api " + arn + "apis/h2": {},
			"apigatewayv2_stage " + arn + "apis/h1/stages/$default": {
				"ApiId": "h1", "StageName": "$default", "AutoDeploy": true, "Tags": object{"env": "prod"},
				"DefaultRouteSettings": object{"DetailedMetricsEnabled": true, "ThrottlingBurstLimit": int64(10)},
				"RouteSettings":        object{"GET /": object{"ThrottlingRateLimit": int64(5)}}, "StageVariables": object{"k": "v"},
				"AccessLogSettings": object{"DestinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:a", "Format": "f"},
			},
			"apigatewayv2_stage " + arn + "apis/h1/stages/bare": {"ApiId": "h1", "StageName": "bare", "DeploymentId": "d1"},
		},
		fails: map[string][]string{
			"GetRestApis": {"apigateway_rest_api", "apigateway_stage"}, "GetApis": {"apigatewayv2_api", "apigatewayv2_stage"},
			"GetStages": {"apigateway_stage", "apigatewayv2_stage"},
		},
		swaps: [][2]string{{`"vpce-2"`, `"vpce-1"`}, {`"b/b"`, `"a/a"`}, {`"https://b.example"`, `"https://a.example"`}},
		pages: map[string]string{"GetRestApis|two": "GetRestApis", "GetApis|two": "GetApis"},
	}).run(t)
}
