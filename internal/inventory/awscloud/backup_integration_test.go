//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func backupOfMoto() motoService {
	return motoService{
		service: "backup", region: motoserver.Region, lacks: []string{"backup:GetBackupVaultAccessPolicy", "backup:GetBackupVaultNotifications"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), backup.NewFromConfig(e.plainConfig())
			vault := must(api.CreateBackupVault(ctx, &backup.CreateBackupVaultInput{
				BackupVaultName: s("main"), BackupVaultTags: map[string]string{"env": "prod"},
			}))(t)
			plan := must(api.CreateBackupPlan(ctx, &backup.CreateBackupPlanInput{BackupPlan: &types.BackupPlanInput{
				BackupPlanName: s("daily"), Rules: []types.BackupRuleInput{{RuleName: s("r"), TargetBackupVaultName: s("main")}},
			}}))(t)
			return map[string][]string{"backup_vault": {*vault.BackupVaultArn}, "backup_plan": {*plan.BackupPlanArn}}
		},
	}
}
