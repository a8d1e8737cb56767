package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/efs/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// efsCollector reads Amazon EFS (EFS API reference), which IAM and CloudTrail call elasticfilesystem.
func efsCollector() *collector {
	p := &efsProjectors{systems: projectorOf("efs_file_system", map[string]string{
		"FileSystemDescription.Tags": "FileSystemTags", "DescribeFileSystemPolicyOutput.Policy": "FileSystemPolicy",
	})}
	system := func(paths ...string) map[string][]string { return map[string][]string{"efs_file_system": paths} }
	return &collector{
		service: "elasticfilesystem",
		listings: []listing{{
			types: []string{"efs_file_system"},
			actions: []string{
				"elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeBackupPolicy", "elasticfilesystem:DescribeFileSystemPolicy",
				"elasticfilesystem:DescribeLifecycleConfiguration", "elasticfilesystem:DescribeReplicationConfigurations",
			},
			page: efsPageSize,
			each: eachOf("file system", "no listing tells them",
				"elasticfilesystem:DescribeBackupPolicy", "elasticfilesystem:DescribeFileSystemPolicy", "elasticfilesystem:DescribeLifecycleConfiguration",
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"UpdateFileSystem":               system("ProvisionedThroughputInMibps", "ThroughputMode"),
			"UpdateFileSystemProtection":     system("FileSystemProtection"),
			"PutBackupPolicy":                system("BackupPolicy"),
			"PutFileSystemPolicy":            system("FileSystemPolicy"),
			"DeleteFileSystemPolicy":         system("FileSystemPolicy"),
			"PutLifecycleConfiguration":      system("LifecyclePolicies"),
			"CreateReplicationConfiguration": system("ReplicationConfiguration"),
			"DeleteReplicationConfiguration": system("ReplicationConfiguration"),
			"TagResource":                    system("FileSystemTags"),
			"UntagResource":                  system("FileSystemTags"),
		},
	}
}

// efsPageSize is the most that EFS returns at once.
const efsPageSize = 100

func efsClient(s *session) *efs.Client {
	return client(s, func(c aws.Config) *efs.Client { return efs.NewFromConfig(c) })
}

// efsProjectors turn the answers of the API into configurations.
type efsProjectors struct{ systems *shape.Projector }

func (p *efsProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	replications, failed := efsReplications(ctx, s)
	if err := fatal(ctx, failed); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := efsClient(s).DescribeFileSystems(ctx, &efs.DescribeFileSystemsInput{MaxItems: aws.Int32(efsPageSize), Marker: token})
		if err != nil {
			return nil, err
		}
		return page.NextMarker, forEach(ctx, s, page.FileSystems, func(ctx context.Context, d types.FileSystemDescription) error {
			if d.LifeCycleState == types.LifeCycleStateDeleting || d.LifeCycleState == types.LifeCycleStateDeleted {
				return nil
			}
			o := p.system(s, &d)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if failed != nil {
				setUnread(o, awsaccess.Classify(failed), "ReplicationConfiguration")
			} else if r, ok := replications[aws.ToString(d.FileSystemId)]; ok {
				o.Config["ReplicationConfiguration"] = p.systems.ProjectAt("ReplicationConfiguration", r)
			}
			if err := p.detail(ctx, s, o, d.FileSystemId); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// efsReplications lists the replications of the region's file systems, by the id of what is replicated. The listing has
// those, too, that end here.
func efsReplications(ctx context.Context, s *session) (map[string]types.ReplicationConfigurationDescription, error) {
	all := map[string]types.ReplicationConfigurationDescription{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := efsClient(s).DescribeReplicationConfigurations(ctx, &efs.DescribeReplicationConfigurationsInput{
			MaxResults: aws.Int32(efsPageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Replications {
			all[aws.ToString(r.SourceFileSystemId)] = r
		}
		return page.NextToken, nil
	})
	if absent, _ := isAbsence(err); absent { // "ReplicationNotFound", where there is none
		return nil, nil
	}
	return all, err
}

// efsGone is the code that says that a file system vanished.
const efsGone = "FileSystemNotFound"

// detail reads what DescribeFileSystems leaves out, a call for each: policy, backup policy and lifecycle.
func (p *efsProjectors) detail(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	api := efsClient(s)
	err := s.detail(ctx, o, []string{"FileSystemPolicy"}, func(ctx context.Context) error {
		got, err := api.DescribeFileSystemPolicy(ctx, &efs.DescribeFileSystemPolicyInput{FileSystemId: id})
		if err == nil {
			o.Config["FileSystemPolicy"] = got.Policy
		}
		return goneIf(err, efsGone)
	})
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{"BackupPolicy"}, func(ctx context.Context) error {
		got, err := api.DescribeBackupPolicy(ctx, &efs.DescribeBackupPolicyInput{FileSystemId: id})
		if err == nil {
			o.Config["BackupPolicy"] = efsBackup(got.BackupPolicy)
		}
		return goneIf(err, efsGone)
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"LifecyclePolicies"}, func(ctx context.Context) error {
		got, err := api.DescribeLifecycleConfiguration(ctx, &efs.DescribeLifecycleConfigurationInput{FileSystemId: id})
		if err == nil {
			o.Config["LifecyclePolicies"] = p.systems.ProjectAt("LifecyclePolicies", got.LifecyclePolicies)
		}
		return goneIf(err, efsGone)
	})
}

// efsBackup makes of a status the one that was asked for: it is on its way for a while.
func efsBackup(b *types.BackupPolicy) any {
	if b == nil {
		return nil
	}
	switch b.Status {
	case types.StatusEnabled, types.StatusEnabling:
		return object{"Status": types.StatusEnabled}
	}
	return object{"Status": types.StatusDisabled}
}

func (p *efsProjectors) system(s *session, d *types.FileSystemDescription) *audit.Observation {
	o := &audit.Observation{
		Type: "efs_file_system", ExternalID: aws.ToString(d.FileSystemArn), Name: aws.ToString(d.Name), Config: p.systems.Project(d),
		Facts: object{
			"CreationTime": d.CreationTime, "LifeCycleState": told(d.LifeCycleState), "NumberOfMountTargets": d.NumberOfMountTargets,
		},
		Tags: tagsOf(d.Tags),
	}
	if id := aws.ToString(d.FileSystemId); o.ExternalID == "" && id != "" { // the answer has it only of late
		o.ExternalID = s.arn("elasticfilesystem", "file-system/"+id)
	}
	return o
}
