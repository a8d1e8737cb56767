package awscloud

import "testing"

const (
	sqsURL = "https://sqs.eu-west-1.amazonaws.com/123456789012/"
	sqsARN = "arn:aws:sqs:eu-west-1:123456789012:"
)

func sqsAnswers() map[string]string {
	return map[string]string{
		"ListQueues":     `{"QueueUrls":["` + sqsURL + `orders","` + sqsURL + `bare.fifo"],"NextToken":"two"}`,
		"ListQueues two": `{"QueueUrls":["` + sqsURL + `open"]}`,
		"GetQueueAttributes " + sqsURL + "orders": `{"Attributes":{"QueueArn":"` + sqsARN + `orders","DelaySeconds":"0","MaximumMessageSize":"262144",
"MessageRetentionPeriod":"345600","ReceiveMessageWaitTimeSeconds":"20","VisibilityTimeout":"30","KmsMasterKeyId":"alias/orders",
"KmsDataKeyReusePeriodSeconds":"300","SqsManagedSseEnabled":"false","CreatedTimestamp":"1767225600","LastModifiedTimestamp":"1767225600",
"ApproximateNumberOfMessages":"7","RedrivePolicy":"{\"deadLetterTargetArn\":\"` + sqsARN + `dead\",\"maxReceiveCount\":5}",
"RedriveAllowPolicy":"{\"redrivePermission\":\"denyAll\"}"}}`,
		"GetQueueAttributes " + sqsURL + "bare.fifo": `{}`,
		"GetQueueAttributes " + sqsURL + "open":      `{"Attributes":{"Policy":"` + openDocument + `"}}`,
		"ListQueueTags":                              `{}`,
		"ListQueueTags " + sqsURL + "orders":         `{"Tags":{"env":"prod","team":""}}`,
	}
}

func TestSQS(t *testing.T) {
	(&staged{
		service: "sqs", region: "eu-west-1",
		answers: sqsAnswers(),
		refusals: map[string]refusal{
			"sqs:ListQueues":         {fails: []string{"sqs_queue"}},
			"sqs:GetQueueAttributes": {unread: map[string][]string{"sqs_queue": queueAttributes}},
			"sqs:ListQueueTags":      {unread: map[string][]string{"sqs_queue": {"Tags"}}},
		},
		counters: map[string]string{
			`"ApproximateNumberOfMessages":"7"`:    `"ApproximateNumberOfMessages":"8"`,
			`"LastModifiedTimestamp":"1767225600"`: `"LastModifiedTimestamp":"1767225700"`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {answers: map[string]string{"ListQueues two": `{"NextToken":"two"}`}, fails: []string{"sqs_queue"}},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListQueues two": `{"QueueUrls":["` + sqsURL},
				fails:   []string{"sqs_queue"},
			},
			"a queue without a name fails the listing": {
				answers: map[string]string{"ListQueues two": `{"QueueUrls":["` + sqsURL + `"]}`},
				fails:   []string{"sqs_queue"},
			},
			"an answer that is a page fails the listing": {answers: map[string]string{"ListQueues two": `<html></html>`}, fails: []string{"sqs_queue"}},
			"open is gone when GetQueueAttributes is called": {
				answers: map[string]string{"GetQueueAttributes " + sqsURL + "open": "!AWS.SimpleQueueService.NonExistentQueue"},
				gone:    "sqs_queue open",
			},
			"orders is gone when ListQueueTags is called": {
				answers: map[string]string{"ListQueueTags " + sqsURL + "orders": "!QueueDoesNotExist"},
				gone:    "sqs_queue orders",
			},
		},
	}).run(t)
}
