package awscloud

import "testing"

const alarmARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"

// cloudWatchWire answers in CBOR, which is all that CloudWatch's client speaks. moto doesn't speak it, so that there is no
// test against moto: these answers are written after the API reference.
func cloudWatchWire() *wire {
	return &wire{answers: map[string]string{
		"DescribeAlarms@": `{"MetricAlarms":[{"AlarmName":"root","AlarmArn":"` + alarmARN + `root","AlarmDescription":"Root signed in","ActionsEnabled":true,
"AlarmActions":["` + snsARN + `orders","` + snsARN + `bare"],"OKActions":[],"StateValue":"OK","StateReason":"fine","MetricName":"Root","Namespace":"Audit","Statistic":"Sum",
"Dimensions":[{"Name":"b","Value":"2"},{"Name":"a","Value":"1"}],"Period":300,"EvaluationPeriods":1,"Threshold":1.5,"ComparisonOperator":"GreaterThanThreshold","TreatMissingData":"notBreaching"},
{"AlarmName":"ratio","AlarmArn":"` + alarmARN + `ratio","ActionsEnabled":false,"Metrics":[{"Id":"m2","Expression":"m1*2","ReturnData":true},
{"Id":"m1","ReturnData":false,"MetricStat":{"Stat":"Sum","Period":60,"Metric":{"Namespace":"Audit","MetricName":"Root"}}}]}],"NextToken":"two"}`,
		"DescribeAlarms@two": `{"MetricAlarms":[{"AlarmName":"bare","AlarmArn":"` + alarmARN + `bare"},
{"AlarmName":"query","AlarmArn":"` + alarmARN + `query","EvaluationCriteria":{"PromQLCriteria":{"Query":"up == 0","PendingPeriod":60}},"EvaluationWindow":{"WallClockWindow":{"Timezone":"UTC"}}}]}`,
		"ListTagsForResource":                      `{"Tags":[]}`,
		"ListTagsForResource " + alarmARN + "root": `{"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
	}}
}

func TestCloudWatch(t *testing.T) {
	trial{
		service: "cloudwatch", wire: cloudWatchWire,
		want: map[string]wanted{
			"cloudwatch_alarm bare": {id: alarmARN + "bare", config: object{"AlarmName": "bare", "ActionsEnabled": true}},
			"cloudwatch_alarm query": {id: alarmARN + "query", config: object{
				"AlarmName": "query", "ActionsEnabled": true, "EvaluationWindow": object{"WallClockWindow": object{"Timezone": "UTC"}},
				"EvaluationCriteria": object{"PromQLCriteria": object{"Query": "up == 0", "PendingPeriod": int64(60)}},
			}},
			"cloudwatch_alarm root": {id: alarmARN + "root", config: object{
				"AlarmName": "root", "AlarmDescription": "Root signed in", "ActionsEnabled": true, "MetricName": "Root", "Namespace": "Audit",
				"AlarmActions": []any{snsARN + "bare", snsARN + "orders"}, "Statistic": "Sum", "Period": int64(300), "EvaluationPeriods": int64(1),
				"Dimensions": []any{object{"Name": "a", "Value": "1"}, object{"Name": "b", "Value": "2"}},
				"Threshold":  1.5, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
				"Tags": []any{object{"Key": "a", "Value": ""}, object{"Key": "env", "Value": "prod"}},
			}},
			"cloudwatch_alarm ratio": {id: alarmARN + "ratio", config: object{
				"AlarmName": "ratio", "ActionsEnabled": false, "Metrics": []any{
					object{"Id": "m1", "ReturnData": false, "MetricStat": object{
						"Stat": "Sum", "Period": int64(60), "Metric": object{"Namespace": "Audit", "MetricName": "Root"},
					}},
					object{"Id": "m2", "Expression": "m1*2", "ReturnData": true},
				},
			}},
		},
		calls: map[string]int{"DescribeAlarms": 2, "ListTagsForResource": 4},
		refused: map[string]lost{
			"DescribeAlarms":      {failed: []string{"cloudwatch_alarm"}},
			"ListTagsForResource": {unread: map[string][]string{"cloudwatch_alarm": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":     {map[string]string{"DescribeAlarms@two": `{"NextToken":"two"}`}, "cloudwatch_alarm"},
			"an answer cut short fails the listing":      {map[string]string{"DescribeAlarms@two": `{"MetricAlarms":[{`}, "cloudwatch_alarm"},
			"an alarm without an ARN fails the listing":  {map[string]string{"DescribeAlarms@two": `{"MetricAlarms":[{"AlarmName":"x"}]}`}, "cloudwatch_alarm"},
			"an answer that is no map fails the listing": {map[string]string{"DescribeAlarms@two": `[]`}, "cloudwatch_alarm"},
		},
		gone: map[string]string{"ListTagsForResource " + alarmARN + "root=ResourceNotFoundException gone": "cloudwatch_alarm root"},
		swaps: [][2]string{
			{`"` + snsARN + `orders"`, `"` + snsARN + `bare"`},
			{`{"Name":"b","Value":"2"}`, `{"Name":"a","Value":"1"}`},
			{`{"Key":"env","Value":"prod"}`, `{"Key":"a","Value":""}`},
		},
		changes: [][2]string{{`"StateValue":"OK"`, `"StateValue":"ALARM"`}},
	}.run(t)
}
