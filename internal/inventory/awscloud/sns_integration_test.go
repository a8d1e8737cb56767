//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func snsOfMoto() motoService {
	return motoService{
		service: "sns", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), sns.NewFromConfig(e.cfg)
			orders := must(api.CreateTopic(ctx, &sns.CreateTopicInput{
				Name: aws.String("orders"), Attributes: map[string]string{"DisplayName": "Orders"},
				Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}},
			}))(t)
			must(api.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("bare")}))(t)
			must(api.Subscribe(ctx, &sns.SubscribeInput{
				TopicArn: orders.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:123456789012:orders"),
			}))(t)
			listed := map[string][]string{}
			for _, topic := range must(api.ListTopics(ctx, &sns.ListTopicsInput{}))(t).Topics {
				listed["sns_topic"] = append(listed["sns_topic"], *topic.TopicArn)
			}
			for _, sub := range must(api.ListSubscriptions(ctx, &sns.ListSubscriptionsInput{}))(t).Subscriptions {
				listed["sns_subscription"] = append(listed["sns_subscription"], *sub.SubscriptionArn)
			}
			return listed
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "sns_topic", "orders")
			if orders.Config["DisplayName"] != "Orders" || orders.Config[topicPolicy] == nil || orders.Tags["env"] != "prod" {
				t.Errorf("%v", orders.Config)
			}
		},
	}
}
