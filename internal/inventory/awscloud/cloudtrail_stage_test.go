package awscloud

import (
	"fmt"
	"strings"
	"testing"
)

const (
	trailARN = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/"
	mainID   = trailARN + "main"
	bareID   = trailARN + "bare"
	orgID    = "arn:aws:cloudtrail:eu-west-1:210987654321:trail/org"
)

// trailAnswers plays a region with a trail of its own, one of which nothing is known, the organization's, whose tags its account
// alone may read, and one whose home is another region.
func trailAnswers() map[string]string {
	return map[string]string{
		"DescribeTrails": `{"trailList":[
{"Name":"main","TrailARN":"` + mainID + `","HomeRegion":"eu-west-1","S3BucketName":"logs","S3KeyPrefix":"ct","IncludeGlobalServiceEvents":true,
"IsMultiRegionTrail":true,"IsOrganizationTrail":false,"LogFileValidationEnabled":true,"KmsKeyId":"arn:aws:kms:eu-west-1:123456789012:key/k",
"SnsTopicARN":"arn:aws:sns:eu-west-1:123456789012:alerts","CloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:123456789012:log-group:ct:*",
"CloudWatchLogsRoleArn":"arn:aws:iam::123456789012:role/ct","HasCustomEventSelectors":true,"HasInsightSelectors":true},
{"TrailARN":"` + bareID + `"},
{"Name":"org","TrailARN":"` + orgID + `","HomeRegion":"eu-west-1","IsOrganizationTrail":true,"IsMultiRegionTrail":true},
{"Name":"far","TrailARN":"arn:aws:cloudtrail:us-east-1:123456789012:trail/far","HomeRegion":"us-east-1","IsMultiRegionTrail":true}]}`,
		"GetEventSelectors": `{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true}]}`,
		"GetEventSelectors " + mainID: `{"AdvancedEventSelectors":[{"Name":"s3","FieldSelectors":[
{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::b","arn:aws:s3:::a"]}]}]}`,
		"GetInsightSelectors":           "!InsightNotEnabledException",
		"GetInsightSelectors " + mainID: `{"InsightSelectors":[{"InsightType":"ApiErrorRateInsight"},{"InsightType":"ApiCallRateInsight"}]}`,
		"GetTrailStatus":                `{}`,
		"GetTrailStatus " + mainID:      `{"IsLogging":true,"LatestDeliveryError":"NoSuchBucket","StartLoggingTime":1767323045}`,
		"ListTags":                      `{"NextToken":"two","ResourceTagList":[{"ResourceId":"` + mainID + `","TagsList":[{"Key":"env","Value":"prod"}]}]}`,
		"ListTags two":                  `{"ResourceTagList":[{"ResourceId":"` + mainID + `","TagsList":[{"Key":"Name","Value":"ours"}]},{"ResourceId":"` + bareID + `"}]}`,
	}
}

func trailCase() *staged {
	trail := func(paths ...string) refusal { return refusal{unread: map[string][]string{"cloudtrail_trail": paths}} }
	listing := []string{"cloudtrail_trail"}
	return &staged{
		service: "cloudtrail", region: "eu-west-1", answers: trailAnswers(),
		refusals: map[string]refusal{
			actionDescribeTrails:             {fails: listing},
			"cloudtrail:GetEventSelectors":   trail("AdvancedEventSelectors", "EventSelectors"),
			"cloudtrail:GetInsightSelectors": trail("InsightSelectors"),
			"cloudtrail:GetTrailStatus":      trail("IsLogging"),
			"cloudtrail:ListTags":            trail("Tags"),
		},
		counters: map[string]string{"1767323045": "1767323046"},
		variants: map[string]variant{
			"a trail without an ARN fails the listing": {
				answers: map[string]string{"DescribeTrails": `{"trailList":[{"Name":"x"}]}`}, fails: listing,
			},
			"expired credentials fail the listing": {answers: map[string]string{"ListTags": "!ExpiredTokenException"}, fails: listing},
			"a trail that vanishes is left out": {
				answers: map[string]string{"GetEventSelectors " + mainID: "!TrailNotFoundException"}, gone: "cloudtrail_trail main",
			},
		},
	}
}

func TestCloudTrail(t *testing.T) { trailCase().run(t) }

func TestTagsOfManyTrailsAreReadTwentyAtATime(t *testing.T) {
	list := make([]string, 0, 45)
	for i := range cap(list) {
		list = append(list, fmt.Sprintf(`{"Name":"t%d","TrailARN":"%st%d","HomeRegion":"eu-west-1"}`, i, trailARN, i))
	}
	answers := with(trailAnswers(), "DescribeTrails", `{"trailList":[`+strings.Join(list, ",")+`]}`)
	h, errs, calls := trailCase().read(t, withAlways(answers, "ListTags", `{"ResourceTagList":[]}`), "")
	if n := calls["cloudtrail:ListTags"]; n != 3 || len(h.all) != len(list) || len(errs) > 0 {
		t.Errorf("%d calls, %d trails, failed: %v", n, len(h.all), errs)
	}
}
