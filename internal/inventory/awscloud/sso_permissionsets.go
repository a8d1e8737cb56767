package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// ssoSetActions are called for each permission set.
func ssoSetActions() []string {
	return []string{
		"sso:DescribePermissionSet", "sso:GetInlinePolicyForPermissionSet", "sso:GetPermissionsBoundaryForPermissionSet",
		"sso:ListCustomerManagedPolicyReferencesInPermissionSet", "sso:ListManagedPoliciesInPermissionSet", "sso:ListTagsForResource",
	}
}

// ssoSet names a permission set.
type ssoSet struct{ instance, arn string }

// ssoSets lists the permission sets, which two listings need. An account's instance has none: what asks for them is told so
// by PermissionSetsEnabled or, where that isn't told, by a ValidationException.
func ssoSets(ctx context.Context, s *session) ([]ssoSet, error) {
	return memo(ctx, s, actionListSSOSets, func(ctx context.Context) ([]ssoSet, error) {
		instances, err := ssoInstances(ctx, s)
		if err != nil {
			return nil, err
		}
		var all []ssoSet
		for _, i := range instances {
			var enabled *bool
			if about, err := ssoInstance(ctx, s, i.InstanceArn); err == nil {
				enabled = about.PermissionSetsEnabled
			} // a refusal is the instance's to report
			if enabled != nil && !*enabled {
				continue
			}
			err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
				page, err := ssoClient(s).ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{
					InstanceArn: i.InstanceArn, MaxResults: aws.Int32(ssoPage), NextToken: token,
				})
				if enabled == nil && token == nil && hasCode(err, "ValidationException") {
					return nil, nil
				}
				if err != nil {
					return nil, err
				}
				for _, arn := range page.PermissionSets {
					all = append(all, ssoSet{instance: aws.ToString(i.InstanceArn), arn: arn})
				}
				return page.NextToken, nil
			})
			if err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}

