package awscloud

import "testing"

func TestCodeBuild(t *testing.T) {
	arn := "arn:aws:codebuild:eu-west-1:123456789012:"
	(&staged{
		service: "codebuild", region: "eu-west-1",
		answers: map[string]string{
			"ListProjects":     `{"projects":["main"],"nextToken":"two"}`,
			"ListProjects two": `{"projects":["bare","gone"]}`,
			"BatchGetProjects main": `{"projects":[{"name":"main","arn":"` + arn + `project/main","description":"d","created":1767225600,"lastModified":1767225601,
"source":{"type":"GITHUB","location":"https://github.com/a/b","gitCloneDepth":1,"buildspec":"b.yml","auth":{"type":"OAUTH","resource":"arn:c"},"reportBuildStatus":true,"insecureSsl":false},
"secondarySources":[{"sourceIdentifier":"b","type":"S3","location":"x/y"},{"sourceIdentifier":"a","type":"S3","location":"x/z"}],
"secondarySourceVersions":[{"sourceIdentifier":"b","sourceVersion":"2"},{"sourceIdentifier":"a","sourceVersion":"1"}],
"artifacts":{"type":"S3","location":"out","encryptionDisabled":false},"secondaryArtifacts":[{"artifactIdentifier":"b","type":"S3"},{"artifactIdentifier":"a","type":"S3"}],
"cache":{"type":"LOCAL","modes":["LOCAL_SOURCE_CACHE","LOCAL_CUSTOM_CACHE"]},
"environment":{"type":"LINUX_CONTAINER","image":"aws/codebuild/standard:7.0","computeType":"BUILD_GENERAL1_SMALL","privilegedMode":true,"imagePullCredentialsType":"CODEBUILD",
"environmentVariables":[{"name":"TOKEN","value":"planted","type":"PLAINTEXT"},{"name":"KEY","value":"/key","type":"PARAMETER_STORE"}],
"registryCredential":{"credential":"arn:s","credentialProvider":"SECRETS_MANAGER"}},
"serviceRole":"arn:r","timeoutInMinutes":60,"queuedTimeoutInMinutes":480,"encryptionKey":"arn:k","tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}],
"webhook":{"url":"https://api.github.com/h","payloadUrl":"https://p","secret":"planted","lastModifiedSecret":1767225600,"buildType":"BUILD",
"filterGroups":[[{"type":"HEAD_REF","pattern":"main"},{"type":"EVENT","pattern":"PUSH"}],[{"type":"EVENT","pattern":"PULL_REQUEST_CREATED","excludeMatchedPattern":false}]]},
"vpcConfig":{"vpcId":"vpc-1","subnets":["subnet-2","subnet-1"],"securityGroupIds":["sg-2","sg-1"]},"badge":{"badgeEnabled":true,"badgeRequestUrl":"https://b"},
"logsConfig":{"cloudWatchLogs":{"status":"ENABLED","groupName":"g"},"s3Logs":{"status":"DISABLED","encryptionDisabled":false}},
"fileSystemLocations":[{"type":"EFS","identifier":"b","location":"fs:/b","mountPoint":"/b"},{"type":"EFS","identifier":"a","location":"fs:/a","mountPoint":"/a"}],
"buildBatchConfig":{"serviceRole":"arn:r","restrictions":{"maximumBuildsAllowed":2,"computeTypesAllowed":["b","a"]},"timeoutInMins":5},
"concurrentBuildLimit":3,"projectVisibility":"PUBLIC_READ","publicProjectAlias":"p","resourceAccessRole":"arn:ra","sourceVersion":"v"}]}`,
			"BatchGetProjects bare": `{"projects":[{"name":"bare","arn":"` + arn + `project/bare"}],"projectsNotFound":["gone"]}`,
			"ListSourceCredentials": `{"sourceCredentialsInfos":[{"arn":"` + arn + `token/github","serverType":"GITHUB","authType":"CODECONNECTIONS","resource":"arn:connection"},
{"arn":"` + arn + `token/bitbucket"}]}`,
		},
		refusals: map[string]refusal{
			"codebuild:ListProjects":          {fails: []string{"codebuild_project"}},
			"codebuild:BatchGetProjects":      {fails: []string{"codebuild_project"}},
			"codebuild:ListSourceCredentials": {fails: []string{"codebuild_source_credential"}},
		},
	}).run(t)
}
