package awscloud

import "testing"

func TestSageMaker(t *testing.T) {
	arn := "arn:aws:sagemaker:eu-west-1:123456789012:"
	(&staged{
		service: "sagemaker", region: "eu-west-1",
		answers: map[string]string{
			"ListNotebookInstances": `{"NotebookInstances":[{"NotebookInstanceArn":"` + arn + `notebook-instance/lab","NotebookInstanceName":"lab","NotebookInstanceStatus":"Stopped","Url":"lab.notebook.example","InstanceType":"ml.t3.medium","CreationTime":1767225600,"LastModifiedTime":1767225601,
"NotebookInstanceLifecycleConfigName":"start","DefaultCodeRepository":"https://git.example/r","AdditionalCodeRepositories":["https://git.example/b","https://git.example/a"]}],"NextToken":"two"}`,
			"ListNotebookInstances two": `{"NotebookInstances":[{"NotebookInstanceArn":"` + arn + `notebook-instance/bare","NotebookInstanceName":"bare"},{"NotebookInstanceArn":"` + arn + `notebook-instance/gone","NotebookInstanceName":"gone"},{"NotebookInstanceArn":"x","NotebookInstanceStatus":"Deleting"}]}`,
			`DescribeNotebookInstance "lab"`: `{"NotebookInstanceArn":"` + arn + `notebook-instance/lab","NotebookInstanceName":"lab","NotebookInstanceStatus":"Stopped","Url":"lab.notebook.example","InstanceType":"ml.t3.medium","SubnetId":"subnet-1","SecurityGroups":["sg-2","sg-1"],"RoleArn":"arn:aws:iam::123456789012:role/r",
"KmsKeyId":"key-1","NetworkInterfaceId":"eni-1","LastModifiedTime":1767225601,"CreationTime":1767225600,"NotebookInstanceLifecycleConfigName":"start","DirectInternetAccess":"Disabled","VolumeSizeInGB":5,"AcceleratorTypes":["ml.eia1.medium","ml.eia1.large"],"DefaultCodeRepository":"https://git.example/r",
"AdditionalCodeRepositories":["https://git.example/b","https://git.example/a"],"RootAccess":"Disabled","PlatformIdentifier":"notebook-al2-v2","InstanceMetadataServiceConfiguration":{"MinimumInstanceMetadataServiceVersion":"2"}}`,
			"ListEndpoints":     `{"Endpoints":[{"EndpointArn":"` + arn + `endpoint/serve","EndpointName":"serve","EndpointStatus":"InService","CreationTime":1767225600,"LastModifiedTime":1767225601}],"NextToken":"two"}`,
			"ListEndpoints two": `{"Endpoints":[{"EndpointArn":"` + arn + `endpoint/bare","EndpointName":"bare"},{"EndpointArn":"` + arn + `endpoint/gone","EndpointName":"gone"},{"EndpointArn":"x","EndpointStatus":"Deleting"}]}`,
			`DescribeEndpoint "serve"`: `{"EndpointArn":"` + arn + `endpoint/serve","EndpointName":"serve","EndpointConfigName":"serve-2","EndpointStatus":"InService","ProductionVariants":[{"VariantName":"all","CurrentWeight":1.0,"CurrentInstanceCount":2,"DesiredInstanceCount":2}],
"DataCaptureConfig":{"EnableCapture":true,"CaptureStatus":"Started","CurrentSamplingPercentage":10},"LastDeploymentConfig":{"BlueGreenUpdatePolicy":{"TrafficRoutingConfiguration":{"Type":"CANARY","WaitIntervalInSeconds":300,"CanarySize":{"Type":"CAPACITY_PERCENT","Value":30}},"TerminationWaitInSeconds":60},
"AutoRollbackConfiguration":{"Alarms":[{"AlarmName":"b"},{"AlarmName":"a"}]}},"CreationTime":1767225600,"LastModifiedTime":1767225601}`,
			"ListEndpointConfigs":     `{"EndpointConfigs":[{"EndpointConfigArn":"` + arn + `endpoint-config/serve-2","EndpointConfigName":"serve-2","CreationTime":1767225600}],"NextToken":"two"}`,
			"ListEndpointConfigs two": `{"EndpointConfigs":[{"EndpointConfigArn":"` + arn + `endpoint-config/bare","EndpointConfigName":"bare"},{"EndpointConfigArn":"` + arn + `endpoint-config/gone","EndpointConfigName":"gone"}]}`,
			`DescribeEndpointConfig "serve-2"`: `{"EndpointConfigArn":"` + arn + `endpoint-config/serve-2","EndpointConfigName":"serve-2","KmsKeyId":"key-1","CreationTime":1767225600,"ExecutionRoleArn":"arn:aws:iam::123456789012:role/r","EnableNetworkIsolation":true,
"VpcConfig":{"SecurityGroupIds":["sg-2","sg-1"],"Subnets":["subnet-2","subnet-1"]},"ProductionVariants":[{"VariantName":"old","ModelName":"m","InitialInstanceCount":1,"InstanceType":"ml.m5.large","InitialVariantWeight":0.3,"CoreDumpConfig":{"DestinationS3Uri":"s3://b/d"},
"ManagedInstanceScaling":{"Status":"ENABLED","MinInstanceCount":1,"MaxInstanceCount":3},"EnableSSMAccess":false},{"VariantName":"new","ModelName":"n","InitialVariantWeight":0.5,"ServerlessConfig":{"MaxConcurrency":5,"MemorySizeInMB":2048}}],
"ShadowProductionVariants":[{"VariantName":"t","ModelName":"n"},{"VariantName":"s","ModelName":"m"}],"DataCaptureConfig":{"EnableCapture":true,"InitialSamplingPercentage":10,"DestinationS3Uri":"s3://b/c","KmsKeyId":"key-1","CaptureOptions":[{"CaptureMode":"Output"},{"CaptureMode":"Input"}],
"CaptureContentTypeHeader":{"CsvContentTypes":["text/csv","text/c"],"JsonContentTypes":["application/jsonlines","application/json"]}},"AsyncInferenceConfig":{"OutputConfig":{"S3OutputPath":"s3://b/o","KmsKeyId":"key-1","NotificationConfig":{"SuccessTopic":"t","IncludeInferenceResponseIn":["SUCCESS_NOTIFICATION_TOPIC","ERROR_NOTIFICATION_TOPIC"]}},"ClientConfig":{"MaxConcurrentInvocationsPerInstance":4}},
"ExplainerConfig":{"ClarifyExplainerConfig":{"EnableExplanations":"x","ShapConfig":{"ShapBaselineConfig":{"ShapBaselineUri":"s3://b/s"}},"InferenceConfig":{"FeatureHeaders":["only"]}}}}`,
			"ListModels":     `{"Models":[{"ModelArn":"` + arn + `model/m","ModelName":"m","CreationTime":1767225600}],"NextToken":"two"}`,
			"ListModels two": `{"Models":[{"ModelArn":"` + arn + `model/line","ModelName":"line","CreationTime":1767225600},{"ModelArn":"` + arn + `model/bare","ModelName":"bare"},{"ModelArn":"` + arn + `model/gone","ModelName":"gone"}]}`,
			`DescribeModel "m"`: `{"ModelArn":"` + arn + `model/m","ModelName":"m","PrimaryContainer":{"Image":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/i:1","ImageConfig":{"RepositoryAccessMode":"Vpc","RepositoryAuthConfig":{"RepositoryCredentialsProviderArn":"f"}},"Mode":"SingleModel","ModelDataUrl":"s3://b/m.tar.gz",
"Environment":{"TOKEN":"hunter2","A":"1"},"ModelDataSource":{"S3DataSource":{"S3Uri":"s3://b/","S3DataType":"S3Prefix","CompressionType":"None","ModelAccessConfig":{"AcceptEula":true}}}},"ExecutionRoleArn":"arn:aws:iam::123456789012:role/r","VpcConfig":{"SecurityGroupIds":["sg-2","sg-1"],"Subnets":["subnet-2","subnet-1"]},"EnableNetworkIsolation":true,"CreationTime":1767225600}`,
			`DescribeModel "line"`: `{"ModelArn":"` + arn + `model/line","ModelName":"line","Containers":[{"ContainerHostname":"first","ModelPackageName":"p","Environment":{"B":"2"},"MultiModelConfig":{"ModelCacheSetting":"Enabled"}}],"InferenceExecutionConfig":{"Mode":"Serial"},"ExecutionRoleArn":"arn:aws:iam::123456789012:role/r","EnableNetworkIsolation":false}`,
			"ListDomains":          `{"Domains":[{"DomainArn":"` + arn + `domain/d-1","DomainId":"d-1","DomainName":"studio","Status":"InService","Url":"https://d-1.studio.example","CreationTime":1767225600,"LastModifiedTime":1767225601}],"NextToken":"two"}`,
			"ListDomains two":      `{"Domains":[{"DomainArn":"` + arn + `domain/d-bare","DomainId":"d-bare"},{"DomainArn":"` + arn + `domain/d-gone","DomainId":"d-gone"},{"DomainArn":"` + arn + `domain/d-old","DomainId":"d-old","DomainName":"old"},{"DomainArn":"x","Status":"Deleting"}]}`,
			`DescribeDomain "d-1"`: `{"DomainArn":"` + arn + `domain/d-1","DomainId":"d-1","DomainName":"studio","HomeEfsFileSystemId":"fs-1","HomeEfsFileSystemCreation":"Enabled","SingleSignOnManagedApplicationInstanceId":"ins-1","SingleSignOnApplicationArn":"a","Status":"InService","CreationTime":1767225600,"LastModifiedTime":1767225601,
"SecurityGroupIdForDomainBoundary":"sg-9","AuthMode":"SSO","AppNetworkAccessType":"VpcOnly","AppSecurityGroupManagement":"Service","SubnetIds":["subnet-2","subnet-1"],"VpcId":"vpc-1","Url":"https://d-1.studio.example","KmsKeyId":"key-1","HomeEfsFileSystemKmsKeyId":"key-1","TagPropagation":"ENABLED",
"DefaultUserSettings":{"ExecutionRole":"r","SecurityGroups":["sg-2","sg-1"],"SharingSettings":{"NotebookOutputOption":"Allowed","S3OutputPath":"s3://b","S3KmsKeyId":"k"},"JupyterLabAppSettings":{"LifecycleConfigArns":["b","a"],"CodeRepositories":[{"RepositoryUrl":"b"},{"RepositoryUrl":"a"}],"CustomImages":[{"ImageName":"b","AppImageConfigName":"c"},{"ImageName":"a","AppImageConfigName":"c"}]},
"CustomFileSystemConfigs":[{"FSxLustreFileSystemConfig":{"FileSystemId":"fs-3"}},{"EFSFileSystemConfig":{"FileSystemId":"fs-2","FileSystemPath":"/"}},{"S3FileSystemConfig":{"S3Uri":"s3://b","MountPath":"m"}}],"CustomPosixUserConfig":{"Uid":10000,"Gid":1001},"StudioWebPortalSettings":{"HiddenAppTypes":["JupyterServer","Canvas"]}},
"DefaultSpaceSettings":{"ExecutionRole":"r","CustomFileSystemConfigs":[{"EFSFileSystemConfig":{"FileSystemId":"fs-4"}}]},"DomainSettings":{"SecurityGroupIds":["sg-4","sg-3"],"ExecutionRoleIdentityConfig":"USER_PROFILE_NAME","DockerSettings":{"EnableDockerAccess":"ENABLED","VpcOnlyTrustedAccounts":["222222222222","111111111111"]},"RStudioServerProDomainSettings":{"DomainExecutionRoleArn":"r"}}}`,
			`DescribeDomain "d-old"`: `{"DomainId":"d-old","DomainName":"old","KmsKeyId":"key-2","DefaultSpaceSettings":{"CustomFileSystemConfigs":[{"EFSFileSystemConfig":{"FileSystemId":"fs-5"}}]}}`,

			`DescribeNotebookInstance "bare"`: `{}`, `DescribeNotebookInstance "gone"`: `!ValidationException`,
			`DescribeEndpoint "bare"`: `{}`, `DescribeEndpoint "gone"`: `!ValidationException`,
			`DescribeEndpointConfig "bare"`: `{}`, `DescribeEndpointConfig "gone"`: `!ValidationException`,
			`DescribeModel "bare"`: `{}`, `DescribeModel "gone"`: `!ValidationException`,
			`DescribeDomain "d-bare"`: `{}`, `DescribeDomain "d-gone"`: `!ResourceNotFound`,

			"ListTags":                `{"Tags":[]}`,
			"ListTags /lab":           `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTags endpoint/serve": `{"Tags":[{"Key":"env","Value":"prod"}]}`,
			"ListTags /serve-2":       `{"Tags":[{"Key":"env","Value":"prod"}]}`,
			"ListTags model/m":        `{"Tags":[{"Key":"env","Value":"prod"}]}`,
			"ListTags domain/d-1":     `{"Tags":[{"Key":"env","Value":"prod"}]}`,
			"ListTags /gone":          `!ResourceNotFound`,
			"ListTags domain/d-gone":  `!ResourceNotFound`,
		},
		refusals: map[string]refusal{
			"sagemaker:ListNotebookInstances":    {fails: []string{sageMakerNotebook}},
			"sagemaker:ListEndpoints":            {fails: []string{sageMakerEndpoint}},
			"sagemaker:ListEndpointConfigs":      {fails: []string{sageMakerEndpointConfig}},
			"sagemaker:ListModels":               {fails: []string{sageMakerModel}},
			"sagemaker:ListDomains":              {fails: []string{sageMakerDomain}},
			"sagemaker:DescribeNotebookInstance": {unread: map[string][]string{sageMakerNotebook: sageMakerNotebookDescribed}},
			"sagemaker:DescribeEndpoint":         {unread: map[string][]string{sageMakerEndpoint: sageMakerEndpointDescribed}},
			"sagemaker:DescribeEndpointConfig":   {unread: map[string][]string{sageMakerEndpointConfig: sageMakerEndpointConfigDescribed}},
			"sagemaker:DescribeModel":            {unread: map[string][]string{sageMakerModel: sageMakerModelDescribed}},
			"sagemaker:DescribeDomain":           {unread: map[string][]string{sageMakerDomain: sageMakerDomainDescribed}},
			actionSageMakerTags: {unread: map[string][]string{
				sageMakerDomain: {"Tags"}, sageMakerEndpoint: {"Tags"}, sageMakerEndpointConfig: {"Tags"}, sageMakerModel: {"Tags"},
				sageMakerNotebook: {"Tags"},
			}},
		},
		counters: map[string]string{
			`1767225601`: `1767225602`, `"CurrentInstanceCount":2`: `"CurrentInstanceCount":3`, `"InService"`: `"Updating"`,
			`"CurrentWeight":1.0`: `"CurrentWeight":0.5`, `"Started"`: `"Stopped"`,
		},
	}).run(t)
}
