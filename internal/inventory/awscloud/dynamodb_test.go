package awscloud

import (
	"testing"
)

const dynamoDBARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/"

func dynamoDBWire() *wire {
	return &wire{answers: map[string]string{
		"ListTables@":         `{"TableNames":["bare","going"],"LastEvaluatedTableName":"going"}`,
		"ListTables@going":    `{"TableNames":["orders"]}`,
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
		"GetResourcePolicy":                                 "PolicyNotFoundException none",
		"GetResourcePolicy " + dynamoDBARN + "orders":       `{"Policy":"` + openDocument + `","RevisionId":"1"}`,
		"ListTagsOfResource":                                `{}`,
		"ListTagsOfResource " + dynamoDBARN + "orders@":     `{"Tags":[{"Key":"env","Value":"prod"}],"NextToken":"more"}`,
		"ListTagsOfResource " + dynamoDBARN + "orders@more": `{"Tags":[{"Key":"a","Value":""}]}`,
	}}
}

func TestDynamoDB(t *testing.T) {
	trial{
		service: "dynamodb", wire: dynamoDBWire,
		want: map[string]wanted{
			"dynamodb_table bare": {id: dynamoDBARN + "bare", config: object{
				"TableName": "bare", "BillingMode": "PROVISIONED", "DeletionProtectionEnabled": false, "TableClass": "STANDARD",
				"PointInTimeRecoverySpecification": object{"PointInTimeRecoveryEnabled": false},
			}},
			"dynamodb_table orders": {
				id: dynamoDBARN + "orders",
				config: object{
					"TableName": "orders", "BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": true, "TableClass": "STANDARD_INFREQUENT_ACCESS",
					"AttributeDefinitions": []any{object{"AttributeName": "gk", "AttributeType": "N"}, object{"AttributeName": "pk", "AttributeType": "S"}},
					"KeySchema":            []any{object{"AttributeName": "pk", "KeyType": "HASH"}, object{"AttributeName": "gk", "KeyType": "RANGE"}},
					"GlobalSecondaryIndexes": []any{object{
						"IndexName": "two", "KeySchema": []any{object{"AttributeName": "gk", "KeyType": "HASH"}},
						"Projection": object{"ProjectionType": "INCLUDE", "NonKeyAttributes": []any{"a", "z"}},
					}},
					"StreamSpecification":              object{"StreamViewType": "NEW_IMAGE"},
					"SSESpecification":                 object{"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": testKey + "own"},
					"PointInTimeRecoverySpecification": object{"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": int64(35)},
					"TimeToLiveSpecification":          object{"AttributeName": "expires", "Enabled": true},
					"ResourcePolicy":                   object{"PolicyDocument": openPolicy()},
					"Tags":                             []any{object{"Key": "a", "Value": ""}, object{"Key": "env", "Value": "prod"}},
				},
				facts: object{
					"TableId": "id-1", "TableStatus": "ACTIVE", "CreationDateTime": "2026-01-01T00:00:00Z",
					"LatestStreamArn": dynamoDBARN + "orders/stream/1", "ReplicaRegions": []any{"eu-central-1", "us-east-1"},
				},
			},
		},
		calls: map[string]int{
			"ListTables": 2, "DescribeTable": 3, "DescribeContinuousBackups": 2, "DescribeTimeToLive": 2, "GetResourcePolicy": 2,
			"ListTagsOfResource": 3,
		},
		refused: map[string]lost{
			"ListTables":                {failed: []string{"dynamodb_table"}},
			"DescribeContinuousBackups": {unread: map[string][]string{"dynamodb_table": {"PointInTimeRecoverySpecification"}}},
			"DescribeTimeToLive":        {unread: map[string][]string{"dynamodb_table": {"TimeToLiveSpecification"}}},
			"GetResourcePolicy":         {unread: map[string][]string{"dynamodb_table": {"ResourcePolicy"}}},
			"ListTagsOfResource":        {unread: map[string][]string{"dynamodb_table": {"Tags"}}},
			// Without it nothing tells that a table is on its way out.
			"DescribeTable": {unread: map[string][]string{"dynamodb_table": tableDescribed}, more: 1},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":   {map[string]string{"ListTables@going": `{"LastEvaluatedTableName":"going"}`}, "dynamodb_table"},
			"an answer cut short fails the listing":    {map[string]string{"ListTables@going": `{"TableNames":["ord`}, "dynamodb_table"},
			"a table without a name fails the listing": {map[string]string{"ListTables@going": `{"TableNames":[""]}`}, "dynamodb_table"},
		},
		gone: map[string]string{
			"DescribeTable bare=ResourceNotFoundException gone":                          "dynamodb_table bare",
			"DescribeContinuousBackups orders=TableNotFoundException gone":               "dynamodb_table orders",
			"GetResourcePolicy " + dynamoDBARN + "orders=ResourceNotFoundException gone": "dynamodb_table orders",
		},
		swaps: [][2]string{
			{`{"AttributeName":"pk","AttributeType":"S"}`, `{"AttributeName":"gk","AttributeType":"N"}`}, {`"z"`, `"a"`}, openSwap(),
		},
		changes: [][2]string{{`"ItemCount":7`, `"ItemCount":8`}, {`"LatestRestorableDateTime":1767225600`, `"LatestRestorableDateTime":1767225900`}, {`"ReadUnitsPerSecond":12000,`, `"ReadUnitsPerSecond":15000,`}},
	}.run(t)
}
