package awscloud

import "testing"

const kinesisARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/"

func kinesisAnswers() map[string]string {
	return map[string]string{
		"ListStreams": `{"HasMoreStreams":true,"StreamNames":["orders"],"StreamSummaries":[{"StreamName":"orders","StreamARN":"` + kinesisARN + `orders","StreamStatus":"ACTIVE","StreamCreationTimestamp":1767225600,
"StreamModeDetails":{"StreamMode":"PROVISIONED"}},{"StreamName":"going","StreamARN":"` + kinesisARN + `going","StreamStatus":"DELETING"}],"NextToken":"two"}`,
		"ListStreams two":       `{"HasMoreStreams":false,"StreamSummaries":[{"StreamName":"bare","StreamARN":"` + kinesisARN + `bare"},{"StreamName":"elastic","StreamARN":"` + kinesisARN + `elastic","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}]}`,
		"DescribeStreamSummary": `{}`,
		"DescribeStreamSummary " + kinesisARN + "orders": `{"StreamDescriptionSummary":{"StreamName":"orders","StreamARN":"` + kinesisARN + `orders","StreamStatus":"ACTIVE","RetentionPeriodHours":48,"OpenShardCount":2,
"EncryptionType":"KMS","KeyId":"alias/aws/kinesis","EnhancedMonitoring":[{"ShardLevelMetrics":["OutgoingBytes","IncomingBytes"]}],"ConsumerCount":1,"MaxRecordSizeInKiB":1024,"StreamModeDetails":{"StreamMode":"PROVISIONED"}}}`,
		"DescribeStreamSummary " + kinesisARN + "elastic": `{"StreamDescriptionSummary":{"OpenShardCount":4,"EncryptionType":"NONE","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}}`,
		"GetResourcePolicy":                            `{"Policy":"{}"}`,
		"GetResourcePolicy " + kinesisARN + "orders":   `{"Policy":"` + openDocument + `"}`,
		"ListTagsForResource":                          `{}`,
		"ListTagsForResource " + kinesisARN + "orders": `{"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
	}
}

func TestKinesis(t *testing.T) {
	(&staged{
		service: "kinesis", region: "eu-west-1",
		answers: kinesisAnswers(),
		refusals: map[string]refusal{
			"kinesis:ListStreams":           {fails: []string{"kinesis_stream"}},
			"kinesis:DescribeStreamSummary": {unread: map[string][]string{"kinesis_stream": streamDescribed}},
			"kinesis:GetResourcePolicy":     {unread: map[string][]string{"kinesis_stream": {streamPolicy}}},
			"kinesis:ListTagsForResource":   {unread: map[string][]string{"kinesis_stream": {"Tags"}}},
		},
		counters: map[string]string{
			`"ConsumerCount":1`:  `"ConsumerCount":2`,
			`"OpenShardCount":4`: `"OpenShardCount":8`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"ListStreams two": `{"NextToken":"two"}`},
				fails:   []string{"kinesis_stream"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListStreams two": `{"StreamSummaries":[{`},
				fails:   []string{"kinesis_stream"},
			},
			"a stream without an ARN fails the listing": {
				answers: map[string]string{"ListStreams two": `{"StreamSummaries":[{"StreamName":"x"}]}`},
				fails:   []string{"kinesis_stream"},
			},
			"orders is gone when DescribeStreamSummary is called": {
				answers: map[string]string{"DescribeStreamSummary " + kinesisARN + "orders": "!ResourceNotFoundException"},
				gone:    "kinesis_stream orders",
			},
			"orders is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource " + kinesisARN + "orders": "!ResourceNotFoundException"},
				gone:    "kinesis_stream orders",
			},
		},
	}).run(t)
}
