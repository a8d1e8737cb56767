package awscloud

import "testing"

const logsARN = "arn:aws:logs:eu-west-1:123456789012:log-group:"

func logsAnswers() map[string]string {
	return map[string]string{
		"DescribeLogGroups": `{"logGroups":[{"logGroupName":"/orders","logGroupArn":"` + logsARN + `/orders","arn":"` + logsARN + `/orders:*","creationTime":1767225600000,
"retentionInDays":30,"kmsKeyId":"` + testKey + `own","storedBytes":7,"metricFilterCount":1,"logGroupClass":"INFREQUENT_ACCESS","dataProtectionStatus":"ACTIVATED"}],"nextToken":"two"}`,
		"DescribeLogGroups two": `{"logGroups":[{"logGroupName":"bare","arn":"` + logsARN + `bare:*"}]}`,
		"DescribeMetricFilters": `{"metricFilters":[{"filterName":"root","filterPattern":"{ $.userIdentity.type = Root }","logGroupName":"/orders","creationTime":1,
"metricTransformations":[{"metricName":"Root","metricNamespace":"Audit","metricValue":"1","defaultValue":0,"dimensions":{"b":"$.b","a":"$.a"}}]}],"nextToken":"two"}`,
		"DescribeMetricFilters two":                  `{"metricFilters":[{"filterName":"all","logGroupName":"/orders"}]}`,
		"ListTagsForResource":                        `{}`,
		"ListTagsForResource " + logsARN + "/orders": `{"tags":{"env":"prod","team":""}}`,
	}
}

func TestLogs(t *testing.T) {
	(&staged{
		service: "logs", region: "eu-west-1",
		answers: logsAnswers(),
		refusals: map[string]refusal{
			"logs:DescribeLogGroups":     {fails: []string{"logs_log_group"}},
			"logs:DescribeMetricFilters": {unread: map[string][]string{"logs_log_group": {metricFilter}}},
			"logs:ListTagsForResource":   {unread: map[string][]string{"logs_log_group": {"Tags"}}},
		},
		counters: map[string]string{
			`"storedBytes":7`: `"storedBytes":8`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"DescribeLogGroups two": `{"nextToken":"two"}`},
				fails:   []string{"logs_log_group"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"DescribeLogGroups two": `{"logGroups":[{`},
				fails:   []string{"logs_log_group"},
			},
			"a group without an ARN fails the listing": {
				answers: map[string]string{"DescribeLogGroups two": `{"logGroups":[{"logGroupName":"x"}]}`},
				fails:   []string{"logs_log_group"},
			},
			"/orders is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource " + logsARN + "/orders": "!ResourceNotFoundException"},
				gone:    "logs_log_group /orders",
			},
		},
	}).run(t)
}
