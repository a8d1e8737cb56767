package awscloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/fault"
)

const (
	trailARN = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/"
	mainID   = trailARN + "main"
	bareID   = trailARN + "bare"
	orgID    = "arn:aws:cloudtrail:eu-west-1:210987654321:trail/org"
)

// trailWire plays a region with a trail of its own, one of which nothing is known, the organization's, and one whose home
// is another region.
func trailWire() *wire {
	return &wire{answers: map[string]string{
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
		"GetInsightSelectors":           "InsightNotEnabledException not enabled",
		"GetInsightSelectors " + mainID: `{"InsightSelectors":[{"InsightType":"ApiErrorRateInsight"},{"InsightType":"ApiCallRateInsight"}]}`,
		"GetTrailStatus":                `{}`,
		"GetTrailStatus " + mainID:      `{"IsLogging":true,"LatestDeliveryError":"NoSuchBucket","StartLoggingTime":1767323045}`,
		"ListTags@":                     `{"NextToken":"two","ResourceTagList":[{"ResourceId":"` + mainID + `","TagsList":[{"Key":"env","Value":"prod"}]}]}`,
		"ListTags@two":                  `{"ResourceTagList":[{"ResourceId":"` + mainID + `","TagsList":[{"Key":"Name","Value":"ours"}]},{"ResourceId":"` + bareID + `"}]}`,
	}}
}

