package awscloud

import "testing"

func TestConfig(t *testing.T) {
	const arn = "arn:aws:config:eu-west-1:123456789012:"
	(&staged{
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
		refusals: map[string]refusal{
			"config:DescribeConfigurationRecorderStatus": {unread: map[string][]string{"config_configuration_recorder": {"Recording"}}},
			"config:DescribeConfigurationRecorders":      {fails: []string{"config_configuration_recorder"}},
			"config:DescribeDeliveryChannels":            {fails: []string{"config_delivery_channel"}},
		},
	}).run(t)
}
