package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// cloudFrontCollector reads Amazon CloudFront (CloudFront API reference), which has no regions.
func cloudFrontCollector() *collector {
	p := &cloudFrontProjectors{
		distributions: projectorOf("cloudfront_distribution", nil), controls: projectorOf("cloudfront_origin_access_control", nil),
	}
	tags := map[string][]string{"cloudfront_distribution": {"Tags"}}
	return &collector{
		service: "cloudfront",
		listings: []listing{
			{
				types: []string{"cloudfront_distribution"}, where: global,
				actions: []string{"cloudfront:ListDistributions", "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"},
				page:    cloudFrontPageSize,
				each: eachOf("distribution", "the listing leaves logging, the root object and tags out",
					"cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource",
				),
				collect: p.collectDistributions,
			},
			{
				types: []string{"cloudfront_origin_access_control"}, where: global,
				actions: []string{"cloudfront:ListOriginAccessControls"}, page: cloudFrontPageSize, collect: p.collectControls,
			},
		},
		events: map[string]map[string][]string{
			"UpdateDistribution":        {"cloudfront_distribution": {"DistributionConfig"}},
			"UpdateOriginAccessControl": {"cloudfront_origin_access_control": {"OriginAccessControlConfig"}},
			"TagResource":               tags,
			"UntagResource":             tags,
		},
	}
}

// cloudFrontPageSize is the most that CloudFront lists at once.
const cloudFrontPageSize = 100

func cloudFrontClient(s *session) *cloudfront.Client {
	return client(s, func(c aws.Config) *cloudfront.Client { return cloudfront.NewFromConfig(c) })
}

// cloudFrontProjectors turn the answers of the API into configurations.
type cloudFrontProjectors struct{ distributions, controls *shape.Projector }

func (p *cloudFrontProjectors) collectDistributions(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := cloudFrontClient(s).ListDistributions(ctx, &cloudfront.ListDistributionsInput{
			MaxItems: aws.Int32(cloudFrontPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		if page.DistributionList == nil {
			return nil, awsaccess.ErrNonsense
		}
		return page.DistributionList.NextMarker, forEach(ctx, s, page.DistributionList.Items, func(ctx context.Context, d types.DistributionSummary) error {
			o := &audit.Observation{
				Type: "cloudfront_distribution", ExternalID: aws.ToString(d.ARN), Name: aws.ToString(d.Id), Config: object{},
				Facts: object{"DomainName": d.DomainName, "LastModifiedTime": d.LastModifiedTime, "Status": d.Status},
			}
			if !aws.ToBool(d.Enabled) {
				o.Status = audit.ResourceStopped
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.detail(ctx, s, o, &d); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// detail reads the configuration, of which the listing leaves out logging and the root object among others, and the tags.
func (p *cloudFrontProjectors) detail(ctx context.Context, s *session, o *audit.Observation, d *types.DistributionSummary) error {
	err := s.detail(ctx, o, []string{"DistributionConfig"}, func(ctx context.Context) error {
		got, err := cloudFrontClient(s).GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: d.Id})
		if err == nil {
			o.Config["DistributionConfig"] = p.distributions.ProjectAt("DistributionConfig", distributionConfig(got.DistributionConfig))
		}
		return goneIf(err, "NoSuchDistribution")
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		got, err := cloudFrontClient(s).ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: d.ARN})
		if err == nil && got.Tags != nil {
			o.Config["Tags"] = p.distributions.ProjectAt("Tags", got.Tags.Items)
		}
		return goneIf(err, "NoSuchResource")
	})
}

// distributionNames are the fields that CloudFormation calls otherwise.
var distributionNames = map[string]string{
	"ACMCertificateArn": "AcmCertificateArn", "CustomHeaders": "OriginCustomHeaders", "IAMCertificateId": "IamCertificateId",
	"IsIPV6Enabled": "IPV6Enabled", "OriginSslProtocols": "OriginSSLProtocols", "SSLSupportMethod": "SslSupportMethod",
}

// distributionConfig makes of the API's form of a configuration CloudFormation's, where a list is a list and not its
// length besides.
func distributionConfig(c *types.DistributionConfig) object {
	out, _ := unwrapped(plain(c)).(object)
	if logging, ok := out["Logging"].(object); ok && logging["Enabled"] != true {
		delete(out, "Logging")
	}
	return out
}

// unwrapped turns {Quantity, Items} into the items, but for origin groups, which CloudFormation writes as the API does.
func unwrapped(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unwrapped(v[i])
		}
	case object:
		out := make(object, len(v))
		for name, e := range v {
			if renamed, ok := distributionNames[name]; ok {
				name = renamed
			}
			e = unwrapped(e)
			if wrap, ok := e.(object); ok {
				if _, isList := wrap["Quantity"]; isList {
					e = unwrapList(out, name, wrap)
				}
			}
			if e != nil {
				out[name] = e
			}
		}
		return out
	}
	return v
}

// unwrapList returns what stands for a list that is the field of a structure, nil for none.
func unwrapList(parent object, name string, wrap object) any {
	items, some := wrap["Items"]
	switch name {
	case "AllowedMethods": // holds the cached ones
		if cached, ok := wrap["CachedMethods"]; ok {
			parent["CachedMethods"] = cached
		}
	case "GeoRestriction":
		geo := object{"RestrictionType": wrap["RestrictionType"]}
		if some {
			geo["Locations"] = items
		}
		return geo
	case "OriginGroups", "StatusCodes", "Members":
		if some {
			return wrap
		}
	}
	if !some {
		return nil
	}
	return items
}

func (p *cloudFrontProjectors) collectControls(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := cloudFrontClient(s).ListOriginAccessControls(ctx, &cloudfront.ListOriginAccessControlsInput{
			MaxItems: aws.Int32(cloudFrontPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		if page.OriginAccessControlList == nil {
			return nil, awsaccess.ErrNonsense
		}
		for i := range page.OriginAccessControlList.Items {
			c := &page.OriginAccessControlList.Items[i]
			o := &audit.Observation{
				Type: "cloudfront_origin_access_control", Name: aws.ToString(c.Name),
				Config: object{"OriginAccessControlConfig": p.controls.ProjectAt("OriginAccessControlConfig", c)},
			}
			if id := aws.ToString(c.Id); id != "" {
				o.ExternalID = s.arn("cloudfront", "origin-access-control/"+id)
			}
			if err := s.emit(ctx, out, o); err != nil {
				return nil, err
			}
		}
		return page.OriginAccessControlList.NextMarker, nil
	})
}
