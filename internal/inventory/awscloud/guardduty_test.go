package awscloud

import "testing"

func TestGuardDuty(t *testing.T) {
	const arn = "arn:aws:guardduty:eu-west-1:123456789012:detector/"
	(&estateCase{
		service: "guardduty", region: "eu-west-1",
		answers: map[string]string{
			"ListDetectors":     `{"detectorIds":["d1"],"nextToken":"two"}`,
			"ListDetectors|two": `{"detectorIds":["d2"]}`,
			"GetDetector|d1": `{"status":"ENABLED","createdAt":"2026-01-02T03:04:05.000Z","updatedAt":"2026-11-02T03:04:05.000Z","findingPublishingFrequency":"SIX_HOURS",
"serviceRole":"arn:aws:iam::123456789012:role/aws-service-role/guardduty","tags":{"env":"prod","app":"x"},"dataSources":{"s3Logs":{"status":"ENABLED"}},
"features":[{"name":"S3_DATA_EVENTS","status":"ENABLED","updatedAt":1767323045},{"name":"CLOUD_TRAIL","status":"ENABLED"},
{"name":"RUNTIME_MONITORING","status":"DISABLED","additionalConfiguration":[{"name":"EKS_ADDON_MANAGEMENT","status":"DISABLED"},{"name":"EC2_AGENT_MANAGEMENT","status":"ENABLED"}]}]}`,
			"GetDetector|d2": `{"status":"DISABLED"}`,
		},
		want: map[string]object{
			"guardduty_detector " + arn + "d1": {
				"Enable": true, "FindingPublishingFrequency": "SIX_HOURS",
				"Tags": []any{object{"Key": "app", "Value": "x"}, object{"Key": "env", "Value": "prod"}},
				"Features": []any{
					object{"Name": "RUNTIME_MONITORING", "Status": "DISABLED", "AdditionalConfiguration": []any{
						object{"Name": "EC2_AGENT_MANAGEMENT", "Status": "ENABLED"}, object{"Name": "EKS_ADDON_MANAGEMENT", "Status": "DISABLED"},
					}},
					object{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"},
				},
			},
			"guardduty_detector " + arn + "d2": {"Enable": false},
		},
		facts: map[string]object{"guardduty_detector " + arn + "d1": {
			"CreatedAt": "2026-01-02T03:04:05.000Z", "ServiceRole": "arn:aws:iam::123456789012:role/aws-service-role/guardduty",
		}},
		refused: map[string]map[string][]string{"GetDetector": {"guardduty_detector": guardDutyDescribed}},
		fails:   map[string][]string{"ListDetectors": {"guardduty_detector"}},
		swaps: [][2]string{
			{`{"name":"EKS_ADDON_MANAGEMENT","status":"DISABLED"}`, `{"name":"EC2_AGENT_MANAGEMENT","status":"ENABLED"}`},
			{`{"name":"S3_DATA_EVENTS","status":"ENABLED","updatedAt":1767323045}`, `{"name":"CLOUD_TRAIL","status":"ENABLED"}`},
		},
		pages: map[string]string{"ListDetectors|two": "ListDetectors"},
	}).run(t)
}
