package awscloud

import "testing"

func TestDirectoryService(t *testing.T) {
	(&staged{
		service: "ds", region: "eu-west-1",
		answers: map[string]string{
			"DescribeDirectories": `{"DirectoryDescriptions":[{"DirectoryId":"d-1","Name":"corp.example.com","ShortName":"CORP","Description":"d","Alias":"corp","AccessUrl":"corp.awsapps.com","Edition":"Enterprise","Type":"MicrosoftAD",
"DesiredNumberOfDomainControllers":2,"DnsIpAddrs":["10.0.0.3","10.0.0.2"],"LaunchTime":1767225600,"StageLastUpdatedDateTime":1767225601,"Stage":"Active","SsoEnabled":true,"OsVersion":"SERVER_2019","NetworkType":"IPv4",
"VpcSettings":{"VpcId":"vpc-1","SubnetIds":["subnet-2","subnet-1"],"SecurityGroupId":"sg-1","AvailabilityZones":["b","a"]},"RegionsInfo":{"PrimaryRegion":"eu-west-1","AdditionalRegions":["us-west-2","us-east-1"]},
"HybridSettings":{"SelfManagedDnsIpAddrs":["10.1.0.2","10.1.0.1"],"SelfManagedInstanceIds":["i-2","i-1"]},"RadiusStatus":"Completed","RadiusSettings":{"RadiusServers":["10.0.0.9","10.0.0.8"],"RadiusPort":1812,
"RadiusTimeout":10,"RadiusRetries":4,"SharedSecret":"hunter2","AuthenticationProtocol":"MS-CHAPv2","UseSameUsername":true}}],"NextToken":"two"}`,
			"DescribeDirectories two": `{"DirectoryDescriptions":[{"DirectoryId":"d-2"},{"DirectoryId":"d-gone","Type":"MicrosoftAD"},{"DirectoryId":"d-late"},{"DirectoryId":"d-3","Stage":"Deleting"},
{"DirectoryId":"d-4","Name":"connected","Size":"Small","Type":"ADConnector","DnsIpAddrs":["192.0.2.2","192.0.2.1"],"RadiusSettings":{},
"ConnectSettings":{"VpcId":"vpc-1","SubnetIds":["subnet-2","subnet-1"],"CustomerUserName":"svc","SecurityGroupId":"sg-2","ConnectIps":["10.0.0.6","10.0.0.5"]}},
{"DirectoryId":"d-5","Type":"SharedMicrosoftAD","ShareStatus":"Shared","ShareMethod":"HANDSHAKE","OwnerDirectoryDescription":{"AccountId":"222222222222","DirectoryId":"d-9","RadiusSettings":{"SharedSecret":"hunter2"}}},
{"DirectoryId":"d-6","Type":"ADConnector"}]}`,
			"DescribeLDAPSSettings d-1":     `{"LDAPSSettingsInfo":[],"NextToken":"two"}`,
			"DescribeLDAPSSettings d-1 two": `{"LDAPSSettingsInfo":[{"LDAPSStatus":"Enabled","LastUpdatedDateTime":1767225600}]}`,
			"DescribeLDAPSSettings d-4":     `{"LDAPSSettingsInfo":[]}`,
			"DescribeLDAPSSettings d-6":     `!UnsupportedOperationException`,
			"DescribeLDAPSSettings d-gone":  `!DirectoryDoesNotExistException`,
			"DescribeTrusts":                `{"Trusts":[{"DirectoryId":"d-1","TrustId":"t-1","RemoteDomainName":"b.example.com","TrustType":"Forest","TrustDirection":"Two-Way","TrustState":"Verified","SelectiveAuth":"Enabled","StateLastUpdatedDateTime":1767225600}],"NextToken":"two"}`,
			"DescribeTrusts two":            `{"Trusts":[{"DirectoryId":"d-1","TrustId":"t-2","RemoteDomainName":"a.example.com"},{"DirectoryId":"d-1","TrustId":"t-3","TrustState":"Deleting"}]}`,
			"ListLogSubscriptions":          `{"LogSubscriptions":[{"DirectoryId":"d-1","LogGroupName":"/aws/directoryservice/b"}],"NextToken":"two"}`,
			"ListLogSubscriptions two":      `{"LogSubscriptions":[{"DirectoryId":"d-1","LogGroupName":"/aws/directoryservice/a","SubscriptionCreatedDateTime":1767225600}]}`,
			"ListTagsForResource":           `{"Tags":[]}`,
			"ListTagsForResource d-1":       `{"Tags":[{"Key":"b","Value":"2"}],"NextToken":"two"}`,
			"ListTagsForResource d-1 two":   `{"Tags":[{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource d-late":    `!EntityDoesNotExistException`,
			"ListTagsForResource d-gone":    `!EntityDoesNotExistException`,
		},
		refusals: map[string]refusal{
			"ds:DescribeDirectories":   {fails: []string{"directoryservice_directory"}},
			"ds:DescribeLDAPSSettings": {unread: map[string][]string{"directoryservice_directory": {"LDAPSEnabled"}}},
			"ds:DescribeTrusts":        {unread: map[string][]string{"directoryservice_directory": {"Trusts"}}},
			"ds:ListLogSubscriptions":  {unread: map[string][]string{"directoryservice_directory": {"LogSubscriptions"}}},
			"ds:ListTagsForResource":   {unread: map[string][]string{"directoryservice_directory": {"Tags"}}},
		},
		counters: map[string]string{`"TrustState":"Verified"`: `"TrustState":"Verifying"`, `1767225601`: `1767229999`, `"Stage":"Active"`: `"Stage":"Impaired"`},
	}).run(t)
}
