package awscloud

import "testing"

func TestLightsail(t *testing.T) {
	arn := "arn:aws:lightsail:eu-west-1:123456789012:"
	(&staged{
		service: "lightsail", region: "eu-west-1",
		answers: map[string]string{
			"GetInstances": `{"instances":[{"arn":"` + arn + `Instance/1","name":"web","blueprintId":"ubuntu_24_04","blueprintName":"Ubuntu","bundleId":"small_3_0","createdAt":1767225600,
"addOns":[{"name":"AutoSnapshot","status":"Enabled","snapshotTimeOfDay":"06:00","nextSnapshotTimeOfDay":"06:00"},{"name":"StopInstanceOnIdle","status":"Disabling"}],
"hardware":{"cpuCount":2,"ramSizeInGb":0.5,"disks":[{"name":"system","path":"/dev/sda1","isSystemDisk":true,"sizeInGb":20,"iops":100,"attachedTo":"web","attachmentState":"attached"},
{"name":"data","path":"/dev/xvdf","isSystemDisk":false,"sizeInGb":8,"iops":100,"attachmentState":"attached"}]},
"ipAddressType":"dualstack","ipv6Addresses":["2001:db8::2","2001:db8::1"],"isStaticIp":true,"privateIpAddress":"172.26.0.1","publicIpAddress":"203.0.113.1",
"location":{"availabilityZone":"eu-west-1a","regionName":"eu-west-1"},"metadataOptions":{"state":"applied","httpTokens":"required","httpEndpoint":"enabled","httpPutResponseHopLimit":1,"httpProtocolIpv6":"disabled"},
"networking":{"monthlyTransfer":{"gbPerMonthAllocated":2048},"ports":[{"fromPort":22,"toPort":22,"protocol":"tcp","accessFrom":"Custom","accessType":"Public","accessDirection":"inbound","commonName":"",
"cidrs":["198.51.100.0/24","192.0.2.0/24"],"ipv6Cidrs":["::/0"],"cidrListAliases":["lightsail-connect"]},{"fromPort":80,"toPort":80,"protocol":"tcp","cidrs":["0.0.0.0/0"]}]},
"sshKeyName":"key","state":{"code":80,"name":"stopped"},"username":"ubuntu","supportCode":"s","tags":[{"key":"b","value":"2"},{"key":"a"}]}],"nextPageToken":"two"}`,
			"GetInstances two": `{"instances":[{"arn":"` + arn + `Instance/2"},{"arn":"` + arn + `Instance/gone","state":{"code":48,"name":"terminated"}}]}`,
			"GetDisks": `{"disks":[{"arn":"` + arn + `Disk/1","name":"data","sizeInGb":8,"iops":100,"path":"/dev/xvdf","attachedTo":"web","isAttached":true,"attachmentState":"attached","state":"in-use",
"autoMountStatus":"NotMounted","createdAt":1767225600,"location":{"availabilityZone":"eu-west-1a"},"addOns":[{"name":"AutoSnapshot","status":"Enabling","snapshotTimeOfDay":"03:00"}],
"tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}]}],"nextPageToken":"two"}`,
			"GetDisks two":     `{"disks":[{"arn":"` + arn + `Disk/2"}]}`,
			"GetStaticIps":     `{"staticIps":[{"arn":"` + arn + `StaticIp/1","name":"ip","ipAddress":"203.0.113.1","isAttached":true,"attachedTo":"web","createdAt":1767225600}],"nextPageToken":"two"}`,
			"GetStaticIps two": `{"staticIps":[{"arn":"` + arn + `StaticIp/2"}]}`,
			"GetLoadBalancers": `{"loadBalancers":[{"arn":"` + arn + `LoadBalancer/1","name":"lb","dnsName":"lb.example.com","state":"active","protocol":"HTTP_HTTPS","publicPorts":[443,80],"healthCheckPath":"/health",
"instancePort":80,"instanceHealthSummary":[{"instanceName":"web","instanceHealth":"healthy"},{"instanceName":"api","instanceHealth":"unhealthy","instanceHealthReason":"Instance.Timeout"}],
"httpsRedirectionEnabled":true,"tlsPolicyName":"TLS-FS-1-2-Res-2020-10","ipAddressType":"dualstack","configurationOptions":{"SessionStickinessEnabled":"true","SessionStickiness_LB_CookieDurationSeconds":"86400"},
"tlsCertificateSummaries":[{"name":"cert-2","isAttached":false},{"name":"cert-1","isAttached":true}],"createdAt":1767225600,"tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}]}],"nextPageToken":"two"}`,
			"GetLoadBalancers two": `{"loadBalancers":[{"arn":"` + arn + `LoadBalancer/2"}]}`,
			"GetRelationalDatabases": `{"relationalDatabases":[{"arn":"` + arn + `RelationalDatabase/1","name":"db","backupRetentionEnabled":true,"caCertificateIdentifier":"rds-ca-rsa2048-g1","createdAt":1767225600,"engine":"mysql",
"engineVersion":"8.0.36","latestRestorableTime":1767225600,"location":{"availabilityZone":"eu-west-1a"},"masterDatabaseName":"main","masterUsername":"admin","masterEndpoint":{"address":"db.example.com","port":3306},
"parameterApplyStatus":"in-sync","pendingModifiedValues":{"masterUserPassword":"hunter2"},"preferredBackupWindow":"01:00-01:30","preferredMaintenanceWindow":"sun:02:00-sun:02:30","publiclyAccessible":true,
"relationalDatabaseBlueprintId":"mysql_8_0","relationalDatabaseBundleId":"micro_2_0","state":"stopped","tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}]}],"nextPageToken":"two"}`,
			"GetRelationalDatabases two": `{"relationalDatabases":[{"arn":"` + arn + `RelationalDatabase/2"},{"arn":"` + arn + `RelationalDatabase/gone","state":"deleting"}]}`,
			"GetBuckets includeConnectedResources includeCors": `{"buckets":[{"arn":"` + arn + `Bucket/1","name":"files","bundleId":"small_1_0","ableToUpdateBundle":true,"objectVersioning":"Suspended","url":"https://files.example.com",
"accessRules":{"getObject":"public","allowPublicOverrides":false},"accessLogConfig":{"enabled":true,"destination":"logs","prefix":"p/"},"readonlyAccessAccounts":["222222222222","111111111111"],
"resourcesReceivingAccess":[{"name":"web","resourceType":"Instance"},{"name":"api","resourceType":"Instance"}],
"cors":{"rules":[{"id":"r","allowedMethods":["PUT","GET"],"allowedOrigins":["https://b","https://a"],"allowedHeaders":["y","x"],"exposeHeaders":["w","v"],"maxAgeSeconds":60}]},
"createdAt":1767225600,"state":{"code":"OK","message":"m"},"tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}]}],"nextPageToken":"two"}`,
			"GetBuckets includeConnectedResources includeCors two": `{"buckets":[{"arn":"` + arn + `Bucket/2"}]}`,
		},
		refusals: map[string]refusal{
			"lightsail:GetInstances":           {fails: []string{"lightsail_instance"}},
			"lightsail:GetDisks":               {fails: []string{"lightsail_disk"}},
			"lightsail:GetStaticIps":           {fails: []string{"lightsail_static_ip"}},
			"lightsail:GetLoadBalancers":       {fails: []string{"lightsail_load_balancer"}},
			"lightsail:GetRelationalDatabases": {fails: []string{"lightsail_database"}},
			"lightsail:GetBuckets":             {fails: []string{"lightsail_bucket"}},
		},
		counters: map[string]string{
			`"attachmentState":"attached"`: `"attachmentState":"attaching"`, `"instanceHealth":"healthy"`: `"instanceHealth":"draining"`,
			`"nextSnapshotTimeOfDay":"06:00"`: `"nextSnapshotTimeOfDay":"07:00"`, `"latestRestorableTime":1767225600`: `"latestRestorableTime":1767225900`,
		},
	}).run(t)
}
