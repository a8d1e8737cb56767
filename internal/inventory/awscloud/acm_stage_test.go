package awscloud

import "testing"

func TestACM(t *testing.T) {
	arn := "arn:aws:acm:eu-west-1:123456789012:certificate/"
	(&staged{
		service: "acm", region: "eu-west-1",
		answers: map[string]string{
			"ListCertificates EC_secp521r1 RSA_4096": `{"CertificateSummaryList":[{"CertificateArn":"` + arn + `1","DomainName":"*.example.com","Status":"ISSUED","Type":"AMAZON_ISSUED","InUse":true,
"RenewalEligibility":"ELIGIBLE","NotBefore":1767225600,"NotAfter":1801353599,"CreatedAt":1767225601,"IssuedAt":1767225700,"KeyAlgorithm":"RSA-2048"}],"NextToken":"two"}`,
			"ListCertificates EC_secp521r1 RSA_4096 two": `{"CertificateSummaryList":[{"CertificateArn":"` + arn + `2"},{"CertificateArn":"` + arn + `gone"}]}`,
			"DescribeCertificate /1": `{"Certificate":{"CertificateArn":"` + arn + `1","DomainName":"*.example.com","SubjectAlternativeNames":["example.com","*.example.com"],"KeyAlgorithm":"RSA-2048","Issuer":"Amazon","Serial":"01:02",
"DomainValidationOptions":[{"DomainName":"example.com","ValidationDomain":"example.com","ValidationStatus":"SUCCESS","ValidationMethod":"DNS"},{"DomainName":"*.example.com","ValidationMethod":"DNS"}],
"Options":{"CertificateTransparencyLoggingPreference":"ENABLED","Export":"DISABLED"},"RenewalSummary":{"RenewalStatus":"SUCCESS","UpdatedAt":1767225600},"InUseBy":["b","a"]}}`,
			"DescribeCertificate /2":       `{"Certificate":{"CertificateArn":"` + arn + `2"}}`,
			"DescribeCertificate /gone":    `!ResourceNotFoundException`,
			"ListTagsForCertificate /1":    `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForCertificate /2":    `{"Tags":[]}`,
			"ListTagsForCertificate /gone": `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"acm:ListCertificates":       {fails: []string{"acm_certificate"}},
			"acm:DescribeCertificate":    {unread: map[string][]string{"acm_certificate": acmDescribed}},
			"acm:ListTagsForCertificate": {unread: map[string][]string{"acm_certificate": {"Tags"}}},
		},
	}).run(t)
}
