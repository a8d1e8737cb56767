package awscloud

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// acmCollector reads AWS Certificate Manager (ACM API reference).
func acmCollector() *collector {
	p := &acmProjectors{certificates: projectorOf("acm_certificate", nil)}
	certificate := func(paths ...string) map[string][]string { return map[string][]string{"acm_certificate": paths} }
	return &collector{
		service: "acm",
		listings: []listing{{
			types:   []string{"acm_certificate"},
			actions: []string{"acm:ListCertificates", "acm:DescribeCertificate", "acm:ListTagsForCertificate"},
			page:    acmPageSize,
			each: eachOf("certificate", "the listing tells neither all names nor options, validation and tags",
				"acm:DescribeCertificate", "acm:ListTagsForCertificate",
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AddTagsToCertificate":      certificate("Tags"),
			"RemoveTagsFromCertificate": certificate("Tags"),
			"UpdateCertificateOptions":  certificate("CertificateExport", "CertificateTransparencyLoggingPreference"),
		},
	}
}

// acmPageSize is the most certificates that ACM lists at once.
const acmPageSize = 1000

// acmDescribed are what DescribeCertificate tells.
var acmDescribed = []string{
	"CertificateAuthorityArn", "CertificateExport", "CertificateTransparencyLoggingPreference", "DomainValidationOptions", "KeyAlgorithm",
	"SubjectAlternativeNames", "ValidationMethod",
}

func acmClient(s *session) *acm.Client {
	return client(s, func(c aws.Config) *acm.Client { return acm.NewFromConfig(c) })
}

// acmProjectors turn the answers of the API into configurations.
type acmProjectors struct{ certificates *shape.Projector }

// collect reads the certificates. Without a filter the listing has none but those with RSA keys of up to 2048 bits.
func (p *acmProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := acmClient(s).ListCertificates(ctx, &acm.ListCertificatesInput{
			MaxItems: aws.Int32(acmPageSize), NextToken: token, Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()},
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.CertificateSummaryList, func(ctx context.Context, c types.CertificateSummary) error {
			o := &audit.Observation{
				Type: "acm_certificate", ExternalID: aws.ToString(c.CertificateArn), Name: aws.ToString(c.DomainName),
				Config: object{"DomainName": c.DomainName},
				Facts:  acmFacts(&c),
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.detail(ctx, s, o); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// acmFacts are what ACM's renewals change. Times are days.
func acmFacts(c *types.CertificateSummary) object {
	return object{
		"CreatedAt": dayOf(c.CreatedAt), "InUse": c.InUse, "IssuedAt": dayOf(c.IssuedAt), "NotAfter": dayOf(c.NotAfter),
		"NotBefore": dayOf(c.NotBefore), "RenewalEligibility": told(c.RenewalEligibility), "RevokedAt": dayOf(c.RevokedAt),
		"Status": told(c.Status), "Type": told(c.Type),
	}
}

func (p *acmProjectors) detail(ctx context.Context, s *session, o *audit.Observation) error {
	err := s.detail(ctx, o, acmDescribed, func(ctx context.Context) error {
		got, err := acmClient(s).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &o.ExternalID})
		if err == nil && got.Certificate != nil {
			p.describe(o, got.Certificate)
		}
		return goneIf(err, "ResourceNotFoundException")
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		got, err := acmClient(s).ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: &o.ExternalID})
		if err == nil {
			o.Config["Tags"] = p.certificates.ProjectAt("Tags", got.Tags)
		}
		return goneIf(err, "ResourceNotFoundException")
	})
}

func (p *acmProjectors) describe(o *audit.Observation, c *types.CertificateDetail) {
	maps.Copy(o.Config, p.certificates.Project(c))
	// ACM writes RSA-2048 here, and RSA_2048 where one asks for it.
	o.Config["KeyAlgorithm"] = told(strings.ReplaceAll(string(c.KeyAlgorithm), "-", "_"))
	if c.Options != nil {
		o.Config["CertificateExport"] = told(c.Options.Export)
	}
	for _, v := range c.DomainValidationOptions { // one method for all of them
		o.Config["ValidationMethod"] = told(v.ValidationMethod)
	}
	if r := c.RenewalSummary; r != nil {
		o.Facts["RenewalStatus"] = told(r.RenewalStatus)
	}
	o.Facts["Issuer"] = c.Issuer
}
