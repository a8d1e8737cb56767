package awscloud

import "testing"

func TestKafka(t *testing.T) {
	arn := "arn:aws:kafka:eu-west-1:123456789012:"
	(&staged{
		service: "kafka", region: "eu-west-1",
		answers: map[string]string{
			"ListClustersV2": `{"clusterInfoList":[{"clusterArn":"` + arn + `cluster/main/1","clusterName":"main","clusterType":"PROVISIONED","state":"ACTIVE","currentVersion":"K1","creationTime":"2026-01-02T03:04:05Z","tags":{"b":"2","a":"1","aws:x":"y"},
"provisioned":{"numberOfBrokerNodes":3,"enhancedMonitoring":"DEFAULT","storageMode":"LOCAL","zookeeperConnectString":"z","customerActionStatus":"NONE","rebalancing":{"status":"ACTIVE"},
"brokerNodeGroupInfo":{"brokerAZDistribution":"DEFAULT","clientSubnets":["subnet-2","subnet-1"],"securityGroups":["sg-2","sg-1"],"instanceType":"kafka.m5.large","storageInfo":{"ebsStorageInfo":{"volumeSize":100,"provisionedThroughput":{"enabled":true,"volumeThroughput":250}}},
"connectivityInfo":{"publicAccess":{"type":"SERVICE_PROVIDED_EIPS"},"vpcConnectivity":{"clientAuthentication":{"sasl":{"iam":{"enabled":true},"scram":{"enabled":false}},"tls":{"enabled":false}}}}},
"clientAuthentication":{"sasl":{"iam":{"enabled":true},"scram":{"enabled":false}},"tls":{"enabled":true,"certificateAuthorityArnList":["ca-2","ca-1"]},"unauthenticated":{"enabled":true}},
"currentBrokerSoftwareInfo":{"configurationArn":"` + arn + `configuration/c/1","configurationRevision":2,"kafkaVersion":"3.6.0"},"encryptionInfo":{"encryptionAtRest":{"dataVolumeKMSKeyId":"key-1"},"encryptionInTransit":{"clientBroker":"TLS_PLAINTEXT","inCluster":true}},
"loggingInfo":{"brokerLogs":{"cloudWatchLogs":{"enabled":true,"logGroup":"g"},"firehose":{"enabled":false},"s3":{"enabled":true,"bucket":"b","prefix":"p"}}},"openMonitoring":{"prometheus":{"jmxExporter":{"enabledInBroker":true},"nodeExporter":{"enabledInBroker":false}}}}}],"nextToken":"two"}`,
			"ListClustersV2 two": `{"clusterInfoList":[{"clusterArn":"` + arn + `cluster/less/2","clusterName":"less","clusterType":"SERVERLESS","state":"ACTIVE","tags":{"env":"prod"},
"serverless":{"vpcConfigs":[{"subnetIds":["subnet-2","subnet-1"],"securityGroupIds":["sg-2","sg-1"]},{"subnetIds":["subnet-3"]}],"clientAuthentication":{"sasl":{"iam":{"enabled":true}}}}},
{"clusterArn":"` + arn + `cluster/bare/3"},{"clusterArn":"` + arn + `cluster/empty/4","clusterType":"SERVERLESS"},{"clusterArn":"x","state":"DELETING"}]}`,
			"GetClusterPolicy main":  `{"currentVersion":"1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"210987654321\"]},\"Action\":\"kafka:*\",\"Resource\":\"*\"}]}"}`,
			"GetClusterPolicy less":  `{"policy":"{\"Statement\":[]}"}`,
			"GetClusterPolicy bare":  `!NotFoundException`,
			"GetClusterPolicy empty": `!NotFoundException`,
			"ListConfigurations": `{"configurations":[{"arn":"` + arn + `configuration/c/1","name":"c","description":"d","state":"ACTIVE","creationTime":"2026-01-02T03:04:05Z","kafkaVersions":["3.6.0","3.5.1"],
"latestRevision":{"revision":2,"creationTime":"2026-02-02T03:04:05Z","description":"second"}}],"nextToken":"two"}`,
			"ListConfigurations two": `{"configurations":[{"arn":"` + arn + `configuration/bare/2"},{"arn":"` + arn + `configuration/gone/3","latestRevision":{"revision":1}},{"arn":"x","state":"DELETING"}]}`,
			"DescribeConfigurationRevision configuration/c/1/revisions/2": `{"revision":2,"serverProperties":"YXV0by5jcmVhdGUudG9waWNzLmVuYWJsZT10cnVlCg=="}`,
			"DescribeConfigurationRevision gone":                          `!NotFoundException`,
		},
		refusals: map[string]refusal{
			"kafka:ListClustersV2":     {fails: []string{kafkaCluster}},
			"kafka:ListConfigurations": {fails: []string{kafkaConfiguration}},
			actionKafkaPolicy:          {unread: map[string][]string{kafkaCluster: {kafkaPolicy}, kafkaServerless: {kafkaPolicy}}},
			actionKafkaRevision:        {unread: map[string][]string{kafkaConfiguration: {"ServerProperties"}}},
		},
		counters: map[string]string{`"currentVersion":"K1"`: `"currentVersion":"K2"`, `"state":"ACTIVE"`: `"state":"UPDATING"`},
	}).run(t)
}
