package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// apiGatewayCollector reads Amazon API Gateway: REST APIs by its first API, HTTP and WebSocket APIs by its second
// (API Gateway V1 and V2 API references). IAM and CloudTrail know one service.
func apiGatewayCollector() *collector {
	p := newAPIGatewayProjectors()
	read := []string{actionAPIGatewayGet}
	return &collector{
		service: "apigateway",
		listings: []listing{
			{types: []string{"apigateway_rest_api"}, actions: read, page: apiGatewayPage, collect: p.collectRestAPIs},
			{
				types: []string{"apigateway_stage"}, actions: read,
				page:    apiGatewayPage,
				each:    []each{{action: actionAPIGatewayGet, of: "REST API", other: true, because: "stages are listed by API"}},
				collect: p.collectStages,
			},
			{types: []string{"apigatewayv2_api"}, actions: read, page: apiGatewayPage, collect: p.collectAPIs},
			{
				types: []string{"apigatewayv2_stage"}, actions: read,
				page:    apiGatewayPage,
				each:    []each{{action: actionAPIGatewayGet, of: "HTTP or WebSocket API", other: true, because: "stages are listed by API"}},
				collect: p.collectV2Stages,
			},
		},
		events: map[string]map[string][]string{
			"CreateDeployment":        {"apigateway_stage": {"DeploymentId"}, "apigatewayv2_stage": {"DeploymentId"}},
			"DeleteAccessLogSettings": {"apigatewayv2_stage": {"AccessLogSettings"}},
			"DeleteCorsConfiguration": {"apigatewayv2_api": {"CorsConfiguration"}},
			"DeleteRouteSettings":     {"apigatewayv2_stage": {"RouteSettings"}},
		},
	}
}

// actionAPIGatewayGet is the one action of all that reads. It would let in on API keys too, whose values are secrets: the
// policy names what it may be used on.
const actionAPIGatewayGet = "apigateway:GET"

func apiGatewayClient(s *session) *apigateway.Client {
	return client(s, func(c aws.Config) *apigateway.Client { return apigateway.NewFromConfig(c) })
}

// apiGatewayPage is the most that API Gateway returns at once.
const apiGatewayPage = 500

// apiGatewayProjectors turn the answers of the API Gateway APIs into configurations.
type apiGatewayProjectors struct{ restAPIs, stages, apis, v2Stages *shape.Projector }

func newAPIGatewayProjectors() *apiGatewayProjectors {
	return &apiGatewayProjectors{
		restAPIs: projectorOf("apigateway_rest_api", map[string]string{"RestApi.ApiKeySource": "ApiKeySourceType", "RestApi.Policy": ""}),
		stages: projectorOf("apigateway_stage", map[string]string{
			"Stage.AccessLogSettings": "AccessLogSetting", "Stage.CanarySettings": "CanarySetting", "Stage.MethodSettings": "",
		}),
		apis:     projectorOf("apigatewayv2_api", nil),
		v2Stages: projectorOf("apigatewayv2_stage", nil),
	}
}

// restAPIs lists the region's REST APIs. Both listings need them.
func restAPIs(ctx context.Context, s *session) ([]types.RestApi, error) {
	return memo(ctx, s, "apigateway:GetRestApis", func(ctx context.Context) ([]types.RestApi, error) {
		var all []types.RestApi
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := apiGatewayClient(s).GetRestApis(ctx, &apigateway.GetRestApisInput{Limit: aws.Int32(apiGatewayPage), Position: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Items...)
			return page.Position, nil
		})
		return all, err
	})
}

// apiGatewayARN makes the ARN of an API or a stage, which names no account: arn:aws:apigateway:eu-west-1::/restapis/abc.
func apiGatewayARN(s *session, path ...string) string {
	if slices.Contains(path, "") {
		return ""
	}
	return strings.Join([]string{"arn", s.partition, "apigateway", s.region, "", "/" + strings.Join(path, "/")}, ":")
}

func (p *apiGatewayProjectors) collectRestAPIs(ctx context.Context, s *session, out inventory.Emitter) error {
	all, err := restAPIs(ctx, s)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		o := &audit.Observation{
			Type: "apigateway_rest_api", ExternalID: apiGatewayARN(s, "restapis", aws.ToString(a.Id)), Name: aws.ToString(a.Name),
			Config: p.restAPIs.Project(a), Facts: object{"CreatedDate": a.CreatedDate},
		}
		if policy := aws.ToString(a.Policy); policy != "" {
			o.Config["Policy"] = strings.ReplaceAll(policy, `\"`, `"`) // the API answers it escaped as if within a string
		}
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}

// collectStages reads the stages, which the API lists for one REST API at a time, without pages. One whose stages can't be
// read fails the listing: nobody knows which they are.
func (p *apiGatewayProjectors) collectStages(ctx context.Context, s *session, out inventory.Emitter) error {
	all, err := restAPIs(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, all, func(ctx context.Context, a types.RestApi) error {
		got, err := apiGatewayClient(s).GetStages(ctx, &apigateway.GetStagesInput{RestApiId: a.Id})
		if err != nil {
			return goneIf(err, "NotFoundException")
		}
		for i := range got.Item {
			if err := s.emit(ctx, out, p.stage(s, &a, &got.Item[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *apiGatewayProjectors) stage(s *session, a *types.RestApi, st *types.Stage) *audit.Observation {
	c := p.stages.Project(st)
	c["RestApiId"] = a.Id
	settings := make([]any, 0, len(st.MethodSettings))
	for _, path := range slices.Sorted(maps.Keys(st.MethodSettings)) {
		setting, _ := p.stages.ProjectAt("MethodSettings[*]", st.MethodSettings[path]).(object)
		if i := strings.LastIndexByte(path, '/'); setting != nil && i >= 0 { // "~1orders/GET", or "*/*"
			setting["ResourcePath"], setting["HttpMethod"] = "/"+strings.TrimPrefix(path[:i], "/"), path[i+1:]
			if path[:i] == "~1" {
				setting["ResourcePath"] = "/" // the root alone is declared unescaped
			}
		}
		settings = append(settings, setting)
	}
	c["MethodSettings"] = settings
	return &audit.Observation{
		Type: "apigateway_stage", ExternalID: apiGatewayARN(s, "restapis", aws.ToString(a.Id), "stages", aws.ToString(st.StageName)),
		Name: aws.ToString(a.Name) + "/" + aws.ToString(st.StageName), Config: c,
		Facts: object{"CreatedDate": st.CreatedDate, "WebAclArn": st.WebAclArn, "CacheClusterStatus": told(st.CacheClusterStatus)},
	}
}
