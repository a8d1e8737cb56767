//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	cbtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/servicecatalog"
	sctypes "github.com/aws/aws-sdk-go-v2/service/servicecatalog/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func cloudFormationOfMoto() motoService {
	return motoService{
		service: "cloudformation", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), cloudformation.NewFromConfig(e.plainConfig())
			template := `{"Parameters":{"Name":{"Type":"String"}},"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{}}}}`
			must(api.CreateStack(ctx, &cloudformation.CreateStackInput{
				StackName: s("main"), TemplateBody: s(template), EnableTerminationProtection: aws.Bool(true),
				Parameters: []cfntypes.Parameter{{ParameterKey: s("Name"), ParameterValue: s("x")}},
			}))(t)
			var ids []string
			for _, v := range must(api.ListStacks(ctx, &cloudformation.ListStacksInput{}))(t).StackSummaries {
				ids = append(ids, *v.StackId)
			}
			return map[string][]string{"cloudformation_stack": ids}
		},
	}
}

func codeBuildOfMoto() motoService {
	return motoService{
		service: "codebuild", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), codebuild.NewFromConfig(e.plainConfig())
			made := must(api.CreateProject(ctx, &codebuild.CreateProjectInput{
				Name: s("main"), ServiceRole: s("arn:aws:iam::" + motoserver.Account + ":role/build"),
				Source:    &cbtypes.ProjectSource{Type: cbtypes.SourceTypeS3, Location: s("bucket/path")},
				Artifacts: &cbtypes.ProjectArtifacts{Type: cbtypes.ArtifactsTypeNoArtifacts},
				Environment: &cbtypes.ProjectEnvironment{
					Type: cbtypes.EnvironmentTypeLinuxContainer, Image: s("aws/codebuild/standard:7.0"), ComputeType: cbtypes.ComputeTypeBuildGeneral1Small,
				},
			}))(t)
			return map[string][]string{"codebuild_project": {*made.Project.Arn}}
		},
	}
}

func serviceCatalogOfMoto() motoService {
	return motoService{
		service: "servicecatalog", region: motoserver.Region, lacks: []string{"servicecatalog:ListPrincipalsForPortfolio"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), servicecatalog.NewFromConfig(e.plainConfig())
			made := must(api.CreatePortfolio(ctx, &servicecatalog.CreatePortfolioInput{
				DisplayName: s("main"), ProviderName: s("it"), IdempotencyToken: s("1"), Tags: []sctypes.Tag{{Key: s("env"), Value: s("prod")}},
			}))(t)
			must(api.CreatePortfolioShare(ctx, &servicecatalog.CreatePortfolioShareInput{
				PortfolioId: made.PortfolioDetail.Id, AccountId: s("999999999999"),
			}))(t)
			return map[string][]string{"servicecatalog_portfolio": {*made.PortfolioDetail.ARN}}
		},
	}
}