func TestTrailsReadEverything(t *testing.T) {
	w := trailWire()
	h, errs := w.sync(t, "cloudtrail", "eu-west-1")
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	t.Run("only those whose home the region is", func(t *testing.T) {
		if diff := cmp.Diff([]string{bareID, mainID, orgID}, h.ids("cloudtrail_trail")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a trail", func(t *testing.T) {
		o := h.one(t, "cloudtrail_trail", "main")
		want := object{
			"TrailName": "main", "S3BucketName": "logs", "S3KeyPrefix": "ct", "IncludeGlobalServiceEvents": true,
			"IsMultiRegionTrail": true, "IsOrganizationTrail": false, "EnableLogFileValidation": true, "IsLogging": true,
			"KMSKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k", "SnsTopicName": "alerts",
			"CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:ct:*",
			"CloudWatchLogsRoleArn":     "arn:aws:iam::123456789012:role/ct",
			"AdvancedEventSelectors": []any{object{"Name": "s3", "FieldSelectors": []any{
				object{"Equals": []any{"Data"}, "Field": "eventCategory"},
				object{"Field": "resources.ARN", "StartsWith": []any{"arn:aws:s3:::a", "arn:aws:s3:::b"}},
			}}},
			"InsightSelectors": []any{object{"InsightType": "ApiCallRateInsight"}, object{"InsightType": "ApiErrorRateInsight"}},
			"Tags":             []any{object{"Key": "Name", "Value": "ours"}, object{"Key": "env", "Value": "prod"}},
		}
		if diff := cmp.Diff(want, o.Config); diff != "" {
			t.Errorf("configuration (-want +got):\n%s", diff)
		}
		facts := object{
			"HomeRegion": "eu-west-1", "HasCustomEventSelectors": true, "HasInsightSelectors": true, "LatestDeliveryError": "NoSuchBucket",
			"StartLoggingTime": "2026-01-02T03:04:05Z", "SnsTopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts",
		}
		if diff := cmp.Diff(facts, o.Facts); diff != "" || len(o.Unread) > 0 {
			t.Errorf("facts (-want +got):\n%s, unread %v", diff, o.Unread)
		}
	})
	t.Run("one of which little is known", func(t *testing.T) {
		o := h.one(t, "cloudtrail_trail", "bare")
		want := object{
			"EventSelectors":          []any{object{"IncludeManagementEvents": true, "ReadWriteType": "All"}},
			"EnableLogFileValidation": false, "IsMultiRegionTrail": false, "IsOrganizationTrail": false,
		}
		if diff := cmp.Diff(want, o.Config); diff != "" || len(o.Unread) > 0 {
			t.Errorf("configuration (-want +got):\n%s, unread %v", diff, o.Unread)
		}
	})
	t.Run("an organization's trail has tags that its account alone may read", func(t *testing.T) {
		o := h.one(t, "cloudtrail_trail", "org")
		if len(o.Unread) != 0 {
			t.Errorf("unread: %v", o.Unread)
		}
	})
	t.Run("tags are read at once", func(t *testing.T) {
		if n := w.called("ListTags"); n != 2 {
			t.Errorf("%d calls for two pages", n)
		}
	})
}

func TestTagsOfManyTrailsAreReadTwentyAtATime(t *testing.T) {
	list := make([]string, 0, 45)
	for i := range cap(list) {
		list = append(list, fmt.Sprintf(`{"Name":"t%d","TrailARN":"%st%d","HomeRegion":"eu-west-1"}`, i, trailARN, i))
	}
	w := trailWire().with(map[string]string{
		"DescribeTrails": `{"trailList":[` + strings.Join(list, ",") + `]}`, "ListTags@": `{"ResourceTagList":[]}`,
	})
	h, errs := w.sync(t, "cloudtrail", "eu-west-1")
	if n := w.called("ListTags"); n != 3 || len(h.all) != len(list) || len(errs) > 0 {
		t.Errorf("%d calls, %d trails, failed: %v", n, len(h.all), errs)
	}
}

func TestTrailRefusals(t *testing.T) {
	ownTrails := func(w *wire) *wire { // the organization's lacks its tags in any case
		return w.with(map[string]string{"DescribeTrails": strings.ReplaceAll(w.answers["DescribeTrails"], orgID, trailARN+"org")})
	}
	everything, _ := ownTrails(trailWire()).sync(t, "cloudtrail", "eu-west-1")
	for operation, paths := range map[string][]string{
		"GetEventSelectors": {"AdvancedEventSelectors", "EventSelectors"}, "GetInsightSelectors": {"InsightSelectors"},
		"GetTrailStatus": {"IsLogging"}, "ListTags": {"Tags"},
	} {
		t.Run("without "+operation, func(t *testing.T) {
			h, errs := ownTrails(trailWire()).without(operation).sync(t, "cloudtrail", "eu-west-1")
			sameButUnread(t, everything, h, "cloudtrail:"+operation, map[string][]string{"cloudtrail_trail": paths})
			if len(errs) > 0 || len(h.all) != len(everything.all) {
				t.Errorf("failed: %v", errs)
			}
		})
	}
	t.Run("without DescribeTrails", func(t *testing.T) {
		h, errs := trailWire().without("DescribeTrails").sync(t, "cloudtrail", "eu-west-1")
		if f := fault.From(errs["cloudtrail_trail"]); len(h.all) > 0 || f.Kind != fault.Denied || f.Action != actionDescribeTrails {
			t.Errorf("failed: %v", errs)
		}
	})
}

func TestTrailHostileAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		kind    fault.Kind
	}{
		"a trail without an ARN fails the listing": {map[string]string{"DescribeTrails": `{"trailList":[{"Name":"x"}]}`}, fault.Upstream},
		"an answer cut short fails the listing":    {map[string]string{"DescribeTrails": `{"trailList":[{"Name":`}, fault.Upstream},
		"expired credentials fail the listing":     {map[string]string{"ListTags@": "ExpiredTokenException expired"}, fault.Expired},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := trailWire().with(c.changes).sync(t, "cloudtrail", "eu-west-1")
			if len(errs) != 1 || fault.KindOf(errs["cloudtrail_trail"]) != c.kind {
				t.Errorf("failed: %v", errs)
			}
		})
	}
	t.Run("a token that repeats leaves the tags unread", func(t *testing.T) {
		w := trailWire()
		h, errs := w.with(map[string]string{"ListTags@two": w.answers["ListTags@"]}).sync(t, "cloudtrail", "eu-west-1")
		if o := h.one(t, "cloudtrail_trail", "main"); len(errs) > 0 || o.Unread["Tags"].Code == "" || o.Config["Tags"] != nil {
			t.Errorf("unread %v, failed %v", o.Unread, errs)
		}
	})
	t.Run("a trail that vanishes is left out", func(t *testing.T) {
		h, errs := trailWire().with(map[string]string{"GetEventSelectors " + mainID: "TrailNotFoundException gone"}).sync(t, "cloudtrail", "eu-west-1")
		if ids := h.ids("cloudtrail_trail"); slices.Contains(ids, mainID) || len(ids) != 2 || len(errs) > 0 {
			t.Errorf("%v, failed %v", ids, errs)
		}
	})
}

func TestTrailOrderMeansNothing(t *testing.T) {
	first, _ := trailWire().sync(t, "cloudtrail", "eu-west-1")
	w := trailWire()
	for _, pair := range [][2]string{
		{`"arn:aws:s3:::b"`, `"arn:aws:s3:::a"`},
		{`{"InsightType":"ApiErrorRateInsight"}`, `{"InsightType":"ApiCallRateInsight"}`},
		{`{"Key":"env","Value":"prod"}`, `{"Key":"Name","Value":"ours"}`},
	} {
		for key, body := range w.answers {
			body = strings.Replace(body, pair[0]+","+pair[1], pair[1]+","+pair[0], 1)
			w.answers[key] = strings.NewReplacer(`1767323045`, `1767323046`).Replace(body)
		}
	}
	second, _ := w.sync(t, "cloudtrail", "eu-west-1")
	sameHashes(t, first, second)
}
