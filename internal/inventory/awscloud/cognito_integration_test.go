//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func cognitoUserPoolsOfMoto() motoService {
	return motoService{
		service: "cognito-idp", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), cognito.NewFromConfig(e.plainConfig())
			var arns []string
			for _, name := range []string{"main", "other"} {
				pool := must(api.CreateUserPool(ctx, &cognito.CreateUserPoolInput{
					PoolName: s(name), MfaConfiguration: types.UserPoolMfaTypeOff, UserPoolTags: map[string]string{"env": "prod"},
				}))(t).UserPool
				must(api.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{UserPoolId: pool.Id, ClientName: s("web")}))(t)
				must(api.CreateUserPoolDomain(ctx, &cognito.CreateUserPoolDomainInput{UserPoolId: pool.Id, Domain: s(name + "-auth")}))(t)
				arns = append(arns, *pool.Arn)
			}
			return map[string][]string{"cognito_user_pool": arns}
		},
	}
}

func cognitoIdentityPoolsOfMoto() motoService {
	return motoService{
		service: "cognito-identity", region: motoserver.Region, lacks: []string{"cognito-identity:GetIdentityPoolRoles"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), cognitoidentity.NewFromConfig(e.plainConfig())
			var arns []string
			for _, name := range []string{"main", "other"} {
				pool := must(api.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{
					IdentityPoolName: aws.String(name), AllowUnauthenticatedIdentities: true, IdentityPoolTags: map[string]string{"env": "prod"},
				}))(t)
				arns = append(arns, "arn:aws:cognito-identity:"+motoserver.Region+":123456789012:identitypool/"+*pool.IdentityPoolId)
			}
			return map[string][]string{"cognito_identity_pool": arns}
		},
	}
}
