package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// cloudFormationCollector reads AWS CloudFormation (CloudFormation API reference).
func cloudFormationCollector() *collector {
	p := &cloudFormationProjectors{stacks: projectorOf("cloudformation_stack", map[string]string{"Stack.Parameters": ""})}
	stack := func(paths ...string) map[string][]string { return map[string][]string{"cloudformation_stack": paths} }
	return &collector{
		service: "cloudformation",
		listings: []listing{{
			types: []string{"cloudformation_stack"}, actions: []string{"cloudformation:DescribeStacks"}, page: cloudFormationPage,
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"UpdateTerminationProtection": stack("EnableTerminationProtection"),
		},
	}
}

// cloudFormationPage is how many stacks CloudFormation tells at once.
const cloudFormationPage = 100

// cloudFormationProjectors turn the answers of the API into configurations.
type cloudFormationProjectors struct{ stacks *shape.Projector }

// collect reads the stacks, nested ones included. Templates aren't read.
func (p *cloudFormationProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	api := client(s, func(c aws.Config) *cloudformation.Client { return cloudformation.NewFromConfig(c) })
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for i := range page.Stacks {
			v := &page.Stacks[i]
			switch v.StackStatus {
			case types.StackStatusDeleteInProgress, types.StackStatusDeleteComplete:
				continue
			case types.StackStatusReviewInProgress: // a change set that would make one
				continue
			}
			if err := s.emit(ctx, out, p.stack(v)); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}

// stack makes the observation of a stack. Parameters that its template hides come as asterisks. What a stack puts out its
// template declares, and it may be secret, so that only the names are kept, and which of them seem to be: SecretOutputs.
func (p *cloudFormationProjectors) stack(v *types.Stack) *audit.Observation {
	o := &audit.Observation{
		Type: "cloudformation_stack", ExternalID: aws.ToString(v.StackId), Name: aws.ToString(v.StackName), Config: p.stacks.Project(v),
		Facts: object{
			"CreationTime": v.CreationTime, "LastUpdatedTime": v.LastUpdatedTime, "ParentId": v.ParentId, "RootId": v.RootId,
			"StackStatus": told(v.StackStatus), "DetailedStatus": told(v.DetailedStatus),
		},
	}
	parameters := object{}
	for _, param := range v.Parameters {
		parameters[aws.ToString(param.ParameterKey)] = param.ParameterValue
	}
	o.Config["Parameters"] = parameters
	var outputs, exports, secret []*string
	for i := range v.Outputs {
		put := &v.Outputs[i]
		outputs, exports = append(outputs, put.OutputKey), append(exports, put.ExportName)
		if looksSecret(aws.ToString(put.OutputKey), aws.ToString(put.OutputValue)) {
			secret = append(secret, put.OutputKey)
		}
	}
	o.Facts["Outputs"], o.Facts["Exports"], o.Facts["SecretOutputs"] = sortedTexts(outputs), sortedTexts(exports), sortedTexts(secret)
	if d := v.DriftInformation; d != nil {
		o.Facts["StackDriftStatus"], o.Facts["LastDriftCheckTimestamp"] = told(d.StackDriftStatus), d.LastCheckTimestamp
	}
	return o
}
