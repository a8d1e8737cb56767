package awscloud

import (
	"net/http"
	"strings"
	"testing"
)

const lambdaARN = "arn:aws:lambda:eu-west-1:123456789012:function:"

// lambdaCall reads a call of Lambda's API: a date, what it is about, and often of which function.
func lambdaCall(r *http.Request) (operation, subject, token string) {
	parts := strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 4)
	if len(parts) > 2 {
		subject = strings.TrimPrefix(parts[2], lambdaARN)
	}
	operation = strings.Join(append([]string{parts[1]}, parts[min(3, len(parts)):]...), "/")
	return map[string]string{
		"functions": "ListFunctions", "event-source-mappings": "ListEventSourceMappings", "tags": "ListTags",
		"functions/policy": "GetPolicy", "functions/urls": "ListFunctionUrlConfigs", "functions/concurrency": "GetFunctionConcurrency",
	}[strings.TrimSuffix(operation, "/")], subject, r.URL.Query().Get("Marker")
}

func lambdaWire() *wire {
	return &wire{rest: lambdaCall, answers: map[string]string{
		"ListFunctions@": `{"Functions":[{"FunctionName":"orders","FunctionArn":"` + lambdaARN + `orders","Runtime":"python3.13","Role":"arn:aws:iam::123456789012:role/orders",
"Handler":"app.run","CodeSize":10,"CodeSha256":"abc","Timeout":30,"MemorySize":256,"LastModified":"2026-01-01T00:00:00.000+0000","PackageType":"Zip","Version":"$LATEST",
"Environment":{"Variables":{"TOKEN":"planted-secret","LEVEL":"info"}},"KMSKeyArn":"` + testKey + `own","TracingConfig":{"Mode":"Active"},"Architectures":["arm64"],
"VpcConfig":{"VpcId":"vpc-1","SubnetIds":["subnet-2","subnet-1"],"SecurityGroupIds":["sg-1"]},"DeadLetterConfig":{"TargetArn":"` + sqsARN + `dead"},
"Layers":[{"Arn":"layer:b","CodeSize":1},{"Arn":"layer:a"}],"EphemeralStorage":{"Size":512},"SnapStart":{"ApplyOn":"PublishedVersions","OptimizationStatus":"Off"},
"ImageConfigResponse":{"ImageConfig":{"Command":["run"]}},"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/orders"},"RevisionId":"1"}],"NextMarker":"two"}`,
		"ListFunctions@two": `{"Functions":[{"FunctionName":"bare","FunctionArn":"` + lambdaARN + `bare"}]}`,
		"ListEventSourceMappings@": `{"EventSourceMappings":[{"UUID":"1","FunctionArn":"` + lambdaARN + `orders:live","EventSourceArn":"` + sqsARN + `orders","State":"Enabled",
"BatchSize":10,"FunctionResponseTypes":["ReportBatchItemFailures"],"LastProcessingResult":"OK"}],"NextMarker":"two"}`,
		"ListEventSourceMappings@two": `{"EventSourceMappings":[{"UUID":"2","FunctionArn":"` + lambdaARN + `orders","State":"Disabled","StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1767225600},
{"UUID":"3","FunctionArn":"` + lambdaARN + `bare","State":"Deleting"}]}`,
		"GetPolicy":              "ResourceNotFoundException none",
		"GetPolicy orders":       `{"Policy":"{\"Statement\":[{\"Sid\":\"s3\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"x\",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":\"123456789012\"},\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::orders\"}}},{\"Sid\":\"url\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunctionUrl\",\"Resource\":\"x\",\"Condition\":{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"NONE\"}}}]}"}`,
		"ListFunctionUrlConfigs": `{"FunctionUrlConfigs":[]}`,
		"ListFunctionUrlConfigs orders@": `{"FunctionUrlConfigs":[{"FunctionUrl":"https://b.example/","FunctionArn":"` + lambdaARN + `orders","AuthType":"NONE","CreationTime":"2026","LastModifiedTime":"2026",
"Cors":{"AllowOrigins":["https://b","https://a"],"AllowCredentials":false},"InvokeMode":"BUFFERED"}],"NextMarker":"two"}`,
		"ListFunctionUrlConfigs orders@two": `{"FunctionUrlConfigs":[{"FunctionUrl":"https://a.example/","FunctionArn":"` + lambdaARN + `orders:live","AuthType":"AWS_IAM","CreationTime":"2026","LastModifiedTime":"2026"}]}`,
		"GetFunctionConcurrency":            `{}`,
		"GetFunctionConcurrency orders":     `{"ReservedConcurrentExecutions":0}`,
		"ListTags":                          `{}`,
		"ListTags orders":                   `{"Tags":{"env":"prod","aws:cloudformation:stack-name":"shop"}}`,
	}}
}

