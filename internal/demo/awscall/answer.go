package awscall

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
)

// Answer is a response: what a service says to a call.
type Answer struct {
	Status int
	Body   []byte
}

// RequestID is the id in every answer: stand-ins have no requests worth telling apart.
const RequestID = "00000000-0000-4000-8000-000000000000"

// ContentType is the media type of a service's answers.
func ContentType(service string) string {
	switch service {
	case CloudTrail, KMS:
		return "application/x-amz-json-1.1"
	case S3, S3Control:
		return "application/xml"
	}
	return "text/xml;charset=UTF-8"
}

// Failure makes an error answer in the service's own format.
func Failure(service string, status int, code, message string) Answer {
	switch service {
	case CloudTrail, KMS:
		body, err := json.Marshal(map[string]string{"__type": code, "message": message})
		if err != nil {
			panic(err) // strings always marshal
		}
		return Answer{Status: status, Body: body}
	case EC2:
		return failureXML(status, "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors>"+
			"<RequestID>%s</RequestID></Response>", code, message)
	case S3:
		return failureXML(status, "<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>", code, message)
	}
	return failureXML(status, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>"+
		"<RequestId>%s</RequestId></ErrorResponse>", code, message)
}

func failureXML(status int, format, code, message string) Answer {
	return Answer{Status: status, Body: fmt.Appendf([]byte(xml.Header), format, escape(code), escape(message), RequestID)}
}

func escape(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a buffer takes every write
	}
	return b.String()
}

// Denied makes the answer that refuses a call for want of permission: each service has its own code and status.
func Denied(c Call, principal string) Answer {
	message := fmt.Sprintf("User: %s is not authorized to perform: %s because no identity-based policy allows the %s action",
		principal, c.Action(), c.Action())
	switch c.Service {
	case EC2:
		return Failure(EC2, http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation. "+message)
	case CloudTrail, KMS:
		return Failure(c.Service, http.StatusBadRequest, "AccessDeniedException", message)
	}
	return Failure(c.Service, http.StatusForbidden, "AccessDenied", message)
}

// Throttled makes the answer that asks the caller to slow down.
func Throttled(service string) Answer {
	switch service {
	case EC2:
		return Failure(EC2, http.StatusServiceUnavailable, "RequestLimitExceeded", "Request limit exceeded.")
	case S3:
		return Failure(S3, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	case CloudTrail, KMS:
		return Failure(service, http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	}
	return Failure(service, http.StatusBadRequest, "Throttling", "Rate exceeded")
}

// WriteTo sends the answer as the service would.
func (a Answer) WriteTo(w http.ResponseWriter, service string) error {
	h := w.Header()
	h.Set("Content-Type", ContentType(service))
	h.Set("X-Amzn-Requestid", RequestID)
	h.Set("X-Amz-Request-Id", RequestID)
	w.WriteHeader(a.Status)
	_, err := w.Write(a.Body)
	return err
}
