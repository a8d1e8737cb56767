package awscloud

import "testing"

func TestOutputsThatSeemSecretAreKnown(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"DatabasePassword", "hunter2", true},
		{"ApiKey", "abc123", true},
		{"Url", "id=AKIAIOSFODNN7EXAMPLE", true},
		{"DatabaseSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", false},
		{"RotatePassword", "true", false},
		{"ApiKey", "{{resolve:secretsmanager:key}}", false},
		{"BucketName", "hunter2", false},
	} {
		if got := looksSecret(test.name, test.value); got != test.want {
			t.Errorf("%s = %s: %t, want %t", test.name, test.value, got, test.want)
		}
	}
}

func TestCloudFormation(t *testing.T) {
	arn := "arn:aws:cloudformation:eu-west-1:123456789012:stack/"
	member := func(body string) string { return "<member>" + body + "</member>" }
	(&staged{
		service: "cloudformation", region: "eu-west-1",
		answers: map[string]string{
			"DescribeStacks": "<Stacks>" + member("<StackId>"+arn+"main/1</StackId><StackName>main</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Description>d</Description>"+
				"<CreationTime>2026-01-01T00:00:00Z</CreationTime><LastUpdatedTime>2026-01-02T00:00:00Z</LastUpdatedTime><RoleARN>arn:r</RoleARN>"+
				"<EnableTerminationProtection>true</EnableTerminationProtection><DisableRollback>false</DisableRollback><TimeoutInMinutes>5</TimeoutInMinutes>"+
				"<Capabilities><member>CAPABILITY_NAMED_IAM</member><member>CAPABILITY_AUTO_EXPAND</member></Capabilities>"+
				"<NotificationARNs><member>arn:b</member><member>arn:a</member></NotificationARNs>"+
				"<Parameters>"+member("<ParameterKey>Password</ParameterKey><ParameterValue>****</ParameterValue>")+
				member("<ParameterKey>Token</ParameterKey><ParameterValue>planted</ParameterValue>")+
				member("<ParameterKey>Reference</ParameterKey><ParameterValue>{{resolve:ssm:x}}</ParameterValue><ResolvedValue>y</ResolvedValue>")+"</Parameters>"+
				"<Outputs>"+member("<OutputKey>B</OutputKey><OutputValue>planted</OutputValue><ExportName>b</ExportName>")+
				member("<OutputKey>A</OutputKey><OutputValue>planted</OutputValue>")+member("<OutputKey>AdminPassword</OutputKey><OutputValue>planted</OutputValue>")+
				member("<OutputKey>SecretArn</OutputKey><OutputValue>arn:aws:secretsmanager:s</OutputValue>")+"</Outputs>"+
				"<RollbackConfiguration><MonitoringTimeInMinutes>3</MonitoringTimeInMinutes><RollbackTriggers>"+
				member("<Arn>arn:b</Arn><Type>AWS::CloudWatch::Alarm</Type>")+member("<Arn>arn:a</Arn><Type>AWS::CloudWatch::Alarm</Type>")+"</RollbackTriggers></RollbackConfiguration>"+
				"<Tags>"+member("<Key>b</Key><Value>2</Value>")+member("<Key>a</Key><Value>1</Value>")+"</Tags>"+
				"<DriftInformation><StackDriftStatus>DRIFTED</StackDriftStatus><LastCheckTimestamp>2026-01-03T00:00:00Z</LastCheckTimestamp></DriftInformation>") +
				"</Stacks><NextToken>two</NextToken>",
			"DescribeStacks two": "<Stacks>" + member("<StackId>"+arn+"bare/1</StackId>") +
				member("<StackId>"+arn+"going/1</StackId><StackStatus>DELETE_IN_PROGRESS</StackStatus>") +
				member("<StackId>"+arn+"planned/1</StackId><StackStatus>REVIEW_IN_PROGRESS</StackStatus>") + "</Stacks>",
		},
		refusals: map[string]refusal{"cloudformation:DescribeStacks": {fails: []string{"cloudformation_stack"}}},
	}).run(t)
}
