package awscloud

import "testing"

const lambdaARN = "arn:aws:lambda:eu-west-1:123456789012:function:"

func lambdaAnswers() map[string]string {
	return map[string]string{
		"ListFunctions": `{"Functions":[{"FunctionName":"orders","FunctionArn":"` + lambdaARN + `orders","Runtime":"python3.13","Role":"arn:aws:iam::123456789012:role/orders",
"Handler":"app.run","CodeSize":10,"CodeSha256":"abc","Timeout":30,"MemorySize":256,"LastModified":"2026-01-01T00:00:00.000+0000","PackageType":"Zip","Version":"$LATEST",
"Environment":{"Variables":{"TOKEN":"planted-secret","LEVEL":"info"}},"KMSKeyArn":"` + testKey + `own","TracingConfig":{"Mode":"Active"},"Architectures":["arm64"],
"VpcConfig":{"VpcId":"vpc-1","SubnetIds":["subnet-2","subnet-1"],"SecurityGroupIds":["sg-1"]},"DeadLetterConfig":{"TargetArn":"` + sqsARN + `dead"},
"Layers":[{"Arn":"layer:b","CodeSize":1},{"Arn":"layer:a"}],"EphemeralStorage":{"Size":512},"SnapStart":{"ApplyOn":"PublishedVersions","OptimizationStatus":"Off"},
"ImageConfigResponse":{"ImageConfig":{"Command":["run"]}},"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/orders"},"RevisionId":"1"}],"NextMarker":"two"}`,
		"ListFunctions two": `{"Functions":[{"FunctionName":"bare","FunctionArn":"` + lambdaARN + `bare"}]}`,
		"ListEventSourceMappings": `{"EventSourceMappings":[{"UUID":"1","FunctionArn":"` + lambdaARN + `orders:live","EventSourceArn":"` + sqsARN + `orders","State":"Enabled",
"BatchSize":10,"FunctionResponseTypes":["ReportBatchItemFailures"],"LastProcessingResult":"OK"}],"NextMarker":"two"}`,
		"ListEventSourceMappings two": `{"EventSourceMappings":[{"UUID":"2","FunctionArn":"` + lambdaARN + `orders","State":"Disabled","StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1767225600},
{"UUID":"3","FunctionArn":"` + lambdaARN + `bare","State":"Deleting"}]}`,
		"GetPolicy":              "!ResourceNotFoundException",
		"GetPolicy orders":       `{"Policy":"{\"Statement\":[{\"Sid\":\"s3\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"x\",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":\"123456789012\"},\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::orders\"}}},{\"Sid\":\"url\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunctionUrl\",\"Resource\":\"x\",\"Condition\":{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"NONE\"}}}]}"}`,
		"ListFunctionUrlConfigs": `{"FunctionUrlConfigs":[]}`,
		"ListFunctionUrlConfigs orders": `{"FunctionUrlConfigs":[{"FunctionUrl":"https://b.example/","FunctionArn":"` + lambdaARN + `orders","AuthType":"NONE","CreationTime":"2026","LastModifiedTime":"2026",
"Cors":{"AllowOrigins":["https://b","https://a"],"AllowCredentials":false},"InvokeMode":"BUFFERED"}],"NextMarker":"two"}`,
		"ListFunctionUrlConfigs orders two": `{"FunctionUrlConfigs":[{"FunctionUrl":"https://a.example/","FunctionArn":"` + lambdaARN + `orders:live","AuthType":"AWS_IAM","CreationTime":"2026","LastModifiedTime":"2026"}]}`,
		"GetFunctionConcurrency":            `{}`,
		"GetFunctionConcurrency orders":     `{"ReservedConcurrentExecutions":0}`,
		"ListTags":                          `{}`,
		"ListTags orders":                   `{"Tags":{"env":"prod","aws:cloudformation:stack-name":"shop"}}`,
	}
}

func TestLambda(t *testing.T) {
	(&staged{
		service: "lambda", region: "eu-west-1",
		answers: lambdaAnswers(),
		refusals: map[string]refusal{
			"lambda:ListFunctions":           {fails: []string{"lambda_function"}},
			"lambda:ListEventSourceMappings": {unread: map[string][]string{"lambda_function": {functionSource}}},
			"lambda:GetPolicy":               {unread: map[string][]string{"lambda_function": {functionPermission}}},
			"lambda:ListFunctionUrlConfigs":  {unread: map[string][]string{"lambda_function": {functionURL}}},
			"lambda:GetFunctionConcurrency":  {unread: map[string][]string{"lambda_function": {"ReservedConcurrentExecutions"}}},
			"lambda:ListTags":                {unread: map[string][]string{"lambda_function": {"Tags"}}},
		},
		counters: map[string]string{
			`"LastProcessingResult":"OK"`: `"LastProcessingResult":"No records processed"`,
			`"RevisionId":"1"`:            `"RevisionId":"2"`,
		},
		ordered: []string{"Layers"},
		variants: map[string]variant{
			"a marker that repeats fails the listing": {
				answers: map[string]string{"ListFunctions two": `{"NextMarker":"two"}`},
				fails:   []string{"lambda_function"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListFunctions two": `{"Functions":[{"Func`},
				fails:   []string{"lambda_function"},
			},
			"a function without an ARN fails the listing": {
				answers: map[string]string{"ListFunctions two": `{"Functions":[{"FunctionName":"x"}]}`},
				fails:   []string{"lambda_function"},
			},
			"a page of a proxy fails the listing": {answers: map[string]string{"ListFunctions two": `<html></html>`}, fails: []string{"lambda_function"}},
			"orders is gone when ListTags is called": {
				answers: map[string]string{"ListTags orders": "!ResourceNotFoundException"},
				gone:    "lambda_function orders",
			},
			"bare is gone when GetFunctionConcurrency is called": {
				answers: map[string]string{"GetFunctionConcurrency bare": "!ResourceNotFoundException"},
				gone:    "lambda_function bare",
			},
			"orders is gone when ListFunctionUrlConfigs is called": {
				answers: map[string]string{"ListFunctionUrlConfigs orders": "!ResourceNotFoundException"},
				gone:    "lambda_function orders",
			},
		},
	}).run(t)
}

func TestLambdaPolicyThatIsNoneIsUnread(t *testing.T) {
	c := &staged{service: "lambda", region: "eu-west-1"}
	h, errs, _ := c.read(t, with(lambdaAnswers(), "GetPolicy orders", `{"Policy":"nonsense"}`), "")
	o := h.one(t, "lambda_function", "orders")
	if len(errs) > 0 || len(o.Unread) != 1 || o.Unread[functionPermission].Code != "MalformedAnswer" || o.Config[functionPermission] != nil {
		t.Errorf("%v, %v", errs, o.Unread)
	}
}
