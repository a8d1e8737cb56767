package awscloud

import "testing"

func TestECR(t *testing.T) {
	arn := "arn:aws:ecr:eu-west-1:123456789012:repository/"
	c := &staged{
		service: "ecr", region: "eu-west-1",
		answers: map[string]string{
			"DescribeRepositories": `{"repositories":[{"repositoryArn":"` + arn + `team/web","registryId":"123456789012","repositoryName":"team/web","repositoryUri":"u","createdAt":1767225600,
"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[{"filterType":"WILDCARD","filter":"b*"},{"filterType":"WILDCARD","filter":"a*"}],
"imageScanningConfiguration":{"scanOnPush":true},"encryptionConfiguration":{"encryptionType":"KMS","kmsKey":"k"}}],"nextToken":"two"}`,
			"DescribeRepositories two": `{"repositories":[{"repositoryArn":"` + arn + `bare","repositoryName":"bare"},{"repositoryArn":"` + arn + `gone","repositoryName":"gone"}]}`,
			"DescribeImages team/web TAGGED": `{"imageDetails":[{"registryId":"123456789012","repositoryName":"team/web","imageDigest":"sha256:1","imageTags":["v2","latest"],
"imageSizeInBytes":10,"imagePushedAt":1767225600,"imageScanStatus":{"status":"COMPLETE"},"imageScanFindingsSummary":{"imageScanCompletedAt":1767225600,
"vulnerabilitySourceUpdatedAt":1767225600,"findingSeverityCounts":{"HIGH":2,"LOW":1}},"imageManifestMediaType":"application/vnd.oci.image.manifest.v1+json",
"artifactMediaType":"application/vnd.oci.image.config.v1+json","lastRecordedPullTime":1767225700,"imageStatus":"ACTIVE"}],"nextToken":"two"}`,
			"DescribeImages team/web TAGGED two": `{"imageDetails":[{"imageDigest":"sha256:2"},{"imageDigest":"sha256:3","imageTags":["v1"]}]}`,
			"DescribeImages bare":                `{"imageDetails":[]}`,
			"DescribeImages gone":                `!RepositoryNotFoundException`,
			"GetRepositoryPolicy team/web":       `{"policyText":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"ecr:BatchGetImage\"}]}"}`,
			"GetRepositoryPolicy bare":           `!RepositoryPolicyNotFoundException`,
			"GetRepositoryPolicy gone":           `!RepositoryNotFoundException`,
			"GetLifecyclePolicy team/web":        `{"lifecyclePolicyText":"{\"rules\":[]}","registryId":"123456789012","lastEvaluatedAt":1767225600}`,
			"GetLifecyclePolicy":                 `!LifecyclePolicyNotFoundException`,
			"ListTagsForResource team/web":       `{"tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource":                `{"tags":[]}`,
			"GetRegistryScanningConfiguration": `{"registryId":"123456789012","scanningConfiguration":{"scanType":"ENHANCED","rules":[{"scanFrequency":"CONTINUOUS_SCAN",
"repositoryFilters":[{"filter":"*","filterType":"WILDCARD"}]}]}}`,
		},
		refusals: map[string]refusal{
			"ecr:DescribeImages":                   {fails: []string{"ecr_image"}},
			"ecr:DescribeRepositories":             {fails: []string{"ecr_image", "ecr_repository"}},
			"ecr:GetRegistryScanningConfiguration": {fails: []string{ecrScanning}},
			"ecr:GetRepositoryPolicy":              {unread: map[string][]string{"ecr_repository": {"RepositoryPolicyText"}}},
			"ecr:GetLifecyclePolicy":               {unread: map[string][]string{"ecr_repository": {"LifecyclePolicy"}}},
			"ecr:ListTagsForResource":              {unread: map[string][]string{"ecr_repository": {"Tags"}}},
		},
		counters: map[string]string{`"lastEvaluatedAt":1767225600`: `"lastEvaluatedAt":1767225700`},
	}
	c.run(t)
}
