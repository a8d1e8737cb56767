package awscloud

import "testing"

func TestCodePipeline(t *testing.T) {
	(&staged{
		service: "codepipeline", region: "eu-west-1",
		answers: map[string]string{
			"ListPipelines":     `{"pipelines":[{"name":"main","version":3,"pipelineType":"V2","executionMode":"QUEUED","created":1767225600,"updated":1767225601}],"nextToken":"two"}`,
			"ListPipelines two": `{"pipelines":[{"name":"bare"},{"name":"gone"}]}`,
			"GetPipeline main": `{"pipeline":{"name":"main","roleArn":"arn:r","version":3,"pipelineType":"V2","executionMode":"QUEUED",
"artifactStores":{"eu-west-1":{"type":"S3","location":"b1","encryptionKey":{"id":"arn:k","type":"KMS"}},"us-east-1":{"type":"S3","location":"b2"}},
"stages":[{"name":"Source","actions":[{"name":"get","actionTypeId":{"category":"Source","owner":"ThirdParty","provider":"GitHub","version":"1"},"runOrder":1,
"configuration":{"OAuthToken":"planted","Repo":"r"},"outputArtifacts":[{"name":"src"}],"inputArtifacts":[{"name":"y"},{"name":"x"}],"region":"eu-west-1"}],
"onFailure":{"result":"ROLLBACK"}}],
"variables":[{"name":"b","defaultValue":"2"},{"name":"a","defaultValue":"1"}],
"triggers":[{"providerType":"CodeStarSourceConnection","gitConfiguration":{"sourceActionName":"get","push":[{"branches":{"includes":["main","dev"]}}]}}]},
"metadata":{"pipelineArn":"arn:aws:codepipeline:eu-west-1:123456789012:main","created":1767225600,"updated":1767225601}}`,
			"GetPipeline bare":              `{"pipeline":{"name":"bare"}}`,
			"GetPipeline gone":              `!PipelineNotFoundException`,
			"ListTagsForResource :main":     `{"tags":[{"key":"b","value":"2"}],"nextToken":"two"}`,
			"ListTagsForResource :main two": `{"tags":[{"key":"a","value":"1"}]}`,
			"ListTagsForResource :bare":     `{"tags":[]}`,
			"ListTagsForResource :gone":     `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"codepipeline:ListPipelines":       {fails: []string{"codepipeline_pipeline"}},
			"codepipeline:GetPipeline":         {unread: map[string][]string{"codepipeline_pipeline": codePipelineDescribed}},
			"codepipeline:ListTagsForResource": {unread: map[string][]string{"codepipeline_pipeline": {"Tags"}}},
		},
	}).run(t)
}
