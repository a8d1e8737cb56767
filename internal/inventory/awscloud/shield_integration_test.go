//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/shield/types"

	"github.com/infraudit/infraudit/internal/audit"
)

// shieldOfMoto leaves out the subscription: moto tells its times as text, which the SDK doesn't take.
func shieldOfMoto() motoService {
	return motoService{
		service: "shield", region: audit.RegionGlobal,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), shield.NewFromConfig(e.plainConfig())
			must(api.CreateSubscription(ctx, &shield.CreateSubscriptionInput{}))(t)
			must(api.CreateProtection(ctx, &shield.CreateProtectionInput{
				Name: s("site"), ResourceArn: s("arn:aws:cloudfront::123456789012:distribution/E1"), Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			must(api.CreateProtection(ctx, &shield.CreateProtectionInput{
				Name: s("zone"), ResourceArn: s("arn:aws:route53:::hostedzone/Z1"),
			}))(t)
			var arns []string
			for _, p := range must(api.ListProtections(ctx, &shield.ListProtectionsInput{}))(t).Protections {
				arns = append(arns, *p.ProtectionArn)
			}
			return map[string][]string{"shield_protection": arns}
		},
	}
}
