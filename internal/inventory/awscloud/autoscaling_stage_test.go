package awscloud

import "testing"

func TestAutoScaling(t *testing.T) {
	group := "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:u:autoScalingGroupName/"
	configuration := "arn:aws:autoscaling:eu-west-1:123456789012:launchConfiguration:u:launchConfigurationName/"
	(&staged{
		service: "autoscaling", region: "eu-west-1",
		answers: map[string]string{
			"DescribeAutoScalingGroups": `<NextToken>two</NextToken><AutoScalingGroups><member><AutoScalingGroupARN>` + group + `web</AutoScalingGroupARN><AutoScalingGroupName>web</AutoScalingGroupName>
<MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity><DefaultCooldown>300</DefaultCooldown><HealthCheckType>ELB</HealthCheckType><HealthCheckGracePeriod>60</HealthCheckGracePeriod>
<VPCZoneIdentifier>subnet-2,subnet-1</VPCZoneIdentifier><AvailabilityZones><member>eu-west-1b</member><member>eu-west-1a</member></AvailabilityZones><CreatedTime>2026-01-02T03:04:05Z</CreatedTime>
<MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification><LaunchTemplateId>lt-1</LaunchTemplateId><Version>$Default</Version></LaunchTemplateSpecification><Overrides><member><InstanceType>m7g.large</InstanceType></member></Overrides></LaunchTemplate>
<InstancesDistribution><OnDemandBaseCapacity>1</OnDemandBaseCapacity></InstancesDistribution></MixedInstancesPolicy>
<TargetGroupARNs><member>b</member><member>a</member></TargetGroupARNs><TerminationPolicies><member>Default</member></TerminationPolicies><NewInstancesProtectedFromScaleIn>false</NewInstancesProtectedFromScaleIn>
<EnabledMetrics><member><Metric>GroupMinSize</Metric><Granularity>1Minute</Granularity></member><member><Metric>GroupMaxSize</Metric><Granularity>1Minute</Granularity></member></EnabledMetrics>
<SuspendedProcesses><member><ProcessName>Terminate</ProcessName></member><member><ProcessName>Launch</ProcessName></member></SuspendedProcesses>
<Instances><member><InstanceId>i-1</InstanceId><LifecycleState>InService</LifecycleState></member></Instances>
<Tags><member><Key>b</Key><Value>2</Value><PropagateAtLaunch>true</PropagateAtLaunch><ResourceId>web</ResourceId></member><member><Key>a</Key><Value>1</Value><PropagateAtLaunch>false</PropagateAtLaunch></member></Tags></member>
<member><AutoScalingGroupARN>` + group + `going</AutoScalingGroupARN><AutoScalingGroupName>going</AutoScalingGroupName><Status>Delete in progress</Status></member></AutoScalingGroups>`,
			"DescribeAutoScalingGroups two": `<AutoScalingGroups><member><AutoScalingGroupARN>` + group + `bare</AutoScalingGroupARN><AutoScalingGroupName>bare</AutoScalingGroupName></member></AutoScalingGroups>`,
			"DescribeLifecycleHooks =web": `<LifecycleHooks><member><LifecycleHookName>wait</LifecycleHookName><LifecycleTransition>autoscaling:EC2_INSTANCE_LAUNCHING</LifecycleTransition><HeartbeatTimeout>60</HeartbeatTimeout></member>
<member><LifecycleHookName>drain</LifecycleHookName><LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING</LifecycleTransition></member></LifecycleHooks>`,
			"DescribeLifecycleHooks": `<LifecycleHooks></LifecycleHooks>`,
			"DescribeNotificationConfigurations =web": `<NextToken>two</NextToken><NotificationConfigurations>
<member><AutoScalingGroupName>web</AutoScalingGroupName><TopicARN>t</TopicARN><NotificationType>autoscaling:EC2_INSTANCE_TERMINATE</NotificationType></member></NotificationConfigurations>`,
			"DescribeNotificationConfigurations =web two": `<NotificationConfigurations>
<member><AutoScalingGroupName>web</AutoScalingGroupName><TopicARN>t</TopicARN><NotificationType>autoscaling:EC2_INSTANCE_LAUNCH</NotificationType></member></NotificationConfigurations>`,
			"DescribeNotificationConfigurations": `<NotificationConfigurations></NotificationConfigurations>`,
			"DescribeLaunchConfigurations": `<NextToken>two</NextToken><LaunchConfigurations><member><LaunchConfigurationARN>` + configuration + `old</LaunchConfigurationARN><LaunchConfigurationName>old</LaunchConfigurationName>
<ImageId>ami-1</ImageId><InstanceType>m5.large</InstanceType><AssociatePublicIpAddress>true</AssociatePublicIpAddress><UserData>c2VjcmV0</UserData><KernelId></KernelId><CreatedTime>2016-01-02T03:04:05Z</CreatedTime>
<InstanceMonitoring><Enabled>true</Enabled></InstanceMonitoring><SecurityGroups><member>sg-2</member><member>sg-1</member></SecurityGroups><MetadataOptions><HttpTokens>optional</HttpTokens></MetadataOptions>
<BlockDeviceMappings><member><DeviceName>/dev/xvdb</DeviceName><Ebs><VolumeSize>8</VolumeSize><Encrypted>false</Encrypted></Ebs></member><member><DeviceName>/dev/xvda</DeviceName></member></BlockDeviceMappings></member></LaunchConfigurations>`,
			"DescribeLaunchConfigurations two": `<LaunchConfigurations><member><LaunchConfigurationARN>` + configuration + `bare</LaunchConfigurationARN></member></LaunchConfigurations>`,
		},
		refusals: map[string]refusal{
			"autoscaling:DescribeAutoScalingGroups":          {fails: []string{"autoscaling_group"}},
			"autoscaling:DescribeLaunchConfigurations":       {fails: []string{"autoscaling_launch_configuration"}},
			"autoscaling:DescribeLifecycleHooks":             {unread: map[string][]string{"autoscaling_group": {"LifecycleHookSpecificationList"}}},
			"autoscaling:DescribeNotificationConfigurations": {unread: map[string][]string{"autoscaling_group": {"NotificationConfigurations"}}},
		},
		counters: map[string]string{"<InstanceId>i-1<": "<InstanceId>i-9<", "<DesiredCapacity>2": "<DesiredCapacity>3"},
	}).run(t)
}

