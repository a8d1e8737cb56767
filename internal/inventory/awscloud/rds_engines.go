package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// DocumentDB and Neptune are services of their own with RDS's API, whose listings tell their clusters and instances too.
const (
	docdbCluster    = "docdb_cluster"
	docdbInstance   = "docdb_instance"
	neptuneCluster  = "neptune_cluster"
	neptuneInstance = "neptune_instance"
)

// engineProjectors turn RDS's answers about DocumentDB and Neptune into configurations.
type engineProjectors struct{ docdbClusters, docdbInstances, neptuneClusters, neptuneInstances *shape.Projector }

func newEngineProjectors() engineProjectors {
	return engineProjectors{
		docdbClusters: projectorOf(docdbCluster, map[string]string{
			"TagList": "Tags", "DBCluster.EnabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
			"DBCluster.DBSubnetGroup": "DBSubnetGroupName", "DBCluster.DBClusterParameterGroup": "DBClusterParameterGroupName",
		}),
		docdbInstances: projectorOf(docdbInstance, map[string]string{
			"TagList": "Tags", "DBInstance.PerformanceInsightsEnabled": "EnablePerformanceInsights",
		}),
		neptuneClusters: projectorOf(neptuneCluster, map[string]string{
			"TagList": "Tags", "DBCluster.EnabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
			"DBCluster.DBSubnetGroup": "DBSubnetGroupName", "DBCluster.DBClusterParameterGroup": "DBClusterParameterGroupName",
			"DBCluster.IAMDatabaseAuthenticationEnabled": "IamAuthEnabled", "DBCluster.Port": "DBPort",
			"DBCluster.ServerlessV2ScalingConfiguration": "ServerlessScalingConfiguration",
		}),
		neptuneInstances: projectorOf(neptuneInstance, map[string]string{
			"TagList": "Tags", "DBInstance.DBSubnetGroup": "", // see emitInstance
		}),
	}
}

// emitInstance hands over an instance as its engine's service calls it.
func (p *rdsProjectors) emitInstance(ctx context.Context, s *session, out inventory.Emitter, d *types.DBInstance) error {
	switch engineOf(d.Engine) {
	case engineDocDB:
		return s.emit(ctx, out, instanceOf(docdbInstance, d, p.engines.docdbInstances.Project(d)))
	case engineNeptune:
		c := p.engines.neptuneInstances.Project(d)
		if d.DBSubnetGroup != nil {
			c["DBSubnetGroupName"] = d.DBSubnetGroup.DBSubnetGroupName
		}
		if len(d.DBParameterGroups) > 0 {
			c["DBParameterGroupName"] = d.DBParameterGroups[0].DBParameterGroupName
		}
		return s.emit(ctx, out, instanceOf(neptuneInstance, d, c))
	}
	return s.emit(ctx, out, p.instance(d))
}

// emitCluster hands over a cluster as its engine's service calls it.
func (p *rdsProjectors) emitCluster(ctx context.Context, s *session, out inventory.Emitter, d *types.DBCluster) error {
	switch engineOf(d.Engine) {
	case engineDocDB:
		c := p.engines.docdbClusters.Project(d)
		c["ManageMasterUserPassword"] = d.MasterUserSecret != nil
		if d.MasterUserSecret != nil {
			c["MasterUserSecretKmsKeyId"] = d.MasterUserSecret.KmsKeyId
		}
		return s.emit(ctx, out, clusterOf(docdbCluster, d, c))
	case engineNeptune:
		return s.emit(ctx, out, clusterOf(neptuneCluster, d, p.engines.neptuneClusters.Project(d)))
	}
	return s.emit(ctx, out, p.cluster(d))
}

// instanceOf makes an observation of an instance that isn't RDS's own.
func instanceOf(typ string, d *types.DBInstance, c object) *audit.Observation {
	facts := object{
		"CertificateValidTill": certificateEnd(d.CertificateDetails),
		"DBInstanceStatus":     d.DBInstanceStatus, "DbiResourceId": d.DbiResourceId, "EngineVersion": d.EngineVersion,
		"InstanceCreateTime":   d.InstanceCreateTime,
		"PendingModifications": d.PendingModifiedValues != nil && plain(d.PendingModifiedValues) != nil,
	}
	if d.Endpoint != nil {
		facts["EndpointAddress"] = d.Endpoint.Address
	}
	if d.DBSubnetGroup != nil {
		facts["VpcId"] = d.DBSubnetGroup.VpcId
	}
	return &audit.Observation{
		Type: typ, ExternalID: aws.ToString(d.DBInstanceArn), Name: aws.ToString(d.DBInstanceIdentifier),
		Status: rdsStatus(d.DBInstanceStatus), Config: c, Facts: facts,
	}
}

// clusterOf makes an observation of a cluster that isn't RDS's own.
func clusterOf(typ string, d *types.DBCluster, c object) *audit.Observation {
	c["VpcSecurityGroupIds"] = rdsSecurityGroups(d.VpcSecurityGroups)
	members := make([]*string, 0, len(d.DBClusterMembers))
	for _, m := range d.DBClusterMembers {
		members = append(members, m.DBInstanceIdentifier)
	}
	return &audit.Observation{
		Type: typ, ExternalID: aws.ToString(d.DBClusterArn), Name: aws.ToString(d.DBClusterIdentifier),
		Status: rdsStatus(d.Status), Config: c,
		Facts: object{
			"ClusterCreateTime": d.ClusterCreateTime, "DBClusterMembers": sortedTexts(members), "DbClusterResourceId": d.DbClusterResourceId,
			"EndpointAddress": d.Endpoint, "MultiAZ": d.MultiAZ, "Status": d.Status,
			"PendingModifications": d.PendingModifiedValues != nil && plain(d.PendingModifiedValues) != nil,
		},
	}
}
