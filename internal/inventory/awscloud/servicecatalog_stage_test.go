package awscloud

import "testing"

func TestServiceCatalog(t *testing.T) {
	arn := "arn:aws:catalog:eu-west-1:123456789012:portfolio/"
	unread := func(path string) refusal {
		return refusal{unread: map[string][]string{"servicecatalog_portfolio": {path}}}
	}
	(&staged{
		service: "servicecatalog", region: "eu-west-1",
		answers: map[string]string{
			"ListPortfolios":                                  `{"PortfolioDetails":[{"Id":"port-1","ARN":"` + arn + `port-1","DisplayName":"main","Description":"d","ProviderName":"it","CreatedTime":1767225600}],"NextPageToken":"two"}`,
			"ListPortfolios two":                              `{"PortfolioDetails":[{"Id":"port-2","ARN":"` + arn + `port-2"},{"Id":"port-3","ARN":"` + arn + `port-3"}]}`,
			"DescribePortfolio port-1":                        `{"PortfolioDetail":{"Id":"port-1"},"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"DescribePortfolio port-2":                        `{"PortfolioDetail":{"Id":"port-2"}}`,
			"DescribePortfolio port-3":                        `!ResourceNotFoundException`,
			"ListPrincipalsForPortfolio port-1":               `{"Principals":[{"PrincipalARN":"arn:aws:iam::123456789012:role/b","PrincipalType":"IAM"}],"NextPageToken":"two"}`,
			"ListPrincipalsForPortfolio port-1 two":           `{"Principals":[{"PrincipalARN":"arn:aws:iam:::role/a","PrincipalType":"IAM_PATTERN"}]}`,
			"ListPrincipalsForPortfolio port-2":               `{"Principals":[]}`,
			"ListPrincipalsForPortfolio port-3":               `!ResourceNotFoundException`,
			"DescribePortfolioShares port-1":                  `{"PortfolioShareDetails":[]}`,
			"DescribePortfolioShares port-1 \"ACCOUNT\"":      `{"PortfolioShareDetails":[{"PrincipalId":"999999999999","Type":"ACCOUNT","Accepted":true,"ShareTagOptions":true}],"NextPageToken":"two"}`,
			"DescribePortfolioShares port-1 \"ACCOUNT\" two":  `{"PortfolioShareDetails":[{"PrincipalId":"888888888888","Type":"ACCOUNT","Accepted":false}]}`,
			"DescribePortfolioShares port-1 \"ORGANIZATION\"": `{"PortfolioShareDetails":[{"PrincipalId":"o-1","Type":"ORGANIZATION","Accepted":true,"SharePrincipals":true}]}`,
			"DescribePortfolioShares port-2":                  `{}`,
			"DescribePortfolioShares port-3":                  `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"servicecatalog:ListPortfolios":             {fails: []string{"servicecatalog_portfolio"}},
			"servicecatalog:DescribePortfolio":          unread("Tags"),
			"servicecatalog:DescribePortfolioShares":    unread("Shares"),
			"servicecatalog:ListPrincipalsForPortfolio": unread(portfolioPrincipals),
		},
	}).run(t)
}
