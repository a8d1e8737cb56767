package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// collectProtected reads which resources have backups. When the newest was made is a fact, to the day, and which one it is isn't kept:
// there may be another every hour.
func (p *backupProjectors) collectProtected(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := backupClient(s).ListProtectedResources(ctx, &backup.ListProtectedResourcesInput{
			MaxResults: aws.Int32(backupPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.Results {
			if err := s.emit(ctx, out, p.protectedResource(s, &page.Results[i])); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}

// protectedResource makes the observation that a resource has backups. AWS has no ARN for that; its external id holds the
// resource's own: "arn:aws:backup:eu-west-1:123456789012:protected-resource/arn:aws:...".
func (p *backupProjectors) protectedResource(s *session, r *types.ProtectedResource) *audit.Observation {
	o := &audit.Observation{
		Type: "backup_protected_resource", Name: aws.ToString(r.ResourceName), Config: p.protected.Project(r),
		Facts: object{
			"LastBackupDate": dayOf(r.LastBackupTime), "LastBackupVaultArn": r.LastBackupVaultArn,
		},
	}
	if arn := aws.ToString(r.ResourceArn); arn != "" {
		o.ExternalID = s.arn("backup", "protected-resource/"+arn)
	}
	return o
}
