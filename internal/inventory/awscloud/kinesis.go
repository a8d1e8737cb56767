package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// streamPolicy is the property that holds a stream's policy.
const streamPolicy = "AWS::Kinesis::ResourcePolicy"

// streamDescribed are the properties that come from DescribeStreamSummary alone.
var streamDescribed = []string{
	"DesiredShardLevelMetrics", "MaxRecordSizeInKiB", "RecordDistributionStrategy", "RetentionPeriodHours", "ShardCount",
	"StreamEncryption",
}

// kinesisCollector reads Amazon Kinesis Data Streams (Kinesis API reference).
func kinesisCollector() *collector {
	p := &streams{projectorOf("kinesis_stream", nil)}
	stream := func(paths ...string) map[string][]string { return map[string][]string{"kinesis_stream": paths} }
	encryption, metrics, tags := stream("StreamEncryption"), stream("DesiredShardLevelMetrics"), stream("Tags")
	policy, retention := stream(streamPolicy), stream("RetentionPeriodHours")
	return &collector{
		service: "kinesis",
		listings: []listing{{
			types: []string{"kinesis_stream"},
			actions: []string{
				"kinesis:ListStreams", "kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy", "kinesis:ListTagsForResource",
			},
			page: 100,
			each: eachOf("stream", "`ListStreams` tells the mode and nothing else",
				"kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy", "kinesis:ListTagsForResource",
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AddTagsToStream":               tags,
			"DecreaseStreamRetentionPeriod": retention,
			"DeleteResourcePolicy":          policy,
			"DisableEnhancedMonitoring":     metrics,
			"EnableEnhancedMonitoring":      metrics,
			"IncreaseStreamRetentionPeriod": retention,
			"MergeShards":                   stream("ShardCount"),
			"PutResourcePolicy":             policy,
			"RemoveTagsFromStream":          tags,
			"SplitShard":                    stream("ShardCount"),
			"StartStreamEncryption":         encryption,
			"StopStreamEncryption":          encryption,
			"TagResource":                   tags,
			"UntagResource":                 tags,
			"UpdateMaxRecordSize":           stream("MaxRecordSizeInKiB"),
			"UpdateShardCount":              stream("ShardCount"),
			"UpdateStreamMode":              stream("ShardCount", "StreamModeDetails"),
		},
	}
}

func kinesisClient(s *session) *kinesis.Client {
	return client(s, func(c aws.Config) *kinesis.Client { return kinesis.NewFromConfig(c) })
}

// streams turns the answers of the Kinesis API into configurations.
type streams struct{ streams *shape.Projector }

func (p *streams) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := kinesisClient(s).ListStreams(ctx, &kinesis.ListStreamsInput{Limit: aws.Int32(100), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.StreamSummaries, func(ctx context.Context, d types.StreamSummary) error {
			if d.StreamStatus == types.StreamStatusDeleting {
				return nil
			}
			c := p.streams.Project(&d)
			c["Name"] = d.StreamName
			o := &audit.Observation{
				Type: "kinesis_stream", ExternalID: aws.ToString(d.StreamARN), Name: aws.ToString(d.StreamName), Config: c,
				Facts: object{"StreamCreationTimestamp": d.StreamCreationTimestamp, "StreamStatus": told(d.StreamStatus)},
			}
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := p.read(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *streams) read(ctx context.Context, s *session, o *audit.Observation) error {
	api, gone := kinesisClient(s), []string{"ResourceNotFoundException"}
	err := ask(ctx, s, o, aside{paths: streamDescribed, gone: gone}, api.DescribeStreamSummary,
		&kinesis.DescribeStreamSummaryInput{StreamARN: &o.ExternalID}, func(got *kinesis.DescribeStreamSummaryOutput) {
			if d := got.StreamDescriptionSummary; d != nil {
				p.describe(o, d)
			}
		})
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{streamPolicy}, gone: gone}, api.GetResourcePolicy,
		&kinesis.GetResourcePolicyInput{ResourceARN: &o.ExternalID}, func(got *kinesis.GetResourcePolicyOutput) {
			if policy := aws.ToString(got.Policy); policy != "" && policy != "{}" {
				o.Config[streamPolicy] = object{"ResourcePolicy": policy}
			}
		})
	if err != nil {
		return err
	}
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: gone}, api.ListTagsForResource,
		&kinesis.ListTagsForResourceInput{ResourceARN: &o.ExternalID}, func(got *kinesis.ListTagsForResourceOutput) {
			o.Config["Tags"] = p.streams.ProjectAt("Tags", got.Tags)
		})
}

// describe takes what DescribeStreamSummary tells. How many shards a stream on demand has is AWS's business.
func (p *streams) describe(o *audit.Observation, d *types.StreamDescriptionSummary) {
	maps.Copy(o.Config, p.streams.Project(d))
	if d.StreamModeDetails == nil || d.StreamModeDetails.StreamMode != types.StreamModeOnDemand {
		o.Config["ShardCount"] = d.OpenShardCount
	}
	if d.EncryptionType == types.EncryptionTypeKms {
		o.Config["StreamEncryption"] = object{"EncryptionType": d.EncryptionType, "KeyId": d.KeyId}
	}
	var metrics []types.MetricsName
	for _, m := range d.EnhancedMonitoring {
		metrics = append(metrics, m.ShardLevelMetrics...)
	}
	o.Config["DesiredShardLevelMetrics"] = metrics
}
