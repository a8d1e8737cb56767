//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func configOfMoto() motoService {
	return motoService{service: "config", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		s, api := aws.String, configservice.NewFromConfig(e.plainConfig())
		must(api.PutConfigurationRecorder(t.Context(), &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{
			Name: s("default"), RoleARN: s("arn:aws:iam::123456789012:role/config"), RecordingGroup: &types.RecordingGroup{AllSupported: true},
		}}))(t)
		must(api.PutDeliveryChannel(t.Context(), &configservice.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{
			Name: s("default"), S3BucketName: s("logs"),
		}}))(t)
		const arn = "arn:aws:config:" + motoserver.Region + ":" + motoserver.Account + ":"
		return map[string][]string{
			"config_configuration_recorder": {arn + "configuration-recorder/default"}, "config_delivery_channel": {arn + "delivery-channel/default"},
		}
	}}
}
