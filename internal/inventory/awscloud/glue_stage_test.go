package awscloud

import "testing"

func TestGlue(t *testing.T) {
	(&staged{
		service: "glue", region: "eu-west-1",
		answers: map[string]string{
			`GetConnections "HidePassword":true`: `{"ConnectionList":[{"Name":"db","ConnectionType":"JDBC","Description":"d","CreationTime":1767225600,"LastUpdatedTime":1767225601,"LastUpdatedBy":"u","Status":"READY","MatchCriteria":["b","a"],
"ConnectionProperties":{"JDBC_CONNECTION_URL":"jdbc:mysql://h/d","JDBC_ENFORCE_SSL":"true","USERNAME":"root","ENCRYPTED_PASSWORD":"xyz"},"AthenaProperties":{"b":"2","a":"1"},"PhysicalConnectionRequirements":{"SubnetId":"subnet-1","SecurityGroupIdList":["sg-2","sg-1"],"AvailabilityZone":"eu-west-1a"},
"AuthenticationConfiguration":{"AuthenticationType":"OAUTH2","SecretArn":"s","KmsKeyArn":"k","OAuth2Properties":{"OAuth2GrantType":"CLIENT_CREDENTIALS","TokenUrl":"https://t.example","TokenUrlParametersMap":{"x":"y"},"OAuth2ClientApplication":{"UserManagedClientApplicationClientId":"c"}}}}],"NextToken":"two"}`,
			`GetConnections "HidePassword":true two`: `{"ConnectionList":[{"Name":"bare"},{"Name":"gone"}]}`,
			"GetCrawlers": `{"Crawlers":[{"Name":"c","Role":"r","DatabaseName":"d","Description":"x","State":"READY","Version":3,"CreationTime":1767225600,"LastUpdated":1767225601,"CrawlElapsedTime":10,"TablePrefix":"t_","CrawlerSecurityConfiguration":"sc",
"Classifiers":["first"],"Configuration":"{\"Version\":1.0}","Schedule":{"ScheduleExpression":"cron(0 1 * * ? *)","State":"SCHEDULED"},"SchemaChangePolicy":{"UpdateBehavior":"LOG","DeleteBehavior":"LOG"},"RecrawlPolicy":{"RecrawlBehavior":"CRAWL_EVERYTHING"},
"LakeFormationConfiguration":{"UseLakeFormationCredentials":false},"LastCrawl":{"Status":"SUCCEEDED"},"Targets":{"S3Targets":[{"Path":"s3://b","Exclusions":["y","x"]},{"Path":"s3://a"}],"JdbcTargets":[{"ConnectionName":"db","Path":"d/%"},{"ConnectionName":"db","Path":"c/%","Exclusions":["y","x"]}],
"CatalogTargets":[{"DatabaseName":"d","Tables":["b","a"]}],"DynamoDBTargets":[{"Path":"t","scanAll":true}]}}],"NextToken":"two"}`,
			"GetCrawlers two": `{"Crawlers":[{"Name":"bare"},{"Name":"gone"}]}`,
			"GetJobs": `{"Jobs":[{"Name":"j","Description":"d","Role":"r","CreatedOn":1767225600,"LastModifiedOn":1767225601,"Command":{"Name":"glueetl","ScriptLocation":"s3://b/s.py","PythonVersion":"3"},"DefaultArguments":{"--password":"hunter2","--enable-metrics":""},
"NonOverridableArguments":{"--b":"2","--a":"1"},"Connections":{"Connections":["z","db"]},"ExecutionProperty":{"MaxConcurrentRuns":2},"MaxRetries":1,"AllocatedCapacity":10,"MaxCapacity":10.0,"NumberOfWorkers":10,"WorkerType":"G.1X","GlueVersion":"4.0","Timeout":60,
"SecurityConfiguration":"sc","JobMode":"SCRIPT","JobRunQueuingEnabled":true,"SourceControlDetails":{"AuthToken":"t","Repository":"r"},"CodeGenConfigurationNodes":{"n":{}}}],"NextToken":"two"}`,
			"GetJobs two": `{"Jobs":[{"Name":"bare"},{"Name":"gone"}]}`,
			"GetDevEndpoints": `{"DevEndpoints":[{"EndpointName":"e","RoleArn":"r","SecurityGroupIds":["sg-2","sg-1"],"SubnetId":"subnet-1","VpcId":"vpc-1","Status":"READY","PublicAddress":"1.2.3.4","PublicKeys":["ssh-rsa b","ssh-rsa a"],"Arguments":{"GLUE_PYTHON_VERSION":"3"},
"NumberOfNodes":5,"GlueVersion":"1.0","CreatedTimestamp":1767225600,"LastModifiedTimestamp":1767225601,"LastUpdateStatus":"OK","AvailabilityZone":"eu-west-1a","SecurityConfiguration":"sc"}],"NextToken":"two"}`,
			"GetDevEndpoints two": `{"DevEndpoints":[{"EndpointName":"bare"},{"EndpointName":"gone"},{"EndpointName":"old","Status":"TERMINATING"}]}`,
			"GetMLTransforms": `{"Transforms":[{"TransformId":"tfm-1","Name":"m","Description":"d","Status":"READY","CreatedOn":1767225600,"LabelCount":5,"Role":"r","GlueVersion":"2.0","MaxCapacity":10.0,"MaxRetries":1,"Timeout":60,
"InputRecordTables":[{"DatabaseName":"d","TableName":"b"},{"DatabaseName":"d","TableName":"a"}],"Parameters":{"TransformType":"FIND_MATCHES","FindMatchesParameters":{"PrimaryKeyColumnName":"id","AccuracyCostTradeoff":0.5,"EnforceProvidedLabels":true}},
"TransformEncryption":{"MlUserDataEncryption":{"MlUserDataEncryptionMode":"SSE-KMS","KmsKeyId":"k"},"TaskRunSecurityConfigurationName":"sc"},"EvaluationMetrics":{"TransformType":"FIND_MATCHES"}}],"NextToken":"two"}`,
			"GetMLTransforms two": `{"Transforms":[{"TransformId":"bare"},{"TransformId":"gone"},{"TransformId":"old","Status":"DELETING"}]}`,
			"GetSecurityConfigurations": `{"SecurityConfigurations":[{"Name":"sc","CreatedTimeStamp":1767225600,"EncryptionConfiguration":{"S3Encryption":[{"S3EncryptionMode":"SSE-S3"},{"S3EncryptionMode":"SSE-KMS","KmsKeyArn":"k"}],
"CloudWatchEncryption":{"CloudWatchEncryptionMode":"SSE-KMS","KmsKeyArn":"k"},"JobBookmarksEncryption":{"JobBookmarksEncryptionMode":"DISABLED"}}}],"NextToken":"two"}`,
			"GetSecurityConfigurations two":    `{"SecurityConfigurations":[{"Name":"bare"}]}`,
			"GetDataCatalogEncryptionSettings": `{"DataCatalogEncryptionSettings":{"EncryptionAtRest":{"CatalogEncryptionMode":"SSE-KMS","SseAwsKmsKeyId":"k"},"ConnectionPasswordEncryption":{"ReturnConnectionPasswordEncrypted":true,"AwsKmsKeyId":"k"}}}`,
			"GetTags connection/db":            `{"Tags":{"b":"2","a":"1"}}`,
			"GetTags crawler/c":                `{"Tags":{"env":"prod"}}`,
			"GetTags job/j":                    `{"Tags":{"env":"prod"}}`,
			"GetTags devEndpoint/e":            `{"Tags":{"env":"prod"}}`,
			"GetTags mlTransform/tfm-1":        `{"Tags":{"env":"prod"}}`,
			"GetTags /bare":                    `{"Tags":{}}`,
			"GetTags /gone":                    `!EntityNotFoundException`,
		},
		refusals: map[string]refusal{
			"glue:GetConnections":                   {fails: []string{glueConnection}},
			"glue:GetCrawlers":                      {fails: []string{glueCrawler}},
			"glue:GetJobs":                          {fails: []string{glueJob}},
			"glue:GetDevEndpoints":                  {fails: []string{glueEndpoint}},
			"glue:GetMLTransforms":                  {fails: []string{glueTransform}},
			"glue:GetSecurityConfigurations":        {fails: []string{glueSecurity}},
			"glue:GetDataCatalogEncryptionSettings": {fails: []string{glueCatalog}},
			actionGlueTags: {unread: map[string][]string{
				glueConnection: {"Tags"}, glueCrawler: {"Tags"}, glueJob: {"Tags"}, glueEndpoint: {"Tags"}, glueTransform: {"Tags"},
			}},
		},
		counters: map[string]string{
			`"CrawlElapsedTime":10`: `"CrawlElapsedTime":20`, `"State":"READY"`: `"State":"RUNNING"`, `"LabelCount":5`: `"LabelCount":6`,
			`1767225601`: `1767225602`, `"ENCRYPTED_PASSWORD":"xyz"`: `"ENCRYPTED_PASSWORD":"zyx"`,
		},
	}).run(t)
}
