package awscloud

import "testing"

func TestElastiCache(t *testing.T) {
	const arn = "arn:aws:elasticache:eu-west-1:123456789012:"
	const logs = `<LogDeliveryConfigurations><LogDeliveryConfiguration><LogType>slow-log</LogType><DestinationType>cloudwatch-logs</DestinationType>
<DestinationDetails><CloudWatchLogsDetails><LogGroup>slow</LogGroup></CloudWatchLogsDetails></DestinationDetails><LogFormat>json</LogFormat><Status>active</Status></LogDeliveryConfiguration>
<LogDeliveryConfiguration><LogType>engine-log</LogType><Status>disabling</Status></LogDeliveryConfiguration></LogDeliveryConfigurations>`
	delivered := []any{object{
		"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json",
		"DestinationDetails": object{"CloudWatchLogsDetails": object{"LogGroup": "slow"}},
	}}
	(&estateCase{
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
			"DescribeReplicationGroups|two": `<ReplicationGroups><ReplicationGroup><ARN>` + arn + `replicationgroup:bare</ARN></ReplicationGroup>
<ReplicationGroup><ARN>` + arn + `replicationgroup:going</ARN><Status>deleting</Status></ReplicationGroup></ReplicationGroups>`,
			"DescribeCacheClusters": `<Marker>two</Marker><CacheClusters>
<CacheCluster><ARN>` + arn + `cluster:shop-002</ARN><CacheClusterId>shop-002</CacheClusterId><ReplicationGroupId>shop</ReplicationGroupId><EngineVersion>7.1.0</EngineVersion></CacheCluster>
<CacheCluster><ARN>` + arn + `cluster:shop-001</ARN><CacheClusterId>shop-001</CacheClusterId><ReplicationGroupId>shop</ReplicationGroupId><EngineVersion>7.1.0</EngineVersion>
<CacheParameterGroup><CacheParameterGroupName>default.redis7</CacheParameterGroupName></CacheParameterGroup><CacheSubnetGroupName>private</CacheSubnetGroupName>
<NotificationConfiguration><TopicArn>arn:aws:sns:eu-west-1:123456789012:t</TopicArn></NotificationConfiguration><PreferredMaintenanceWindow>sun:05:00-sun:06:00</PreferredMaintenanceWindow>
<SecurityGroups><member><SecurityGroupId>sg-2</SecurityGroupId><Status>active</Status></member><member><SecurityGroupId>sg-1</SecurityGroupId><Status>active</Status></member><member><SecurityGroupId>sg-0</SecurityGroupId><Status>removing</Status></member></SecurityGroups></CacheCluster></CacheClusters>`,
			"DescribeCacheClusters|two": `<CacheClusters><CacheCluster><ARN>` + arn + `cluster:mem</ARN><CacheClusterId>mem</CacheClusterId><Engine>memcached</Engine>
<CacheNodeType>cache.t3.micro</CacheNodeType><NumCacheNodes>2</NumCacheNodes><CacheClusterStatus>available</CacheClusterStatus><PreferredAvailabilityZone>Multiple</PreferredAvailabilityZone>
<ConfigurationEndpoint><Address>mem.example</Address><Port>11211</Port></ConfigurationEndpoint>` + logs + `
<SecurityGroups><member><SecurityGroupId>sg-9</SecurityGroupId><Status>active</Status></member></SecurityGroups></CacheCluster>
<CacheCluster><ARN>` + arn + `cluster:bare</ARN></CacheCluster></CacheClusters>`,
			"ListTagsForResource": `<TagList><Tag><Key>env</Key><Value>prod</Value></Tag><Tag><Key>app</Key><Value>x</Value></Tag></TagList>`,
		},
		want: map[string]object{
			"elasticache_replication_group " + arn + "replicationgroup:shop": {
				"ReplicationGroupId": "shop", "ReplicationGroupDescription": "Shop", "Engine": "redis", "EngineVersion": "7.1.0", "NumCacheClusters": int64(2),
				"NumNodeGroups": int64(1), "ReplicasPerNodeGroup": int64(1), "AutomaticFailoverEnabled": true, "MultiAZEnabled": false,
				"DataTieringEnabled": false, "SnapshotRetentionLimit": int64(5), "SnapshotWindow": "03:00-04:00", "CacheNodeType": "cache.t4g.micro",
				"TransitEncryptionEnabled": true, "AtRestEncryptionEnabled": true, "KmsKeyId": "key-1", "AutoMinorVersionUpgrade": true,
				"ClusterMode": "disabled", "LogDeliveryConfigurations": delivered, "UserGroupIds": []any{"a", "b"}, "Port": int64(6379),
				"CacheParameterGroupName": "default.redis7", "CacheSubnetGroupName": "private", "NotificationTopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
				"PreferredMaintenanceWindow": "sun:05:00-sun:06:00", "SecurityGroupIds": []any{"sg-1", "sg-2"}, "Tags": envAndApp(),
			},
			"elasticache_replication_group " + arn + "replicationgroup:bare": {"Tags": envAndApp()},
			"elasticache_cache_cluster " + arn + "cluster:mem": {
				"ClusterName": "mem", "Engine": "memcached", "CacheNodeType": "cache.t3.micro", "NumCacheNodes": int64(2), "Port": int64(11211),
				"LogDeliveryConfigurations": delivered, "VpcSecurityGroupIds": []any{"sg-9"}, "Tags": envAndApp(),
			},
			"elasticache_cache_cluster " + arn + "cluster:bare": {"Tags": envAndApp()},
		},
		facts: map[string]object{
			"elasticache_replication_group " + arn + "replicationgroup:shop": {
				"Status": "available", "AuthTokenEnabled": true, "MemberClusters": []any{"shop-001", "shop-002"}, "EndpointAddress": "shop.example",
			},
		},
		refused: map[string]map[string][]string{
			"ListTagsForResource": {"elasticache_replication_group": {"Tags"}, "elasticache_cache_cluster": {"Tags"}},
		},
		fails: map[string][]string{"DescribeReplicationGroups": {"elasticache_replication_group"}, "DescribeCacheClusters": {"elasticache_cache_cluster"}},
		swaps: [][2]string{
			{`<Tag><Key>env</Key><Value>prod</Value></Tag>`, `<Tag><Key>app</Key><Value>x</Value></Tag>`},
			{`<member>b</member>`, `<member>a</member>`},
			{`<member><SecurityGroupId>sg-2</SecurityGroupId><Status>active</Status></member>`, `<member><SecurityGroupId>sg-1</SecurityGroupId><Status>active</Status></member>`},
		},
		pages: map[string]string{"DescribeReplicationGroups|two": "DescribeReplicationGroups", "DescribeCacheClusters|two": "DescribeCacheClusters"},
	}).run(t)
}

func TestElastiCacheGroupsWithoutTheirClusters(t *testing.T) {
	isolate(t)
	const arn = "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:shop"
	c := &estateCase{service: "elasticache", region: "eu-west-1"}
	h, errs, _ := c.read(t, map[string]string{
		"DescribeReplicationGroups": `<ReplicationGroups><ReplicationGroup><ARN>` + arn + `</ARN></ReplicationGroup></ReplicationGroups>`,
		"ListTagsForResource":       `<TagList></TagList>`,
	})
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

// envAndApp are the tags env=prod and app=x, as configurations have them.
func envAndApp() []any {
	return []any{object{"Key": "app", "Value": "x"}, object{"Key": "env", "Value": "prod"}}
}
