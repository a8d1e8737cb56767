package awscloud

import "testing"

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
