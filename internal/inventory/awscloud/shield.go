package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/shield/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// shieldCollector reads AWS Shield Advanced (Shield Advanced API reference), whose API is in us-east-1. An account that isn't
// subscribed has none of it; what Shield Standard does for everyone can't be set.
func shieldCollector() *collector {
	p := &shieldProjectors{
		subscriptions: projectorOf("shield_subscription", nil), protections: projectorOf("shield_protection", nil),
		groups: projectorOf("shield_protection_group", nil),
	}
	subscription := func(paths ...string) map[string][]string { return map[string][]string{"shield_subscription": paths} }
	protection := func(path string) map[string][]string { return map[string][]string{"shield_protection": {path}} }
	tags := map[string][]string{"shield_protection": {"Tags"}, "shield_protection_group": {"Tags"}}
	return &collector{
		service: "shield",
		listings: []listing{
			{
				types: []string{"shield_subscription"}, where: global,
				actions: []string{"shield:DescribeSubscription", "shield:DescribeDRTAccess", "shield:DescribeEmergencyContactSettings"},
				collect: p.collectSubscription,
			},
			{
				types: []string{"shield_protection"}, where: global, actions: []string{"shield:ListProtections", actionListShieldTags},
				page:    shieldPage,
				each:    []each{{action: actionListShieldTags, of: "protection", because: "`ListProtections` leaves tags out"}},
				collect: p.collectProtections,
			},
			{
				types: []string{"shield_protection_group"}, where: global, actions: []string{"shield:ListProtectionGroups", actionListShieldTags},
				page:    shieldPage,
				each:    []each{{action: actionListShieldTags, of: "protection group", because: "`ListProtectionGroups` leaves tags out"}},
				collect: p.collectGroups,
			},
		},
		events: map[string]map[string][]string{
			"UpdateSubscription":                       subscription("AutoRenew"),
			"AssociateDRTRole":                         subscription("RoleArn"),
			"DisassociateDRTRole":                      subscription("RoleArn"),
			"AssociateDRTLogBucket":                    subscription("LogBucketList"),
			"DisassociateDRTLogBucket":                 subscription("LogBucketList"),
			"UpdateEmergencyContactSettings":           subscription("EmergencyContactList"),
			"AssociateProactiveEngagementDetails":      subscription("EmergencyContactList", "ProactiveEngagementStatus"),
			"EnableProactiveEngagement":                subscription("ProactiveEngagementStatus"),
			"DisableProactiveEngagement":               subscription("ProactiveEngagementStatus"),
			"AssociateHealthCheck":                     protection("HealthCheckArns"),
			"DisassociateHealthCheck":                  protection("HealthCheckArns"),
			"EnableApplicationLayerAutomaticResponse":  protection("ApplicationLayerAutomaticResponseConfiguration"),
			"UpdateApplicationLayerAutomaticResponse":  protection("ApplicationLayerAutomaticResponseConfiguration"),
			"DisableApplicationLayerAutomaticResponse": protection("ApplicationLayerAutomaticResponseConfiguration"),
			"UpdateProtectionGroup":                    {"shield_protection_group": {"Aggregation", "Members", "Pattern", "ResourceType"}},
			"TagResource":                              tags,
			"UntagResource":                            tags,
		},
	}
}

const (
	actionListShieldTags = "shield:ListTagsForResource"
	// shieldPage is the most that Shield Advanced lists at once.
	shieldPage = 10000
	// shieldGone says that the account isn't subscribed, or that what was asked about isn't there.
	shieldGone = "ResourceNotFoundException"
)

func shieldClient(s *session) *shield.Client {
	return client(s, func(c aws.Config) *shield.Client { return shield.NewFromConfig(c) })
}

// shieldOffered says where there is no Shield Advanced: beyond AWS's commercial regions (AWS General Reference, "AWS Shield
// Advanced endpoints and quotas").
func shieldOffered(s *session) error {
	if s.partition != "aws" {
		return &fault.Error{Kind: fault.Unsupported, Code: "NotOffered", Message: "there is no Shield Advanced in this partition"}
	}
	return nil
}

// shieldProjectors turn the answers of the API into configurations.
type shieldProjectors struct{ subscriptions, protections, groups *shape.Projector }

