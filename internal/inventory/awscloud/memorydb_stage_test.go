package awscloud

import "testing"

func TestMemoryDB(t *testing.T) {
	arn := "arn:aws:memorydb:eu-west-1:123456789012:"
	(&staged{
		service: "memorydb", region: "eu-west-1",
		answers: map[string]string{
			"DescribeClusters": `{"Clusters":[{"ARN":"` + arn + `cluster/main","Name":"main","Status":"available","Description":"d","Engine":"valkey","EngineVersion":"7.2","EnginePatchVersion":"7.2.6","NodeType":"db.r6g.large","NumberOfShards":2,
"Shards":[{"Name":"0001","NumberOfNodes":3,"Status":"available","Slots":"0-8191","Nodes":[{"Name":"n1","CreateTime":1767225600}]},{"Name":"0002","NumberOfNodes":3}],"AvailabilityMode":"MultiAZ","ACLName":"open-access","TLSEnabled":false,"KmsKeyId":"key-1",
"SecurityGroups":[{"SecurityGroupId":"sg-2","Status":"active"},{"SecurityGroupId":"sg-1","Status":"active"},{"SecurityGroupId":"sg-0","Status":"removing"}],"ClusterEndpoint":{"Address":"main.example","Port":6379},"ParameterGroupName":"default.memorydb-valkey7","ParameterGroupStatus":"in-sync",
"SubnetGroupName":"private","SnsTopicArn":"t","SnsTopicStatus":"ACTIVE","SnapshotRetentionLimit":1,"MaintenanceWindow":"wed:08:00-wed:09:00","SnapshotWindow":"06:30-07:30","AutoMinorVersionUpgrade":true,"DataTiering":"false","NetworkType":"ipv4","IpDiscovery":"ipv4",
"MultiRegionClusterName":"mr","PendingUpdates":{"ServiceUpdates":[{"ServiceUpdateName":"u","Status":"scheduled"}]}}],"NextToken":"two"}`,
			"DescribeClusters two":     `{"Clusters":[{"ARN":"` + arn + `cluster/bare","Shards":[{"NumberOfNodes":2},{"NumberOfNodes":1}]},{"ARN":"` + arn + `cluster/gone"},{"ARN":"x","Status":"deleting"}]}`,
			"DescribeACLs":             `{"ACLs":[{"ARN":"` + arn + `acl/open-access","Name":"open-access","Status":"active","UserNames":["default"],"Clusters":["main"],"MinimumEngineVersion":"6.2"}],"NextToken":"two"}`,
			"DescribeACLs two":         `{"ACLs":[{"ARN":"` + arn + `acl/app","Name":"app","Status":"active","UserNames":["writer","reader"]},{"ARN":"` + arn + `acl/bare"},{"ARN":"` + arn + `acl/gone"},{"ARN":"x","Status":"deleting"}]}`,
			"DescribeUsers":            `{"Users":[{"ARN":"` + arn + `user/default","Name":"default","Status":"active","AccessString":"on ~* &* +@all","ACLNames":["open-access"],"Authentication":{"Type":"no-password"},"MinimumEngineVersion":"6.2"}],"NextToken":"two"}`,
			"DescribeUsers two":        `{"Users":[{"ARN":"` + arn + `user/writer","Name":"writer","Status":"active","AccessString":"on ~app:* +@write","Authentication":{"Type":"password","PasswordCount":2}},{"ARN":"` + arn + `user/bare"},{"ARN":"` + arn + `user/gone"},{"ARN":"x","Status":"deleting"}]}`,
			"ListTags cluster/main":    `{"TagList":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTags /bare":           `{"TagList":[]}`,
			"ListTags cluster/gone":    `!ClusterNotFoundFault`,
			"ListTags acl/open-access": `!InvalidARNFault`,
			"ListTags acl/app":         `{"TagList":[{"Key":"env","Value":"prod"}]}`,
			"ListTags acl/gone":        `!ACLNotFoundFault`,
			"ListTags user/default":    `{}`,
			"ListTags user/writer":     `{"TagList":[{"Key":"env","Value":"prod"}]}`,
			"ListTags user/gone":       `!UserNotFoundFault`,
		},
		refusals: map[string]refusal{
			"memorydb:DescribeClusters": {fails: []string{memoryDBCluster}},
			"memorydb:DescribeACLs":     {fails: []string{memoryDBACL}},
			"memorydb:DescribeUsers":    {fails: []string{memoryDBUser}},
			actionMemoryDBTags:          {unread: map[string][]string{memoryDBCluster: {"Tags"}, memoryDBACL: {"Tags"}, memoryDBUser: {"Tags"}}},
		},
		counters: map[string]string{`"7.2.6"`: `"7.2.7"`, `"Status":"available"`: `"Status":"updating"`},
	}).run(t)
}
