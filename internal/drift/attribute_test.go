package drift

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

func TestAttributionTakesTheCallThatExplainsTheDrift(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	instance := audit.Drift{
		ResourceType: "ec2_instance", ExternalID: "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", Path: "InstanceType",
		ChangedAfter: at.Add(-time.Hour), ChangedBefore: at,
	}
	role := audit.Drift{
		ResourceType: "iam_role", ExternalID: "arn:aws:iam::123456789012:role/team/deploy", Path: "AssumeRolePolicyDocument.Statement",
		ChangedAfter: at.Add(-time.Hour), ChangedBefore: at,
	}
	block := audit.Drift{
		ResourceType: "s3_account_public_access_block", ExternalID: "arn:aws:s3::123456789012:public-access-block", Path: "BlockPublicAcls",
		ChangedAfter: at.Add(-time.Hour), ChangedBefore: at,
	}
	call := func(who, name string, when time.Duration, paths map[string][]string, resources ...string) inventory.Change {
		return inventory.Change{At: at.Add(when), Call: name, Resources: resources, Paths: paths, Actor: audit.Actor{Name: who, Call: name}}
	}
	none := map[string][]string{"ec2_instance": {}}
	cases := []struct {
		name   string
		drift  audit.Drift
		events []inventory.Change // newest first
		want   string             // who
		reason bool
	}{
		{"the call that changes this attribute", instance, []inventory.Change{
			call("tagger", "ec2:CreateTags", -time.Minute, map[string][]string{"ec2_instance": {"Tags"}}, "i-1"),
			call("maria", "ec2:ModifyInstanceAttribute", -2*time.Minute, nil, "i-1"),
		}, "maria", false},
		{"not a call that is known to change states alone", instance, []inventory.Change{
			call("starter", "ec2:StartInstances", -time.Minute, none, "i-1"),
			call("maria", "ec2:ModifyInstanceAttribute", -2*time.Minute, nil, "i-1"),
			call("stopper", "ec2:StopInstances", -3*time.Minute, none, "i-1"),
		}, "maria", false},
		{"a declared call rather than a newer undeclared one", instance, []inventory.Change{
			call("later", "ec2:SomethingNew", -time.Minute, nil, "i-1"),
			call("maria", "ec2:ModifyType", -2*time.Minute, map[string][]string{"ec2_instance": {"InstanceType"}}, "i-1"),
		}, "maria", false},
		{"the newest of several, and says so", instance, []inventory.Change{
			call("second", "ec2:ModifyInstanceAttribute", -time.Minute, nil, "i-1"),
			call("first", "ec2:ModifyInstanceAttribute", -2*time.Minute, nil, "i-1"),
		}, "second", true},
		{"an ARN in the event", instance, []inventory.Change{
			call("maria", "ec2:ModifyInstanceAttribute", -time.Minute, nil, instance.ExternalID),
		}, "maria", false},
		{"a role by its name without the path", role, []inventory.Change{
			call("priya", "iam:UpdateAssumeRolePolicy", -time.Minute, map[string][]string{"iam_role": {"AssumeRolePolicyDocument"}}, "deploy"),
		}, "priya", false},
		{"an account-wide setting without a resource", block, []inventory.Change{
			call("root", "s3:DeleteAccountPublicAccessBlock", -time.Minute, map[string][]string{
				"s3_account_public_access_block": {"BlockPublicAcls", "BlockPublicPolicy"},
			}),
		}, "root", false},
		{"nobody: another resource", instance, []inventory.Change{
			call("maria", "ec2:ModifyInstanceAttribute", -time.Minute, nil, "i-2"),
		}, "", false},
		{"nobody: before the last reading", instance, []inventory.Change{
			call("maria", "ec2:ModifyInstanceAttribute", -2*time.Hour, nil, "i-1"),
		}, "", false},
		{"nobody: after the reading that found it", instance, []inventory.Change{
			call("maria", "ec2:ModifyInstanceAttribute", time.Hour, nil, "i-1"),
		}, "", false},
		{"nobody: a call on another type of the same name", role, []inventory.Change{
			call("maria", "iam:PutUserPolicy", -time.Minute, map[string][]string{"iam_user": {"Policies"}}, "deploy"),
		}, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := NewAttribution([]audit.Drift{c.drift})
			for _, e := range c.events {
				a.Add(e)
			}
			actor := a.Found()[0]
			if actor.Name != c.want || (actor.Reason != "") != c.reason {
				t.Errorf("actor %+v, want %q", actor, c.want)
			}
		})
	}
}

func TestIdentifiersAreTheNamesThatAuditLogsUse(t *testing.T) {
	cases := map[string][]string{
		"arn:aws:iam::123456789012:role/team/deploy":                {"arn:aws:iam::123456789012:role/team/deploy", "team/deploy", "deploy"},
		"arn:aws:s3:::assets":                                       {"arn:aws:s3:::assets", "assets"},
		"arn:aws:rds:eu-west-1:123456789012:db:shop":                {"arn:aws:rds:eu-west-1:123456789012:db:shop", "shop"},
		"arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123": {"arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123", "sg-0123"},
	}
	for arn, want := range cases {
		if diff := cmp.Diff(want, Identifiers(&audit.Drift{ExternalID: arn})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", arn, diff)
		}
	}
}
