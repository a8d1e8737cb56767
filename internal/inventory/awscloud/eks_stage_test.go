package awscloud

import "testing"

func TestEKS(t *testing.T) {
	arn := "arn:aws:eks:eu-west-1:123456789012:"
	(&staged{
		service: "eks", region: "eu-west-1",
		answers: map[string]string{
			"ListClusters":     `{"clusters":["main"],"nextToken":"two"}`,
			"ListClusters two": `{"clusters":["bare","going","gone"]}`,
			"DescribeCluster /main": `{"cluster":{"name":"main","arn":"` + arn + `cluster/main","version":"1.33","roleArn":"r","status":"ACTIVE","platformVersion":"eks.5","createdAt":1767225600,"endpoint":"https://e.example",
"resourcesVpcConfig":{"subnetIds":["subnet-2","subnet-1"],"securityGroupIds":["sg-1"],"clusterSecurityGroupId":"sg-2","vpcId":"vpc-1","endpointPublicAccess":true,"endpointPrivateAccess":false,"publicAccessCidrs":["0.0.0.0/0"]},
"kubernetesNetworkConfig":{"serviceIpv4Cidr":"10.100.0.0/16","ipFamily":"ipv4"},"logging":{"clusterLogging":[{"types":["audit","api"],"enabled":true},{"types":["scheduler"],"enabled":false}]},
"identity":{"oidc":{"issuer":"https://oidc.example/id/1"}},"encryptionConfig":[{"resources":["secrets"],"provider":{"keyArn":"k"}}],"accessConfig":{"authenticationMode":"API","bootstrapClusterCreatorAdminPermissions":true},
"certificateAuthority":{"data":"abc"},"deletionProtection":true,"upgradePolicy":{"supportType":"STANDARD"},"tags":{"b":"2","a":"1","aws:cloudformation:stack-name":"s"}}}`,
			"DescribeCluster /bare":    `{"cluster":{"name":"bare"}}`,
			"DescribeCluster /going":   `{"cluster":{"name":"going","status":"DELETING"}}`,
			"DescribeCluster /gone":    `!ResourceNotFoundException`,
			"ListNodegroups /main":     `{"nodegroups":["web"],"nextToken":"two"}`,
			"ListNodegroups /main two": `{"nodegroups":["bare"]}`,
			"ListNodegroups":           `{"nodegroups":[]}`,
			"ListNodegroups /gone":     `!ResourceNotFoundException`,
			"DescribeNodegroup /web": `{"nodegroup":{"nodegroupName":"web","nodegroupArn":"` + arn + `nodegroup/main/web/u","clusterName":"main","version":"1.33","releaseVersion":"1.33.1-2","status":"ACTIVE","createdAt":1767225600,"modifiedAt":1767225700,
"capacityType":"SPOT","amiType":"AL2023_x86_64_STANDARD","instanceTypes":["m5.large","m5a.large"],"subnets":["subnet-2","subnet-1"],"scalingConfig":{"minSize":1,"maxSize":5,"desiredSize":3},
"remoteAccess":{"ec2SshKey":"k","sourceSecurityGroups":["sg-1"]},"nodeRole":"r","labels":{"tier":"web"},"taints":[{"key":"b","effect":"NO_SCHEDULE"},{"key":"a","value":"1","effect":"NO_EXECUTE"}],
"diskSize":20,"updateConfig":{"maxUnavailable":1},"launchTemplate":{"id":"lt-1","name":"t","version":"2"},"health":{"issues":[]},"tags":{"env":"prod","aws:x":"y"}}}`,
			"DescribeNodegroup /bare": `{"nodegroup":{"nodegroupArn":"` + arn + `nodegroup/main/bare/v"}}`,
		},
		refusals: map[string]refusal{
			"eks:ListClusters":      {fails: []string{"eks_cluster", "eks_nodegroup"}},
			"eks:DescribeCluster":   {unread: map[string][]string{"eks_cluster": eksClusterPaths}},
			"eks:ListNodegroups":    {fails: []string{"eks_nodegroup"}},
			"eks:DescribeNodegroup": {fails: []string{"eks_nodegroup"}},
		},
		counters: map[string]string{`"desiredSize":3`: `"desiredSize":4`, `"modifiedAt":1767225700`: `"modifiedAt":1767225800`, `"eks.5"`: `"eks.6"`},
	}).run(t)
}
