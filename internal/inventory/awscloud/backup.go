package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// backupCollector reads AWS Backup (Backup API reference).
func backupCollector() *collector {
	p := &backupProjectors{
		protected: projectorOf("backup_protected_resource", nil),
		vaults:    projectorOf("backup_vault", nil),
		plans: projectorOf("backup_plan", map[string]string{
			"BackupPlan.Rules": "BackupPlanRule", "BackupRule.TargetBackupVaultName": "TargetBackupVault",
		}),
	}
	vault := func(path string) map[string][]string { return map[string][]string{"backup_vault": {path}} }
	tags := map[string][]string{"backup_vault": {"BackupVaultTags"}, "backup_plan": {"BackupPlanTags"}}
	return &collector{
		service: "backup",
		listings: []listing{
			{
				types: []string{"backup_vault"},
				actions: []string{
					"backup:ListBackupVaults", "backup:GetBackupVaultAccessPolicy", "backup:GetBackupVaultNotifications", "backup:ListTags",
				},
				page: backupPage,
				each: eachOf("vault", "`ListBackupVaults` leaves them out",
					"backup:GetBackupVaultAccessPolicy", "backup:GetBackupVaultNotifications", "backup:ListTags",
				),
				collect: p.collectVaults,
			},
			{
				types:   []string{"backup_plan"},
				actions: []string{"backup:ListBackupPlans", "backup:GetBackupPlan", "backup:ListTags"},
				page:    backupPage,
				each:    eachOf("plan", "`ListBackupPlans` tells names and ids", "backup:GetBackupPlan", "backup:ListTags"),
				collect: p.collectPlans,
			},
			{
				types: []string{"backup_protected_resource"}, actions: []string{"backup:ListProtectedResources"}, page: backupPage,
				collect: p.collectProtected,
			},
		},
		events: map[string]map[string][]string{
			"PutBackupVaultAccessPolicy":         vault("AccessPolicy"),
			"DeleteBackupVaultAccessPolicy":      vault("AccessPolicy"),
			"PutBackupVaultLockConfiguration":    vault("LockConfiguration"),
			"DeleteBackupVaultLockConfiguration": vault("LockConfiguration"),
			"PutBackupVaultNotifications":        vault("Notifications"),
			"DeleteBackupVaultNotifications":     vault("Notifications"),
			"UpdateBackupPlan":                   {"backup_plan": {"BackupPlan"}},
			"TagResource":                        tags,
			"UntagResource":                      tags,
		},
	}
}

func backupClient(s *session) *backup.Client {
	return client(s, func(c aws.Config) *backup.Client { return backup.NewFromConfig(c) })
}

// backupPage is the most that Backup returns at once.
const backupPage = 1000

// backupProjectors turn the answers of the Backup API into configurations.
type backupProjectors struct{ vaults, plans, protected *shape.Projector }

// collectVaults reads the vaults of backups. Logically air-gapped ones and those of restore access are resources of other
// types.
func (p *backupProjectors) collectVaults(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := backupClient(s).ListBackupVaults(ctx, &backup.ListBackupVaultsInput{MaxResults: aws.Int32(backupPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.BackupVaultList, func(ctx context.Context, v types.BackupVaultListMember) error {
			o := p.vault(&v)
			if v.VaultType != "" && v.VaultType != types.VaultTypeBackupVault || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if o.ExternalID != "" {
				if err := p.readVault(ctx, s, o, v.BackupVaultName); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *backupProjectors) vault(v *types.BackupVaultListMember) *audit.Observation {
	o := &audit.Observation{
		Type: "backup_vault", ExternalID: aws.ToString(v.BackupVaultArn), Name: aws.ToString(v.BackupVaultName),
		Config: object{"BackupVaultName": v.BackupVaultName, "EncryptionKeyArn": v.EncryptionKeyArn},
		Facts: object{
			"CreationDate": v.CreationDate, "Locked": v.Locked, "LockDate": v.LockDate, "VaultState": told(v.VaultState),
			"EncryptionKeyType": told(v.EncryptionKeyType),
		},
	}
	if aws.ToBool(v.Locked) {
		o.Config["LockConfiguration"] = object{"MinRetentionDays": v.MinRetentionDays, "MaxRetentionDays": v.MaxRetentionDays}
	}
	return o
}

// readVault reads what the listing leaves out. A vault without a policy, or without notifications, answers
// ResourceNotFoundException, as one that vanished does.
func (p *backupProjectors) readVault(ctx context.Context, s *session, o *audit.Observation, name *string) error {
	api := backupClient(s)
	err := s.detail(ctx, o, []string{"AccessPolicy"}, func(ctx context.Context) error {
		got, err := api.GetBackupVaultAccessPolicy(ctx, &backup.GetBackupVaultAccessPolicyInput{BackupVaultName: name})
		if err == nil {
			o.Config["AccessPolicy"] = got.Policy
		}
		return err
	})
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{"Notifications"}, func(ctx context.Context) error {
		got, err := api.GetBackupVaultNotifications(ctx, &backup.GetBackupVaultNotificationsInput{BackupVaultName: name})
		if err == nil {
			o.Config["Notifications"] = p.vaults.ProjectAt("Notifications", got)
		}
		return err
	})
	if err != nil {
		return err
	}
	return readBackupTags(ctx, s, o, "BackupVaultTags")
}

func (p *backupProjectors) collectPlans(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := backupClient(s).ListBackupPlans(ctx, &backup.ListBackupPlansInput{MaxResults: aws.Int32(backupPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.BackupPlansList, func(ctx context.Context, b types.BackupPlansListMember) error {
			o := &audit.Observation{
				Type: "backup_plan", ExternalID: aws.ToString(b.BackupPlanArn), Name: aws.ToString(b.BackupPlanName), Config: object{},
				Facts: object{"CreationDate": b.CreationDate, "VersionId": b.VersionId},
			}
			if b.DeletionDate != nil || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, []string{"BackupPlan"}, func(ctx context.Context) error {
				got, err := backupClient(s).GetBackupPlan(ctx, &backup.GetBackupPlanInput{BackupPlanId: b.BackupPlanId})
				if err == nil {
					o.Config["BackupPlan"] = p.plans.ProjectAt("BackupPlan", got.BackupPlan)
				}
				return goneIf(err, "ResourceNotFoundException")
			})
			if err != nil {
				return err
			}
			if o.ExternalID != "" {
				if err := readBackupTags(ctx, s, o, "BackupPlanTags"); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readBackupTags reads tags, which no listing tells, to the property that has them.
func readBackupTags(ctx context.Context, s *session, o *audit.Observation, path string) error {
	return s.detail(ctx, o, []string{path}, func(ctx context.Context) error {
		tags := map[string]string{}
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := backupClient(s).ListTags(ctx, &backup.ListTagsInput{
				ResourceArn: aws.String(o.ExternalID), MaxResults: aws.Int32(backupPage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			maps.Copy(tags, page.Tags)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config[path], o.Tags = tags, tags
		}
		return goneIf(err, "ResourceNotFoundException")
	})
}
