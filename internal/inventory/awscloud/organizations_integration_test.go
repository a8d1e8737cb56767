//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/infraudit/infraudit/internal/audit"
)

func organizationsOfMoto() motoService {
	return motoService{service: "organizations", region: audit.RegionGlobal, fill: func(t *testing.T, e *estate) map[string][]string {
		s, ctx, api := aws.String, t.Context(), organizations.NewFromConfig(e.plainConfig())
		org := must(api.CreateOrganization(ctx, &organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll}))(t).Organization
		must(api.CreatePolicy(ctx, &organizations.CreatePolicyInput{
			Name: s("deny"), Description: s("No"), Type: types.PolicyTypeServiceControlPolicy,
			Content: s(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`),
			Tags:    []types.Tag{{Key: s("env"), Value: s("prod")}},
		}))(t)
		var policies []string
		all := must(api.ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: types.PolicyTypeServiceControlPolicy}))(t)
		for _, p := range all.Policies {
			policies = append(policies, *p.Arn)
		}
		return map[string][]string{
			"organizations_organization": {*org.Arn},
			"organizations_policy":       policies,
		}
	}}
}
