package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// accountCollector reads AWS Account Management (Account Management API reference). None of what it reads has an ARN of
// AWS's; ours are arn:{partition}:account::{account}: followed by contact-information, alternate-contact/{type} or
// region/{name}.
func accountCollector() *collector {
	return &collector{
		service: "account",
		listings: []listing{
			{types: []string{"account_contact"}, where: global, actions: []string{"account:GetContactInformation"}, collect: collectAccountContact},
			{
				types: []string{"account_alternate_contact"}, where: global, actions: []string{"account:GetAlternateContact"},
				each:    []each{{action: "account:GetAlternateContact", of: "kind of contact, of which there are three", because: "it tells one kind"}},
				collect: collectAlternateContacts,
			},
			{types: []string{"account_region"}, where: global, actions: []string{"account:ListRegions"}, page: accountRegionPage, collect: collectAccountRegions},
		},
		events: map[string]map[string][]string{
			"PutAlternateContact":    {"account_alternate_contact": {"EmailAddress", "Name", "PhoneNumber", "Title"}},
			"DeleteAlternateContact": {"account_alternate_contact": {"EmailAddress", "Name", "PhoneNumber", "Title"}},
			"EnableRegion":           {"account_region": {"RegionOptStatus"}},
			"DisableRegion":          {"account_region": {"RegionOptStatus"}},
		},
	}
}

func accountClient(s *session) *account.Client {
	return client(s, func(c aws.Config) *account.Client { return account.NewFromConfig(c) })
}

func collectAccountContact(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := accountClient(s).GetContactInformation(ctx, &account.GetContactInformationInput{})
	if err != nil {
		return err
	}
	config, _ := plain(got.ContactInformation).(object)
	return s.emit(ctx, out, &audit.Observation{
		Type: "account_contact", ExternalID: s.arn("account", "contact-information"), Name: s.account, Config: config,
	})
}

// collectAlternateContacts emits the three contacts, also those that the account doesn't have: with nothing but their
// type and the fact Configured false, so that removing one is a drift, and rules have something to judge.
func collectAlternateContacts(ctx context.Context, s *session, out inventory.Emitter) error {
	for _, typ := range types.AlternateContactType("").Values() {
		o := &audit.Observation{
			Type: "account_alternate_contact", ExternalID: s.arn("account", "alternate-contact/"+string(typ)), Name: string(typ),
			Config: object{}, Facts: object{"Configured": false},
		}
		got, err := accountClient(s).GetAlternateContact(ctx, &account.GetAlternateContactInput{AlternateContactType: typ})
		switch {
		case hasCode(err, "ResourceNotFoundException"):
		case err != nil:
			return err
		default:
			if config, ok := plain(got.AlternateContact).(object); ok {
				o.Config, o.Facts["Configured"] = config, true
			}
		}
		o.Config["AlternateContactType"] = typ
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}

// accountRegionPage is the most that ListRegions returns at once.
const accountRegionPage = 50

// collectAccountRegions emits every region of the partition, with whether the account has it. On the way there, a region
// counts as what it is going to be.
func collectAccountRegions(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := accountClient(s).ListRegions(ctx, &account.ListRegionsInput{MaxResults: aws.Int32(accountRegionPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Regions {
			o := &audit.Observation{Type: "account_region", Name: aws.ToString(r.RegionName), Facts: object{"RegionOptStatus": r.RegionOptStatus}}
			if o.Name != "" {
				o.ExternalID = s.arn("account", "region/"+o.Name)
			}
			status := r.RegionOptStatus
			switch status {
			case types.RegionOptStatusEnabling:
				status = types.RegionOptStatusEnabled
			case types.RegionOptStatusDisabling:
				status = types.RegionOptStatusDisabled
			}
			o.Config = object{"RegionName": r.RegionName, "RegionOptStatus": status}
			if err := s.emit(ctx, out, o); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}
