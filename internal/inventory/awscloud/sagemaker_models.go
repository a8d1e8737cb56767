package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// collectEndpoints reads the endpoints. How many instances they run, and what weight each variant has at the moment, comes
// and goes with load.
func (p *sageMakerProjectors) collectEndpoints(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := sageMakerClient(s).ListEndpoints(ctx, &sagemaker.ListEndpointsInput{MaxResults: aws.Int32(sageMakerPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Endpoints, func(ctx context.Context, e types.EndpointSummary) error {
			if e.EndpointStatus == types.EndpointStatusDeleting {
				return nil
			}
			o := &audit.Observation{
				Type: sageMakerEndpoint, ExternalID: aws.ToString(e.EndpointArn), Name: aws.ToString(e.EndpointName),
				Config: object{"EndpointName": e.EndpointName},
				Facts:  object{"CreationTime": e.CreationTime, "EndpointStatus": told(e.EndpointStatus)},
			}
			return emitSageMaker(ctx, s, out, p.endpoints, o, sageMakerEndpointDescribed, sageMakerClient(s).DescribeEndpoint,
				&sagemaker.DescribeEndpointInput{EndpointName: e.EndpointName}, func(*sagemaker.DescribeEndpointOutput) {})
		})
	})
}

func (p *sageMakerProjectors) collectConfigs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := sageMakerClient(s).ListEndpointConfigs(ctx, &sagemaker.ListEndpointConfigsInput{
			MaxResults: aws.Int32(sageMakerPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.EndpointConfigs, func(ctx context.Context, c types.EndpointConfigSummary) error {
			o := &audit.Observation{
				Type: sageMakerEndpointConfig, ExternalID: aws.ToString(c.EndpointConfigArn), Name: aws.ToString(c.EndpointConfigName),
				Config: object{"EndpointConfigName": c.EndpointConfigName}, Facts: object{"CreationTime": c.CreationTime},
			}
			return emitSageMaker(ctx, s, out, p.configs, o, sageMakerEndpointConfigDescribed, sageMakerClient(s).DescribeEndpointConfig,
				&sagemaker.DescribeEndpointConfigInput{EndpointConfigName: c.EndpointConfigName}, func(*sagemaker.DescribeEndpointConfigOutput) {})
		})
	})
}

func (p *sageMakerProjectors) collectModels(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := sageMakerClient(s).ListModels(ctx, &sagemaker.ListModelsInput{MaxResults: aws.Int32(sageMakerPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Models, func(ctx context.Context, m types.ModelSummary) error {
			o := &audit.Observation{
				Type: sageMakerModel, ExternalID: aws.ToString(m.ModelArn), Name: aws.ToString(m.ModelName),
				Config: object{"ModelName": m.ModelName}, Facts: object{"CreationTime": m.CreationTime},
			}
			return emitSageMaker(ctx, s, out, p.models, o, sageMakerModelDescribed, sageMakerClient(s).DescribeModel,
				&sagemaker.DescribeModelInput{ModelName: m.ModelName}, func(*sagemaker.DescribeModelOutput) {})
		})
	})
}
