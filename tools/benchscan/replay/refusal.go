package replay

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

var reflectMap = reflect.TypeFor[map[string]any]()

// refusal is what AWS answers a call that the caller may not make, in the protocol of the call (AWS API references, "Common
// errors").
func refusal(c Call) Answer {
	const message = "User is not authorized to perform this operation"
	fields := map[string]string{"__type": "AccessDeniedException", "message": message}
	switch {
	case c.protocol == protocolCBOR:
		body, err := cbor.Marshal(fields)
		if err != nil {
			panic(err) // strings always marshal
		}
		return Answer{Status: http.StatusBadRequest, Body: body, Header: http.Header{
			"Content-Type": {"application/cbor"}, "Smithy-Protocol": {"rpc-v2-cbor"},
		}}
	case c.protocol == protocolQuery, c.Service == awscall.S3, c.Service == "cloudfront", c.Service == "route53":
		a := awscall.Failure(c.Service, http.StatusForbidden, "AccessDenied", message)
		if c.Service == awscall.EC2 {
			a = awscall.Failure(c.Service, http.StatusForbidden, "UnauthorizedOperation", message)
		}
		return Answer{Status: a.Status, Body: a.Body, Header: http.Header{"Content-Type": {"text/xml"}}}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings always marshal
	}
	status := http.StatusBadRequest
	if c.protocol == protocolREST {
		status = http.StatusForbidden
	}
	return Answer{Status: status, Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, "X-Amzn-Errortype": {"AccessDeniedException"},
	}}
}
