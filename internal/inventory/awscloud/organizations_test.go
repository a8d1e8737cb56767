package awscloud

import (
	"strings"
	"testing"
)

const organizationARN = "arn:aws:organizations::123456789012:"

func organizationAnswers() map[string]string {
	return map[string]string{
		"DescribeOrganization": `{"Organization":{"Id":"o-1","Arn":"` + organizationARN + `organization/o-1","FeatureSet":"ALL","MasterAccountId":"123456789012",
"MasterAccountArn":"` + organizationARN + `account/o-1/123456789012","MasterAccountEmail":"root@example.com"}}`,
		"ListRoots":     `{"NextToken":"two","Roots":[{"Id":"r-1","PolicyTypes":[{"Type":"TAG_POLICY","Status":"ENABLED"},{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}`,
		"ListRoots|two": `{"Roots":[{"Id":"r-2","PolicyTypes":[{"Type":"BACKUP_POLICY","Status":"PENDING_DISABLE"}]}]}`,
		"ListPolicies": `{"NextToken":"two","Policies":[{"Id":"p-FullAWSAccess","Arn":"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
"Name":"FullAWSAccess","Type":"SERVICE_CONTROL_POLICY","AwsManaged":true}]}`,
		"ListPolicies|two":              `{"Policies":[{"Id":"p-1","Arn":"` + organizationARN + `policy/o-1/service_control_policy/p-1","Name":"deny","Description":"No","Type":"SERVICE_CONTROL_POLICY"}]}`,
		"DescribePolicy":                `{"Policy":{}}`,
		"DescribePolicy|p-1":            `{"Policy":{"Content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}"}}`,
		"ListTargetsForPolicy":          `{"Targets":[]}`,
		"ListTargetsForPolicy|p-1":      `{"NextToken":"more","Targets":[{"TargetId":"r-1"},{"TargetId":"ou-1"}]}`,
		"ListTargetsForPolicy|p-1|more": `{"Targets":[{"TargetId":"111111111111"}]}`,
		"ListTagsForResource":           `{"NextToken":"more","Tags":[{"Key":"env","Value":"prod"},{"Key":"app","Value":"x"}]}`,
		"ListTagsForResource|more":      `{"Tags":[{"Key":"team","Value":""}]}`,
	}
}

func TestOrganizationOfTheManagementAccount(t *testing.T) {
	policy := "organizations_policy " + organizationARN + "policy/o-1/service_control_policy/p-1"
	(&estateCase{
		service: "organizations", region: "global", answers: organizationAnswers(),
		want: map[string]object{
			"organizations_organization " + organizationARN + "organization/o-1": {
				"FeatureSet": "ALL", "ManagementAccountId": "123456789012", "ManagementAccountEmail": "root@example.com",
				"EnabledPolicyTypes": []any{"SERVICE_CONTROL_POLICY", "TAG_POLICY"},
			},
			"organizations_policy arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess": {
				"Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY",
			},
			policy: {
				"Name": "deny", "Description": "No", "Type": "SERVICE_CONTROL_POLICY", "TargetIds": []any{"111111111111", "ou-1", "r-1"},
				"Tags": []any{object{"Key": "app", "Value": "x"}, object{"Key": "env", "Value": "prod"}, object{"Key": "team", "Value": ""}},
				"Content": object{"Version": "2012-10-17", "Statement": []any{
					object{"Effect": "Deny", "Action": []any{"*"}, "Resource": []any{"*"}},
				}},
			},
		},
		facts: map[string]object{policy: {"Id": "p-1", "AwsManaged": false}},
		refused: map[string]map[string][]string{
			"ListRoots":            {"organizations_organization": {"EnabledPolicyTypes"}},
			"DescribePolicy":       {"organizations_policy": {"Content"}},
			"ListTargetsForPolicy": {"organizations_policy": {"TargetIds"}},
			"ListTagsForResource":  {"organizations_policy": {"Tags"}},
		},
		fails: map[string][]string{
			"DescribeOrganization": {"organizations_organization", "organizations_policy"}, "ListPolicies": {"organizations_policy"},
		},
		empty: map[string]string{"DescribeOrganization": "AWSOrganizationsNotInUseException"},
		swaps: [][2]string{
			{`{"TargetId":"r-1"}`, `{"TargetId":"ou-1"}`},
			{`{"Key":"env","Value":"prod"}`, `{"Key":"app","Value":"x"}`},
			{`{"Type":"TAG_POLICY","Status":"ENABLED"}`, `{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}`},
		},
		pages: map[string]string{"ListPolicies|two": "ListPolicies"},
	}).run(t)
}

func TestOrganizationOfAMember(t *testing.T) {
	isolate(t)
	c := &estateCase{service: "organizations", region: "global", answers: organizationAnswers()}
	c.answers["DescribeOrganization"] = strings.ReplaceAll(c.answers["DescribeOrganization"], "123456789012", "210987654321")
	h, errs, w := c.read(t, c.answers)
	if len(errs) > 0 || len(h.all) != 1 || len(w.calls) != 1 {
		t.Fatalf("%d resources, failed: %v, calls %v", len(h.all), errs, w.calls)
	}
	if u := h.all[0].Unread["EnabledPolicyTypes"]; u.Code != "OtherAccount" || h.all[0].Config["FeatureSet"] != "ALL" {
		t.Errorf("%+v", h.all[0])
	}
}

func TestOrganizationPolicyThatVanishes(t *testing.T) {
	isolate(t)
	c := &estateCase{service: "organizations", region: "global", answers: organizationAnswers()}
	h, errs, _ := c.read(t, c.with(map[string]string{"DescribePolicy|p-1": "PolicyNotFoundException gone"}))
	if ids := h.ids("organizations_policy"); len(ids) != 1 || len(errs) > 0 {
		t.Errorf("%v, failed: %v", ids, errs)
	}
}
