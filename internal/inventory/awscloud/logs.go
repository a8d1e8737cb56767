package awscloud

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// metricFilter is the property that holds a log group's metric filters.
const metricFilter = "AWS::Logs::MetricFilter"

// logsPageSize is the most that CloudWatch Logs returns at once.
const logsPageSize = 50

// logsCollector reads Amazon CloudWatch Logs (CloudWatch Logs API reference).
func logsCollector() *collector {
	p := &logGroups{projectorOf("logs_log_group", map[string]string{
		"MetricTransformation.Dimensions": "", // see filters
	})}
	group := func(paths ...string) map[string][]string { return map[string][]string{"logs_log_group": paths} }
	return &collector{
		service: "logs",
		listings: []listing{{
			types:   []string{"logs_log_group"},
			actions: []string{"logs:DescribeLogGroups", "logs:DescribeMetricFilters", "logs:ListTagsForResource"},
			page:    logsPageSize,
			each:    []each{{action: "logs:ListTagsForResource", of: "log group", because: "`DescribeLogGroups` leaves tags out"}},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AssociateKmsKey":               group("KmsKeyId"),
			"DeleteMetricFilter":            group(metricFilter),
			"DeleteRetentionPolicy":         group("RetentionInDays"),
			"DisassociateKmsKey":            group("KmsKeyId"),
			"PutLogGroupDeletionProtection": group("DeletionProtectionEnabled"),
			"PutMetricFilter":               group(metricFilter),
			"PutRetentionPolicy":            group("RetentionInDays"),
			"TagLogGroup":                   group("Tags"),
			"TagResource":                   group("Tags"),
			"UntagLogGroup":                 group("Tags"),
			"UntagResource":                 group("Tags"),
		},
	}
}

func logsClient(s *session) *cloudwatchlogs.Client {
	return client(s, func(c aws.Config) *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(c) })
}

// logGroups turns the answers of the CloudWatch Logs API into configurations.
type logGroups struct{ groups *shape.Projector }

// collect reads the log groups, and the metric filters of all of them at once.
func (p *logGroups) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	filters, refused := p.filters(ctx, s)
	if err := fatal(ctx, refused); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := logsClient(s).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(logsPageSize), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.LogGroups, func(ctx context.Context, g types.LogGroup) error {
			o := p.group(&g)
			if o.ExternalID == "" {
				return s.emit(ctx, out, o)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if refused != nil {
				setUnread(o, awsaccess.Classify(refused), metricFilter)
			} else {
				o.Config[metricFilter] = filters[o.Name]
			}
			err := ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"ResourceNotFoundException"}}, logsClient(s).ListTagsForResource,
				&cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &o.ExternalID}, func(got *cloudwatchlogs.ListTagsForResourceOutput) {
					o.Config["Tags"] = p.groups.ProjectAt("Tags", got.Tags)
				})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// group reads a log group. Its ARN comes in two forms, of which the one that ends with ":*" means its streams.
func (p *logGroups) group(g *types.LogGroup) *audit.Observation {
	id := aws.ToString(g.LogGroupArn)
	if id == "" {
		id = strings.TrimSuffix(aws.ToString(g.Arn), ":*")
	}
	facts := object{
		"DataProtectionStatus": told(g.DataProtectionStatus), "InheritedProperties": g.InheritedProperties,
	}
	if at := aws.ToInt64(g.CreationTime); at != 0 {
		facts["CreationTime"] = time.UnixMilli(at)
	}
	return &audit.Observation{
		Type: "logs_log_group", ExternalID: id, Name: aws.ToString(g.LogGroupName), Config: p.groups.Project(g), Facts: facts,
	}
}

// filters lists the metric filters by the name of their log group.
func (p *logGroups) filters(ctx context.Context, s *session) (map[string][]any, error) {
	out := map[string][]any{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := logsClient(s).DescribeMetricFilters(ctx, &cloudwatchlogs.DescribeMetricFiltersInput{
			Limit: aws.Int32(logsPageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.MetricFilters {
			f := &page.MetricFilters[i]
			c, ok := p.groups.ProjectAt(metricFilter+"[*]", f).(object)
			if !ok {
				continue
			}
			transformations := make([]any, 0, len(f.MetricTransformations))
			for j := range f.MetricTransformations {
				transformations = append(transformations, p.transformation(&f.MetricTransformations[j]))
			}
			c["MetricTransformations"] = transformations
			group := aws.ToString(f.LogGroupName)
			out[group] = append(out[group], c)
		}
		return page.NextToken, nil
	})
	return out, err
}

func (p *logGroups) transformation(m *types.MetricTransformation) object {
	c, ok := p.groups.ProjectAt(metricFilter+"[*].MetricTransformations[*]", m).(object)
	if !ok {
		c = object{}
	}
	var dimensions []any
	for key, value := range m.Dimensions {
		dimensions = append(dimensions, object{"Key": key, "Value": value})
	}
	c["Dimensions"] = dimensions
	return c
}
