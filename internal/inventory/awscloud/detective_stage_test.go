package awscloud

import "testing"

func TestDetective(t *testing.T) {
	arn := "arn:aws:detective:eu-west-1:123456789012:graph:"
	(&staged{
		service: "detective", region: "eu-west-1",
		answers: map[string]string{
			"ListGraphs":                     `{"GraphList":[{"Arn":"` + arn + `a1","CreatedTime":"2026-01-01T00:00:00Z"}],"NextToken":"two"}`,
			"ListGraphs two":                 `{"GraphList":[{"Arn":"` + arn + `b2"},{"Arn":"` + arn + `gone"}]}`,
			"ListDatasourcePackages a1":      `{"DatasourcePackages":{"DETECTIVE_CORE":{"DatasourcePackageIngestState":"STARTED"},"ASFF_SECURITYHUB_FINDING":{"DatasourcePackageIngestState":"STOPPED"}},"NextToken":"two"}`,
			"ListDatasourcePackages a1 two":  `{"DatasourcePackages":{"EKS_AUDIT":{"DatasourcePackageIngestState":"STARTED","LastIngestStateChange":{"STARTED":{"Timestamp":"2026-01-01T00:00:00Z"}}}}}`,
			"ListDatasourcePackages b2":      `{}`,
			"ListDatasourcePackages gone":    `!ResourceNotFoundException`,
			"ListMembers a1":                 `{"MemberDetails":[{"AccountId":"222222222222","EmailAddress":"b@example.com","Status":"ENABLED","VolumeUsageInBytes":7,"UpdatedTime":"2026-01-01T00:00:00Z"}],"NextToken":"two"}`,
			"ListMembers a1 two":             `{"MemberDetails":[{"AccountId":"111111111111","Status":"INVITED"}]}`,
			"ListMembers b2":                 `{"MemberDetails":[]}`,
			"ListTagsForResource graph:a1":   `{"Tags":{"b":"2","a":"1"}}`,
			"ListTagsForResource graph:b2":   `{}`,
			"ListMembers graph:gone":         `!ResourceNotFoundException`,
			"ListTagsForResource graph:gone": `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"detective:ListGraphs":             {fails: []string{"detective_graph"}},
			"detective:ListDatasourcePackages": {unread: map[string][]string{"detective_graph": {"DatasourcePackages"}}},
			"detective:ListMembers":            {unread: map[string][]string{"detective_graph": {detectiveMembers}}},
			"detective:ListTagsForResource":    {unread: map[string][]string{"detective_graph": {"Tags"}}},
		},
		counters: map[string]string{`"VolumeUsageInBytes":7`: `"VolumeUsageInBytes":8`, `"Status":"ENABLED"`: `"Status":"ACCEPTED_BUT_DISABLED"`},
		variants: map[string]variant{
			"where it isn't enabled there is no graph": {answers: map[string]string{"ListGraphs": `{"GraphList":[]}`}, none: true},
		},
	}).run(t)
}
