package awscloud

import "testing"

func TestGuardDuty(t *testing.T) {
	(&staged{
		service: "guardduty", region: "eu-west-1",
		answers: map[string]string{
			"ListDetectors":     `{"detectorIds":["d1"],"nextToken":"two"}`,
			"ListDetectors two": `{"detectorIds":["d2"]}`,
			"GetDetector d1": `{"status":"ENABLED","createdAt":"2026-01-02T03:04:05.000Z","updatedAt":"2026-11-02T03:04:05.000Z","findingPublishingFrequency":"SIX_HOURS",
"serviceRole":"arn:aws:iam::123456789012:role/aws-service-role/guardduty","tags":{"env":"prod","app":"x"},"dataSources":{"s3Logs":{"status":"ENABLED"}},
"features":[{"name":"S3_DATA_EVENTS","status":"ENABLED","updatedAt":1767323045},{"name":"CLOUD_TRAIL","status":"ENABLED"},
{"name":"RUNTIME_MONITORING","status":"DISABLED","additionalConfiguration":[{"name":"EKS_ADDON_MANAGEMENT","status":"DISABLED"},{"name":"EC2_AGENT_MANAGEMENT","status":"ENABLED"}]}]}`,
			"GetDetector d2": `{"status":"DISABLED"}`,
		},
		refusals: map[string]refusal{
			"guardduty:GetDetector":   {unread: map[string][]string{"guardduty_detector": guardDutyDescribed}},
			"guardduty:ListDetectors": {fails: []string{"guardduty_detector"}},
		},
	}).run(t)
}
