package awscloud

import "testing"

const kinesisARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/"

func kinesisWire() *wire {
	return &wire{answers: map[string]string{
		"ListStreams@": `{"HasMoreStreams":true,"StreamNames":["orders"],"StreamSummaries":[{"StreamName":"orders","StreamARN":"` + kinesisARN + `orders","StreamStatus":"ACTIVE","StreamCreationTimestamp":1767225600,
"StreamModeDetails":{"StreamMode":"PROVISIONED"}},{"StreamName":"going","StreamARN":"` + kinesisARN + `going","StreamStatus":"DELETING"}],"NextToken":"two"}`,
		"ListStreams@two":       `{"HasMoreStreams":false,"StreamSummaries":[{"StreamName":"bare","StreamARN":"` + kinesisARN + `bare"},{"StreamName":"elastic","StreamARN":"` + kinesisARN + `elastic","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}]}`,
		"DescribeStreamSummary": `{}`,
		"DescribeStreamSummary " + kinesisARN + "orders": `{"StreamDescriptionSummary":{"StreamName":"orders","StreamARN":"` + kinesisARN + `orders","StreamStatus":"ACTIVE","RetentionPeriodHours":48,"OpenShardCount":2,
"EncryptionType":"KMS","KeyId":"alias/aws/kinesis","EnhancedMonitoring":[{"ShardLevelMetrics":["OutgoingBytes","IncomingBytes"]}],"ConsumerCount":1,"MaxRecordSizeInKiB":1024,"StreamModeDetails":{"StreamMode":"PROVISIONED"}}}`,
		"DescribeStreamSummary " + kinesisARN + "elastic": `{"StreamDescriptionSummary":{"OpenShardCount":4,"EncryptionType":"NONE","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}}`,
		"GetResourcePolicy":                            `{"Policy":"{}"}`,
		"GetResourcePolicy " + kinesisARN + "orders":   `{"Policy":"` + openDocument + `"}`,
		"ListTagsForResource":                          `{}`,
		"ListTagsForResource " + kinesisARN + "orders": `{"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
	}}
}

func TestKinesis(t *testing.T) {
	trial{
		service: "kinesis", wire: kinesisWire,
		want: map[string]wanted{
			"kinesis_stream bare": {id: kinesisARN + "bare", config: object{"Name": "bare"}, facts: object{}},
			"kinesis_stream elastic": {
				id: kinesisARN + "elastic", config: object{"Name": "elastic", "StreamModeDetails": object{"StreamMode": "ON_DEMAND"}}, facts: object{},
			},
			"kinesis_stream orders": {
				id: kinesisARN + "orders",
				config: object{
					"Name": "orders", "RetentionPeriodHours": int64(48), "ShardCount": int64(2), "MaxRecordSizeInKiB": int64(1024),
					"StreamEncryption":         object{"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
					"DesiredShardLevelMetrics": []any{"IncomingBytes", "OutgoingBytes"}, "StreamModeDetails": object{"StreamMode": "PROVISIONED"},
					streamPolicy: object{"ResourcePolicy": openPolicy()},
					"Tags":       []any{object{"Key": "a", "Value": ""}, object{"Key": "env", "Value": "prod"}},
				},
				facts: object{"StreamCreationTimestamp": "2026-01-01T00:00:00Z", "StreamStatus": "ACTIVE"},
			},
		},
		calls: map[string]int{"ListStreams": 2, "DescribeStreamSummary": 3, "GetResourcePolicy": 3, "ListTagsForResource": 3},
		refused: map[string]lost{
			"ListStreams":           {failed: []string{"kinesis_stream"}},
			"DescribeStreamSummary": {unread: map[string][]string{"kinesis_stream": streamDescribed}},
			"GetResourcePolicy":     {unread: map[string][]string{"kinesis_stream": {streamPolicy}}},
			"ListTagsForResource":   {unread: map[string][]string{"kinesis_stream": {"Tags"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":    {map[string]string{"ListStreams@two": `{"NextToken":"two"}`}, "kinesis_stream"},
			"an answer cut short fails the listing":     {map[string]string{"ListStreams@two": `{"StreamSummaries":[{`}, "kinesis_stream"},
			"a stream without an ARN fails the listing": {map[string]string{"ListStreams@two": `{"StreamSummaries":[{"StreamName":"x"}]}`}, "kinesis_stream"},
		},
		gone: map[string]string{
			"DescribeStreamSummary " + kinesisARN + "orders=ResourceNotFoundException gone": "kinesis_stream orders",
			"ListTagsForResource " + kinesisARN + "orders=ResourceNotFoundException gone":   "kinesis_stream orders",
		},
		swaps:   [][2]string{openSwap(), {`"OutgoingBytes"`, `"IncomingBytes"`}, {`{"Key":"env","Value":"prod"}`, `{"Key":"a","Value":""}`}},
		changes: [][2]string{{`"ConsumerCount":1`, `"ConsumerCount":2`}, {`"OpenShardCount":4`, `"OpenShardCount":8`}},
	}.run(t)
}
