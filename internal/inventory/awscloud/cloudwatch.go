package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// cloudWatchCollector reads Amazon CloudWatch (CloudWatch API reference).
func cloudWatchCollector() *collector {
	p := &alarms{projectorOf("cloudwatch_alarm", map[string]string{
		"MetricAlarm.EvaluationCriteria": "", "MetricAlarm.EvaluationWindow": "", // see alarm
	})}
	alarm := func(paths ...string) map[string][]string { return map[string][]string{"cloudwatch_alarm": paths} }
	return &collector{
		service: "cloudwatch",
		listings: []listing{{
			types:   []string{"cloudwatch_alarm"},
			actions: []string{"cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"},
			page:    100,
			each:    []each{{action: "cloudwatch:ListTagsForResource", of: "alarm", because: "`DescribeAlarms` leaves tags out"}},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"DisableAlarmActions": alarm("ActionsEnabled"),
			"EnableAlarmActions":  alarm("ActionsEnabled"),
			"PutMetricAlarm": alarm(
				"ActionConfiguration", "ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm",
				"Dimensions", "EvaluateLowSampleCountPercentile", "EvaluationCriteria", "EvaluationInterval", "EvaluationPeriods",
				"EvaluationWindow", "ExtendedStatistic", "InsufficientDataActions", "MetricName", "Metrics", "Namespace", "OKActions",
				"Period", "Statistic", "Threshold", "ThresholdMetricId", "TreatMissingData", "Unit", "WarmUpConfiguration",
			),
			"TagResource":   alarm("Tags"),
			"UntagResource": alarm("Tags"),
		},
	}
}

func cloudWatchClient(s *session) *cloudwatch.Client {
	return client(s, func(c aws.Config) *cloudwatch.Client { return cloudwatch.NewFromConfig(c) })
}

// alarms turns the answers of the CloudWatch API into configurations.
type alarms struct{ alarms *shape.Projector }

// collect reads the metric alarms. What state they are in is monitoring's, not ours.
func (p *alarms) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := cloudWatchClient(s).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
			AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}, MaxRecords: aws.Int32(100), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.MetricAlarms, func(ctx context.Context, a types.MetricAlarm) error {
			o := p.alarm(&a)
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				err := ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"ResourceNotFoundException", "ResourceNotFound"}},
					cloudWatchClient(s).ListTagsForResource, &cloudwatch.ListTagsForResourceInput{ResourceARN: a.AlarmArn},
					func(got *cloudwatch.ListTagsForResourceOutput) {
						o.Config["Tags"] = p.alarms.ProjectAt("Tags", got.Tags)
					})
				if err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *alarms) alarm(a *types.MetricAlarm) *audit.Observation {
	c := p.alarms.Project(a)
	if q, ok := a.EvaluationCriteria.(*types.EvaluationCriteriaMemberPromQLCriteria); ok {
		c["EvaluationCriteria"] = object{"PromQLCriteria": p.alarms.ProjectAt("EvaluationCriteria.PromQLCriteria", q.Value)}
	}
	if w, ok := a.EvaluationWindow.(*types.EvaluationWindowMemberWallClockWindow); ok { // the other kind says nothing
		c["EvaluationWindow"] = object{"WallClockWindow": p.alarms.ProjectAt("EvaluationWindow.WallClockWindow", w.Value)}
	}
	return &audit.Observation{
		Type: "cloudwatch_alarm", ExternalID: aws.ToString(a.AlarmArn), Name: aws.ToString(a.AlarmName), Config: c,
	}
}
