package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// cognitoUserPoolsCollector reads the user pools of Amazon Cognito (Amazon Cognito user pools API reference). Their users
// are never read. DescribeUserPoolClient isn't called, since it answers the client's secret too.
func cognitoUserPoolsCollector() *collector {
	p := &cognitoUserPools{pools: projectorOf("cognito_user_pool", map[string]string{
		"UserPoolType.Name": "UserPoolName", "UserPoolType.SchemaAttributes": "Schema",
	})}
	pool := func(paths ...string) map[string][]string { return map[string][]string{"cognito_user_pool": paths} }
	return &collector{
		service: "cognito-idp",
		listings: []listing{{
			types: []string{"cognito_user_pool"},
			actions: []string{
				"cognito-idp:ListUserPools", "cognito-idp:DescribeUserPool", "cognito-idp:DescribeUserPoolDomain",
				"cognito-idp:GetUserPoolMfaConfig", "cognito-idp:ListUserPoolClients",
			},
			page: cognitoPage,
			each: []each{
				{action: "cognito-idp:DescribeUserPool", of: "user pool", because: "the listing tells names and triggers"},
				{
					action: "cognito-idp:DescribeUserPoolDomain", of: "domain of a user pool", other: true,
					because: "a user pool has its domains' names and nothing else of them",
				},
				{action: "cognito-idp:GetUserPoolMfaConfig", of: "user pool", because: "nothing else tells which second factors there are"},
				{action: "cognito-idp:ListUserPoolClients", of: "user pool", because: "clients are listed by user pool"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AddCustomAttributes":  pool("Schema"),
			"SetUserPoolMfaConfig": pool(append([]string{"MfaConfiguration", "SmsAuthenticationMessage", "SmsConfiguration"}, cognitoFactors...)...),
			"CreateUserPoolClient": pool(cognitoClients),
			"UpdateUserPoolClient": pool(cognitoClients),
			"DeleteUserPoolClient": pool(cognitoClients),
			"CreateUserPoolDomain": pool(cognitoDomains),
			"UpdateUserPoolDomain": pool(cognitoDomains),
			"DeleteUserPoolDomain": pool(cognitoDomains),
			"TagResource":          pool("UserPoolTags"),
			"UntagResource":        pool("UserPoolTags"),
		},
	}
}

const (
	cognitoClients = "AWS::Cognito::UserPoolClient"
	cognitoDomains = "AWS::Cognito::UserPoolDomain"
	// cognitoPage is the most that both of Cognito's APIs return at once.
	cognitoPage = 60
	// cognitoGone is the code that says that a pool, or something of it, vanished.
	cognitoGone = "ResourceNotFoundException"
)

var (
	// cognitoDescribed are what DescribeUserPool tells, and the listing doesn't.
	cognitoDescribed = []string{
		cognitoDomains, "AccountRecoverySetting", "AdminCreateUserConfig", "AliasAttributes", "AutoVerifiedAttributes",
		"DeletionProtection", "DeviceConfiguration", "EmailConfiguration", "EmailVerificationMessage", "EmailVerificationSubject",
		"IssuerConfiguration", "KeyConfiguration", "LambdaConfig", "MfaConfiguration", "Policies", "Schema", "SmsAuthenticationMessage",
		"SmsConfiguration", "SmsVerificationMessage", "UserAttributeUpdateSettings", "UserPoolAddOns", "UserPoolTags", "UserPoolTier", "UsernameAttributes",
		"UsernameConfiguration", "VerificationMessageTemplate",
	}
	// cognitoFactors are what only GetUserPoolMfaConfig tells.
	cognitoFactors = []string{
		"EmailAuthenticationMessage", "EmailAuthenticationSubject", "EnabledMfas", "WebAuthnFactorConfiguration", "WebAuthnRelyingPartyID",
		"WebAuthnUserVerification",
	}
)

func cognitoUserPoolsClient(s *session) *cognito.Client {
	return client(s, func(c aws.Config) *cognito.Client { return cognito.NewFromConfig(c) })
}

// cognitoUserPools turns the answers of the API into configurations.
type cognitoUserPools struct{ pools *shape.Projector }

func (p *cognitoUserPools) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := cognitoUserPoolsClient(s).ListUserPools(ctx, &cognito.ListUserPoolsInput{
			MaxResults: aws.Int32(cognitoPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.UserPools, func(ctx context.Context, u types.UserPoolDescriptionType) error {
			o := &audit.Observation{
				Type: "cognito_user_pool", Name: aws.ToString(u.Name), Facts: object{"CreationDate": u.CreationDate},
				Config: object{"UserPoolName": u.Name},
			}
			if id := aws.ToString(u.Id); id != "" {
				o.ExternalID = s.arn("cognito-idp", "userpool/"+id)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			for _, read := range []func(context.Context, *session, *audit.Observation, *string) error{
				p.describe, p.readFactors, p.readClients,
			} {
				if err := read(ctx, s, o, u.Id); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// describe reads most of a user pool, and the domains that it says it has.
func (p *cognitoUserPools) describe(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	var domains []*string
	err := ask(ctx, s, o, aside{paths: cognitoDescribed, gone: []string{cognitoGone}},
		cognitoUserPoolsClient(s).DescribeUserPool, &cognito.DescribeUserPoolInput{UserPoolId: id},
		func(got *cognito.DescribeUserPoolOutput) {
			u := got.UserPool
			if u == nil {
				return
			}
			maps.Copy(o.Config, p.pools.Project(u))
			o.Tags = u.UserPoolTags
			o.Facts["EmailConfigurationFailure"], o.Facts["SmsConfigurationFailure"] = u.EmailConfigurationFailure, u.SmsConfigurationFailure
			domains = []*string{u.Domain, u.CustomDomain}
		})
	if err != nil {
		return err
	}
	var all []any
	for _, name := range domains {
		if aws.ToString(name) == "" {
			continue
		}
		err := ask(ctx, s, o, aside{paths: []string{cognitoDomains}}, cognitoUserPoolsClient(s).DescribeUserPoolDomain,
			&cognito.DescribeUserPoolDomainInput{Domain: name}, func(got *cognito.DescribeUserPoolDomainOutput) {
				// Of a domain that vanished the answer is empty.
				if d := got.DomainDescription; d != nil && d.Domain != nil && d.Status != types.DomainStatusTypeDeleting {
					all = append(all, p.pools.ProjectAt(cognitoDomains+"[*]", d))
				}
			})
		if err != nil {
			return err
		}
	}
	o.Config[cognitoDomains] = all
	return nil
}

// readFactors reads which factors users may sign in with, besides their passwords. A kind of code is in use where the API
// answers how it is sent.
func (p *cognitoUserPools) readFactors(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	return ask(ctx, s, o, aside{paths: cognitoFactors, gone: []string{cognitoGone}},
		cognitoUserPoolsClient(s).GetUserPoolMfaConfig, &cognito.GetUserPoolMfaConfigInput{UserPoolId: id},
		func(got *cognito.GetUserPoolMfaConfigOutput) {
			var enabled []any
			if got.SmsMfaConfiguration != nil {
				enabled = append(enabled, "SMS_MFA")
			}
			if t := got.SoftwareTokenMfaConfiguration; t != nil && t.Enabled {
				enabled = append(enabled, "SOFTWARE_TOKEN_MFA")
			}
			if e := got.EmailMfaConfiguration; e != nil {
				enabled = append(enabled, "EMAIL_OTP")
				o.Config["EmailAuthenticationMessage"], o.Config["EmailAuthenticationSubject"] = e.Message, e.Subject
			}
			o.Config["EnabledMfas"] = enabled
			if w := got.WebAuthnConfiguration; w != nil {
				o.Config["WebAuthnFactorConfiguration"] = told(w.FactorConfiguration)
				o.Config["WebAuthnRelyingPartyID"], o.Config["WebAuthnUserVerification"] = w.RelyingPartyId, told(w.UserVerification)
			}
		})
}

func (p *cognitoUserPools) readClients(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	return s.detail(ctx, o, []string{cognitoClients}, func(ctx context.Context) error {
		var all []types.UserPoolClientDescription
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := cognitoUserPoolsClient(s).ListUserPoolClients(ctx, &cognito.ListUserPoolClientsInput{
				UserPoolId: id, MaxResults: aws.Int32(cognitoPage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, page.UserPoolClients...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config[cognitoClients] = p.pools.ProjectAt(cognitoClients, all)
		}
		return goneIf(err, cognitoGone)
	})
}
