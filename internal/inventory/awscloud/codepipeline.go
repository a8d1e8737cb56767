package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// codePipelineCollector reads AWS CodePipeline (CodePipeline API reference).
func codePipelineCollector() *collector {
	p := &codePipelineProjectors{pipelines: projectorOf("codepipeline_pipeline", map[string]string{
		"PipelineDeclaration.ArtifactStores": "", // a map by region: see describe
	})}
	tags := map[string][]string{"codepipeline_pipeline": {"Tags"}}
	return &collector{
		service: "codepipeline",
		listings: []listing{{
			types:   []string{"codepipeline_pipeline"},
			actions: []string{"codepipeline:ListPipelines", "codepipeline:GetPipeline", "codepipeline:ListTagsForResource"},
			page:    codePipelinePage,
			each: []each{
				{action: "codepipeline:GetPipeline", of: "pipeline", because: "the listing tells the name, the type and the mode"},
				{action: "codepipeline:ListTagsForResource", of: "pipeline", because: "the listing leaves tags out"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"UpdatePipeline": {"codepipeline_pipeline": append([]string{"ExecutionMode", "PipelineType"}, codePipelineDescribed...)},
			"TagResource":    tags,
			"UntagResource":  tags,
		},
	}
}

// codePipelinePage is the most that CodePipeline lists at once.
const codePipelinePage = 1000

// codePipelineDescribed are what GetPipeline tells.
var codePipelineDescribed = []string{"ArtifactStore", "ArtifactStores", "RoleArn", "Stages", "Triggers", "Variables"}

func codePipelineClient(s *session) *codepipeline.Client {
	return client(s, func(c aws.Config) *codepipeline.Client { return codepipeline.NewFromConfig(c) })
}

// codePipelineProjectors turn the answers of the API into configurations.
type codePipelineProjectors struct{ pipelines *shape.Projector }

// collect reads the pipelines. Their ARNs, which the listing leaves out, are made of their names.
func (p *codePipelineProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := codePipelineClient(s).ListPipelines(ctx, &codepipeline.ListPipelinesInput{
			MaxResults: aws.Int32(codePipelinePage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Pipelines, func(ctx context.Context, v types.PipelineSummary) error {
			o := &audit.Observation{
				Type: "codepipeline_pipeline", ExternalID: s.arn("codepipeline", aws.ToString(v.Name)), Name: aws.ToString(v.Name),
				Config: object{"Name": v.Name, "ExecutionMode": told(v.ExecutionMode), "PipelineType": told(v.PipelineType)},
				Facts:  object{"Created": v.Created, "Updated": v.Updated, "Version": v.Version},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.detail(ctx, s, o, v.Name); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *codePipelineProjectors) detail(ctx context.Context, s *session, o *audit.Observation, name *string) error {
	api := codePipelineClient(s)
	err := s.detail(ctx, o, codePipelineDescribed, func(ctx context.Context) error {
		got, err := api.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: name})
		if err == nil && got.Pipeline != nil {
			p.describe(o, got.Pipeline)
		}
		return goneIf(err, "PipelineNotFoundException")
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := api.ListTagsForResource(ctx, &codepipeline.ListTagsForResourceInput{ResourceArn: &o.ExternalID, NextToken: token})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		o.Config["Tags"] = p.pipelines.ProjectAt("Tags", tags)
		return goneIf(err, "ResourceNotFoundException")
	})
}

// describe takes what a pipeline does. The stores of several regions the API has by region, CloudFormation in a list.
func (p *codePipelineProjectors) describe(o *audit.Observation, d *types.PipelineDeclaration) {
	maps.Copy(o.Config, p.pipelines.Project(d))
	var stores []any
	for region, store := range d.ArtifactStores {
		stores = append(stores, object{"Region": region, "ArtifactStore": p.pipelines.ProjectAt("ArtifactStores[*].ArtifactStore", store)})
	}
	o.Config["ArtifactStores"] = stores
}
