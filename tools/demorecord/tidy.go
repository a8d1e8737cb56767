package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/demo/awscall"
	"github.com/infraudit/infraudit/internal/demo/estate"
)

var (
	// between two tags of which the second opens: where a line may end without changing a value.
	betweenTags = regexp.MustCompile(`>\s*<([^/])`)
	requestID   = regexp.MustCompile(`(<(?:requestId|RequestId|RequestID)>)[^<]*`)
	// what AWS tells only when a device is made (IAM API reference, ListVirtualMFADevices).
	mfaSecret = regexp.MustCompile(`\s*<(QRCodePNG|Base32StringSeed)>[^<]*</(QRCodePNG|Base32StringSeed)>`)
	// moto's public addresses are loopback's; those of TEST-NET-2 are nobody's (RFC 5737).
	publicAddress = regexp.MustCompile(`\b127\.\d+\.\d+\.(\d+)\b`)
	noKernel      = regexp.MustCompile(`\s*<kernelId>None</kernelId>`)
	instant       = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)`)
	jsonInstant   = regexp.MustCompile(`"(\w*(?:Date|Time))": (\d{9,10})(\.\d+)?`)
)

// tidy makes the text of an entry: lines that can be read and compared, times counted back from now.
func tidy(service string, body []byte) (string, error) {
	if bytes.Contains(body, []byte("{{")) {
		return "", fmt.Errorf("the answer looks like a template: %.200s", body)
	}
	text := string(body)
	if service == awscall.CloudTrail || service == awscall.KMS {
		var b bytes.Buffer
		if err := json.Indent(&b, body, "", " "); err != nil {
			return "", fmt.Errorf("answer: %w", err)
		}
		text = jsonInstant.ReplaceAllStringFunc(b.String(), func(m string) string {
			parts := jsonInstant.FindStringSubmatch(m)
			seconds, err := strconv.ParseInt(parts[2], 10, 64)
			if err != nil {
				return m // the pattern admits digits alone
			}
			return fmt.Sprintf(`"%s": {{epoch "%s"}}`, parts[1], age(time.Unix(seconds, 0)))
		})
	} else {
		text = noKernel.ReplaceAllString(mfaSecret.ReplaceAllString(text, ""), "")
		text = publicAddress.ReplaceAllString(text, "198.51.100.$1")
		text = requestID.ReplaceAllString(betweenTags.ReplaceAllString(text, ">\n<$1"), "${1}"+awscall.RequestID)
	}
	return strings.TrimSpace(instant.ReplaceAllStringFunc(text, func(m string) string {
		at, err := time.Parse(time.RFC3339Nano, m)
		if err != nil {
			return m // not a time after all
		}
		return fmt.Sprintf(`{{ago "%s"}}`, age(at))
	})), nil
}

func age(at time.Time) string {
	return estate.FormatAge(now.Sub(at.Round(time.Second)))
}
