package awscloud

import "testing"

func TestFirehose(t *testing.T) {
	const arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/"
	const backup = `"S3BackupMode":"FailedEventsOnly","S3DestinationDescription":{"RoleARN":"arn:aws:iam::123456789012:role/f","BucketARN":"arn:aws:s3:::failed",
"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300},"CompressionFormat":"GZIP","EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption"}}`
	(&estateCase{
		service: "firehose", region: "eu-west-1",
		answers: map[string]string{
			"ListDeliveryStreams":      `{"DeliveryStreamNames":["bare","logs"],"HasMoreDeliveryStreams":true}`,
			"ListDeliveryStreams|logs": `{"DeliveryStreamNames":["splunk"],"HasMoreDeliveryStreams":false}`,
			"DescribeDeliveryStream|logs": `{"DeliveryStreamDescription":{"DeliveryStreamName":"logs","DeliveryStreamStatus":"ACTIVE","DeliveryStreamType":"KinesisStreamAsSource","VersionId":"3",
"CreateTimestamp":1767323045,"LastUpdateTimestamp":1767323045,"HasMoreDestinations":false,"DeliveryStreamEncryptionConfiguration":{"Status":"DISABLED"},
"Source":{"KinesisStreamSourceDescription":{"KinesisStreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s","RoleARN":"arn:aws:iam::123456789012:role/f","DeliveryStartTimestamp":1767323045}},
"Destinations":[{"DestinationId":"d1","S3DestinationDescription":{"RoleARN":"r","BucketARN":"b","BufferingHints":{},"CompressionFormat":"GZIP","EncryptionConfiguration":{}},
"ExtendedS3DestinationDescription":{"RoleARN":"arn:aws:iam::123456789012:role/f","BucketARN":"arn:aws:s3:::logs","Prefix":"p/","BufferingHints":{"SizeInMBs":64,"IntervalInSeconds":60},
"CompressionFormat":"GZIP","EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":"key-1"}},"CloudWatchLoggingOptions":{"Enabled":true,"LogGroupName":"g","LogStreamName":"s"},"S3BackupMode":"Disabled"}}]}}`,
			"DescribeDeliveryStream|splunk": `{"DeliveryStreamDescription":{"DeliveryStreamName":"splunk","DeliveryStreamStatus":"ACTIVE","DeliveryStreamType":"DirectPut",
"DeliveryStreamEncryptionConfiguration":{"Status":"ENABLED","KeyType":"CUSTOMER_MANAGED_CMK","KeyARN":"key-2"},
"Destinations":[{"SplunkDestinationDescription":{"HECEndpoint":"https://splunk.example","HECEndpointType":"Raw","HECToken":"token",` + backup + `}}]}}`,
			"DescribeDeliveryStream|bare":           `{"DeliveryStreamDescription":{"DeliveryStreamName":"bare"}}`,
			"ListTagsForDeliveryStream":             `{"Tags":[{"Key":"env","Value":"prod"}],"HasMoreTags":true}`,
			"ListTagsForDeliveryStream|StartTagKey": `{"Tags":[{"Key":"app","Value":"x"}],"HasMoreTags":false}`,
		},
		want: map[string]object{
			"firehose_delivery_stream " + arn + "logs": {
				"DeliveryStreamName": "logs", "DeliveryStreamType": "KinesisStreamAsSource", "Tags": envAndApp(),
				"KinesisStreamSourceConfiguration": object{
					"KinesisStreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/s", "RoleARN": "arn:aws:iam::123456789012:role/f",
				},
				"ExtendedS3DestinationConfiguration": object{
					"RoleARN": "arn:aws:iam::123456789012:role/f", "BucketARN": "arn:aws:s3:::logs", "Prefix": "p/", "CompressionFormat": "GZIP",
					"BufferingHints": object{"SizeInMBs": int64(64), "IntervalInSeconds": int64(60)}, "S3BackupMode": "Disabled",
					"EncryptionConfiguration":  object{"KMSEncryptionConfig": object{"AWSKMSKeyARN": "key-1"}},
					"CloudWatchLoggingOptions": object{"Enabled": true, "LogGroupName": "g", "LogStreamName": "s"},
				},
			},
			"firehose_delivery_stream " + arn + "splunk": {
				"DeliveryStreamName": "splunk", "DeliveryStreamType": "DirectPut", "Tags": envAndApp(),
				firehoseEncryption: object{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "key-2"},
				"SplunkDestinationConfiguration": object{
					"HECEndpoint": "https://splunk.example", "HECEndpointType": "Raw", "HECToken": "token", "S3BackupMode": "FailedEventsOnly",
					"S3Configuration": object{
						"RoleARN": "arn:aws:iam::123456789012:role/f", "BucketARN": "arn:aws:s3:::failed", "CompressionFormat": "GZIP",
						"BufferingHints":          object{"SizeInMBs": int64(5), "IntervalInSeconds": int64(300)},
						"EncryptionConfiguration": object{"NoEncryptionConfig": "NoEncryption"},
					},
				},
			},
			"firehose_delivery_stream " + arn + "bare": {"DeliveryStreamName": "bare", "Tags": envAndApp()},
		},
		facts: map[string]object{"firehose_delivery_stream " + arn + "logs": {
			"DeliveryStreamStatus": "ACTIVE", "CreateTimestamp": "2026-01-02T03:04:05Z", "EncryptionStatus": "DISABLED",
		}},
		refused: map[string]map[string][]string{
			"DescribeDeliveryStream": {"firehose_delivery_stream": firehoseDescribed()}, "ListTagsForDeliveryStream": {"firehose_delivery_stream": {"Tags"}},
		},
		fails: map[string][]string{"ListDeliveryStreams": {"firehose_delivery_stream"}},
		pages: map[string]string{"ListDeliveryStreams|logs": "ListDeliveryStreams"},
	}).run(t)
}
