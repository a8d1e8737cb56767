package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/opensearch/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// openSearchCollector reads Amazon OpenSearch Service (OpenSearch Service API reference), domains with Elasticsearch's
// engine included. Its IAM prefix is still es.
func openSearchCollector() *collector {
	p := &openSearchProjectors{domains: projectorOf("opensearch_domain", map[string]string{
		"DomainStatus.Processing": "", "DomainStatus.ServiceSoftwareOptions": "",
	})}
	tags := map[string][]string{"opensearch_domain": {"Tags"}}
	return &collector{
		service: "es",
		listings: []listing{{
			types: []string{"opensearch_domain"}, actions: []string{"es:ListDomainNames", "es:DescribeDomains", "es:ListTags"},
			each: []each{
				{action: "es:DescribeDomains", of: "domain", batch: maxDescribedDomains, because: "`ListDomainNames` tells names and nothing else"},
				{action: "es:ListTags", of: "domain", because: "`DescribeDomains` leaves tags out"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"UpgradeDomain": {"opensearch_domain": {"EngineVersion"}},
			"AddTags":       tags,
			"RemoveTags":    tags,
		},
	}
}

func openSearchClient(s *session) *opensearch.Client {
	return client(s, func(c aws.Config) *opensearch.Client { return opensearch.NewFromConfig(c) })
}

// maxDescribedDomains is the most domains that DescribeDomains takes.
const maxDescribedDomains = 5

// openSearchProjectors turn the answers of the OpenSearch Service API into configurations.
type openSearchProjectors struct{ domains *shape.Projector }

// collect reads the domains, which ListDomainNames answers without pages.
func (p *openSearchProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	list, err := openSearchClient(s).ListDomainNames(ctx, &opensearch.ListDomainNamesInput{})
	if err != nil {
		return err
	}
	names := make([]string, 0, len(list.DomainNames))
	for _, d := range list.DomainNames {
		names = append(names, aws.ToString(d.DomainName))
	}
	slices.Sort(names)
	for some := range slices.Chunk(names, maxDescribedDomains) {
		got, err := openSearchClient(s).DescribeDomains(ctx, &opensearch.DescribeDomainsInput{DomainNames: some})
		if err != nil {
			return err
		}
		err = forEach(ctx, s, got.DomainStatusList, func(ctx context.Context, d types.DomainStatus) error {
			o := p.domain(&d)
			if aws.ToBool(d.Deleted) || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if o.ExternalID != "" {
				if err := p.readTags(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readTags reads a domain's tags, which no listing tells.
func (p *openSearchProjectors) readTags(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		got, err := openSearchClient(s).ListTags(ctx, &opensearch.ListTagsInput{ARN: aws.String(o.ExternalID)})
		if err == nil {
			o.Config["Tags"] = p.domains.ProjectAt("Tags", got.TagList)
		}
		return goneIf(err, "ResourceNotFoundException")
	})
}

func (p *openSearchProjectors) domain(d *types.DomainStatus) *audit.Observation {
	return &audit.Observation{
		Type: "opensearch_domain", ExternalID: aws.ToString(d.ARN), Name: aws.ToString(d.DomainName), Config: p.domains.Project(d),
		Facts: object{
			"DomainProcessingStatus": told(d.DomainProcessingStatus), "Endpoint": d.Endpoint, "Endpoints": d.Endpoints,
			"VpcId": vpcOfDomain(d), "SoftwareUpdateAvailable": d.ServiceSoftwareOptions != nil && aws.ToBool(d.ServiceSoftwareOptions.UpdateAvailable),
		},
	}
}

func vpcOfDomain(d *types.DomainStatus) *string {
	if d.VPCOptions == nil {
		return nil
	}
	return d.VPCOptions.VPCId
}
