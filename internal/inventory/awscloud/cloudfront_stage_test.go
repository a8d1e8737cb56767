package awscloud

import (
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

func TestCloudFront(t *testing.T) {
	arn := "arn:aws:cloudfront::123456789012:distribution/"
	summary := func(id, rest string) string {
		return `<DistributionSummary><Id>` + id + `</Id><ARN>` + arn + id + `</ARN>` + rest + `</DistributionSummary>`
	}
	(&staged{
		service: "cloudfront", region: audit.RegionGlobal,
		answers: map[string]string{
			"ListDistributions": `<DistributionList><NextMarker>two</NextMarker><IsTruncated>true</IsTruncated><Quantity>1</Quantity><Items>` +
				summary("E1", `<Status>Deployed</Status><DomainName>d1.cloudfront.net</DomainName><LastModifiedTime>2026-01-02T03:04:05Z</LastModifiedTime><Enabled>true</Enabled>`) + `</Items></DistributionList>`,
			"ListDistributions two": `<DistributionList><IsTruncated>false</IsTruncated><Quantity>2</Quantity><Items>` + summary("E2", "") + summary("E9", "") + `</Items></DistributionList>`,
			"GetDistributionConfig /E1": `<DistributionConfig><CallerReference>c</CallerReference><Aliases><Quantity>2</Quantity><Items><CNAME>www.example.com</CNAME><CNAME>example.com</CNAME></Items></Aliases>
<DefaultRootObject>index.html</DefaultRootObject><Origins><Quantity>2</Quantity><Items><Origin><Id>s3</Id><DomainName>b.s3.amazonaws.com</DomainName><OriginAccessControlId>OAC1</OriginAccessControlId><CustomHeaders><Quantity>0</Quantity></CustomHeaders><S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig></Origin>
<Origin><Id>api</Id><DomainName>api.example.com</DomainName><CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader><HeaderName>X-Key</HeaderName><HeaderValue>hunter2</HeaderValue></OriginCustomHeader></Items></CustomHeaders>
<CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy><OriginSslProtocols><Quantity>2</Quantity><Items><SslProtocol>TLSv1.2</SslProtocol><SslProtocol>TLSv1.1</SslProtocol></Items></OriginSslProtocols></CustomOriginConfig></Origin></Items></Origins>
<OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>g</Id><FailoverCriteria><StatusCodes><Quantity>2</Quantity><Items><StatusCode>502</StatusCode><StatusCode>500</StatusCode></Items></StatusCodes></FailoverCriteria><Members><Quantity>1</Quantity><Items><OriginGroupMember><OriginId>s3</OriginId></OriginGroupMember></Items></Members></OriginGroup></Items></OriginGroups>
<DefaultCacheBehavior><TargetOriginId>s3</TargetOriginId><ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy><AllowedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items><CachedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items></CachedMethods></AllowedMethods>
<TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners><TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>k</KeyGroup></Items></TrustedKeyGroups><Compress>true</Compress><CachePolicyId>p</CachePolicyId></DefaultCacheBehavior>
<CacheBehaviors><Quantity>0</Quantity></CacheBehaviors><CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse><ErrorCode>404</ErrorCode><ResponsePagePath>/404.html</ResponsePagePath><ResponseCode>404</ResponseCode><ErrorCachingMinTTL>10</ErrorCachingMinTTL></CustomErrorResponse></Items></CustomErrorResponses>
<Comment></Comment><Logging><Enabled>true</Enabled><IncludeCookies>false</IncludeCookies><Bucket>logs.s3.amazonaws.com</Bucket><Prefix>cf/</Prefix></Logging><PriceClass>PriceClass_All</PriceClass><Enabled>true</Enabled>
<ViewerCertificate><ACMCertificateArn>arn:aws:acm:us-east-1:123456789012:certificate/c</ACMCertificateArn><SSLSupportMethod>sni-only</SSLSupportMethod><MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion><Certificate>x</Certificate><CertificateSource>acm</CertificateSource></ViewerCertificate>
<Restrictions><GeoRestriction><RestrictionType>whitelist</RestrictionType><Quantity>2</Quantity><Items><Location>SE</Location><Location>CH</Location></Items></GeoRestriction></Restrictions><WebACLId>arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/1</WebACLId><HttpVersion>http2and3</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled></DistributionConfig>`,
			"GetDistributionConfig /E2":           `<DistributionConfig><Enabled>false</Enabled><Logging><Enabled>false</Enabled><Bucket></Bucket></Logging></DistributionConfig>`,
			"GetDistributionConfig /E9":           `!NoSuchDistribution`,
			"ListTagsForResource distribution/E1": `<Tags><Items><Tag><Key>b</Key><Value>2</Value></Tag><Tag><Key>a</Key><Value>1</Value></Tag></Items></Tags>`,
			"ListTagsForResource":                 `<Tags><Items></Items></Tags>`,
			"ListOriginAccessControls": `<OriginAccessControlList><NextMarker>two</NextMarker><IsTruncated>true</IsTruncated><Quantity>1</Quantity><Items><OriginAccessControlSummary><Id>OAC1</Id><Name>s3</Name><Description>d</Description>
<SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlSummary></Items></OriginAccessControlList>`,
			"ListOriginAccessControls two": `<OriginAccessControlList><IsTruncated>false</IsTruncated><Quantity>1</Quantity><Items><OriginAccessControlSummary><Id>OAC2</Id></OriginAccessControlSummary></Items></OriginAccessControlList>`,
		},
		refusals: map[string]refusal{
			"cloudfront:ListDistributions":        {fails: []string{"cloudfront_distribution"}},
			"cloudfront:GetDistributionConfig":    {unread: map[string][]string{"cloudfront_distribution": {"DistributionConfig"}}},
			"cloudfront:ListTagsForResource":      {unread: map[string][]string{"cloudfront_distribution": {"Tags"}}},
			"cloudfront:ListOriginAccessControls": {fails: []string{"cloudfront_origin_access_control"}},
		},
	}).run(t)
}
