//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func guardDutyOfMoto() motoService {
	return motoService{service: "guardduty", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		got := must(guardduty.NewFromConfig(e.plainConfig()).CreateDetector(t.Context(), &guardduty.CreateDetectorInput{
			Enable: new(true), FindingPublishingFrequency: types.FindingPublishingFrequencyOneHour,
		}))(t)
		return map[string][]string{"guardduty_detector": {
			"arn:aws:guardduty:" + motoserver.Region + ":" + motoserver.Account + ":detector/" + *got.DetectorId,
		}}
	}}
}
