//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/macie2"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func macieOfMoto() motoService {
	return motoService{
		service: "macie2", region: motoserver.Region,
		lacks: []string{"macie2:GetClassificationExportConfiguration", "macie2:GetFindingsPublicationConfiguration"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			must(macie2.NewFromConfig(e.plainConfig()).EnableMacie(t.Context(), &macie2.EnableMacieInput{}))(t)
			return map[string][]string{"macie2_session": {"arn:aws:macie2:" + motoserver.Region + ":123456789012:session"}}
		},
	}
}
