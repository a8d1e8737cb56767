package awscloud

import "testing"

const (
	sqsURL = "https://sqs.eu-west-1.amazonaws.com/123456789012/"
	sqsARN = "arn:aws:sqs:eu-west-1:123456789012:"
)

func sqsWire() *wire {
	return &wire{answers: map[string]string{
		"ListQueues@":    `{"QueueUrls":["` + sqsURL + `orders","` + sqsURL + `bare.fifo"],"NextToken":"two"}`,
		"ListQueues@two": `{"QueueUrls":["` + sqsURL + `open"]}`,
		"GetQueueAttributes " + sqsURL + "orders": `{"Attributes":{"QueueArn":"` + sqsARN + `orders","DelaySeconds":"0","MaximumMessageSize":"262144",
"MessageRetentionPeriod":"345600","ReceiveMessageWaitTimeSeconds":"20","VisibilityTimeout":"30","KmsMasterKeyId":"alias/orders",
"KmsDataKeyReusePeriodSeconds":"300","SqsManagedSseEnabled":"false","CreatedTimestamp":"1767225600","LastModifiedTimestamp":"1767225600",
"ApproximateNumberOfMessages":"7","RedrivePolicy":"{\"deadLetterTargetArn\":\"` + sqsARN + `dead\",\"maxReceiveCount\":5}",
"RedriveAllowPolicy":"{\"redrivePermission\":\"denyAll\"}"}}`,
		"GetQueueAttributes " + sqsURL + "bare.fifo": `{}`,
		"GetQueueAttributes " + sqsURL + "open":      `{"Attributes":{"Policy":"` + openDocument + `"}}`,
		"ListQueueTags":                              `{}`,
		"ListQueueTags " + sqsURL + "orders":         `{"Tags":{"env":"prod","team":""}}`,
	}}
}

func TestSQS(t *testing.T) {
	trial{
		service: "sqs", wire: sqsWire,
		want: map[string]wanted{
			"sqs_queue orders": {id: sqsARN + "orders", config: object{
				"QueueName": "orders", "DelaySeconds": int64(0), "MaximumMessageSize": int64(262144), "MessageRetentionPeriod": int64(345600),
				"ReceiveMessageWaitTimeSeconds": int64(20), "VisibilityTimeout": int64(30), "KmsMasterKeyId": "alias/orders",
				"KmsDataKeyReusePeriodSeconds": int64(300), "SqsManagedSseEnabled": false, "FifoQueue": false,
				"RedrivePolicy":      object{"deadLetterTargetArn": sqsARN + "dead", "maxReceiveCount": int64(5)},
				"RedriveAllowPolicy": object{"redrivePermission": "denyAll"},
				"Tags":               []any{object{"Key": "env", "Value": "prod"}, object{"Key": "team", "Value": ""}},
			}},
			"sqs_queue bare.fifo": {id: sqsARN + "bare.fifo", config: object{"QueueName": "bare.fifo", "FifoQueue": false}},
			"sqs_queue open": {id: sqsARN + "open", config: object{
				"QueueName": "open", "FifoQueue": false, queuePolicy: object{"PolicyDocument": openPolicy()},
			}},
		},
		calls: map[string]int{"ListQueues": 2, "GetQueueAttributes": 3, "ListQueueTags": 3},
		refused: map[string]lost{
			"ListQueues":         {failed: []string{"sqs_queue"}},
			"GetQueueAttributes": {unread: map[string][]string{"sqs_queue": queueAttributes}},
			"ListQueueTags":      {unread: map[string][]string{"sqs_queue": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":     {map[string]string{"ListQueues@two": `{"NextToken":"two"}`}, "sqs_queue"},
			"an answer cut short fails the listing":      {map[string]string{"ListQueues@two": `{"QueueUrls":["` + sqsURL}, "sqs_queue"},
			"a queue without a name fails the listing":   {map[string]string{"ListQueues@two": `{"QueueUrls":["` + sqsURL + `"]}`}, "sqs_queue"},
			"an answer that is a page fails the listing": {map[string]string{"ListQueues@two": `<html></html>`}, "sqs_queue"},
		},
		gone: map[string]string{
			"GetQueueAttributes " + sqsURL + "open=AWS.SimpleQueueService.NonExistentQueue gone": "sqs_queue open",
			"ListQueueTags " + sqsURL + "orders=QueueDoesNotExist gone":                          "sqs_queue orders",
		},
		swaps: [][2]string{
			openSwap(), {`"env":"prod"`, `"team":""`}, {`"` + sqsURL + `orders"`, `"` + sqsURL + `bare.fifo"`},
		},
		changes: [][2]string{{`"ApproximateNumberOfMessages":"7"`, `"ApproximateNumberOfMessages":"8"`}, {`"LastModifiedTimestamp":"1767225600"`, `"LastModifiedTimestamp":"1767225700"`}},
	}.run(t)
}
