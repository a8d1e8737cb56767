//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// fillMachines makes instances with all that belongs to them, and returns the ids of one that runs and of an image that is shared.
func (e *estate) fillMachines(t *testing.T) (instance, shared string) {
	t.Helper()
	ctx, s := t.Context(), aws.String
	vpc := must(e.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: s("10.1.0.0/16")}))(t).Vpc
	subnet := must(e.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc.VpcId, CidrBlock: s("10.1.0.0/24")}))(t).Subnet
	must(e.ec2.CreateKeyPair(ctx, &ec2.CreateKeyPairInput{KeyName: s("ops")}))(t)
	base := must(e.ec2.RegisterImage(ctx, &ec2.RegisterImageInput{Name: s("base"), RootDeviceName: s("/dev/xvda")}))(t)
	ran := must(e.ec2.RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: base.ImageId, MinCount: aws.Int32(3), MaxCount: aws.Int32(3), InstanceType: types.InstanceTypeT3Micro,
		SubnetId: subnet.SubnetId, KeyName: s("ops"), TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
		}},
	}))(t).Instances
	must(e.ec2.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: []string{*ran[1].InstanceId}}))(t)
	must(e.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{*ran[2].InstanceId}}))(t)
	volume := must(e.ec2.CreateVolume(ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: s(motoserver.Region + "a"), Size: aws.Int32(8), VolumeType: types.VolumeTypeGp3, Encrypted: aws.Bool(true),
	}))(t)
	must(e.ec2.CreateSnapshot(ctx, &ec2.CreateSnapshotInput{VolumeId: volume.VolumeId, Description: s("nightly")}))(t)
	image := must(e.ec2.CreateImage(ctx, &ec2.CreateImageInput{InstanceId: ran[0].InstanceId, Name: s("web-1")}))(t)
	must(e.ec2.ModifyImageAttribute(ctx, &ec2.ModifyImageAttributeInput{
		ImageId: image.ImageId, LaunchPermission: &types.LaunchPermissionModifications{
			Add: []types.LaunchPermission{{UserId: s("210987654321")}},
		},
	}))(t)
	address := must(e.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc}))(t)
	must(e.ec2.AssociateAddress(ctx, &ec2.AssociateAddressInput{AllocationId: address.AllocationId, InstanceId: ran[0].InstanceId}))(t)
	must(e.ec2.EnableEbsEncryptionByDefault(ctx, &ec2.EnableEbsEncryptionByDefaultInput{}))(t)
	must(e.ec2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: s("web"), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: s("ami-12c6146b")},
	}))(t)
	return *ran[0].InstanceId, *image.ImageId
}
