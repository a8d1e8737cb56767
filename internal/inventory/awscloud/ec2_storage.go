package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

func ec2StorageListings() []listing {
	p := newEC2StorageProjectors()
	return []listing{
		{types: []string{"ec2_volume"}, actions: []string{"ec2:DescribeVolumes"}, page: ec2PageSize, collect: p.collectVolumes},
		{types: []string{"ec2_snapshot"}, actions: []string{"ec2:DescribeSnapshots"}, page: ec2PageSize, passes: 2, collect: p.collectSnapshots},
		{
			types:   []string{"ec2_image"},
			actions: []string{"ec2:DescribeImages", "ec2:DescribeImageAttribute"},
			page:    ec2PageSize,
			each: []each{{
				action: "ec2:DescribeImageAttribute", of: "own image",
				because: "`DescribeImages` tells whether an image is public, not whom it is shared with",
			}},
			collect: p.collectImages,
		},
	}
}

func ec2StorageEvents() map[string]map[string][]string {
	of := func(resourceType string, paths ...string) map[string][]string {
		return map[string][]string{resourceType: paths}
	}
	shared := of("ec2_snapshot", "CreateVolumePermissions")
	protected := of("ec2_image", "DeregistrationProtection")
	deprecated := of("ec2_image", "DeprecationTime")
	return map[string]map[string][]string{
		"ModifyVolume":                         of("ec2_volume", "Iops", "MultiAttachEnabled", "Size", "Throughput", "VolumeType"),
		"ModifyVolumeAttribute":                of("ec2_volume", "AutoEnableIO"),
		"ModifySnapshotAttribute":              shared,
		"ResetSnapshotAttribute":               shared,
		"ModifySnapshotTier":                   of("ec2_snapshot", "StorageTier"),
		"RestoreSnapshotTier":                  of("ec2_snapshot", "StorageTier"),
		"ModifyImageAttribute":                 of("ec2_image", "Description", "ImdsSupport", "LaunchPermissions"),
		"ResetImageAttribute":                  of("ec2_image", "LaunchPermissions"),
		"CancelImageLaunchPermission":          of("ec2_image", "LaunchPermissions"),
		"EnableImageDeprecation":               deprecated,
		"DisableImageDeprecation":              deprecated,
		"EnableImageDeregistrationProtection":  protected,
		"DisableImageDeregistrationProtection": protected,
		"DisableImage":                         of("ec2_image", "LaunchPermissions"),
	}
}

// ec2StorageProjectors turn the answers about EBS and images into configurations: volumes in CloudFormation's words,
// snapshots and images in the EC2 API's own.
type ec2StorageProjectors struct {
	volumes, snapshots, images *shape.Projector
}

func newEC2StorageProjectors() *ec2StorageProjectors {
	return &ec2StorageProjectors{
		volumes: projectorOf("ec2_volume", nil), snapshots: projectorOf("ec2_snapshot", nil), images: projectorOf("ec2_image", nil),
	}
}

