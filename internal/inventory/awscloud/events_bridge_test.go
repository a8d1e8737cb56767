package awscloud

import (
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

const eventsARN = "arn:aws:events:eu-west-1:123456789012:"

func eventBridgeWire() *wire {
	return &wire{answers: map[string]string{
		"ListEventBuses@":          `{"EventBuses":[{"Name":"default","Arn":"` + eventsARN + `event-bus/default"}],"NextToken":"two"}`,
		"ListEventBuses@two":       `{"EventBuses":[{"Name":"shop","Arn":"` + eventsARN + `event-bus/shop","Description":"Orders","CreationTime":1767225600,"LastModifiedTime":1767225600,"Policy":"` + openDocument + `"}]}`,
		"DescribeEventBus default": `{"Name":"default"}`,
		"DescribeEventBus shop":    `{"Name":"shop","KmsKeyIdentifier":"` + testKey + `own","DeadLetterConfig":{"Arn":"` + sqsARN + `dead"},"LogConfig":{"Level":"ERROR","IncludeDetail":"NONE"}}`,
		"ListRules default@":       `{"Rules":[{"Name":"nightly","Arn":"` + eventsARN + `rule/nightly","EventBusName":"default","ScheduleExpression":"rate(1 day)","State":"DISABLED"}],"NextToken":"two"}`,
		"ListRules default@two":    `{"Rules":[{"Name":"bare","Arn":"` + eventsARN + `rule/bare"}]}`,
		"ListRules shop@": `{"Rules":[{"Name":"paid","Arn":"` + eventsARN + `rule/shop/paid","EventBusName":"shop","EventPattern":"{\"source\":[\"shop\"]}","State":"ENABLED",
"Description":"Paid","RoleArn":"arn:aws:iam::123456789012:role/events","ManagedBy":"pipes.amazonaws.com"}]}`,
		"ListTargetsByRule":                                   `{"Targets":[]}`,
		"ListTargetsByRule paid@":                             `{"Targets":[{"Id":"two","Arn":"` + sqsARN + `orders","SqsParameters":{"MessageGroupId":"g"},"DeadLetterConfig":{"Arn":"` + sqsARN + `dead"}},{"Id":"one","Arn":"` + lambdaARN + `orders"}],"NextToken":"more"}`,
		"ListTargetsByRule paid@more":                         `{"Targets":[{"Id":"three","Arn":"arn:aws:events:eu-west-1:123456789012:api-destination/x/1","HttpParameters":{"HeaderParameters":{"key":"planted-secret"}},"RetryPolicy":{"MaximumRetryAttempts":3}}]}`,
		"ListTagsForResource":                                 `{}`,
		"ListTagsForResource " + eventsARN + "rule/shop/paid": `{"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
	}}
}

func TestEventBridge(t *testing.T) {
	trial{
		service: "events", wire: eventBridgeWire,
		want: map[string]wanted{
			"events_event_bus default": {id: eventsARN + "event-bus/default", config: object{"Name": "default"}, facts: object{}},
			"events_event_bus shop": {
				id: eventsARN + "event-bus/shop",
				config: object{
					"Name": "shop", "Description": "Orders", "Policy": openPolicy(), "KmsKeyIdentifier": testKey + "own",
					"DeadLetterConfig": object{"Arn": sqsARN + "dead"}, "LogConfig": object{"Level": "ERROR", "IncludeDetail": "NONE"},
				},
				facts: object{"CreationTime": "2026-01-01T00:00:00Z"},
			},
			"events_rule nightly": {
				id: eventsARN + "rule/nightly", status: audit.ResourceStopped, facts: object{},
				config: object{"Name": "nightly", "EventBusName": "default", "ScheduleExpression": "rate(1 day)", "State": "DISABLED"},
			},
			"events_rule bare": {id: eventsARN + "rule/bare", config: object{"Name": "bare", "EventBusName": "default"}, facts: object{}},
			"events_rule paid": {
				id: eventsARN + "rule/shop/paid",
				config: object{
					"Name": "paid", "EventBusName": "shop", "EventPattern": object{"source": []any{"shop"}}, "State": "ENABLED", "Description": "Paid",
					"RoleArn": "arn:aws:iam::123456789012:role/events",
					"Targets": []any{
						object{"Id": "one", "Arn": lambdaARN + "orders"},
						object{
							"Id": "three", "Arn": eventsARN + "api-destination/x/1", "HttpParameters": object{"HeaderParameters": object{"key": "planted-secret"}},
							"RetryPolicy": object{"MaximumRetryAttempts": int64(3)},
						},
						object{
							"Id": "two", "Arn": sqsARN + "orders", "SqsParameters": object{"MessageGroupId": "g"}, "DeadLetterConfig": object{"Arn": sqsARN + "dead"},
						},
					},
					"Tags": []any{object{"Key": "a", "Value": ""}, object{"Key": "env", "Value": "prod"}},
				},
				facts: object{"ManagedBy": "pipes.amazonaws.com"},
			},
		},
		calls: map[string]int{"ListEventBuses": 2, "DescribeEventBus": 2, "ListRules": 3, "ListTargetsByRule": 4, "ListTagsForResource": 5},
		refused: map[string]lost{
			"ListEventBuses":      {failed: []string{"events_event_bus", "events_rule"}},
			"ListRules":           {failed: []string{"events_rule"}},
			"DescribeEventBus":    {unread: map[string][]string{"events_event_bus": {"DeadLetterConfig", "KmsKeyIdentifier", "LogConfig"}}},
			"ListTargetsByRule":   {unread: map[string][]string{"events_rule": {"Targets"}}},
			"ListTagsForResource": {unread: map[string][]string{"events_event_bus": {"Tags"}, "events_rule": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":  {map[string]string{"ListRules default@two": `{"NextToken":"two"}`}, "events_rule"},
			"an answer cut short fails the listing":   {map[string]string{"ListRules shop@": `{"Rules":[{`}, "events_rule"},
			"a rule without an ARN fails the listing": {map[string]string{"ListRules shop@": `{"Rules":[{"Name":"x"}]}`}, "events_rule"},
		},
		gone: map[string]string{
			"DescribeEventBus shop=ResourceNotFoundException gone":                               "events_event_bus shop",
			"ListRules shop@=ResourceNotFoundException gone":                                     "events_rule paid",
			"ListTargetsByRule paid@=ResourceNotFoundException gone":                             "events_rule paid",
			"ListTagsForResource " + eventsARN + "rule/shop/paid=ResourceNotFoundException gone": "events_rule paid",
		},
		swaps: [][2]string{
			openSwap(),
			{`{"Key":"env","Value":"prod"}`, `{"Key":"a","Value":""}`},
			{`{"Id":"two","Arn":"` + sqsARN + `orders","SqsParameters":{"MessageGroupId":"g"},"DeadLetterConfig":{"Arn":"` + sqsARN + `dead"}}`, `{"Id":"one","Arn":"` + lambdaARN + `orders"}`},
		},
		changes: [][2]string{{`"LastModifiedTime":1767225600`, `"LastModifiedTime":1767225700`}},
	}.run(t)
}
