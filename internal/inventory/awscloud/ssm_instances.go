package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// collectInstances reads the machines that Systems Manager manages: EC2 instances and others. What the agent says of its
// machine is a fact, and so is that it says nothing any more.
func (p *ssmProjectors) collectInstances(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ssmClient(s).DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{
			MaxResults: aws.Int32(ssmPageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.InstanceInformationList {
			if err := s.emit(ctx, out, p.instance(s, &page.InstanceInformationList[i])); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}

func (p *ssmProjectors) instance(s *session, v *types.InstanceInformation) *audit.Observation {
	o := &audit.Observation{
		Type: "ssm_managed_instance", Name: aws.ToString(v.Name), Config: p.instances.Project(v),
		Facts: object{
			"AgentVersion": v.AgentVersion, "AssociationStatus": v.AssociationStatus, "ComputerName": v.ComputerName, "IPAddress": v.IPAddress,
			"IsLatestVersion": v.IsLatestVersion, "LastPingDate": dayOf(v.LastPingDateTime), "PingStatus": told(v.PingStatus),
			"PlatformName": v.PlatformName, "PlatformType": told(v.PlatformType), "PlatformVersion": v.PlatformVersion,
			"RegistrationDate": dayOf(v.RegistrationDate),
		},
	}
	if id := aws.ToString(v.InstanceId); id != "" {
		o.ExternalID = s.arn("ssm", "managed-instance/"+id)
	}
	return o
}
