// Package awsaccess is how we get into an AWS account and speak with it: credentials and the roles they assume, how calls are
// paced, bounded and retried, and what their errors mean. It knows no service but STS, so that what only connects accounts
// links no other.
package awsaccess

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/infraudit/infraudit/internal/audit"
)

// Options says which account to open, and how.
type Options struct {
	Credentials Credentials
	// Account is the id that the credentials must belong to, as it was learned when connecting; empty asks AWS.
	Account string
	// HomeRegion is where account-wide calls go; empty means the partition's first region.
	HomeRegion string
	// Services are those to read, by the names of slices ("ec2"); none means all.
	Services []string
	// ResourceTypes are CloudFormation's types that are read besides, by Cloud Control: "AWS::Service::Type". See
	// shapes.CheckTypes.
	ResourceTypes []string
	// Version is what the User-Agent says after "InfraAudit/".
	Version string
	// Base signs AssumeRole for credentials of the method role; nil means the SDK's default chain.
	Base aws.CredentialsProvider
	// HTTPClient replaces the SDK's own.
	HTTPClient aws.HTTPClient
	// Endpoint replaces the address of every service; empty leaves it to the SDK, which honours AWS_ENDPOINT_URL
	// and AWS_ENDPOINT_URL_<SERVICE>.
	Endpoint string
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Limits bound what an account may be asked; the zero value means the defaults.
	Limits Limits
	// Observe is told of every operation as it begins, by the SDK's names: ("EC2", "DescribeInstances",
	// "eu-west-1"). Retries are one operation. It must be safe for concurrent use.
	Observe func(service, operation, region string)
	// APIOptions are added to those of every client, so that what is sent can be looked at.
	APIOptions []func(*middleware.Stack) error
}

// Credentials let us into an account. It prints without its secrets.
type Credentials struct {
	// Method is audit.AuthRole, audit.AuthAccessKey, audit.AuthDefault, or audit.AuthDemo, which uses a key as
	// AuthAccessKey does.
	Method audit.AuthMethod `json:"method"`

	RoleARN    string `json:"role_arn,omitempty"`
	ExternalID string `json:"external_id,omitempty"`

	AccessKeyID     string `json:"access_key_id,omitempty"`
	SecretAccessKey string `json:"secret_access_key,omitempty"`
	SessionToken    string `json:"session_token,omitempty"`
}

// String names the method and who, never a secret.
func (c Credentials) String() string {
	return "aws credentials (" + string(c.Method) + " " + c.RoleARN + c.AccessKeyID + " ***)"
}

// GoString is String: %#v shows no secret either.
func (c Credentials) GoString() string { return c.String() }

// LogValue is String: logs show no secret either.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Limits bound the calls to one account. Zero fields mean the defaults.
type Limits struct {
	// Rate is how many requests a second a service of one region is sent at most; it falls when the service
	// throttles and recovers slowly. The default is 20, the rate at which EC2 refills the bucket of an account's
	// non-mutating actions (EC2 developer guide, "Request throttling").
	Rate float64
	// Burst is how many requests may be sent at once after a pause. The default is 50.
	Burst int
	// LookupRate is the same for cloudtrail:LookupEvents, which allows two a second for the account and region
	// together, whoever asks (CloudTrail API reference). The default is 1.
	LookupRate float64
	// Attempts is how often a call is sent before its failure counts. The default is 6.
	Attempts int
	// Backoff is the longest pause between two attempts. The default is 10 s.
	Backoff time.Duration
	// Call is how long one call may take, retries and waiting for its turn included. The default is 60 s.
	Call time.Duration
	// Parallel is how many calls for details of single resources a listing makes at a time. The default is 8.
	Parallel int
	// Pages is how many pages a listing may have before the service is taken to be out of its mind. The default
	// is 20,000: with 1,000 resources a page, 20 million.
	Pages int
}

func (l Limits) withDefaults() Limits {
	l.Rate = cmp.Or(l.Rate, 20)
	l.Burst = cmp.Or(l.Burst, 50)
	l.LookupRate = cmp.Or(l.LookupRate, 1)
	l.Attempts = cmp.Or(l.Attempts, 6)
	l.Backoff = cmp.Or(l.Backoff, 10*time.Second)
	l.Call = cmp.Or(l.Call, 60*time.Second)
	l.Parallel = cmp.Or(l.Parallel, 8)
	l.Pages = cmp.Or(l.Pages, 20_000)
	return l
}
