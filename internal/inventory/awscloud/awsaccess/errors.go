package awsaccess

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/infraudit/infraudit/internal/fault"
)

// Classify makes a *fault.Error of whatever a call returned. Its Code is AWS's, its Action the IAM action of the
// innermost call (sts:AssumeRole, where a role could not be assumed on the way), its message safe to show. Errors
// that don't come from a call, such as an emitter's, are left to fault.From.
func Classify(err error) *fault.Error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*fault.Error](err); ok {
		return known
	}
	action := ActionOf(err)
	var creds *credentialsError
	if action == "" && !errors.As(err, &creds) {
		return fault.From(err)
	}
	f := &fault.Error{Action: action, Cause: Redacted(err)}
	f.Kind, f.Code = kindOf(err)
	f.Message = Message(f)
	if strings.HasPrefix(action, metadataService) && errors.As(err, &creds) {
		// The last place where the SDK looks is no API of the account's.
		f.Kind, f.Code, f.Action = fault.Expired, "NoCredentials", ""
		f.Message = "no AWS credentials were found: neither in the environment nor in the AWS CLI's files, a profile or a " +
			"machine role"
	}
	return f
}

// metadataService begins the actions of EC2's instance metadata service.
const metadataService = "ec2imds:"

// kindOf finds the kind, and AWS's code where there is one.
func kindOf(err error) (fault.Kind, string) {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" {
		return kindOfCode(api.ErrorCode(), statusOf(err)), api.ErrorCode()
	}
	var (
		deserialization *smithy.DeserializationError
		syntaxXML       *xml.SyntaxError
		syntaxJSON      *json.SyntaxError
		dns             *net.DNSError
		network         net.Error
		creds           *credentialsError
	)
	status := statusOf(err)
	switch {
	case errors.Is(err, ErrNonsense):
		return fault.Upstream, "MalformedAnswer"
	case status >= http.StatusBadRequest: // an error whose body is not the service's
		return kindOfStatus(status), fmt.Sprintf("HTTP%d", status)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Timeout, "Timeout"
	case errors.Is(err, context.Canceled):
		return fault.Cancelled, "Cancelled"
	case errors.As(err, &dns) && dns.IsNotFound:
		// A service without an endpoint in this region looks like a resolver that fails: what could not be asked
		// must not count as not offered.
		return fault.Unavailable, "NoEndpoint"
	case errors.As(err, &network) && network.Timeout():
		return fault.Timeout, "Timeout"
	case errors.As(err, &deserialization), errors.As(err, &syntaxXML), errors.As(err, &syntaxJSON),
		errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Upstream, "MalformedAnswer"
	case errors.As(err, &network):
		return fault.Unavailable, "Network"
	case errors.As(err, &creds):
		return fault.Expired, "NoCredentials"
	}
	return fault.Unavailable, "Network"
}

func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.HTTPStatusCode()
	}
	return 0
}

// kindOfCode reads AWS's code and, for codes that the table doesn't have, the HTTP status.
func kindOfCode(code string, status int) fault.Kind {
	code = strings.TrimPrefix(code, "Client.")
	if k, ok := kindsByCode[strings.TrimSuffix(code, "Exception")]; ok {
		return k
	}
	return kindOfStatus(status)
}

func kindOfStatus(status int) fault.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return fault.Expired
	case status == http.StatusForbidden:
		return fault.Denied
	case status == http.StatusRequestTimeout:
		return fault.Timeout
	case status == http.StatusTooManyRequests:
		return fault.Throttled
	case status == http.StatusNotImplemented:
		return fault.Unsupported
	case status >= 500:
		return fault.Unavailable
	}
	return fault.Upstream
}

