//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func stepFunctionsOfMoto() motoService {
	const definition = `{"StartAt":"a","States":{"a":{"Type":"Succeed"}}}`
	return motoService{
		service: "states", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), sfn.NewFromConfig(e.cfg), aws.String
			role := must(e.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: s("states"), AssumeRolePolicyDocument: s(trustDocument)}))(t).Role
			for _, name := range []string{"orders", "bare"} {
				must(api.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
					Name: s(name), RoleArn: role.Arn, Definition: s(definition), Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
				}))(t)
			}
			var ids []string
			for _, m := range must(api.ListStateMachines(ctx, &sfn.ListStateMachinesInput{}))(t).StateMachines {
				ids = append(ids, *m.StateMachineArn)
			}
			return map[string][]string{"stepfunctions_state_machine": ids}
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "stepfunctions_state_machine", "orders")
			for path, want := range map[string]any{
				"DefinitionString": definition, "StateMachineName": "orders", "StateMachineType": "STANDARD",
				"Tags": []any{object{"Key": "env", "Value": "prod"}},
			} {
				if diff := cmp.Diff(want, orders.Config[path]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
		},
	}
}
