package awscloud

import "testing"

func TestRedshift(t *testing.T) {
	(&staged{
		service: "redshift", region: "eu-west-1",
		answers: map[string]string{
			"DescribeClusters": `<Marker>two</Marker><Clusters><Cluster><ClusterIdentifier>dwh</ClusterIdentifier><NodeType>ra3.xlplus</NodeType><ClusterStatus>available</ClusterStatus>
<MasterUsername>root</MasterUsername><DBName>dev</DBName><Endpoint><Address>dwh.example</Address><Port>5439</Port></Endpoint><AutomatedSnapshotRetentionPeriod>7</AutomatedSnapshotRetentionPeriod>
<ClusterSecurityGroups></ClusterSecurityGroups><VpcSecurityGroups><VpcSecurityGroup><VpcSecurityGroupId>sg-2</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroup><VpcSecurityGroup><VpcSecurityGroupId>sg-1</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroup></VpcSecurityGroups>
<ClusterParameterGroups><ClusterParameterGroup><ParameterGroupName>default.redshift-1.0</ParameterGroupName></ClusterParameterGroup></ClusterParameterGroups>
<ClusterSubnetGroupName>private</ClusterSubnetGroupName><VpcId>vpc-1</VpcId><AvailabilityZone>eu-west-1a</AvailabilityZone><PreferredMaintenanceWindow>sun:03:30-sun:04:00</PreferredMaintenanceWindow>
<PendingModifiedValues></PendingModifiedValues><ClusterVersion>1.0</ClusterVersion><AllowVersionUpgrade>true</AllowVersionUpgrade><NumberOfNodes>2</NumberOfNodes><PubliclyAccessible>false</PubliclyAccessible>
<Encrypted>true</Encrypted><KmsKeyId>key-1</KmsKeyId><EnhancedVpcRouting>true</EnhancedVpcRouting><MultiAZ>Disabled</MultiAZ><AvailabilityZoneRelocationStatus>disabled</AvailabilityZoneRelocationStatus>
<IamRoles><ClusterIamRole><IamRoleArn>arn:aws:iam::123456789012:role/b</IamRoleArn><ApplyStatus>in-sync</ApplyStatus></ClusterIamRole><ClusterIamRole><IamRoleArn>arn:aws:iam::123456789012:role/a</IamRoleArn><ApplyStatus>adding</ApplyStatus></ClusterIamRole></IamRoles>
<ClusterSnapshotCopyStatus><DestinationRegion>us-east-1</DestinationRegion><RetentionPeriod>3</RetentionPeriod></ClusterSnapshotCopyStatus>
<Tags><Tag><Key>env</Key><Value>prod</Value></Tag><Tag><Key>app</Key><Value>x</Value></Tag></Tags></Cluster></Clusters>`,
			"DescribeClusters two": `<Clusters><Cluster><ClusterIdentifier>small</ClusterIdentifier><NumberOfNodes>1</NumberOfNodes><ClusterStatus>paused</ClusterStatus></Cluster>
<Cluster><ClusterIdentifier>bare</ClusterIdentifier></Cluster><Cluster><ClusterIdentifier>going</ClusterIdentifier><ClusterStatus>deleting</ClusterStatus></Cluster></Clusters>`,
			"DescribeLoggingStatus": `<LoggingEnabled>false</LoggingEnabled>`,
			"DescribeLoggingStatus dwh": `<LoggingEnabled>true</LoggingEnabled><LogDestinationType>cloudwatch</LogDestinationType><LastSuccessfulDeliveryTime>2026-11-20T03:04:05Z</LastSuccessfulDeliveryTime>
<LogExports><member>userlog</member><member>connectionlog</member></LogExports>`,
		},
		refusals: map[string]refusal{
			"redshift:DescribeLoggingStatus": {unread: map[string][]string{"redshift_cluster": {"LoggingProperties"}}},
			"redshift:DescribeClusters":      {fails: []string{"redshift_cluster"}},
		},
	}).run(t)
}
