package awscloud

import "testing"

func TestBackup(t *testing.T) {
	const vault, plan = "arn:aws:backup:eu-west-1:123456789012:backup-vault:", "arn:aws:backup:eu-west-1:123456789012:backup-plan:"
	(&estateCase{
		service: "backup", region: "eu-west-1",
		answers: map[string]string{
			"ListProtectedResources": `{"Results":[]}`, // see TestBackupProtectedResources
			"ListBackupVaults": `{"NextToken":"two","BackupVaultList":[{"BackupVaultArn":"` + vault + `main","BackupVaultName":"main","VaultType":"BACKUP_VAULT",
"EncryptionKeyArn":"key-1","Locked":true,"MinRetentionDays":7,"MaxRetentionDays":365,"NumberOfRecoveryPoints":12,"CreationDate":1767323045}]}`,
			"ListBackupVaults|two": `{"BackupVaultList":[{"BackupVaultArn":"` + vault + `bare","BackupVaultName":"bare"},
{"BackupVaultArn":"` + vault + `gap","BackupVaultName":"gap","VaultType":"LOGICALLY_AIR_GAPPED_BACKUP_VAULT"}]}`,
			"GetBackupVaultAccessPolicy":       `ResourceNotFoundException none`,
			"GetBackupVaultAccessPolicy|main":  `{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"backup:DeleteRecoveryPoint\",\"Resource\":\"*\"}}"}`,
			"GetBackupVaultNotifications":      `ResourceNotFoundException none`,
			"GetBackupVaultNotifications|main": `{"SNSTopicArn":"arn:aws:sns:eu-west-1:123456789012:t","BackupVaultEvents":["RESTORE_JOB_STARTED","BACKUP_JOB_STARTED"]}`,
			"ListTags":                         `{"NextToken":"more","Tags":{"env":"prod"}}`,
			"ListTags|more":                    `{"Tags":{"app":"x"}}`,
			"ListBackupPlans":                  `{"NextToken":"two","BackupPlansList":[{"BackupPlanArn":"` + plan + `p1","BackupPlanId":"p1","BackupPlanName":"daily","VersionId":"v1","LastExecutionDate":1767323045}]}`,
			"ListBackupPlans|two":              `{"BackupPlansList":[{"BackupPlanArn":"` + plan + `p2","BackupPlanId":"p2"}]}`,
			"GetBackupPlan|p1": `{"BackupPlan":{"BackupPlanName":"daily","Rules":[{"RuleName":"r","RuleId":"id-1","TargetBackupVaultName":"main","ScheduleExpression":"cron(0 5 ? * * *)",
"StartWindowMinutes":480,"Lifecycle":{"DeleteAfterDays":35},"RecoveryPointTags":{"by":"backup"},"CopyActions":[{"DestinationBackupVaultArn":"b"},{"DestinationBackupVaultArn":"a"}]},
{"RuleName":"b","TargetBackupVaultName":"main"}],"AdvancedBackupSettings":[{"ResourceType":"EC2","BackupOptions":{"WindowsVSS":"enabled"}}]},
"ScheduledRunsPreview":[]}`,
			"GetBackupPlan|p2": `{}`,
		},
		want: map[string]object{
			"backup_vault " + vault + "main": {
				"BackupVaultName": "main", "EncryptionKeyArn": "key-1", "LockConfiguration": object{"MinRetentionDays": int64(7), "MaxRetentionDays": int64(365)},
				"AccessPolicy": object{"Version": "2012-10-17", "Statement": []any{object{
					"Effect": "Deny", "Principal": object{"AWS": []any{"*"}}, "Action": []any{"backup:deleterecoverypoint"}, "Resource": []any{"*"},
				}}},
				"Notifications":   object{"SNSTopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "BackupVaultEvents": []any{"BACKUP_JOB_STARTED", "RESTORE_JOB_STARTED"}},
				"BackupVaultTags": object{"env": "prod", "app": "x"},
			},
			"backup_vault " + vault + "bare": {"BackupVaultName": "bare", "BackupVaultTags": object{"env": "prod", "app": "x"}},
			"backup_plan " + plan + "p1": {
				"BackupPlan": object{
					"BackupPlanName": "daily", "AdvancedBackupSettings": []any{object{"ResourceType": "EC2", "BackupOptions": object{"WindowsVSS": "enabled"}}},
					"BackupPlanRule": []any{
						object{"RuleName": "b", "TargetBackupVault": "main"},
						object{
							"RuleName": "r", "TargetBackupVault": "main", "ScheduleExpression": "cron(0 5 ? * * *)", "StartWindowMinutes": int64(480),
							"Lifecycle": object{"DeleteAfterDays": int64(35)}, "RecoveryPointTags": object{"by": "backup"},
							"CopyActions": []any{object{"DestinationBackupVaultArn": "a"}, object{"DestinationBackupVaultArn": "b"}},
						},
					},
				},
				"BackupPlanTags": object{"env": "prod", "app": "x"},
			},
			"backup_plan " + plan + "p2": {"BackupPlanTags": object{"env": "prod", "app": "x"}},
		},
		facts: map[string]object{"backup_vault " + vault + "main": {"CreationDate": "2026-01-02T03:04:05Z", "Locked": true}},
		refused: map[string]map[string][]string{
			"GetBackupVaultAccessPolicy":  {"backup_vault": {"AccessPolicy"}},
			"GetBackupVaultNotifications": {"backup_vault": {"Notifications"}},
			"ListTags":                    {"backup_vault": {"BackupVaultTags"}, "backup_plan": {"BackupPlanTags"}},
			"GetBackupPlan":               {"backup_plan": {"BackupPlan"}},
		},
		fails: map[string][]string{"ListBackupVaults": {"backup_vault"}, "ListBackupPlans": {"backup_plan"}, "ListProtectedResources": {"backup_protected_resource"}},
		swaps: [][2]string{
			{`"RESTORE_JOB_STARTED"`, `"BACKUP_JOB_STARTED"`}, {`{"DestinationBackupVaultArn":"b"}`, `{"DestinationBackupVaultArn":"a"}`},
		},
		pages: map[string]string{"ListBackupVaults|two": "ListBackupVaults", "ListBackupPlans|two": "ListBackupPlans"},
	}).run(t)
}
