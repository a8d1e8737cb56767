//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func eventBridgeOfMoto() motoService {
	return motoService{
		service: "events", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), eventbridge.NewFromConfig(e.cfg), aws.String
			must(api.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: s("shop")}))(t)
			must(api.PutRule(ctx, &eventbridge.PutRuleInput{
				Name: s("paid"), EventBusName: s("shop"), EventPattern: s(`{"source":["shop"]}`),
				Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			must(api.PutTargets(ctx, &eventbridge.PutTargetsInput{
				Rule: s("paid"), EventBusName: s("shop"), Targets: []types.Target{{Id: s("one"), Arn: s("arn:aws:sqs:us-east-1:123456789012:orders")}},
			}))(t)
			must(api.PutRule(ctx, &eventbridge.PutRuleInput{Name: s("nightly"), ScheduleExpression: s("rate(1 day)")}))(t)
			listed := map[string][]string{}
			for _, b := range must(api.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{}))(t).EventBuses {
				listed["events_event_bus"] = append(listed["events_event_bus"], *b.Arn)
				for _, r := range must(api.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: b.Name}))(t).Rules {
					listed["events_rule"] = append(listed["events_rule"], *r.Arn)
				}
			}
			return listed
		},
		check: func(t *testing.T, h *haul) {
			want := object{
				"Name": "paid", "EventBusName": "shop", "EventPattern": object{"source": []any{"shop"}}, "State": "ENABLED",
				"Targets": []any{object{"Id": "one", "Arn": "arn:aws:sqs:us-east-1:123456789012:orders"}},
				"Tags":    []any{object{"Key": "env", "Value": "prod"}},
			}
			if diff := cmp.Diff(want, h.one(t, "events_rule", "paid").Config); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		},
	}
}
