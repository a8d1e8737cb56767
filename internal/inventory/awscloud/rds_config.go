package awscloud

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// rdsProjectors turn the answers of the RDS API into configurations.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_RDS.html
type rdsProjectors struct {
	instances, clusters, snapshots, clusterSnapshots, subnetGroups *shape.Projector

	engines engineProjectors
}

func newRDSProjectors() *rdsProjectors {
	tags := map[string]string{"TagList": "Tags"}
	instance := map[string]string{
		"DBInstance.IAMDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
		"DBInstance.EnabledCloudwatchLogsExports":     "EnableCloudwatchLogsExports",
		"DBInstance.PerformanceInsightsEnabled":       "EnablePerformanceInsights",
		"DBInstance.DBSecurityGroups":                 "", // see instance
	}
	cluster := map[string]string{
		"DBCluster.IAMDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
		"DBCluster.EnabledCloudwatchLogsExports":     "EnableCloudwatchLogsExports",
		"DBCluster.GlobalWriteForwardingRequested":   "EnableGlobalWriteForwarding",
		"DBCluster.HttpEndpointEnabled":              "EnableHttpEndpoint",
		"DBCluster.DBSubnetGroup":                    "DBSubnetGroupName",
		"DBCluster.DBClusterParameterGroup":          "DBClusterParameterGroupName",
		"DBCluster.ScalingConfigurationInfo":         "ScalingConfiguration",
		// What the others have in CloudFormation too, but only at creation or in other words.
		"DBCluster.ClusterScalabilityType": "",
	}
	maps.Copy(instance, tags)
	maps.Copy(cluster, tags)
	return &rdsProjectors{
		instances:        projectorOf("rds_instance", instance),
		clusters:         projectorOf("rds_cluster", cluster),
		snapshots:        projectorOf("rds_snapshot", tags),
		clusterSnapshots: projectorOf("rds_cluster_snapshot", tags),
		subnetGroups:     projectorOf("rds_subnet_group", nil),
		engines:          newEngineProjectors(),
	}
}

func (p *rdsProjectors) instance(d *types.DBInstance) *audit.Observation {
	c := p.instances.Project(d)
	c["ManageMasterUserPassword"] = d.MasterUserSecret != nil
	c["VPCSecurityGroups"] = rdsSecurityGroups(d.VpcSecurityGroups)
	groups := make([]*string, 0, len(d.DBSecurityGroups))
	for _, g := range d.DBSecurityGroups {
		groups = append(groups, g.DBSecurityGroupName)
	}
	c["DBSecurityGroups"] = groups
	if d.DBSubnetGroup != nil {
		c["DBSubnetGroupName"] = d.DBSubnetGroup.DBSubnetGroupName
	}
	if len(d.DBParameterGroups) > 0 {
		c["DBParameterGroupName"] = d.DBParameterGroups[0].DBParameterGroupName
	}
	if len(d.OptionGroupMemberships) > 0 {
		c["OptionGroupName"] = d.OptionGroupMemberships[0].OptionGroupName
	}
	if len(d.DomainMemberships) > 0 { // of a directory that AWS manages, or of the customer's own
		m := &d.DomainMemberships[0]
		c["Domain"], c["DomainIAMRoleName"] = m.Domain, m.IAMRoleName
		c["DomainFqdn"], c["DomainOu"], c["DomainAuthSecretArn"], c["DomainDnsIps"] = m.FQDN, m.OU, m.AuthSecretArn, m.DnsIps
	}
	// DbInstancePort is 0 but for a moment of the instance's life.
	if d.Endpoint != nil && d.Endpoint.Port != nil {
		c["Port"] = d.Endpoint.Port
	} else if aws.ToInt32(d.DbInstancePort) != 0 {
		c["Port"] = d.DbInstancePort
	}
	if r := d.DBInstanceAutomatedBackupsReplications; len(r) > 0 {
		if at, err := arn.Parse(aws.ToString(r[0].DBInstanceAutomatedBackupsArn)); err == nil {
			c["AutomaticBackupReplicationRegion"] = at.Region
		}
	}
	facts := object{
		"DBInstanceStatus": d.DBInstanceStatus, "InstanceCreateTime": d.InstanceCreateTime, "DbiResourceId": d.DbiResourceId,
		"CertificateValidTill":                  certificateEnd(d.CertificateDetails),
		"ReadReplicaSourceDBInstanceIdentifier": d.ReadReplicaSourceDBInstanceIdentifier,
		"ReadReplicaDBInstanceIdentifiers":      d.ReadReplicaDBInstanceIdentifiers,
		"ActivityStreamStatus":                  told(d.ActivityStreamStatus),
		"PendingModifications":                  d.PendingModifiedValues != nil && plain(d.PendingModifiedValues) != nil,
	}
	if d.Endpoint != nil {
		facts["EndpointAddress"] = d.Endpoint.Address
	}
	if d.DBSubnetGroup != nil {
		facts["VpcId"] = d.DBSubnetGroup.VpcId
	}
	return &audit.Observation{
		Type: "rds_instance", ExternalID: aws.ToString(d.DBInstanceArn), Name: aws.ToString(d.DBInstanceIdentifier),
		Status: rdsStatus(d.DBInstanceStatus), Config: c, Facts: facts,
	}
}