// collectSubscription emits the account's subscription, with what is the account's rather than a protection's: what the
// response team may do, and whom it calls.
func (p *shieldProjectors) collectSubscription(ctx context.Context, s *session, out inventory.Emitter) error {
	if err := shieldOffered(s); err != nil {
		return err
	}
	got, err := shieldClient(s).DescribeSubscription(ctx, &shield.DescribeSubscriptionInput{})
	if hasCode(err, shieldGone) {
		return nil
	}
	if err != nil {
		return err
	}
	about := got.Subscription
	if about == nil {
		about = &types.Subscription{} // an answer without one has no id, which emit says
	}
	o := &audit.Observation{
		Type: "shield_subscription", ExternalID: aws.ToString(about.SubscriptionArn), Name: s.account,
		Config: object{"AutoRenew": told(about.AutoRenew), "ProactiveEngagementStatus": told(about.ProactiveEngagementStatus)},
		Facts: object{
			"StartTime": about.StartTime, "EndTime": about.EndTime, "ProactiveEngagementStatus": told(about.ProactiveEngagementStatus),
			"TimeCommitmentInSeconds": about.TimeCommitmentInSeconds,
		},
	}
	if about.ProactiveEngagementStatus == types.ProactiveEngagementStatusPending { // it was asked for; AWS enables it later
		o.Config["ProactiveEngagementStatus"] = string(types.ProactiveEngagementStatusEnabled)
	}
	err = ask(ctx, s, o, aside{paths: []string{"LogBucketList", "RoleArn"}}, shieldClient(s).DescribeDRTAccess, &shield.DescribeDRTAccessInput{},
		func(got *shield.DescribeDRTAccessOutput) {
			o.Config["LogBucketList"], o.Config["RoleArn"] = got.LogBucketList, got.RoleArn
		})
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{"EmergencyContactList"}}, shieldClient(s).DescribeEmergencyContactSettings,
		&shield.DescribeEmergencyContactSettingsInput{}, func(got *shield.DescribeEmergencyContactSettingsOutput) {
			o.Config["EmergencyContactList"] = p.subscriptions.ProjectAt("EmergencyContactList", got.EmergencyContactList)
		})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}

func (p *shieldProjectors) collectProtections(ctx context.Context, s *session, out inventory.Emitter) error {
	if err := shieldOffered(s); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := shieldClient(s).ListProtections(ctx, &shield.ListProtectionsInput{MaxResults: aws.Int32(shieldPage), NextToken: token})
		if token == nil && hasCode(err, shieldGone) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Protections, func(ctx context.Context, protection types.Protection) error {
			o := &audit.Observation{
				Type: "shield_protection", ExternalID: aws.ToString(protection.ProtectionArn), Name: aws.ToString(protection.Name),
				Config: p.protections.Project(&protection), Facts: object{"Id": protection.Id},
			}
			var checks []any // the API tells ids, and takes ARNs
			for _, id := range protection.HealthCheckIds {
				checks = append(checks, "arn:"+s.partition+":route53:::healthcheck/"+id)
			}
			o.Config["HealthCheckArns"] = checks
			return emitShield(ctx, s, out, o)
		})
	})
}

func (p *shieldProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	if err := shieldOffered(s); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := shieldClient(s).ListProtectionGroups(ctx, &shield.ListProtectionGroupsInput{
			MaxResults: aws.Int32(shieldPage), NextToken: token,
		})
		if token == nil && hasCode(err, shieldGone) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.ProtectionGroups, func(ctx context.Context, group types.ProtectionGroup) error {
			return emitShield(ctx, s, out, &audit.Observation{
				Type: "shield_protection_group", ExternalID: aws.ToString(group.ProtectionGroupArn), Name: aws.ToString(group.ProtectionGroupId),
				Config: p.groups.Project(&group),
			})
		})
	})
}

// emitShield adds the tags, which no listing tells.
func emitShield(ctx context.Context, s *session, out inventory.Emitter, o *audit.Observation) error {
	if o.ExternalID != "" {
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		err := ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{shieldGone}}, shieldClient(s).ListTagsForResource,
			&shield.ListTagsForResourceInput{ResourceARN: &o.ExternalID}, func(got *shield.ListTagsForResourceOutput) {
				o.Config["Tags"] = plain(got.Tags)
			})
		if err != nil {
			return err
		}
	}
	return s.emit(ctx, out, o)
}