// collectVolumes reads the volumes. AutoEnableIO is not read: EC2 tells it only volume by volume.
func (p *ec2StorageProjectors) collectVolumes(ctx context.Context, s *session, out inventory.Emitter) error {
	return ec2Pages(ctx, s, out, func(ctx context.Context, token *string) ([]types.Volume, *string, error) {
		page, err := ec2Client(s).DescribeVolumes(ctx, &ec2.DescribeVolumesInput{
			MaxResults: aws.Int32(ec2PageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return page.Volumes, page.NextToken, nil
	}, func(d *types.Volume) *audit.Observation {
		if d.State == types.VolumeStateDeleting || d.State == types.VolumeStateDeleted {
			return nil
		}
		return p.volume(s, d)
	})
}

func (p *ec2StorageProjectors) volume(s *session, d *types.Volume) *audit.Observation {
	c := p.volumes.Project(d)
	attachments := make([]any, 0, len(d.Attachments))
	for i := range d.Attachments {
		a := &d.Attachments[i]
		attachments = append(attachments, object{
			"InstanceId": a.InstanceId, "Device": a.Device, "DeleteOnTermination": a.DeleteOnTermination,
			"State": told(a.State), "AttachTime": a.AttachTime,
		})
	}
	facts := object{"State": told(d.State), "CreateTime": d.CreateTime}
	if len(attachments) > 0 {
		facts["Attachments"] = attachments
	}
	return ec2Listed(s, "ec2_volume", "volume", d.VolumeId, c, facts, d.Tags)
}

// ec2Everyone is the group of all AWS accounts, as owners grant permissions to it and as snapshots are searched by.
const ec2Everyone = "all"

// collectSnapshots reads the account's snapshots. Of who may restore them only the group "all" is read, which one more
// listing tells for all snapshots at once: CreateVolumePermissions is {Group: all} for public snapshots and otherwise
// empty. Single accounts that a snapshot is shared with would take a call for each (DescribeSnapshotAttribute) of what
// may be a hundred thousand, most of them made by backups and shared with nobody.
func (p *ec2StorageProjectors) collectSnapshots(ctx context.Context, s *session, out inventory.Emitter) error {
	public, unread := ec2PublicSnapshots(ctx, s)
	if err := fatal(ctx, unread); err != nil {
		return err
	}
	return ec2Snapshots(ctx, s, nil, func(d *types.Snapshot) error {
		o := p.snapshot(s, d)
		switch {
		case unread != nil:
			setUnread(o, awsaccess.Classify(unread), "CreateVolumePermissions")
		case public[aws.ToString(d.SnapshotId)]:
			o.Config["CreateVolumePermissions"] = []any{object{"Group": ec2Everyone}}
		}
		return s.emit(ctx, out, o)
	})
}

// ec2PublicSnapshots returns the ids of the account's snapshots that everyone may restore.
func ec2PublicSnapshots(ctx context.Context, s *session) (map[string]bool, error) {
	ids := map[string]bool{}
	err := ec2Snapshots(ctx, s, []string{ec2Everyone}, func(d *types.Snapshot) error {
		ids[aws.ToString(d.SnapshotId)] = true
		return nil
	})
	return ids, err
}

// ec2Snapshots calls do with every snapshot that the account owns, or with those of them that restorableBy may restore.
func ec2Snapshots(ctx context.Context, s *session, restorableBy []string, do func(*types.Snapshot) error) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ec2Client(s).DescribeSnapshots(ctx, &ec2.DescribeSnapshotsInput{
			OwnerIds: []string{"self"}, RestorableByUserIds: restorableBy, MaxResults: aws.Int32(ec2PageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.Snapshots {
			if err := do(&page.Snapshots[i]); err != nil {
				return nil, err
			}
			page.Snapshots[i] = types.Snapshot{} // as ec2Pages does
		}
		return page.NextToken, nil
	})
}

func (p *ec2StorageProjectors) snapshot(s *session, d *types.Snapshot) *audit.Observation {
	c := p.snapshots.Project(d)
	facts := object{"State": told(d.State), "StartTime": d.StartTime}
	if d.CompletionTime != nil {
		facts["CompletionTime"] = d.CompletionTime
	}
	if d.RestoreExpiryTime != nil { // an archived snapshot, restored for a while
		facts["RestoreExpiryTime"] = d.RestoreExpiryTime
	}
	return ec2Listed(s, "ec2_snapshot", "snapshot", d.SnapshotId, c, facts, d.Tags)
}

// collectImages reads the account's own images, those that are disabled too, and of each who may launch it: a call for
// each, because no listing tells.
func (p *ec2StorageProjectors) collectImages(ctx context.Context, s *session, out inventory.Emitter) error {
	api := ec2Client(s)
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := api.DescribeImages(ctx, &ec2.DescribeImagesInput{
			Owners: []string{"self"}, IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true),
			MaxResults: aws.Int32(ec2PageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Images, func(ctx context.Context, d types.Image) error {
			o := p.image(s, &d)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, []string{"LaunchPermissions"}, func(ctx context.Context) error {
				got, err := api.DescribeImageAttribute(ctx, &ec2.DescribeImageAttributeInput{
					ImageId: d.ImageId, Attribute: types.ImageAttributeNameLaunchPermission,
				})
				if err == nil {
					o.Config["LaunchPermissions"] = p.images.ProjectAt("LaunchPermissions", got.LaunchPermissions)
				}
				return err
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *ec2StorageProjectors) image(s *session, d *types.Image) *audit.Observation {
	facts := object{
		"State": told(d.State), "CreationDate": d.CreationDate, "LastLaunchedTime": filled(d.LastLaunchedTime),
		"Public": d.Public, "PlatformDetails": d.PlatformDetails, "RootDeviceType": told(d.RootDeviceType),
		"SourceImageId": d.SourceImageId, "SourceInstanceId": d.SourceInstanceId,
	}
	o := ec2Listed(s, "ec2_image", "image", d.ImageId, p.images.Project(d), facts, d.Tags)
	if o.Tags["Name"] == "" && aws.ToString(d.Name) != "" {
		o.Name = *d.Name
	}
	return o
}
