package awscloud

import "testing"

func TestFSx(t *testing.T) {
	arn := "arn:aws:fsx:eu-west-1:123456789012:"
	directory := `"SelfManagedActiveDirectoryConfiguration":{"DomainName":"corp.example","DnsIps":["10.0.0.2","10.0.0.1"],"UserName":"joiner","FileSystemAdministratorsGroup":"admins","OrganizationalUnitDistinguishedName":"OU=x"}`
	(&staged{
		service: "fsx", region: "eu-west-1",
		answers: map[string]string{
			"DescribeFileSystems": `{"FileSystems":[{"ResourceARN":"` + arn + `file-system/fs-1","FileSystemId":"fs-1","FileSystemType":"WINDOWS","Lifecycle":"AVAILABLE","CreationTime":1767225600,"StorageCapacity":300,"StorageType":"SSD",
"VpcId":"vpc-1","SubnetIds":["subnet-2","subnet-1"],"NetworkInterfaceIds":["eni-2","eni-1"],"DNSName":"fs-1.example","KmsKeyId":"key-1","NetworkType":"IPV4","Tags":[{"Key":"Name","Value":"files"},{"Key":"env","Value":"prod"}],
"AdministrativeActions":[{"AdministrativeActionType":"FILE_SYSTEM_UPDATE","ProgressPercent":10}],
"WindowsConfiguration":{` + directory + `,"DeploymentType":"MULTI_AZ_1","PreferredSubnetId":"subnet-1","ThroughputCapacity":32,"AutomaticBackupRetentionDays":7,"CopyTagsToBackups":true,
"Aliases":[{"Name":"b.example","Lifecycle":"AVAILABLE"},{"Name":"a.example","Lifecycle":"CREATING"},{"Name":"old.example","Lifecycle":"DELETING"}],"AuditLogConfiguration":{"FileAccessAuditLogLevel":"DISABLED","FileShareAccessAuditLogLevel":"FAILURE_ONLY","AuditLogDestination":"log"},
"DiskIopsConfiguration":{"Mode":"AUTOMATIC","Iops":900},"MaintenanceOperationsInProgress":["BACKING_UP"],"RemoteAdministrationEndpoint":"r.example"}},
{"ResourceARN":"` + arn + `file-system/fs-2","FileSystemId":"fs-2","FileSystemType":"LUSTRE","FileSystemTypeVersion":"2.15","Lifecycle":"UPDATING","StorageCapacity":1200,
"LustreConfiguration":{"DeploymentType":"SCRATCH_2","MountName":"m","DataCompressionType":"LZ4","DataRepositoryConfiguration":{"Lifecycle":"AVAILABLE","ImportPath":"s3://in","ExportPath":"s3://in/out","ImportedFileChunkSize":1024,"AutoImportPolicy":"NEW"},
"LogConfiguration":{"Level":"WARN_ERROR","Destination":"log"},"RootSquashConfiguration":{"RootSquash":"65534:65534"},"PerUnitStorageThroughput":50}}],"NextToken":"two"}`,
			"DescribeFileSystems two": `{"FileSystems":[{"ResourceARN":"` + arn + `file-system/fs-3","FileSystemType":"ONTAP","OntapConfiguration":{"RouteTableIds":["rtb-2","rtb-1"],"HAPairs":1,"ThroughputCapacityPerHAPair":128,"FsxAdminPassword":"hunter2","EndpointIpAddressRange":"198.19.0.0/24"}},
{"ResourceARN":"` + arn + `file-system/fs-4","FileSystemType":"OPENZFS","OpenZFSConfiguration":{"RootVolumeId":"fsvol-1","RouteTableIds":["rtb-2","rtb-1"],"CopyTagsToVolumes":true,"DeploymentType":"SINGLE_AZ_1"}},
{"ResourceARN":"` + arn + `file-system/bare"},{"ResourceARN":"` + arn + `file-system/old","Lifecycle":"DELETING"}]}`,
			"DescribeStorageVirtualMachines": `{"StorageVirtualMachines":[{"ResourceARN":"` + arn + `storage-virtual-machine/fs-3/svm-1","StorageVirtualMachineId":"svm-1","FileSystemId":"fs-3","Name":"svm","Lifecycle":"CREATED","Subtype":"DEFAULT","UUID":"u",
"CreationTime":1767225600,"RootVolumeSecurityStyle":"MIXED","ActiveDirectoryConfiguration":{"NetBiosName":"SVM",` + directory + `}}],"NextToken":"two"}`,
			"DescribeStorageVirtualMachines two": `{"StorageVirtualMachines":[{"ResourceARN":"` + arn + `storage-virtual-machine/fs-3/bare"},{"ResourceARN":"` + arn + `storage-virtual-machine/fs-3/gone"},{"ResourceARN":"x","Lifecycle":"DELETING"}]}`,
			"DescribeVolumes": `{"Volumes":[{"ResourceARN":"` + arn + `volume/fs-3/fsvol-2","VolumeId":"fsvol-2","FileSystemId":"fs-3","Name":"data","VolumeType":"ONTAP","Lifecycle":"CREATED","CreationTime":1767225600,
"OntapConfiguration":{"JunctionPath":"/data","SecurityStyle":"UNIX","SizeInMegabytes":1024,"SizeInBytes":1073741824,"StorageEfficiencyEnabled":true,"StorageVirtualMachineId":"svm-1","StorageVirtualMachineRoot":false,"CopyTagsToBackups":false,"SnapshotPolicy":"default",
"UUID":"u","OntapVolumeType":"RW","TieringPolicy":{"Name":"AUTO","CoolingPeriod":31},"AggregateConfiguration":{"Aggregates":["aggr2","aggr1"],"TotalConstituents":8},"VolumeStyle":"FLEXVOL",
"SnaplockConfiguration":{"SnaplockType":"COMPLIANCE","AuditLogVolume":false,"PrivilegedDelete":"DISABLED","RetentionPeriod":{"DefaultRetention":{"Type":"YEARS","Value":1},"MinimumRetention":{"Type":"DAYS","Value":1},"MaximumRetention":{"Type":"INFINITE"}}}}},
{"ResourceARN":"` + arn + `volume/fs-4/fsvol-1","VolumeId":"fsvol-1","FileSystemId":"fs-4","Name":"fsx","VolumeType":"OPENZFS","Lifecycle":"AVAILABLE","OpenZFSConfiguration":{"VolumePath":"/fsx","ReadOnly":false,"RecordSizeKiB":128,"DataCompressionType":"NONE",
"NfsExports":[{"ClientConfigurations":[{"Clients":"*","Options":["rw","crossmnt"]},{"Clients":"10.0.0.0/8","Options":["ro"]}]}],"UserAndGroupQuotas":[{"Type":"USER","Id":2,"StorageCapacityQuotaGiB":5},{"Type":"GROUP","Id":1,"StorageCapacityQuotaGiB":6}]}}],"NextToken":"two"}`,
			"DescribeVolumes two":           `{"Volumes":[{"ResourceARN":"` + arn + `volume/fs-3/bare"},{"ResourceARN":"` + arn + `volume/fs-3/gone"},{"ResourceARN":"x","Lifecycle":"DELETING"}]}`,
			"ListTagsForResource svm-1":     `{"Tags":[{"Key":"env","Value":"prod"}],"NextToken":"two"}`,
			"ListTagsForResource svm-1 two": `{"Tags":[{"Key":"app","Value":"shop"}]}`,
			"ListTagsForResource fsvol-2":   `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource fsvol-1":   `{"Tags":[]}`,
			"ListTagsForResource bare":      `{"Tags":[]}`,
			"ListTagsForResource fs-3/gone": `!ResourceNotFound`,
		},
		refusals: map[string]refusal{
			"fsx:DescribeFileSystems":            {fails: []string{fsxFileSystem}},
			"fsx:DescribeStorageVirtualMachines": {fails: []string{fsxMachine}},
			"fsx:DescribeVolumes":                {fails: []string{fsxVolume}},
			actionFSxTags:                        {unread: map[string][]string{fsxMachine: {"Tags"}, fsxVolume: {"Tags"}}},
		},
		counters: map[string]string{`"ProgressPercent":10`: `"ProgressPercent":20`, `["BACKING_UP"]`: `["PATCHING"]`, `"TotalConstituents":8`: `"TotalConstituents":9`},
	}).run(t)
}
