//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func securityHubOfMoto() motoService {
	return motoService{
		service: "securityhub", region: motoserver.Region, lacks: []string{"securityhub:GetEnabledStandards", "securityhub:ListTagsForResource"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			must(securityhub.NewFromConfig(e.plainConfig()).EnableSecurityHub(t.Context(), &securityhub.EnableSecurityHubInput{}))(t)
			return map[string][]string{"securityhub_hub": {"arn:aws:securityhub:" + motoserver.Region + ":" + motoserver.Account + ":hub/default"}}
		},
	}
}
