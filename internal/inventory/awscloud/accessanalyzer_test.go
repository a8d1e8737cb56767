package awscloud

import "testing"

func TestAccessAnalyzer(t *testing.T) {
	const arn = "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer/"
	(&estateCase{
		service: "access-analyzer", region: "eu-west-1",
		answers: map[string]string{
			"ListAnalyzers": `{"nextToken":"two","analyzers":[{"arn":"` + arn + `ours","name":"ours","type":"ACCOUNT","status":"ACTIVE",
"createdAt":"2026-01-02T03:04:05Z","lastResourceAnalyzedAt":"2026-11-20T03:04:05Z","tags":{"env":"prod","app":"x"}}]}`,
			"ListAnalyzers|two": `{"analyzers":[{"arn":"` + arn + `idle","name":"idle","type":"ACCOUNT_UNUSED_ACCESS","status":"DISABLED",
"createdAt":"2026-01-02T03:04:05Z","statusReason":{"code":"ORGANIZATION_DELETED"},
"configuration":{"unusedAccess":{"unusedAccessAge":90,"analysisRule":{"exclusions":[{"accountIds":["222222222222","111111111111"],"resourceTags":[{"team":"red"}]}]}}}},
{"arn":"` + arn + `bare","name":"bare"}]}`,
			"ListArchiveRules":           `{"archiveRules":[]}`,
			"ListArchiveRules|ours":      `{"nextToken":"more","archiveRules":[{"ruleName":"known","filter":{"isPublic":{"eq":["true"]},"principal.AWS":{"contains":["2","1"],"exists":true}}}]}`,
			"ListArchiveRules|ours|more": `{"archiveRules":[{"ruleName":"another","filter":{"error":{"exists":false}}}]}`,
		},
		want: map[string]object{
			"accessanalyzer_analyzer " + arn + "ours": {
				"AnalyzerName": "ours", "Type": "ACCOUNT",
				"Tags": []any{object{"Key": "app", "Value": "x"}, object{"Key": "env", "Value": "prod"}},
				"ArchiveRules": []any{
					object{"RuleName": "another", "Filter": []any{object{"Property": "error", "Exists": false}}},
					object{"RuleName": "known", "Filter": []any{
						object{"Property": "isPublic", "Eq": []any{"true"}},
						object{"Property": "principal.AWS", "Contains": []any{"1", "2"}, "Exists": true},
					}},
				},
			},
			"accessanalyzer_analyzer " + arn + "idle": {
				"AnalyzerName": "idle", "Type": "ACCOUNT_UNUSED_ACCESS",
				"AnalyzerConfiguration": object{"UnusedAccessConfiguration": object{
					"UnusedAccessAge": int64(90), "AnalysisRule": object{"Exclusions": []any{object{
						"AccountIds": []any{"111111111111", "222222222222"}, "ResourceTags": []any{[]any{object{"Key": "team", "Value": "red"}}},
					}}},
				}},
			},
			"accessanalyzer_analyzer " + arn + "bare": {"AnalyzerName": "bare"},
		},
		facts: map[string]object{
			"accessanalyzer_analyzer " + arn + "idle": {"Status": "DISABLED", "CreatedAt": "2026-01-02T03:04:05Z", "StatusReason": "ORGANIZATION_DELETED"},
		},
		refused: map[string]map[string][]string{"ListArchiveRules": {"accessanalyzer_analyzer": {"ArchiveRules"}}},
		fails:   map[string][]string{"ListAnalyzers": {"accessanalyzer_analyzer"}},
		swaps:   [][2]string{{`"222222222222"`, `"111111111111"`}, {`"2"`, `"1"`}},
		pages:   map[string]string{"ListAnalyzers|two": "ListAnalyzers"},
	}).run(t)
}
