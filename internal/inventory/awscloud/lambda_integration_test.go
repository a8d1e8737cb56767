//go:build integration

package awscloud

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func lambdaOfMoto() motoService {
	return motoService{
		service: "lambda", region: motoserver.Region,
		lacks: []string{"lambda:ListFunctionUrlConfigs"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), lambda.NewFromConfig(e.cfg), aws.String
			var code bytes.Buffer
			archive := zip.NewWriter(&code)
			must(archive.Create("app.py"))(t)
			if err := archive.Close(); err != nil {
				t.Fatal(err)
			}
			role := must(e.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: s("function"), AssumeRolePolicyDocument: s(trustDocument)}))(t).Role
			for _, name := range []string{"orders", "bare"} {
				must(api.CreateFunction(ctx, &lambda.CreateFunctionInput{
					FunctionName: s(name), Role: role.Arn, Runtime: types.RuntimePython313, Handler: s("app.run"),
					Code: &types.FunctionCode{ZipFile: code.Bytes()}, Tags: map[string]string{"env": "prod"},
					Environment: &types.Environment{Variables: map[string]string{"LEVEL": "info"}},
				}))(t)
			}
			must(api.AddPermission(ctx, &lambda.AddPermissionInput{
				FunctionName: s("orders"), StatementId: s("s3"), Action: s("lambda:InvokeFunction"), Principal: s("s3.amazonaws.com"),
				SourceArn: s("arn:aws:s3:::orders"),
			}))(t)
			must(api.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{
				FunctionName: s("orders"), ReservedConcurrentExecutions: aws.Int32(3),
			}))(t)
			must(api.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{
				FunctionName: s("orders"), AuthType: types.FunctionUrlAuthTypeNone,
			}))(t)
			queues := sqs.NewFromConfig(e.cfg)
			must(queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: s("work")}))(t)
			must(api.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
				FunctionName: s("orders"), EventSourceArn: s("arn:aws:sqs:us-east-1:123456789012:work"), BatchSize: aws.Int32(5), Enabled: new(false),
			}))(t)
			var ids []string
			for _, f := range must(api.ListFunctions(ctx, &lambda.ListFunctionsInput{}))(t).Functions {
				ids = append(ids, *f.FunctionArn)
			}
			return map[string][]string{"lambda_function": ids}
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "lambda_function", "orders")
			for path, want := range map[string]any{
				"ReservedConcurrentExecutions": int64(3),
				functionPermission: []any{object{
					"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::orders",
				}},
				"Tags": []any{object{"Key": "env", "Value": "prod"}},
			} {
				if diff := cmp.Diff(want, orders.Config[path]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
			if sources, _ := orders.Config[functionSource].([]any); len(sources) != 1 || sources[0].(object)["BatchSize"] != int64(5) {
				t.Errorf("event sources: %v", sources)
			}
		},
	}
}
