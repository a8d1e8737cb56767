//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fsx"
	"github.com/aws/aws-sdk-go-v2/service/fsx/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func fsxOfMoto() motoService {
	return motoService{
		service: "fsx", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), fsx.NewFromConfig(e.plainConfig())
			one := must(api.CreateFileSystem(ctx, &fsx.CreateFileSystemInput{
				FileSystemType: types.FileSystemTypeLustre, StorageCapacity: aws.Int32(1200), SubnetIds: []string{"subnet-1"},
				LustreConfiguration: &types.CreateFileSystemLustreConfiguration{DeploymentType: types.LustreDeploymentTypeScratch2},
				Tags:                []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			return map[string][]string{fsxFileSystem: {*one.FileSystem.ResourceARN}}
		},
	}
}
