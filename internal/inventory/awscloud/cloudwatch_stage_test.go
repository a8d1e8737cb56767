package awscloud

import "testing"

const alarmARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"

// cloudWatchWire answers in CBOR, which is all that CloudWatch's client speaks. moto doesn't speak it, so that there is no
// test against moto: these answers are written after the API reference.
func cloudWatchAnswers() map[string]string {
	return map[string]string{
		"DescribeAlarms": `{"MetricAlarms":[{"AlarmName":"root","AlarmArn":"` + alarmARN + `root","AlarmDescription":"Root signed in","ActionsEnabled":true,
"AlarmActions":["` + snsARN + `orders","` + snsARN + `bare"],"OKActions":[],"StateValue":"OK","StateReason":"fine","MetricName":"Root","Namespace":"Audit","Statistic":"Sum",
"Dimensions":[{"Name":"b","Value":"2"},{"Name":"a","Value":"1"}],"Period":300,"EvaluationPeriods":1,"Threshold":1.5,"ComparisonOperator":"GreaterThanThreshold","TreatMissingData":"notBreaching"},
{"AlarmName":"ratio","AlarmArn":"` + alarmARN + `ratio","ActionsEnabled":false,"Metrics":[{"Id":"m2","Expression":"m1*2","ReturnData":true},
{"Id":"m1","ReturnData":false,"MetricStat":{"Stat":"Sum","Period":60,"Metric":{"Namespace":"Audit","MetricName":"Root"}}}]}],"NextToken":"two"}`,
		"DescribeAlarms two": `{"MetricAlarms":[{"AlarmName":"bare","AlarmArn":"` + alarmARN + `bare"},
{"AlarmName":"query","AlarmArn":"` + alarmARN + `query","EvaluationCriteria":{"PromQLCriteria":{"Query":"up == 0","PendingPeriod":60}},"EvaluationWindow":{"WallClockWindow":{"Timezone":"UTC"}}}]}`,
		"ListTagsForResource":                      `{"Tags":[]}`,
		"ListTagsForResource " + alarmARN + "root": `{"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
	}
}

func TestCloudWatch(t *testing.T) {
	(&staged{
		service: "cloudwatch", region: "eu-west-1",
		answers: cloudWatchAnswers(),
		refusals: map[string]refusal{
			"cloudwatch:DescribeAlarms":      {fails: []string{"cloudwatch_alarm"}},
			"cloudwatch:ListTagsForResource": {unread: map[string][]string{"cloudwatch_alarm": {"Tags"}}},
		},
		counters: map[string]string{
			`"StateValue":"OK"`: `"StateValue":"ALARM"`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"DescribeAlarms two": `{"NextToken":"two"}`},
				fails:   []string{"cloudwatch_alarm"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"DescribeAlarms two": `{"MetricAlarms":[{`},
				fails:   []string{"cloudwatch_alarm"},
			},
			"an alarm without an ARN fails the listing": {
				answers: map[string]string{"DescribeAlarms two": `{"MetricAlarms":[{"AlarmName":"x"}]}`},
				fails:   []string{"cloudwatch_alarm"},
			},
			"an answer that is no map fails the listing": {answers: map[string]string{"DescribeAlarms two": `[]`}, fails: []string{"cloudwatch_alarm"}},
			"root is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource " + alarmARN + "root": "!ResourceNotFoundException"},
				gone:    "cloudwatch_alarm root",
			},
		},
	}).run(t)
}
