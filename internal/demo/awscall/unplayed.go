package awscall

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// codeUnplayed is what AWS says of a service that an account has not subscribed to (Amazon EC2 API reference, "Error codes").
const codeUnplayed = "OptInRequired"

// Service returns the service that a request is signed for, "" where it isn't signed (AWS Signature Version 4).
func Service(r *http.Request) string {
	_, scope, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(scope, "/")
	if !ok || len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// Unplayed answers a request to a service that is not among those played, as AWS does where the account hasn't the service:
// collectors take it for unsupported. It returns false for services that are played.
func Unplayed(r *http.Request, played ...string) (answer Answer, contentType string, ok bool) {
	service := Service(r)
	if service == "" || slices.Contains(played, service) {
		return Answer{}, "", false
	}
	const message = "The account is not subscribed to this service"
	answer.Status = http.StatusForbidden
	fields := map[string]string{"__type": codeUnplayed, "code": codeUnplayed, "message": message}
	var err error
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		contentType = "application/cbor"
		answer.Body, err = cbor.Marshal(fields)
	case service == "cloudfront", service == "route53", strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		contentType = "text/xml"
		answer.Body = fmt.Appendf(nil, "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", codeUnplayed, message)
	default:
		contentType = "application/json"
		answer.Body, err = json.Marshal(fields)
	}
	if err != nil {
		panic(err) // strings always marshal
	}
	return answer, contentType, true
}
