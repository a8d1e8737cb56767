//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// neptuneOfMoto has no DocumentDB, which moto doesn't play.
func neptuneOfMoto() motoService {
	return motoService{
		service: "rds", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), rds.NewFromConfig(e.plainConfig())
			cluster := must(api.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
				DBClusterIdentifier: s("graph"), Engine: s("neptune"), MasterUsername: s("root"), MasterUserPassword: s("hunter2hunter2"),
			}))(t)
			instance := must(api.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
				DBInstanceIdentifier: s("graph-1"), DBClusterIdentifier: s("graph"), Engine: s("neptune"), DBInstanceClass: s("db.r5.large"),
			}))(t)
			return map[string][]string{
				"rds_cluster": nil, neptuneCluster: {*cluster.DBCluster.DBClusterArn},
				"rds_instance": nil, neptuneInstance: {*instance.DBInstance.DBInstanceArn},
			}
		},
	}
}
