package awscloud

import "testing"

const rdsARN = "arn:aws:rds:eu-west-1:123456789012:"

// rdsAnswers play a region with something of everything, in two pages wherever RDS pages.
func rdsAnswers() map[string]string {
	return map[string]string{
		"DescribeDBInstances": `<Marker>two</Marker><DBInstances><DBInstance>
<DBInstanceArn>` + rdsARN + `db:orders</DBInstanceArn><DBInstanceIdentifier>orders</DBInstanceIdentifier><DBInstanceClass>db.t3.micro</DBInstanceClass>
<Engine>postgres</Engine><EngineVersion>16.4</EngineVersion><DBInstanceStatus>available</DBInstanceStatus><MasterUsername>root</MasterUsername>
<AllocatedStorage>20</AllocatedStorage><Endpoint><Address>orders.example</Address><Port>5432</Port></Endpoint><DbInstancePort>0</DbInstancePort>
<PubliclyAccessible>true</PubliclyAccessible><StorageEncrypted>true</StorageEncrypted><KmsKeyId>key-1</KmsKeyId><MultiAZ>false</MultiAZ>
<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled><PerformanceInsightsEnabled>false</PerformanceInsightsEnabled>
<EnabledCloudwatchLogsExports><member>upgrade</member><member>postgresql</member></EnabledCloudwatchLogsExports>
<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-2</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroupMembership>
<VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId><Status>adding</Status></VpcSecurityGroupMembership>
<VpcSecurityGroupMembership><VpcSecurityGroupId>sg-0</VpcSecurityGroupId><Status>removing</Status></VpcSecurityGroupMembership></VpcSecurityGroups>
<DBSubnetGroup><DBSubnetGroupName>private</DBSubnetGroupName><VpcId>vpc-1</VpcId></DBSubnetGroup>
<DBParameterGroups><DBParameterGroup><DBParameterGroupName>default.postgres16</DBParameterGroupName></DBParameterGroup></DBParameterGroups>
<OptionGroupMemberships><OptionGroupMembership><OptionGroupName>default:postgres-16</OptionGroupName></OptionGroupMembership></OptionGroupMemberships>
<MasterUserSecret><SecretArn>arn:aws:secretsmanager:eu-west-1:123456789012:secret:s</SecretArn><KmsKeyId>key-2</KmsKeyId></MasterUserSecret>
<DBInstanceAutomatedBackupsReplications><DBInstanceAutomatedBackupsReplication><DBInstanceAutomatedBackupsArn>arn:aws:rds:us-east-1:123456789012:auto-backup:ab-1</DBInstanceAutomatedBackupsArn></DBInstanceAutomatedBackupsReplication></DBInstanceAutomatedBackupsReplications>
<LatestRestorableTime>2026-11-20T10:11:12Z</LatestRestorableTime><PendingModifiedValues><DBInstanceClass>db.t3.small</DBInstanceClass></PendingModifiedValues>
<TagList><Tag><Key>env</Key><Value>prod</Value></Tag></TagList></DBInstance>
<DBInstance><DBInstanceArn>` + rdsARN + `db:graph</DBInstanceArn><DBInstanceIdentifier>graph</DBInstanceIdentifier><Engine>neptune</Engine></DBInstance></DBInstances>`,
		"DescribeDBInstances two": `<DBInstances><DBInstance><DBInstanceArn>` + rdsARN + `db:idle</DBInstanceArn><DBInstanceIdentifier>idle</DBInstanceIdentifier><Engine>mysql</Engine><DBInstanceStatus>stopped</DBInstanceStatus></DBInstance></DBInstances>`,
		"DescribeDBClusters": `<Marker>two</Marker><DBClusters><DBCluster><DBClusterArn>` + rdsARN + `cluster:shop</DBClusterArn><DBClusterIdentifier>shop</DBClusterIdentifier>
<Engine>aurora-postgresql</Engine><Status>available</Status><DBSubnetGroup>private</DBSubnetGroup><DBClusterParameterGroup>default</DBClusterParameterGroup><Port>5432</Port>
<AvailabilityZones><AvailabilityZone>eu-west-1b</AvailabilityZone><AvailabilityZone>eu-west-1a</AvailabilityZone></AvailabilityZones>
<HttpEndpointEnabled>true</HttpEndpointEnabled><LocalWriteForwardingStatus>enabling</LocalWriteForwardingStatus>
<ServerlessV2ScalingConfiguration><MinCapacity>0.5</MinCapacity><MaxCapacity>4.0</MaxCapacity></ServerlessV2ScalingConfiguration>
<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>shop-1</DBInstanceIdentifier></DBClusterMember></DBClusterMembers>
<AssociatedRoles><DBClusterRole><RoleArn>arn:aws:iam::123456789012:role/s3</RoleArn><Status>ACTIVE</Status><FeatureName>s3Import</FeatureName></DBClusterRole></AssociatedRoles>
<TagList><Tag><Key>env</Key><Value>prod</Value></Tag></TagList></DBCluster></DBClusters>`,
		"DescribeDBClusters two": `<DBClusters><DBCluster><DBClusterArn>` + rdsARN + `cluster:docs</DBClusterArn><DBClusterIdentifier>docs</DBClusterIdentifier><Engine>docdb</Engine></DBCluster></DBClusters>`,
		"DescribeDBSnapshots": `<Marker>two</Marker><DBSnapshots><DBSnapshot><DBSnapshotArn>` + rdsARN + `snapshot:before</DBSnapshotArn><DBSnapshotIdentifier>before</DBSnapshotIdentifier>
<DBInstanceIdentifier>orders</DBInstanceIdentifier><Engine>postgres</Engine><SnapshotType>manual</SnapshotType><Encrypted>false</Encrypted><SnapshotCreateTime>2026-01-02T03:04:05Z</SnapshotCreateTime></DBSnapshot></DBSnapshots>`,
		"DescribeDBSnapshots two": `<DBSnapshots><DBSnapshot><DBSnapshotArn>` + rdsARN + `snapshot:rds:auto</DBSnapshotArn><DBSnapshotIdentifier>rds:auto</DBSnapshotIdentifier><Engine>postgres</Engine><SnapshotType>automated</SnapshotType></DBSnapshot></DBSnapshots>`,
		"DescribeDBSnapshotAttributes before": `<DBSnapshotAttributesResult><DBSnapshotAttributes><DBSnapshotAttribute><AttributeName>restore</AttributeName>
<AttributeValues><AttributeValue>210987654321</AttributeValue><AttributeValue>all</AttributeValue></AttributeValues></DBSnapshotAttribute></DBSnapshotAttributes></DBSnapshotAttributesResult>`,
		"DescribeDBClusterSnapshots": `<Marker>two</Marker><DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotArn>` + rdsARN + `cluster-snapshot:shop-1</DBClusterSnapshotArn>
<DBClusterSnapshotIdentifier>shop-1</DBClusterSnapshotIdentifier><Engine>aurora-postgresql</Engine><SnapshotType>manual</SnapshotType><StorageEncrypted>true</StorageEncrypted></DBClusterSnapshot></DBClusterSnapshots>`,
		"DescribeDBClusterSnapshots two": `<DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotArn>` + rdsARN + `cluster-snapshot:docs-1</DBClusterSnapshotArn><Engine>docdb</Engine></DBClusterSnapshot></DBClusterSnapshots>`,
		"DescribeDBClusterSnapshotAttributes shop-1": `<DBClusterSnapshotAttributesResult><DBClusterSnapshotAttributes><DBClusterSnapshotAttribute><AttributeName>restore</AttributeName>
<AttributeValues><AttributeValue>210987654321</AttributeValue></AttributeValues></DBClusterSnapshotAttribute></DBClusterSnapshotAttributes></DBClusterSnapshotAttributesResult>`,
		"DescribeDBSubnetGroups": `<Marker>two</Marker><DBSubnetGroups><DBSubnetGroup><DBSubnetGroupArn>` + rdsARN + `subgrp:private</DBSubnetGroupArn><DBSubnetGroupName>private</DBSubnetGroupName>
<DBSubnetGroupDescription>Private</DBSubnetGroupDescription><VpcId>vpc-1</VpcId><Subnets><Subnet><SubnetIdentifier>subnet-2</SubnetIdentifier></Subnet><Subnet><SubnetIdentifier>subnet-1</SubnetIdentifier></Subnet></Subnets></DBSubnetGroup></DBSubnetGroups>`,
		"DescribeDBSubnetGroups two": `<DBSubnetGroups></DBSubnetGroups>`,
		"ListTagsForResource":        `<TagList><Tag><Key>env</Key><Value>prod</Value></Tag></TagList>`,
	}
}

