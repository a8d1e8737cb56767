package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// redshiftCollector reads Amazon Redshift (Redshift API reference).
func redshiftCollector() *collector {
	p := &redshiftProjectors{clusters: projectorOf("redshift_cluster", map[string]string{
		// What the API has in other words; see cluster.
		"Cluster.ClusterSecurityGroups": "", "Cluster.MultiAZ": "", "Cluster.Endpoint": "", "Cluster.AvailabilityZoneRelocationStatus": "",
		"Cluster.IamRoles": "", "Cluster.AvailabilityZone": "",
	})}
	cluster := func(paths ...string) map[string][]string { return map[string][]string{"redshift_cluster": paths} }
	return &collector{
		service: "redshift",
		listings: []listing{{
			types: []string{"redshift_cluster"}, actions: []string{"redshift:DescribeClusters", "redshift:DescribeLoggingStatus"},
			page:    redshiftPage,
			each:    []each{{action: "redshift:DescribeLoggingStatus", of: "cluster", because: "`DescribeClusters` leaves logging out"}},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"EnableLogging":                     cluster("LoggingProperties"),
			"DisableLogging":                    cluster("LoggingProperties"),
			"EnableSnapshotCopy":                cluster("DestinationRegion", "SnapshotCopyGrantName", "SnapshotCopyManual", "SnapshotCopyRetentionPeriod"),
			"DisableSnapshotCopy":               cluster("DestinationRegion", "SnapshotCopyGrantName", "SnapshotCopyManual", "SnapshotCopyRetentionPeriod"),
			"ModifySnapshotCopyRetentionPeriod": cluster("SnapshotCopyRetentionPeriod"),
			"ModifyClusterIamRoles":             cluster("IamRoles"),
			"ResizeCluster":                     cluster("ClusterType", "NodeType", "NumberOfNodes"),
			"ModifyClusterMaintenance":          cluster("DeferMaintenanceEndTime", "DeferMaintenanceStartTime"),
			"CreateTags":                        cluster("Tags"),
			"DeleteTags":                        cluster("Tags"),
		},
	}
}

func redshiftClient(s *session) *redshift.Client {
	return client(s, func(c aws.Config) *redshift.Client { return redshift.NewFromConfig(c) })
}

// redshiftPage is the most that Redshift returns at once.
const redshiftPage = 100

// redshiftProjectors turn the answers of the Redshift API into configurations.
type redshiftProjectors struct{ clusters *shape.Projector }

func (p *redshiftProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := redshiftClient(s).DescribeClusters(ctx, &redshift.DescribeClustersInput{MaxRecords: aws.Int32(redshiftPage), Marker: token})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.Clusters, func(ctx context.Context, k types.Cluster) error {
			o := p.cluster(s, &k)
			if aws.ToString(k.ClusterStatus) == "deleting" || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if o.ExternalID != "" {
				if err := p.readLogging(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readLogging reads where a cluster logs to, which no listing tells. A cluster that doesn't log has no such properties.
func (p *redshiftProjectors) readLogging(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"LoggingProperties"}, func(ctx context.Context) error {
		got, err := redshiftClient(s).DescribeLoggingStatus(ctx, &redshift.DescribeLoggingStatusInput{ClusterIdentifier: aws.String(o.Name)})
		if err != nil {
			return goneIf(err, "ClusterNotFound", "ClusterNotFoundFault")
		}
		o.Facts["LoggingEnabled"], o.Facts["LastFailureMessage"] = got.LoggingEnabled, got.LastFailureMessage
		if aws.ToBool(got.LoggingEnabled) {
			o.Config["LoggingProperties"] = object{
				"BucketName": got.BucketName, "S3KeyPrefix": got.S3KeyPrefix, "LogDestinationType": told(got.LogDestinationType),
				"LogExports": got.LogExports,
			}
		}
		return nil
	})
}

// cluster makes an observation of a cluster. Its external id is the ARN that the Service Authorization Reference writes;
// the API answers that of its namespace, which is another one after a restore.
func (p *redshiftProjectors) cluster(s *session, k *types.Cluster) *audit.Observation {
	c := p.clusters.Project(k)
	if n := aws.ToInt32(k.NumberOfNodes); n == 1 {
		c["ClusterType"] = "single-node"
		delete(c, "NumberOfNodes") // which is declared of more than one
	} else if n > 1 {
		c["ClusterType"] = "multi-node"
	}
	if len(k.ClusterParameterGroups) > 0 {
		c["ClusterParameterGroupName"] = k.ClusterParameterGroups[0].ParameterGroupName
	}
	switch aws.ToString(k.MultiAZ) {
	case "Enabled", "enabled":
		c["MultiAZ"] = true
	case "Disabled", "disabled":
		c["MultiAZ"] = false
	}
	switch aws.ToString(k.AvailabilityZoneRelocationStatus) {
	case "enabled", "pending_enabling":
		c["AvailabilityZoneRelocation"] = true
	case "disabled", "pending_disabling":
		c["AvailabilityZoneRelocation"] = false
	}
	var roles, groups, classic []any
	for _, r := range k.IamRoles {
		if aws.ToString(r.ApplyStatus) != "removing" {
			roles = append(roles, r.IamRoleArn)
		}
	}
	for _, g := range k.VpcSecurityGroups {
		if aws.ToString(g.Status) != "removing" {
			groups = append(groups, g.VpcSecurityGroupId)
		}
	}
	for _, g := range k.ClusterSecurityGroups {
		classic = append(classic, g.ClusterSecurityGroupName)
	}
	c["IamRoles"], c["VpcSecurityGroupIds"], c["ClusterSecurityGroups"] = roles, groups, classic
	if copied := k.ClusterSnapshotCopyStatus; copied != nil {
		c["DestinationRegion"], c["SnapshotCopyGrantName"] = copied.DestinationRegion, copied.SnapshotCopyGrantName
		if days := aws.ToInt64(copied.RetentionPeriod); days != 0 {
			c["SnapshotCopyRetentionPeriod"] = days
		}
	}
	if h := k.HsmStatus; h != nil {
		c["HsmClientCertificateIdentifier"], c["HsmConfigurationIdentifier"] = h.HsmClientCertificateIdentifier, h.HsmConfigurationIdentifier
	}
	if e := k.ElasticIpStatus; e != nil {
		c["ElasticIp"] = e.ElasticIp
	}
	o := &audit.Observation{
		Type: "redshift_cluster", Name: aws.ToString(k.ClusterIdentifier), Config: c,
		Facts: object{
			"ClusterStatus": k.ClusterStatus, "ClusterCreateTime": k.ClusterCreateTime, "ClusterNamespaceArn": k.ClusterNamespaceArn,
			"AvailabilityZone": k.AvailabilityZone, "VpcId": k.VpcId, "ClusterRevisionNumber": k.ClusterRevisionNumber,
			"MasterPasswordSecretArn": k.MasterPasswordSecretArn,
			"PendingModifications":    k.PendingModifiedValues != nil && plain(k.PendingModifiedValues) != nil,
		},
	}
	if o.Name != "" {
		o.ExternalID = s.arn("redshift", "cluster:"+o.Name)
	}
	if e := k.Endpoint; e != nil {
		c["Port"], o.Facts["EndpointAddress"] = e.Port, e.Address
	}
	if aws.ToString(k.ClusterStatus) == "paused" {
		o.Status = audit.ResourceStopped
	}
	return o
}
