package awscloud

import "testing"

func TestAccessAnalyzer(t *testing.T) {
	const arn = "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer/"
	(&staged{
		service: "access-analyzer", region: "eu-west-1",
		answers: map[string]string{
			"ListAnalyzers": `{"nextToken":"two","analyzers":[{"arn":"` + arn + `ours","name":"ours","type":"ACCOUNT","status":"ACTIVE",
"createdAt":"2026-01-02T03:04:05Z","lastResourceAnalyzedAt":"2026-11-20T03:04:05Z","tags":{"env":"prod","app":"x"}}]}`,
			"ListAnalyzers two": `{"analyzers":[{"arn":"` + arn + `idle","name":"idle","type":"ACCOUNT_UNUSED_ACCESS","status":"DISABLED",
"createdAt":"2026-01-02T03:04:05Z","statusReason":{"code":"ORGANIZATION_DELETED"},
"configuration":{"unusedAccess":{"unusedAccessAge":90,"analysisRule":{"exclusions":[{"accountIds":["222222222222","111111111111"],"resourceTags":[{"team":"red"}]}]}}}},
{"arn":"` + arn + `bare","name":"bare"}]}`,
			"ListArchiveRules":           `{"archiveRules":[]}`,
			"ListArchiveRules ours":      `{"nextToken":"more","archiveRules":[{"ruleName":"known","filter":{"isPublic":{"eq":["true"]},"principal.AWS":{"contains":["2","1"],"exists":true}}}]}`,
			"ListArchiveRules ours more": `{"archiveRules":[{"ruleName":"another","filter":{"error":{"exists":false}}}]}`,
		},
		refusals: map[string]refusal{
			"access-analyzer:ListArchiveRules": {unread: map[string][]string{"accessanalyzer_analyzer": {"ArchiveRules"}}},
			"access-analyzer:ListAnalyzers":    {fails: []string{"accessanalyzer_analyzer"}},
		},
	}).run(t)
}
