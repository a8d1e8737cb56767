package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

const actionDescribeRegions = "ec2:DescribeRegions"

// Regions returns the regions that are enabled for the account, and audit.RegionGlobal. When the account refuses to
// tell, it returns those that can't be disabled, along with the *fault.Error that says so.
func (a *Account) Regions(ctx context.Context) ([]string, error) {
	out, err := ec2.NewFromConfig(a.access.Config).DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(false)})
	if err == nil && len(out.Regions) == 0 {
		err = &fault.Error{Kind: fault.Upstream, Action: actionDescribeRegions, Message: "no region is enabled"}
	}
	if err != nil {
		return withGlobal(slices.Clone(alwaysEnabled[a.partition])), awsaccess.Classify(err)
	}
	var names []string
	for _, r := range out.Regions {
		if name := aws.ToString(r.RegionName); awsaccess.IsRegion(name) {
			names = append(names, name)
		}
	}
	return withGlobal(names), nil
}

func withGlobal(regions []string) []string {
	out := append(regions, audit.RegionGlobal)
	slices.Sort(out)
	return slices.Compact(out)
}

// alwaysEnabled lists, per partition, the regions that every account has enabled (AWS Account Management reference
// guide, "Region availability").
var alwaysEnabled = map[string][]string{
	"aws": {
		"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
		"us-east-1", "us-east-2", "us-west-1", "us-west-2",
	},
	"aws-cn":     {"cn-north-1", "cn-northwest-1"},
	"aws-us-gov": {"us-gov-east-1", "us-gov-west-1"},
}
