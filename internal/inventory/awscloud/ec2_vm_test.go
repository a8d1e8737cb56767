package awscloud

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

const ec2ARN = "arn:aws:ec2:eu-west-1:123456789012:"

// ec2Tag is a resource's tag set.
const ec2Tag = `<tagSet><item><key>Name</key><value>web</value></item><item><key>env</key><value>prod</value></item></tagSet>`

// ec2VMTypes are the types that this file is about: the network has a test of its own.
var ec2VMTypes = []string{
	"ec2_instance", "ec2_network_interface", "ec2_eip", "ec2_key_pair", "ec2_volume", "ec2_snapshot", "ec2_image",
	"ec2_account_settings",
}

// ec2VMWire plays a region with something of everything, in two pages wherever EC2 pages.
func ec2VMWire() *wire {
	return &wire{answers: map[string]string{
		"DescribeInstances@": `<reservationSet><item><requesterId>940372691376</requesterId><instancesSet><item>
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
<item><instanceId>i-3</instanceId><instanceState><name>shutting-down</name></instanceState></item></instancesSet></item></reservationSet><nextToken>two</nextToken>`,
		"DescribeInstances@two": `<reservationSet><item><instancesSet><item><instanceId>i-4</instanceId><instanceState><name>stopped</name></instanceState>
<reason>User initiated (2026-02-03 04:05:06 GMT)</reason></item><item><instanceId>i-5</instanceId></item></instancesSet></item></reservationSet>`,

		"DescribeNetworkInterfaces@": `<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
<availabilityZone>eu-west-1a</availabilityZone><description>Primary</description><ownerId>123456789012</ownerId><requesterId>amazon-elb</requesterId><requesterManaged>true</requesterManaged>
<status>in-use</status><macAddress>02:00</macAddress><privateIpAddress>10.0.0.5</privateIpAddress><sourceDestCheck>false</sourceDestCheck><interfaceType>interface</interfaceType>
<groupSet><item><groupId>sg-2</groupId></item><item><groupId>sg-1</groupId></item></groupSet>
<attachment><attachmentId>eni-attach-1</attachmentId><instanceId>i-1</instanceId><instanceOwnerId>123456789012</instanceOwnerId><deviceIndex>0</deviceIndex><status>attached</status><attachTime>2026-01-02T03:04:05.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>
<association><publicIp>203.0.113.5</publicIp><ipOwnerId>amazon</ipOwnerId></association>` + ec2Tag + `
<privateIpAddressesSet><item><privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary></item><item><privateIpAddress>10.0.0.6</privateIpAddress><primary>false</primary></item></privateIpAddressesSet>
<ipv6AddressesSet><item><ipv6Address>2001:db8::5</ipv6Address><isPrimaryIpv6>true</isPrimaryIpv6></item></ipv6AddressesSet>
<ipv4PrefixSet><item><ipv4Prefix>10.0.1.0/28</ipv4Prefix></item></ipv4PrefixSet>
<connectionTrackingConfiguration><tcpEstablishedTimeout>300</tcpEstablishedTimeout></connectionTrackingConfiguration></item></networkInterfaceSet><nextToken>two</nextToken>`,
		"DescribeNetworkInterfaces@two": `<networkInterfaceSet><item><networkInterfaceId>eni-2</networkInterfaceId></item></networkInterfaceSet>`,

		"DescribeAddresses": `<addressesSet><item><publicIp>203.0.113.9</publicIp><allocationId>eipalloc-1</allocationId><domain>vpc</domain><associationId>eipassoc-1</associationId>
<instanceId></instanceId><networkInterfaceId>eni-1</networkInterfaceId><networkInterfaceOwnerId>123456789012</networkInterfaceOwnerId><privateIpAddress>10.0.0.6</privateIpAddress>
<publicIpv4Pool>amazon</publicIpv4Pool><networkBorderGroup>eu-west-1</networkBorderGroup>` + ec2Tag + `</item><item><publicIp>203.0.113.10</publicIp></item></addressesSet>`,
		"DescribeKeyPairs": `<keySet><item><keyPairId>key-1</keyPairId><keyName>ops</keyName><keyType>ed25519</keyType><keyFingerprint>SHA</keyFingerprint>
<createTime>2026-01-02T03:04:05.000Z</createTime><publicKey>ssh-ed25519 AAAA ops
</publicKey>` + ec2Tag + `</item><item><keyName>bare</keyName></item></keySet>`,

		"DescribeVolumes@": `<volumeSet><item><volumeId>vol-1</volumeId><size>100</size><snapshotId>snap-1</snapshotId><availabilityZone>eu-west-1a</availabilityZone><status>in-use</status>
<createTime>2026-01-02T03:04:05.000Z</createTime><volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput><encrypted>true</encrypted><kmsKeyId>arn:aws:kms:eu-west-1:123456789012:key/1</kmsKeyId><multiAttachEnabled>false</multiAttachEnabled>
<attachmentSet><item><volumeId>vol-1</volumeId><instanceId>i-1</instanceId><device>/dev/xvda</device><status>attached</status><attachTime>2026-01-02T03:04:05.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></item></attachmentSet>` + ec2Tag + `</item></volumeSet><nextToken>two</nextToken>`,
		"DescribeVolumes@two": `<volumeSet><item><volumeId>vol-2</volumeId></item><item><volumeId>vol-3</volumeId><status>deleting</status></item></volumeSet>`,

		"DescribeSnapshots@": `<snapshotSet><item><snapshotId>snap-1</snapshotId><volumeId>vol-1</volumeId><status>completed</status><startTime>2026-01-02T03:04:05.000Z</startTime>
<completionTime>2026-01-02T03:14:05.000Z</completionTime><progress>100%</progress><ownerId>123456789012</ownerId><volumeSize>100</volumeSize><description>nightly</description><encrypted>false</encrypted><storageTier>standard</storageTier>` + ec2Tag + `</item></snapshotSet><nextToken>two</nextToken>`,
		"DescribeSnapshots@two":     `<snapshotSet><item><snapshotId>snap-2</snapshotId></item></snapshotSet>`,
		"DescribeSnapshots all@":    `<snapshotSet></snapshotSet><nextToken>two</nextToken>`,
		"DescribeSnapshots all@two": `<snapshotSet><item><snapshotId>snap-1</snapshotId></item></snapshotSet>`,

		"DescribeImages@": `<imagesSet><item><imageId>ami-1</imageId><imageLocation>123456789012/web</imageLocation><imageState>available</imageState><imageOwnerId>123456789012</imageOwnerId><creationDate>2026-01-02T03:04:05.000Z</creationDate>
<isPublic>true</isPublic><architecture>x86_64</architecture><imageType>machine</imageType><name>web-1</name><description>The web</description><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>
<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize><deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType><encrypted>false</encrypted></ebs></item><item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item></blockDeviceMapping>
<virtualizationType>hvm</virtualizationType><enaSupport>true</enaSupport><imdsSupport>v2.0</imdsSupport><bootMode>uefi</bootMode><platformDetails>Linux/UNIX</platformDetails><tagSet><item><key>env</key><value>prod</value></item></tagSet></item></imagesSet><nextToken>two</nextToken>`,
		"DescribeImages@two":           `<imagesSet><item><imageId>ami-2</imageId><imageState>disabled</imageState></item></imagesSet>`,
		"DescribeImageAttribute ami-1": `<imageId>ami-1</imageId><launchPermission><item><userId>210987654321</userId></item><item><group>all</group></item></launchPermission>`,
		"DescribeImageAttribute ami-2": `<imageId>ami-2</imageId><launchPermission/>`,

		"GetEbsEncryptionByDefault":         `<ebsEncryptionByDefault>false</ebsEncryptionByDefault>`,
		"GetEbsDefaultKmsKeyId":             `<kmsKeyId>alias/aws/ebs</kmsKeyId>`,
		"GetSnapshotBlockPublicAccessState": `<state>block-all-sharing</state><managedBy>account</managedBy>`,
		"GetImageBlockPublicAccessState":    `<imageBlockPublicAccessState>unblocked</imageBlockPublicAccessState><managedBy>declarative-policy</managedBy>`,
		"GetInstanceMetadataDefaults":       `<accountLevel><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit></accountLevel>`,
		"GetSerialConsoleAccessStatus":      `<serialConsoleAccessEnabled>false</serialConsoleAccessEnabled>`,
	}}
}

