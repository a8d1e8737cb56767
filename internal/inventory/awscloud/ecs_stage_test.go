package awscloud

import "testing"

// ecsStage plays a region with two clusters, one of which has services.
func ecsStage() *staged {
	arn := "arn:aws:ecs:eu-west-1:123456789012:"
	return &staged{
		service: "ecs", region: "eu-west-1",
		answers: map[string]string{
			"ListClusters":     `{"clusterArns":["` + arn + `cluster/main"],"nextToken":"two"}`,
			"ListClusters two": `{"clusterArns":["` + arn + `cluster/bare","` + arn + `cluster/gone"]}`,
			"DescribeClusters": `{"clusters":[{"clusterArn":"` + arn + `cluster/main","clusterName":"main","status":"ACTIVE","runningTasksCount":3,
"settings":[{"name":"containerInsights","value":"enabled"}],"capacityProviders":["FARGATE_SPOT","FARGATE"],
"configuration":{"executeCommandConfiguration":{"logging":"OVERRIDE","kmsKeyId":"k"}},"serviceConnectDefaults":{"namespace":"n"},
"tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}]},
{"clusterArn":"` + arn + `cluster/bare","clusterName":"bare"},{"clusterArn":"` + arn + `cluster/gone","clusterName":"gone","status":"INACTIVE"}],
"failures":[{"arn":"x","reason":"MISSING"}]}`,
			"ListServices main":     `{"serviceArns":["` + arn + `service/main/web"],"nextToken":"two"}`,
			"ListServices main two": `{"serviceArns":["` + arn + `service/main/bare"]}`,
			"ListServices bare":     `{"serviceArns":[]}`,
			"ListServices gone":     `!ClusterNotFoundException`,
			"DescribeServices web": `{"services":[{"serviceArn":"` + arn + `service/main/web","serviceName":"web","clusterArn":"` + arn + `cluster/main","status":"ACTIVE",
"desiredCount":2,"runningCount":2,"launchType":"FARGATE","platformVersion":"LATEST","taskDefinition":"` + arn + `task-definition/web:7","enableExecuteCommand":true,"schedulingStrategy":"REPLICA",
"loadBalancers":[{"targetGroupArn":"b","containerName":"web","containerPort":80},{"targetGroupArn":"a","containerName":"web","containerPort":81}],
"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-2","subnet-1"],"securityGroups":["sg-1"],"assignPublicIp":"ENABLED"}},
"deploymentConfiguration":{"maximumPercent":200,"deploymentCircuitBreaker":{"enable":true,"rollback":true}},"placementStrategy":[{"type":"spread","field":"host"}],
"deployments":[{"status":"ACTIVE","volumeConfigurations":[{"name":"old"}]},{"status":"PRIMARY","serviceConnectConfiguration":{"enabled":true,"namespace":"n"},"volumeConfigurations":[{"name":"data","managedEBSVolume":{"encrypted":true,"roleArn":"r"}}]}],
"events":[{"id":"1","message":"steady"}],"createdAt":1767225600,"tags":[{"key":"env","value":"prod"}]}],"failures":[]}`,
			"DescribeServices bare":          `{"services":[{"serviceArn":"` + arn + `service/main/bare"}]}`,
			"ListTaskDefinitionFamilies":     `{"families":["web"],"nextToken":"two"}`,
			"ListTaskDefinitionFamilies two": `{"families":["bare","gone"]}`,
			"DescribeTaskDefinition \"web\"": `{"taskDefinition":{"taskDefinitionArn":"` + arn + `task-definition/web:7","family":"web","revision":7,"status":"ACTIVE","registeredAt":1767225600,"registeredBy":"arn:aws:iam::123456789012:user/u",
"networkMode":"awsvpc","cpu":"256","memory":"512","taskRoleArn":"t","executionRoleArn":"e","requiresCompatibilities":["FARGATE","EC2"],"pidMode":"task",
"containerDefinitions":[{"name":"web","image":"nginx:1","cpu":0,"essential":true,"privileged":false,"readonlyRootFilesystem":true,"command":["run"],
"environment":[{"name":"PASSWORD","value":"hunter2"},{"name":"A","value":"1"}],"secrets":[{"name":"KEY","valueFrom":"arn:aws:ssm:eu-west-1:123456789012:parameter/k"}],
"portMappings":[{"containerPort":80,"protocol":"tcp"}],"mountPoints":[{"sourceVolume":"b","containerPath":"/b"},{"sourceVolume":"a","containerPath":"/a"}],
"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"g"}}},{"name":"side","image":"envoy"}],
"proxyConfiguration":{"type":"APPMESH","containerName":"side","properties":[{"name":"b","value":"2"},{"name":"a","value":"1"}]},
"volumes":[{"name":"b","efsVolumeConfiguration":{"fileSystemId":"fs-1","transitEncryption":"ENABLED","authorizationConfig":{"iam":"ENABLED"}}},{"name":"a","host":{"sourcePath":"/var"}}]},
"tags":[{"key":"env","value":"prod"}]}`,
			"DescribeTaskDefinition \"bare\"": `{"taskDefinition":{"family":"bare"}}`,
			"DescribeTaskDefinition \"gone\"": `!ClientException`,
		},
		refusals: map[string]refusal{
			"ecs:ListClusters":               {fails: []string{"ecs_cluster", "ecs_service"}},
			"ecs:DescribeClusters":           {fails: []string{"ecs_cluster"}},
			"ecs:ListServices":               {fails: []string{"ecs_service"}},
			"ecs:DescribeServices":           {fails: []string{"ecs_service"}},
			"ecs:ListTaskDefinitionFamilies": {fails: []string{"ecs_task_definition"}},
			"ecs:DescribeTaskDefinition":     {unread: map[string][]string{"ecs_task_definition": ecsTaskPaths}},
		},
		counters: map[string]string{`"runningCount":2`: `"runningCount":1`, `"message":"steady"`: `"message":"unsteady"`, `"desiredCount":2`: `"desiredCount":3`},
	}
}

func TestECS(t *testing.T) {
	c := ecsStage()
	c.run(t)
	t.Run("what could not be described is not taken for deleted", func(t *testing.T) {
		_, errs, _ := c.read(t, with(c.answers, "DescribeServices bare", `{"services":[],"failures":[{"arn":"x","reason":"ACCESS_DENIED"}]}`), "")
		if len(errs) != 1 || errs["ecs_service"] == nil {
			t.Errorf("%v", errs)
		}
	})
}
