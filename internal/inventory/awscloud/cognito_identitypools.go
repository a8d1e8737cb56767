package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// cognitoIdentityPoolsCollector reads the identity pools of Amazon Cognito (Amazon Cognito federated identities API
// reference).
func cognitoIdentityPoolsCollector() *collector {
	p := &cognitoIdentityPools{pools: projectorOf("cognito_identity_pool", nil)}
	pool := func(path string) map[string][]string { return map[string][]string{"cognito_identity_pool": {path}} }
	return &collector{
		service: "cognito-identity",
		listings: []listing{{
			types: []string{"cognito_identity_pool"},
			actions: []string{
				"cognito-identity:ListIdentityPools", "cognito-identity:DescribeIdentityPool", "cognito-identity:GetIdentityPoolRoles",
			},
			page: cognitoPage,
			each: []each{
				{action: "cognito-identity:DescribeIdentityPool", of: "identity pool", because: "the listing tells names"},
				{action: "cognito-identity:GetIdentityPoolRoles", of: "identity pool", because: "nothing else tells which roles it gives"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"SetIdentityPoolRoles": pool(cognitoRoles),
			"TagResource":          pool("IdentityPoolTags"),
			"UntagResource":        pool("IdentityPoolTags"),
		},
	}
}

// cognitoRoles is which roles an identity pool gives to whom.
const cognitoRoles = "AWS::Cognito::IdentityPoolRoleAttachment"

// cognitoIdentityDescribed are what DescribeIdentityPool tells.
var cognitoIdentityDescribed = []string{
	"AllowClassicFlow", "AllowUnauthenticatedIdentities", "CognitoIdentityProviders", "DeveloperProviderName", "IdentityPoolTags",
	"OpenIdConnectProviderARNs", "SamlProviderARNs", "SupportedLoginProviders",
}

func cognitoIdentityPoolsClient(s *session) *cognitoidentity.Client {
	return client(s, func(c aws.Config) *cognitoidentity.Client { return cognitoidentity.NewFromConfig(c) })
}

// cognitoIdentityPools turns the answers of the API into configurations.
type cognitoIdentityPools struct{ pools *shape.Projector }

func (p *cognitoIdentityPools) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := cognitoIdentityPoolsClient(s).ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{
			MaxResults: aws.Int32(cognitoPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.IdentityPools, func(ctx context.Context, i types.IdentityPoolShortDescription) error {
			o := &audit.Observation{
				Type: "cognito_identity_pool", Name: aws.ToString(i.IdentityPoolName), Config: object{"IdentityPoolName": i.IdentityPoolName},
			}
			if id := aws.ToString(i.IdentityPoolId); id != "" {
				o.ExternalID = s.arn("cognito-identity", "identitypool/"+id)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.describe(ctx, s, o, i.IdentityPoolId); err != nil {
				return err
			}
			if err := p.readRoles(ctx, s, o, i.IdentityPoolId); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *cognitoIdentityPools) describe(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	return ask(ctx, s, o, aside{paths: cognitoIdentityDescribed, gone: []string{cognitoGone}},
		cognitoIdentityPoolsClient(s).DescribeIdentityPool, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: id},
		func(got *cognitoidentity.DescribeIdentityPoolOutput) {
			o.Config = p.pools.Project(got)
			tags := make([]any, 0, len(got.IdentityPoolTags))
			for key, value := range got.IdentityPoolTags {
				tags = append(tags, object{"Key": key, "Value": value})
			}
			o.Config["IdentityPoolTags"], o.Tags = tags, got.IdentityPoolTags
		})
}

// readRoles reads which roles the pool gives. The rules by which it chooses one are taken in order.
func (p *cognitoIdentityPools) readRoles(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	return ask(ctx, s, o, aside{paths: []string{cognitoRoles}, gone: []string{cognitoGone}},
		cognitoIdentityPoolsClient(s).GetIdentityPoolRoles, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: id},
		func(got *cognitoidentity.GetIdentityPoolRolesOutput) {
			o.Config[cognitoRoles] = object{"RoleMappings": got.RoleMappings, "Roles": got.Roles}
		})
}