func TestLambda(t *testing.T) {
	trial{
		service: "lambda", wire: lambdaWire,
		want: map[string]wanted{
			"lambda_function bare": {id: lambdaARN + "bare", config: object{"FunctionName": "bare"}, facts: object{}},
			"lambda_function orders": {
				id: lambdaARN + "orders",
				config: object{
					"FunctionName": "orders", "Runtime": "python3.13", "Role": "arn:aws:iam::123456789012:role/orders", "Handler": "app.run",
					"Timeout": int64(30), "MemorySize": int64(256), "PackageType": "Zip", "KmsKeyArn": testKey + "own",
					"Environment":   object{"Variables": object{"TOKEN": "planted-secret", "LEVEL": "info"}},
					"TracingConfig": object{"Mode": "Active"}, "Architectures": []any{"arm64"}, "EphemeralStorage": object{"Size": int64(512)},
					"VpcConfig":        object{"SubnetIds": []any{"subnet-1", "subnet-2"}, "SecurityGroupIds": []any{"sg-1"}},
					"DeadLetterConfig": object{"TargetArn": sqsARN + "dead"}, "Layers": []any{"layer:b", "layer:a"},
					"SnapStart": object{"ApplyOn": "PublishedVersions"}, "ImageConfig": object{"Command": []any{"run"}},
					"LoggingConfig": object{"LogFormat": "Text", "LogGroup": "/aws/lambda/orders"}, "ReservedConcurrentExecutions": int64(0),
					"Tags": []any{object{"Key": "env", "Value": "prod"}},
					functionPermission: []any{
						object{
							"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceAccount": "123456789012",
							"SourceArn": "arn:aws:s3:::orders",
						},
						object{"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE", "Principal": "*"},
					},
					functionURL: []any{
						object{"AuthType": "AWS_IAM", "Qualifier": "live"},
						object{
							"AuthType": "NONE", "InvokeMode": "BUFFERED",
							"Cors": object{"AllowOrigins": []any{"https://a", "https://b"}, "AllowCredentials": false},
						},
					},
					functionSource: []any{
						object{"BatchSize": int64(10), "Enabled": true, "EventSourceArn": sqsARN + "orders", "FunctionResponseTypes": []any{"ReportBatchItemFailures"}},
						object{"Enabled": false, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": int64(1767225600)},
					},
				},
				facts: object{
					"CodeSha256": "abc", "LastModified": "2026-01-01T00:00:00.000+0000", "VpcId": "vpc-1",
					"FunctionUrls": []any{"https://a.example/", "https://b.example/"},
				},
			},
		},
		calls: map[string]int{
			"ListFunctions": 2, "ListEventSourceMappings": 2, "GetPolicy": 2, "ListFunctionUrlConfigs": 3, "GetFunctionConcurrency": 2, "ListTags": 2,
		},
		refused: map[string]lost{
			"ListFunctions":           {failed: []string{"lambda_function"}},
			"ListEventSourceMappings": {unread: map[string][]string{"lambda_function": {functionSource}}},
			"GetPolicy":               {unread: map[string][]string{"lambda_function": {functionPermission}}},
			"ListFunctionUrlConfigs":  {unread: map[string][]string{"lambda_function": {functionURL}}},
			"GetFunctionConcurrency":  {unread: map[string][]string{"lambda_function": {"ReservedConcurrentExecutions"}}},
			"ListTags":                {unread: map[string][]string{"lambda_function": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a marker that repeats fails the listing":     {map[string]string{"ListFunctions@two": `{"NextMarker":"two"}`}, "lambda_function"},
			"an answer cut short fails the listing":       {map[string]string{"ListFunctions@two": `{"Functions":[{"Func`}, "lambda_function"},
			"a function without an ARN fails the listing": {map[string]string{"ListFunctions@two": `{"Functions":[{"FunctionName":"x"}]}`}, "lambda_function"},
			"a page of a proxy fails the listing":         {map[string]string{"ListFunctions@two": `<html></html>`}, "lambda_function"},
		},
		gone: map[string]string{
			"ListTags orders=ResourceNotFoundException gone":                "lambda_function orders",
			"GetFunctionConcurrency bare=ResourceNotFoundException gone":    "lambda_function bare",
			"ListFunctionUrlConfigs orders@=ResourceNotFoundException gone": "lambda_function orders",
		},
		swaps:   [][2]string{{`"subnet-2"`, `"subnet-1"`}, {`"https://b"`, `"https://a"`}, {`"TOKEN":"planted-secret"`, `"LEVEL":"info"`}},
		changes: [][2]string{{`"LastProcessingResult":"OK"`, `"LastProcessingResult":"No records processed"`}, {`"RevisionId":"1"`, `"RevisionId":"2"`}},
	}.run(t)
}

func TestLambdaPolicyThatIsNoneIsUnread(t *testing.T) {
	h, errs := lambdaWire().with(map[string]string{"GetPolicy orders": `{"Policy":"nonsense"}`}).sync(t, "lambda", "eu-west-1")
	o := h.one(t, "lambda_function", "orders")
	if len(errs) > 0 || len(o.Unread) != 1 || o.Unread[functionPermission].Code != "MalformedAnswer" || o.Config[functionPermission] != nil {
		t.Errorf("%v, %v", errs, o.Unread)
	}
}
