package awscloud

import "testing"

func TestSecurityHub(t *testing.T) {
	const arn = "arn:aws:securityhub:eu-west-1:123456789012:hub/default"
	(&estateCase{
		service: "securityhub", region: "eu-west-1",
		answers: map[string]string{
			"DescribeHub": `{"HubArn":"` + arn + `","SubscribedAt":"2026-01-02T03:04:05.000Z","AutoEnableControls":true,"ControlFindingGenerator":"SECURITY_CONTROL"}`,
			"GetEnabledStandards": `{"NextToken":"two","StandardsSubscriptions":[{"StandardsArn":"arn:aws:securityhub:::standards/pci","StandardsStatus":"READY"},
{"StandardsArn":"arn:aws:securityhub:::standards/cis","StandardsStatus":"PENDING"}]}`,
			"GetEnabledStandards|two": `{"StandardsSubscriptions":[{"StandardsArn":"arn:aws:securityhub:::standards/old","StandardsStatus":"DELETING"}]}`,
			"ListTagsForResource":     `{"Tags":{"env":"prod"}}`,
		},
		want: map[string]object{"securityhub_hub " + arn: {
			"AutoEnableControls": true, "ControlFindingGenerator": "SECURITY_CONTROL", "Tags": object{"env": "prod"},
			securityHubStandard: []any{
				object{"StandardsArn": "arn:aws:securityhub:::standards/cis"}, object{"StandardsArn": "arn:aws:securityhub:::standards/pci"},
			},
		}},
		facts: map[string]object{"securityhub_hub " + arn: {"SubscribedAt": "2026-01-02T03:04:05.000Z"}},
		refused: map[string]map[string][]string{
			"GetEnabledStandards": {"securityhub_hub": {securityHubStandard}}, "ListTagsForResource": {"securityhub_hub": {"Tags"}},
		},
		fails: map[string][]string{"DescribeHub": {"securityhub_hub"}},
		empty: map[string]string{"DescribeHub": "InvalidAccessException"},
		swaps: [][2]string{{
			`{"StandardsArn":"arn:aws:securityhub:::standards/pci","StandardsStatus":"READY"}`,
			`{"StandardsArn":"arn:aws:securityhub:::standards/cis","StandardsStatus":"PENDING"}`,
		}},
	}).run(t)
}

func TestSecurityHubOfWhichLittleIsKnown(t *testing.T) {
	const arn = "arn:aws:securityhub:eu-west-1:123456789012:hub/default"
	(&estateCase{
		service: "securityhub", region: "eu-west-1",
		answers: map[string]string{"DescribeHub": `{"HubArn":"` + arn + `"}`, "GetEnabledStandards": `{}`, "ListTagsForResource": `{}`},
		want:    map[string]object{"securityhub_hub " + arn: {}},
		refused: map[string]map[string][]string{
			"GetEnabledStandards": {"securityhub_hub": {securityHubStandard}}, "ListTagsForResource": {"securityhub_hub": {"Tags"}},
		},
		fails: map[string][]string{"DescribeHub": {"securityhub_hub"}},
		empty: map[string]string{"DescribeHub": "ResourceNotFoundException"},
	}).run(t)
}
