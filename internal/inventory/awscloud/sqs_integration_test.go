//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func sqsOfMoto() motoService {
	return motoService{
		service: "sqs", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), sqs.NewFromConfig(e.cfg)
			must(api.CreateQueue(ctx, &sqs.CreateQueueInput{
				QueueName: aws.String("orders"), Attributes: map[string]string{"VisibilityTimeout": "60", "Policy": bucketDocument},
				Tags: map[string]string{"env": "prod"},
			}))(t)
			must(api.CreateQueue(ctx, &sqs.CreateQueueInput{
				QueueName: aws.String("strict.fifo"), Attributes: map[string]string{"FifoQueue": "true"},
			}))(t)
			var ids []string
			for _, address := range must(api.ListQueues(ctx, &sqs.ListQueuesInput{}))(t).QueueUrls {
				ids = append(ids, must(api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
					QueueUrl: &address, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
				}))(t).Attributes["QueueArn"])
			}
			return map[string][]string{"sqs_queue": ids}
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "sqs_queue", "orders")
			if diff := cmp.Diff(map[string]string{"env": "prod"}, orders.Tags); diff != "" || orders.Config["VisibilityTimeout"] != int64(60) ||
				orders.Config[queuePolicy] == nil || h.one(t, "sqs_queue", "strict.fifo").Config["FifoQueue"] != true {
				t.Errorf("tags (-want +got):\n%s\n%v", diff, orders.Config)
			}
		},
	}
}
