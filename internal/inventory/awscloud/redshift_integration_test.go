//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func redshiftOfMoto() motoService {
	return motoService{service: "redshift", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		s := aws.String
		must(redshift.NewFromConfig(e.plainConfig()).CreateCluster(t.Context(), &redshift.CreateClusterInput{
			ClusterIdentifier: s("dwh"), NodeType: s("ra3.xlplus"), MasterUsername: s("root"), MasterUserPassword: s("Secret123"),
			NumberOfNodes: aws.Int32(2), ClusterType: s("multi-node"), DBName: s("dev"), Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
		}))(t)
		return map[string][]string{"redshift_cluster": {"arn:aws:redshift:" + motoserver.Region + ":" + motoserver.Account + ":cluster:dwh"}}
	}}
}
