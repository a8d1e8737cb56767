package awscloud

import "testing"

func TestEFS(t *testing.T) {
	arn := "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/"
	(&staged{
		service: "elasticfilesystem", region: "eu-west-1",
		answers: map[string]string{
			"DescribeFileSystems": `{"FileSystems":[{"FileSystemId":"fs-1","FileSystemArn":"` + arn + `fs-1","Name":"shared","OwnerId":"123456789012","CreationToken":"c","CreationTime":1767225600,
"LifeCycleState":"available","NumberOfMountTargets":2,"SizeInBytes":{"Value":6144,"Timestamp":1767225600},"PerformanceMode":"generalPurpose","Encrypted":true,"KmsKeyId":"k","ThroughputMode":"provisioned",
"ProvisionedThroughputInMibps":12.5,"FileSystemProtection":{"ReplicationOverwriteProtection":"ENABLED"},"Tags":[{"Key":"Name","Value":"shared"},{"Key":"a","Value":"1"}]},
{"FileSystemId":"fs-9","LifeCycleState":"deleting"}],"NextMarker":"two"}`,
			"DescribeFileSystems two": `{"FileSystems":[{"FileSystemId":"fs-2"},{"FileSystemId":"fs-3"}]}`,
			"DescribeReplicationConfigurations": `{"Replications":[{"SourceFileSystemId":"fs-1","SourceFileSystemRegion":"eu-west-1","CreationTime":1767225600,
"Destinations":[{"FileSystemId":"fs-7","Region":"eu-central-1","Status":"ENABLED","LastReplicatedTimestamp":1767225700}]}],"NextToken":"two"}`,
			"DescribeReplicationConfigurations two": `{"Replications":[]}`,
			"DescribeFileSystemPolicy fs-1":         `{"FileSystemId":"fs-1","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]}"}`,
			"DescribeFileSystemPolicy fs-2":         `!PolicyNotFound`,
			"DescribeFileSystemPolicy fs-3":         `!FileSystemNotFound`,
			"DescribeBackupPolicy fs-1":             `{"BackupPolicy":{"Status":"ENABLING"}}`,
			"DescribeBackupPolicy":                  `!PolicyNotFound`,
			"DescribeLifecycleConfiguration fs-1":   `{"LifecyclePolicies":[{"TransitionToIA":"AFTER_30_DAYS"},{"TransitionToArchive":"AFTER_90_DAYS"}]}`,
			"DescribeLifecycleConfiguration":        `{"LifecyclePolicies":[]}`,
		},
		refusals: map[string]refusal{
			"elasticfilesystem:DescribeFileSystems":               {fails: []string{"efs_file_system"}},
			"elasticfilesystem:DescribeBackupPolicy":              {unread: map[string][]string{"efs_file_system": {"BackupPolicy"}}},
			"elasticfilesystem:DescribeFileSystemPolicy":          {unread: map[string][]string{"efs_file_system": {"FileSystemPolicy"}}},
			"elasticfilesystem:DescribeLifecycleConfiguration":    {unread: map[string][]string{"efs_file_system": {"LifecyclePolicies"}}},
			"elasticfilesystem:DescribeReplicationConfigurations": {unread: map[string][]string{"efs_file_system": {"ReplicationConfiguration"}}},
		},
		counters: map[string]string{`"Value":6144`: `"Value":7168`, `"LastReplicatedTimestamp":1767225700`: `"LastReplicatedTimestamp":1767225800`, "ENABLING": "ENABLED"},
	}).run(t)
}
