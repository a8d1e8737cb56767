//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// fillNeptune makes no DocumentDB, which moto doesn't play.
func (e *estate) fillNeptune(t *testing.T) {
	s, ctx, api := aws.String, t.Context(), rds.NewFromConfig(e.plainConfig())
	must(api.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
		DBClusterIdentifier: s("graph"), Engine: s("neptune"), MasterUsername: s("root"), MasterUserPassword: s("hunter2hunter2"),
	}))(t)
	must(api.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: s("graph-1"), DBClusterIdentifier: s("graph"), Engine: s("neptune"), DBInstanceClass: s("db.r5.large"),
	}))(t)
}
