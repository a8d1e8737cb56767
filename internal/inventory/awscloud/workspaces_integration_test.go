//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice"
	dstypes "github.com/aws/aws-sdk-go-v2/service/directoryservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/workspaces"
	"github.com/aws/aws-sdk-go-v2/service/workspaces/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func workSpacesOfMoto() motoService {
	return motoService{
		service: "workspaces", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), workspaces.NewFromConfig(e.plainConfig())
			directory := directoryInMoto(t, e, "corp.example.com")
			must(api.RegisterWorkspaceDirectory(ctx, &workspaces.RegisterWorkspaceDirectoryInput{
				DirectoryId: &directory, Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}},
			}))(t)
			made := must(api.CreateWorkspaces(ctx, &workspaces.CreateWorkspacesInput{Workspaces: []types.WorkspaceRequest{{
				DirectoryId: &directory, BundleId: aws.String("wsb-1234567"), UserName: aws.String("ann"),
			}}}))(t)
			arn := "arn:aws:workspaces:" + motoserver.Region + ":123456789012:"
			return map[string][]string{
				"workspaces_directory": {arn + "directory/" + directory},
				"workspaces_workspace": {arn + "workspace/" + *made.PendingRequests[0].WorkspaceId},
			}
		},
	}
}

// directoryInMoto makes a Simple AD, in a network of its own.
func directoryInMoto(t *testing.T, e *estate, name string) string {
	t.Helper()
	ctx, networks := t.Context(), ec2.NewFromConfig(e.plainConfig())
	vpc := must(networks.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc.VpcId
	subnets := make([]string, 0, 2)
	for zone, block := range map[string]string{"a": "10.0.1.0/24", "b": "10.0.2.0/24"} {
		made := must(networks.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: vpc, CidrBlock: aws.String(block), AvailabilityZone: aws.String(motoserver.Region + zone),
		}))(t)
		subnets = append(subnets, *made.Subnet.SubnetId)
	}
	directory := must(directoryservice.NewFromConfig(e.plainConfig()).CreateDirectory(ctx, &directoryservice.CreateDirectoryInput{
		Name: &name, Password: aws.String("Password4"), Size: dstypes.DirectorySizeSmall,
		VpcSettings: &dstypes.DirectoryVpcSettings{VpcId: vpc, SubnetIds: subnets},
	}))(t)
	return *directory.DirectoryId
}
