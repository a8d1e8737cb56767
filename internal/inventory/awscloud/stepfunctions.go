package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// machineDescribed are the properties that come from DescribeStateMachine.
var machineDescribed = []string{
	"DefinitionString", "EncryptionConfiguration", "LoggingConfiguration", "RoleArn", "TracingConfiguration",
}

// stepFunctionsCollector reads AWS Step Functions (Step Functions API reference), whose IAM prefix is "states".
func stepFunctionsCollector() *collector {
	p := &stateMachines{projectorOf("stepfunctions_state_machine", map[string]string{
		"DescribeStateMachineOutput.Definition": "DefinitionString", "DescribeStateMachineOutput.Name": "StateMachineName",
		"DescribeStateMachineOutput.Type": "StateMachineType",
	})}
	machine := func(paths ...string) map[string][]string {
		return map[string][]string{"stepfunctions_state_machine": paths}
	}
	return &collector{
		service: "states",
		listings: []listing{{
			types:   []string{"stepfunctions_state_machine"},
			actions: []string{"states:ListStateMachines", "states:DescribeStateMachine", "states:ListTagsForResource"},
			page:    1000,
			each: eachOf("state machine", "`ListStateMachines` tells names and types",
				"states:DescribeStateMachine", "states:ListTagsForResource",
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"TagResource":        machine("Tags"),
			"UntagResource":      machine("Tags"),
			"UpdateStateMachine": machine(machineDescribed...),
		},
	}
}

func stepFunctionsClient(s *session) *sfn.Client {
	return client(s, func(c aws.Config) *sfn.Client { return sfn.NewFromConfig(c) })
}

// stateMachines turns the answers of the Step Functions API into configurations.
type stateMachines struct{ machines *shape.Projector }

func (p *stateMachines) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := stepFunctionsClient(s).ListStateMachines(ctx, &sfn.ListStateMachinesInput{MaxResults: 1000, NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.StateMachines, func(ctx context.Context, m types.StateMachineListItem) error {
			o := &audit.Observation{
				Type: "stepfunctions_state_machine", ExternalID: aws.ToString(m.StateMachineArn), Name: aws.ToString(m.Name),
				Config: object{"StateMachineName": m.Name, "StateMachineType": told(m.Type)}, Facts: object{"CreationDate": m.CreationDate},
			}
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := p.read(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *stateMachines) read(ctx context.Context, s *session, o *audit.Observation) error {
	api, deleting := stepFunctionsClient(s), false
	err := ask(ctx, s, o, aside{paths: machineDescribed, gone: []string{"StateMachineDoesNotExist"}}, api.DescribeStateMachine,
		&sfn.DescribeStateMachineInput{StateMachineArn: &o.ExternalID}, func(got *sfn.DescribeStateMachineOutput) {
			maps.Copy(o.Config, p.machines.Project(got))
			deleting = got.Status == types.StateMachineStatusDeleting
		})
	if err != nil {
		return err
	}
	if deleting {
		return errGone
	}
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"ResourceNotFound"}}, api.ListTagsForResource,
		&sfn.ListTagsForResourceInput{ResourceArn: &o.ExternalID}, func(got *sfn.ListTagsForResourceOutput) {
			tags := make([]object, 0, len(got.Tags))
			for _, t := range got.Tags {
				tags = append(tags, object{"Key": t.Key, "Value": t.Value})
			}
			o.Config["Tags"] = tags
		})
}
