package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// route53Collector reads the hosted zones of Amazon Route 53 (Route 53 API reference), which has no regions. Record sets
// are counted only.
func route53Collector() *collector {
	p := &route53Projectors{zones: projectorOf("route53_hosted_zone", map[string]string{
		"HostedZone.Config": "HostedZoneConfig", "QueryLoggingConfig.HostedZoneId": "",
	})}
	zone := func(paths ...string) map[string][]string { return map[string][]string{"route53_hosted_zone": paths} }
	return &collector{
		service: "route53",
		listings: []listing{{
			types: []string{"route53_hosted_zone"}, where: global,
			actions: []string{
				"route53:ListHostedZones", "route53:GetHostedZone", "route53:ListQueryLoggingConfigs", "route53:ListTagsForResources",
			},
			page: route53PageSize,
			each: []each{
				{action: "route53:GetHostedZone", of: "private zone", because: "the listing leaves its VPCs out"},
				{action: "route53:ListTagsForResources", of: "zone", batch: route53Tagged, because: "the listing leaves tags out"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AssociateVPCWithHostedZone":    zone("VPCs"),
			"DisassociateVPCFromHostedZone": zone("VPCs"),
			"UpdateHostedZoneComment":       zone("HostedZoneConfig"),
			"CreateQueryLoggingConfig":      zone("QueryLoggingConfig"),
			"DeleteQueryLoggingConfig":      zone("QueryLoggingConfig"),
			"ChangeTagsForResource":         zone("HostedZoneTags"),
		},
	}
}

const (
	// route53PageSize is the most that Route 53 lists at once.
	route53PageSize = 100
	// route53Tagged is the most zones that ListTagsForResources takes.
	route53Tagged = 10
)

func route53Client(s *session) *route53.Client {
	return client(s, func(c aws.Config) *route53.Client { return route53.NewFromConfig(c) })
}

// route53Projectors turn the answers of the API into configurations.
type route53Projectors struct{ zones *shape.Projector }

func (p *route53Projectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	logs, failed := route53Logs(ctx, s)
	if err := fatal(ctx, failed); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := route53Client(s).ListHostedZones(ctx, &route53.ListHostedZonesInput{MaxItems: aws.Int32(route53PageSize), Marker: token})
		if err != nil {
			return nil, err
		}
		private := map[*audit.Observation]bool{}
		var all []*audit.Observation
		for i := range page.HostedZones {
			z := &page.HostedZones[i]
			o := p.zone(s, z)
			if out.Done(o.Type, o.ExternalID) {
				continue
			}
			if failed != nil {
				setUnread(o, awsaccess.Classify(failed), "QueryLoggingConfig")
			} else if group := logs[zoneID(o)]; group != nil {
				o.Config["QueryLoggingConfig"] = object{"CloudWatchLogsLogGroupArn": group}
			}
			private[o] = z.Config != nil && z.Config.PrivateZone
			all = append(all, o)
		}
		return page.NextMarker, forEach(ctx, s, slices.Collect(slices.Chunk(all, route53Tagged)), func(ctx context.Context, some []*audit.Observation) error {
			some, err := s.batch(ctx, some, []string{"HostedZoneTags"}, p.tags(s))
			if err != nil {
				return err
			}
			return forEach(ctx, s, some, func(ctx context.Context, o *audit.Observation) error {
				if private[o] {
					if err := p.vpcs(ctx, s, o); err != nil {
						return err
					}
				}
				return s.emit(ctx, out, o)
			})
		})
	})
}

// zoneID is a zone's id without the path that the API puts before it.
func zoneID(o *audit.Observation) string { return lastPart(o.ExternalID) }

// route53Logs lists the log groups of queries, by zone.
func route53Logs(ctx context.Context, s *session) (map[string]*string, error) {
	all := map[string]*string{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := route53Client(s).ListQueryLoggingConfigs(ctx, &route53.ListQueryLoggingConfigsInput{
			MaxResults: aws.Int32(route53PageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, c := range page.QueryLoggingConfigs {
			all[lastPart(aws.ToString(c.HostedZoneId))] = c.CloudWatchLogsLogGroupArn
		}
		return page.NextToken, nil
	})
	return all, err
}

func (p *route53Projectors) tags(s *session) func(context.Context, []*audit.Observation) error {
	return func(ctx context.Context, some []*audit.Observation) error {
		byID := map[string]*audit.Observation{}
		var ids []string
		for _, o := range some {
			if o.ExternalID != "" { // emit fails for what has none
				byID[zoneID(o)] = o
				ids = append(ids, zoneID(o))
			}
		}
		if len(ids) == 0 {
			return nil
		}
		got, err := route53Client(s).ListTagsForResources(ctx, &route53.ListTagsForResourcesInput{
			ResourceType: types.TagResourceTypeHostedzone, ResourceIds: ids,
		})
		if err != nil {
			return err
		}
		for _, set := range got.ResourceTagSets {
			if o := byID[aws.ToString(set.ResourceId)]; o != nil {
				o.Config["HostedZoneTags"], o.Tags = p.zones.ProjectAt("HostedZoneTags", set.Tags), tagsOf(set.Tags)
			}
		}
		return nil
	}
}

// vpcs reads where a private zone answers.
func (p *route53Projectors) vpcs(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"VPCs"}, func(ctx context.Context) error {
		id := zoneID(o)
		got, err := route53Client(s).GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: &id})
		if err == nil {
			o.Config["VPCs"] = p.zones.ProjectAt("VPCs", got.VPCs)
		}
		return goneIf(err, "NoSuchHostedZone")
	})
}

func (p *route53Projectors) zone(s *session, z *types.HostedZone) *audit.Observation {
	o := &audit.Observation{
		Type: "route53_hosted_zone", Name: aws.ToString(z.Name), Config: p.zones.Project(z),
		Facts: object{"ResourceRecordSetCount": z.ResourceRecordSetCount},
	}
	if z.Config != nil {
		o.Facts["PrivateZone"] = z.Config.PrivateZone
	}
	if z.LinkedService != nil {
		o.Facts["LinkedService"] = z.LinkedService.ServicePrincipal
	}
	if id := lastPart(aws.ToString(z.Id)); id != "" {
		o.ExternalID = "arn:" + s.partition + ":route53:::hostedzone/" + id
	}
	return o
}
