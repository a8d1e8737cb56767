//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	"github.com/aws/aws-sdk-go-v2/service/inspector2/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func inspectorOfMoto() motoService {
	return motoService{
		service: "inspector2", region: motoserver.Region, lacks: []string{"inspector2:GetConfiguration"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			must(inspector2.NewFromConfig(e.plainConfig()).Enable(t.Context(), &inspector2.EnableInput{
				ResourceTypes: []types.ResourceScanType{types.ResourceScanTypeEc2, types.ResourceScanTypeEcr},
				AccountIds:    []string{motoserver.Account},
			}))(t)
			return map[string][]string{
				inspectorAccount: {"arn:aws:inspector2:" + motoserver.Region + ":" + motoserver.Account + ":account"},
			}
		},
	}
}
