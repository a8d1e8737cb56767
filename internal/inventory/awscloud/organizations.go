package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
)

// organizationsCollector reads AWS Organizations (Organizations API reference). Policies are the management account's to
// read: a member's listing has none.
func organizationsCollector() *collector {
	p := &organizationProjectors{policies: projectorOf("organizations_policy", nil)}
	policy := func(paths ...string) map[string][]string { return map[string][]string{"organizations_policy": paths} }
	both := map[string][]string{"organizations_policy": {"Tags"}}
	return &collector{
		service: "organizations",
		listings: []listing{
			{
				types: []string{"organizations_organization"}, where: global,
				actions: []string{actionDescribeOrganization, actionListRoots}, collect: collectOrganization,
			},
			{
				types: []string{"organizations_policy"}, where: global,
				actions: []string{
					"organizations:ListPolicies", actionDescribeOrganization, "organizations:DescribePolicy", "organizations:ListTargetsForPolicy",
					"organizations:ListTagsForResource",
				},
				page: organizationsPage,
				each: slices.Concat(
					eachOf("service control policy", "`ListPolicies` leaves them out",
						"organizations:DescribePolicy", "organizations:ListTargetsForPolicy",
					),
					[]each{{action: "organizations:ListTagsForResource", of: "customer's policy", because: "`ListPolicies` leaves tags out; AWS's own have none"}},
				),
				collect: p.collectPolicies,
			},
		},
		events: map[string]map[string][]string{
			"EnablePolicyType":  {"organizations_organization": {"EnabledPolicyTypes"}},
			"DisablePolicyType": {"organizations_organization": {"EnabledPolicyTypes"}},
			"EnableAllFeatures": {"organizations_organization": {"FeatureSet"}},
			"UpdatePolicy":      policy("Content", "Description", "Name"),
			"AttachPolicy":      policy("TargetIds"),
			"DetachPolicy":      policy("TargetIds"),
			"TagResource":       both,
			"UntagResource":     both,
		},
	}
}

const (
	actionDescribeOrganization = "organizations:DescribeOrganization"
	actionListRoots            = "organizations:ListRoots"
	// organizationsPage is the most that Organizations returns at once.
	organizationsPage = 20
)

func organizationsClient(s *session) *organizations.Client {
	return client(s, func(c aws.Config) *organizations.Client { return organizations.NewFromConfig(c) })
}

// ownOrganization returns the organization that the account is in, nil if none. Both listings need it.
func ownOrganization(ctx context.Context, s *session) (*types.Organization, error) {
	return memo(ctx, s, actionDescribeOrganization, func(ctx context.Context) (*types.Organization, error) {
		got, err := organizationsClient(s).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
		if hasCode(err, "AWSOrganizationsNotInUseException") {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if got.Organization == nil || aws.ToString(got.Organization.MasterAccountId) == "" {
			return nil, &fault.Error{
				Kind: fault.Upstream, Code: "MalformedAnswer", Action: actionDescribeOrganization, Message: "the answer has no organization",
			}
		}
		return got.Organization, nil
	})
}

func collectOrganization(ctx context.Context, s *session, out inventory.Emitter) error {
	org, err := ownOrganization(ctx, s)
	if err != nil || org == nil {
		return err
	}
	o := &audit.Observation{
		Type: "organizations_organization", ExternalID: aws.ToString(org.Arn), Name: aws.ToString(org.Id),
		Config: object{
			"FeatureSet": told(org.FeatureSet), "ManagementAccountId": org.MasterAccountId, "ManagementAccountEmail": org.MasterAccountEmail,
		},
	}
	const path = "EnabledPolicyTypes"
	if aws.ToString(org.MasterAccountId) != s.account {
		setUnread(o, &fault.Error{
			Kind: fault.Denied, Code: "OtherAccount", Action: actionListRoots, Message: "the organization is another account's",
		}, path)
		return s.emit(ctx, out, o)
	}
	err = s.detail(ctx, o, []string{path}, func(ctx context.Context) error {
		enabled, err := enabledPolicyTypes(ctx, s)
		if err == nil {
			o.Config[path] = enabled
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}

// enabledPolicyTypes returns the policy types that the organization's root has. What DescribeOrganization says of them is
// out of date (Organizations API reference, Organization).
func enabledPolicyTypes(ctx context.Context, s *session) ([]any, error) {
	var enabled []any
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := organizationsClient(s).ListRoots(ctx, &organizations.ListRootsInput{MaxResults: aws.Int32(organizationsPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, root := range page.Roots {
			for _, t := range root.PolicyTypes {
				if t.Status != types.PolicyTypeStatusPendingDisable {
					enabled = append(enabled, t.Type)
				}
			}
		}
		return page.NextToken, nil
	})
	return enabled, err
}
