//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func secretsManagerOfMoto() motoService {
	return motoService{
		service: "secretsmanager", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api, s := t.Context(), secretsmanager.NewFromConfig(e.cfg), aws.String
			for _, name := range []string{"orders", "bare"} {
				must(api.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
					Name: s(name), SecretString: s("planted-secret"), Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
				}))(t)
			}
			must(api.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: s("orders"), ResourcePolicy: s(bucketDocument)}))(t)
			var ids []string
			for _, e := range must(api.ListSecrets(ctx, &secretsmanager.ListSecretsInput{}))(t).SecretList {
				ids = append(ids, *e.ARN)
			}
			return map[string][]string{"secretsmanager_secret": ids}
		},
		check: func(t *testing.T, h *haul) {
			orders := h.one(t, "secretsmanager_secret", "orders")
			policy, _ := orders.Config[secretPolicy].(object)
			if _, parsed := policy["ResourcePolicy"].(object); !parsed || orders.Tags["env"] != "prod" {
				t.Errorf("%v", orders.Config)
			}
		},
	}
}
