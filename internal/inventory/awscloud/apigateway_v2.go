package awscloud

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

func apiGatewayV2Client(s *session) *apigatewayv2.Client {
	return client(s, func(c aws.Config) *apigatewayv2.Client { return apigatewayv2.NewFromConfig(c) })
}

// v2APIs lists the region's HTTP and WebSocket APIs. Both listings need them.
func v2APIs(ctx context.Context, s *session) ([]types.Api, error) {
	return memo(ctx, s, "apigatewayv2:GetApis", func(ctx context.Context) ([]types.Api, error) {
		var all []types.Api
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := apiGatewayV2Client(s).GetApis(ctx, &apigatewayv2.GetApisInput{MaxResults: aws.String(strconv.Itoa(apiGatewayPage)), NextToken: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Items...)
			return page.NextToken, nil
		})
		return all, err
	})
}

func (p *apiGatewayProjectors) collectAPIs(ctx context.Context, s *session, out inventory.Emitter) error {
	all, err := v2APIs(ctx, s)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		o := &audit.Observation{
			Type: "apigatewayv2_api", ExternalID: apiGatewayARN(s, "apis", aws.ToString(a.ApiId)), Name: aws.ToString(a.Name),
			Config: p.apis.Project(a), Tags: a.Tags,
			Facts: object{"CreatedDate": a.CreatedDate, "ApiEndpoint": a.ApiEndpoint, "ApiGatewayManaged": a.ApiGatewayManaged},
		}
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}

// collectV2Stages reads the stages, which the API lists for one API at a time. One whose stages can't be read fails the
// listing: nobody knows which they are.
func (p *apiGatewayProjectors) collectV2Stages(ctx context.Context, s *session, out inventory.Emitter) error {
	all, err := v2APIs(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, all, func(ctx context.Context, a types.Api) error {
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := apiGatewayV2Client(s).GetStages(ctx, &apigatewayv2.GetStagesInput{
				ApiId: a.ApiId, MaxResults: aws.String(strconv.Itoa(apiGatewayPage)), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, "NotFoundException")
			}
			for i := range page.Items {
				if err := s.emit(ctx, out, p.v2Stage(s, &a, &page.Items[i])); err != nil {
					return nil, err
				}
			}
			return page.NextToken, nil
		})
	})
}

func (p *apiGatewayProjectors) v2Stage(s *session, a *types.Api, st *types.Stage) *audit.Observation {
	c := p.v2Stages.Project(st)
	c["ApiId"] = a.ApiId
	c["RouteSettings"], c["StageVariables"] = plain(st.RouteSettings), plain(st.StageVariables)
	if aws.ToBool(st.AutoDeploy) {
		delete(c, "DeploymentId") // another one at every change of the API
	}
	return &audit.Observation{
		Type: "apigatewayv2_stage", ExternalID: apiGatewayARN(s, "apis", aws.ToString(a.ApiId), "stages", aws.ToString(st.StageName)),
		Name: aws.ToString(a.Name) + "/" + aws.ToString(st.StageName), Config: c, Tags: st.Tags,
		Facts: object{"CreatedDate": st.CreatedDate, "ApiGatewayManaged": st.ApiGatewayManaged},
	}
}