func TestLaunchTemplates(t *testing.T) {
	(&staged{
		service: "ec2", name: "launch_templates", region: "eu-west-1", types: []string{"ec2_launch_template"},
		answers: map[string]string{
			"DescribeLaunchTemplates": `<nextToken>two</nextToken><launchTemplates><item><launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web</launchTemplateName>
<createTime>2026-01-02T03:04:05Z</createTime><defaultVersionNumber>2</defaultVersionNumber><latestVersionNumber>3</latestVersionNumber>
<tagSet><item><key>b</key><value>2</value></item><item><key>a</key><value>1</value></item></tagSet></item></launchTemplates>`,
			"DescribeLaunchTemplates two": `<launchTemplates><item><launchTemplateId>lt-2</launchTemplateId></item></launchTemplates>`,
			"DescribeLaunchTemplateVersions": `<nextToken>two</nextToken><launchTemplateVersionSet><item><launchTemplateId>lt-1</launchTemplateId><versionNumber>2</versionNumber><versionDescription>second</versionDescription>
<launchTemplateData><imageId>ami-1</imageId><instanceType>m7g.large</instanceType><userData>c2VjcmV0</userData><metadataOptions><httpTokens>required</httpTokens><state>applied</state></metadataOptions>
<securityGroupIdSet><item>sg-2</item><item>sg-1</item></securityGroupIdSet><monitoring><enabled>true</enabled></monitoring>
<networkInterfaceSet><item><deviceIndex>0</deviceIndex><associatePublicIpAddress>true</associatePublicIpAddress><groupSet><groupId>sg-1</groupId></groupSet></item></networkInterfaceSet>
<blockDeviceMappingSet><item><deviceName>/dev/xvdb</deviceName><ebs><encrypted>true</encrypted><volumeSize>8</volumeSize></ebs></item><item><deviceName>/dev/xvda</deviceName></item></blockDeviceMappingSet>
<tagSpecificationSet><item><resourceType>volume</resourceType><tagSet><item><key>env</key><value>prod</value></item></tagSet></item><item><resourceType>instance</resourceType></item></tagSpecificationSet></launchTemplateData></item></launchTemplateVersionSet>`,
			"DescribeLaunchTemplateVersions two": `<launchTemplateVersionSet><item><launchTemplateId>lt-2</launchTemplateId></item></launchTemplateVersionSet>`,
		},
		refusals: map[string]refusal{
			"ec2:DescribeLaunchTemplates":        {fails: []string{"ec2_launch_template"}},
			"ec2:DescribeLaunchTemplateVersions": {unread: map[string][]string{"ec2_launch_template": {"LaunchTemplateData", "VersionDescription"}}},
		},
	}).run(t)
}
