package awscloud

import (
	"testing"
)

const dynamoDBARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/"

func dynamoDBAnswers() map[string]string {
	return map[string]string{
		"ListTables":          `{"TableNames":["bare","going"],"LastEvaluatedTableName":"going"}`,
		"ListTables going":    `{"TableNames":["orders"]}`,
		"DescribeTable bare":  `{}`,
		"DescribeTable going": `{"Table":{"TableStatus":"DELETING"}}`,
		"DescribeTable orders": `{"Table":{"TableName":"orders","TableArn":"` + dynamoDBARN + `orders","TableId":"id-1","TableStatus":"ACTIVE","CreationDateTime":1767225600,
"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"gk","AttributeType":"N"}],
"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"gk","KeyType":"RANGE"}],
"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},"ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":0,"NumberOfDecreasesToday":0},
"GlobalSecondaryIndexes":[{"IndexName":"two","KeySchema":[{"AttributeName":"gk","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["z","a"]},
"ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":0},"IndexStatus":"ACTIVE","ItemCount":3,"WarmThroughput":{"ReadUnitsPerSecond":12000}}],
"WarmThroughput":{"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"},"DeletionProtectionEnabled":true,
"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"LatestStreamArn":"` + dynamoDBARN + `orders/stream/1",
"SSEDescription":{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":"` + testKey + `own"},"TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS"},
"Replicas":[{"RegionName":"us-east-1"},{"RegionName":"eu-central-1"}],"ItemCount":7,"TableSizeBytes":70}}`,
		"DescribeContinuousBackups": `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}}`,
		"DescribeContinuousBackups orders": `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED",
"RecoveryPeriodInDays":35,"LatestRestorableDateTime":1767225600}}}`,
		"DescribeTimeToLive":                                `{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`,
		"DescribeTimeToLive orders":                         `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}}`,
		"GetResourcePolicy":                                 "!PolicyNotFoundException",
		"GetResourcePolicy " + dynamoDBARN + "orders":       `{"Policy":"` + openDocument + `","RevisionId":"1"}`,
		"ListTagsOfResource":                                `{}`,
		"ListTagsOfResource " + dynamoDBARN + "orders":      `{"Tags":[{"Key":"env","Value":"prod"}],"NextToken":"more"}`,
		"ListTagsOfResource " + dynamoDBARN + "orders more": `{"Tags":[{"Key":"a","Value":""}]}`,
	}
}

func TestDynamoDB(t *testing.T) {
	(&staged{
		service: "dynamodb", region: "eu-west-1",
		answers: dynamoDBAnswers(),
		refusals: map[string]refusal{
			"dynamodb:ListTables":                {fails: []string{"dynamodb_table"}},
			"dynamodb:DescribeContinuousBackups": {unread: map[string][]string{"dynamodb_table": {"PointInTimeRecoverySpecification"}}},
			"dynamodb:DescribeTimeToLive":        {unread: map[string][]string{"dynamodb_table": {"TimeToLiveSpecification"}}},
			"dynamodb:GetResourcePolicy":         {unread: map[string][]string{"dynamodb_table": {"ResourcePolicy"}}},
			"dynamodb:ListTagsOfResource":        {unread: map[string][]string{"dynamodb_table": {"Tags"}}},
			"dynamodb:DescribeTable":             {unread: map[string][]string{"dynamodb_table": tableDescribed}},
		},
		counters: map[string]string{
			`"ItemCount":7`:                         `"ItemCount":8`,
			`"LatestRestorableDateTime":1767225600`: `"LatestRestorableDateTime":1767225900`,
			`"ReadUnitsPerSecond":12000,`:           `"ReadUnitsPerSecond":15000,`,
		},
		ordered: []string{"KeySchema"},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"ListTables going": `{"LastEvaluatedTableName":"going"}`},
				fails:   []string{"dynamodb_table"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListTables going": `{"TableNames":["ord`},
				fails:   []string{"dynamodb_table"},
			},
			"a table without a name fails the listing": {
				answers: map[string]string{"ListTables going": `{"TableNames":[""]}`},
				fails:   []string{"dynamodb_table"},
			},
			"bare is gone when DescribeTable is called": {
				answers: map[string]string{"DescribeTable bare": "!ResourceNotFoundException"},
				gone:    "dynamodb_table bare",
			},
			"orders is gone when DescribeContinuousBackups is called": {
				answers: map[string]string{"DescribeContinuousBackups orders": "!TableNotFoundException"},
				gone:    "dynamodb_table orders",
			},
			"orders is gone when GetResourcePolicy is called": {
				answers: map[string]string{"GetResourcePolicy " + dynamoDBARN + "orders": "!ResourceNotFoundException"},
				gone:    "dynamodb_table orders",
			},
		},
	}).run(t)
}