// kindsByCode maps error codes, without their suffix "Exception". Sources: "Common errors" of the API references of
// STS, IAM and KMS; "Error codes for the Amazon EC2 API"; "Error responses" of the S3 API; and for throttling the
// SDK's retry.DefaultThrottleErrorCodes.
var kindsByCode = map[string]fault.Kind{
	"AccessDenied": fault.Denied, "UnauthorizedOperation": fault.Denied, "AuthorizationError": fault.Denied,
	"UnauthorizedAccess": fault.Denied, "NotAuthorized": fault.Denied, "Unauthorized": fault.Denied,
	"AllAccessDisabled": fault.Denied, "AccountProblem": fault.Denied, "Blocked": fault.Denied,
	"KMSAccessDenied": fault.Denied, "InsufficientPrivileges": fault.Denied, "Forbidden": fault.Denied,

	"ExpiredToken": fault.Expired, "TokenRefreshRequired": fault.Expired, "InvalidToken": fault.Expired,
	"InvalidClientTokenId": fault.Expired, "UnrecognizedClient": fault.Expired, "InvalidAccessKeyId": fault.Expired,
	"AuthFailure": fault.Expired, "SignatureDoesNotMatch": fault.Expired, "InvalidSignature": fault.Expired,
	"MissingAuthenticationToken": fault.Expired, "MissingAuthenticationTokenException": fault.Expired,
	"IncompleteSignature": fault.Expired, "RequestExpired": fault.Expired, "InvalidSecurity": fault.Expired,
	"NotSignedUp": fault.Expired, "PendingVerification": fault.Expired,

	"Throttling": fault.Throttled, "Throttled": fault.Throttled, "RequestLimitExceeded": fault.Throttled,
	"RequestThrottled": fault.Throttled, "TooManyRequests": fault.Throttled, "SlowDown": fault.Throttled,
	"BandwidthLimitExceeded": fault.Throttled, "LimitExceeded": fault.Throttled, "EC2Throttled": fault.Throttled,
	"PriorRequestNotComplete": fault.Throttled, "ProvisionedThroughputExceeded": fault.Throttled,

	"OptInRequired": fault.Unsupported, "SubscriptionRequired": fault.Unsupported, "Unsupported": fault.Unsupported,
	"UnsupportedOperation": fault.Unsupported, "InvalidAction": fault.Unsupported, "UnknownOperation": fault.Unsupported,
	"UnsupportedAction": fault.Unsupported, "TypeNotFound": fault.Unsupported, // Cloud Control's
	"NotImplemented": fault.Unsupported, "MethodNotAllowed": fault.Unsupported, "RegionDisabled": fault.Unsupported,

	"RequestTimeout": fault.Timeout,

	"InternalError": fault.Unavailable, "InternalFailure": fault.Unavailable, "Internal": fault.Unavailable,
	"InternalServerError": fault.Unavailable, "InternalService": fault.Unavailable, "KMSInternal": fault.Unavailable,
	"ServiceUnavailable": fault.Unavailable, "Unavailable": fault.Unavailable, "ServiceFailure": fault.Unavailable,
	"DependencyTimeout": fault.Unavailable, "RequestTimeTooSkewed": fault.Unavailable,
	"AccountSetupInProgress": fault.Unavailable, "RegionSetupInProgress": fault.Unavailable, // Lightsail's
}

// Message says what happened in words that are safe to show: never the request, never the answer.
func Message(f *fault.Error) string {
	what := map[fault.Kind]string{
		fault.Denied:      "was refused",
		fault.Expired:     "failed: the credentials have expired or are unknown",
		fault.Throttled:   "was throttled",
		fault.Unsupported: "is not offered there, or not enabled",
		fault.Upstream:    "got an answer that can't be used",
		fault.Unavailable: "failed, and may work later",
		fault.Timeout:     "took too long",
		fault.Cancelled:   "was cancelled",
	}[f.Kind]
	subject := f.Action
	if subject == "" {
		subject = "signing in to AWS"
	}
	if f.Code == "" {
		return subject + " " + what
	}
	return subject + " " + what + " (" + f.Code + ")"
}

// maxCause bounds what logs see of an error, in bytes.
const maxCause = 300

// cause is an error shortened for logs. It still unwraps to the whole.
type cause struct{ error }

func (c cause) Error() string {
	msg := c.error.Error()
	if len(msg) > maxCause {
		msg = strings.ToValidUTF8(msg[:maxCause], "") + "..."
	}
	return msg
}

func (c cause) Unwrap() error { return c.error }

// Redacted shortens an error for logs: AWS quotes requests and policies in its messages.
func Redacted(err error) error { return cause{err} }
