//go:build integration

package awscloud

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func ssmOfMoto() motoService {
	return motoService{
		service: "ssm", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), ssm.NewFromConfig(e.cfg), aws.String
			for _, name := range []string{"/orders/key", "bare"} {
				must(api.PutParameter(ctx, &ssm.PutParameterInput{
					Name: s(name), Type: types.ParameterTypeSecureString, Value: s("planted-secret"), Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
				}))(t)
			}
			must(api.CreateDocument(ctx, &ssm.CreateDocumentInput{
				Name: s("restart"), DocumentType: types.DocumentTypeCommand, DocumentFormat: types.DocumentFormatJson,
				Content: s(`{"schemaVersion":"2.2","description":"restart","parameters":{},"mainSteps":[]}`),
			}))(t)
			must(api.ModifyDocumentPermission(ctx, &ssm.ModifyDocumentPermissionInput{
				Name: s("restart"), PermissionType: types.DocumentPermissionTypeShare, AccountIdsToAdd: []string{"210987654321"},
			}))(t)
			listed := map[string][]string{}
			for _, m := range must(api.DescribeParameters(ctx, &ssm.DescribeParametersInput{}))(t).Parameters {
				id := "arn:aws:ssm:" + motoserver.Region + ":" + motoserver.Account + ":parameter/" + strings.TrimPrefix(*m.Name, "/")
				listed["ssm_parameter"] = append(listed["ssm_parameter"], id)
			}
			for _, d := range must(api.ListDocuments(ctx, &ssm.ListDocumentsInput{
				Filters: []types.DocumentKeyValuesFilter{{Key: s("Owner"), Values: []string{"Self"}}},
			}))(t).DocumentIdentifiers {
				listed["ssm_document"] = append(listed["ssm_document"], "arn:aws:ssm:"+motoserver.Region+":"+motoserver.Account+":document/"+*d.Name)
			}
			return listed
		},
		check: func(t *testing.T, h *haul) {
			want := object{"Name": "/orders/key", "Type": "SecureString", "DataType": "text", "Tier": "Standard", "Tags": object{"env": "prod"}}
			if diff := cmp.Diff(want, h.one(t, "ssm_parameter", "/orders/key").Config); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]any{"210987654321"}, h.one(t, "ssm_document", "restart").Config["AccountIds"]); diff != "" {
				t.Errorf("shared with (-want +got):\n%s", diff)
			}
		},
	}
}
