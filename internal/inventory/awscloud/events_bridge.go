package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// eventsPageSize is the most that EventBridge returns at once.
const eventsPageSize = 100

// eventBridgeCollector reads Amazon EventBridge (EventBridge API reference).
func eventBridgeCollector() *collector {
	p := &eventBridge{projectorOf("events_event_bus", nil), projectorOf("events_rule", nil)}
	bus := func(paths ...string) map[string][]string { return map[string][]string{"events_event_bus": paths} }
	rule := func(paths ...string) map[string][]string { return map[string][]string{"events_rule": paths} }
	tags := map[string][]string{"events_event_bus": {"Tags"}, "events_rule": {"Tags"}}
	return &collector{
		service: "events",
		listings: []listing{
			{
				types:   []string{"events_event_bus"},
				actions: []string{"events:ListEventBuses", "events:DescribeEventBus", "events:ListTagsForResource"},
				page:    eventsPageSize,
				each: eachOf("event bus", "`ListEventBuses` tells the policy, and neither key, dead letters nor tags",
					"events:DescribeEventBus", "events:ListTagsForResource",
				),
				collect: p.collectBuses,
			},
			{
				types:   []string{"events_rule"},
				actions: []string{"events:ListEventBuses", "events:ListRules", "events:ListTargetsByRule", "events:ListTagsForResource"},
				page:    eventsPageSize,
				each: slices.Concat(
					[]each{{action: "events:ListRules", of: "event bus", other: true, because: "it takes one bus"}},
					eachOf("rule", "`ListRules` leaves them out", "events:ListTargetsByRule", "events:ListTagsForResource"),
				),
				collect: p.collectRules,
			},
		},
		events: map[string]map[string][]string{
			"DisableRule":      rule("State"),
			"EnableRule":       rule("State"),
			"PutPermission":    bus("Policy"),
			"PutRule":          rule("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State", "Tags"),
			"PutTargets":       rule("Targets"),
			"RemovePermission": bus("Policy"),
			"RemoveTargets":    rule("Targets"),
			"TagResource":      tags,
			"UntagResource":    tags,
			"UpdateEventBus":   bus("DeadLetterConfig", "Description", "KmsKeyIdentifier", "LogConfig"),
		},
	}
}

func eventBridgeClient(s *session) *eventbridge.Client {
	return client(s, func(c aws.Config) *eventbridge.Client { return eventbridge.NewFromConfig(c) })
}

// eventBridge turns the answers of the EventBridge API into configurations.
type eventBridge struct{ buses, rules *shape.Projector }

// eventBuses lists the region's buses. Both listings need them.
func eventBuses(ctx context.Context, s *session) ([]types.EventBus, error) {
	return memo(ctx, s, "events:ListEventBuses", func(ctx context.Context) ([]types.EventBus, error) {
		var all []types.EventBus
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := eventBridgeClient(s).ListEventBuses(ctx, &eventbridge.ListEventBusesInput{Limit: aws.Int32(eventsPageSize), NextToken: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.EventBuses...)
			return page.NextToken, nil
		})
		return all, err
	})
}

// eventGone is the error code for a bus or a rule that doesn't exist.
var eventGone = []string{"ResourceNotFoundException"}

func (p *eventBridge) collectBuses(ctx context.Context, s *session, out inventory.Emitter) error {
	buses, err := eventBuses(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, buses, func(ctx context.Context, b types.EventBus) error {
		o := &audit.Observation{
			Type: "events_event_bus", ExternalID: aws.ToString(b.Arn), Name: aws.ToString(b.Name), Config: p.buses.Project(&b),
			Facts: object{"CreationTime": b.CreationTime, "ManagedBy": b.ManagedBy},
		}
		if o.ExternalID == "" {
			return s.emit(ctx, out, o)
		}
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		err := ask(ctx, s, o, aside{paths: []string{"DeadLetterConfig", "KmsKeyIdentifier", "LogConfig"}, gone: eventGone},
			eventBridgeClient(s).DescribeEventBus, &eventbridge.DescribeEventBusInput{Name: b.Name},
			func(got *eventbridge.DescribeEventBusOutput) {
				o.Config["KmsKeyIdentifier"] = got.KmsKeyIdentifier
				o.Config["DeadLetterConfig"] = p.buses.ProjectAt("DeadLetterConfig", got.DeadLetterConfig)
				o.Config["LogConfig"] = p.buses.ProjectAt("LogConfig", got.LogConfig)
			})
		if err != nil {
			return err
		}
		if err := readEventTags(ctx, s, o, p.buses); err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

// readEventTags reads the tags of a bus or a rule.
func readEventTags(ctx context.Context, s *session, o *audit.Observation, p *shape.Projector) error {
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: eventGone}, eventBridgeClient(s).ListTagsForResource,
		&eventbridge.ListTagsForResourceInput{ResourceARN: &o.ExternalID},
		func(got *eventbridge.ListTagsForResourceOutput) { o.Config["Tags"] = p.ProjectAt("Tags", got.Tags) })
}

// collectRules reads the rules bus by bus: ListRules takes one, and without any means the default one.
func (p *eventBridge) collectRules(ctx context.Context, s *session, out inventory.Emitter) error {
	buses, err := eventBuses(ctx, s)
	if err != nil {
		return err
	}
	for i := range buses {
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := eventBridgeClient(s).ListRules(ctx, &eventbridge.ListRulesInput{
				EventBusName: buses[i].Name, Limit: aws.Int32(eventsPageSize), NextToken: token,
			})
			if hasCode(err, eventGone...) {
				return nil, nil // the bus vanished, and its rules before it
			}
			if err != nil {
				return nil, err
			}
			return page.NextToken, forEach(ctx, s, page.Rules, func(ctx context.Context, r types.Rule) error {
				return p.rule(ctx, s, out, &r)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *eventBridge) rule(ctx context.Context, s *session, out inventory.Emitter, r *types.Rule) error {
	o := &audit.Observation{
		Type: "events_rule", ExternalID: aws.ToString(r.Arn), Name: aws.ToString(r.Name), Config: p.rules.Project(r),
		Facts: object{"ManagedBy": r.ManagedBy},
	}
	if r.State == types.RuleStateDisabled {
		o.Status = audit.ResourceStopped
	}
	if o.ExternalID == "" {
		return s.emit(ctx, out, o)
	}
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	err := s.detail(ctx, o, []string{"Targets"}, func(ctx context.Context) error {
		var targets []types.Target
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := eventBridgeClient(s).ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{
				EventBusName: r.EventBusName, Rule: r.Name, Limit: aws.Int32(eventsPageSize), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, eventGone...)
			}
			targets = append(targets, page.Targets...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Targets"] = p.rules.ProjectAt("Targets", targets)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := readEventTags(ctx, s, o, p.rules); err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}