// syncVM is sync of the types that this file is about.
func syncVM(t *testing.T, w *wire) (*haul, map[string]error) {
	t.Helper()
	h, errs := w.sync(t, "ec2", "eu-west-1")
	maps.DeleteFunc(errs, func(typ string, _ error) bool { return !slices.Contains(ec2VMTypes, typ) })
	h.all = slices.DeleteFunc(h.all, func(o *audit.Observation) bool { return !slices.Contains(ec2VMTypes, o.Type) })
	return h, errs
}

func TestEC2ReadsMachinesAndStorage(t *testing.T) {
	h, errs := syncVM(t, ec2VMWire())
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	prod := object{"Key": "env", "Value": "prod"}
	tags := []any{object{"Key": "Name", "Value": "web"}, prod}
	launched := "2026-01-02T03:04:05Z"
	for name, want := range map[string]struct {
		typ, id, name string
		config, facts object
	}{
		"an instance": {"ec2_instance", ec2ARN + "instance/i-1", "web", object{
			"ImageId": "ami-1", "InstanceType": "m5.large", "KeyName": "ops", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.0.5",
			"AvailabilityZone": "eu-west-1a", "Tenancy": "default", "Monitoring": false, "SourceDestCheck": true, "EbsOptimized": true,
			"SecurityGroupIds": []any{"sg-1", "sg-2"}, "IamInstanceProfile": "web",
			"CpuOptions":         object{"CoreCount": int64(1), "ThreadsPerCore": int64(2)},
			"HibernationOptions": object{"Configured": false}, "EnclaveOptions": object{"Enabled": false},
			"LicenseSpecifications": []any{object{"LicenseConfigurationArn": "arn:aws:license-manager:eu-west-1:123456789012:license-configuration:lic-1"}},
			"MetadataOptions": object{
				"HttpTokens": "optional", "HttpPutResponseHopLimit": int64(2), "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled",
				"InstanceMetadataTags": "disabled",
			},
			"PrivateDnsNameOptions": object{
				"HostnameType": "ip-name", "EnableResourceNameDnsARecord": false, "EnableResourceNameDnsAAAARecord": false,
			},
			"BlockDeviceMappings": []any{
				object{"DeviceName": "/dev/sdf", "Ebs": object{"DeleteOnTermination": false}},
				object{"DeviceName": "/dev/xvda", "Ebs": object{"DeleteOnTermination": true}},
			},
			"Volumes": []any{object{"Device": "/dev/sdf", "VolumeId": "vol-2"}, object{"Device": "/dev/xvda", "VolumeId": "vol-1"}},
			"NetworkInterfaces": []any{object{
				"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "DeviceIndex": "0", "DeleteOnTermination": true,
			}},
			"Tags": tags,
		}, object{
			"State": "running", "LaunchTime": launched, "PublicIpAddress": "203.0.113.5", "PrivateDnsName": "ip-10-0-0-5.internal",
			"VpcId": "vpc-1", "Architecture": "x86_64", "PlatformDetails": "Linux/UNIX", "RootDeviceType": "ebs",
			"RootDeviceName": "/dev/xvda", "VirtualizationType": "hvm", "RequesterId": "940372691376",
		}},
		"an instance of which little is said": {"ec2_instance", ec2ARN + "instance/i-5", "i-5", object{
			"EbsOptimized": false, "Monitoring": false, "Tenancy": "default", "HibernationOptions": object{"Configured": false},
			"EnclaveOptions": object{"Enabled": false},
		}, nil},
		"a network interface": {"ec2_network_interface", ec2ARN + "network-interface/eni-1", "web", object{
			"Description": "Primary", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.0.5", "SourceDestCheck": false,
			"InterfaceType": "interface", "GroupSet": []any{"sg-1", "sg-2"}, "EnablePrimaryIpv6": true,
			"PrivateIpAddresses": []any{
				object{"PrivateIpAddress": "10.0.0.6", "Primary": false}, object{"PrivateIpAddress": "10.0.0.5", "Primary": true},
			},
			"Ipv6Addresses":                   []any{object{"Ipv6Address": "2001:db8::5"}},
			"Ipv4Prefixes":                    []any{object{"Ipv4Prefix": "10.0.1.0/28"}},
			"ConnectionTrackingSpecification": object{"TcpEstablishedTimeout": int64(300)}, "Tags": tags,
		}, object{
			"Status": "in-use", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "RequesterId": "amazon-elb", "RequesterManaged": true,
			"PublicIp": "203.0.113.5", "IpOwnerId": "amazon", "Attachment": object{
				"AttachTime": launched, "DeleteOnTermination": true, "DeviceIndex": int64(0), "InstanceId": "i-1",
				"InstanceOwnerId": "123456789012", "Status": "attached",
			},
		}},
		"an Elastic IP": {"ec2_eip", ec2ARN + "elastic-ip/eipalloc-1", "web", object{
			"Domain": "vpc", "PublicIpv4Pool": "amazon", "NetworkBorderGroup": "eu-west-1", "Tags": tags,
			"AWS::EC2::EIPAssociation": object{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.0.6"},
		}, object{
			"PublicIp": "203.0.113.9", "AllocationId": "eipalloc-1", "AssociationId": "eipassoc-1", "NetworkInterfaceOwnerId": "123456789012",
		}},
		"an Elastic IP of which little is said": {"ec2_eip", ec2ARN + "elastic-ip/203.0.113.10", "203.0.113.10", object{}, nil},
		"a key pair": {"ec2_key_pair", ec2ARN + "key-pair/ops", "ops", object{
			"KeyName": "ops", "KeyType": "ed25519", "PublicKeyMaterial": "ssh-ed25519 AAAA ops", "Tags": tags,
		}, object{"KeyPairId": "key-1", "KeyFingerprint": "SHA", "CreateTime": launched}},
		"a volume": {"ec2_volume", ec2ARN + "volume/vol-1", "web", object{
			"AvailabilityZone": "eu-west-1a", "Encrypted": true, "Iops": int64(3000), "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
			"MultiAttachEnabled": false, "Size": int64(100), "SnapshotId": "snap-1", "Throughput": int64(125), "VolumeType": "gp3", "Tags": tags,
		}, object{"State": "in-use", "CreateTime": launched, "Attachments": []any{object{
			"AttachTime": launched, "DeleteOnTermination": true, "Device": "/dev/xvda", "InstanceId": "i-1", "State": "attached",
		}}}},
		"a public snapshot": {"ec2_snapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-1", "web", object{
			"VolumeId": "vol-1", "VolumeSize": int64(100), "Description": "nightly", "Encrypted": false, "StorageTier": "standard",
			"CreateVolumePermissions": []any{object{"Group": "all"}}, "Tags": tags,
		}, object{"State": "completed", "StartTime": launched, "CompletionTime": "2026-01-02T03:14:05Z"}},
		"a snapshot that isn't public": {"ec2_snapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-2", "snap-2", object{}, nil},
		"an image, with who may launch it": {"ec2_image", "arn:aws:ec2:eu-west-1::image/ami-1", "web-1", object{
			"Name": "web-1", "Description": "The web", "Architecture": "x86_64", "RootDeviceName": "/dev/xvda", "VirtualizationType": "hvm",
			"EnaSupport": true, "ImdsSupport": "v2.0", "BootMode": "uefi", "Tags": []any{prod},
			"BlockDeviceMappings": []any{
				object{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
				object{"DeviceName": "/dev/xvda", "Ebs": object{
					"SnapshotId": "snap-1", "VolumeSize": int64(8), "DeleteOnTermination": true, "VolumeType": "gp3", "Encrypted": false,
				}},
			},
			"LaunchPermissions": []any{object{"Group": "all"}, object{"UserId": "210987654321"}},
		}, object{
			"State": "available", "CreationDate": "2026-01-02T03:04:05.000Z", "Public": true, "PlatformDetails": "Linux/UNIX",
			"RootDeviceType": "ebs",
		}},
		"a disabled image": {"ec2_image", "arn:aws:ec2:eu-west-1::image/ami-2", "ami-2", object{}, object{"State": "disabled"}},
		"the account's settings": {"ec2_account_settings", ec2ARN + "account-settings", "123456789012 eu-west-1", object{
			"EbsDefaultKmsKeyId": "alias/aws/ebs", "EbsEncryptionByDefault": false, "ImageBlockPublicAccessState": "unblocked",
			"InstanceMetadataDefaults":   object{"HttpTokens": "required", "HttpPutResponseHopLimit": int64(2)},
			"SerialConsoleAccessEnabled": false, "SnapshotBlockPublicAccessState": "block-all-sharing",
		}, object{"SnapshotBlockPublicAccessStateManagedBy": "account", "ImageBlockPublicAccessStateManagedBy": "declarative-policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := h.byID(t, want.typ, want.id)
			if o.Name != want.name {
				t.Errorf("name %q, want %q", o.Name, want.name)
			}
			if diff := cmp.Diff(want.config, o.Config); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.facts, o.Facts); want.facts != nil && diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if len(o.Unread) > 0 {
				t.Errorf("unread: %v", o.Unread)
			}
		})
	}
	t.Run("what has ended is left out", func(t *testing.T) {
		for typ, want := range map[string][]string{
			"ec2_instance": {ec2ARN + "instance/i-1", ec2ARN + "instance/i-4", ec2ARN + "instance/i-5"},
			"ec2_volume":   {ec2ARN + "volume/vol-1", ec2ARN + "volume/vol-2"},
		} {
			if diff := cmp.Diff(want, h.ids(typ)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
	})
	t.Run("an instance at rest is stopped", func(t *testing.T) {
		o := h.byID(t, "ec2_instance", ec2ARN+"instance/i-4")
		if o.Status != audit.ResourceStopped || o.Facts["StateTransitionReason"] != "User initiated (2026-02-03 04:05:06 GMT)" {
			t.Errorf("status %q, facts %v", o.Status, o.Facts)
		}
	})
}

func TestEC2VMRefusals(t *testing.T) {
	everything, _ := syncVM(t, ec2VMWire())
	settings := func(path string) map[string][]string { return map[string][]string{"ec2_account_settings": {path}} }
	for operation, c := range map[string]struct {
		unread map[string][]string
		failed string
	}{
		"DescribeImageAttribute":            {map[string][]string{"ec2_image": {"LaunchPermissions"}}, ""},
		"GetEbsEncryptionByDefault":         {settings("EbsEncryptionByDefault"), ""},
		"GetEbsDefaultKmsKeyId":             {settings("EbsDefaultKmsKeyId"), ""},
		"GetSnapshotBlockPublicAccessState": {settings("SnapshotBlockPublicAccessState"), ""},
		"GetImageBlockPublicAccessState":    {settings("ImageBlockPublicAccessState"), ""},
		"GetInstanceMetadataDefaults":       {settings("InstanceMetadataDefaults"), ""},
		"GetSerialConsoleAccessStatus":      {settings("SerialConsoleAccessEnabled"), ""},
		"DescribeInstances":                 {nil, "ec2_instance"},
		"DescribeNetworkInterfaces":         {nil, "ec2_network_interface"},
		"DescribeAddresses":                 {nil, "ec2_eip"},
		"DescribeKeyPairs":                  {nil, "ec2_key_pair"},
		"DescribeVolumes":                   {nil, "ec2_volume"},
		"DescribeSnapshots":                 {nil, "ec2_snapshot"},
		"DescribeImages":                    {nil, "ec2_image"},
	} {
		t.Run("without "+operation, func(t *testing.T) {
			h, errs := syncVM(t, ec2VMWire().without(operation))
			sameButUnread(t, everything, h, "ec2:"+operation, c.unread)
			if c.failed == "" {
				if len(errs) > 0 || len(h.all) != len(everything.all) {
					t.Errorf("failed: %v", errs)
				}
				return
			}
			if f := fault.From(errs[c.failed]); len(errs) != 1 || f.Kind != fault.Denied || f.Action != "ec2:"+operation {
				t.Errorf("failed: %v", errs)
			}
		})
	}
	t.Run("snapshots whose publicness is refused are there all the same", func(t *testing.T) {
		h, errs := syncVM(t, ec2VMWire().with(map[string]string{"DescribeSnapshots all@": "AccessDenied not allowed"}))
		sameButUnread(t, everything, h, "ec2:DescribeSnapshots", map[string][]string{"ec2_snapshot": {"CreateVolumePermissions"}})
		if len(errs) > 0 || len(h.all) != len(everything.all) {
			t.Errorf("failed: %v", errs)
		}
	})
	t.Run("settings that are all refused fail the listing", func(t *testing.T) {
		w := ec2VMWire()
		maps.DeleteFunc(w.answers, func(operation, _ string) bool { return strings.HasPrefix(operation, "Get") })
		h, errs := syncVM(t, w)
		f := fault.From(errs["ec2_account_settings"])
		if len(h.ids("ec2_account_settings")) > 0 || f.Kind != fault.Denied || f.Action != "ec2:GetEbsEncryptionByDefault" {
			t.Errorf("failed: %v", errs)
		}
	})
}

func TestEC2VMHostileAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		failed  string
	}{
		"a token that repeats fails the listing": {
			map[string]string{"DescribeSnapshots@two": ec2VMWire().answers["DescribeSnapshots@"]}, "ec2_snapshot",
		},
		"an answer cut short fails the listing": {map[string]string{"DescribeVolumes@two": "<volumeSet><item>"}, "ec2_volume"},
		"an instance without an id fails the listing": {
			map[string]string{"DescribeInstances@two": "<reservationSet><item><instancesSet><item/></instancesSet></item></reservationSet>"}, "ec2_instance",
		},
		"an image without an id fails the listing": {map[string]string{
			"DescribeImages@two": "<imagesSet><item><name>x</name></item></imagesSet>", "DescribeImageAttribute": "<imageId/>",
		}, "ec2_image"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := syncVM(t, ec2VMWire().with(c.changes))
			if len(errs) != 1 || fault.KindOf(errs[c.failed]) != fault.Upstream {
				t.Errorf("failed: %v", errs)
			}
		})
	}
	t.Run("an image that vanishes is left out", func(t *testing.T) {
		h, errs := syncVM(t, ec2VMWire().with(map[string]string{"DescribeImageAttribute ami-1": "InvalidAMIID.NotFound gone"}))
		if diff := cmp.Diff([]string{"arn:aws:ec2:eu-west-1::image/ami-2"}, h.ids("ec2_image")); diff != "" || len(errs) > 0 {
			t.Errorf("errors %v, images (-want +got):\n%s", errs, diff)
		}
	})
}

