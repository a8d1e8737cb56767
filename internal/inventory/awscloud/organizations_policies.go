package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// organizationProjectors turn the answers of the Organizations API into configurations.
type organizationProjectors struct{ policies *shape.Projector }

// collectPolicies emits the service control policies, AWS's own too, for what they are attached to is the customer's.
func (p *organizationProjectors) collectPolicies(ctx context.Context, s *session, out inventory.Emitter) error {
	org, err := ownOrganization(ctx, s)
	if err != nil || org == nil || aws.ToString(org.MasterAccountId) != s.account {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := organizationsClient(s).ListPolicies(ctx, &organizations.ListPoliciesInput{
			Filter: types.PolicyTypeServiceControlPolicy, MaxResults: aws.Int32(organizationsPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Policies, func(ctx context.Context, summary types.PolicySummary) error {
			o := &audit.Observation{
				Type: "organizations_policy", ExternalID: aws.ToString(summary.Arn), Name: aws.ToString(summary.Name),
				Config: p.policies.Project(summary), Facts: object{"Id": summary.Id, "AwsManaged": summary.AwsManaged},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.readPolicy(ctx, s, o, &summary); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readPolicy reads what the listing leaves out: the document, what it is attached to, and tags, which AWS's own have not.
func (p *organizationProjectors) readPolicy(ctx context.Context, s *session, o *audit.Observation, summary *types.PolicySummary) error {
	api := organizationsClient(s)
	err := s.detail(ctx, o, []string{"Content"}, func(ctx context.Context) error {
		got, err := api.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: summary.Id})
		if err == nil && got.Policy != nil {
			o.Config["Content"] = got.Policy.Content
		}
		return goneIf(err, "PolicyNotFoundException")
	})
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{"TargetIds"}, func(ctx context.Context) error {
		var targets []*string
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := api.ListTargetsForPolicy(ctx, &organizations.ListTargetsForPolicyInput{
				PolicyId: summary.Id, MaxResults: aws.Int32(organizationsPage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for _, t := range page.Targets {
				targets = append(targets, t.TargetId)
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["TargetIds"] = targets
		}
		return goneIf(err, "PolicyNotFoundException")
	})
	if err != nil || summary.AwsManaged {
		return err
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := api.ListTagsForResource(ctx, &organizations.ListTagsForResourceInput{ResourceId: summary.Id, NextToken: token})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Tags"] = p.policies.ProjectAt("Tags", tags)
		}
		return goneIf(err, "TargetNotFoundException")
	})
}
