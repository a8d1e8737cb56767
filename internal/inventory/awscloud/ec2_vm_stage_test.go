package awscloud

import "testing"

const ec2ARN = "arn:aws:ec2:eu-west-1:123456789012:"

// ec2Tag is a resource's tag set.
const ec2Tag = `<tagSet><item><key>Name</key><value>web</value></item><item><key>env</key><value>prod</value></item></tagSet>`

// ec2VMAnswers play a region with something of everything, in two pages wherever EC2 pages.
func ec2VMAnswers() map[string]string {
	return map[string]string{
		"DescribeInstances": `<reservationSet><item><requesterId>940372691376</requesterId><instancesSet><item>
<instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState>
<privateDnsName>ip-10-0-0-5.internal</privateDnsName><dnsName></dnsName><reason/><keyName>ops</keyName><instanceType>m5.large</instanceType>
<launchTime>2026-01-02T03:04:05.000Z</launchTime><placement><availabilityZone>eu-west-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement>
<monitoring><state>disabled</state></monitoring><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.5</privateIpAddress>
<ipAddress>203.0.113.5</ipAddress><sourceDestCheck>true</sourceDestCheck>
<groupSet><item><groupId>sg-2</groupId><groupName>b</groupName></item><item><groupId>sg-1</groupId><groupName>a</groupName></item></groupSet>
<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>
<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId><status>attached</status><deleteOnTermination>true</deleteOnTermination></ebs></item>
<item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-2</volumeId><status>attached</status><deleteOnTermination>false</deleteOnTermination></ebs></item>
<item><deviceName>/dev/sdg</deviceName><ebs><volumeId>vol-3</volumeId><status>detaching</status></ebs></item></blockDeviceMapping>
<virtualizationType>hvm</virtualizationType>` + ec2Tag + `<ebsOptimized>true</ebsOptimized>
<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><attachment><deviceIndex>0</deviceIndex><deleteOnTermination>true</deleteOnTermination></attachment>
<association><publicIp>203.0.113.5</publicIp><ipOwnerId>amazon</ipOwnerId></association></item></networkInterfaceSet>
<iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/app/web</arn><id>AIPA1</id></iamInstanceProfile>
<cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions><hibernationOptions><configured>false</configured></hibernationOptions>
<licenseSet><item><licenseConfigurationArn>arn:aws:license-manager:eu-west-1:123456789012:license-configuration:lic-1</licenseConfigurationArn></item></licenseSet>
<metadataOptions><state>applied</state><httpTokens>optional</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint><httpProtocolIpv6>disabled</httpProtocolIpv6><instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions>
<enclaveOptions><enabled>false</enabled></enclaveOptions><platformDetails>Linux/UNIX</platformDetails>
<privateDnsNameOptions><hostnameType>ip-name</hostnameType><enableResourceNameDnsARecord>false</enableResourceNameDnsARecord><enableResourceNameDnsAAAARecord>false</enableResourceNameDnsAAAARecord></privateDnsNameOptions>
</item><item><instanceId>i-2</instanceId><instanceState><name>terminated</name></instanceState></item>
<item><instanceId>i-3</instanceId><instanceState><name>shutting-down</name></instanceState></item></instancesSet></item></reservationSet><nextToken>more</nextToken>`,
		"DescribeInstances more": `<reservationSet><item><instancesSet><item><instanceId>i-4</instanceId><instanceState><name>stopped</name></instanceState>
<reason>User initiated (2026-02-03 04:05:06 GMT)</reason></item><item><instanceId>i-5</instanceId></item></instancesSet></item></reservationSet>`,

		"DescribeNetworkInterfaces": `<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
<availabilityZone>eu-west-1a</availabilityZone><description>Primary</description><ownerId>123456789012</ownerId><requesterId>amazon-elb</requesterId><requesterManaged>true</requesterManaged>
<status>in-use</status><macAddress>02:00</macAddress><privateIpAddress>10.0.0.5</privateIpAddress><sourceDestCheck>false</sourceDestCheck><interfaceType>interface</interfaceType>
<groupSet><item><groupId>sg-2</groupId></item><item><groupId>sg-1</groupId></item></groupSet>
<attachment><attachmentId>eni-attach-1</attachmentId><instanceId>i-1</instanceId><instanceOwnerId>123456789012</instanceOwnerId><deviceIndex>0</deviceIndex><status>attached</status><attachTime>2026-01-02T03:04:05.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>
<association><publicIp>203.0.113.5</publicIp><ipOwnerId>amazon</ipOwnerId></association>` + ec2Tag + `
<privateIpAddressesSet><item><privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary></item><item><privateIpAddress>10.0.0.6</privateIpAddress><primary>false</primary></item></privateIpAddressesSet>
<ipv6AddressesSet><item><ipv6Address>2001:db8::5</ipv6Address><isPrimaryIpv6>true</isPrimaryIpv6></item></ipv6AddressesSet>
<ipv4PrefixSet><item><ipv4Prefix>10.0.1.0/28</ipv4Prefix></item></ipv4PrefixSet>
<connectionTrackingConfiguration><tcpEstablishedTimeout>300</tcpEstablishedTimeout></connectionTrackingConfiguration></item></networkInterfaceSet><nextToken>more</nextToken>`,
		"DescribeNetworkInterfaces more": `<networkInterfaceSet><item><networkInterfaceId>eni-2</networkInterfaceId></item></networkInterfaceSet>`,

		"DescribeAddresses": `<addressesSet><item><publicIp>203.0.113.9</publicIp><allocationId>eipalloc-1</allocationId><domain>vpc</domain><associationId>eipassoc-1</associationId>
<instanceId></instanceId><networkInterfaceId>eni-1</networkInterfaceId><networkInterfaceOwnerId>123456789012</networkInterfaceOwnerId><privateIpAddress>10.0.0.6</privateIpAddress>
<publicIpv4Pool>amazon</publicIpv4Pool><networkBorderGroup>eu-west-1</networkBorderGroup>` + ec2Tag + `</item><item><publicIp>203.0.113.10</publicIp></item></addressesSet>`,
		"DescribeKeyPairs": `<keySet><item><keyPairId>key-1</keyPairId><keyName>ops</keyName><keyType>ed25519</keyType><keyFingerprint>SHA</keyFingerprint>
<createTime>2026-01-02T03:04:05.000Z</createTime><publicKey>ssh-ed25519 AAAA ops
</publicKey>` + ec2Tag + `</item><item><keyName>bare</keyName></item></keySet>`,

		"DescribeVolumes": `<volumeSet><item><volumeId>vol-1</volumeId><size>100</size><snapshotId>snap-1</snapshotId><availabilityZone>eu-west-1a</availabilityZone><status>in-use</status>
<createTime>2026-01-02T03:04:05.000Z</createTime><volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput><encrypted>true</encrypted><kmsKeyId>arn:aws:kms:eu-west-1:123456789012:key/1</kmsKeyId><multiAttachEnabled>false</multiAttachEnabled>
<attachmentSet><item><volumeId>vol-1</volumeId><instanceId>i-1</instanceId><device>/dev/xvda</device><status>attached</status><attachTime>2026-01-02T03:04:05.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></item></attachmentSet>` + ec2Tag + `</item></volumeSet><nextToken>more</nextToken>`,
		"DescribeVolumes more": `<volumeSet><item><volumeId>vol-2</volumeId></item><item><volumeId>vol-3</volumeId><status>deleting</status></item></volumeSet>`,

		"DescribeSnapshots": `<snapshotSet><item><snapshotId>snap-1</snapshotId><volumeId>vol-1</volumeId><status>completed</status><startTime>2026-01-02T03:04:05.000Z</startTime>
<completionTime>2026-01-02T03:14:05.000Z</completionTime><progress>100%</progress><ownerId>123456789012</ownerId><volumeSize>100</volumeSize><description>nightly</description><encrypted>false</encrypted><storageTier>standard</storageTier>` + ec2Tag + `</item></snapshotSet><nextToken>more</nextToken>`,
		"DescribeSnapshots more":                    `<snapshotSet><item><snapshotId>snap-2</snapshotId></item></snapshotSet>`,
		"DescribeSnapshots RestorableBy.1=all":      `<snapshotSet></snapshotSet><nextToken>more</nextToken>`,
		"DescribeSnapshots RestorableBy.1=all more": `<snapshotSet><item><snapshotId>snap-1</snapshotId></item></snapshotSet>`,

		"DescribeImages": `<imagesSet><item><imageId>ami-1</imageId><imageLocation>123456789012/web</imageLocation><imageState>available</imageState><imageOwnerId>123456789012</imageOwnerId><creationDate>2026-01-02T03:04:05.000Z</creationDate>
<isPublic>true</isPublic><architecture>x86_64</architecture><imageType>machine</imageType><name>web-1</name><description>The web</description><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>
<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize><deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType><encrypted>false</encrypted></ebs></item><item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item></blockDeviceMapping>
<virtualizationType>hvm</virtualizationType><enaSupport>true</enaSupport><imdsSupport>v2.0</imdsSupport><bootMode>uefi</bootMode><platformDetails>Linux/UNIX</platformDetails><tagSet><item><key>env</key><value>prod</value></item></tagSet></item></imagesSet><nextToken>more</nextToken>`,
		"DescribeImages more":          `<imagesSet><item><imageId>ami-2</imageId><imageState>disabled</imageState></item></imagesSet>`,
		"DescribeImageAttribute ami-1": `<imageId>ami-1</imageId><launchPermission><item><userId>210987654321</userId></item><item><group>all</group></item></launchPermission>`,
		"DescribeImageAttribute ami-2": `<imageId>ami-2</imageId><launchPermission/>`,

		"GetEbsEncryptionByDefault":         `<ebsEncryptionByDefault>false</ebsEncryptionByDefault>`,
		"GetEbsDefaultKmsKeyId":             `<kmsKeyId>alias/aws/ebs</kmsKeyId>`,
		"GetSnapshotBlockPublicAccessState": `<state>block-all-sharing</state><managedBy>account</managedBy>`,
		"GetImageBlockPublicAccessState":    `<imageBlockPublicAccessState>unblocked</imageBlockPublicAccessState><managedBy>declarative-policy</managedBy>`,
		"GetInstanceMetadataDefaults":       `<accountLevel><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit></accountLevel>`,
		"GetSerialConsoleAccessStatus":      `<serialConsoleAccessEnabled>false</serialConsoleAccessEnabled>`,
	}
}

