//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/transfer"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func transferOfMoto() motoService {
	return motoService{
		service: "transfer", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), transfer.NewFromConfig(e.plainConfig())
			must(api.CreateServer(ctx, &transfer.CreateServerInput{}))(t)
			var servers []string // moto can't list users
			for _, v := range must(api.ListServers(ctx, &transfer.ListServersInput{}))(t).Servers {
				servers = append(servers, *v.Arn)
			}
			return map[string][]string{"transfer_server": servers}
		},
	}
}
