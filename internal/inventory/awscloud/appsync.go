package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appsync"
	"github.com/aws/aws-sdk-go-v2/service/appsync/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// appSyncCollector reads AWS AppSync (AppSync API reference).
func appSyncCollector() *collector {
	p := &appSyncProjectors{graphQL: projectorOf("appsync_graphql_api", nil), events: projectorOf("appsync_api", nil)}
	both := func(paths ...string) map[string][]string {
		return map[string][]string{"appsync_graphql_api": paths, "appsync_api": paths}
	}
	keys := []each{{action: "appsync:ListApiKeys", of: "API that takes keys", because: "no listing tells when they end"}}
	return &collector{
		service: "appsync",
		listings: []listing{
			{
				types: []string{"appsync_graphql_api"}, actions: []string{"appsync:ListGraphqlApis", "appsync:ListApiKeys"},
				page: appSyncPage, each: keys, collect: p.collectGraphQL,
			},
			{
				types: []string{"appsync_api"}, actions: []string{"appsync:ListApis", "appsync:ListApiKeys"},
				page: appSyncPage, each: keys, collect: p.collectEvents,
			},
		},
		events: map[string]map[string][]string{
			"CreateApiKey":  both(appSyncKeys),
			"UpdateApiKey":  both(appSyncKeys),
			"DeleteApiKey":  both(appSyncKeys),
			"TagResource":   both("Tags"),
			"UntagResource": both("Tags"),
		},
	}
}

const (
	// appSyncPage is the most that AppSync lists at once.
	appSyncPage = 25
	// appSyncKeys and appSyncACL are what APIs carry of other types.
	appSyncKeys = "AWS::AppSync::ApiKey"
	appSyncACL  = "AWS::WAFv2::WebACLAssociation"
)

func appSyncClient(s *session) *appsync.Client {
	return client(s, func(c aws.Config) *appsync.Client { return appsync.NewFromConfig(c) })
}

// appSyncProjectors turn the answers of the API into configurations.
type appSyncProjectors struct{ graphQL, events *shape.Projector }

// collectGraphQL reads the GraphQL APIs, merged ones included. Those that other accounts share are theirs.
func (p *appSyncProjectors) collectGraphQL(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := appSyncClient(s).ListGraphqlApis(ctx, &appsync.ListGraphqlApisInput{MaxResults: appSyncPage, NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.GraphqlApis, func(ctx context.Context, a types.GraphqlApi) error {
			o := &audit.Observation{
				Type: "appsync_graphql_api", ExternalID: aws.ToString(a.Arn), Name: aws.ToString(a.Name), Config: p.graphQL.Project(a),
				Facts: object{"ApiId": a.ApiId, "Dns": a.Dns, "Owner": a.Owner, "Uris": a.Uris},
			}
			if owner := aws.ToString(a.Owner); owner != "" && owner != s.account || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			o.Config[appSyncACL] = object{"WebACLArn": a.WafWebAclArn}
			keyed := a.AuthenticationType == types.AuthenticationTypeApiKey ||
				slices.ContainsFunc(a.AdditionalAuthenticationProviders, func(p types.AdditionalAuthenticationProvider) bool {
					return p.AuthenticationType == types.AuthenticationTypeApiKey
				})
			if err := appSyncReadKeys(ctx, s, o, a.ApiId, keyed); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// collectEvents reads the event APIs.
func (p *appSyncProjectors) collectEvents(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := appSyncClient(s).ListApis(ctx, &appsync.ListApisInput{MaxResults: appSyncPage, NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Apis, func(ctx context.Context, a types.Api) error {
			o := &audit.Observation{
				Type: "appsync_api", ExternalID: aws.ToString(a.ApiArn), Name: aws.ToString(a.Name), Config: p.events.Project(a),
				Facts: object{"ApiId": a.ApiId, "Created": a.Created, "Dns": a.Dns},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			o.Config[appSyncACL] = object{"WebACLArn": a.WafWebAclArn}
			keyed := a.EventConfig != nil && slices.ContainsFunc(a.EventConfig.AuthProviders, func(p types.AuthProvider) bool {
				return p.AuthType == types.AuthenticationTypeApiKey
			})
			if err := appSyncReadKeys(ctx, s, o, a.ApiId, keyed); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// appSyncReadKeys reads until when an API's keys let in, in seconds since 1970. A key's id is the key itself, and is not
// kept.
func appSyncReadKeys(ctx context.Context, s *session, o *audit.Observation, id *string, keyed bool) error {
	if !keyed {
		return nil
	}
	return s.detail(ctx, o, []string{appSyncKeys}, func(ctx context.Context) error {
		var keys []any
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := appSyncClient(s).ListApiKeys(ctx, &appsync.ListApiKeysInput{ApiId: id, MaxResults: appSyncPage, NextToken: token})
			if err != nil {
				return nil, err
			}
			for _, k := range page.ApiKeys {
				keys = append(keys, object{"Description": k.Description, "Expires": k.Expires})
			}
			return page.NextToken, nil
		})
		o.Config[appSyncKeys] = keys
		return goneIf(err, "NotFoundException")
	})
}
