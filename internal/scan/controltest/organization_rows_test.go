//go:build integration

package controltest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

func organizationRows() []row {
	organization := listing("Organizations DescribeOrganization", "organizations:DescribeOrganization")
	api := func(w *world) *organizations.Client { return organizations.NewFromConfig(w.cfg) }
	create := func(t *testing.T, w *world) string {
		o := must(api(w).CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll}))(t)
		return *o.Organization.Arn
	}
	made := func(t *testing.T, w *world) []string { return []string{create(t, w)} }
	enable := func(typ types.PolicyType) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			root := must(api(w).ListRoots(t.Context(), nil))(t).Roots[0].Id
			must(api(w).EnablePolicyType(t.Context(), &organizations.EnablePolicyTypeInput{RootId: root, PolicyType: typ}))(t)
		}
	}
	roots := detail("Organizations ListRoots", "organizations:ListRoots")
	return []row{
		{
			rules: []string{"organizations-service-control-policies-enabled"}, denied: []denial{organization, roots}, insecure: made,
			secure: enable(types.PolicyTypeServiceControlPolicy),
		},
		{
			rules: []string{"organizations-resource-control-policies-enabled"}, denied: []denial{organization, roots}, insecure: made,
			secure: enable(types.PolicyTypeResourceControlPolicy),
		},
		{
			rules: []string{"organizations-own-guardrail-attached"}, denied: []denial{detail("Organizations ListPolicies", "organizations:ListPolicies")}, insecure: made,
			secure: func(t *testing.T, w *world) {
				p := must(api(w).CreatePolicy(t.Context(), &organizations.CreatePolicyInput{
					Name: new("stay"), Description: new("Nobody leaves"), Type: types.PolicyTypeServiceControlPolicy,
					Content: new(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}}`),
				}))(t)
				root := must(api(w).ListRoots(t.Context(), nil))(t).Roots[0].Id
				must(api(w).AttachPolicy(t.Context(), &organizations.AttachPolicyInput{PolicyId: p.Policy.PolicySummary.Id, TargetId: root}))(t)
			},
		},
		{
			rules: []string{"organizations-management-account-no-workloads"}, denied: []denial{organization},
			insecure: func(t *testing.T, w *world) []string {
				w.state["id"] = w.launch(t, ec2types.HttpTokensStateRequired)
				return made(t, w)
			},
			secure: func(t *testing.T, w *world) {
				must(w.ec2().TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{w.state["id"]}}))(t)
			},
		},
	}
}
