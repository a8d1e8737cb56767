package awscloud

import "testing"

func TestEMR(t *testing.T) {
	arn := "arn:aws:elasticmapreduce:eu-west-1:123456789012:cluster/"
	(&staged{
		service: "elasticmapreduce", region: "eu-west-1",
		answers: map[string]string{
			"ListClusters WAITING":     `{"Clusters":[{"Id":"j-1","Name":"spark","ClusterArn":"` + arn + `j-1","NormalizedInstanceHours":10,"Status":{"State":"WAITING"}}],"Marker":"two"}`,
			"ListClusters WAITING two": `{"Clusters":[{"Id":"j-bare","ClusterArn":"` + arn + `j-bare"},{"Id":"j-gone","ClusterArn":"` + arn + `j-gone"},{"Id":"j-ended","ClusterArn":"` + arn + `j-ended"}]}`,
			"DescribeCluster j-1": `{"Cluster":{"Id":"j-1","Name":"spark","ClusterArn":"` + arn + `j-1","Status":{"State":"WAITING","StateChangeReason":{"Message":"ready"},"Timeline":{"CreationDateTime":1767225600}},"AutoTerminate":false,"TerminationProtected":true,
"UnhealthyNodeReplacement":true,"VisibleToAllUsers":true,"ReleaseLabel":"emr-7.1.0","LogUri":"s3n://logs/","LogEncryptionKmsKeyId":"k","SecurityConfiguration":"sc","ServiceRole":"r","AutoScalingRole":"a","ScaleDownBehavior":"TERMINATE_AT_TASK_COMPLETION","StepConcurrencyLevel":1,"EbsRootVolumeSize":10,
"NormalizedInstanceHours":10,"MasterPublicDnsName":"m.example","Applications":[{"Name":"Spark","Version":"3.5.0"},{"Name":"Hive","Version":"3.1.3"}],"PlacementGroups":[{"InstanceRole":"MASTER","PlacementStrategy":"SPREAD"}],
"Configurations":[{"Classification":"spark-env","Configurations":[{"Classification":"export","Properties":{"PASSWORD":"hunter2"}}]},{"Classification":"hive-site","Properties":{"javax.jdo.option.ConnectionPassword":"hunter2"}}],
"KerberosAttributes":{"Realm":"EC2.INTERNAL","KdcAdminPassword":"hunter2","ADDomainJoinUser":"u"},"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}],
"Ec2InstanceAttributes":{"Ec2KeyName":"ops","Ec2SubnetId":"subnet-1","RequestedEc2SubnetIds":["subnet-2","subnet-1"],"Ec2AvailabilityZone":"eu-west-1a","IamInstanceProfile":"p","EmrManagedMasterSecurityGroup":"sg-1","EmrManagedSlaveSecurityGroup":"sg-2",
"ServiceAccessSecurityGroup":"sg-3","AdditionalMasterSecurityGroups":["sg-5","sg-4"],"AdditionalSlaveSecurityGroups":["sg-7","sg-6"]}}}`,
			"DescribeCluster j-bare":             `{"Cluster":{"Id":"j-bare","Ec2InstanceAttributes":{"Ec2SubnetId":"subnet-1"}}}`,
			"DescribeCluster j-gone":             `!InvalidRequestException`,
			"DescribeCluster j-ended":            `{"Cluster":{"Id":"j-ended","Status":{"State":"TERMINATING"}}}`,
			"ListSecurityConfigurations":         `{"SecurityConfigurations":[{"Name":"sc","CreationDateTime":1767225600}],"Marker":"two"}`,
			"ListSecurityConfigurations two":     `{"SecurityConfigurations":[{"Name":"bare"},{"Name":"gone"}]}`,
			"DescribeSecurityConfiguration sc":   `{"Name":"sc","SecurityConfiguration":"{\"EncryptionConfiguration\":{\"EnableInTransitEncryption\":false,\"EnableAtRestEncryption\":true}}"}`,
			"DescribeSecurityConfiguration bare": `{"Name":"bare"}`,
			"DescribeSecurityConfiguration gone": `!InvalidRequestException`,
			"GetBlockPublicAccessConfiguration":  `{"BlockPublicAccessConfiguration":{"BlockPublicSecurityGroupRules":true,"PermittedPublicSecurityGroupRuleRanges":[{"MinRange":443,"MaxRange":443},{"MinRange":22,"MaxRange":22}]},"BlockPublicAccessConfigurationMetadata":{"CreationDateTime":1767225600,"CreatedByArn":"arn:aws:iam::123456789012:root"}}`,
		},
		refusals: map[string]refusal{
			"elasticmapreduce:ListClusters":                      {fails: []string{emrCluster}},
			"elasticmapreduce:ListSecurityConfigurations":        {fails: []string{emrSecurity}},
			"elasticmapreduce:GetBlockPublicAccessConfiguration": {fails: []string{emrBlocking}},
			actionDescribeEMRCluster:                             {unread: map[string][]string{emrCluster: emrDescribed}},
			actionDescribeEMRSecurity:                            {unread: map[string][]string{emrSecurity: {"SecurityConfiguration"}}},
		},
		counters: map[string]string{`"NormalizedInstanceHours":10`: `"NormalizedInstanceHours":20`, `"Message":"ready"`: `"Message":"steady"`},
	}).run(t)
}
