package awscloud

import (
	"strings"
	"testing"
)

const snsARN = "arn:aws:sns:eu-west-1:123456789012:"

func snsAnswers() map[string]string {
	entry := func(key, value string) string {
		return "<entry><key>" + key + "</key><value>" + value + "</value></entry>"
	}
	return map[string]string{
		"ListTopics":     `<Topics><member><TopicArn>` + snsARN + `orders</TopicArn></member><member><TopicArn>` + snsARN + `bare</TopicArn></member></Topics><NextToken>two</NextToken>`,
		"ListTopics two": `<Topics><member><TopicArn>` + snsARN + `strict.fifo</TopicArn></member></Topics>`,
		"GetTopicAttributes " + snsARN + "orders": `<Attributes>` + entry("TopicArn", snsARN+"orders") + entry("Owner", testAccount) +
			entry("DisplayName", "Orders") + entry("KmsMasterKeyId", "alias/orders") + entry("SubscriptionsConfirmed", "1") +
			entry("Policy", strings.ReplaceAll(openDocument, `\"`, `&quot;`)) + entry("TracingConfig", "Active") + entry("SignatureVersion", "2") +
			entry("LambdaFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/log") + entry("HTTPSuccessFeedbackRoleArn", "arn:aws:iam::123456789012:role/log") +
			entry("HTTPSuccessFeedbackSampleRate", "50") + `</Attributes>`,
		"GetTopicAttributes " + snsARN + "bare":        `<Attributes></Attributes>`,
		"GetTopicAttributes " + snsARN + "strict.fifo": `<Attributes>` + entry("FifoTopic", "true") + entry("ContentBasedDeduplication", "true") + `</Attributes>`,
		"ListTagsForResource":                          `<Tags></Tags>`,
		"ListTagsForResource " + snsARN + "orders":     `<Tags><member><Key>env</Key><Value>prod</Value></member><member><Key>aws:x</Key><Value>y</Value></member></Tags>`,
		"ListSubscriptions": `<Subscriptions><member><SubscriptionArn>` + snsARN + `orders:1</SubscriptionArn><Owner>123456789012</Owner><Protocol>sqs</Protocol><Endpoint>` + sqsARN + `orders</Endpoint><TopicArn>` + snsARN + `orders</TopicArn></member>` +
			`<member><SubscriptionArn>PendingConfirmation</SubscriptionArn><Protocol>email</Protocol></member></Subscriptions><NextToken>two</NextToken>`,
		"ListSubscriptions two": `<Subscriptions><member><SubscriptionArn>` + snsARN + `bare:2</SubscriptionArn></member></Subscriptions>`,
	}
}

func TestSNS(t *testing.T) {
	(&staged{
		service: "sns", region: "eu-west-1",
		answers: snsAnswers(),
		refusals: map[string]refusal{
			"sns:ListTopics":          {fails: []string{"sns_topic"}},
			"sns:ListSubscriptions":   {fails: []string{"sns_subscription"}},
			"sns:GetTopicAttributes":  {unread: map[string][]string{"sns_topic": topicAttributes}},
			"sns:ListTagsForResource": {unread: map[string][]string{"sns_topic": {"Tags"}}},
		},
		counters: map[string]string{
			"<key>SubscriptionsConfirmed</key><value>1": "<key>SubscriptionsConfirmed</key><value>2",
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"ListTopics two": `<NextToken>two</NextToken>`},
				fails:   []string{"sns_topic"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListSubscriptions two": `<Subscriptions><member>`},
				fails:   []string{"sns_subscription"},
			},
			"a topic without an ARN fails the listing": {
				answers: map[string]string{"ListTopics two": `<Topics><member></member></Topics>`},
				fails:   []string{"sns_topic"},
			},
			"bare is gone when GetTopicAttributes is called": {
				answers: map[string]string{"GetTopicAttributes " + snsARN + "bare": "!NotFound"},
				gone:    "sns_topic bare",
			},
			"orders is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource " + snsARN + "orders": "!ResourceNotFoundException"},
				gone:    "sns_topic orders",
			},
		},
	}).run(t)
}
