package awscloud

import "testing"

func TestMQ(t *testing.T) {
	arn := "arn:aws:mq:eu-west-1:123456789012:broker:"
	(&staged{
		service: "mq", region: "eu-west-1",
		answers: map[string]string{
			"ListBrokers": `{"brokerSummaries":[{"brokerArn":"` + arn + `orders:b-1","brokerId":"b-1","brokerName":"orders","brokerState":"RUNNING","created":"2026-01-01T00:00:00Z","deploymentMode":"ACTIVE_STANDBY_MULTI_AZ","engineType":"ActiveMQ","hostInstanceType":"mq.m5.large"},
{"brokerArn":"` + arn + `rabbit:b-2","brokerId":"b-2","brokerName":"rabbit","brokerState":"RUNNING","deploymentMode":"CLUSTER_MULTI_AZ","engineType":"RABBITMQ","hostInstanceType":"mq.m5.large"}],"nextToken":"two"}`,
			"ListBrokers two": `{"brokerSummaries":[{"brokerArn":"` + arn + `bare:b-bare","brokerId":"b-bare"},{"brokerArn":"` + arn + `gone:b-gone","brokerId":"b-gone"},{"brokerArn":"x","brokerState":"DELETION_IN_PROGRESS"}]}`,
			"DescribeBroker b-1": `{"brokerArn":"` + arn + `orders:b-1","brokerId":"b-1","brokerName":"orders","brokerState":"RUNNING","created":"2026-01-01T00:00:00Z","deploymentMode":"ACTIVE_STANDBY_MULTI_AZ","engineType":"ActiveMQ","engineVersion":"5.18","hostInstanceType":"mq.m5.large","authenticationStrategy":"ldap",
"autoMinorVersionUpgrade":true,"publiclyAccessible":false,"storageType":"efs","dataReplicationMode":"NONE","encryptionOptions":{"useAwsOwnedKey":false,"kmsKeyId":"key-1"},"securityGroups":["sg-2","sg-1"],"pendingSecurityGroups":["sg-3"],"subnetIds":["subnet-2","subnet-1"],
"logs":{"general":true,"audit":false,"generalLogGroup":"g"},"maintenanceWindowStartTime":{"dayOfWeek":"SUNDAY","timeOfDay":"03:00","timeZone":"UTC"},"configurations":{"current":{"id":"c-1","revision":3},"history":[{"id":"c-1","revision":2}]},
"ldapServerMetadata":{"hosts":["only.example"],"roleBase":"r","serviceAccountUsername":"u","userBase":"b","userSearchMatching":"m","roleSearchMatching":"m","roleSearchSubtree":true},"brokerInstances":[{"consoleURL":"https://b-1-2.example","endpoints":["ssl://b-1-2.example:61617"],"ipAddress":"10.0.0.5"},{"consoleURL":"https://b-1-1.example","ipAddress":"10.0.0.4"}],
"users":[{"username":"writer"},{"username":"reader","pendingChange":"CREATE"},{"username":"old","pendingChange":"DELETE"}],"tags":{"b":"2","a":"1"},"actionsRequired":[{"actionRequiredCode":"x"}]}`,
			"DescribeBroker b-2": `{"brokerArn":"` + arn + `rabbit:b-2","brokerId":"b-2","brokerName":"rabbit","engineType":"RABBITMQ","engineVersion":"3.13","authenticationStrategy":"SIMPLE","storageType":"EBS","publiclyAccessible":true,"autoMinorVersionUpgrade":false,"encryptionOptions":{"useAwsOwnedKey":true},
"configurations":{"current":{"id":"c-2","revision":1},"pending":{"id":"c-2","revision":2}},"logs":{"general":false}}`,
			"DescribeBroker b-bare": `{}`,
			"DescribeBroker b-gone": `!NotFoundException`,
		},
		refusals: map[string]refusal{
			"mq:ListBrokers":    {fails: []string{mqBroker}},
			"mq:DescribeBroker": {unread: map[string][]string{mqBroker: mqDescribed}},
		},
		counters: map[string]string{
			`"RUNNING"`: `"REBOOT_IN_PROGRESS"`, `"10.0.0.5"`: `"10.0.0.6"`, `"pendingSecurityGroups":["sg-3"],`: ``,
			`"history":[{"id":"c-1","revision":2}]`: `"history":[]`,
		},
	}).run(t)
}
