package main

import (
	"net/http"

	"github.com/infraudit/infraudit/tools/benchscan/replay"
)

// written are the answers to what moto doesn't play and many rules begin with: which regions the account has, that it has no
// analyzers, and whom to write to (API references of AWS Account Management and IAM Access Analyzer).
var written = map[string]string{
	"account POST /listRegions":           `{"Regions":[{"RegionName":"us-east-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"}]}`,
	"access-analyzer GET /analyzer":       `{"analyzers":[]}`,
	"account POST /getContactInformation": `{"ContactInformation":{"FullName":"A Person","AddressLine1":"1 Main Street","City":"Seattle","CountryCode":"US","PostalCode":"98101","PhoneNumber":"+12065550100"}}`,
}

// writtenFor returns the answer that is written for a call.
func writtenFor(c replay.Call) (replay.Answer, bool) {
	body, ok := written[c.Service+" "+c.Operation]
	return replay.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}, ok
}
