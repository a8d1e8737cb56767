package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// codeBuildCollector reads AWS CodeBuild (CodeBuild API reference).
func codeBuildCollector() *collector {
	p := &codeBuildProjectors{
		projects: projectorOf("codebuild_project", map[string]string{
			"Project.ProjectVisibility": "Visibility",
		}),
		credentials: projectorOf("codebuild_source_credential", nil),
	}
	project := func(path string) map[string][]string { return map[string][]string{"codebuild_project": {path}} }
	return &collector{
		service: "codebuild",
		listings: []listing{
			{
				types: []string{"codebuild_project"}, actions: []string{"codebuild:ListProjects", "codebuild:BatchGetProjects"},
				page: codeBuildPage,
				each: []each{{
					action: "codebuild:BatchGetProjects", of: "project", batch: codeBuildPage, because: "the listing tells names",
				}},
				collect: p.collectProjects,
			},
			{
				types: []string{"codebuild_source_credential"}, actions: []string{"codebuild:ListSourceCredentials"},
				collect: p.collectCredentials,
			},
		},
		events: map[string]map[string][]string{
			"CreateWebhook":           project("Triggers"),
			"UpdateWebhook":           project("Triggers"),
			"DeleteWebhook":           project("Triggers"),
			"UpdateProjectVisibility": {"codebuild_project": {"ResourceAccessRole", "Visibility"}},
		},
	}
}

// codeBuildPage is how many projects CodeBuild lists, and describes at most, at once.
const codeBuildPage = 100

func codeBuildClient(s *session) *codebuild.Client {
	return client(s, func(c aws.Config) *codebuild.Client { return codebuild.NewFromConfig(c) })
}

// codeBuildProjectors turn the answers of the API into configurations.
type codeBuildProjectors struct{ projects, credentials *shape.Projector }

// collectProjects reads the projects. The listing names them and nothing else, so that without their descriptions it isn't
// whole; those that vanish in between the answer names apart.
func (p *codeBuildProjectors) collectProjects(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := codeBuildClient(s).ListProjects(ctx, &codebuild.ListProjectsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		names := slices.DeleteFunc(page.Projects, func(name string) bool {
			return out.Done("codebuild_project", s.arn("codebuild", "project/"+name))
		})
		return page.NextToken, forEach(ctx, s, slices.Collect(slices.Chunk(names, codeBuildPage)),
			func(ctx context.Context, some []string) error { return p.describe(ctx, s, out, some) })
	})
}

func (p *codeBuildProjectors) describe(ctx context.Context, s *session, out inventory.Emitter, names []string) error {
	got, err := codeBuildClient(s).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: names})
	if err != nil {
		return err
	}
	for i := range got.Projects {
		v := &got.Projects[i]
		o := &audit.Observation{
			Type: "codebuild_project", ExternalID: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Config: p.projects.Project(v),
			Facts: object{"Created": v.Created, "LastModified": v.LastModified, "PublicProjectAlias": v.PublicProjectAlias},
		}
		if v.Badge != nil {
			o.Config["BadgeEnabled"] = v.Badge.BadgeEnabled
		}
		if v.Webhook != nil {
			o.Config["Triggers"] = p.triggers(v.Webhook)
		}
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}

// triggers are what starts builds by itself: CloudFormation says so with a flag, the API by there being a webhook.
func (p *codeBuildProjectors) triggers(w *types.Webhook) any {
	triggers, ok := p.projects.ProjectAt("Triggers", w).(object)
	if !ok {
		triggers = object{}
	}
	triggers["Webhook"] = true
	return triggers
}

// collectCredentials reads by which ways CodeBuild gets at sources. The tokens themselves the API doesn't tell.
func (p *codeBuildProjectors) collectCredentials(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := codeBuildClient(s).ListSourceCredentials(ctx, &codebuild.ListSourceCredentialsInput{})
	if err != nil {
		return err
	}
	for _, c := range got.SourceCredentialsInfos {
		err := s.emit(ctx, out, &audit.Observation{
			Type: "codebuild_source_credential", ExternalID: aws.ToString(c.Arn), Config: p.credentials.Project(c),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
