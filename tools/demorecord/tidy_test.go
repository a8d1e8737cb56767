package main

import (
	"testing"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

func TestTidyMakesTextsThatDoNotAge(t *testing.T) {
	for name, c := range map[string]struct{ service, body, want string }{
		"XML times, with and without fractions": {
			awscall.EC2, "<a>2025-12-31T12:00:00Z</a><b>2025-12-25T10:00:00.000+00:00</b>",
			`<a>{{ago "1d"}}</a>` + "\n" + `<b>{{ago "7d2h0m0s"}}</b>`,
		},
		"empty elements stay empty": {
			awscall.IAM, "<l>  <m></m> <n/></l>", "<l>\n<m></m>\n<n/></l>",
		},
		"request ids are the same": {
			awscall.EC2, "<requestId>59dbff89</requestId>", "<requestId>" + awscall.RequestID + "</requestId>",
		},
		"secrets of MFA devices, which AWS doesn't list, go": {
			awscall.IAM, "<member> <Base32StringSeed>abc</Base32StringSeed><QRCodePNG>def</QRCodePNG><a/></member>", "<member>\n<a/></member>",
		},
		"public addresses are nobody's, and what is absent is absent": {
			awscall.EC2, "<i> <kernelId>None</kernelId><publicIp>127.3.4.5</publicIp></i>", "<i>\n<publicIp>198.51.100.5</publicIp></i>",
		},
		"a policy's version is no time": {
			awscall.S3, `{"Version":"2012-10-17"}`, `{"Version":"2012-10-17"}`,
		},
		"JSON times, with fractions": {
			awscall.KMS, `{"CreationDate":1767182400.25,"Size":1767182400}`,
			"{\n \"CreationDate\": {{epoch \"1d\"}},\n \"Size\": 1767182400\n}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tidy(c.service, []byte(c.body))
			if err != nil || got != c.want {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestTidyRefusesWhatWouldBeATemplate(t *testing.T) {
	if got, err := tidy(awscall.S3, []byte("<a>{{x}}</a>")); err == nil {
		t.Errorf("got %s", got)
	}
}
