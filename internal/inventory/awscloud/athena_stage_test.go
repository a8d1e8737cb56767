package awscloud

import "testing"

func TestAthena(t *testing.T) {
	(&staged{
		service: "athena", region: "eu-west-1",
		answers: map[string]string{
			"ListWorkGroups":     `{"WorkGroups":[{"Name":"primary","State":"ENABLED","Description":"d","CreationTime":1767225600,"EngineVersion":{"SelectedEngineVersion":"AUTO","EffectiveEngineVersion":"Athena engine version 3"}}],"NextToken":"two"}`,
			"ListWorkGroups two": `{"WorkGroups":[{"Name":"spark","State":"DISABLED"},{"Name":"bare"},{"Name":"gone"}]}`,
			"GetWorkGroup primary": `{"WorkGroup":{"Name":"primary","State":"ENABLED","Configuration":{"EnforceWorkGroupConfiguration":true,"PublishCloudWatchMetricsEnabled":true,"RequesterPaysEnabled":false,"BytesScannedCutoffPerQuery":10000000,
"EnableMinimumEncryptionConfiguration":true,"EngineVersion":{"SelectedEngineVersion":"AUTO","EffectiveEngineVersion":"Athena engine version 3"},
"ResultConfiguration":{"OutputLocation":"s3://b/","EncryptionConfiguration":{"EncryptionOption":"SSE_KMS","KmsKey":"k"},"ExpectedBucketOwner":"123456789012","AclConfiguration":{"S3AclOption":"BUCKET_OWNER_FULL_CONTROL"}},
"ManagedQueryResultsConfiguration":{"Enabled":false},"MonitoringConfiguration":{"CloudWatchLoggingConfiguration":{"Enabled":true,"LogGroup":"g","LogTypes":{"SPARK_DRIVER":["STDOUT","STDERR"]}}}}}}`,
			"GetWorkGroup spark": `{"WorkGroup":{"Name":"spark","Configuration":{"AdditionalConfiguration":"{\"NameSpace\":\"x\"}","ExecutionRole":"r","CustomerContentEncryptionConfiguration":{"KmsKey":"k"},
"EngineConfiguration":{"CoordinatorDpuSize":1,"MaxConcurrentDpus":20,"SparkProperties":{"b":"2","a":"1"},"Classifications":[{"Name":"z","Properties":{"p":"q"}},{"Name":"y"}]}}}}`,
			"GetWorkGroup bare": `{"WorkGroup":{"Name":"bare"}}`,
			"GetWorkGroup gone": `!InvalidRequestException`,
			"ListDataCatalogs":  `{"DataCatalogsSummary":[{"CatalogName":"AwsDataCatalog","Type":"GLUE"},{"CatalogName":"hive","Type":"HIVE","Status":"CREATE_COMPLETE"}],"NextToken":"two"}`,
			"ListDataCatalogs two": `{"DataCatalogsSummary":[{"CatalogName":"fed","Type":"FEDERATED","ConnectionType":"MYSQL","Status":"CREATE_FAILED","Error":"no"},{"CatalogName":"bare"},{"CatalogName":"gone"},
{"CatalogName":"old","Status":"DELETE_IN_PROGRESS"}]}`,
			"GetDataCatalog hive":                       `{"DataCatalog":{"Name":"hive","Type":"HIVE","Description":"d","Parameters":{"metadata-function":"arn:aws:lambda:eu-west-1:123456789012:function:f","sdk-version":"1"}}}`,
			"GetDataCatalog fed":                        `{"DataCatalog":{"Name":"fed","Type":"FEDERATED","Parameters":{"connection-arn":"c"}}}`,
			"GetDataCatalog bare":                       `{"DataCatalog":{"Name":"bare"}}`,
			"GetDataCatalog gone":                       `!InvalidRequestException`,
			"ListTagsForResource workgroup/primary":     `{"Tags":[{"Key":"b","Value":"2"}],"NextToken":"two"}`,
			"ListTagsForResource workgroup/primary two": `{"Tags":[{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource workgroup/spark":       `{"Tags":[]}`,
			"ListTagsForResource datacatalog/hive":      `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource datacatalog/fed":       `{"Tags":[]}`,
			"ListTagsForResource /bare":                 `{}`,
			"ListTagsForResource /gone":                 `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"athena:ListWorkGroups":   {fails: []string{athenaWorkGroup}},
			"athena:ListDataCatalogs": {fails: []string{athenaCatalog}},
			actionGetWorkGroup:        {unread: map[string][]string{athenaWorkGroup: athenaGroupDescribed}},
			actionGetDataCatalog:      {unread: map[string][]string{athenaCatalog: athenaCatalogDescribed}},
			actionAthenaTags:          {unread: map[string][]string{athenaWorkGroup: {"Tags"}, athenaCatalog: {"Tags"}}},
		},
		counters: map[string]string{"Athena engine version 3": "Athena engine version 4"},
	}).run(t)
}
