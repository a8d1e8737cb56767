package awscloud

import (
	"slices"
	"testing"
)

const elbARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"

// elbStage plays a region with balancers of both API versions. Answers follow the examples of the API references.
func elbStage() *staged {
	lost := func(typ string, paths ...string) map[string][]string { return map[string][]string{typ: paths} }
	return &staged{
		service: "elasticloadbalancing", region: "eu-west-1",
		answers: map[string]string{
			"DescribeLoadBalancers Version=2015-12-01": `<NextMarker>two</NextMarker><LoadBalancers><member><LoadBalancerArn>` + elbARN + `loadbalancer/net/lb/1</LoadBalancerArn>
<LoadBalancerName>lb</LoadBalancerName><Scheme>internet-facing</Scheme><Type>network</Type><IpAddressType>ipv4</IpAddressType><VpcId>vpc-1</VpcId>
<DNSName>lb.example</DNSName><CreatedTime>2026-01-02T03:04:05Z</CreatedTime><State><Code>active</Code></State>
<SecurityGroups><member>sg-2</member><member>sg-1</member></SecurityGroups><AvailabilityZones>
<member><ZoneName>eu-west-1a</ZoneName><SubnetId>subnet-1</SubnetId><LoadBalancerAddresses><member><IpAddress>192.0.2.1</IpAddress><AllocationId>eipalloc-1</AllocationId></member></LoadBalancerAddresses></member>
<member><ZoneName>eu-west-1b</ZoneName><SubnetId>subnet-2</SubnetId></member></AvailabilityZones></member></LoadBalancers>`,
			"DescribeLoadBalancers Version=2015-12-01 two": `<LoadBalancers><member><LoadBalancerArn>` + elbARN + `loadbalancer/app/bare/2</LoadBalancerArn></member></LoadBalancers>`,
			"DescribeLoadBalancerAttributes Version=2015-12-01": `<Attributes><member><Key>deletion_protection.enabled</Key><Value>true</Value></member>
<member><Key>access_logs.s3.bucket</Key><Value></Value></member></Attributes>`,
			"DescribeLoadBalancerAttributes Version=2015-12-01 bare": `<Attributes></Attributes>`,
			"DescribeTags Version=2015-12-01": `<TagDescriptions><member><ResourceArn>` + elbARN + `loadbalancer/net/lb/1</ResourceArn><Tags><member><Key>b</Key><Value>2</Value></member><member><Key>a</Key><Value>1</Value></member></Tags></member>
<member><ResourceArn>` + elbARN + `listener/net/lb/1/l</ResourceArn><Tags><member><Key>env</Key><Value>prod</Value></member></Tags></member>
<member><ResourceArn>` + elbARN + `targetgroup/web/3</ResourceArn><Tags><member><Key>env</Key><Value>prod</Value></member></Tags></member></TagDescriptions>`,
			"DescribeListeners net/lb": `<NextMarker>two</NextMarker><Listeners><member><ListenerArn>` + elbARN + `listener/net/lb/1/l</ListenerArn><LoadBalancerArn>` + elbARN + `loadbalancer/net/lb/1</LoadBalancerArn>
<Port>443</Port><Protocol>TLS</Protocol><SslPolicy>ELBSecurityPolicy-TLS13-1-2-2021-06</SslPolicy><Certificates><member><CertificateArn>arn:aws:acm:eu-west-1:123456789012:certificate/c</CertificateArn></member></Certificates>
<DefaultActions><member><Type>forward</Type><TargetGroupArn>` + elbARN + `targetgroup/web/3</TargetGroupArn><Order>1</Order><ForwardConfig><TargetGroups>
<member><TargetGroupArn>b</TargetGroupArn><Weight>1</Weight></member><member><TargetGroupArn>a</TargetGroupArn><Weight>2</Weight></member></TargetGroups></ForwardConfig></member></DefaultActions>
<MutualAuthentication><Mode>off</Mode></MutualAuthentication></member></Listeners>`,
			"DescribeListeners net/lb two": `<Listeners><member><ListenerArn>` + elbARN + `listener/net/lb/1/m</ListenerArn></member></Listeners>`,
			"DescribeListeners app/bare":   `<Listeners></Listeners>`,
			"DescribeListenerAttributes":   `<Attributes><member><Key>tcp.idle_timeout.seconds</Key><Value>350</Value></member></Attributes>`,
			"DescribeTargetGroups": `<NextMarker>two</NextMarker><TargetGroups><member><TargetGroupArn>` + elbARN + `targetgroup/web/3</TargetGroupArn><TargetGroupName>web</TargetGroupName>
<Protocol>HTTPS</Protocol><Port>443</Port><VpcId>vpc-1</VpcId><TargetType>ip</TargetType><ProtocolVersion>HTTP2</ProtocolVersion><HealthCheckEnabled>true</HealthCheckEnabled><HealthCheckPath>/up</HealthCheckPath>
<HealthCheckIntervalSeconds>30</HealthCheckIntervalSeconds><Matcher><HttpCode>200-299</HttpCode></Matcher><LoadBalancerArns><member>b</member><member>a</member></LoadBalancerArns></member></TargetGroups>`,
			"DescribeTargetGroups two": `<TargetGroups><member><TargetGroupArn>` + elbARN + `targetgroup/bare/4</TargetGroupArn></member></TargetGroups>`,
			"DescribeTargetGroupAttributes": `<Attributes><member><Key>stickiness.enabled</Key><Value>false</Value></member>
<member><Key>deregistration_delay.timeout_seconds</Key><Value>300</Value></member></Attributes>`,

			"DescribeLoadBalancers Version=2012-06-01": `<NextMarker>two</NextMarker><LoadBalancerDescriptions><member><LoadBalancerName>old</LoadBalancerName><Scheme>internal</Scheme><VPCId>vpc-1</VPCId>
<DNSName>old.example</DNSName><CreatedTime>2016-01-02T03:04:05Z</CreatedTime><Subnets><member>subnet-2</member><member>subnet-1</member></Subnets><AvailabilityZones><member>eu-west-1b</member><member>eu-west-1a</member></AvailabilityZones>
<SecurityGroups><member>sg-1</member></SecurityGroups><Instances><member><InstanceId>i-2</InstanceId></member><member><InstanceId>i-1</InstanceId></member></Instances>
<HealthCheck><Target>TCP:80</Target><Interval>30</Interval><Timeout>5</Timeout><UnhealthyThreshold>2</UnhealthyThreshold><HealthyThreshold>10</HealthyThreshold></HealthCheck>
<ListenerDescriptions><member><Listener><Protocol>HTTPS</Protocol><LoadBalancerPort>443</LoadBalancerPort><InstanceProtocol>HTTP</InstanceProtocol><InstancePort>80</InstancePort><SSLCertificateId>arn:aws:iam::123456789012:server-certificate/c</SSLCertificateId></Listener><PolicyNames><member>tls</member></PolicyNames></member>
<member><Listener><Protocol>TCP</Protocol><LoadBalancerPort>22</LoadBalancerPort><InstancePort>22</InstancePort></Listener></member></ListenerDescriptions>
<Policies><AppCookieStickinessPolicies><member><PolicyName>app</PolicyName><CookieName>sid</CookieName></member></AppCookieStickinessPolicies>
<LBCookieStickinessPolicies><member><PolicyName>lb</PolicyName><CookieExpirationPeriod>60</CookieExpirationPeriod></member></LBCookieStickinessPolicies><OtherPolicies><member>tls</member><member>proxy</member></OtherPolicies></Policies>
<BackendServerDescriptions><member><InstancePort>80</InstancePort><PolicyNames><member>proxy</member></PolicyNames></member></BackendServerDescriptions></member></LoadBalancerDescriptions>`,
			"DescribeLoadBalancers Version=2012-06-01 two": `<LoadBalancerDescriptions><member><LoadBalancerName>bare</LoadBalancerName></member></LoadBalancerDescriptions>`,
			"DescribeLoadBalancerAttributes Version=2012-06-01": `<LoadBalancerAttributes><CrossZoneLoadBalancing><Enabled>true</Enabled></CrossZoneLoadBalancing>
<AccessLog><Enabled>true</Enabled><S3BucketName>logs</S3BucketName><EmitInterval>5</EmitInterval></AccessLog><ConnectionDraining><Enabled>true</Enabled><Timeout>300</Timeout></ConnectionDraining><ConnectionSettings><IdleTimeout>60</IdleTimeout></ConnectionSettings>
<AdditionalAttributes><member><Key>elb.http.desyncmitigationmode</Key><Value>defensive</Value></member></AdditionalAttributes></LoadBalancerAttributes>`,
			"DescribeLoadBalancerAttributes Version=2012-06-01 bare": `<LoadBalancerAttributes></LoadBalancerAttributes>`,
			"DescribeLoadBalancerPolicies": `<PolicyDescriptions><member><PolicyName>tls</PolicyName><PolicyTypeName>SSLNegotiationPolicyType</PolicyTypeName><PolicyAttributeDescriptions>
<member><AttributeName>Protocol-TLSv1</AttributeName><AttributeValue>false</AttributeValue></member><member><AttributeName>Protocol-TLSv1.2</AttributeName><AttributeValue>true</AttributeValue></member></PolicyAttributeDescriptions></member>
<member><PolicyName>proxy</PolicyName><PolicyTypeName>ProxyProtocolPolicyType</PolicyTypeName></member></PolicyDescriptions>`,
			"DescribeTags Version=2012-06-01": `<TagDescriptions><member><LoadBalancerName>old</LoadBalancerName><Tags><member><Key>b</Key><Value>2</Value></member><member><Key>a</Key><Value>1</Value></member></Tags></member></TagDescriptions>`,
		},
		refusals: map[string]refusal{
			"elasticloadbalancing:DescribeLoadBalancers": {fails: []string{"elb_load_balancer", "elbv2_listener", "elbv2_load_balancer"}},
			"elasticloadbalancing:DescribeListeners":     {fails: []string{"elbv2_listener"}},
			"elasticloadbalancing:DescribeTargetGroups":  {fails: []string{"elbv2_target_group"}},
			"elasticloadbalancing:DescribeLoadBalancerAttributes": {unread: map[string][]string{
				"elb_load_balancer": append(slices.Clone(elbAttributes), "facts."+factDesync), "elbv2_load_balancer": {"LoadBalancerAttributes"},
			}},
			"elasticloadbalancing:DescribeLoadBalancerPolicies":  {unread: lost("elb_load_balancer", "Policies")},
			"elasticloadbalancing:DescribeListenerAttributes":    {unread: lost("elbv2_listener", "ListenerAttributes")},
			"elasticloadbalancing:DescribeTargetGroupAttributes": {unread: lost("elbv2_target_group", "TargetGroupAttributes")},
			"elasticloadbalancing:DescribeTags": {unread: map[string][]string{
				"elb_load_balancer": {"Tags"}, "elbv2_load_balancer": {"Tags"}, "elbv2_listener": {"Tags"}, "elbv2_target_group": {"Tags"},
			}},
		},
	}
}

func TestELB(t *testing.T) {
	elbStage().run(t)
	t.Run("balancers that vanish are left out, and the others have their tags", func(t *testing.T) {
		c := elbStage()
		answers := with(c.answers, "DescribeTags Version=2015-12-01 app/bare/2", "!LoadBalancerNotFound")
		answers["DescribeListenerAttributes lb/1/m"] = "!ListenerNotFound"
		answers["DescribeListeners app/bare"] = "!LoadBalancerNotFound"
		h, errs, _ := c.read(t, answers, "")
		if ids := h.ids("elbv2_load_balancer"); len(errs) > 0 || len(ids) != 1 || len(h.ids("elbv2_listener")) != 1 {
			t.Errorf("%v, %v, %v", errs, ids, h.ids("elbv2_listener"))
		}
		if o := h.one(t, "elbv2_load_balancer", "lb"); o.Tags["a"] != "1" || len(o.Unread) > 0 {
			t.Errorf("%+v", o)
		}
	})
}
