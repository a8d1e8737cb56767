//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/infraudit/infraudit/internal/audit"
)

func accountOfMoto() motoService {
	return motoService{service: "account", region: audit.RegionGlobal, fill: func(t *testing.T, e *estate) map[string][]string {
		s := aws.String
		must(account.NewFromConfig(e.plainConfig()).PutAlternateContact(t.Context(), &account.PutAlternateContactInput{
			AlternateContactType: types.AlternateContactTypeSecurity, EmailAddress: s("sec@example.com"), Name: s("Sec"),
			PhoneNumber: s("+47 1"), Title: s("CISO"),
		}))(t)
		return map[string][]string{"account_alternate_contact": {
			accountARN + "alternate-contact/BILLING", accountARN + "alternate-contact/OPERATIONS", accountARN + "alternate-contact/SECURITY",
		}}
	}}
}
