//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/emr"
	"github.com/aws/aws-sdk-go-v2/service/emr/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// emrOfMoto has no security configurations, which moto doesn't list.
func emrOfMoto() motoService {
	return motoService{
		service: "elasticmapreduce", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), emr.NewFromConfig(e.plainConfig())
			flow := must(api.RunJobFlow(ctx, &emr.RunJobFlowInput{
				Name: s("spark"), ReleaseLabel: s("emr-7.1.0"), JobFlowRole: s("p"), ServiceRole: s("r"), Instances: &types.JobFlowInstancesConfig{
					InstanceCount: aws.Int32(1), MasterInstanceType: s("m5.xlarge"), KeepJobFlowAliveWhenNoSteps: aws.Bool(true),
				},
				Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			return map[string][]string{
				emrCluster:  {*flow.ClusterArn},
				emrBlocking: {"arn:aws:elasticmapreduce:" + motoserver.Region + ":" + motoserver.Account + ":block-public-access-configuration"},
			}
		},
	}
}
