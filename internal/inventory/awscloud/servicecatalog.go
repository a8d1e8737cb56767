package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicecatalog"
	"github.com/aws/aws-sdk-go-v2/service/servicecatalog/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// serviceCatalogCollector reads AWS Service Catalog (Service Catalog API reference).
func serviceCatalogCollector() *collector {
	p := &portfolioProjectors{portfolios: projectorOf("servicecatalog_portfolio", nil)}
	portfolio := func(path string) map[string][]string { return map[string][]string{"servicecatalog_portfolio": {path}} }
	return &collector{
		service: "servicecatalog",
		listings: []listing{{
			types: []string{"servicecatalog_portfolio"},
			actions: []string{
				"servicecatalog:ListPortfolios", "servicecatalog:DescribePortfolio", "servicecatalog:DescribePortfolioShares",
				"servicecatalog:ListPrincipalsForPortfolio",
			},
			page: portfolioPage,
			each: []each{
				{action: "servicecatalog:DescribePortfolio", of: "portfolio", because: "the listing leaves tags out"},
				{action: "servicecatalog:DescribePortfolioShares", of: "portfolio", times: 4, because: "it takes one kind of share"},
				{action: "servicecatalog:ListPrincipalsForPortfolio", of: "portfolio", because: "no listing tells who may use it"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AssociatePrincipalWithPortfolio":    portfolio(portfolioPrincipals),
			"DisassociatePrincipalFromPortfolio": portfolio(portfolioPrincipals),
			"CreatePortfolioShare":               portfolio("Shares"),
			"UpdatePortfolioShare":               portfolio("Shares"),
			"DeletePortfolioShare":               portfolio("Shares"),
		},
	}
}

const (
	// portfolioPage is the most portfolios, and principals, that Service Catalog lists at once; portfolioShares the most
	// shares.
	portfolioPage   = 20
	portfolioShares = 100
	// portfolioPrincipals is what portfolios carry of another type.
	portfolioPrincipals = "AWS::ServiceCatalog::PortfolioPrincipalAssociation"
	portfolioGone       = "ResourceNotFoundException"
)

func serviceCatalogClient(s *session) *servicecatalog.Client {
	return client(s, func(c aws.Config) *servicecatalog.Client { return servicecatalog.NewFromConfig(c) })
}

// portfolioProjectors turn the answers of the API into configurations.
type portfolioProjectors struct{ portfolios *shape.Projector }

// collect reads the account's own portfolios; those that others share with it are theirs.
func (p *portfolioProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := serviceCatalogClient(s).ListPortfolios(ctx, &servicecatalog.ListPortfoliosInput{PageSize: portfolioPage, PageToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextPageToken, forEach(ctx, s, page.PortfolioDetails, func(ctx context.Context, v types.PortfolioDetail) error {
			o := &audit.Observation{
				Type: "servicecatalog_portfolio", ExternalID: aws.ToString(v.ARN), Name: aws.ToString(v.DisplayName),
				Config: p.portfolios.Project(v), Facts: object{"CreatedTime": v.CreatedTime, "Id": v.Id},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.detail(ctx, s, o, v.Id); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *portfolioProjectors) detail(ctx context.Context, s *session, o *audit.Observation, id *string) error {
	err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		got, err := serviceCatalogClient(s).DescribePortfolio(ctx, &servicecatalog.DescribePortfolioInput{Id: id})
		if err == nil {
			o.Config["Tags"] = p.portfolios.ProjectAt("Tags", got.Tags)
		}
		return goneIf(err, portfolioGone)
	})
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{portfolioPrincipals}, func(ctx context.Context) error {
		var all []types.Principal
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := serviceCatalogClient(s).ListPrincipalsForPortfolio(ctx, &servicecatalog.ListPrincipalsForPortfolioInput{
				PortfolioId: id, PageSize: portfolioPage, PageToken: token,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Principals...)
			return page.NextPageToken, nil
		})
		o.Config[portfolioPrincipals] = p.portfolios.ProjectAt(portfolioPrincipals, all)
		return goneIf(err, portfolioGone)
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"Shares"}, func(ctx context.Context) error {
		shares, err := portfolioSharesOf(ctx, s, id)
		o.Config["Shares"] = p.portfolios.ProjectAt("Shares", shares)
		return goneIf(err, portfolioGone)
	})
}

// portfolioSharesOf lists with whom a portfolio is shared, of every kind.
func portfolioSharesOf(ctx context.Context, s *session, id *string) ([]types.PortfolioShareDetail, error) {
	var all []types.PortfolioShareDetail
	for _, kind := range types.DescribePortfolioShareType("").Values() {
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := serviceCatalogClient(s).DescribePortfolioShares(ctx, &servicecatalog.DescribePortfolioSharesInput{
				PortfolioId: id, Type: kind, PageSize: portfolioShares, PageToken: token,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, page.PortfolioShareDetails...)
			return page.NextPageToken, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
