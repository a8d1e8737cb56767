//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glacier"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func glacierOfMoto() motoService {
	return motoService{
		service: "glacier", region: motoserver.Region,
		lacks: []string{actionGlacierPolicy, actionGlacierLock, actionGlacierNotifications, actionGlacierTags},
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, api := aws.String, glacier.NewFromConfig(e.plainConfig())
			must(api.CreateVault(t.Context(), &glacier.CreateVaultInput{AccountId: s(motoserver.Account), VaultName: s("main")}))(t)
			return map[string][]string{glacierVault: {"arn:aws:glacier:" + motoserver.Region + ":" + motoserver.Account + ":vaults/main"}}
		},
	}
}
