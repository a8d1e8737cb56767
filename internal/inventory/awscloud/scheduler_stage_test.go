package awscloud

import "testing"

func TestScheduler(t *testing.T) {
	arn := "arn:aws:scheduler:eu-west-1:123456789012:"
	(&staged{
		service: "scheduler", region: "eu-west-1",
		answers: map[string]string{
			"ListSchedules": `{"Schedules":[{"Arn":"` + arn + `schedule/jobs/night","GroupName":"jobs","Name":"night","State":"ENABLED","CreationDate":1767225600,
"LastModificationDate":1767225601,"Target":{"Arn":"arn:aws:ecs:c"}}],"NextToken":"two"}`,
			"ListSchedules two": `{"Schedules":[{"Arn":"` + arn + `schedule/default/bare","GroupName":"default","Name":"bare"},
{"Arn":"` + arn + `schedule/default/gone","GroupName":"default","Name":"gone"}]}`,
			"GetSchedule /night": `{"Arn":"` + arn + `schedule/jobs/night","GroupName":"jobs","Name":"night","State":"ENABLED","ActionAfterCompletion":"NONE","Description":"d",
"StartDate":1767225600,"EndDate":1798761600,"FlexibleTimeWindow":{"Mode":"FLEXIBLE","MaximumWindowInMinutes":5},"KmsKeyArn":"arn:k","ScheduleExpression":"rate(1 day)",
"ScheduleExpressionTimezone":"UTC","Target":{"Arn":"arn:aws:ecs:c","RoleArn":"arn:r","Input":"{\"a\":1}","DeadLetterConfig":{"Arn":"arn:q"},
"RetryPolicy":{"MaximumEventAgeInSeconds":60,"MaximumRetryAttempts":0},"EcsParameters":{"TaskDefinitionArn":"arn:t","TaskCount":1,
"NetworkConfiguration":{"awsvpcConfiguration":{"Subnets":["b","a"],"SecurityGroups":["d","c"],"AssignPublicIp":"DISABLED"}},"Tags":[{"b":"2"},{"a":"1"}]}}}`,
			"GetSchedule /bare":           `{"Arn":"` + arn + `schedule/default/bare"}`,
			"GetSchedule /gone":           `!ResourceNotFoundException`,
			"ListScheduleGroups":          `{"ScheduleGroups":[{"Arn":"` + arn + `schedule-group/jobs","Name":"jobs","State":"ACTIVE","CreationDate":1767225600}],"NextToken":"two"}`,
			"ListScheduleGroups two":      `{"ScheduleGroups":[{"Arn":"` + arn + `schedule-group/default"},{"Arn":"` + arn + `schedule-group/gone"},{"Arn":"` + arn + `schedule-group/going","State":"DELETING"}]}`,
			"ListTagsForResource jobs":    `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource default": `{"Tags":[]}`,
			"ListTagsForResource gone":    `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"scheduler:ListSchedules":       {fails: []string{"scheduler_schedule"}},
			"scheduler:GetSchedule":         {unread: map[string][]string{"scheduler_schedule": scheduleDescribed}},
			"scheduler:ListScheduleGroups":  {fails: []string{"scheduler_schedule_group"}},
			"scheduler:ListTagsForResource": {unread: map[string][]string{"scheduler_schedule_group": {"Tags"}}},
		},
	}).run(t)
}
