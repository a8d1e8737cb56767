//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	"github.com/aws/aws-sdk-go-v2/service/kafka/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func kafkaOfMoto() motoService {
	return motoService{
		service: "kafka", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), kafka.NewFromConfig(e.plainConfig())
			one := must(api.CreateClusterV2(ctx, &kafka.CreateClusterV2Input{
				ClusterName: s("main"), Tags: map[string]string{"env": "prod"}, Provisioned: &types.ProvisionedRequest{
					KafkaVersion: s("3.6.0"), NumberOfBrokerNodes: aws.Int32(2),
					BrokerNodeGroupInfo: &types.BrokerNodeGroupInfo{InstanceType: s("kafka.m5.large"), ClientSubnets: []string{"subnet-1", "subnet-2"}},
				},
			}))(t)
			less := must(api.CreateClusterV2(ctx, &kafka.CreateClusterV2Input{
				ClusterName: s("less"), Serverless: &types.ServerlessRequest{VpcConfigs: []types.VpcConfig{{SubnetIds: []string{"subnet-1", "subnet-2"}}}},
			}))(t)
			must(api.PutClusterPolicy(ctx, &kafka.PutClusterPolicyInput{
				ClusterArn: one.ClusterArn, Policy: s(`{"Version":"2012-10-17","Statement":[]}`),
			}))(t)
			return map[string][]string{kafkaCluster: {*one.ClusterArn}, kafkaServerless: {*less.ClusterArn}}
		},
	}
}
