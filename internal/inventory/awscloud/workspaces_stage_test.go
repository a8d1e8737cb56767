package awscloud

import "testing"

func TestWorkSpaces(t *testing.T) {
	(&staged{
		service: "workspaces", region: "eu-west-1",
		answers: map[string]string{
			"DescribeWorkspaces": `{"Workspaces":[{"WorkspaceId":"ws-1","DirectoryId":"d-1","UserName":"ann","IpAddress":"10.0.0.1","State":"STOPPED","BundleId":"wsb-1","SubnetId":"subnet-1","ComputerName":"PC-1",
"VolumeEncryptionKey":"arn:k","UserVolumeEncryptionEnabled":true,"RootVolumeEncryptionEnabled":true,"WorkspaceProperties":{"RunningMode":"AUTO_STOP","RunningModeAutoStopTimeoutInMinutes":60,
"RootVolumeSizeGib":80,"UserVolumeSizeGib":50,"ComputeTypeName":"STANDARD","Protocols":["WSP","PCOIP"],"OperatingSystemName":"WINDOWS_10"},"ModificationStates":[],"RelatedWorkspaces":[]}],"NextToken":"two"}`,
			"DescribeWorkspaces two": `{"Workspaces":[{"WorkspaceId":"ws-2"},{"WorkspaceId":"ws-3","State":"TERMINATING"},{"WorkspaceId":"ws-gone","State":"AVAILABLE"}]}`,
			"DescribeWorkspaceDirectories": `{"Directories":[{"DirectoryId":"d-1","Alias":"corp","DirectoryName":"corp.example.com","RegistrationCode":"SLiad+ABC","SubnetIds":["subnet-2","subnet-1"],"DnsIpAddresses":["10.0.0.3","10.0.0.2"],
"CustomerUserName":"Administrator","IamRoleId":"arn:r","DirectoryType":"SIMPLE_AD","WorkspaceSecurityGroupId":"sg-1","State":"REGISTERED","Tenancy":"SHARED","ipGroupIds":["wsipg-2","wsipg-1"],
"WorkspaceCreationProperties":{"EnableInternetAccess":false,"DefaultOu":"OU=x","CustomSecurityGroupId":"sg-2","UserEnabledAsLocalAdministrator":true,"EnableMaintenanceMode":true},
"WorkspaceAccessProperties":{"DeviceTypeWeb":"DENY","DeviceTypeWindows":"ALLOW","AccessEndpointConfig":{"AccessEndpoints":[{"AccessEndpointType":"STREAMING_WSP","VpcEndpointId":"vpce-1"}],"InternetFallbackProtocols":["PCOIP"]}},
"SelfservicePermissions":{"RestartWorkspace":"ENABLED","RebuildWorkspace":"DISABLED"},"SamlProperties":{"Status":"ENABLED","UserAccessUrl":"https://idp.example.com","RelayStateParameterName":"RelayState"},
"CertificateBasedAuthProperties":{"Status":"ENABLED","CertificateAuthorityArn":"arn:ca"},"UserIdentityType":"AWS_DIRECTORY_SERVICE","WorkspaceType":"PERSONAL","EndpointEncryptionMode":"FIPS_VALIDATED",
"IDCConfig":{"InstanceArn":"arn:i","ApplicationArn":"arn:a"},"StreamingProperties":{"StreamingExperiencePreferredProtocol":"TCP","StorageConnectors":[{"ConnectorType":"HOME_FOLDER","Status":"ENABLED"}],
"UserSettings":[{"Action":"FILE_UPLOAD","Permission":"DISABLED"},{"Action":"CLIPBOARD_COPY_TO_LOCAL_DEVICE","Permission":"ENABLED","MaximumLength":10}]}}],"NextToken":"two"}`,
			"DescribeWorkspaceDirectories two": `{"Directories":[{"DirectoryId":"d-2"},{"DirectoryId":"d-gone"},{"DirectoryId":"d-3","State":"DEREGISTERING"},
{"DirectoryId":"wsd-p","WorkspaceType":"POOLS","WorkspaceDirectoryName":"pool","ActiveDirectoryConfig":{"DomainName":"corp.example.com","ServiceAccountSecretArn":"arn:s"},"WorkspaceDirectoryDescription":"d"}]}`,
			"DescribeClientProperties d-1":        `{"ClientPropertiesList":[{"ResourceId":"d-1","ClientProperties":{"ReconnectEnabled":"ENABLED","LogUploadEnabled":"DISABLED"}}]}`,
			"DescribeClientProperties d-2 d-gone": `!ResourceNotFoundException`,
			"DescribeClientProperties d-2":        `{"ClientPropertiesList":[{"ResourceId":"d-2"}]}`,
			"DescribeClientProperties d-gone":     `!ResourceNotFoundException`,
			"DescribeIpGroups":                    `{"Result":[{"groupId":"wsipg-1","groupName":"office","groupDesc":"d","userRules":[{"ipRule":"203.0.113.0/24","ruleDesc":"b"},{"ipRule":"198.51.100.0/24","ruleDesc":"a"}]}],"NextToken":"two"}`,
			"DescribeIpGroups two":                `{"Result":[{"groupId":"wsipg-2"},{"groupId":"wsipg-gone"}]}`,
			"DescribeTags":                        `{"TagList":[]}`,
			"DescribeTags ws-1":                   `{"TagList":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"DescribeTags d-1":                    `{"TagList":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"DescribeTags wsipg-1":                `{"TagList":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"DescribeTags ws-gone":                `!ResourceNotFoundException`,
			"DescribeTags d-gone":                 `!ResourceNotFoundException`,
			"DescribeTags wsipg-gone":             `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"workspaces:DescribeWorkspaces":           {fails: []string{"workspaces_workspace"}},
			"workspaces:DescribeWorkspaceDirectories": {fails: []string{"workspaces_directory"}},
			"workspaces:DescribeIpGroups":             {fails: []string{"workspaces_ip_group"}},
			"workspaces:DescribeClientProperties":     {unread: map[string][]string{"workspaces_directory": {"ClientProperties"}}},
			"workspaces:DescribeTags": {unread: map[string][]string{
				"workspaces_directory": {"Tags"}, "workspaces_ip_group": {"Tags"}, "workspaces_workspace": {"Tags"},
			}},
		},
		counters: map[string]string{`"10.0.0.1"`: `"10.0.0.9"`, `"PC-1"`: `"PC-2"`},
	}).run(t)
}
