package awsaccess

import "testing"

func TestActionsOfS3AreNotItsOperations(t *testing.T) {
	for call, want := range map[[2]string]string{
		{"S3", "ListBuckets"}:                  "s3:ListAllMyBuckets",
		{"S3", "GetBucketEncryption"}:          "s3:GetEncryptionConfiguration",
		{"S3", "GetPublicAccessBlock"}:         "s3:GetBucketPublicAccessBlock",
		{"S3 Control", "GetPublicAccessBlock"}: "s3:GetAccountPublicAccessBlock",
		{"S3", "GetBucketPolicy"}:              "s3:GetBucketPolicy",
		{"EC2", "DescribeInstances"}:           "ec2:DescribeInstances",
	} {
		if got := IAMAction(call[0], call[1]); got != want {
			t.Errorf("%v: %s, want %s", call, got, want)
		}
	}
}
