package awscloud

import "testing"

func TestElastiCache(t *testing.T) {
	const arn = "arn:aws:elasticache:eu-west-1:123456789012:"
	const logs = `<LogDeliveryConfigurations><LogDeliveryConfiguration><LogType>slow-log</LogType><DestinationType>cloudwatch-logs</DestinationType>
<DestinationDetails><CloudWatchLogsDetails><LogGroup>slow</LogGroup></CloudWatchLogsDetails></DestinationDetails><LogFormat>json</LogFormat><Status>active</Status></LogDeliveryConfiguration>
<LogDeliveryConfiguration><LogType>engine-log</LogType><Status>disabling</Status></LogDeliveryConfiguration></LogDeliveryConfigurations>`
	(&staged{
		service: "elasticache", region: "eu-west-1",
		answers: map[string]string{
			"DescribeReplicationGroups": `<Marker>two</Marker><ReplicationGroups><ReplicationGroup><ARN>` + arn + `replicationgroup:shop</ARN>
<ReplicationGroupId>shop</ReplicationGroupId><Description>Shop</Description><Status>available</Status><Engine>redis</Engine>
<MemberClusters><ClusterId>shop-001</ClusterId><ClusterId>shop-002</ClusterId></MemberClusters>
<NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId><PrimaryEndpoint><Address>shop.example</Address><Port>6379</Port></PrimaryEndpoint>
<NodeGroupMembers><NodeGroupMember><CacheClusterId>shop-001</CacheClusterId></NodeGroupMember><NodeGroupMember><CacheClusterId>shop-002</CacheClusterId></NodeGroupMember></NodeGroupMembers></NodeGroup></NodeGroups>
<AutomaticFailover>enabled</AutomaticFailover><MultiAZ>disabled</MultiAZ><DataTiering>disabled</DataTiering><SnapshotRetentionLimit>5</SnapshotRetentionLimit><SnapshotWindow>03:00-04:00</SnapshotWindow>
<CacheNodeType>cache.t4g.micro</CacheNodeType><AuthTokenEnabled>true</AuthTokenEnabled><TransitEncryptionEnabled>true</TransitEncryptionEnabled><AtRestEncryptionEnabled>true</AtRestEncryptionEnabled>
<KmsKeyId>key-1</KmsKeyId><AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade><ClusterMode>disabled</ClusterMode>` + logs + `
<UserGroupIds><member>b</member><member>a</member></UserGroupIds></ReplicationGroup></ReplicationGroups>`,
			"DescribeReplicationGroups two": `<ReplicationGroups><ReplicationGroup><ARN>` + arn + `replicationgroup:bare</ARN></ReplicationGroup>
<ReplicationGroup><ARN>` + arn + `replicationgroup:going</ARN><Status>deleting</Status></ReplicationGroup></ReplicationGroups>`,
			"DescribeCacheClusters": `<Marker>two</Marker><CacheClusters>
<CacheCluster><ARN>` + arn + `cluster:shop-002</ARN><CacheClusterId>shop-002</CacheClusterId><ReplicationGroupId>shop</ReplicationGroupId><EngineVersion>7.1.0</EngineVersion></CacheCluster>
<CacheCluster><ARN>` + arn + `cluster:shop-001</ARN><CacheClusterId>shop-001</CacheClusterId><ReplicationGroupId>shop</ReplicationGroupId><EngineVersion>7.1.0</EngineVersion>
<CacheParameterGroup><CacheParameterGroupName>default.redis7</CacheParameterGroupName></CacheParameterGroup><CacheSubnetGroupName>private</CacheSubnetGroupName>
<NotificationConfiguration><TopicArn>arn:aws:sns:eu-west-1:123456789012:t</TopicArn></NotificationConfiguration><PreferredMaintenanceWindow>sun:05:00-sun:06:00</PreferredMaintenanceWindow>
<SecurityGroups><member><SecurityGroupId>sg-2</SecurityGroupId><Status>active</Status></member><member><SecurityGroupId>sg-1</SecurityGroupId><Status>active</Status></member><member><SecurityGroupId>sg-0</SecurityGroupId><Status>removing</Status></member></SecurityGroups></CacheCluster></CacheClusters>`,
			"DescribeCacheClusters two": `<CacheClusters><CacheCluster><ARN>` + arn + `cluster:mem</ARN><CacheClusterId>mem</CacheClusterId><Engine>memcached</Engine>
<CacheNodeType>cache.t3.micro</CacheNodeType><NumCacheNodes>2</NumCacheNodes><CacheClusterStatus>available</CacheClusterStatus><PreferredAvailabilityZone>Multiple</PreferredAvailabilityZone>
<ConfigurationEndpoint><Address>mem.example</Address><Port>11211</Port></ConfigurationEndpoint>` + logs + `
<SecurityGroups><member><SecurityGroupId>sg-9</SecurityGroupId><Status>active</Status></member></SecurityGroups></CacheCluster>
<CacheCluster><ARN>` + arn + `cluster:bare</ARN></CacheCluster></CacheClusters>`,
			"ListTagsForResource": `<TagList><Tag><Key>env</Key><Value>prod</Value></Tag><Tag><Key>app</Key><Value>x</Value></Tag></TagList>`,
		},
		refusals: map[string]refusal{
			"elasticache:ListTagsForResource":       {unread: map[string][]string{"elasticache_replication_group": {"Tags"}, "elasticache_cache_cluster": {"Tags"}}},
			"elasticache:DescribeReplicationGroups": {fails: []string{"elasticache_replication_group"}},
			"elasticache:DescribeCacheClusters": {
				fails: []string{"elasticache_cache_cluster"}, unread: map[string][]string{"elasticache_replication_group": cacheMemberPaths},
			},
		},
	}).run(t)
}

func TestElastiCacheGroupsWithoutTheirClusters(t *testing.T) {
	const arn = "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:shop"
	c := &staged{service: "elasticache", region: "eu-west-1"}
	h, errs, _ := c.read(t, map[string]string{
		"DescribeReplicationGroups": `<ReplicationGroups><ReplicationGroup><ARN>` + arn + `</ARN></ReplicationGroup></ReplicationGroups>`,
		"ListTagsForResource":       `<TagList></TagList>`,
		"DescribeCacheClusters":     "!AccessDenied",
	}, "")
	o := h.byID(t, "elasticache_replication_group", arn)
	if len(errs) != 1 || len(o.Unread) != len(cacheMemberPaths) {
		t.Errorf("failed: %v, unread: %v", errs, o.Unread)
	}
	for _, path := range cacheMemberPaths {
		if u := o.Unread[path]; u.Action != "elasticache:DescribeCacheClusters" {
			t.Errorf("%s: %v", path, u)
		}
	}
}
