//go:build integration

package awscloud

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appsync"
	"github.com/aws/aws-sdk-go-v2/service/appsync/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func appSyncOfMoto() motoService {
	return motoService{
		service: "appsync", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), appsync.NewFromConfig(e.plainConfig())
			graph := must(api.CreateGraphqlApi(ctx, &appsync.CreateGraphqlApiInput{
				Name: s("graph"), AuthenticationType: types.AuthenticationTypeApiKey, Tags: map[string]string{"env": "prod"},
			}))(t)
			must(api.CreateApiKey(ctx, &appsync.CreateApiKeyInput{ApiId: graph.GraphqlApi.ApiId, Expires: time.Now().Add(48 * time.Hour).Unix()}))(t)
			events := must(api.CreateApi(ctx, &appsync.CreateApiInput{Name: s("events"), EventConfig: &types.EventConfig{
				AuthProviders:           []types.AuthProvider{{AuthType: types.AuthenticationTypeAwsIam}},
				ConnectionAuthModes:     []types.AuthMode{{AuthType: types.AuthenticationTypeAwsIam}},
				DefaultPublishAuthModes: []types.AuthMode{{AuthType: types.AuthenticationTypeAwsIam}},
				DefaultSubscribeAuthModes: []types.AuthMode{{
					AuthType: types.AuthenticationTypeAwsIam,
				}},
			}}))(t)
			return map[string][]string{"appsync_graphql_api": {*graph.GraphqlApi.Arn}, "appsync_api": {*events.Api.ApiArn}}
		},
	}
}
