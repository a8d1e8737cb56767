//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func kinesisOfMoto() motoService {
	return motoService{
		service: "kinesis", region: motoserver.Region,
		lacks: []string{"kinesis:ListTagsForResource"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), kinesis.NewFromConfig(e.cfg)
			for _, name := range []string{"orders", "bare"} {
				must(api.CreateStream(ctx, &kinesis.CreateStreamInput{
					StreamName: aws.String(name), ShardCount: aws.Int32(2), Tags: map[string]string{"env": "prod"},
				}))(t)
			}
			must(api.IncreaseStreamRetentionPeriod(ctx, &kinesis.IncreaseStreamRetentionPeriodInput{
				StreamName: aws.String("orders"), RetentionPeriodHours: aws.Int32(48),
			}))(t)
			var ids []string
			for _, d := range must(api.ListStreams(ctx, &kinesis.ListStreamsInput{}))(t).StreamSummaries {
				ids = append(ids, *d.StreamARN)
			}
			return map[string][]string{"kinesis_stream": ids}
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "kinesis_stream", "orders")
			if orders.Config["RetentionPeriodHours"] != int64(48) || orders.Config["ShardCount"] != int64(2) {
				t.Errorf("%v", orders.Config)
			}
		},
	}
}
