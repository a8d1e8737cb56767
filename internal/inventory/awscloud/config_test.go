package awscloud

import "testing"

func TestConfig(t *testing.T) {
	const arn = "arn:aws:config:eu-west-1:123456789012:"
	(&estateCase{
		service: "config", region: "eu-west-1",
		answers: map[string]string{
			"DescribeConfigurationRecorders": `{"ConfigurationRecorders":[{"arn":"` + arn + `configuration-recorder/default/r1","name":"default",
"roleARN":"arn:aws:iam::123456789012:role/config","recordingGroup":{"allSupported":false,"includeGlobalResourceTypes":false,
"resourceTypes":["AWS::S3::Bucket","AWS::EC2::Instance"],"recordingStrategy":{"useOnly":"INCLUSION_BY_RESOURCE_TYPES"}},
"recordingMode":{"recordingFrequency":"CONTINUOUS","recordingModeOverrides":[{"recordingFrequency":"DAILY","resourceTypes":["AWS::EC2::VPC","AWS::EC2::Subnet"]}]},
"recordingScope":"PAID"},{"name":"bare"}]}`,
			"DescribeConfigurationRecorderStatus": `{"ConfigurationRecordersStatus":[{"name":"default","recording":true,"lastStatus":"SUCCESS",
"lastStartTime":1767323045,"lastStatusChangeTime":1767323045}]}`,
			"DescribeDeliveryChannels": `{"DeliveryChannels":[{"name":"default","s3BucketName":"logs","s3KeyPrefix":"cfg","snsTopicARN":"arn:aws:sns:eu-west-1:123456789012:t",
"configSnapshotDeliveryProperties":{"deliveryFrequency":"One_Hour"}},{"name":"bare"}]}`,
		},
		want: map[string]object{
			"config_configuration_recorder " + arn + "configuration-recorder/default/r1": {
				"Name": "default", "RoleARN": "arn:aws:iam::123456789012:role/config", "Recording": true,
				"RecordingGroup": object{
					"AllSupported": false, "IncludeGlobalResourceTypes": false, "ResourceTypes": []any{"AWS::EC2::Instance", "AWS::S3::Bucket"},
					"RecordingStrategy": object{"UseOnly": "INCLUSION_BY_RESOURCE_TYPES"},
				},
				"RecordingMode": object{"RecordingFrequency": "CONTINUOUS", "RecordingModeOverrides": []any{object{
					"RecordingFrequency": "DAILY", "ResourceTypes": []any{"AWS::EC2::Subnet", "AWS::EC2::VPC"},
				}}},
			},
			"config_configuration_recorder " + arn + "configuration-recorder/bare": {"Name": "bare"},
			"config_delivery_channel " + arn + "delivery-channel/default": {
				"Name": "default", "S3BucketName": "logs", "S3KeyPrefix": "cfg", "SnsTopicARN": "arn:aws:sns:eu-west-1:123456789012:t",
				"ConfigSnapshotDeliveryProperties": object{"DeliveryFrequency": "One_Hour"},
			},
			"config_delivery_channel " + arn + "delivery-channel/bare": {"Name": "bare"},
		},
		facts: map[string]object{
			"config_configuration_recorder " + arn + "configuration-recorder/default/r1": {
				"LastStatus": "SUCCESS", "LastStartTime": "2026-01-02T03:04:05Z", "RecordingScope": "PAID",
			},
		},
		refused: map[string]map[string][]string{"DescribeConfigurationRecorderStatus": {"config_configuration_recorder": {"Recording"}}},
		fails: map[string][]string{
			"DescribeConfigurationRecorders": {"config_configuration_recorder"}, "DescribeDeliveryChannels": {"config_delivery_channel"},
		},
		swaps: [][2]string{{`"AWS::S3::Bucket"`, `"AWS::EC2::Instance"`}, {`"AWS::EC2::VPC"`, `"AWS::EC2::Subnet"`}},
	}).run(t)
}
