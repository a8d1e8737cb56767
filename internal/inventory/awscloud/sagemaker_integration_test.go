//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func sageMakerOfMoto() motoService {
	return motoService{
		service: "sagemaker", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), sagemaker.NewFromConfig(e.plainConfig())
			role := s("arn:aws:iam::" + motoserver.Account + ":role/ml")
			tags := []types.Tag{{Key: s("env"), Value: s("prod")}}
			notebook := must(api.CreateNotebookInstance(ctx, &sagemaker.CreateNotebookInstanceInput{
				NotebookInstanceName: s("lab"), InstanceType: types.InstanceTypeMlT3Medium, RoleArn: role, Tags: tags,
				DirectInternetAccess: types.DirectInternetAccessDisabled, SubnetId: s("subnet-1"),
			}))(t)
			model := must(api.CreateModel(ctx, &sagemaker.CreateModelInput{
				ModelName: s("m"), ExecutionRoleArn: role, Tags: tags, PrimaryContainer: &types.ContainerDefinition{Image: s("i:1")},
			}))(t)
			config := must(api.CreateEndpointConfig(ctx, &sagemaker.CreateEndpointConfigInput{
				EndpointConfigName: s("c"), Tags: tags, ProductionVariants: []types.ProductionVariant{{
					VariantName: s("all"), ModelName: s("m"), InitialInstanceCount: aws.Int32(1),
					InstanceType: types.ProductionVariantInstanceTypeMlM5Large, InitialVariantWeight: aws.Float32(0.3),
				}},
			}))(t)
			endpoint := must(api.CreateEndpoint(ctx, &sagemaker.CreateEndpointInput{
				EndpointName: s("e"), EndpointConfigName: s("c"), Tags: tags,
			}))(t)
			domain := must(api.CreateDomain(ctx, &sagemaker.CreateDomainInput{
				DomainName: s("studio"), AuthMode: types.AuthModeIam, SubnetIds: []string{"subnet-1"}, VpcId: s("vpc-1"), Tags: tags,
				DefaultUserSettings: &types.UserSettings{ExecutionRole: role},
			}))(t)
			return map[string][]string{
				sageMakerNotebook: {*notebook.NotebookInstanceArn}, sageMakerModel: {*model.ModelArn},
				sageMakerEndpointConfig: {*config.EndpointConfigArn}, sageMakerEndpoint: {*endpoint.EndpointArn},
				sageMakerDomain: {*domain.DomainArn},
			}
		},
	}
}