// The network has a test of its own.
func TestEC2Machines(t *testing.T) {
	fails := func(typ string) refusal { return refusal{fails: []string{typ}} }
	setting := func(path string) refusal { return refusal{unread: map[string][]string{ec2AccountSettings: {path}}} }
	shared := map[string][]string{"ec2_snapshot": {"CreateVolumePermissions"}}
	(&staged{
		service: "ec2", region: "eu-west-1", name: "ec2_machines", answers: ec2VMAnswers(),
		types: []string{
			"ec2_instance", "ec2_network_interface", "ec2_eip", "ec2_key_pair", "ec2_volume", "ec2_snapshot", "ec2_image", ec2AccountSettings,
		},
		refusals: map[string]refusal{
			"ec2:DescribeImageAttribute":            {unread: map[string][]string{"ec2_image": {"LaunchPermissions"}}},
			"ec2:GetEbsEncryptionByDefault":         setting("EbsEncryptionByDefault"),
			"ec2:GetEbsDefaultKmsKeyId":             setting("EbsDefaultKmsKeyId"),
			"ec2:GetSnapshotBlockPublicAccessState": setting("SnapshotBlockPublicAccessState"),
			"ec2:GetImageBlockPublicAccessState":    setting("ImageBlockPublicAccessState"),
			"ec2:GetInstanceMetadataDefaults":       setting("InstanceMetadataDefaults"),
			"ec2:GetSerialConsoleAccessStatus":      setting("SerialConsoleAccessEnabled"),
			"ec2:DescribeInstances":                 fails("ec2_instance"),
			"ec2:DescribeNetworkInterfaces":         fails("ec2_network_interface"),
			"ec2:DescribeAddresses":                 fails("ec2_eip"),
			"ec2:DescribeKeyPairs":                  fails("ec2_key_pair"),
			"ec2:DescribeVolumes":                   fails("ec2_volume"),
			"ec2:DescribeSnapshots":                 fails("ec2_snapshot"),
			"ec2:DescribeImages":                    fails("ec2_image"),
		},
		variants: map[string]variant{
			"snapshots whose publicness is refused are there all the same": {
				answers: map[string]string{"DescribeSnapshots RestorableBy.1=all": "!AccessDenied"}, unread: shared,
			},
			"settings that are all refused fail the listing": {
				answers: map[string]string{
					"GetEbsEncryptionByDefault": "!AccessDenied", "GetEbsDefaultKmsKeyId": "!AccessDenied",
					"GetSnapshotBlockPublicAccessState": "!AccessDenied", "GetImageBlockPublicAccessState": "!AccessDenied",
					"GetInstanceMetadataDefaults": "!AccessDenied", "GetSerialConsoleAccessStatus": "!AccessDenied",
				},
				fails: []string{ec2AccountSettings},
			},
			"an instance without an id fails the listing": {
				answers: map[string]string{"DescribeInstances more": "<reservationSet><item><instancesSet><item/></instancesSet></item></reservationSet>"},
				fails:   []string{"ec2_instance"},
			},
			"an image without an id fails the listing": {
				answers: map[string]string{
					"DescribeImages more": "<imagesSet><item><name>x</name></item></imagesSet>", "DescribeImageAttribute": "<imageId/>",
				},
				fails: []string{"ec2_image"},
			},
			"an image that vanishes is left out": {
				answers: map[string]string{"DescribeImageAttribute ami-1": "!InvalidAMIID.NotFound"}, gone: "ec2_image web-1",
			},
		},
	}).run(t)
}
