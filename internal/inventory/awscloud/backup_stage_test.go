package awscloud

import "testing"

func TestBackup(t *testing.T) {
	const vault, plan = "arn:aws:backup:eu-west-1:123456789012:backup-vault:", "arn:aws:backup:eu-west-1:123456789012:backup-plan:"
	(&staged{
		service: "backup", region: "eu-west-1", types: []string{"backup_vault", "backup_plan"},
		answers: map[string]string{
			"ListBackupVaults": `{"NextToken":"two","BackupVaultList":[{"BackupVaultArn":"` + vault + `main","BackupVaultName":"main","VaultType":"BACKUP_VAULT",
"EncryptionKeyArn":"key-1","Locked":true,"MinRetentionDays":7,"MaxRetentionDays":365,"NumberOfRecoveryPoints":12,"CreationDate":1767323045}]}`,
			"ListBackupVaults two": `{"BackupVaultList":[{"BackupVaultArn":"` + vault + `bare","BackupVaultName":"bare"},
{"BackupVaultArn":"` + vault + `gap","BackupVaultName":"gap","VaultType":"LOGICALLY_AIR_GAPPED_BACKUP_VAULT"}]}`,
			"GetBackupVaultAccessPolicy":       "!ResourceNotFoundException",
			"GetBackupVaultAccessPolicy main":  `{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"backup:DeleteRecoveryPoint\",\"Resource\":\"*\"}}"}`,
			"GetBackupVaultNotifications":      "!ResourceNotFoundException",
			"GetBackupVaultNotifications main": `{"SNSTopicArn":"arn:aws:sns:eu-west-1:123456789012:t","BackupVaultEvents":["RESTORE_JOB_STARTED","BACKUP_JOB_STARTED"]}`,
			"ListTags":                         `{"NextToken":"more","Tags":{"env":"prod"}}`,
			"ListTags more":                    `{"Tags":{"app":"x"}}`,
			"ListBackupPlans":                  `{"NextToken":"two","BackupPlansList":[{"BackupPlanArn":"` + plan + `p1","BackupPlanId":"p1","BackupPlanName":"daily","VersionId":"v1","LastExecutionDate":1767323045}]}`,
			"ListBackupPlans two":              `{"BackupPlansList":[{"BackupPlanArn":"` + plan + `p2","BackupPlanId":"p2"}]}`,
			"GetBackupPlan p1": `{"BackupPlan":{"BackupPlanName":"daily","Rules":[{"RuleName":"r","RuleId":"id-1","TargetBackupVaultName":"main","ScheduleExpression":"cron(0 5 ? * * *)",
"StartWindowMinutes":480,"Lifecycle":{"DeleteAfterDays":35},"RecoveryPointTags":{"by":"backup"},"CopyActions":[{"DestinationBackupVaultArn":"b"},{"DestinationBackupVaultArn":"a"}]},
{"RuleName":"b","TargetBackupVaultName":"main"}],"AdvancedBackupSettings":[{"ResourceType":"EC2","BackupOptions":{"WindowsVSS":"enabled"}}]},
"ScheduledRunsPreview":[]}`,
			"GetBackupPlan p2": `{}`,
		},
		refusals: map[string]refusal{
			"backup:GetBackupVaultAccessPolicy":  {unread: map[string][]string{"backup_vault": {"AccessPolicy"}}},
			"backup:GetBackupVaultNotifications": {unread: map[string][]string{"backup_vault": {"Notifications"}}},
			"backup:ListTags":                    {unread: map[string][]string{"backup_vault": {"BackupVaultTags"}, "backup_plan": {"BackupPlanTags"}}},
			"backup:GetBackupPlan":               {unread: map[string][]string{"backup_plan": {"BackupPlan"}}},
			"backup:ListBackupVaults":            {fails: []string{"backup_vault"}},
			"backup:ListBackupPlans":             {fails: []string{"backup_plan"}},
		},
	}).run(t)
}

func TestBackupProtectedResources(t *testing.T) {
	(&staged{
		service: "backup", name: "backup_protected_resource", region: "eu-west-1", types: []string{"backup_protected_resource"},
		answers: map[string]string{
			"ListProtectedResources": `{"Results":[{"ResourceArn":"arn:aws:rds:eu-west-1:123456789012:db:orders","ResourceType":"RDS","ResourceName":"orders",
"LastBackupTime":1767225600,"LastBackupVaultArn":"arn:v","LastRecoveryPointArn":"arn:p1"}],"NextToken":"two"}`,
			"ListProtectedResources two": `{"Results":[{"ResourceArn":"arn:aws:s3:::a","ResourceType":"S3"},{"ResourceArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/b"}]}`,
		},
		counters: map[string]string{"1767225600": "1767312000", "arn:p1": "arn:p2"},
		refusals: map[string]refusal{"backup:ListProtectedResources": {fails: []string{"backup_protected_resource"}}},
	}).run(t)
}
