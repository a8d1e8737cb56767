//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func firehoseOfMoto() motoService {
	return motoService{service: "firehose", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		s := aws.String
		made := must(firehose.NewFromConfig(e.plainConfig()).CreateDeliveryStream(t.Context(), &firehose.CreateDeliveryStreamInput{
			DeliveryStreamName: s("logs"), DeliveryStreamType: types.DeliveryStreamTypeDirectPut, Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			ExtendedS3DestinationConfiguration: &types.ExtendedS3DestinationConfiguration{
				RoleARN: s("arn:aws:iam::123456789012:role/f"), BucketARN: s("arn:aws:s3:::logs"),
			},
		}))(t)
		return map[string][]string{"firehose_delivery_stream": {*made.DeliveryStreamARN}}
	}}
}
