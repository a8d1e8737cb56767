package awscloud

import "testing"

const statesARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:"

func stepFunctionsAnswers() map[string]string {
	return map[string]string{
		"ListStateMachines": `{"stateMachines":[{"stateMachineArn":"` + statesARN + `orders","name":"orders","type":"EXPRESS","creationDate":1767225600},
{"stateMachineArn":"` + statesARN + `going","name":"going"}],"nextToken":"two"}`,
		"ListStateMachines two":                       `{"stateMachines":[{"stateMachineArn":"` + statesARN + `bare"}]}`,
		"DescribeStateMachine":                        `{}`,
		"DescribeStateMachine " + statesARN + "going": `{"status":"DELETING"}`,
		"DescribeStateMachine " + statesARN + "orders": `{"stateMachineArn":"` + statesARN + `orders","name":"orders","type":"EXPRESS","status":"ACTIVE","definition":"{\"StartAt\":\"a\"}","roleArn":"arn:aws:iam::123456789012:role/run",
"loggingConfiguration":{"level":"ALL","includeExecutionData":true,"destinations":[{"cloudWatchLogsLogGroup":{"logGroupArn":"` + logsARN + `b:*"}},{"cloudWatchLogsLogGroup":{"logGroupArn":"` + logsARN + `a:*"}}]},
"tracingConfiguration":{"enabled":true},"encryptionConfiguration":{"type":"CUSTOMER_MANAGED_KMS_KEY","kmsKeyId":"` + testKey + `own","kmsDataKeyReusePeriodSeconds":300},"revisionId":"1"}`,
		"ListTagsForResource":                         `{}`,
		"ListTagsForResource " + statesARN + "orders": `{"tags":[{"key":"env","value":"prod"},{"key":"a","value":""}]}`,
	}
}

func TestStepFunctions(t *testing.T) {
	(&staged{
		service: "states", region: "eu-west-1",
		answers: stepFunctionsAnswers(),
		refusals: map[string]refusal{
			"states:ListStateMachines":    {fails: []string{"stepfunctions_state_machine"}},
			"states:ListTagsForResource":  {unread: map[string][]string{"stepfunctions_state_machine": {"Tags"}}},
			"states:DescribeStateMachine": {unread: map[string][]string{"stepfunctions_state_machine": machineDescribed}},
		},
		counters: map[string]string{
			`"revisionId":"1"`: `"revisionId":"2"`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"ListStateMachines two": `{"nextToken":"two"}`},
				fails:   []string{"stepfunctions_state_machine"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListStateMachines two": `{"stateMachines":[{`},
				fails:   []string{"stepfunctions_state_machine"},
			},
			"a machine without an ARN fails the listing": {
				answers: map[string]string{"ListStateMachines two": `{"stateMachines":[{"name":"x"}]}`},
				fails:   []string{"stepfunctions_state_machine"},
			},
			"orders is gone when DescribeStateMachine is called": {
				answers: map[string]string{"DescribeStateMachine " + statesARN + "orders": "!StateMachineDoesNotExist"},
				gone:    "stepfunctions_state_machine orders",
			},
			"orders is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource " + statesARN + "orders": "!ResourceNotFound"},
				gone:    "stepfunctions_state_machine orders",
			},
		},
	}).run(t)
}
