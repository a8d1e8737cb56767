package awscloud

import "testing"

const accountARN = "arn:aws:account::123456789012:"

func TestAccountSettings(t *testing.T) {
	(&estateCase{
		service: "account", region: "global",
		answers: map[string]string{
			"GetContactInformation":       `{"ContactInformation":{"FullName":"Ann","AddressLine1":"1 Road","City":"Oslo","CountryCode":"NO","PhoneNumber":"+47","PostalCode":"0150","CompanyName":"Ours"}}`,
			"GetAlternateContact":         `ResourceNotFoundException none`,
			"GetAlternateContact|BILLING": `{"AlternateContact":{"AlternateContactType":"BILLING","Name":"Bo","EmailAddress":"bo@example.com","PhoneNumber":"+47","Title":"CFO"}}`,
			"ListRegions":                 `{"NextToken":"two","Regions":[{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},{"RegionName":"af-south-1","RegionOptStatus":"ENABLING"}]}`,
			"ListRegions|two":             `{"Regions":[{"RegionName":"me-south-1","RegionOptStatus":"DISABLING"},{"RegionName":"il-central-1"}]}`,
		},
		want: map[string]object{
			"account_contact " + accountARN + "contact-information": {
				"FullName": "Ann", "AddressLine1": "1 Road", "City": "Oslo", "CountryCode": "NO", "PhoneNumber": "+47", "PostalCode": "0150",
				"CompanyName": "Ours",
			},
			"account_alternate_contact " + accountARN + "alternate-contact/BILLING": {
				"AlternateContactType": "BILLING", "Name": "Bo", "EmailAddress": "bo@example.com", "PhoneNumber": "+47", "Title": "CFO",
			},
			"account_alternate_contact " + accountARN + "alternate-contact/OPERATIONS": {"AlternateContactType": "OPERATIONS"},
			"account_alternate_contact " + accountARN + "alternate-contact/SECURITY":   {"AlternateContactType": "SECURITY"},
			"account_region " + accountARN + "region/eu-west-1":                        {"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"},
			"account_region " + accountARN + "region/af-south-1":                       {"RegionName": "af-south-1", "RegionOptStatus": "ENABLED"},
			"account_region " + accountARN + "region/me-south-1":                       {"RegionName": "me-south-1", "RegionOptStatus": "DISABLED"},
			"account_region " + accountARN + "region/il-central-1":                     {"RegionName": "il-central-1"},
		},
		facts: map[string]object{
			"account_alternate_contact " + accountARN + "alternate-contact/BILLING":  {"Configured": true},
			"account_alternate_contact " + accountARN + "alternate-contact/SECURITY": {"Configured": false},
			"account_region " + accountARN + "region/af-south-1":                     {"RegionOptStatus": "ENABLING"},
		},
		fails: map[string][]string{
			"GetContactInformation": {"account_contact"}, "GetAlternateContact": {"account_alternate_contact"}, "ListRegions": {"account_region"},
		},
		swaps: [][2]string{{`{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"}`, `{"RegionName":"af-south-1","RegionOptStatus":"ENABLING"}`}},
		pages: map[string]string{"ListRegions|two": "ListRegions"},
	}).run(t)
}
