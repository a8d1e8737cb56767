//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func ssoOfMoto() motoService {
	return motoService{
		service: "sso", region: motoserver.Region,
		lacks: []string{
			actionDescribeSSOInstance, "sso:DescribeInstanceAccessControlAttributeConfiguration", "sso:GetPermissionsBoundaryForPermissionSet",
			"sso:ListTagsForResource",
		},
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), ssoadmin.NewFromConfig(e.plainConfig())
			instance := must(api.ListInstances(ctx, &ssoadmin.ListInstancesInput{}))(t).Instances[0].InstanceArn
			set := must(api.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{
				InstanceArn: instance, Name: s("admin"), SessionDuration: s("PT4H"),
			}))(t).PermissionSet.PermissionSetArn
			must(api.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{
				InstanceArn: instance, PermissionSetArn: set, ManagedPolicyArn: s("arn:aws:iam::aws:policy/AdministratorAccess"),
			}))(t)
			must(api.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{
				InstanceArn: instance, PermissionSetArn: set, TargetType: types.ProvisionTargetTypeAllProvisionedAccounts,
			}))(t)
			must(api.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
				InstanceArn: instance, PermissionSetArn: set, PrincipalId: s("g-1"), PrincipalType: types.PrincipalTypeGroup,
				TargetId: s(motoserver.Account), TargetType: types.TargetTypeAwsAccount,
			}))(t)
			return map[string][]string{
				"sso_instance": {*instance}, "sso_permission_set": {*set}, "sso_account_assignment": {*set + "/" + motoserver.Account + "/GROUP/g-1"},
			}
		},
	}
}
