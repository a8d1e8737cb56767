//go:build integration

package awscloud

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// fillEC2 makes an instance with all that belongs to it, and returns the external ids of what it made, by type.
func (e *estate) fillEC2(t *testing.T) map[string][]string {
	t.Helper()
	ctx, s := t.Context(), aws.String
	account := "arn:aws:ec2:" + motoserver.Region + ":" + motoserver.Account + ":"
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
	snapshot := must(e.ec2.CreateSnapshot(ctx, &ec2.CreateSnapshotInput{VolumeId: volume.VolumeId, Description: s("nightly")}))(t)
	image := must(e.ec2.CreateImage(ctx, &ec2.CreateImageInput{InstanceId: ran[0].InstanceId, Name: s("web-1")}))(t)
	must(e.ec2.ModifyImageAttribute(ctx, &ec2.ModifyImageAttributeInput{
		ImageId: image.ImageId, LaunchPermission: &types.LaunchPermissionModifications{
			Add: []types.LaunchPermission{{UserId: s("210987654321")}},
		},
	}))(t)
	address := must(e.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc}))(t)
	must(e.ec2.AssociateAddress(ctx, &ec2.AssociateAddressInput{AllocationId: address.AllocationId, InstanceId: ran[0].InstanceId}))(t)
	must(e.ec2.EnableEbsEncryptionByDefault(ctx, &ec2.EnableEbsEncryptionByDefaultInput{}))(t)
	return map[string][]string{
		"ec2_instance":         {account + "instance/" + *ran[0].InstanceId, account + "instance/" + *ran[1].InstanceId},
		"ec2_eip":              {account + "elastic-ip/" + *address.AllocationId},
		"ec2_key_pair":         {account + "key-pair/ops"},
		"ec2_image":            {"arn:aws:ec2:" + motoserver.Region + "::image/" + *image.ImageId, "arn:aws:ec2:" + motoserver.Region + "::image/" + *base.ImageId},
		"ec2_account_settings": {account + "account-settings"},
		"ec2_volume":           {account + "volume/" + *volume.VolumeId},
		"ec2_snapshot":         {"arn:aws:ec2:" + motoserver.Region + "::snapshot/" + *snapshot.SnapshotId},
	}
}

func TestMachinesOfMoto(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	made := e.fillEC2(t)
	h, called := e.sync(t, []string{"ec2"}, motoserver.Region)

	t.Run("what was made is found", func(t *testing.T) {
		for typ, want := range made {
			got := h.ids(typ)
			// Instances and images bring volumes and snapshots of their own.
			if typ == "ec2_volume" || typ == "ec2_snapshot" {
				if !slices.Contains(got, want[0]) {
					t.Errorf("%s: %v lacks %s", typ, got, want[0])
				}
				continue
			}
			want = slices.Sorted(slices.Values(want)) // a copy: their order is asked about below
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
		if len(h.ids("ec2_network_interface")) < 2 {
			t.Errorf("the instances' interfaces are missing: %v", h.ids("ec2_network_interface"))
		}
	})
	t.Run("what was declared is read", func(t *testing.T) {
		i := h.byID(t, "ec2_instance", made["ec2_instance"][0])
		if i.Config["InstanceType"] != "t3.micro" || i.Config["KeyName"] != "ops" || i.Tags["env"] != "prod" {
			t.Errorf("the instance is %v", i.Config)
		}
		image := h.byID(t, "ec2_image", made["ec2_image"][0])
		if diff := cmp.Diff([]any{object{"UserId": "210987654321"}}, image.Config["LaunchPermissions"]); diff != "" {
			t.Errorf("launch permissions (-want +got):\n%s", diff)
		}
		settings := h.byID(t, "ec2_account_settings", made["ec2_account_settings"][0])
		if settings.Config["EbsEncryptionByDefault"] != true {
			t.Errorf("the settings are %v", settings.Config)
		}
	})
	t.Run("one instance is stopped", func(t *testing.T) {
		stopped := 0
		for _, o := range h.all {
			if o.Type == "ec2_instance" && o.Status == audit.ResourceStopped {
				stopped++
			}
		}
		if stopped != 1 {
			t.Errorf("%d instances are stopped", stopped)
		}
	})
	t.Run("nothing but what moto can't tell is unread", func(t *testing.T) {
		for _, o := range h.all {
			if o.Type == ec2AccountSettings {
				continue
			}
			if slices.Contains(ec2VMTypes, o.Type) && len(o.Unread) > 0 {
				t.Errorf("%s: %v", o.ExternalID, o.Unread)
			}
		}
	})
	t.Run("no call is made that isn't declared", func(t *testing.T) {
		var declared []string
		for _, l := range ec2Collector().listings {
			declared = append(declared, l.actions...)
		}
		for _, action := range called {
			if !slices.Contains(declared, action) {
				t.Errorf("%s was called", action)
			}
		}
	})
	t.Run("a second sync reads the same", func(t *testing.T) {
		again, _ := e.sync(t, []string{"ec2"}, motoserver.Region)
		sameHashes(t, h, again)
	})
}
