package awscloud

import "testing"

const logsARN = "arn:aws:logs:eu-west-1:123456789012:log-group:"

func logsWire() *wire {
	return &wire{answers: map[string]string{
		"DescribeLogGroups@": `{"logGroups":[{"logGroupName":"/orders","logGroupArn":"` + logsARN + `/orders","arn":"` + logsARN + `/orders:*","creationTime":1767225600000,
"retentionInDays":30,"kmsKeyId":"` + testKey + `own","storedBytes":7,"metricFilterCount":1,"logGroupClass":"INFREQUENT_ACCESS","dataProtectionStatus":"ACTIVATED"}],"nextToken":"two"}`,
		"DescribeLogGroups@two": `{"logGroups":[{"logGroupName":"bare","arn":"` + logsARN + `bare:*"}]}`,
		"DescribeMetricFilters@": `{"metricFilters":[{"filterName":"root","filterPattern":"{ $.userIdentity.type = Root }","logGroupName":"/orders","creationTime":1,
"metricTransformations":[{"metricName":"Root","metricNamespace":"Audit","metricValue":"1","defaultValue":0,"dimensions":{"b":"$.b","a":"$.a"}}]}],"nextToken":"two"}`,
		"DescribeMetricFilters@two":                  `{"metricFilters":[{"filterName":"all","logGroupName":"/orders"}]}`,
		"ListTagsForResource":                        `{}`,
		"ListTagsForResource " + logsARN + "/orders": `{"tags":{"env":"prod","team":""}}`,
	}}
}

func TestLogs(t *testing.T) {
	trial{
		service: "logs", wire: logsWire,
		want: map[string]wanted{
			"logs_log_group bare": {id: logsARN + "bare", config: object{"LogGroupName": "bare", "LogGroupClass": "STANDARD"}, facts: object{}},
			"logs_log_group /orders": {
				id: logsARN + "/orders",
				config: object{
					"LogGroupName": "/orders", "LogGroupClass": "INFREQUENT_ACCESS", "RetentionInDays": int64(30), "KmsKeyId": testKey + "own",
					metricFilter: []any{
						object{"FilterName": "all", "ApplyOnTransformedLogs": false},
						object{"FilterName": "root", "ApplyOnTransformedLogs": false, "FilterPattern": "{ $.userIdentity.type = Root }", "MetricTransformations": []any{object{
							"MetricName": "Root", "MetricNamespace": "Audit", "MetricValue": "1", "DefaultValue": int64(0),
							"Dimensions": []any{object{"Key": "a", "Value": "$.a"}, object{"Key": "b", "Value": "$.b"}},
						}}},
					},
					"Tags": []any{object{"Key": "env", "Value": "prod"}, object{"Key": "team", "Value": ""}},
				},
				facts: object{"CreationTime": "2026-01-01T00:00:00Z", "DataProtectionStatus": "ACTIVATED"},
			},
		},
		calls: map[string]int{"DescribeLogGroups": 2, "DescribeMetricFilters": 2, "ListTagsForResource": 2},
		refused: map[string]lost{
			"DescribeLogGroups":     {failed: []string{"logs_log_group"}},
			"DescribeMetricFilters": {unread: map[string][]string{"logs_log_group": {metricFilter}}},
			"ListTagsForResource":   {unread: map[string][]string{"logs_log_group": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":   {map[string]string{"DescribeLogGroups@two": `{"nextToken":"two"}`}, "logs_log_group"},
			"an answer cut short fails the listing":    {map[string]string{"DescribeLogGroups@two": `{"logGroups":[{`}, "logs_log_group"},
			"a group without an ARN fails the listing": {map[string]string{"DescribeLogGroups@two": `{"logGroups":[{"logGroupName":"x"}]}`}, "logs_log_group"},
		},
		gone:    map[string]string{"ListTagsForResource " + logsARN + "/orders=ResourceNotFoundException gone": "logs_log_group /orders"},
		swaps:   [][2]string{{`"env":"prod"`, `"team":""`}, {`"b":"$.b"`, `"a":"$.a"`}},
		changes: [][2]string{{`"storedBytes":7`, `"storedBytes":8`}},
	}.run(t)
}