func TestRDS(t *testing.T) {
	fails := func(typ string) refusal { return refusal{fails: []string{typ}} }
	unread := func(typ, path string) refusal { return refusal{unread: map[string][]string{typ: {path}}} }
	(&staged{
		service: "rds", region: "eu-west-1", answers: rdsAnswers(),
		refusals: map[string]refusal{
			"rds:DescribeDBSnapshotAttributes":        unread("rds_snapshot", "DBSnapshotAttributes"),
			"rds:DescribeDBClusterSnapshotAttributes": unread("rds_cluster_snapshot", "DBClusterSnapshotAttributes"),
			"rds:ListTagsForResource":                 unread("rds_subnet_group", "Tags"),
			"rds:DescribeDBInstances":                 fails("rds_instance"),
			"rds:DescribeDBClusters":                  fails("rds_cluster"),
			"rds:DescribeDBSnapshots":                 fails("rds_snapshot"),
			"rds:DescribeDBClusterSnapshots":          fails("rds_cluster_snapshot"),
			"rds:DescribeDBSubnetGroups":              fails("rds_subnet_group"),
		},
		counters: map[string]string{"2026-11-20T10:11:12Z": "2026-11-20T10:16:12Z"},
		variants: map[string]variant{
			"an instance without an ARN fails the listing": {
				answers: map[string]string{"DescribeDBInstances two": "<DBInstances><DBInstance><Engine>mysql</Engine></DBInstance></DBInstances>"},
				fails:   []string{"rds_instance"},
			},
			"a snapshot that vanishes is left out": {
				answers: map[string]string{"DescribeDBSnapshotAttributes before": "!DBSnapshotNotFound"}, gone: "rds_snapshot before",
			},
			"a cluster's snapshot that vanishes is left out": {
				answers: map[string]string{"DescribeDBClusterSnapshotAttributes shop-1": "!DBClusterSnapshotNotFoundFault"},
				gone:    "rds_cluster_snapshot shop-1",
			},
			"a subnet group that vanishes is left out": {
				answers: map[string]string{"ListTagsForResource": "!DBSubnetGroupNotFoundFault"}, gone: "rds_subnet_group private",
			},
		},
	}).run(t)
}
