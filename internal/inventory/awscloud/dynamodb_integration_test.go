//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func dynamoDBOfMoto() motoService {
	return motoService{
		service: "dynamodb", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), dynamodb.NewFromConfig(e.cfg), aws.String
			for _, name := range []string{"orders", "bare"} {
				must(api.CreateTable(ctx, &dynamodb.CreateTableInput{
					TableName: s(name), BillingMode: types.BillingModePayPerRequest,
					AttributeDefinitions: []types.AttributeDefinition{{AttributeName: s("pk"), AttributeType: types.ScalarAttributeTypeS}},
					KeySchema:            []types.KeySchemaElement{{AttributeName: s("pk"), KeyType: types.KeyTypeHash}},
					Tags:                 []types.Tag{{Key: s("env"), Value: s("prod")}},
				}))(t)
			}
			must(api.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
				TableName: s("orders"), PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: new(true)},
			}))(t)
			must(api.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
				TableName: s("orders"), TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: s("expires"), Enabled: new(true)},
			}))(t)
			var ids []string
			for _, name := range must(api.ListTables(ctx, &dynamodb.ListTablesInput{}))(t).TableNames {
				ids = append(ids, "arn:aws:dynamodb:"+motoserver.Region+":"+motoserver.Account+":table/"+name)
			}
			return map[string][]string{"dynamodb_table": ids}
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "dynamodb_table", "orders")
			for path, want := range map[string]any{
				"BillingMode":             "PAY_PER_REQUEST",
				"TimeToLiveSpecification": object{"AttributeName": "expires", "Enabled": true},
				"KeySchema":               []any{object{"AttributeName": "pk", "KeyType": "HASH"}},
				"Tags":                    []any{object{"Key": "env", "Value": "prod"}},
			} {
				if diff := cmp.Diff(want, orders.Config[path]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
			if got, _ := orders.Config["PointInTimeRecoverySpecification"].(object); got["PointInTimeRecoveryEnabled"] != true {
				t.Errorf("recovery: %v", got)
			}
		},
	}
}
