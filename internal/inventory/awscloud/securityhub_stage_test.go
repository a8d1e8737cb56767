package awscloud

import "testing"

func TestSecurityHub(t *testing.T) {
	const arn = "arn:aws:securityhub:eu-west-1:123456789012:hub/default"
	(&staged{
		service: "securityhub", region: "eu-west-1",
		answers: map[string]string{
			"DescribeHub": `{"HubArn":"` + arn + `","SubscribedAt":"2026-01-02T03:04:05.000Z","AutoEnableControls":true,"ControlFindingGenerator":"SECURITY_CONTROL"}`,
			"GetEnabledStandards": `{"NextToken":"two","StandardsSubscriptions":[{"StandardsArn":"arn:aws:securityhub:::standards/pci","StandardsStatus":"READY"},
{"StandardsArn":"arn:aws:securityhub:::standards/cis","StandardsStatus":"PENDING"}]}`,
			"GetEnabledStandards two": `{"StandardsSubscriptions":[{"StandardsArn":"arn:aws:securityhub:::standards/old","StandardsStatus":"DELETING"}]}`,
			"ListTagsForResource":     `{"Tags":{"env":"prod"}}`,
		},
		refusals: map[string]refusal{
			"securityhub:GetEnabledStandards": {unread: map[string][]string{"securityhub_hub": {securityHubStandard}}},
			"securityhub:ListTagsForResource": {unread: map[string][]string{"securityhub_hub": {"Tags"}}},
			"securityhub:DescribeHub":         {fails: []string{"securityhub_hub"}},
		},
		variants: map[string]variant{
			"it is not in use: InvalidAccessException": {answers: map[string]string{"DescribeHub": "!InvalidAccessException"}, none: true},
		},
	}).run(t)
}

func TestSecurityHubOfWhichLittleIsKnown(t *testing.T) {
	const arn = "arn:aws:securityhub:eu-west-1:123456789012:hub/default"
	(&staged{
		service: "securityhub", name: "securityhub_bare", region: "eu-west-1",
		answers: map[string]string{
			"DescribeHub":         `{"HubArn":"` + arn + `"}`,
			"GetEnabledStandards": `{}`,
			"ListTagsForResource": `{}`,
		},
		refusals: map[string]refusal{
			"securityhub:GetEnabledStandards": {unread: map[string][]string{"securityhub_hub": {securityHubStandard}}},
			"securityhub:ListTagsForResource": {unread: map[string][]string{"securityhub_hub": {"Tags"}}},
			"securityhub:DescribeHub":         {fails: []string{"securityhub_hub"}},
		},
		variants: map[string]variant{
			"it is not in use: ResourceNotFoundException": {answers: map[string]string{"DescribeHub": "!ResourceNotFoundException"}, none: true},
		},
	}).run(t)
}
