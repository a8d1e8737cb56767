//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"
	"github.com/aws/aws-sdk-go-v2/service/memorydb/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func memoryDBOfMoto() motoService {
	return motoService{
		service: "memorydb", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), memorydb.NewFromConfig(e.plainConfig())
			cluster := must(api.CreateCluster(ctx, &memorydb.CreateClusterInput{
				ClusterName: s("main"), NodeType: s("db.t4g.small"), ACLName: s("open-access"),
				Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			user := must(api.CreateUser(ctx, &memorydb.CreateUserInput{
				UserName: s("writer"), AccessString: s("on ~* +@all"),
				AuthenticationMode: &types.AuthenticationMode{Type: types.InputAuthenticationTypeIam},
			}))(t)
			return map[string][]string{memoryDBCluster: {*cluster.Cluster.ARN}, memoryDBUser: {
				"arn:aws:memorydb:" + motoserver.Region + ":" + motoserver.Account + ":user/default", *user.User.ARN,
			}}
		},
	}
}
