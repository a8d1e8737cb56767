//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func schedulerOfMoto() motoService {
	return motoService{
		service: "scheduler", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), scheduler.NewFromConfig(e.plainConfig())
			must(api.CreateScheduleGroup(ctx, &scheduler.CreateScheduleGroupInput{
				Name: s("jobs"), Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			made := must(api.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
				Name: s("night"), GroupName: s("jobs"), ScheduleExpression: s("rate(1 day)"),
				FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
				Target:             &types.Target{Arn: s("arn:aws:sqs:us-east-1:123456789012:q"), RoleArn: s("arn:aws:iam::123456789012:role/r")},
			}))(t)
			var groups []string
			for _, g := range must(api.ListScheduleGroups(ctx, &scheduler.ListScheduleGroupsInput{}))(t).ScheduleGroups {
				groups = append(groups, *g.Arn)
			}
			return map[string][]string{"scheduler_schedule": {*made.ScheduleArn}, "scheduler_schedule_group": groups}
		},
	}
}
