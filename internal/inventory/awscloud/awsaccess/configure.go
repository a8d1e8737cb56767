package awsaccess

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// connsPerHost is how many connections to a service there are at most, and are kept for the next calls. The SDK's client makes
// as many as there are calls, and keeps 10: most calls of a listing's details would begin with a TLS handshake.
const connsPerHost = 64

// sessionName is what CloudTrail of the customer's account calls us.
const sessionName = "infraudit"

// Access is a way into an account, from which clients are made.
type Access struct {
	Config aws.Config // region, credentials, and how calls are paced, bounded and retried
	Limits Limits     // with defaults for what the options left out

	transport *transport
}

// Open makes an access. It calls nobody. Malformed options are an Invalid fault that names the field.
func Open(ctx context.Context, o Options) (*Access, error) {
	t := newTransport(o)
	cfg, err := baseConfig(ctx, o, t)
	if err != nil {
		return nil, err
	}
	if o.Credentials.Method == audit.AuthRole {
		cfg = assuming(cfg, o.Credentials)
	}
	return &Access{Config: cfg, Limits: t.limits, transport: t}, nil
}

// Calls returns how many requests its clients have sent so far, retries included.
func (a *Access) Calls() int { return int(a.transport.calls.Load()) }

// Identity asks whose the credentials are. It fails where that is another account than expected; empty expects any.
func (a *Access) Identity(ctx context.Context, expected string) (Identity, error) {
	who, err := callerIdentity(ctx, sts.NewFromConfig(a.Config))
	if err != nil {
		return Identity{}, err
	}
	return who, expectAccount(expected, who)
}

// assuming is a configuration with the credentials of a role, for as long as they are needed.
func assuming(cfg aws.Config, role Credentials) aws.Config {
	assume := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), role.RoleARN, func(a *stscreds.AssumeRoleOptions) {
		a.RoleSessionName = sessionName
		a.ExternalID = aws.String(role.ExternalID)
	})
	cfg.Credentials = guardedCredentials{aws.NewCredentialsCache(assume)}
	return cfg
}

// baseConfig is the configuration without assuming a role: its credentials are those that may assume it.
func baseConfig(ctx context.Context, o Options, t *transport) (aws.Config, error) {
	if err := o.Credentials.validate(); err != nil {
		return aws.Config{}, err
	}
	if o.HomeRegion != "" && !IsRegion(o.HomeRegion) {
		return aws.Config{}, fault.Field("home_region", "is not the name of an AWS region")
	}
	var provider aws.CredentialsProvider
	switch o.Credentials.Method {
	case audit.AuthRole:
		provider = o.Base
	case audit.AuthAccessKey, audit.AuthDemo:
		c := o.Credentials
		provider = credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
	}
	cfg, err := loadConfig(ctx, o, provider)
	if err != nil {
		return aws.Config{}, err
	}
	if o.HTTPClient != nil {
		cfg.HTTPClient = o.HTTPClient
	}
	if cfg.HTTPClient == nil { // the SDK makes its own only where nobody has wrapped one
		cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxConnsPerHost, t.MaxIdleConnsPerHost, t.MaxIdleConns = connsPerHost, connsPerHost, 0
		})
	}
	cfg.Region = cmp.Or(cfg.Region, firstRegion(o.Credentials.RoleARN))
	cfg.Credentials = guardedCredentials{cfg.Credentials}
	cfg.Logger = logging.Nop{} // the SDK would write to stderr on its own
	cfg.APIOptions = append(cfg.APIOptions, o.APIOptions...)
	t.install(&cfg, cmp.Or(o.Version, "dev"))
	return cfg, nil
}

// loadConfig reads what the environment and the files of this machine say, as every AWS program does. The demo account
// has nothing to do with any of that: a broken profile or a proxy must not keep it from being shown.
func loadConfig(ctx context.Context, o Options, provider aws.CredentialsProvider) (aws.Config, error) {
	if o.Credentials.Method == audit.AuthDemo {
		return aws.Config{Region: o.HomeRegion, Credentials: provider, BaseEndpoint: aws.String(o.Endpoint)}, nil
	}
	load := []func(*config.LoadOptions) error{config.WithRegion(o.HomeRegion), config.WithLogger(logging.Nop{})}
	if o.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(o.Endpoint))
	}
	if provider != nil { // only the default chain may ask the machine's metadata service
		load = append(load, config.WithCredentialsProvider(provider), config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return aws.Config{}, fault.Wrap(fault.Invalid, err, "the AWS configuration of this machine can't be loaded")
	}
	return cfg, nil
}

// roleARN follows the IAM reference, "IAM identifiers": a role's ARN has no region, a path, and a name of at most
// 64 of these characters. Compiling it takes a millisecond of a function's start, so it waits until it is needed.
var roleARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::([0-9]{12}):role/([\x21-\x7e]{1,510}/)?[\w+=,.@-]{1,64}$`)
})

// validate reports the first field that is missing or malformed.
func (c Credentials) validate() error {
	switch c.Method {
	case audit.AuthRole:
		if !roleARN().MatchString(c.RoleARN) {
			return fault.Field("role_arn", "is not the ARN of a role: arn:aws:iam::<12 digits>:role/<name>")
		}
		if c.ExternalID == "" {
			return fault.Field("external_id", "is required for a role")
		}
	case audit.AuthAccessKey, audit.AuthDemo:
		if c.AccessKeyID == "" || strings.ContainsFunc(c.AccessKeyID, notWord) {
			return fault.Field("access_key_id", "is not an access key id")
		}
		if c.SecretAccessKey == "" {
			return fault.Field("secret_access_key", "is required")
		}
	case audit.AuthDefault:
	default:
		return fault.Field("method", "must be one of %s, %s, %s", audit.AuthRole, audit.AuthAccessKey, audit.AuthDefault)
	}
	return nil
}

func notWord(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_'
}

// guardedCredentials marks the errors of a credentials provider, which otherwise look like those of the call that
// needed them.
type guardedCredentials struct{ aws.CredentialsProvider }

func (g guardedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := g.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	return c, nil
}

type credentialsError struct{ cause error }

func (e *credentialsError) Error() string { return "no usable credentials: " + e.cause.Error() }
func (e *credentialsError) Unwrap() error { return e.cause }
