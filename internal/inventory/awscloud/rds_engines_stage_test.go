package awscloud

import "testing"

func TestDocumentDBAndNeptune(t *testing.T) {
	arn := "arn:aws:rds:eu-west-1:123456789012:"
	groups := `<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-2</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroupMembership>
<VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId><Status>adding</Status></VpcSecurityGroupMembership>
<VpcSecurityGroupMembership><VpcSecurityGroupId>sg-0</VpcSecurityGroupId><Status>removing</Status></VpcSecurityGroupMembership></VpcSecurityGroups>`
	tags := `<TagList><Tag><Key>env</Key><Value>prod</Value></Tag><Tag><Key>app</Key><Value>shop</Value></Tag></TagList>`
	zones := `<AvailabilityZones><AvailabilityZone>eu-west-1b</AvailabilityZone><AvailabilityZone>eu-west-1a</AvailabilityZone></AvailabilityZones>`
	logs := `<EnabledCloudwatchLogsExports><member>profiler</member><member>audit</member></EnabledCloudwatchLogsExports>`
	(&staged{
		service: "rds", region: "eu-west-1", name: "docdb_neptune", types: []string{"rds_instance", "rds_cluster"},
		answers: map[string]string{
			"DescribeDBClusters": `<Marker>two</Marker><DBClusters><DBCluster><DBClusterArn>` + arn + `cluster:docs</DBClusterArn><DBClusterIdentifier>docs</DBClusterIdentifier>
<Engine>docdb</Engine><EngineVersion>5.0.0</EngineVersion><Status>available</Status><MasterUsername>root</MasterUsername><Port>27017</Port>
<MasterUserSecret><SecretArn>arn:aws:secretsmanager:eu-west-1:123456789012:secret:s</SecretArn><KmsKeyId>key-2</KmsKeyId></MasterUserSecret>
<DBSubnetGroup>private</DBSubnetGroup><DBClusterParameterGroup>default.docdb5.0</DBClusterParameterGroup><StorageEncrypted>true</StorageEncrypted><KmsKeyId>key-1</KmsKeyId>
<DeletionProtection>true</DeletionProtection><BackupRetentionPeriod>7</BackupRetentionPeriod><StorageType>iopt1</StorageType><NetworkType>IPV4</NetworkType>
<PreferredBackupWindow>01:00-01:30</PreferredBackupWindow><PreferredMaintenanceWindow>sun:02:00-sun:02:30</PreferredMaintenanceWindow>
<ServerlessV2ScalingConfiguration><MinCapacity>0.5</MinCapacity><MaxCapacity>4.0</MaxCapacity></ServerlessV2ScalingConfiguration>
<LatestRestorableTime>2026-11-20T10:11:12Z</LatestRestorableTime><ClusterCreateTime>2026-01-02T03:04:05Z</ClusterCreateTime><DbClusterResourceId>cluster-1</DbClusterResourceId>
<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>docs-2</DBInstanceIdentifier></DBClusterMember><DBClusterMember><DBInstanceIdentifier>docs-1</DBInstanceIdentifier></DBClusterMember></DBClusterMembers>
` + groups + zones + logs + tags + `</DBCluster>
<DBCluster><DBClusterArn>` + arn + `cluster:graph</DBClusterArn><DBClusterIdentifier>graph</DBClusterIdentifier><Engine>neptune</Engine><EngineVersion>1.3.2.1</EngineVersion>
<Status>stopped</Status><Port>8182</Port><IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled><StorageEncrypted>false</StorageEncrypted>
<DBSubnetGroup>private</DBSubnetGroup><DBClusterParameterGroup>default.neptune1.3</DBClusterParameterGroup><CopyTagsToSnapshot>true</CopyTagsToSnapshot>
<ServerlessV2ScalingConfiguration><MinCapacity>1.0</MinCapacity><MaxCapacity>8.0</MaxCapacity></ServerlessV2ScalingConfiguration>
<AssociatedRoles><DBClusterRole><RoleArn>arn:aws:iam::123456789012:role/b</RoleArn><Status>ACTIVE</Status></DBClusterRole><DBClusterRole><RoleArn>arn:aws:iam::123456789012:role/a</RoleArn><Status>ACTIVE</Status></DBClusterRole></AssociatedRoles>
` + groups + zones + logs + tags + `</DBCluster></DBClusters>`,
			"DescribeDBClusters two": `<DBClusters><DBCluster><DBClusterArn>` + arn + `cluster:bare-docs</DBClusterArn><Engine>docdb</Engine></DBCluster>
<DBCluster><DBClusterArn>` + arn + `cluster:bare-graph</DBClusterArn><Engine>neptune</Engine></DBCluster>
<DBCluster><DBClusterArn>` + arn + `cluster:shop</DBClusterArn><Engine>aurora-mysql</Engine></DBCluster></DBClusters>`,
			"DescribeDBInstances": `<Marker>two</Marker><DBInstances><DBInstance><DBInstanceArn>` + arn + `db:docs-1</DBInstanceArn><DBInstanceIdentifier>docs-1</DBInstanceIdentifier>
<DBInstanceClass>db.r6g.large</DBInstanceClass><Engine>docdb</Engine><EngineVersion>5.0.0</EngineVersion><DBInstanceStatus>available</DBInstanceStatus><DBClusterIdentifier>docs</DBClusterIdentifier>
<AvailabilityZone>eu-west-1a</AvailabilityZone><CACertificateIdentifier>rds-ca-rsa2048-g1</CACertificateIdentifier><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>
<AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade><PreferredMaintenanceWindow>sun:02:00-sun:02:30</PreferredMaintenanceWindow><Endpoint><Address>docs-1.example</Address><Port>27017</Port></Endpoint>
<CertificateDetails><CAIdentifier>rds-ca-rsa2048-g1</CAIdentifier><ValidTill>2027-01-02T03:04:05Z</ValidTill></CertificateDetails>
<DBSubnetGroup><DBSubnetGroupName>private</DBSubnetGroupName><VpcId>vpc-1</VpcId></DBSubnetGroup>` + tags + `</DBInstance>
<DBInstance><DBInstanceArn>` + arn + `db:graph-1</DBInstanceArn><DBInstanceIdentifier>graph-1</DBInstanceIdentifier><DBInstanceClass>db.serverless</DBInstanceClass><Engine>neptune</Engine>
<DBInstanceStatus>stopped</DBInstanceStatus><DBClusterIdentifier>graph</DBClusterIdentifier><PubliclyAccessible>true</PubliclyAccessible><AvailabilityZone>eu-west-1b</AvailabilityZone>
<DBSubnetGroup><DBSubnetGroupName>private</DBSubnetGroupName><VpcId>vpc-1</VpcId></DBSubnetGroup>
<DBParameterGroups><DBParameterGroup><DBParameterGroupName>default.neptune1.3</DBParameterGroupName></DBParameterGroup></DBParameterGroups>` + tags + `</DBInstance></DBInstances>`,
			"DescribeDBInstances two": `<DBInstances><DBInstance><DBInstanceArn>` + arn + `db:bare-docs</DBInstanceArn><Engine>docdb</Engine></DBInstance>
<DBInstance><DBInstanceArn>` + arn + `db:bare-graph</DBInstanceArn><Engine>neptune</Engine></DBInstance>
<DBInstance><DBInstanceArn>` + arn + `db:orders</DBInstanceArn><Engine>postgres</Engine></DBInstance></DBInstances>`,
		},
		refusals: map[string]refusal{
			"rds:DescribeDBClusters":  {fails: []string{"rds_cluster"}},
			"rds:DescribeDBInstances": {fails: []string{"rds_instance"}},
		},
		counters: map[string]string{"2026-11-20T10:11:12Z": "2026-11-20T10:16:12Z"},
	}).run(t)
}
