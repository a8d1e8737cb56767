package awscloud

import (
	"strings"
	"testing"
)

const snsARN = "arn:aws:sns:eu-west-1:123456789012:"

func snsWire() *wire {
	entry := func(key, value string) string {
		return "<entry><key>" + key + "</key><value>" + value + "</value></entry>"
	}
	return &wire{answers: map[string]string{
		"ListTopics@":    `<Topics><member><TopicArn>` + snsARN + `orders</TopicArn></member><member><TopicArn>` + snsARN + `bare</TopicArn></member></Topics><NextToken>two</NextToken>`,
		"ListTopics@two": `<Topics><member><TopicArn>` + snsARN + `strict.fifo</TopicArn></member></Topics>`,
		"GetTopicAttributes " + snsARN + "orders": `<Attributes>` + entry("TopicArn", snsARN+"orders") + entry("Owner", testAccount) +
			entry("DisplayName", "Orders") + entry("KmsMasterKeyId", "alias/orders") + entry("SubscriptionsConfirmed", "1") +
			entry("Policy", strings.ReplaceAll(openDocument, `\"`, `&quot;`)) + entry("TracingConfig", "Active") + entry("SignatureVersion", "2") +
			entry("LambdaFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/log") + entry("HTTPSuccessFeedbackRoleArn", "arn:aws:iam::123456789012:role/log") +
			entry("HTTPSuccessFeedbackSampleRate", "50") + `</Attributes>`,
		"GetTopicAttributes " + snsARN + "bare":        `<Attributes></Attributes>`,
		"GetTopicAttributes " + snsARN + "strict.fifo": `<Attributes>` + entry("FifoTopic", "true") + entry("ContentBasedDeduplication", "true") + `</Attributes>`,
		"ListTagsForResource":                          `<Tags></Tags>`,
		"ListTagsForResource " + snsARN + "orders":     `<Tags><member><Key>env</Key><Value>prod</Value></member><member><Key>aws:x</Key><Value>y</Value></member></Tags>`,
		"ListSubscriptions@": `<Subscriptions><member><SubscriptionArn>` + snsARN + `orders:1</SubscriptionArn><Owner>123456789012</Owner><Protocol>sqs</Protocol><Endpoint>` + sqsARN + `orders</Endpoint><TopicArn>` + snsARN + `orders</TopicArn></member>` +
			`<member><SubscriptionArn>PendingConfirmation</SubscriptionArn><Protocol>email</Protocol></member></Subscriptions><NextToken>two</NextToken>`,
		"ListSubscriptions@two": `<Subscriptions><member><SubscriptionArn>` + snsARN + `bare:2</SubscriptionArn></member></Subscriptions>`,
	}}
}

func TestSNS(t *testing.T) {
	trial{
		service: "sns", wire: snsWire,
		want: map[string]wanted{
			"sns_topic orders": {id: snsARN + "orders", config: object{
				"TopicName": "orders", "DisplayName": "Orders", "KmsMasterKeyId": "alias/orders", "TracingConfig": "Active", "SignatureVersion": "2",
				"FifoTopic": false, topicPolicy: object{"PolicyDocument": openPolicy()},
				"DeliveryStatusLogging": []any{
					object{"Protocol": "http/s", "SuccessFeedbackRoleArn": "arn:aws:iam::123456789012:role/log", "SuccessFeedbackSampleRate": "50"},
					object{"Protocol": "lambda", "FailureFeedbackRoleArn": "arn:aws:iam::123456789012:role/log"},
				},
				"Tags": []any{object{"Key": "env", "Value": "prod"}},
			}},
			"sns_topic bare": {id: snsARN + "bare", config: object{
				"TopicName": "bare", "FifoTopic": false, "TracingConfig": "PassThrough", "SignatureVersion": "1",
			}},
			"sns_topic strict.fifo": {id: snsARN + "strict.fifo", config: object{
				"TopicName": "strict.fifo", "FifoTopic": true, "ContentBasedDeduplication": true, "TracingConfig": "PassThrough", "SignatureVersion": "1",
			}},
			"sns_subscription 1": {
				id: snsARN + "orders:1", config: object{"Protocol": "sqs", "Endpoint": sqsARN + "orders", "TopicArn": snsARN + "orders"},
				facts: object{"Owner": testAccount},
			},
			"sns_subscription 2": {id: snsARN + "bare:2", config: object{}, facts: object{}},
		},
		calls: map[string]int{"ListTopics": 2, "GetTopicAttributes": 3, "ListTagsForResource": 3, "ListSubscriptions": 2},
		refused: map[string]lost{
			"ListTopics":          {failed: []string{"sns_topic"}},
			"ListSubscriptions":   {failed: []string{"sns_subscription"}},
			"GetTopicAttributes":  {unread: map[string][]string{"sns_topic": topicAttributes}},
			"ListTagsForResource": {unread: map[string][]string{"sns_topic": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":   {map[string]string{"ListTopics@two": `<NextToken>two</NextToken>`}, "sns_topic"},
			"an answer cut short fails the listing":    {map[string]string{"ListSubscriptions@two": `<Subscriptions><member>`}, "sns_subscription"},
			"a topic without an ARN fails the listing": {map[string]string{"ListTopics@two": `<Topics><member></member></Topics>`}, "sns_topic"},
		},
		gone: map[string]string{
			"GetTopicAttributes " + snsARN + "bare=NotFound gone":                     "sns_topic bare",
			"ListTagsForResource " + snsARN + "orders=ResourceNotFoundException gone": "sns_topic orders",
		},
		swaps: [][2]string{
			{`<member><TopicArn>` + snsARN + `orders</TopicArn></member>`, `<member><TopicArn>` + snsARN + `bare</TopicArn></member>`},
			{`<member><Key>env</Key><Value>prod</Value></member>`, `<member><Key>aws:x</Key><Value>y</Value></member>`},
		},
		changes: [][2]string{{"<key>SubscriptionsConfirmed</key><value>1", "<key>SubscriptionsConfirmed</key><value>2"}},
	}.run(t)
}
