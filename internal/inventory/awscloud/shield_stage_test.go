package awscloud

import (
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

func TestShield(t *testing.T) {
	const arn = "arn:aws:shield::123456789012:"
	(&staged{
		service: "shield", region: audit.RegionGlobal,
		answers: map[string]string{
			"DescribeSubscription": `{"Subscription":{"SubscriptionArn":"` + arn + `subscription","AutoRenew":"ENABLED","ProactiveEngagementStatus":"PENDING","StartTime":1767323045,"EndTime":1798859045,
"TimeCommitmentInSeconds":31536000,"Limits":[{"Type":"z","Max":77777}],"SubscriptionLimits":{"ProtectionLimits":{"ProtectedResourceTypeLimits":[]},"ProtectionGroupLimits":{"MaxProtectionGroups":100,"PatternTypeLimits":{"ArbitraryPatternLimits":{"MaxMembers":1000}}}}}}`,
			"DescribeDRTAccess": `{"RoleArn":"arn:aws:iam::123456789012:role/drt","LogBucketList":["logs-b","logs-a"]}`,
			"DescribeEmergencyContactSettings": `{"EmergencyContactList":[{"EmailAddress":"z@example.com","PhoneNumber":"+4930123456","ContactNotes":"at night"},
{"EmailAddress":"a@example.com"}]}`,
			"ListProtections": `{"NextToken":"two","Protections":[{"Id":"p-1","Name":"site","ProtectionArn":"` + arn + `protection/p-1","ResourceArn":"arn:aws:cloudfront::123456789012:distribution/E1",
"HealthCheckIds":["check-2","check-1"],"ApplicationLayerAutomaticResponseConfiguration":{"Status":"ENABLED","Action":{"Block":{}}}}]}`,
			"ListProtections two":                 `{"Protections":[{"ProtectionArn":"` + arn + `protection/bare"},{"ProtectionArn":"` + arn + `protection/gone","Name":"gone"}]}`,
			"ListProtectionGroups":                `{"NextToken":"two","ProtectionGroups":[{"ProtectionGroupArn":"` + arn + `protection-group/web","ProtectionGroupId":"web","Aggregation":"MEAN","Pattern":"ARBITRARY","Members":["arn:b","arn:a"]}]}`,
			"ListProtectionGroups two":            `{"ProtectionGroups":[{"ProtectionGroupArn":"` + arn + `protection-group/bare"},{"ProtectionGroupArn":"` + arn + `protection-group/eips","ProtectionGroupId":"eips","Aggregation":"SUM","Pattern":"BY_RESOURCE_TYPE","ResourceType":"ELASTIC_IP_ALLOCATION","Members":[]}]}`,
			"ListTagsForResource":                 `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource bare":            `{}`,
			"ListTagsForResource protection/gone": `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"shield:DescribeSubscription":             {fails: []string{"shield_subscription"}},
			"shield:DescribeDRTAccess":                {unread: map[string][]string{"shield_subscription": {"LogBucketList", "RoleArn"}}},
			"shield:DescribeEmergencyContactSettings": {unread: map[string][]string{"shield_subscription": {"EmergencyContactList"}}},
			"shield:ListProtections":                  {fails: []string{"shield_protection"}},
			"shield:ListProtectionGroups":             {fails: []string{"shield_protection_group"}},
			actionListShieldTags:                      {unread: map[string][]string{"shield_protection": {"Tags"}, "shield_protection_group": {"Tags"}}},
		},
		counters: map[string]string{"77777": "88888"},
		variants: map[string]variant{
			"the account isn't subscribed": {
				answers: map[string]string{
					"DescribeSubscription": "!ResourceNotFoundException", "ListProtections": "!ResourceNotFoundException",
					"ListProtectionGroups": "!ResourceNotFoundException",
				},
				none: true,
			},
			"a protection vanishes": {
				answers: map[string]string{"ListTagsForResource protection/p-1": "!ResourceNotFoundException"}, gone: "shield_protection site",
			},
			"the subscription has no ARN": {
				answers: map[string]string{"DescribeSubscription": `{"Subscription":{"AutoRenew":"ENABLED"}}`}, fails: []string{"shield_subscription"},
			},
			"there is no subscription in the answer": {
				answers: map[string]string{"DescribeSubscription": `{}`}, fails: []string{"shield_subscription"},
			},
		},
	}).run(t)
}

func TestShieldOfWhichLittleIsKnown(t *testing.T) {
	(&staged{
		service: "shield", region: audit.RegionGlobal, name: "shield_bare", types: []string{"shield_subscription"},
		answers: map[string]string{
			"DescribeSubscription":             `{"Subscription":{"SubscriptionArn":"arn:aws:shield::123456789012:subscription"}}`,
			"DescribeDRTAccess":                `{}`,
			"DescribeEmergencyContactSettings": `{}`,
		},
		refusals: map[string]refusal{
			"shield:DescribeSubscription":             {fails: []string{"shield_subscription"}},
			"shield:DescribeDRTAccess":                {unread: map[string][]string{"shield_subscription": {"LogBucketList", "RoleArn"}}},
			"shield:DescribeEmergencyContactSettings": {unread: map[string][]string{"shield_subscription": {"EmergencyContactList"}}},
		},
	}).run(t)
}

func TestShieldIsOfferedInOnePartition(t *testing.T) {
	if err := shieldOffered(&session{partition: "aws"}); err != nil {
		t.Error(err)
	}
	if err := shieldOffered(&session{partition: "aws-cn"}); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("in another: %v", err)
	}
}