func (p *ssoProjectors) collectSets(ctx context.Context, s *session, out inventory.Emitter) error {
	sets, err := ssoSets(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, sets, func(ctx context.Context, set ssoSet) error {
		o := &audit.Observation{
			Type: "sso_permission_set", ExternalID: set.arn, Config: object{"InstanceArn": set.instance}, Facts: object{},
		}
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		for _, read := range []func(context.Context, *session, *audit.Observation, ssoSet) error{
			p.describeSet, p.readSetPolicies, readSetManaged, p.readSetReferences,
		} {
			if err := read(ctx, s, o, set); err != nil {
				return err
			}
		}
		if err := readSSOTags(ctx, s, o, &set.instance); err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

func (p *ssoProjectors) describeSet(ctx context.Context, s *session, o *audit.Observation, set ssoSet) error {
	about := aside{paths: []string{"Description", "Name", "RelayStateType", "SessionDuration"}, gone: []string{ssoGone}}
	return ask(ctx, s, o, about, ssoClient(s).DescribePermissionSet,
		&ssoadmin.DescribePermissionSetInput{InstanceArn: &set.instance, PermissionSetArn: &set.arn},
		func(got *ssoadmin.DescribePermissionSetOutput) {
			if got.PermissionSet == nil {
				return
			}
			maps.Copy(o.Config, p.sets.Project(got.PermissionSet))
			o.Name, o.Facts["CreatedDate"] = aws.ToString(got.PermissionSet.Name), got.PermissionSet.CreatedDate
		})
}

// readSetPolicies reads the inline policy, which is "" where there is none, and the boundary.
func (p *ssoProjectors) readSetPolicies(ctx context.Context, s *session, o *audit.Observation, set ssoSet) error {
	err := ask(ctx, s, o, aside{paths: []string{"InlinePolicy"}}, ssoClient(s).GetInlinePolicyForPermissionSet,
		&ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &set.instance, PermissionSetArn: &set.arn},
		func(got *ssoadmin.GetInlinePolicyForPermissionSetOutput) {
			o.Config["InlinePolicy"] = told(aws.ToString(got.InlinePolicy))
		})
	if err != nil {
		return err
	}
	return ask(ctx, s, o, aside{paths: []string{"PermissionsBoundary"}}, ssoClient(s).GetPermissionsBoundaryForPermissionSet,
		&ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: &set.instance, PermissionSetArn: &set.arn},
		func(got *ssoadmin.GetPermissionsBoundaryForPermissionSetOutput) {
			if got.PermissionsBoundary != nil {
				o.Config["PermissionsBoundary"] = p.sets.ProjectAt("PermissionsBoundary", got.PermissionsBoundary)
			}
		})
}

func readSetManaged(ctx context.Context, s *session, o *audit.Observation, set ssoSet) error {
	return s.detail(ctx, o, []string{"ManagedPolicies"}, func(ctx context.Context) error {
		var arns []any
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ssoClient(s).ListManagedPoliciesInPermissionSet(ctx, &ssoadmin.ListManagedPoliciesInPermissionSetInput{
				InstanceArn: &set.instance, PermissionSetArn: &set.arn, MaxResults: aws.Int32(ssoPage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for _, policy := range page.AttachedManagedPolicies {
				arns = append(arns, policy.Arn)
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["ManagedPolicies"] = arns
		}
		return goneIf(err, ssoGone)
	})
}

func (p *ssoProjectors) readSetReferences(ctx context.Context, s *session, o *audit.Observation, set ssoSet) error {
	const path = "CustomerManagedPolicyReferences"
	return s.detail(ctx, o, []string{path}, func(ctx context.Context) error {
		var references []any
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ssoClient(s).ListCustomerManagedPolicyReferencesInPermissionSet(ctx,
				&ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{
					InstanceArn: &set.instance, PermissionSetArn: &set.arn, MaxResults: aws.Int32(ssoPage), NextToken: token,
				})
			if err != nil {
				return nil, err
			}
			for i := range page.CustomerManagedPolicyReferences {
				references = append(references, p.sets.ProjectAt(path+"[*]", &page.CustomerManagedPolicyReferences[i]))
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config[path] = references
		}
		return goneIf(err, ssoGone)
	})
}

// collectSSOAssignments emits who has which permission set in which account. An assignment has no ARN; it is called
// <permission set's ARN>/<account>/<USER or GROUP>/<principal's id>.
func collectSSOAssignments(ctx context.Context, s *session, out inventory.Emitter) error {
	sets, err := ssoSets(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, sets, func(ctx context.Context, set ssoSet) error {
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ssoClient(s).ListAccountsForProvisionedPermissionSet(ctx, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{
				InstanceArn: &set.instance, PermissionSetArn: &set.arn, MaxResults: aws.Int32(ssoPage), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, ssoGone)
			}
			return page.NextToken, forEach(ctx, s, page.AccountIds, func(ctx context.Context, account string) error {
				return emitSSOAssignments(ctx, s, out, set, account)
			})
		})
	})
}

func emitSSOAssignments(ctx context.Context, s *session, out inventory.Emitter, set ssoSet, account string) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ssoClient(s).ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{
			InstanceArn: &set.instance, PermissionSetArn: &set.arn, AccountId: &account, MaxResults: aws.Int32(ssoPage), NextToken: token,
		})
		if err != nil {
			return nil, goneIf(err, ssoGone)
		}
		for _, a := range page.AccountAssignments {
			o := &audit.Observation{
				Type: "sso_account_assignment", Name: account + "/" + aws.ToString(a.PrincipalId),
				Config: object{
					"InstanceArn": set.instance, "PermissionSetArn": set.arn, "PrincipalId": a.PrincipalId,
					"PrincipalType": told(a.PrincipalType), "TargetId": account, "TargetType": "AWS_ACCOUNT",
				},
			}
			if a.PrincipalId != nil {
				o.ExternalID = set.arn + "/" + account + "/" + string(a.PrincipalType) + "/" + *a.PrincipalId
			}
			if err := s.emit(ctx, out, o); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}
