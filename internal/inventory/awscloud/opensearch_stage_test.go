package awscloud

import (
	"fmt"
	"strings"
	"testing"
)

func TestOpenSearch(t *testing.T) {
	const arn = "arn:aws:es:eu-west-1:123456789012:domain/"
	(&staged{
		service: "es", region: "eu-west-1",
		answers: map[string]string{
			"ListDomainNames": `{"DomainNames":[{"DomainName":"logs","EngineType":"OpenSearch"},{"DomainName":"bare"},{"DomainName":"going"}]}`,
			"DescribeDomains": `{"DomainStatusList":[{"ARN":"` + arn + `logs","DomainId":"123456789012/logs","DomainName":"logs","EngineVersion":"OpenSearch_2.13",
"Created":true,"Deleted":false,"Processing":true,"Endpoints":{"vpc":"logs.example"},"DomainProcessingStatus":"Active",
"ClusterConfig":{"InstanceType":"t3.small.search","InstanceCount":2,"ZoneAwarenessEnabled":true,"ZoneAwarenessConfig":{"AvailabilityZoneCount":2}},
"EBSOptions":{"EBSEnabled":true,"VolumeType":"gp3","VolumeSize":20},
"AccessPolicies":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"es:*\",\"Resource\":\"*\"}]}",
"VPCOptions":{"VPCId":"vpc-1","SubnetIds":["subnet-2","subnet-1"],"SecurityGroupIds":["sg-2","sg-1"],"AvailabilityZones":["eu-west-1a"]},
"EncryptionAtRestOptions":{"Enabled":true,"KmsKeyId":"key-1"},"NodeToNodeEncryptionOptions":{"Enabled":true},
"AdvancedOptions":{"rest.action.multi.allow_explicit_index":"true"},
"LogPublishingOptions":{"AUDIT_LOGS":{"CloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:123456789012:log-group:a","Enabled":true}},
"DomainEndpointOptions":{"EnforceHTTPS":true,"TLSSecurityPolicy":"Policy-Min-TLS-1-2-2019-07","CustomEndpointEnabled":false},
"AdvancedSecurityOptions":{"Enabled":true,"InternalUserDatabaseEnabled":false,"AnonymousAuthDisableDate":1767323045},
"ServiceSoftwareOptions":{"CurrentVersion":"R2026","UpdateAvailable":true},"AutoTuneOptions":{"State":"ENABLED"}},
{"ARN":"` + arn + `bare","DomainId":"b","DomainName":"bare","ClusterConfig":{}},
{"ARN":"` + arn + `going","DomainId":"g","DomainName":"going","ClusterConfig":{},"Deleted":true}]}`,
			"ListTags":      `{"TagList":[]}`,
			"ListTags logs": `{"TagList":[{"Key":"env","Value":"prod"},{"Key":"app","Value":"x"}]}`,
		},
		refusals: map[string]refusal{
			"es:ListTags":        {unread: map[string][]string{"opensearch_domain": {"Tags"}}},
			"es:ListDomainNames": {fails: []string{"opensearch_domain"}},
			"es:DescribeDomains": {fails: []string{"opensearch_domain"}},
		},
	}).run(t)
}

func TestOpenSearchDomainsAreDescribedFiveAtATime(t *testing.T) {
	list := make([]string, 0, 11)
	for i := range cap(list) {
		list = append(list, fmt.Sprintf(`{"DomainName":"d%d"}`, i))
	}
	c := &staged{service: "es", region: "eu-west-1"}
	_, errs, calls := c.read(t, map[string]string{
		"ListDomainNames": `{"DomainNames":[` + strings.Join(list, ",") + `]}`, "DescribeDomains": `{"DomainStatusList":[]}`,
	}, "")
	if len(errs) > 0 || calls["es:DescribeDomains"] != 3 {
		t.Errorf("%v, failed: %v", calls, errs)
	}
}
