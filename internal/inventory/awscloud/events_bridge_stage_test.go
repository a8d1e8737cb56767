package awscloud

import "testing"

const eventsARN = "arn:aws:events:eu-west-1:123456789012:"

func eventBridgeAnswers() map[string]string {
	return map[string]string{
		"ListEventBuses":           `{"EventBuses":[{"Name":"default","Arn":"` + eventsARN + `event-bus/default"}],"NextToken":"two"}`,
		"ListEventBuses two":       `{"EventBuses":[{"Name":"shop","Arn":"` + eventsARN + `event-bus/shop","Description":"Orders","CreationTime":1767225600,"LastModifiedTime":1767225600,"Policy":"` + openDocument + `"}]}`,
		"DescribeEventBus default": `{"Name":"default"}`,
		"DescribeEventBus shop":    `{"Name":"shop","KmsKeyIdentifier":"` + testKey + `own","DeadLetterConfig":{"Arn":"` + sqsARN + `dead"},"LogConfig":{"Level":"ERROR","IncludeDetail":"NONE"}}`,
		"ListRules default":        `{"Rules":[{"Name":"nightly","Arn":"` + eventsARN + `rule/nightly","EventBusName":"default","ScheduleExpression":"rate(1 day)","State":"DISABLED"}],"NextToken":"two"}`,
		"ListRules default two":    `{"Rules":[{"Name":"bare","Arn":"` + eventsARN + `rule/bare"}]}`,
		"ListRules shop": `{"Rules":[{"Name":"paid","Arn":"` + eventsARN + `rule/shop/paid","EventBusName":"shop","EventPattern":"{\"source\":[\"shop\"]}","State":"ENABLED",
"Description":"Paid","RoleArn":"arn:aws:iam::123456789012:role/events","ManagedBy":"pipes.amazonaws.com"}]}`,
		"ListTargetsByRule":                                   `{"Targets":[]}`,
		"ListTargetsByRule paid":                              `{"Targets":[{"Id":"two","Arn":"` + sqsARN + `orders","SqsParameters":{"MessageGroupId":"g"},"DeadLetterConfig":{"Arn":"` + sqsARN + `dead"}},{"Id":"one","Arn":"` + lambdaARN + `orders"}],"NextToken":"more"}`,
		"ListTargetsByRule paid more":                         `{"Targets":[{"Id":"three","Arn":"arn:aws:events:eu-west-1:123456789012:api-destination/x/1","HttpParameters":{"HeaderParameters":{"key":"planted-secret"}},"RetryPolicy":{"MaximumRetryAttempts":3}}]}`,
		"ListTagsForResource":                                 `{}`,
		"ListTagsForResource " + eventsARN + "rule/shop/paid": `{"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
	}
}

func TestEventBridge(t *testing.T) {
	(&staged{
		service: "events", region: "eu-west-1",
		answers: eventBridgeAnswers(),
		refusals: map[string]refusal{
			"events:ListEventBuses":      {fails: []string{"events_event_bus", "events_rule"}},
			"events:ListRules":           {fails: []string{"events_rule"}},
			"events:DescribeEventBus":    {unread: map[string][]string{"events_event_bus": {"DeadLetterConfig", "KmsKeyIdentifier", "LogConfig"}}},
			"events:ListTargetsByRule":   {unread: map[string][]string{"events_rule": {"Targets"}}},
			"events:ListTagsForResource": {unread: map[string][]string{"events_event_bus": {"Tags"}, "events_rule": {"Tags"}}},
		},
		counters: map[string]string{
			`"LastModifiedTime":1767225600`: `"LastModifiedTime":1767225700`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"ListRules default two": `{"NextToken":"two"}`},
				fails:   []string{"events_rule"},
			},
			"an answer cut short fails the listing": {answers: map[string]string{"ListRules shop": `{"Rules":[{`}, fails: []string{"events_rule"}},
			"a rule without an ARN fails the listing": {
				answers: map[string]string{"ListRules shop": `{"Rules":[{"Name":"x"}]}`},
				fails:   []string{"events_rule"},
			},
			"shop is gone when DescribeEventBus is called": {
				answers: map[string]string{"DescribeEventBus shop": "!ResourceNotFoundException"},
				gone:    "events_event_bus shop",
			},
			"paid is gone when ListRules is called": {
				answers: map[string]string{"ListRules shop": "!ResourceNotFoundException"},
				gone:    "events_rule paid",
			},
			"paid is gone when ListTargetsByRule is called": {
				answers: map[string]string{"ListTargetsByRule paid": "!ResourceNotFoundException"},
				gone:    "events_rule paid",
			},
			"paid is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource " + eventsARN + "rule/shop/paid": "!ResourceNotFoundException"},
				gone:    "events_rule paid",
			},
		},
	}).run(t)
}
