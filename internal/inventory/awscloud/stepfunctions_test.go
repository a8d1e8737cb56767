package awscloud

import "testing"

const statesARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:"

func stepFunctionsWire() *wire {
	return &wire{answers: map[string]string{
		"ListStateMachines@": `{"stateMachines":[{"stateMachineArn":"` + statesARN + `orders","name":"orders","type":"EXPRESS","creationDate":1767225600},
{"stateMachineArn":"` + statesARN + `going","name":"going"}],"nextToken":"two"}`,
		"ListStateMachines@two":                       `{"stateMachines":[{"stateMachineArn":"` + statesARN + `bare"}]}`,
		"DescribeStateMachine":                        `{}`,
		"DescribeStateMachine " + statesARN + "going": `{"status":"DELETING"}`,
		"DescribeStateMachine " + statesARN + "orders": `{"stateMachineArn":"` + statesARN + `orders","name":"orders","type":"EXPRESS","status":"ACTIVE","definition":"{\"StartAt\":\"a\"}","roleArn":"arn:aws:iam::123456789012:role/run",
"loggingConfiguration":{"level":"ALL","includeExecutionData":true,"destinations":[{"cloudWatchLogsLogGroup":{"logGroupArn":"` + logsARN + `b:*"}},{"cloudWatchLogsLogGroup":{"logGroupArn":"` + logsARN + `a:*"}}]},
"tracingConfiguration":{"enabled":true},"encryptionConfiguration":{"type":"CUSTOMER_MANAGED_KMS_KEY","kmsKeyId":"` + testKey + `own","kmsDataKeyReusePeriodSeconds":300},"revisionId":"1"}`,
		"ListTagsForResource":                         `{}`,
		"ListTagsForResource " + statesARN + "orders": `{"tags":[{"key":"env","value":"prod"},{"key":"a","value":""}]}`,
	}}
}

func TestStepFunctions(t *testing.T) {
	trial{
		service: "states", wire: stepFunctionsWire,
		want: map[string]wanted{
			"stepfunctions_state_machine bare": {
				id: statesARN + "bare", facts: object{},
				config: object{"StateMachineType": "STANDARD", "TracingConfiguration": object{"Enabled": false}},
			},
			"stepfunctions_state_machine orders": {
				id: statesARN + "orders",
				config: object{
					"StateMachineName": "orders", "StateMachineType": "EXPRESS", "DefinitionString": `{"StartAt":"a"}`,
					"RoleArn": "arn:aws:iam::123456789012:role/run", "TracingConfiguration": object{"Enabled": true},
					"EncryptionConfiguration": object{"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": testKey + "own", "KmsDataKeyReusePeriodSeconds": int64(300)},
					"LoggingConfiguration": object{"Level": "ALL", "IncludeExecutionData": true, "Destinations": []any{
						object{"CloudWatchLogsLogGroup": object{"LogGroupArn": logsARN + "a:*"}}, object{"CloudWatchLogsLogGroup": object{"LogGroupArn": logsARN + "b:*"}},
					}},
					"Tags": []any{object{"Key": "a", "Value": ""}, object{"Key": "env", "Value": "prod"}},
				},
				facts: object{"CreationDate": "2026-01-01T00:00:00Z"},
			},
		},
		calls: map[string]int{"ListStateMachines": 2, "DescribeStateMachine": 3, "ListTagsForResource": 2},
		refused: map[string]lost{
			"ListStateMachines":   {failed: []string{"stepfunctions_state_machine"}},
			"ListTagsForResource": {unread: map[string][]string{"stepfunctions_state_machine": {"Tags"}}},
			// Without it nothing tells that a state machine is on its way out.
			"DescribeStateMachine": {unread: map[string][]string{"stepfunctions_state_machine": machineDescribed}, more: 1},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":     {map[string]string{"ListStateMachines@two": `{"nextToken":"two"}`}, "stepfunctions_state_machine"},
			"an answer cut short fails the listing":      {map[string]string{"ListStateMachines@two": `{"stateMachines":[{`}, "stepfunctions_state_machine"},
			"a machine without an ARN fails the listing": {map[string]string{"ListStateMachines@two": `{"stateMachines":[{"name":"x"}]}`}, "stepfunctions_state_machine"},
		},
		gone: map[string]string{
			"DescribeStateMachine " + statesARN + "orders=StateMachineDoesNotExist gone": "stepfunctions_state_machine orders",
			"ListTagsForResource " + statesARN + "orders=ResourceNotFound gone":          "stepfunctions_state_machine orders",
		},
		swaps: [][2]string{
			{`{"key":"env","value":"prod"}`, `{"key":"a","value":""}`},
			{`{"cloudWatchLogsLogGroup":{"logGroupArn":"` + logsARN + `b:*"}}`, `{"cloudWatchLogsLogGroup":{"logGroupArn":"` + logsARN + `a:*"}}`},
		},
		changes: [][2]string{{`"revisionId":"1"`, `"revisionId":"2"`}},
	}.run(t)
}
