package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// securityHubCollector reads AWS Security Hub CSPM (Security Hub API reference).
func securityHubCollector() *collector {
	hub := func(paths ...string) map[string][]string { return map[string][]string{"securityhub_hub": paths} }
	return &collector{
		service: "securityhub",
		listings: []listing{{
			types:   []string{"securityhub_hub"},
			actions: []string{"securityhub:DescribeHub", "securityhub:GetEnabledStandards", "securityhub:ListTagsForResource"},
			collect: collectSecurityHub,
		}},
		events: map[string]map[string][]string{
			"UpdateSecurityHubConfiguration": hub("AutoEnableControls", "ControlFindingGenerator"),
			"BatchEnableStandards":           hub(securityHubStandard),
			"BatchDisableStandards":          hub(securityHubStandard),
			"TagResource":                    hub("Tags"),
			"UntagResource":                  hub("Tags"),
		},
	}
}

const (
	securityHubStandard = "AWS::SecurityHub::Standard"
	// securityHubPage is the most that Security Hub returns at once.
	securityHubPage = 100
)

func securityHubClient(s *session) *securityhub.Client {
	return client(s, func(c aws.Config) *securityhub.Client { return securityhub.NewFromConfig(c) })
}

// collectSecurityHub emits the region's hub, of which an account has one at most. An account that isn't subscribed is told
// so by an error, which is InvalidAccessException or, of late, ResourceNotFoundException (Security Hub API reference,
// DescribeHub).
func collectSecurityHub(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := securityHubClient(s).DescribeHub(ctx, &securityhub.DescribeHubInput{})
	if hasCode(err, "InvalidAccessException", "ResourceNotFoundException") {
		return nil
	}
	if err != nil {
		return err
	}
	o := &audit.Observation{
		Type: "securityhub_hub", ExternalID: aws.ToString(got.HubArn),
		Config: object{"AutoEnableControls": got.AutoEnableControls, "ControlFindingGenerator": told(got.ControlFindingGenerator)},
		Facts:  object{"SubscribedAt": got.SubscribedAt},
	}
	err = s.detail(ctx, o, []string{securityHubStandard}, func(ctx context.Context) error { return readStandards(ctx, s, o) })
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		tags, err := securityHubClient(s).ListTagsForResource(ctx, &securityhub.ListTagsForResourceInput{ResourceArn: got.HubArn})
		if err == nil {
			o.Config["Tags"], o.Tags = tags.Tags, tags.Tags
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}

// readStandards reads the standards that are enabled. What is being enabled counts, what is being disabled doesn't.
func readStandards(ctx context.Context, s *session, o *audit.Observation) error {
	var standards []object
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := securityHubClient(s).GetEnabledStandards(ctx, &securityhub.GetEnabledStandardsInput{
			MaxResults: aws.Int32(securityHubPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, sub := range page.StandardsSubscriptions {
			if sub.StandardsStatus != types.StandardsStatusDeleting {
				standards = append(standards, object{"StandardsArn": sub.StandardsArn})
			}
		}
		return page.NextToken, nil
	})
	if err == nil {
		o.Config[securityHubStandard] = standards
	}
	return err
}
