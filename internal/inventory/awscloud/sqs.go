package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// queuePolicy is the property that holds a queue's policy.
const queuePolicy = "AWS::SQS::QueuePolicy"

// queueAttributes are the properties that come from GetQueueAttributes.
var queueAttributes = []string{
	queuePolicy, "ContentBasedDeduplication", "DeduplicationScope", "DelaySeconds", "FifoQueue", "FifoThroughputLimit",
	"KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod",
	"ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout",
}

// sqsCollector reads Amazon SQS (SQS API reference).
func sqsCollector() *collector {
	p := &sqsQueues{projectorOf("sqs_queue", nil)}
	queue := func(paths ...string) map[string][]string { return map[string][]string{"sqs_queue": paths} }
	return &collector{
		service: "sqs",
		listings: []listing{{
			types:   []string{"sqs_queue"},
			actions: []string{"sqs:ListQueues", "sqs:GetQueueAttributes", "sqs:ListQueueTags"},
			page:    1000,
			each:    eachOf("queue", "`ListQueues` tells addresses and nothing else", "sqs:GetQueueAttributes", "sqs:ListQueueTags"),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AddPermission":      queue(queuePolicy),
			"RemovePermission":   queue(queuePolicy),
			"SetQueueAttributes": queue(queueAttributes...),
			"TagQueue":           queue("Tags"),
			"UntagQueue":         queue("Tags"),
		},
	}
}

func sqsClient(s *session) *sqs.Client {
	return client(s, func(c aws.Config) *sqs.Client { return sqs.NewFromConfig(c) })
}

// sqsQueues turns the answers of the SQS API into configurations.
type sqsQueues struct{ queues *shape.Projector }

// collect reads the queues. ListQueues tells addresses and nothing else.
func (p *sqsQueues) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := sqsClient(s).ListQueues(ctx, &sqs.ListQueuesInput{MaxResults: aws.Int32(1000), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.QueueUrls, func(ctx context.Context, address string) error {
			name := address[strings.LastIndexByte(address, '/')+1:]
			o := &audit.Observation{Type: "sqs_queue", Name: name, Config: object{}}
			if name != "" {
				o.ExternalID = s.arn("sqs", name)
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := p.read(ctx, s, o, address); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// queueGone are the error codes for a queue that doesn't exist, of the JSON protocol and of the one before it.
var queueGone = []string{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "QueueDeletedRecently"}

func (p *sqsQueues) read(ctx context.Context, s *session, o *audit.Observation, address string) error {
	o.Config["QueueName"] = o.Name
	err := ask(ctx, s, o, aside{paths: queueAttributes, gone: queueGone}, sqsClient(s).GetQueueAttributes,
		&sqs.GetQueueAttributesInput{QueueUrl: &address, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}},
		func(got *sqs.GetQueueAttributesOutput) {
			o.Config = p.queues.Project(got.Attributes)
			o.Config["QueueName"] = o.Name
			if policy := got.Attributes["Policy"]; policy != "" {
				o.Config[queuePolicy] = object{"PolicyDocument": policy}
			}
		})
	if err != nil {
		return err
	}
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: queueGone}, sqsClient(s).ListQueueTags,
		&sqs.ListQueueTagsInput{QueueUrl: &address}, func(got *sqs.ListQueueTagsOutput) {
			o.Config["Tags"] = p.queues.ProjectAt("Tags", got.Tags)
		})
}
