//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/mq/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func mqOfMoto() motoService {
	return motoService{
		service: "mq", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), mq.NewFromConfig(e.plainConfig())
			var arns []string
			for name, engine := range map[string]types.EngineType{"orders": types.EngineTypeActivemq, "rabbit": types.EngineTypeRabbitmq} {
				made := must(api.CreateBroker(ctx, &mq.CreateBrokerInput{
					BrokerName: &name, EngineType: engine, EngineVersion: s("1"), HostInstanceType: s("mq.t3.micro"),
					DeploymentMode: types.DeploymentModeSingleInstance, PubliclyAccessible: aws.Bool(true),
					Tags:  map[string]string{"env": "prod"},
					Users: []types.User{{Username: s("writer"), Password: s("hunter2hunter2")}},
				}))(t)
				arns = append(arns, *made.BrokerArn)
			}
			return map[string][]string{mqBroker: arns}
		},
	}
}
