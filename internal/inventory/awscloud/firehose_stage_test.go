package awscloud

import "testing"

func TestFirehose(t *testing.T) {
	const backup = `"S3BackupMode":"FailedEventsOnly","S3DestinationDescription":{"RoleARN":"arn:aws:iam::123456789012:role/f","BucketARN":"arn:aws:s3:::failed",
"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300},"CompressionFormat":"GZIP","EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption"}}`
	(&staged{
		service: "firehose", region: "eu-west-1",
		answers: map[string]string{
			"ListDeliveryStreams":     `{"DeliveryStreamNames":["two"],"HasMoreDeliveryStreams":true}`,
			"ListDeliveryStreams two": `{"DeliveryStreamNames":["bare","splunk"],"HasMoreDeliveryStreams":false}`,
			"DescribeDeliveryStream two": `{"DeliveryStreamDescription":{"DeliveryStreamName":"two","DeliveryStreamStatus":"ACTIVE","DeliveryStreamType":"KinesisStreamAsSource","VersionId":"3",
"CreateTimestamp":1767323045,"LastUpdateTimestamp":1767323045,"HasMoreDestinations":false,"DeliveryStreamEncryptionConfiguration":{"Status":"DISABLED"},
"Source":{"KinesisStreamSourceDescription":{"KinesisStreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s","RoleARN":"arn:aws:iam::123456789012:role/f","DeliveryStartTimestamp":1767323045}},
"Destinations":[{"DestinationId":"d1","S3DestinationDescription":{"RoleARN":"r","BucketARN":"b","BufferingHints":{},"CompressionFormat":"GZIP","EncryptionConfiguration":{}},
"ExtendedS3DestinationDescription":{"RoleARN":"arn:aws:iam::123456789012:role/f","BucketARN":"arn:aws:s3:::logs","Prefix":"p/","BufferingHints":{"SizeInMBs":64,"IntervalInSeconds":60},
"CompressionFormat":"GZIP","EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":"key-1"}},"CloudWatchLoggingOptions":{"Enabled":true,"LogGroupName":"g","LogStreamName":"s"},"S3BackupMode":"Disabled"}}]}}`,
			"DescribeDeliveryStream splunk": `{"DeliveryStreamDescription":{"DeliveryStreamName":"splunk","DeliveryStreamStatus":"ACTIVE","DeliveryStreamType":"DirectPut",
"DeliveryStreamEncryptionConfiguration":{"Status":"ENABLED","KeyType":"CUSTOMER_MANAGED_CMK","KeyARN":"key-2"},
"Destinations":[{"SplunkDestinationDescription":{"HECEndpoint":"https://splunk.example","HECEndpointType":"Raw","HECToken":"token",` + backup + `}}]}}`,
			"DescribeDeliveryStream bare":    `{"DeliveryStreamDescription":{"DeliveryStreamName":"bare"}}`,
			"ListTagsForDeliveryStream":      `{"Tags":[{"Key":"more","Value":"prod"}],"HasMoreTags":true}`,
			"ListTagsForDeliveryStream more": `{"Tags":[{"Key":"app","Value":"x"}],"HasMoreTags":false}`,
		},
		refusals: map[string]refusal{
			"firehose:DescribeDeliveryStream":    {unread: map[string][]string{"firehose_delivery_stream": firehoseDescribed()}},
			"firehose:ListTagsForDeliveryStream": {unread: map[string][]string{"firehose_delivery_stream": {"Tags"}}},
			"firehose:ListDeliveryStreams":       {fails: []string{"firehose_delivery_stream"}},
		},
	}).run(t)
}
