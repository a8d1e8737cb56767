package awscloud

import "testing"

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
