package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lightsail"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// lightsailCollector reads Amazon Lightsail (Lightsail API reference), whose listings tell everything. How many a page
// has Lightsail neither says nor lets one choose.
func lightsailCollector() *collector {
	p := newLightsailProjectors()
	reads := func(typ, action string, collect func(context.Context, *session, inventory.Emitter) error) listing {
		return listing{types: []string{typ}, actions: []string{action}, collect: collect}
	}
	instance := func(path string) map[string][]string { return map[string][]string{"lightsail_instance": {path}} }
	balancer := func(paths ...string) map[string][]string {
		return map[string][]string{"lightsail_load_balancer": paths}
	}
	addOns := map[string][]string{"lightsail_instance": {"AddOns"}, "lightsail_disk": {"AddOns"}}
	attached := map[string][]string{"lightsail_static_ip": {"AttachedTo"}}
	tags := map[string][]string{
		"lightsail_bucket": {"Tags"}, "lightsail_database": {"Tags"}, "lightsail_disk": {"Tags"}, "lightsail_instance": {"Tags"},
		"lightsail_load_balancer": {"Tags"},
	}
	return &collector{
		service: "lightsail",
		listings: []listing{
			reads("lightsail_instance", "lightsail:GetInstances", p.collectInstances),
			reads("lightsail_disk", "lightsail:GetDisks", p.collectDisks),
			reads("lightsail_static_ip", "lightsail:GetStaticIps", p.collectStaticIPs),
			reads("lightsail_load_balancer", "lightsail:GetLoadBalancers", p.collectLoadBalancers),
			reads("lightsail_database", "lightsail:GetRelationalDatabases", p.collectDatabases),
			reads("lightsail_bucket", "lightsail:GetBuckets", p.collectBuckets),
		},
		events: map[string]map[string][]string{
			"OpenInstancePublicPorts":          instance("Networking"),
			"CloseInstancePublicPorts":         instance("Networking"),
			"PutInstancePublicPorts":           instance("Networking"),
			"UpdateInstanceMetadataOptions":    instance("MetadataOptions"),
			"AttachDisk":                       instance("Hardware"),
			"DetachDisk":                       instance("Hardware"),
			"EnableAddOn":                      addOns,
			"DisableAddOn":                     addOns,
			"AttachStaticIp":                   attached,
			"DetachStaticIp":                   attached,
			"AttachInstancesToLoadBalancer":    balancer("AttachedInstances"),
			"DetachInstancesFromLoadBalancer":  balancer("AttachedInstances"),
			"AttachLoadBalancerTlsCertificate": balancer(lightsailCertificate),
			"CreateLoadBalancerTlsCertificate": balancer(lightsailCertificate),
			"DeleteLoadBalancerTlsCertificate": balancer(lightsailCertificate),
			"SetResourceAccessForBucket":       {"lightsail_bucket": {"ResourcesReceivingAccess"}},
			"UpdateBucketBundle":               {"lightsail_bucket": {"BundleId"}},
			"SetIpAddressType":                 {"lightsail_instance": {"IpAddressType"}, "lightsail_load_balancer": {"IpAddressType"}},
			"TagResource":                      tags,
			"UntagResource":                    tags,
			"UpdateLoadBalancerAttribute":      balancer("HealthCheckPath", "HttpsRedirectionEnabled", "SessionStickinessEnabled", "SessionStickinessLBCookieDurationSeconds", "TlsPolicyName"),
		},
	}
}

// lightsailCertificate is a certificate of a load balancer.
const lightsailCertificate = "AWS::Lightsail::LoadBalancerTlsCertificate"

func lightsailClient(s *session) *lightsail.Client {
	return client(s, func(c aws.Config) *lightsail.Client { return lightsail.NewFromConfig(c) })
}

// lightsailProjectors turn the answers of the Lightsail API into configurations.
type lightsailProjectors struct {
	buckets, databases, disks, instances, loadBalancers, staticIPs *shape.Projector
}

func newLightsailProjectors() *lightsailProjectors {
	return &lightsailProjectors{
		buckets: projectorOf("lightsail_bucket", map[string]string{
			"Bucket.Name": "BucketName", "Bucket.ObjectVersioning": "", "Bucket.ResourcesReceivingAccess": "", // see bucket
		}),
		databases: projectorOf("lightsail_database", map[string]string{
			"RelationalDatabase.Name": "RelationalDatabaseName", "RelationalDatabase.BackupRetentionEnabled": "BackupRetention",
		}),
		disks: projectorOf("lightsail_disk", map[string]string{"Disk.Name": "DiskName", "Disk.AddOns": ""}),
		instances: projectorOf("lightsail_instance", map[string]string{
			"Instance.Name": "InstanceName", "Instance.SshKeyName": "KeyPairName", "Instance.AddOns": "",
			"Disk.Name": "DiskName", "Disk.AttachedTo": "", "Disk.AttachmentState": "",
		}),
		loadBalancers: projectorOf("lightsail_load_balancer", map[string]string{
			"LoadBalancer.Name": "LoadBalancerName", "LoadBalancerTlsCertificateSummary.Name": "CertificateName",
			"LoadBalancer.TlsCertificateSummaries": lightsailCertificate,
		}),
		staticIPs: projectorOf("lightsail_static_ip", map[string]string{"StaticIp.Name": "StaticIpName"}),
	}
}

func (p *lightsailProjectors) collectInstances(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lightsailClient(s).GetInstances(ctx, &lightsail.GetInstancesInput{PageToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, emitEach(ctx, s, out, page.Instances, p.instance)
	})
}

func (p *lightsailProjectors) collectDisks(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lightsailClient(s).GetDisks(ctx, &lightsail.GetDisksInput{PageToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, emitEach(ctx, s, out, page.Disks, p.disk)
	})
}

func (p *lightsailProjectors) collectStaticIPs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lightsailClient(s).GetStaticIps(ctx, &lightsail.GetStaticIpsInput{PageToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, emitEach(ctx, s, out, page.StaticIps, p.staticIP)
	})
}

func (p *lightsailProjectors) collectLoadBalancers(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lightsailClient(s).GetLoadBalancers(ctx, &lightsail.GetLoadBalancersInput{PageToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, emitEach(ctx, s, out, page.LoadBalancers, p.loadBalancer)
	})
}

func (p *lightsailProjectors) collectDatabases(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lightsailClient(s).GetRelationalDatabases(ctx, &lightsail.GetRelationalDatabasesInput{PageToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, emitEach(ctx, s, out, page.RelationalDatabases, p.database)
	})
}

func (p *lightsailProjectors) collectBuckets(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lightsailClient(s).GetBuckets(ctx, &lightsail.GetBucketsInput{
			IncludeConnectedResources: aws.Bool(true), IncludeCors: aws.Bool(true), PageToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, emitEach(ctx, s, out, page.Buckets, p.bucket)
	})
}

// emitEach emits what a page of a listing tells of each resource, nothing for those of which observe makes none.
func emitEach[T any](ctx context.Context, s *session, out inventory.Emitter, page []T, observe func(*T) *audit.Observation) error {
	for i := range page {
		o := observe(&page[i])
		if o == nil {
			continue
		}
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}
