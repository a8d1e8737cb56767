package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// manualSnapshots is the only type of snapshot that is read. Automated ones come and go with their instance's backup
// window and can't be shared, which is what matters about a snapshot.
const manualSnapshots = "manual"

// collectSnapshots reads the manual snapshots, and of each with whom it is shared: a call for each, because the bulk
// call that tells public snapshots apart returns everybody's.
func (p *rdsProjectors) collectSnapshots(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := rdsClient(s).DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{
			SnapshotType: aws.String(manualSnapshots), MaxRecords: aws.Int32(rdsPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.DBSnapshots, func(ctx context.Context, d types.DBSnapshot) error {
			if engineOf(d.Engine) != engineRDS || !isManual(d.SnapshotType) {
				return nil
			}
			o := p.snapshot(&d)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			return p.emitShared(ctx, s, out, o, "DBSnapshotAttributes", func(ctx context.Context) (any, error) {
				got, err := rdsClient(s).DescribeDBSnapshotAttributes(ctx, &rds.DescribeDBSnapshotAttributesInput{
					DBSnapshotIdentifier: d.DBSnapshotIdentifier,
				})
				if err != nil || got.DBSnapshotAttributesResult == nil {
					return nil, goneIf(err, "DBSnapshotNotFound", "DBSnapshotNotFoundFault")
				}
				return p.snapshots.ProjectAt("DBSnapshotAttributes", got.DBSnapshotAttributesResult.DBSnapshotAttributes), nil
			})
		})
	})
}

func (p *rdsProjectors) collectClusterSnapshots(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := rdsClient(s).DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{
			SnapshotType: aws.String(manualSnapshots), MaxRecords: aws.Int32(rdsPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.DBClusterSnapshots, func(ctx context.Context, d types.DBClusterSnapshot) error {
			if engineOf(d.Engine) != engineRDS || !isManual(d.SnapshotType) {
				return nil
			}
			o := p.clusterSnapshot(&d)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			return p.emitShared(ctx, s, out, o, "DBClusterSnapshotAttributes", func(ctx context.Context) (any, error) {
				got, err := rdsClient(s).DescribeDBClusterSnapshotAttributes(ctx, &rds.DescribeDBClusterSnapshotAttributesInput{
					DBClusterSnapshotIdentifier: d.DBClusterSnapshotIdentifier,
				})
				if err != nil || got.DBClusterSnapshotAttributesResult == nil {
					return nil, goneIf(err, "DBClusterSnapshotNotFoundFault")
				}
				attributes := got.DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes
				return p.clusterSnapshots.ProjectAt("DBClusterSnapshotAttributes", attributes), nil
			})
		})
	})
}

// emitShared emits a snapshot with the attributes that say who may restore it.
func (p *rdsProjectors) emitShared(
	ctx context.Context, s *session, out inventory.Emitter, o *audit.Observation, path string,
	attributes func(context.Context) (any, error),
) error {
	err := s.detail(ctx, o, []string{path}, func(ctx context.Context) error {
		v, err := attributes(ctx)
		o.Config[path] = v
		return err
	})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}

// isManual tells the snapshots that were asked for from others that something that plays RDS may return.
func isManual(snapshotType *string) bool {
	return snapshotType == nil || *snapshotType == manualSnapshots
}
