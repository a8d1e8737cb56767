package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestDMS(t *testing.T) {
	arn := "arn:aws:dms:eu-west-1:123456789012:"
	(&staged{
		service: "dms", region: "eu-west-1",
		answers: map[string]string{
			"DescribeReplicationInstances": `{"ReplicationInstances":[{"ReplicationInstanceArn":"` + arn + `rep:MAIN","ReplicationInstanceIdentifier":"main","ReplicationInstanceClass":"dms.t3.medium","ReplicationInstanceStatus":"available","AllocatedStorage":50,"InstanceCreateTime":1767225600,
"VpcSecurityGroups":[{"VpcSecurityGroupId":"sg-2","Status":"active"},{"VpcSecurityGroupId":"sg-1","Status":"active"},{"VpcSecurityGroupId":"sg-0","Status":"removing"}],"AvailabilityZone":"eu-west-1a","ReplicationSubnetGroup":{"ReplicationSubnetGroupIdentifier":"private","VpcId":"vpc-1","Subnets":[{"SubnetIdentifier":"subnet-1"}]},
"PreferredMaintenanceWindow":"sun:06:00-sun:14:00","PendingModifiedValues":{"AllocatedStorage":100},"MultiAZ":false,"EngineVersion":"3.5.4","AutoMinorVersionUpgrade":true,"KmsKeyId":"key-1","PubliclyAccessible":true,"NetworkType":"IPV4","DnsNameServers":"10.0.0.2,10.0.0.3",
"ReplicationInstancePublicIpAddresses":["1.2.3.5","1.2.3.4"],"ReplicationInstancePrivateIpAddresses":["10.0.0.5","10.0.0.4"],"ReplicationInstancePublicIpAddress":"1.2.3.4","ReplicationInstancePrivateIpAddress":"10.0.0.4"},
{"ReplicationInstanceArn":"` + arn + `rep:PAIR","ReplicationInstanceIdentifier":"pair","MultiAZ":true,"AvailabilityZone":"eu-west-1a","SecondaryAvailabilityZone":"eu-west-1b","PendingModifiedValues":{}}],"Marker":"two"}`,
			"DescribeReplicationInstances two": `{"ReplicationInstances":[{"ReplicationInstanceArn":"` + arn + `rep:BARE"},{"ReplicationInstanceArn":"` + arn + `rep:GONE"},{"ReplicationInstanceArn":"x","ReplicationInstanceStatus":"deleting"}]}`,
			"DescribeEndpoints": `{"Endpoints":[{"EndpointArn":"` + arn + `endpoint:MYSQL","EndpointIdentifier":"mysql","EndpointType":"SOURCE","EngineName":"mysql","EngineDisplayName":"MySQL","Username":"root","ServerName":"db.example","Port":3306,"DatabaseName":"d","ExtraConnectionAttributes":"parallelLoadThreads=1;password=hunter2","Status":"active",
"KmsKeyId":"key-1","CertificateArn":"c","SslMode":"verify-full","ServiceAccessRoleArn":"r","ExternalId":"e","MySQLSettings":{"AfterConnectScript":"SET x","ServerName":"db.example","Port":3306,"Username":"root","EventsPollInterval":5,"Password":"hunter2"}},
{"EndpointArn":"` + arn + `endpoint:PG","EndpointIdentifier":"pg","EndpointType":"TARGET","EngineName":"aurora-postgresql","SslMode":"none","PostgreSQLSettings":{"ServerName":"pg.example","Port":5432,"DatabaseName":"p","Username":"u","CaptureDdls":true,"SecretsManagerSecretId":"s","SecretsManagerAccessRoleArn":"r"}},
{"EndpointArn":"` + arn + `endpoint:S3","EndpointIdentifier":"s3","EndpointType":"TARGET","EngineName":"s3","S3Settings":{"BucketName":"b","EncryptionMode":"sse-kms","ServerSideEncryptionKmsKeyId":"k","ServiceAccessRoleArn":"r","CdcInsertsOnly":false}},
{"EndpointArn":"` + arn + `endpoint:ORA","EndpointIdentifier":"ora","EndpointType":"SOURCE","EngineName":"oracle","OracleSettings":{"ServerName":"ora.example","Port":1521,"AsmPassword":"x","AsmUser":"asm","SecurityDbEncryption":"x","ExtraArchivedLogDestIds":[2,1],"UseLogminerReader":true}},
{"EndpointArn":"` + arn + `endpoint:KAFKA","EndpointIdentifier":"kafka","EndpointType":"TARGET","EngineName":"kafka","KafkaSettings":{"Broker":"k:9092","SaslUsername":"u","SaslPassword":"x","SecurityProtocol":"sasl-ssl","Topic":"t"}}],"Marker":"two"}`,
			"DescribeEndpoints two": `{"Endpoints":[{"EndpointArn":"` + arn + `endpoint:BARE"},{"EndpointArn":"` + arn + `endpoint:GONE"},{"EndpointArn":"x","Status":"deleting"},
{"EndpointArn":"` + arn + `endpoint:DB2","IBMDb2Settings":{"ServerName":"db2.example","Port":50000}},{"EndpointArn":"` + arn + `endpoint:DOCDB","DocDbSettings":{"ServerName":"doc.example","Port":27017,"NestingLevel":"one"}},
{"EndpointArn":"` + arn + `endpoint:RS","RedshiftSettings":{"ServerName":"rs.example","Port":5439,"TruncateColumns":true,"ServerSideEncryptionKmsKeyId":"k"}},{"EndpointArn":"` + arn + `endpoint:SYB","SybaseSettings":{"ServerName":"syb.example","Port":5000,"Username":"u"}}]}`,
			"DescribeReplicationTasks": `{"ReplicationTasks":[{"ReplicationTaskArn":"` + arn + `task:COPY","ReplicationTaskIdentifier":"copy","SourceEndpointArn":"` + arn + `endpoint:MYSQL","TargetEndpointArn":"` + arn + `endpoint:S3","ReplicationInstanceArn":"` + arn + `rep:MAIN","MigrationType":"full-load-and-cdc","Status":"stopped","StopReason":"Stop Reason NORMAL",
"TableMappings":"{\"rules\":[{\"rule-type\":\"selection\",\"rule-id\":\"1\",\"object-locator\":{\"schema-name\":\"a<b\"}}]}","ReplicationTaskSettings":"{\"TargetMetadata\":{\"LobMaxSize\":32},\"Logging\":{\"EnableLogging\":true,\"CloudWatchLogGroup\":\"dms-tasks-main\",\"CloudWatchLogStream\":\"dms-task-COPY\"}}",
"ReplicationTaskCreationDate":1767225600,"ReplicationTaskStartDate":1767225601,"CdcStartPosition":"p","CdcStopPosition":"q","RecoveryCheckpoint":"checkpoint:1","TaskData":"{}","ReplicationTaskStats":{"FullLoadProgressPercent":100,"ElapsedTimeMillis":1}},
{"ReplicationTaskArn":"` + arn + `task:RUN","ReplicationTaskIdentifier":"run","Status":"running"}],"Marker":"two"}`,
			"DescribeReplicationTasks two": `{"ReplicationTasks":[{"ReplicationTaskArn":"` + arn + `task:BARE"},{"ReplicationTaskArn":"` + arn + `task:GONE"},{"ReplicationTaskArn":"x","Status":"deleting"}]}`,

			"ListTagsForResource":                   `{}`,
			"ListTagsForResource rep:MAIN rep:PAIR": `{"TagList":[{"Key":"b","Value":"2","ResourceArn":"` + arn + `rep:MAIN"},{"Key":"a","Value":"1","ResourceArn":"` + arn + `rep:MAIN"},{"Key":"c","Value":"3","ResourceArn":"` + arn + `rep:PAIR"}]}`,
			"ListTagsForResource endpoint:MYSQL":    `{"TagList":[{"Key":"env","Value":"prod","ResourceArn":"` + arn + `endpoint:MYSQL"}]}`,
			"ListTagsForResource task:COPY":         `{"TagList":[{"Key":"env","Value":"prod","ResourceArn":"` + arn + `task:COPY"}]}`,
			"ListTagsForResource rep:GONE":          `!ResourceNotFoundFault`,
			"ListTagsForResource endpoint:GONE":     `!ResourceNotFoundFault`,
			"ListTagsForResource task:GONE":         `!ResourceNotFoundFault`,
		},
		refusals: map[string]refusal{
			"dms:DescribeReplicationInstances": {fails: []string{dmsInstance}},
			"dms:DescribeEndpoints":            {fails: []string{dmsEndpoint}},
			"dms:DescribeReplicationTasks":     {fails: []string{dmsTask}},
			actionDMSTags:                      {unread: map[string][]string{dmsEndpoint: {"Tags"}, dmsInstance: {"Tags"}, dmsTask: {"Tags"}}},
		},
		counters: map[string]string{
			`checkpoint:1`: `checkpoint:2`, `"ElapsedTimeMillis":1`: `"ElapsedTimeMillis":2`, `"Status":"running"`: `"Status":"stopping"`,
			`"dms-task-COPY`: `"dms-task-COPY-2`, `1767225601`: `1767225602`, `"PendingModifiedValues":{"AllocatedStorage":100}`: `"PendingModifiedValues":{}`,
			`"AvailabilityZone":"eu-west-1a","SecondaryAvailabilityZone":"eu-west-1b"`: `"AvailabilityZone":"eu-west-1b","SecondaryAvailabilityZone":"eu-west-1a"`,
		},
	}).run(t)
}

func TestDocumentsOfTasksAreWrittenInOneWay(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"names are put in order, spaces go":  {`{ "b":1, "a":{"d":2.50,"c":"<"} }`, `{"a":{"c":"<","d":2.50},"b":1}`},
		"the log that DMS chose is left out": {`{"Logging":{"CloudWatchLogGroup":"g","CloudWatchLogStream":"s","EnableLogging":false}}`, `{"Logging":{"EnableLogging":false}}`},
		"a log of another form stays":        {`{"Logging":null}`, `{"Logging":null}`},
		"what isn't JSON stays":              {`x = 1`, `x = 1`},
		"what isn't an object stays":         {`[ 1 ]`, `[ 1 ]`},
		"what has more than one value stays": {`{} {}`, `{} {}`},
		"an empty text stays":                {``, ``},
		"numbers keep all their digits":      {`{"n":12345678901234567890}`, `{"n":12345678901234567890}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := aws.ToString(dmsDocument(&c.in)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