func TestEC2VMOrderMeansNothing(t *testing.T) {
	first, _ := syncVM(t, ec2VMWire())
	w := ec2VMWire()
	for _, pair := range [][2]string{
		{"<item><groupId>sg-2</groupId><groupName>b</groupName></item>", "<item><groupId>sg-1</groupId><groupName>a</groupName></item>"},
		{"<item><groupId>sg-2</groupId></item>", "<item><groupId>sg-1</groupId></item>"},
		{"<item><userId>210987654321</userId></item>", "<item><group>all</group></item>"},
		{"<item><key>Name</key><value>web</value></item>", "<item><key>env</key><value>prod</value></item>"},
		{
			"<item><privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary></item>",
			"<item><privateIpAddress>10.0.0.6</privateIpAddress><primary>false</primary></item>",
		},
		{
			"<item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId><status>attached</status><deleteOnTermination>true</deleteOnTermination></ebs></item>\n",
			"<item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-2</volumeId><status>attached</status><deleteOnTermination>false</deleteOnTermination></ebs></item>\n",
		},
	} {
		changed := false
		for key, body := range w.answers {
			w.answers[key] = strings.ReplaceAll(body, pair[0]+pair[1], pair[1]+pair[0])
			changed = changed || w.answers[key] != body
		}
		if !changed {
			t.Errorf("%q doesn't come before %q", pair[0], pair[1])
		}
	}
	second, _ := syncVM(t, w)
	sameHashes(t, first, second)
}
