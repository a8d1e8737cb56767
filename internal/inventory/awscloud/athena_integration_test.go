//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func athenaOfMoto() motoService {
	return motoService{
		service: "athena", region: motoserver.Region, lacks: []string{actionAthenaTags},
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), athena.NewFromConfig(e.plainConfig())
			arn := "arn:aws:athena:" + motoserver.Region + ":" + motoserver.Account + ":"
			must(api.CreateWorkGroup(ctx, &athena.CreateWorkGroupInput{
				Name: s("team"), Configuration: &types.WorkGroupConfiguration{ResultConfiguration: &types.ResultConfiguration{OutputLocation: s("s3://b/")}},
				Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			must(api.CreateDataCatalog(ctx, &athena.CreateDataCatalogInput{
				Name: s("hive"), Type: types.DataCatalogTypeHive, Parameters: map[string]string{"metadata-function": "f"},
				Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			return map[string][]string{
				athenaWorkGroup: {arn + "workgroup/primary", arn + "workgroup/team"}, athenaCatalog: {arn + "datacatalog/hive"},
			}
		},
	}
}