func (p *rdsProjectors) cluster(d *types.DBCluster) *audit.Observation {
	c := p.clusters.Project(d)
	c["ManageMasterUserPassword"] = d.MasterUserSecret != nil
	c["VpcSecurityGroupIds"] = rdsSecurityGroups(d.VpcSecurityGroups)
	if len(d.DomainMemberships) > 0 {
		c["Domain"], c["DomainIAMRoleName"] = d.DomainMemberships[0].Domain, d.DomainMemberships[0].IAMRoleName
	}
	switch d.LocalWriteForwardingStatus {
	case types.LocalWriteForwardingStatusEnabled, types.LocalWriteForwardingStatusEnabling,
		types.LocalWriteForwardingStatusRequested:
		c["EnableLocalWriteForwarding"] = true
	case types.LocalWriteForwardingStatusDisabled, types.LocalWriteForwardingStatusDisabling:
		c["EnableLocalWriteForwarding"] = false
	}
	members := make([]*string, 0, len(d.DBClusterMembers))
	for _, m := range d.DBClusterMembers {
		members = append(members, m.DBInstanceIdentifier)
	}
	return &audit.Observation{
		Type: "rds_cluster", ExternalID: aws.ToString(d.DBClusterArn), Name: aws.ToString(d.DBClusterIdentifier),
		Status: rdsStatus(d.Status), Config: c,
		Facts: object{
			"Status": d.Status, "ClusterCreateTime": d.ClusterCreateTime, "DbClusterResourceId": d.DbClusterResourceId,
			"EndpointAddress": d.Endpoint, "MultiAZ": d.MultiAZ, "DBClusterMembers": members,
			"ActivityStreamStatus": told(d.ActivityStreamStatus),
			"PendingModifications": d.PendingModifiedValues != nil && plain(d.PendingModifiedValues) != nil,
		},
	}
}

func (p *rdsProjectors) snapshot(d *types.DBSnapshot) *audit.Observation {
	return &audit.Observation{
		Type: "rds_snapshot", ExternalID: aws.ToString(d.DBSnapshotArn), Name: aws.ToString(d.DBSnapshotIdentifier),
		Config: p.snapshots.Project(d),
		Facts: object{
			"Status": d.Status, "SnapshotCreateTime": d.SnapshotCreateTime, "InstanceCreateTime": d.InstanceCreateTime,
			"OriginalSnapshotCreateTime": d.OriginalSnapshotCreateTime, "DbiResourceId": d.DbiResourceId,
		},
	}
}

func (p *rdsProjectors) clusterSnapshot(d *types.DBClusterSnapshot) *audit.Observation {
	return &audit.Observation{
		Type: "rds_cluster_snapshot", ExternalID: aws.ToString(d.DBClusterSnapshotArn),
		Name: aws.ToString(d.DBClusterSnapshotIdentifier), Config: p.clusterSnapshots.Project(d),
		Facts: object{
			"Status": d.Status, "SnapshotCreateTime": d.SnapshotCreateTime, "ClusterCreateTime": d.ClusterCreateTime,
			"DbClusterResourceId": d.DbClusterResourceId,
		},
	}
}

func (p *rdsProjectors) subnetGroup(g *types.DBSubnetGroup) *audit.Observation {
	c := p.subnetGroups.Project(g)
	subnets := make([]*string, 0, len(g.Subnets))
	for _, n := range g.Subnets {
		subnets = append(subnets, n.SubnetIdentifier)
	}
	c["SubnetIds"] = subnets
	return &audit.Observation{
		Type: "rds_subnet_group", ExternalID: aws.ToString(g.DBSubnetGroupArn), Name: aws.ToString(g.DBSubnetGroupName),
		Config: c, Facts: object{"SubnetGroupStatus": g.SubnetGroupStatus, "VpcId": g.VpcId},
	}
}

// rdsSecurityGroups leaves out the groups that are on their way out.
func rdsSecurityGroups(memberships []types.VpcSecurityGroupMembership) []*string {
	out := make([]*string, 0, len(memberships))
	for _, g := range memberships {
		if aws.ToString(g.Status) != "removing" {
			out = append(out, g.VpcSecurityGroupId)
		}
	}
	return out
}

func certificateEnd(c *types.CertificateDetails) any {
	if c == nil {
		return nil
	}
	return c.ValidTill
}
