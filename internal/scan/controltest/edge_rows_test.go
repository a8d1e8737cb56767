//go:build integration

package controltest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	httptypes "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbv2types "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// accessLogRows are of what answers the web.
func accessLogRows() []row {
	return []row{distributionRow(), balancerRow(), classicBalancerRow(), restStageRow(), httpStageRow()}
}

func distributionRow() row {
	config := func(logging *cftypes.LoggingConfig) *cftypes.DistributionConfig {
		return &cftypes.DistributionConfig{
			CallerReference: new("c"), Comment: new("web"), Enabled: new(true), Logging: logging,
			Origins: &cftypes.Origins{Quantity: new(int32(1)), Items: []cftypes.Origin{
				{Id: new("s3"), DomainName: new("b.s3.amazonaws.com"), S3OriginConfig: &cftypes.S3OriginConfig{OriginAccessIdentity: new("")}},
			}},
			DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{TargetOriginId: new("s3"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly},
		}
	}
	return row{
		rules: []string{"cloudfront-distribution-access-logged"}, denied: []denial{listing("CloudFront ListDistributions", "cloudfront:ListDistributions")},
		insecure: func(t *testing.T, w *world) []string {
			d := must(cloudfront.NewFromConfig(w.cfg).CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: config(nil)}))(t)
			w.state["id"], w.state["etag"] = *d.Distribution.Id, *d.ETag
			return []string{*d.Distribution.ARN}
		},
		secure: func(t *testing.T, w *world) {
			must(cloudfront.NewFromConfig(w.cfg).UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{
				Id: new(w.state["id"]), IfMatch: new(w.state["etag"]), DistributionConfig: config(&cftypes.LoggingConfig{
					Enabled: new(true), IncludeCookies: new(false), Bucket: new("logs.s3.amazonaws.com"), Prefix: new("web/"),
				}),
			}))(t)
		},
	}
}

func balancerRow() row {
	return row{
		rules: []string{"elbv2-load-balancer-access-logged"},
		denied: []denial{
			listing("Elastic Load Balancing v2 DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
			detail("Elastic Load Balancing v2 DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancerAttributes"),
		},
		insecure: func(t *testing.T, w *world) []string {
			_, subnets := w.network(t)
			b := must(elbv2.NewFromConfig(w.cfg).CreateLoadBalancer(t.Context(), &elbv2.CreateLoadBalancerInput{Name: new("web"), Subnets: subnets}))(t)
			w.state["arn"] = *b.LoadBalancers[0].LoadBalancerArn
			return []string{w.state["arn"]}
		},
		secure: func(t *testing.T, w *world) {
			must(elbv2.NewFromConfig(w.cfg).ModifyLoadBalancerAttributes(t.Context(), &elbv2.ModifyLoadBalancerAttributesInput{
				LoadBalancerArn: new(w.state["arn"]), Attributes: []elbv2types.LoadBalancerAttribute{
					{Key: new("access_logs.s3.enabled"), Value: new("true")}, {Key: new("access_logs.s3.bucket"), Value: new("logs")},
				},
			}))(t)
		},
	}
}

func classicBalancerRow() row {
	return row{
		rules: []string{"elb-access-logged"},
		denied: []denial{
			listing("Elastic Load Balancing DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
			detail("Elastic Load Balancing DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancerAttributes"),
		},
		insecure: func(t *testing.T, w *world) []string {
			must(elb.NewFromConfig(w.cfg).CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
				LoadBalancerName: new("old"), AvailabilityZones: []string{motoserver.Region + "a"},
				Listeners: []elbtypes.Listener{{Protocol: new("TCP"), LoadBalancerPort: 22, InstancePort: new(int32(22))}},
			}))(t)
			return []string{w.arn("elasticloadbalancing", "loadbalancer/old")}
		},
		secure: func(t *testing.T, w *world) {
			must(elb.NewFromConfig(w.cfg).ModifyLoadBalancerAttributes(t.Context(), &elb.ModifyLoadBalancerAttributesInput{
				LoadBalancerName: new("old"), LoadBalancerAttributes: &elbtypes.LoadBalancerAttributes{
					AccessLog: &elbtypes.AccessLog{Enabled: true, S3BucketName: new("logs"), EmitInterval: new(int32(5))},
				},
			}))(t)
		},
	}
}

func restStageRow() row {
	return row{
		rules: []string{"apigateway-stage-access-logged"}, denied: []denial{listing("API Gateway GetStages", "apigateway:GET")},
		insecure: func(t *testing.T, w *world) []string {
			ctx, api := t.Context(), apigateway.NewFromConfig(w.cfg)
			rest := must(api.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: new("orders")}))(t)
			root := must(api.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: rest.Id}))(t).Items[0].Id
			must(api.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: rest.Id, ResourceId: root, HttpMethod: new("GET"), AuthorizationType: new("NONE")}))(t)
			must(api.PutIntegration(ctx, &apigateway.PutIntegrationInput{
				RestApiId: rest.Id, ResourceId: root, HttpMethod: new("GET"), Type: resttypes.IntegrationTypeMock,
			}))(t)
			deployment := must(api.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: rest.Id}))(t)
			must(api.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: rest.Id, DeploymentId: deployment.Id, StageName: new("prod")}))(t)
			w.state["id"] = *rest.Id
			return []string{"arn:aws:apigateway:us-east-1::/restapis/" + *rest.Id + "/stages/prod"}
		},
		secure: func(t *testing.T, w *world) {
			must(apigateway.NewFromConfig(w.cfg).UpdateStage(t.Context(), &apigateway.UpdateStageInput{
				RestApiId: new(w.state["id"]), StageName: new("prod"), PatchOperations: []resttypes.PatchOperation{
					{Op: resttypes.OpReplace, Path: new("/accessLogSettings/destinationArn"), Value: new(w.arn("logs", "log-group:api"))},
				},
			}))(t)
		},
	}
}

func httpStageRow() row {
	return row{
		rules: []string{"apigatewayv2-stage-access-logged"}, denied: []denial{listing("ApiGatewayV2 GetStages", "apigateway:GET")},
		insecure: func(t *testing.T, w *world) []string {
			api := apigatewayv2.NewFromConfig(w.cfg)
			a := must(api.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: new("shop"), ProtocolType: httptypes.ProtocolTypeHttp}))(t)
			must(api.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: a.ApiId, StageName: new("prod")}))(t)
			w.state["id"] = *a.ApiId
			return []string{"arn:aws:apigateway:us-east-1::/apis/" + *a.ApiId + "/stages/prod"}
		},
		secure: func(t *testing.T, w *world) { // moto can't change a stage
			api := apigatewayv2.NewFromConfig(w.cfg)
			must(api.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{ApiId: new(w.state["id"]), StageName: new("prod")}))(t)
			must(api.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{
				ApiId: new(w.state["id"]), StageName: new("prod"), AccessLogSettings: &httptypes.AccessLogSettings{
					DestinationArn: new(w.arn("logs", "log-group:api")), Format: new("$context.requestId"),
				},
			}))(t)
		},
	}
}
