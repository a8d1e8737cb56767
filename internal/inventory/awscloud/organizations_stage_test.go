package awscloud

import (
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

const organizationARN = "arn:aws:organizations::123456789012:"

func organizationAnswers() map[string]string {
	return map[string]string{
		"DescribeOrganization": `{"Organization":{"Id":"o-1","Arn":"` + organizationARN + `organization/o-1","FeatureSet":"ALL","MasterAccountId":"123456789012",
"MasterAccountArn":"` + organizationARN + `account/o-1/123456789012","MasterAccountEmail":"root@example.com"}}`,
		"ListRoots":     `{"NextToken":"two","Roots":[{"Id":"r-1","PolicyTypes":[{"Type":"TAG_POLICY","Status":"ENABLED"},{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}`,
		"ListRoots two": `{"Roots":[{"Id":"r-2","PolicyTypes":[{"Type":"BACKUP_POLICY","Status":"PENDING_DISABLE"}]}]}`,
		"ListPolicies": `{"NextToken":"two","Policies":[{"Id":"p-FullAWSAccess","Arn":"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
"Name":"FullAWSAccess","Type":"SERVICE_CONTROL_POLICY","AwsManaged":true}]}`,
		"ListPolicies two":              `{"Policies":[{"Id":"p-1","Arn":"` + organizationARN + `policy/o-1/service_control_policy/p-1","Name":"deny","Description":"No","Type":"SERVICE_CONTROL_POLICY"}]}`,
		"DescribePolicy":                `{"Policy":{}}`,
		"DescribePolicy p-1":            `{"Policy":{"Content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}"}}`,
		"ListTargetsForPolicy":          `{"Targets":[]}`,
		"ListTargetsForPolicy p-1":      `{"NextToken":"more","Targets":[{"TargetId":"r-1"},{"TargetId":"ou-1"}]}`,
		"ListTargetsForPolicy p-1 more": `{"Targets":[{"TargetId":"111111111111"}]}`,
		"ListTagsForResource":           `{"NextToken":"more","Tags":[{"Key":"env","Value":"prod"},{"Key":"app","Value":"x"}]}`,
		"ListTagsForResource more":      `{"Tags":[{"Key":"team","Value":""}]}`,
	}
}

func TestOrganizationOfTheManagementAccount(t *testing.T) {
	(&staged{
		service: "organizations", region: "global",
		answers: organizationAnswers(),
		refusals: map[string]refusal{
			"organizations:ListRoots":            {unread: map[string][]string{"organizations_organization": {"EnabledPolicyTypes"}}},
			"organizations:DescribePolicy":       {unread: map[string][]string{"organizations_policy": {"Content"}}},
			"organizations:ListTargetsForPolicy": {unread: map[string][]string{"organizations_policy": {"TargetIds"}}},
			"organizations:ListTagsForResource":  {unread: map[string][]string{"organizations_policy": {"Tags"}}},
			"organizations:DescribeOrganization": {fails: []string{"organizations_organization", "organizations_policy"}},
			"organizations:ListPolicies":         {fails: []string{"organizations_policy"}},
		},
		variants: map[string]variant{
			"a policy vanishes": {answers: map[string]string{"DescribePolicy p-1": "!PolicyNotFoundException"}, gone: "organizations_policy deny"},
			"it is not in use: AWSOrganizationsNotInUseException": {
				answers: map[string]string{"DescribeOrganization": "!AWSOrganizationsNotInUseException"},
				none:    true,
			},
		},
	}).run(t)
}

func TestOrganizationOfAMember(t *testing.T) {
	c, answers := &staged{service: "organizations", region: audit.RegionGlobal}, organizationAnswers()
	answers["DescribeOrganization"] = strings.ReplaceAll(answers["DescribeOrganization"], "123456789012", "210987654321")
	h, errs, calls := c.read(t, answers, "")
	if len(errs) > 0 || len(h.all) != 1 || len(calls) != 1 {
		t.Fatalf("%d resources, failed: %v, calls %v", len(h.all), errs, calls)
	}
	if u := h.all[0].Unread["EnabledPolicyTypes"]; u.Code != "OtherAccount" || h.all[0].Config["FeatureSet"] != "ALL" {
		t.Errorf("%+v", h.all[0])
	}
}
