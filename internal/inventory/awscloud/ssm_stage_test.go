package awscloud

import "testing"

const ssmARN = "arn:aws:ssm:eu-west-1:123456789012:"

func ssmAnswers() map[string]string {
	return map[string]string{
		"DescribeParameters": `{"Parameters":[{"Name":"/orders/key","ARN":"` + ssmARN + `parameter/orders/key","Type":"SecureString","KeyId":"alias/aws/ssm","Description":"Key","AllowedPattern":"^.+$",
"LastModifiedDate":1767225600,"LastModifiedUser":"arn:aws:iam::123456789012:user/alice","Version":3,"Tier":"Advanced","DataType":"text",
"Policies":[{"PolicyText":"{\"Type\":\"NoChangeNotification\"}","PolicyType":"NoChangeNotification","PolicyStatus":"Pending"},{"PolicyText":"{\"Type\":\"Expiration\"}","PolicyType":"Expiration","PolicyStatus":"Pending"}]}],"NextToken":"two"}`,
		"DescribeParameters two":          `{"Parameters":[{"Name":"bare"}]}`,
		"ListTagsForResource":             `{}`,
		"ListTagsForResource /orders/key": `{"TagList":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}]}`,
		"ListDocuments": `{"DocumentIdentifiers":[{"Name":"restart","Owner":"123456789012","DocumentType":"Command","DocumentFormat":"YAML","DocumentVersion":"2","SchemaVersion":"2.2",
"TargetType":"/AWS::EC2::Instance","VersionName":"v2","CreatedDate":1767225600,"Requires":[{"Name":"b","Version":"1"},{"Name":"a","Version":"1"}],"Tags":[{"Key":"env","Value":"prod"}]}],"NextToken":"two"}`,
		"ListDocuments two":                       `{"DocumentIdentifiers":[{"Name":"plain"}]}`,
		"DescribeDocumentPermission":              `{}`,
		"DescribeDocumentPermission restart":      `{"AccountIds":["all"],"NextToken":"more"}`,
		"DescribeDocumentPermission restart more": `{"AccountIds":["210987654321","111111111111"]}`,
	}
}

func TestSSM(t *testing.T) {
	(&staged{
		service: "ssm", region: "eu-west-1", types: []string{"ssm_parameter", "ssm_document"},
		answers: ssmAnswers(),
		refusals: map[string]refusal{
			"ssm:DescribeParameters":         {fails: []string{"ssm_parameter"}},
			"ssm:ListTagsForResource":        {unread: map[string][]string{"ssm_parameter": {"Tags"}}},
			"ssm:ListDocuments":              {fails: []string{"ssm_document"}},
			"ssm:DescribeDocumentPermission": {unread: map[string][]string{"ssm_document": {"AccountIds"}}},
		},
		counters: map[string]string{
			`"PolicyType":"Expiration","PolicyStatus":"Pending"`: `"PolicyType":"Expiration","PolicyStatus":"Finished"`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"DescribeParameters two": `{"NextToken":"two"}`},
				fails:   []string{"ssm_parameter"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListDocuments two": `{"DocumentIdentifiers":[{`},
				fails:   []string{"ssm_document"},
			},
			"a parameter without a name fails the listing": {
				answers: map[string]string{"DescribeParameters two": `{"Parameters":[{"Type":"String"}]}`},
				fails:   []string{"ssm_parameter"},
			},
			"a document without a name fails the listing": {
				answers: map[string]string{"ListDocuments two": `{"DocumentIdentifiers":[{"Owner":"1"}]}`},
				fails:   []string{"ssm_document"},
			},
			"/orders/key is gone when ListTagsForResource is called": {
				answers: map[string]string{"ListTagsForResource /orders/key": "!InvalidResourceId"},
				gone:    "ssm_parameter /orders/key",
			},
			"restart is gone when DescribeDocumentPermission is called": {
				answers: map[string]string{"DescribeDocumentPermission restart": "!InvalidDocument"},
				gone:    "ssm_document restart",
			},
		},
	}).run(t)
}

func TestSSMManagedInstances(t *testing.T) {
	(&staged{
		service: "ssm", name: "ssm_managed_instance", region: "eu-west-1", types: []string{"ssm_managed_instance"},
		answers: map[string]string{
			"DescribeInstanceInformation": `{"InstanceInformationList":[{"InstanceId":"mi-1","Name":"rack","ActivationId":"act-1","IamRole":"service-role/ssm","ResourceType":"ManagedInstance",
"SourceId":"i-9","SourceType":"AWS::EC2::Instance","AgentVersion":"3.1","IsLatestVersion":false,"ComputerName":"rack.local","IPAddress":"10.0.0.1","PingStatus":"ConnectionLost",
"LastPingDateTime":1767225600,"RegistrationDate":1767225600,"PlatformType":"Linux","PlatformName":"Ubuntu","PlatformVersion":"24.04","AssociationStatus":"Success"}],"NextToken":"two"}`,
			"DescribeInstanceInformation two": `{"InstanceInformationList":[{"InstanceId":"i-2"},{"InstanceId":"i-3","ResourceType":"EC2Instance"}]}`,
		},
		counters: map[string]string{"Success": "Pending", "10.0.0.1": "10.0.0.2", "3.1": "3.2", "1767225600": "1767225700"},
		refusals: map[string]refusal{"ssm:DescribeInstanceInformation": {fails: []string{"ssm_managed_instance"}}},
	}).run(t)
}
