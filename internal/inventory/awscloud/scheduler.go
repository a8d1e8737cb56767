package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// schedulerCollector reads Amazon EventBridge Scheduler (EventBridge Scheduler API reference).
func schedulerCollector() *collector {
	p := &schedulerProjectors{
		schedules: projectorOf("scheduler_schedule", nil), groups: projectorOf("scheduler_schedule_group", nil),
	}
	schedule := func(paths ...string) map[string][]string { return map[string][]string{"scheduler_schedule": paths} }
	tags := map[string][]string{"scheduler_schedule_group": {"Tags"}}
	return &collector{
		service: "scheduler",
		listings: []listing{
			{
				types: []string{"scheduler_schedule"}, actions: []string{"scheduler:ListSchedules", "scheduler:GetSchedule"},
				page:    schedulerPage,
				each:    []each{{action: "scheduler:GetSchedule", of: "schedule", because: "the listing tells the target's ARN and the state"}},
				collect: p.collectSchedules,
			},
			{
				types:   []string{"scheduler_schedule_group"},
				actions: []string{"scheduler:ListScheduleGroups", "scheduler:ListTagsForResource"}, page: schedulerPage,
				each:    []each{{action: "scheduler:ListTagsForResource", of: "group", because: "the listing leaves tags out"}},
				collect: p.collectGroups,
			},
		},
		events: map[string]map[string][]string{
			"UpdateSchedule": schedule(append([]string{"State"}, scheduleDescribed...)...),
			"TagResource":    tags,
			"UntagResource":  tags,
		},
	}
}

// schedulerPage is the most that the scheduler lists at once.
const schedulerPage = 100

// scheduleDescribed are what GetSchedule tells.
var scheduleDescribed = []string{
	"Description", "EndDate", "FlexibleTimeWindow", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "Target",
}

func schedulerClient(s *session) *scheduler.Client {
	return client(s, func(c aws.Config) *scheduler.Client { return scheduler.NewFromConfig(c) })
}

// schedulerProjectors turn the answers of the API into configurations.
type schedulerProjectors struct{ schedules, groups *shape.Projector }

func (p *schedulerProjectors) collectSchedules(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := schedulerClient(s).ListSchedules(ctx, &scheduler.ListSchedulesInput{MaxResults: aws.Int32(schedulerPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Schedules, func(ctx context.Context, v types.ScheduleSummary) error {
			o := &audit.Observation{
				Type: "scheduler_schedule", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name),
				Config: object{"GroupName": v.GroupName, "Name": v.Name, "State": told(v.State)},
				Facts:  object{"CreationDate": v.CreationDate, "LastModificationDate": v.LastModificationDate},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, scheduleDescribed, func(ctx context.Context) error {
				got, err := schedulerClient(s).GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: v.GroupName, Name: v.Name})
				if err == nil {
					maps.Copy(o.Config, p.schedules.Project(got))
					o.Facts["ActionAfterCompletion"] = told(got.ActionAfterCompletion)
				}
				return goneIf(err, schedulerGone)
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// schedulerGone is the code that says that a schedule or a group vanished.
const schedulerGone = "ResourceNotFoundException"

// collectGroups reads the groups, of which every region has one called default.
func (p *schedulerProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := schedulerClient(s).ListScheduleGroups(ctx, &scheduler.ListScheduleGroupsInput{
			MaxResults: aws.Int32(schedulerPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.ScheduleGroups, func(ctx context.Context, g types.ScheduleGroupSummary) error {
			o := &audit.Observation{
				Type: "scheduler_schedule_group", ExternalID: aws.ToString(g.Arn), Name: aws.ToString(g.Name), Config: p.groups.Project(g),
				Facts: object{"CreationDate": g.CreationDate, "State": told(g.State)},
			}
			if g.State == types.ScheduleGroupStateDeleting || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
				got, err := schedulerClient(s).ListTagsForResource(ctx, &scheduler.ListTagsForResourceInput{ResourceArn: g.Arn})
				if err == nil {
					o.Config["Tags"] = p.groups.ProjectAt("Tags", got.Tags)
				}
				return goneIf(err, schedulerGone)
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}
