package awscloud

import (
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

func TestRoute53(t *testing.T) {
	zone := func(id, rest string) string {
		return "<HostedZone><Id>/hostedzone/" + id + "</Id>" + rest + "</HostedZone>"
	}
	(&staged{
		service: "route53", region: audit.RegionGlobal,
		answers: map[string]string{
			"ListHostedZones": `<ListHostedZonesResponse><HostedZones>` +
				zone("Z1", `<Name>example.com.</Name><CallerReference>c</CallerReference><Config><Comment>main</Comment><PrivateZone>false</PrivateZone></Config><ResourceRecordSetCount>7</ResourceRecordSetCount>`) +
				zone("Z2", `<Name>internal.</Name><Config><PrivateZone>true</PrivateZone></Config><LinkedService><ServicePrincipal>servicediscovery.amazonaws.com</ServicePrincipal></LinkedService>`) +
				`</HostedZones><IsTruncated>true</IsTruncated><NextMarker>two</NextMarker><MaxItems>100</MaxItems></ListHostedZonesResponse>`,
			"ListHostedZones two":         `<ListHostedZonesResponse><HostedZones>` + zone("Z3", "") + `</HostedZones><IsTruncated>false</IsTruncated></ListHostedZonesResponse>`,
			"GetHostedZone /Z2":           `<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z2</Id></HostedZone><VPCs><VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-2</VPCId></VPC><VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-1</VPCId></VPC></VPCs></GetHostedZoneResponse>`,
			"ListQueryLoggingConfigs":     `<ListQueryLoggingConfigsResponse><QueryLoggingConfigs><QueryLoggingConfig><Id>q</Id><HostedZoneId>Z1</HostedZoneId><CloudWatchLogsLogGroupArn>arn:aws:logs:us-east-1:123456789012:log-group:/r53</CloudWatchLogsLogGroupArn></QueryLoggingConfig></QueryLoggingConfigs><NextToken>two</NextToken></ListQueryLoggingConfigsResponse>`,
			"ListQueryLoggingConfigs two": `<ListQueryLoggingConfigsResponse><QueryLoggingConfigs></QueryLoggingConfigs></ListQueryLoggingConfigsResponse>`,
			"ListTagsForResources": `<ListTagsForResourcesResponse><ResourceTagSets><ResourceTagSet><ResourceType>hostedzone</ResourceType><ResourceId>Z1</ResourceId><Tags><Tag><Key>b</Key><Value>2</Value></Tag><Tag><Key>a</Key><Value>1</Value></Tag></Tags></ResourceTagSet>
<ResourceTagSet><ResourceId>Z2</ResourceId><Tags></Tags></ResourceTagSet></ResourceTagSets></ListTagsForResourcesResponse>`,
		},
		refusals: map[string]refusal{
			"route53:ListHostedZones":         {fails: []string{"route53_hosted_zone"}},
			"route53:GetHostedZone":           {unread: map[string][]string{"route53_hosted_zone": {"VPCs"}}},
			"route53:ListQueryLoggingConfigs": {unread: map[string][]string{"route53_hosted_zone": {"QueryLoggingConfig"}}},
			"route53:ListTagsForResources":    {unread: map[string][]string{"route53_hosted_zone": {"HostedZoneTags"}}},
		},
		counters: map[string]string{"<ResourceRecordSetCount>7": "<ResourceRecordSetCount>8"},
	}).run(t)
}
