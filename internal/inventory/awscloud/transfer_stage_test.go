package awscloud

import "testing"

func TestTransfer(t *testing.T) {
	arn := "arn:aws:transfer:eu-west-1:123456789012:"
	(&staged{
		service: "transfer", region: "eu-west-1",
		answers: map[string]string{
			"ListServers": `{"Servers":[{"Arn":"` + arn + `server/s-1","ServerId":"s-1","Domain":"S3","EndpointType":"VPC","IdentityProviderType":"SERVICE_MANAGED","LoggingRole":"arn:l","State":"OFFLINE","UserCount":2}],"NextToken":"two"}`,
			"ListServers two": `{"Servers":[{"Arn":"` + arn + `server/s-2","ServerId":"s-2"},{"Arn":"` + arn + `server/s-3","ServerId":"s-3"},
{"Arn":"` + arn + `server/s-4","ServerId":"s-4","IdentityProviderType":"AWS_LAMBDA"}]}`,
			"DescribeServer s-1": `{"Server":{"Arn":"` + arn + `server/s-1","ServerId":"s-1","Domain":"S3","EndpointType":"VPC","IdentityProviderType":"SERVICE_MANAGED","LoggingRole":"arn:l","State":"OFFLINE","UserCount":2,
"Certificate":"arn:c","HostKeyFingerprint":"SHA256:f","Protocols":["SFTP","FTPS"],"SecurityPolicyName":"TransferSecurityPolicy-2018-11",
"EndpointDetails":{"VpcId":"vpc-1","VpcEndpointId":"vpce-1","SubnetIds":["subnet-2","subnet-1"],"SecurityGroupIds":["sg-2","sg-1"],"AddressAllocationIds":["eipalloc-1"]},
"ProtocolDetails":{"PassiveIp":"AUTO","TlsSessionResumptionMode":"ENFORCED","As2Transports":["HTTP"]},"StructuredLogDestinations":["arn:b","arn:a"],
"IpAddressType":"IPV4","S3StorageOptions":{"DirectoryListingOptimization":"ENABLED"},"WorkflowDetails":{"OnUpload":[{"WorkflowId":"w","ExecutionRole":"arn:r"}]},
"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}}`,
			"DescribeServer s-2": `{"Server":{"Arn":"` + arn + `server/s-2","ServerId":"s-2"}}`,
			"DescribeServer s-3": `!ResourceNotFoundException`,
			"DescribeServer s-4": `{"Server":{"Arn":"` + arn + `server/s-4","IdentityProviderType":"AWS_LAMBDA","IdentityProviderDetails":{"Function":"arn:f","SftpAuthenticationMethods":"PASSWORD"}}}`,
			"ListUsers s-1":      `{"ServerId":"s-1","Users":[{"Arn":"` + arn + `user/s-1/ann","UserName":"ann","HomeDirectoryType":"LOGICAL","Role":"arn:r","SshPublicKeyCount":2}],"NextToken":"two"}`,
			"ListUsers s-1 two":  `{"ServerId":"s-1","Users":[{"Arn":"` + arn + `user/s-1/bob","UserName":"bob"},{"Arn":"` + arn + `user/s-1/gone","UserName":"gone"}]}`,
			"ListUsers s-2":      `{"ServerId":"s-2","Users":[]}`,
			"ListUsers s-3":      `!ResourceNotFoundException`,
			"DescribeUser ann": `{"ServerId":"s-1","User":{"Arn":"` + arn + `user/s-1/ann","UserName":"ann","HomeDirectoryType":"LOGICAL","Role":"arn:r",
"HomeDirectoryMappings":[{"Entry":"/b","Target":"/x/b"},{"Entry":"/a","Target":"/x/a"}],
"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":\"*\"}]}",
"PosixProfile":{"Uid":1,"Gid":2,"SecondaryGids":[4,3]},"SshPublicKeys":[{"SshPublicKeyId":"key-2","SshPublicKeyBody":"ssh-rsa B","DateImported":1767225600},
{"SshPublicKeyId":"key-1","SshPublicKeyBody":"ssh-rsa A","DateImported":1767225600}],"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}}`,
			"DescribeUser bob":  `{"ServerId":"s-1","User":{"Arn":"` + arn + `user/s-1/bob","UserName":"bob"}}`,
			"DescribeUser gone": `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"transfer:ListServers":    {fails: []string{"transfer_server", "transfer_user"}},
			"transfer:DescribeServer": {unread: map[string][]string{"transfer_server": transferServerDescribed}},
			"transfer:ListUsers":      {fails: []string{"transfer_user"}},
			"transfer:DescribeUser":   {unread: map[string][]string{"transfer_user": transferUserDescribed}},
		},
	}).run(t)
}
