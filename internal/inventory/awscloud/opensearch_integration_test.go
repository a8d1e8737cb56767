//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/opensearch/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func openSearchOfMoto() motoService {
	return motoService{service: "es", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		s := aws.String
		made := must(opensearch.NewFromConfig(e.plainConfig()).CreateDomain(t.Context(), &opensearch.CreateDomainInput{
			DomainName: s("logs"), EngineVersion: s("OpenSearch_2.13"), TagList: []types.Tag{{Key: s("env"), Value: s("prod")}},
			EncryptionAtRestOptions: &types.EncryptionAtRestOptions{Enabled: new(true)},
		}))(t)
		return map[string][]string{"opensearch_domain": {*made.DomainStatus.ARN}}
	}}
}
