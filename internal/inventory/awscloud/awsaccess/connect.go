package awsaccess

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// Identity is who credentials are.
type Identity struct {
	Account   string // 12 digits
	ARN       string // of the user, or of the role's session
	Partition string // "aws", "aws-cn" or "aws-us-gov"
}

// Validate tries credentials on AWS and tells whose they are; it stores nothing. A role is also tried without its
// external id and with a wrong one, and refused if that lets us in: whoever knows its ARN could then use us to
// reach it (IAM user guide, "The confused deputy problem"). The errors are *fault.Error: Invalid, naming the field, for
// what is malformed or unsafe; Denied or Expired, naming the action, for what AWS refuses.
func Validate(ctx context.Context, o Options) (Identity, error) {
	t := newTransport(o)
	cfg, err := baseConfig(ctx, o, t)
	if err != nil {
		return Identity{}, err
	}
	if o.Credentials.Method == audit.AuthRole {
		return validateRole(ctx, cfg, o)
	}
	who, err := callerIdentity(ctx, sts.NewFromConfig(cfg))
	if err != nil {
		return Identity{}, err
	}
	return who, expectAccount(o.Account, who)
}

func validateRole(ctx context.Context, cfg aws.Config, o Options) (Identity, error) {
	role, api := o.Credentials, sts.NewFromConfig(cfg)
	session, err := assumeRole(ctx, api, role.RoleARN, role.ExternalID)
	if err != nil {
		f := *Classify(err)
		if f.Kind == fault.Denied && f.Action == ActionAssumeRole {
			f.Fields = []audit.Problem{{
				Field: "role_arn", Message: "the role does not exist, or its trust policy does not let us in with the external id shown",
			}}
		}
		return Identity{}, &f
	}
	for _, other := range []string{"", "infraudit-probe-" + rand.Text()} {
		if err := mustNotLetIn(ctx, api, role.RoleARN, other); err != nil {
			return Identity{}, err
		}
	}
	cfg.Credentials = guardedCredentials{credentials.NewStaticCredentialsProvider(
		aws.ToString(session.AccessKeyId), aws.ToString(session.SecretAccessKey), aws.ToString(session.SessionToken))}
	who, err := callerIdentity(ctx, sts.NewFromConfig(cfg))
	if err != nil {
		return Identity{}, err
	}
	if named := strings.Split(role.RoleARN, ":")[4]; who.Account != named {
		return Identity{}, fault.Field("role_arn", "names account %s, but its credentials are of account %s", named, who.Account)
	}
	return who, expectAccount(o.Account, who)
}

// mustNotLetIn fails if a role can be assumed with an external id that isn't its own, none if empty. It fails too
// when AWS doesn't say.
func mustNotLetIn(ctx context.Context, api *sts.Client, role, external string) error {
	_, err := assumeRole(ctx, api, role, external)
	if err == nil {
		return fault.Field("role_arn", "the role's trust policy lets us in without its external id: it must require "+
			"sts:ExternalId by a StringEquals condition")
	}
	if f := Classify(err); f.Kind != fault.Denied {
		return f
	}
	return nil
}

func assumeRole(ctx context.Context, api *sts.Client, role, external string) (*ststypes.Credentials, error) {
	in := &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String(sessionName), DurationSeconds: aws.Int32(900)}
	if external != "" {
		in.ExternalId = &external
	}
	out, err := api.AssumeRole(ctx, in)
	if err != nil {
		return nil, err
	}
	if out.Credentials == nil {
		return nil, &fault.Error{Kind: fault.Upstream, Action: ActionAssumeRole, Message: "sts:AssumeRole returned no credentials"}
	}
	return out.Credentials, nil
}

func callerIdentity(ctx context.Context, api *sts.Client) (Identity, error) {
	out, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, Classify(err)
	}
	who := Identity{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn)}
	parts := strings.SplitN(who.ARN, ":", 6)
	if !audit.ValidAWSAccount(who.Account) || len(parts) != 6 || globalRegions[parts[1]] == "" {
		return Identity{}, &fault.Error{
			Kind: fault.Upstream, Action: ActionGetCallerIdentity, Message: "sts:GetCallerIdentity did not tell who we are",
		}
	}
	who.Partition = parts[1]
	return who, nil
}

// expectAccount fails when the credentials are of another account than expected.
func expectAccount(account string, who Identity) error {
	if account == "" || account == who.Account {
		return nil
	}
	return &fault.Error{
		Kind: fault.Expired, Code: "account_mismatch", Action: ActionGetCallerIdentity,
		Message: "the credentials belong to account " + who.Account + ", not " + account,
	}
}
