package api

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
)

// connectAWSBody is the body of connect-aws. Its secrets are never echoed.
type connectAWSBody struct {
	Name            string        `json:"name,omitempty" maxLength:"128" doc:"Display name; made of the account if absent"`
	RoleARN         string        `json:"role_arn,omitempty" maxLength:"2048" doc:"A role that requires our external id: see get-aws-role-template"`
	AccessKeyID     string        `json:"access_key_id,omitempty" maxLength:"128"`
	SecretAccessKey secret.String `json:"secret_access_key,omitzero" writeOnly:"true"`
	SessionToken    secret.String `json:"session_token,omitzero" writeOnly:"true" doc:"Belongs to temporary access keys"`
	UseDefaultChain bool          `json:"use_default_chain,omitempty" doc:"Use the credentials of the machine that runs InfraAudit, as the AWS SDK finds them"`
	HomeRegion      string        `json:"home_region,omitempty" maxLength:"32" doc:"Where account-wide calls go" example:"eu-central-1"`
	ResourceTypes   []string      `json:"resource_types,omitempty" maxItems:"50" doc:"CloudFormation types to read besides those that InfraAudit knows, by Cloud Control" example:"[\"AWS::IVS::PlaybackKeyPair\"]"`
	AccountID       string        `json:"account_id,omitempty" doc:"If given, the account that the credentials must be of" example:"123456789012"`
}

// Forms of AWS identifiers. Source: IAM User Guide, "IAM identifiers"; IAM API reference, AccessKey.
var (
	// It is compiled when it is needed: that takes a millisecond, and most starts of a function don't.
	awsRoleARN = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::([0-9]{12}):role/[\w+=,.@/-]{1,576}$`)
	})
	awsAccessKey = regexp.MustCompile(`^\w{4,128}$`)
	awsRegion    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
)

// waysIn is shown when there isn't exactly one.
const waysIn = "give exactly one of role_arn, access_key_id with secret_access_key, or use_default_chain"

// check returns what to connect, or an *audit.InvalidError with everything that is wrong.
func (b *connectAWSBody) check() (ConnectAWS, error) {
	c := ConnectAWS{
		Name: strings.TrimSpace(b.Name), RoleARN: b.RoleARN, AccessKeyID: b.AccessKeyID,
		SecretAccessKey: b.SecretAccessKey, SessionToken: b.SessionToken,
		HomeRegion: b.HomeRegion, AccountID: b.AccountID, ResourceTypes: b.ResourceTypes,
	}
	var ps []audit.Problem
	addf := func(field, format string, args ...any) {
		ps = append(ps, audit.Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}

	var ways []string
	if b.RoleARN != "" {
		ways, c.Method = append(ways, "role_arn"), audit.AuthRole
	}
	if b.AccessKeyID != "" || !b.SecretAccessKey.IsZero() || !b.SessionToken.IsZero() {
		ways, c.Method = append(ways, "access_key_id"), audit.AuthAccessKey
	}
	if b.UseDefaultChain {
		ways, c.Method = append(ways, "use_default_chain"), audit.AuthDefault
	}
	switch len(ways) {
	case 0:
		for _, field := range []string{"role_arn", "access_key_id", "use_default_chain"} {
			addf(field, "%s", waysIn)
		}
	case 1:
		b.checkWay(c.Method, addf)
	default:
		for _, field := range ways {
			addf(field, "%s", waysIn)
		}
	}

	if b.HomeRegion != "" && !awsRegion.MatchString(b.HomeRegion) {
		addf("home_region", "must be an AWS region, such as eu-central-1")
	}
	if b.AccountID != "" && !audit.ValidAWSAccount(b.AccountID) {
		addf("account_id", "must be an AWS account id: 12 digits")
	}
	if len(ps) > 0 {
		return ConnectAWS{}, &audit.InvalidError{Problems: ps}
	}
	return c, nil
}

// checkWay looks at the fields of the one way in that was given.
func (b *connectAWSBody) checkWay(method audit.AuthMethod, addf func(field, format string, args ...any)) {
	switch method {
	case audit.AuthRole:
		arn := awsRoleARN().FindStringSubmatch(b.RoleARN)
		switch {
		case arn == nil:
			addf("role_arn", "must be the ARN of a role: arn:aws:iam::123456789012:role/Name")
		case b.AccountID != "" && arn[2] != b.AccountID:
			addf("role_arn", "is a role of account %s, not of account_id", arn[2])
		}
	case audit.AuthAccessKey:
		switch {
		case b.AccessKeyID == "":
			addf("access_key_id", "is required with secret_access_key and session_token")
		case !awsAccessKey.MatchString(b.AccessKeyID):
			addf("access_key_id", "must have the form of an access key id, such as AKIAIOSFODNN7EXAMPLE")
		}
		if b.SecretAccessKey.IsZero() {
			addf("secret_access_key", "is required with access_key_id")
		}
		if strings.HasPrefix(b.AccessKeyID, "ASIA") && b.SessionToken.IsZero() {
			addf("session_token", "is required: %s is a temporary access key", b.AccessKeyID)
		}
	}
}
