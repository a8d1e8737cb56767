package awscloud

import "testing"

const accountARN = "arn:aws:account::123456789012:"

func TestAccountSettings(t *testing.T) {
	(&staged{
		service: "account", region: "global",
		answers: map[string]string{
			"GetContactInformation":       `{"ContactInformation":{"FullName":"Ann","AddressLine1":"1 Road","City":"Oslo","CountryCode":"NO","PhoneNumber":"+47","PostalCode":"0150","CompanyName":"Ours"}}`,
			"GetAlternateContact":         "!ResourceNotFoundException",
			"GetAlternateContact BILLING": `{"AlternateContact":{"AlternateContactType":"BILLING","Name":"Bo","EmailAddress":"bo@example.com","PhoneNumber":"+47","Title":"CFO"}}`,
			"ListRegions":                 `{"NextToken":"two","Regions":[{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},{"RegionName":"af-south-1","RegionOptStatus":"ENABLING"}]}`,
			"ListRegions two":             `{"Regions":[{"RegionName":"me-south-1","RegionOptStatus":"DISABLING"},{"RegionName":"il-central-1"}]}`,
		},
		refusals: map[string]refusal{
			"account:GetContactInformation": {fails: []string{"account_contact"}},
			"account:GetAlternateContact":   {fails: []string{"account_alternate_contact"}},
			"account:ListRegions":           {fails: []string{"account_region"}},
		},
	}).run(t)
}
