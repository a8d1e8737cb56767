package awscloud

import "testing"

func TestMacie(t *testing.T) {
	const disabled = "!AccessDeniedException Macie is not enabled."
	(&staged{
		service: "macie2", region: "eu-west-1",
		answers: map[string]string{
			"GetMacieSession":                      `{"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-02T00:00:00Z","findingPublishingFrequency":"SIX_HOURS","serviceRole":"arn:r","status":"PAUSED"}`,
			"GetClassificationExportConfiguration": `{"configuration":{"s3Destination":{"bucketName":"b","keyPrefix":"p/","kmsKeyArn":"arn:k","expectedBucketOwner":"123456789012"}}}`,
			"GetFindingsPublicationConfiguration":  `{"securityHubConfiguration":{"publishClassificationFindings":false,"publishPolicyFindings":true}}`,
			"ListClassificationJobs":               `{"items":[{"jobId":"j1","name":"daily","jobType":"SCHEDULED","jobStatus":"RUNNING","createdAt":"2026-01-01T00:00:00Z","lastRunErrorStatus":{"code":"NONE"}}],"nextToken":"two"}`,
			"ListClassificationJobs two":           `{"items":[{"jobId":"j2"},{"jobId":"gone","jobStatus":"IDLE"},{"jobId":"j4","jobStatus":"CANCELLED"},{"jobId":"j5","name":"once","jobType":"ONE_TIME","jobStatus":"COMPLETE"}]}`,
			"DescribeClassificationJob jobs/j1": `{"jobId":"j1","jobArn":"arn","name":"daily","jobType":"SCHEDULED","jobStatus":"RUNNING","clientToken":"t","createdAt":"2026-01-01T00:00:00Z","description":"d","initialRun":true,
"allowListIds":["l2","l1"],"customDataIdentifierIds":["i2","i1"],"managedDataIdentifierIds":["m2","m1"],"managedDataIdentifierSelector":"EXCLUDE","samplingPercentage":50,"lastRunTime":"2026-01-02T00:00:00Z",
"statistics":{"approximateNumberOfObjectsToProcess":7,"numberOfRuns":3},"scheduleFrequency":{"dailySchedule":{}},"tags":{"b":"2","a":"1"},
"s3JobDefinition":{"bucketDefinitions":[{"accountId":"222222222222","buckets":["z","y"]},{"accountId":"111111111111","buckets":["x"]}],
"scoping":{"excludes":{"and":[{"simpleScopeTerm":{"comparator":"EQ","key":"OBJECT_EXTENSION","values":["png","jpg"]}},
{"tagScopeTerm":{"comparator":"EQ","key":"TAG","target":"S3_OBJECT","tagValues":[{"key":"d","value":"1"},{"key":"c","value":""}]}}]}}}}`,
			"DescribeClassificationJob jobs/j2":   `{"jobId":"j2"}`,
			"DescribeClassificationJob jobs/gone": `!ResourceNotFoundException`,
			"DescribeClassificationJob jobs/j5": `{"jobId":"j5","name":"once","jobType":"ONE_TIME","jobStatus":"COMPLETE","scheduleFrequency":{"weeklySchedule":{"dayOfWeek":"MONDAY"}},
"s3JobDefinition":{"bucketCriteria":{"includes":{"and":[{"simpleCriterion":{"comparator":"EQ","key":"S3_BUCKET_EFFECTIVE_PERMISSION","values":["PUBLIC","NOT_PUBLIC"]}},
{"tagCriterion":{"comparator":"EQ","tagValues":[{"key":"d","value":"1"},{"key":"c","value":"2"}]}}]}}}}`,
		},
		refusals: map[string]refusal{
			"macie2:GetMacieSession":                      {fails: []string{"macie2_session"}},
			"macie2:GetClassificationExportConfiguration": {unread: map[string][]string{"macie2_session": {"ClassificationExportConfiguration"}}},
			"macie2:GetFindingsPublicationConfiguration":  {unread: map[string][]string{"macie2_session": {"SecurityHubConfiguration"}}},
			"macie2:ListClassificationJobs":               {fails: []string{"macie2_classification_job"}},
			"macie2:DescribeClassificationJob":            {unread: map[string][]string{"macie2_classification_job": macieDescribed}},
		},
		counters: map[string]string{
			`"numberOfRuns":3`: `"numberOfRuns":4`, `"jobStatus":"RUNNING"`: `"jobStatus":"IDLE"`, `2026-01-02`: `2026-01-03`,
		},
		variants: map[string]variant{
			"where it isn't enabled there is nothing": {
				answers: map[string]string{"GetMacieSession": disabled, "ListClassificationJobs": disabled}, none: true,
			},
		},
	}).run(t)
}
