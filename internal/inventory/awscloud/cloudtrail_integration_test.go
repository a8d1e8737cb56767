//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// cloudTrailOfMoto has a trail of all regions, which is found once, in its home.
func cloudTrailOfMoto() motoService {
	return motoService{
		service: "cloudtrail", region: motoserver.Region, also: []string{"eu-west-1"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			e.fillTrails(t)
			var ids []string
			for _, trail := range must(cloudtrail.NewFromConfig(e.cfg).ListTrails(t.Context(), &cloudtrail.ListTrailsInput{}))(t).Trails {
				ids = append(ids, *trail.TrailARN)
			}
			return map[string][]string{"cloudtrail_trail": ids}
		},
		check: func(t *testing.T, h *haul) {
			o := h.one(t, "cloudtrail_trail", "main")
			for path, want := range map[string]any{
				"IsLogging": true, "IsMultiRegionTrail": true, "EnableLogFileValidation": true, "S3BucketName": "trails",
				"InsightSelectors": []any{object{"InsightType": "ApiCallRateInsight"}},
				"Tags":             []any{object{"Key": "env", "Value": "prod"}},
			} {
				if diff := cmp.Diff(want, o.Config[path]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
		},
	}
}

func (e *estate) fillTrails(t *testing.T) {
	ctx, s := t.Context(), aws.String
	api := cloudtrail.NewFromConfig(e.cfg)
	must(e.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: s("trails")}))(t)
	must(api.CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: s("main"), S3BucketName: s("trails"), IsMultiRegionTrail: new(true), EnableLogFileValidation: new(true),
		TagsList: []types.Tag{{Key: s("env"), Value: s("prod")}},
	}))(t)
	must(api.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: s("main")}))(t)
	must(api.PutInsightSelectors(ctx, &cloudtrail.PutInsightSelectorsInput{TrailName: s("main"), InsightSelectors: []types.InsightSelector{
		{InsightType: types.InsightTypeApiCallRateInsight},
	}}))(t)
}
