package awscloud

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

const rdsARN = "arn:aws:rds:eu-west-1:123456789012:"

// rdsWire plays a region with something of everything, in two pages wherever RDS pages.
func rdsWire() *wire {
	return &wire{answers: map[string]string{
		"DescribeDBInstances@": `<Marker>two</Marker><DBInstances><DBInstance>
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
		"DescribeDBInstances@two": `<DBInstances><DBInstance><DBInstanceArn>` + rdsARN + `db:idle</DBInstanceArn><DBInstanceIdentifier>idle</DBInstanceIdentifier><Engine>mysql</Engine><DBInstanceStatus>stopped</DBInstanceStatus></DBInstance></DBInstances>`,
		"DescribeDBClusters@": `<Marker>two</Marker><DBClusters><DBCluster><DBClusterArn>` + rdsARN + `cluster:shop</DBClusterArn><DBClusterIdentifier>shop</DBClusterIdentifier>
<Engine>aurora-postgresql</Engine><Status>available</Status><DBSubnetGroup>private</DBSubnetGroup><DBClusterParameterGroup>default</DBClusterParameterGroup><Port>5432</Port>
<AvailabilityZones><AvailabilityZone>eu-west-1b</AvailabilityZone><AvailabilityZone>eu-west-1a</AvailabilityZone></AvailabilityZones>
<HttpEndpointEnabled>true</HttpEndpointEnabled><LocalWriteForwardingStatus>enabling</LocalWriteForwardingStatus>
<ServerlessV2ScalingConfiguration><MinCapacity>0.5</MinCapacity><MaxCapacity>4.0</MaxCapacity></ServerlessV2ScalingConfiguration>
<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>shop-1</DBInstanceIdentifier></DBClusterMember></DBClusterMembers>
<AssociatedRoles><DBClusterRole><RoleArn>arn:aws:iam::123456789012:role/s3</RoleArn><Status>ACTIVE</Status><FeatureName>s3Import</FeatureName></DBClusterRole></AssociatedRoles>
<TagList><Tag><Key>env</Key><Value>prod</Value></Tag></TagList></DBCluster></DBClusters>`,
		"DescribeDBClusters@two": `<DBClusters><DBCluster><DBClusterArn>` + rdsARN + `cluster:docs</DBClusterArn><DBClusterIdentifier>docs</DBClusterIdentifier><Engine>docdb</Engine></DBCluster></DBClusters>`,
		"DescribeDBSnapshots@": `<Marker>two</Marker><DBSnapshots><DBSnapshot><DBSnapshotArn>` + rdsARN + `snapshot:before</DBSnapshotArn><DBSnapshotIdentifier>before</DBSnapshotIdentifier>
<DBInstanceIdentifier>orders</DBInstanceIdentifier><Engine>postgres</Engine><SnapshotType>manual</SnapshotType><Encrypted>false</Encrypted><SnapshotCreateTime>2026-01-02T03:04:05Z</SnapshotCreateTime></DBSnapshot></DBSnapshots>`,
		"DescribeDBSnapshots@two": `<DBSnapshots><DBSnapshot><DBSnapshotArn>` + rdsARN + `snapshot:rds:auto</DBSnapshotArn><DBSnapshotIdentifier>rds:auto</DBSnapshotIdentifier><Engine>postgres</Engine><SnapshotType>automated</SnapshotType></DBSnapshot></DBSnapshots>`,
		"DescribeDBSnapshotAttributes before": `<DBSnapshotAttributesResult><DBSnapshotAttributes><DBSnapshotAttribute><AttributeName>restore</AttributeName>
<AttributeValues><AttributeValue>210987654321</AttributeValue><AttributeValue>all</AttributeValue></AttributeValues></DBSnapshotAttribute></DBSnapshotAttributes></DBSnapshotAttributesResult>`,
		"DescribeDBClusterSnapshots@": `<Marker>two</Marker><DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotArn>` + rdsARN + `cluster-snapshot:shop-1</DBClusterSnapshotArn>
<DBClusterSnapshotIdentifier>shop-1</DBClusterSnapshotIdentifier><Engine>aurora-postgresql</Engine><SnapshotType>manual</SnapshotType><StorageEncrypted>true</StorageEncrypted></DBClusterSnapshot></DBClusterSnapshots>`,
		"DescribeDBClusterSnapshots@two": `<DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotArn>` + rdsARN + `cluster-snapshot:docs-1</DBClusterSnapshotArn><Engine>docdb</Engine></DBClusterSnapshot></DBClusterSnapshots>`,
		"DescribeDBClusterSnapshotAttributes shop-1": `<DBClusterSnapshotAttributesResult><DBClusterSnapshotAttributes><DBClusterSnapshotAttribute><AttributeName>restore</AttributeName>
<AttributeValues><AttributeValue>210987654321</AttributeValue></AttributeValues></DBClusterSnapshotAttribute></DBClusterSnapshotAttributes></DBClusterSnapshotAttributesResult>`,
		"DescribeDBSubnetGroups@": `<Marker>two</Marker><DBSubnetGroups><DBSubnetGroup><DBSubnetGroupArn>` + rdsARN + `subgrp:private</DBSubnetGroupArn><DBSubnetGroupName>private</DBSubnetGroupName>
<DBSubnetGroupDescription>Private</DBSubnetGroupDescription><VpcId>vpc-1</VpcId><Subnets><Subnet><SubnetIdentifier>subnet-2</SubnetIdentifier></Subnet><Subnet><SubnetIdentifier>subnet-1</SubnetIdentifier></Subnet></Subnets></DBSubnetGroup></DBSubnetGroups>`,
		"DescribeDBSubnetGroups@two": `<DBSubnetGroups></DBSubnetGroups>`,
		"ListTagsForResource":        `<TagList><Tag><Key>env</Key><Value>prod</Value></Tag></TagList>`,
	}}
}

func TestRDSReadsEverything(t *testing.T) {
	h, errs := rdsWire().sync(t, "rds", "eu-west-1")
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	prod := []any{object{"Key": "env", "Value": "prod"}}
	for name, want := range map[string]struct {
		typ, name     string
		config, facts object
	}{
		"an instance": {"rds_instance", "orders", object{
			"DBInstanceIdentifier": "orders", "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "EngineVersion": "16.4",
			"MasterUsername": "root", "AllocatedStorage": "20", "Port": "5432", "PubliclyAccessible": true,
			"StorageEncrypted": true, "KmsKeyId": "key-1", "MultiAZ": false, "EnableIAMDatabaseAuthentication": true,
			"EnablePerformanceInsights": false, "EnableCloudwatchLogsExports": []any{"postgresql", "upgrade"},
			"VPCSecurityGroups": []any{"sg-1", "sg-2"}, "DBSubnetGroupName": "private",
			"DBParameterGroupName": "default.postgres16", "OptionGroupName": "default:postgres-16",
			"ManageMasterUserPassword": true, "MasterUserSecret": object{"KmsKeyId": "key-2"},
			"AutomaticBackupReplicationRegion": "us-east-1", "Tags": prod,
			"CopyTagsToSnapshot": false, "DedicatedLogVolume": false, "DeletionProtection": false, "MonitoringInterval": int64(0),
		}, object{
			"DBInstanceStatus": "available", "EndpointAddress": "orders.example", "VpcId": "vpc-1", "PendingModifications": true,
		}},
		"a cluster": {"rds_cluster", "shop", object{
			"DBClusterIdentifier": "shop", "Engine": "aurora-postgresql", "DBSubnetGroupName": "private",
			"DBClusterParameterGroupName": "default", "Port": int64(5432), "EnableHttpEndpoint": true,
			"AvailabilityZones": []any{"eu-west-1a", "eu-west-1b"}, "EnableLocalWriteForwarding": true,
			"ServerlessV2ScalingConfiguration": object{"MinCapacity": 0.5, "MaxCapacity": int64(4)},
			"AssociatedRoles":                  []any{object{"RoleArn": "arn:aws:iam::123456789012:role/s3", "FeatureName": "s3Import"}},
			"ManageMasterUserPassword":         false, "Tags": prod,
			"CopyTagsToSnapshot": false, "DeletionProtection": false, "EnableIAMDatabaseAuthentication": false,
			"MonitoringInterval": int64(0),
		}, object{"Status": "available", "DBClusterMembers": []any{"shop-1"}, "PendingModifications": false}},
		"a snapshot, with whom it is shared": {"rds_snapshot", "before", object{
			"DBSnapshotIdentifier": "before", "DBInstanceIdentifier": "orders", "Engine": "postgres", "SnapshotType": "manual",
			"Encrypted": false, "DBSnapshotAttributes": []any{object{
				"AttributeName": "restore", "AttributeValues": []any{"210987654321", "all"},
			}},
		}, object{"SnapshotCreateTime": "2026-01-02T03:04:05Z"}},
		"a cluster's snapshot": {"rds_cluster_snapshot", "shop-1", object{
			"DBClusterSnapshotIdentifier": "shop-1", "Engine": "aurora-postgresql", "SnapshotType": "manual",
			"StorageEncrypted": true, "DBClusterSnapshotAttributes": []any{object{
				"AttributeName": "restore", "AttributeValues": []any{"210987654321"},
			}},
		}, nil},
		"a subnet group": {"rds_subnet_group", "private", object{
			"DBSubnetGroupName": "private", "DBSubnetGroupDescription": "Private", "SubnetIds": []any{"subnet-1", "subnet-2"},
			"Tags": prod,
		}, object{"VpcId": "vpc-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := h.one(t, want.typ, want.name)
			if diff := cmp.Diff(want.config, o.Config); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.facts, o.Facts); want.facts != nil && diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if len(o.Unread) > 0 {
				t.Errorf("unread: %v", o.Unread)
			}
		})
	}
	t.Run("Neptune's and DocumentDB's are not RDS's, and automated snapshots are left out", func(t *testing.T) {
		for typ, want := range map[string][]string{
			"rds_instance": {rdsARN + "db:idle", rdsARN + "db:orders"}, "rds_cluster": {rdsARN + "cluster:shop"},
			"rds_snapshot": {rdsARN + "snapshot:before"}, "rds_cluster_snapshot": {rdsARN + "cluster-snapshot:shop-1"},
		} {
			if diff := cmp.Diff(want, h.ids(typ)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
	})
	t.Run("an instance at rest is stopped", func(t *testing.T) {
		if o := h.one(t, "rds_instance", "idle"); o.Status != audit.ResourceStopped {
			t.Errorf("status %q", o.Status)
		}
	})
}

func TestRDSRefusals(t *testing.T) {
	everything, _ := rdsWire().sync(t, "rds", "eu-west-1")
	for operation, c := range map[string]struct {
		unread map[string][]string
		failed string
	}{
		"DescribeDBSnapshotAttributes":        {map[string][]string{"rds_snapshot": {"DBSnapshotAttributes"}}, ""},
		"DescribeDBClusterSnapshotAttributes": {map[string][]string{"rds_cluster_snapshot": {"DBClusterSnapshotAttributes"}}, ""},
		"ListTagsForResource":                 {map[string][]string{"rds_subnet_group": {"Tags"}}, ""},
		"DescribeDBInstances":                 {nil, "rds_instance"},
		"DescribeDBClusters":                  {nil, "rds_cluster"},
		"DescribeDBSnapshots":                 {nil, "rds_snapshot"},
		"DescribeDBClusterSnapshots":          {nil, "rds_cluster_snapshot"},
		"DescribeDBSubnetGroups":              {nil, "rds_subnet_group"},
	} {
		t.Run("without "+operation, func(t *testing.T) {
			w := rdsWire().without(operation)
			h, errs := w.sync(t, "rds", "eu-west-1")
			sameButUnread(t, everything, h, "rds:"+operation, c.unread)
			if c.failed == "" {
				if len(errs) > 0 || len(h.all) != len(everything.all) {
					t.Errorf("failed: %v", errs)
				}
				return
			}
			if f := fault.From(errs[c.failed]); len(errs) != 1 || f.Kind != fault.Denied || f.Action != "rds:"+operation {
				t.Errorf("failed: %v", errs)
			}
		})
	}
}

func TestRDSHostileAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		failed  string
	}{
		"a marker that repeats fails the listing": {
			map[string]string{"DescribeDBInstances@two": rdsWire().answers["DescribeDBInstances@"]}, "rds_instance",
		},
		"an answer cut short fails the listing": {map[string]string{"DescribeDBClusters@two": "<DBClusters><DBCluster>"}, "rds_cluster"},
		"an instance without an ARN fails the listing": {
			map[string]string{"DescribeDBInstances@two": "<DBInstances><DBInstance><Engine>mysql</Engine></DBInstance></DBInstances>"}, "rds_instance",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := rdsWire().with(c.changes).sync(t, "rds", "eu-west-1")
			if len(errs) != 1 || fault.KindOf(errs[c.failed]) != fault.Upstream {
				t.Errorf("failed: %v", errs)
			}
		})
	}
	t.Run("snapshots that vanish are left out", func(t *testing.T) {
		h, errs := rdsWire().with(map[string]string{
			"DescribeDBSnapshotAttributes before": "DBSnapshotNotFound gone", "ListTagsForResource": "DBSubnetGroupNotFoundFault gone",
			"DescribeDBClusterSnapshotAttributes shop-1": "DBClusterSnapshotNotFoundFault gone",
		}).sync(t, "rds", "eu-west-1")
		for _, typ := range []string{"rds_snapshot", "rds_cluster_snapshot", "rds_subnet_group"} {
			if ids := h.ids(typ); len(ids) > 0 || len(errs) > 0 {
				t.Errorf("%s: %v, errors %v", typ, ids, errs)
			}
		}
	})
}

func TestRDSOrderMeansNothing(t *testing.T) {
	first, _ := rdsWire().sync(t, "rds", "eu-west-1")
	w := rdsWire()
	for _, pair := range [][2]string{
		{"<member>upgrade</member>", "<member>postgresql</member>"},
		{"<Subnet><SubnetIdentifier>subnet-2</SubnetIdentifier></Subnet>", "<Subnet><SubnetIdentifier>subnet-1</SubnetIdentifier></Subnet>"},
		{"<AttributeValue>210987654321</AttributeValue>", "<AttributeValue>all</AttributeValue>"},
		{"<AvailabilityZone>eu-west-1b</AvailabilityZone>", "<AvailabilityZone>eu-west-1a</AvailabilityZone>"},
	} {
		for key, body := range w.answers {
			w.answers[key] = strings.Replace(body, pair[0]+pair[1], pair[1]+pair[0], 1)
		}
	}
	w.answers["DescribeDBInstances@"] = strings.Replace(w.answers["DescribeDBInstances@"], "2026-11-20T10:11:12Z", "2026-11-20T10:16:12Z", 1)
	second, _ := w.sync(t, "rds", "eu-west-1")
	sameHashes(t, first, second)
}
