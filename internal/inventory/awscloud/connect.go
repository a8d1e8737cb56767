package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// Identity is who credentials are.
type Identity struct {
	Account   string // 12 digits
	ARN       string // of the user, or of the role's session
	Partition string // "aws", "aws-cn" or "aws-us-gov"
}

func callerIdentity(ctx context.Context, api *sts.Client) (Identity, error) {
	out, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, classify(err)
	}
	who := Identity{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn)}
	parts := strings.SplitN(who.ARN, ":", 6)
	if !audit.ValidAWSAccount(who.Account) || len(parts) != 6 || globalRegions[parts[1]] == "" {
		return Identity{}, &fault.Error{
			Kind: fault.Upstream, Action: actionGetCallerIdentity, Message: "sts:GetCallerIdentity did not tell who we are",
		}
	}
	who.Partition = parts[1]
	return who, nil
}
