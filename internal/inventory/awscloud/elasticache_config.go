package awscloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/infraudit/infraudit/internal/audit"
)

func newElastiCacheProjectors() *elastiCacheProjectors {
	return &elastiCacheProjectors{
		groups: projectorOf("elasticache_replication_group", map[string]string{
			"ReplicationGroup.Description": "ReplicationGroupDescription",
			"ReplicationGroup.Durability":  "", // "default" stands for whichever the engine has
		}),
		clusters: projectorOf("elasticache_cache_cluster", map[string]string{
			"CacheCluster.CacheClusterId": "ClusterName",
			"CacheCluster.Tags":           "",
		}),
	}
}

// cacheMemberPaths are the attributes of a replication group that its clusters alone tell.
var cacheMemberPaths = []string{
	"CacheParameterGroupName", "CacheSubnetGroupName", "EngineVersion", "NotificationTopicArn", "PreferredMaintenanceWindow",
	"SecurityGroupIds",
}

func (p *elastiCacheProjectors) group(g *types.ReplicationGroup) *audit.Observation {
	c := p.groups.Project(g)
	switch g.AutomaticFailover {
	case types.AutomaticFailoverStatusEnabled, types.AutomaticFailoverStatusEnabling:
		c["AutomaticFailoverEnabled"] = true
	case types.AutomaticFailoverStatusDisabled, types.AutomaticFailoverStatusDisabling:
		c["AutomaticFailoverEnabled"] = false
	}
	switch g.MultiAZ {
	case types.MultiAZStatusEnabled:
		c["MultiAZEnabled"] = true
	case types.MultiAZStatusDisabled:
		c["MultiAZEnabled"] = false
	}
	switch g.DataTiering {
	case types.DataTieringStatusEnabled:
		c["DataTieringEnabled"] = true
	case types.DataTieringStatusDisabled:
		c["DataTieringEnabled"] = false
	}
	if info := g.GlobalReplicationGroupInfo; info != nil {
		c["GlobalReplicationGroupId"] = info.GlobalReplicationGroupId
	}
	c["LogDeliveryConfigurations"] = p.groups.ProjectAt("LogDeliveryConfigurations", deliveredLogs(g.LogDeliveryConfigurations))
	c["NumCacheClusters"] = countOf(len(g.MemberClusters))
	c["NumNodeGroups"] = countOf(len(g.NodeGroups))
	if len(g.NodeGroups) > 0 {
		if n := len(g.NodeGroups[0].NodeGroupMembers); n > 0 {
			c["ReplicasPerNodeGroup"] = int64(n - 1)
		}
	}
	c["Port"] = groupPort(g)
	facts := object{
		"Status": g.Status, "AuthTokenEnabled": g.AuthTokenEnabled, "ClusterEnabled": g.ClusterEnabled, "MemberClusters": g.MemberClusters,
		"ReplicationGroupCreateTime": g.ReplicationGroupCreateTime, "AuthTokenLastModifiedDate": g.AuthTokenLastModifiedDate,
	}
	if e := g.ConfigurationEndpoint; e != nil {
		facts["EndpointAddress"] = e.Address
	} else if len(g.NodeGroups) > 0 && g.NodeGroups[0].PrimaryEndpoint != nil {
		facts["EndpointAddress"] = g.NodeGroups[0].PrimaryEndpoint.Address
	}
	return &audit.Observation{
		Type: "elasticache_replication_group", ExternalID: aws.ToString(g.ARN), Name: aws.ToString(g.ReplicationGroupId), Config: c, Facts: facts,
	}
}

func groupPort(g *types.ReplicationGroup) *int32 {
	switch {
	case g.ConfigurationEndpoint != nil:
		return g.ConfigurationEndpoint.Port
	case len(g.NodeGroups) > 0 && g.NodeGroups[0].PrimaryEndpoint != nil:
		return g.NodeGroups[0].PrimaryEndpoint.Port
	}
	return nil
}

// countOf is a number of things, unknown where there are none: they are still being made.
func countOf(n int) any {
	if n == 0 {
		return nil
	}
	return int64(n)
}

// describeMembers adds what a group's clusters have in common.
func (p *elastiCacheProjectors) describeMembers(o *audit.Observation, c *types.CacheCluster) {
	o.Config["CacheSubnetGroupName"] = c.CacheSubnetGroupName
	o.Config["EngineVersion"] = c.EngineVersion
	o.Config["PreferredMaintenanceWindow"] = c.PreferredMaintenanceWindow
	o.Config["SecurityGroupIds"] = cacheSecurityGroups(c.SecurityGroups)
	if c.CacheParameterGroup != nil {
		o.Config["CacheParameterGroupName"] = c.CacheParameterGroup.CacheParameterGroupName
	}
	if c.NotificationConfiguration != nil {
		o.Config["NotificationTopicArn"] = c.NotificationConfiguration.TopicArn
	}
}

func (p *elastiCacheProjectors) cluster(k *types.CacheCluster) *audit.Observation {
	c := p.clusters.Project(k)
	c["VpcSecurityGroupIds"] = cacheSecurityGroups(k.SecurityGroups)
	c["LogDeliveryConfigurations"] = p.clusters.ProjectAt("LogDeliveryConfigurations", deliveredLogs(k.LogDeliveryConfigurations))
	if k.CacheParameterGroup != nil {
		c["CacheParameterGroupName"] = k.CacheParameterGroup.CacheParameterGroupName
	}
	if k.NotificationConfiguration != nil {
		c["NotificationTopicArn"] = k.NotificationConfiguration.TopicArn
	}
	facts := object{
		"CacheClusterStatus": k.CacheClusterStatus, "CacheClusterCreateTime": k.CacheClusterCreateTime,
		"PreferredAvailabilityZone": k.PreferredAvailabilityZone, "AtRestEncryptionEnabled": k.AtRestEncryptionEnabled,
		"AuthTokenEnabled": k.AuthTokenEnabled,
	}
	if e := k.ConfigurationEndpoint; e != nil {
		c["Port"], facts["EndpointAddress"] = e.Port, e.Address
	}
	return &audit.Observation{
		Type: "elasticache_cache_cluster", ExternalID: aws.ToString(k.ARN), Name: aws.ToString(k.CacheClusterId), Config: c, Facts: facts,
	}
}

// cacheSecurityGroups are those that are there or on their way.
func cacheSecurityGroups(groups []types.SecurityGroupMembership) []any {
	var ids []any
	for _, g := range groups {
		if aws.ToString(g.Status) != "removing" {
			ids = append(ids, g.SecurityGroupId)
		}
	}
	return ids
}

// deliveredLogs leaves out what is being disabled.
func deliveredLogs(all []types.LogDeliveryConfiguration) []types.LogDeliveryConfiguration {
	var out []types.LogDeliveryConfiguration
	for i := range all {
		if all[i].Status != types.LogDeliveryConfigurationStatusDisabling {
			out = append(out, all[i])
		}
	}
	return out
}
