package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// The properties that hold what CloudFormation has types of their own for.
const (
	secretPolicy   = "AWS::SecretsManager::ResourcePolicy"
	secretRotation = "AWS::SecretsManager::RotationSchedule"
)

// secretsManagerCollector reads AWS Secrets Manager (Secrets Manager API reference). It never asks for a value.
func secretsManagerCollector() *collector {
	p := &secrets{projectorOf("secretsmanager_secret", nil)}
	secret := func(paths ...string) map[string][]string { return map[string][]string{"secretsmanager_secret": paths} }
	return &collector{
		service: "secretsmanager",
		listings: []listing{{
			types:   []string{"secretsmanager_secret"},
			actions: []string{"secretsmanager:ListSecrets", "secretsmanager:GetResourcePolicy"},
			page:    100,
			each:    []each{{action: "secretsmanager:GetResourcePolicy", of: "secret", because: "`ListSecrets` leaves policies out"}},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"CancelRotateSecret":   secret(secretRotation),
			"DeleteResourcePolicy": secret(secretPolicy),
			"PutResourcePolicy":    secret(secretPolicy),
			"RotateSecret":         secret(secretRotation),
			"TagResource":          secret("Tags"),
			"UntagResource":        secret("Tags"),
			"UpdateSecret":         secret("Description", "KmsKeyId", "Type"),
		},
	}
}

func secretsManagerClient(s *session) *secretsmanager.Client {
	return client(s, func(c aws.Config) *secretsmanager.Client { return secretsmanager.NewFromConfig(c) })
}

// secrets turns the answers of the Secrets Manager API into configurations.
type secrets struct{ secrets *shape.Projector }

// collect reads the secrets, but for those that wait to be deleted, which ListSecrets leaves out.
func (p *secrets) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := secretsManagerClient(s).ListSecrets(ctx, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(100), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.SecretList, func(ctx context.Context, e types.SecretListEntry) error {
			if e.DeletedDate != nil {
				return nil
			}
			o := p.secret(&e)
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				err := ask(ctx, s, o, aside{paths: []string{secretPolicy}, gone: []string{"ResourceNotFoundException"}},
					secretsManagerClient(s).GetResourcePolicy, &secretsmanager.GetResourcePolicyInput{SecretId: e.ARN},
					func(got *secretsmanager.GetResourcePolicyOutput) {
						if policy := aws.ToString(got.ResourcePolicy); policy != "" {
							o.Config[secretPolicy] = object{"ResourcePolicy": policy}
						}
					})
				if err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *secrets) secret(e *types.SecretListEntry) *audit.Observation {
	c := p.secrets.Project(e)
	if aws.ToBool(e.RotationEnabled) {
		c[secretRotation] = p.secrets.ProjectAt(secretRotation, e)
	}
	facts := object{
		"CreatedDate": e.CreatedDate, "LastChangedDate": e.LastChangedDate, "LastRotatedDate": e.LastRotatedDate,
		"OwningService": e.OwningService, "PrimaryRegion": e.PrimaryRegion, "RotationEnabled": e.RotationEnabled,
	}
	if e.LastAccessedDate != nil {
		facts["LastAccessedDate"] = day(e.LastAccessedDate)
	}
	return &audit.Observation{
		Type: "secretsmanager_secret", ExternalID: aws.ToString(e.ARN), Name: aws.ToString(e.Name), Config: c, Facts: facts,
	}
}
