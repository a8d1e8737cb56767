//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func logsOfMoto() motoService {
	return motoService{
		service: "logs", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), cloudwatchlogs.NewFromConfig(e.cfg), aws.String
			for _, name := range []string{"/orders", "bare"} {
				must(api.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: s(name), Tags: map[string]string{"env": "prod"}}))(t)
			}
			must(api.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: s("/orders"), RetentionInDays: aws.Int32(30)}))(t)
			must(api.PutMetricFilter(ctx, &cloudwatchlogs.PutMetricFilterInput{
				LogGroupName: s("/orders"), FilterName: s("root"), FilterPattern: s("ERROR"), MetricTransformations: []types.MetricTransformation{
					{MetricName: s("Errors"), MetricNamespace: s("Orders"), MetricValue: s("1")},
				},
			}))(t)
			var ids []string
			for _, g := range must(api.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}))(t).LogGroups {
				ids = append(ids, *g.LogGroupArn)
			}
			return map[string][]string{"logs_log_group": ids}
		},
		check: func(t *testing.T, h *haul) {
			want := object{
				"LogGroupName": "/orders", "LogGroupClass": "STANDARD", "RetentionInDays": int64(30), "Tags": []any{object{"Key": "env", "Value": "prod"}},
				metricFilter: []any{object{"FilterName": "root", "ApplyOnTransformedLogs": false, "FilterPattern": "ERROR", "MetricTransformations": []any{
					object{"MetricName": "Errors", "MetricNamespace": "Orders", "MetricValue": "1"},
				}}},
			}
			if diff := cmp.Diff(want, h.one(t, "logs_log_group", "/orders").Config); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		},
	}
}
