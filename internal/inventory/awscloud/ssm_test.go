package awscloud

import "testing"

const ssmARN = "arn:aws:ssm:eu-west-1:123456789012:"

func ssmWire() *wire {
	return &wire{answers: map[string]string{
		"DescribeParameters@": `{"Parameters":[{"Name":"/orders/key","ARN":"` + ssmARN + `parameter/orders/key","Type":"SecureString","KeyId":"alias/aws/ssm","Description":"Key","AllowedPattern":"^.+$",
"LastModifiedDate":1767225600,"LastModifiedUser":"arn:aws:iam::123456789012:user/alice","Version":3,"Tier":"Advanced","DataType":"text",
"Policies":[{"PolicyText":"{\"Type\":\"NoChangeNotification\"}","PolicyType":"NoChangeNotification","PolicyStatus":"Pending"},{"PolicyText":"{\"Type\":\"Expiration\"}","PolicyType":"Expiration","PolicyStatus":"Pending"}]}],"NextToken":"two"}`,
		"DescribeParameters@two":          `{"Parameters":[{"Name":"bare"}]}`,
		"ListTagsForResource":             `{}`,
		"ListTagsForResource /orders/key": `{"TagList":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
		"ListDocuments@": `{"DocumentIdentifiers":[{"Name":"restart","Owner":"123456789012","DocumentType":"Command","DocumentFormat":"YAML","DocumentVersion":"2","SchemaVersion":"2.2",
"TargetType":"/AWS::EC2::Instance","VersionName":"v2","CreatedDate":1767225600,"Requires":[{"Name":"b","Version":"1"},{"Name":"a","Version":"1"}],"Tags":[{"Key":"env","Value":"prod"}]}],"NextToken":"two"}`,
		"ListDocuments@two":                       `{"DocumentIdentifiers":[{"Name":"plain"}]}`,
		"DescribeInstanceInformation":             `{}`, // see TestSSMManagedInstances
		"DescribeDocumentPermission":              `{}`,
		"DescribeDocumentPermission restart@":     `{"AccountIds":["all"],"NextToken":"more"}`,
		"DescribeDocumentPermission restart@more": `{"AccountIds":["210987654321","111111111111"]}`,
	}}
}

func TestSSM(t *testing.T) {
	trial{
		service: "ssm", wire: ssmWire,
		want: map[string]wanted{
			"ssm_parameter bare": {id: ssmARN + "parameter/bare", config: object{"Name": "bare", "DataType": "text", "Tier": "Standard"}, facts: object{}},
			"ssm_parameter /orders/key": {
				id: ssmARN + "parameter/orders/key",
				config: object{
					"Name": "/orders/key", "Type": "SecureString", "Description": "Key", "AllowedPattern": "^.+$", "Tier": "Advanced", "DataType": "text",
					"Policies": `[{"Type":"Expiration"},{"Type":"NoChangeNotification"}]`, "Tags": object{"env": "prod", "a": ""},
				},
				facts: object{
					"KeyId": "alias/aws/ssm", "LastModifiedDate": "2026-01-01T00:00:00Z", "LastModifiedUser": "arn:aws:iam::123456789012:user/alice",
				},
			},
			"ssm_document plain": {id: ssmARN + "document/plain", config: object{"Name": "plain"}, facts: object{}},
			"ssm_document restart": {
				id: ssmARN + "document/restart",
				config: object{
					"Name": "restart", "DocumentType": "Command", "DocumentFormat": "YAML", "TargetType": "/AWS::EC2::Instance", "VersionName": "v2",
					"AccountIds": []any{"111111111111", "210987654321", "all"},
					"Requires":   []any{object{"Name": "a", "Version": "1"}, object{"Name": "b", "Version": "1"}},
					"Tags":       []any{object{"Key": "env", "Value": "prod"}},
				},
				facts: object{"CreatedDate": "2026-01-01T00:00:00Z", "DocumentVersion": "2", "SchemaVersion": "2.2"},
			},
		},
		calls: map[string]int{
			"DescribeParameters": 2, "ListTagsForResource": 2, "ListDocuments": 2, "DescribeDocumentPermission": 3, "DescribeInstanceInformation": 1,
		},
		refused: map[string]lost{
			"DescribeInstanceInformation": {failed: []string{"ssm_managed_instance"}},
			"DescribeParameters":          {failed: []string{"ssm_parameter"}},
			"ListTagsForResource":         {unread: map[string][]string{"ssm_parameter": {"Tags"}}},
			"ListDocuments":               {failed: []string{"ssm_document"}},
			"DescribeDocumentPermission":  {unread: map[string][]string{"ssm_document": {"AccountIds"}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":       {map[string]string{"DescribeParameters@two": `{"NextToken":"two"}`}, "ssm_parameter"},
			"an answer cut short fails the listing":        {map[string]string{"ListDocuments@two": `{"DocumentIdentifiers":[{`}, "ssm_document"},
			"a parameter without a name fails the listing": {map[string]string{"DescribeParameters@two": `{"Parameters":[{"Type":"String"}]}`}, "ssm_parameter"},
			"a document without a name fails the listing":  {map[string]string{"ListDocuments@two": `{"DocumentIdentifiers":[{"Owner":"1"}]}`}, "ssm_document"},
		},
		gone: map[string]string{
			"ListTagsForResource /orders/key=InvalidResourceId gone":   "ssm_parameter /orders/key",
			"DescribeDocumentPermission restart@=InvalidDocument gone": "ssm_document restart",
		},
		swaps: [][2]string{
			{`{"Key":"env","Value":"prod"}`, `{"Key":"a","Value":""}`},
			{`"210987654321"`, `"111111111111"`},
			{`{"Name":"b","Version":"1"}`, `{"Name":"a","Version":"1"}`},
			{`{"PolicyText":"{\"Type\":\"NoChangeNotification\"}","PolicyType":"NoChangeNotification","PolicyStatus":"Pending"}`, `{"PolicyText":"{\"Type\":\"Expiration\"}","PolicyType":"Expiration","PolicyStatus":"Pending"}`},
		},
		changes: [][2]string{{`"PolicyType":"Expiration","PolicyStatus":"Pending"`, `"PolicyType":"Expiration","PolicyStatus":"Finished"`}},
	}.run(t)
}
