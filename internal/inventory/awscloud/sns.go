package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// topicPolicy is the property that holds a topic's policy.
const topicPolicy = "AWS::SNS::TopicPolicy"

// topicAttributes are the properties that come from GetTopicAttributes.
var topicAttributes = []string{
	topicPolicy, "ArchivePolicy", "ContentBasedDeduplication", "DeliveryStatusLogging", "DisplayName", "FifoThroughputScope",
	"FifoTopic", "KmsMasterKeyId", "MaximumMessageSize", "SignatureVersion", "TracingConfig",
}

// snsCollector reads Amazon SNS (SNS API reference).
func snsCollector() *collector {
	p := &snsProjectors{projectorOf("sns_topic", nil), projectorOf("sns_subscription", nil)}
	topic := func(paths ...string) map[string][]string { return map[string][]string{"sns_topic": paths} }
	return &collector{
		service: "sns",
		listings: []listing{
			{
				types:   []string{"sns_topic"},
				actions: []string{"sns:ListTopics", "sns:GetTopicAttributes", "sns:ListTagsForResource"},
				page:    snsPage,
				each:    eachOf("topic", "`ListTopics` tells ARNs and nothing else", "sns:GetTopicAttributes", "sns:ListTagsForResource"),
				collect: p.collectTopics,
			},
			{types: []string{"sns_subscription"}, actions: []string{"sns:ListSubscriptions"}, page: snsPage, collect: p.collectSubscriptions},
		},
		events: map[string]map[string][]string{
			"AddPermission":      topic(topicPolicy),
			"RemovePermission":   topic(topicPolicy),
			"SetTopicAttributes": topic(topicAttributes...),
			"TagResource":        topic("Tags"),
			"UntagResource":      topic("Tags"),
		},
	}
}

// snsPage is how many topics, or subscriptions, SNS tells at once (SNS API reference, ListTopics, ListSubscriptions).
const snsPage = 100

func snsClient(s *session) *sns.Client {
	return client(s, func(c aws.Config) *sns.Client { return sns.NewFromConfig(c) })
}

// snsProjectors turn the answers of the SNS API into configurations.
type snsProjectors struct{ topics, subscriptions *shape.Projector }

// collectTopics reads the topics. ListTopics tells ARNs and nothing else, a hundred at a time.
func (p *snsProjectors) collectTopics(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := snsClient(s).ListTopics(ctx, &sns.ListTopicsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Topics, func(ctx context.Context, t types.Topic) error {
			o := &audit.Observation{Type: "sns_topic", ExternalID: aws.ToString(t.TopicArn), Config: object{}}
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := p.readTopic(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// topicGone are the error codes for a topic that doesn't exist.
var topicGone = []string{"NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"}

func (p *snsProjectors) readTopic(ctx context.Context, s *session, o *audit.Observation) error {
	api, id := snsClient(s), &o.ExternalID
	name := ""
	if at, err := arn.Parse(o.ExternalID); err == nil {
		name = at.Resource
	}
	o.Config["TopicName"] = name
	err := ask(ctx, s, o, aside{paths: topicAttributes, gone: topicGone}, api.GetTopicAttributes,
		&sns.GetTopicAttributesInput{TopicArn: id}, func(got *sns.GetTopicAttributesOutput) {
			o.Config = p.topics.Project(got.Attributes)
			o.Config["TopicName"] = name
			o.Config["DeliveryStatusLogging"] = deliveryLogging(got.Attributes)
			if policy := got.Attributes["Policy"]; policy != "" {
				o.Config[topicPolicy] = object{"PolicyDocument": policy}
			}
		})
	if err != nil {
		return err
	}
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: topicGone}, api.ListTagsForResource,
		&sns.ListTagsForResourceInput{ResourceArn: id}, func(got *sns.ListTagsForResourceOutput) {
			o.Config["Tags"] = p.topics.ProjectAt("Tags", got.Tags)
		})
}

// deliveryLogging gathers what a topic's attributes say of logging deliveries, by protocol (SNS API reference,
// SetTopicAttributes).
func deliveryLogging(attributes map[string]string) []object {
	var out []object
	for _, p := range [][2]string{
		{"Application", "application"}, {"Firehose", "firehose"}, {"HTTP", "http/s"}, {"Lambda", "lambda"}, {"SQS", "sqs"},
	} {
		failure, success := attributes[p[0]+"FailureFeedbackRoleArn"], attributes[p[0]+"SuccessFeedbackRoleArn"]
		if failure != "" || success != "" {
			out = append(out, object{
				"Protocol": p[1], "FailureFeedbackRoleArn": failure, "SuccessFeedbackRoleArn": success,
				"SuccessFeedbackSampleRate": attributes[p[0]+"SuccessFeedbackSampleRate"],
			})
		}
	}
	return out
}

// collectSubscriptions reads the account's subscriptions, to whoever's topics. One that nobody has confirmed has no ARN,
// and nothing is delivered to it.
func (p *snsProjectors) collectSubscriptions(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := snsClient(s).ListSubscriptions(ctx, &sns.ListSubscriptionsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for i := range page.Subscriptions {
			sub := &page.Subscriptions[i]
			switch aws.ToString(sub.SubscriptionArn) {
			case "PendingConfirmation", "Deleted":
				continue
			}
			err := s.emit(ctx, out, &audit.Observation{
				Type: "sns_subscription", ExternalID: aws.ToString(sub.SubscriptionArn),
				Config: p.subscriptions.Project(sub), Facts: object{"Owner": sub.Owner},
			})
			if err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}
