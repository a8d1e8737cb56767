//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func apiGatewayOfMoto() motoService {
	return motoService{service: "apigateway", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		s, ctx := aws.String, t.Context()
		first, second := apigateway.NewFromConfig(e.plainConfig()), apigatewayv2.NewFromConfig(e.plainConfig())
		rest := must(first.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: s("orders"), Tags: map[string]string{"env": "prod"}}))(t)
		root := must(first.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: rest.Id}))(t).Items[0].Id
		must(first.PutMethod(ctx, &apigateway.PutMethodInput{
			RestApiId: rest.Id, ResourceId: root, HttpMethod: s("GET"), AuthorizationType: s("NONE"),
		}))(t)
		must(first.PutIntegration(ctx, &apigateway.PutIntegrationInput{
			RestApiId: rest.Id, ResourceId: root, HttpMethod: s("GET"), Type: resttypes.IntegrationTypeMock,
		}))(t)
		deployment := must(first.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: rest.Id}))(t)
		must(first.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: rest.Id, DeploymentId: deployment.Id, StageName: s("prod")}))(t)
		http := must(second.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: s("shop"), ProtocolType: types.ProtocolTypeHttp}))(t)
		must(second.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: http.ApiId, StageName: s("prod")}))(t)
		const arn = "arn:aws:apigateway:" + motoserver.Region + "::/"
		return map[string][]string{
			"apigateway_rest_api": {arn + "restapis/" + *rest.Id}, "apigateway_stage": {arn + "restapis/" + *rest.Id + "/stages/prod"},
			"apigatewayv2_api": {arn + "apis/" + *http.ApiId}, "apigatewayv2_stage": {arn + "apis/" + *http.ApiId + "/stages/prod"},
		}
	}}
}
