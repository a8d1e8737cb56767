package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// rdsCollector reads Amazon RDS (RDS API reference), and DocumentDB and Neptune, whose clusters and instances the same
// listings tell.
func rdsCollector() *collector {
	p := newRDSProjectors()
	return &collector{
		service: "rds",
		listings: []listing{
			{
				types:   []string{"rds_instance", docdbInstance, neptuneInstance},
				actions: []string{"rds:DescribeDBInstances"}, page: rdsPageSize, collect: p.collectInstances,
			},
			{
				types:   []string{"rds_cluster", docdbCluster, neptuneCluster},
				actions: []string{"rds:DescribeDBClusters"}, page: rdsPageSize, collect: p.collectClusters,
			},
			{
				types:   []string{"rds_snapshot"},
				actions: []string{"rds:DescribeDBSnapshots", "rds:DescribeDBSnapshotAttributes"},
				page:    rdsPageSize,
				each:    []each{{action: "rds:DescribeDBSnapshotAttributes", of: "manual snapshot", because: "no listing tells whom it is shared with"}},
				collect: p.collectSnapshots,
			},
			{
				types:   []string{"rds_cluster_snapshot"},
				actions: []string{"rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusterSnapshotAttributes"},
				page:    rdsPageSize,
				each:    []each{{action: "rds:DescribeDBClusterSnapshotAttributes", of: "manual snapshot", because: "no listing tells whom it is shared with"}},
				collect: p.collectClusterSnapshots,
			},
			{
				types:   []string{"rds_subnet_group"},
				actions: []string{"rds:DescribeDBSubnetGroups", "rds:ListTagsForResource"},
				page:    rdsPageSize,
				each:    []each{{action: "rds:ListTagsForResource", of: "subnet group", because: "`DescribeDBSubnetGroups` leaves tags out"}},
				collect: p.collectSubnetGroups,
			},
		},
		events: map[string]map[string][]string{
			"AddRoleToDBCluster":               {"rds_cluster": {"AssociatedRoles"}, neptuneCluster: {"AssociatedRoles"}},
			"AddRoleToDBInstance":              {"rds_instance": {"AssociatedRoles"}},
			"RemoveRoleFromDBCluster":          {"rds_cluster": {"AssociatedRoles"}, neptuneCluster: {"AssociatedRoles"}},
			"RemoveRoleFromDBInstance":         {"rds_instance": {"AssociatedRoles"}},
			"ModifyDBSnapshotAttribute":        {"rds_snapshot": {"DBSnapshotAttributes"}},
			"ModifyDBClusterSnapshotAttribute": {"rds_cluster_snapshot": {"DBClusterSnapshotAttributes"}},
			"ModifyDBSubnetGroup":              {"rds_subnet_group": {"DBSubnetGroupDescription", "SubnetIds"}},
			"EnableHttpEndpoint":               {"rds_cluster": {"EnableHttpEndpoint"}},
			"DisableHttpEndpoint":              {"rds_cluster": {"EnableHttpEndpoint"}},
			"AddTagsToResource":                rdsTagged(),
			"RemoveTagsFromResource":           rdsTagged(),
		},
	}
}

func rdsTagged() map[string][]string {
	tags := []string{"Tags"}
	return map[string][]string{
		"rds_instance": tags, "rds_cluster": tags, "rds_snapshot": tags, "rds_cluster_snapshot": tags, "rds_subnet_group": tags,
		docdbCluster: tags, docdbInstance: tags, neptuneCluster: tags, neptuneInstance: tags,
	}
}

func rdsClient(s *session) *rds.Client {
	return client(s, func(c aws.Config) *rds.Client { return rds.NewFromConfig(c) })
}

// rdsPageSize is the most that RDS returns at once.
const rdsPageSize = 100

// engine tells whose a database is.
type engine uint8

const (
	engineRDS engine = iota // any of RDS's own
	engineDocDB
	engineNeptune
)

func engineOf(name *string) engine {
	switch strings.ToLower(aws.ToString(name)) {
	case "docdb":
		return engineDocDB
	case "neptune":
		return engineNeptune
	}
	return engineRDS
}

// rdsStatus reads a status as ours: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
func rdsStatus(status *string) audit.ResourceStatus {
	switch aws.ToString(status) {
	case "stopped", "stopping":
		return audit.ResourceStopped
	}
	return audit.ResourceActive
}

func (p *rdsProjectors) collectInstances(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := rdsClient(s).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
			MaxRecords: aws.Int32(rdsPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.DBInstances {
			if err := p.emitInstance(ctx, s, out, &page.DBInstances[i]); err != nil {
				return nil, err
			}
		}
		return page.Marker, nil
	})
}

func (p *rdsProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := rdsClient(s).DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{
			MaxRecords: aws.Int32(rdsPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.DBClusters {
			if err := p.emitCluster(ctx, s, out, &page.DBClusters[i]); err != nil {
				return nil, err
			}
		}
		return page.Marker, nil
	})
}

// collectSubnetGroups reads the subnet groups. RDS, DocumentDB and Neptune share them: nothing tells whose they are.
func (p *rdsProjectors) collectSubnetGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := rdsClient(s).DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{
			MaxRecords: aws.Int32(rdsPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.DBSubnetGroups, func(ctx context.Context, g types.DBSubnetGroup) error {
			o := p.subnetGroup(&g)
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
				tags, err := rdsClient(s).ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: g.DBSubnetGroupArn})
				if err == nil {
					o.Config["Tags"] = p.subnetGroups.ProjectAt("Tags", tags.TagList)
				}
				return goneIf(err, "DBSubnetGroupNotFoundFault", "DBSubnetGroupNotFound")
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}
