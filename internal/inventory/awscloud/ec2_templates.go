package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// ec2Templates reads launch templates as their default version has them: it is what a launch uses that names none.
type ec2Templates struct{ templates *shape.Projector }

const actionDescribeTemplateVersions = "ec2:DescribeLaunchTemplateVersions"

func ec2TemplateListings() []listing {
	p := &ec2Templates{templates: projectorOf("ec2_launch_template", nil)}
	return []listing{{
		types:   []string{"ec2_launch_template"},
		actions: []string{"ec2:DescribeLaunchTemplates", actionDescribeTemplateVersions},
		page:    ec2TemplatePageSize, collect: p.collect,
	}}
}

func ec2TemplateEvents() map[string]map[string][]string {
	return map[string]map[string][]string{
		"ModifyLaunchTemplate": {"ec2_launch_template": {"LaunchTemplateData", "VersionDescription"}},
	}
}

// ec2TemplatePageSize is the most templates, or versions, that are returned at once.
const ec2TemplatePageSize = 200

// collect reads the templates, and the default versions of all of them: without an id DescribeLaunchTemplateVersions
// tells those of every template. Where there is no template, nothing is asked.
func (p *ec2Templates) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	var versions map[string]*types.LaunchTemplateVersion
	var failed error
	return ec2Pages(ctx, s, out, func(ctx context.Context, token *string) ([]types.LaunchTemplate, *string, error) {
		page, err := ec2Client(s).DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{
			MaxResults: aws.Int32(ec2TemplatePageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		if len(page.LaunchTemplates) > 0 && versions == nil {
			versions, failed = p.versions(ctx, s)
			if err := fatal(ctx, failed); err != nil {
				return nil, nil, err
			}
		}
		return page.LaunchTemplates, page.NextToken, nil
	}, func(t *types.LaunchTemplate) *audit.Observation {
		c := p.templates.Project(t)
		facts := object{
			"CreateTime": t.CreateTime, "DefaultVersionNumber": t.DefaultVersionNumber, "LatestVersionNumber": t.LatestVersionNumber,
		}
		// One declares a template's own tags among those that it gives to what it makes.
		if tags := p.templates.ProjectAt("TagSpecifications[*].Tags", t.Tags); tags != nil {
			c["TagSpecifications"] = []object{{"ResourceType": "launch-template", "Tags": tags}}
		}
		o := ec2Listed(s, "ec2_launch_template", "launch-template", t.LaunchTemplateId, c, facts, t.Tags)
		if o.Tags["Name"] == "" && t.LaunchTemplateName != nil {
			o.Name = *t.LaunchTemplateName
		}
		v := versions[aws.ToString(t.LaunchTemplateId)]
		switch {
		case failed != nil:
			setUnread(o, awsaccess.Classify(failed), "LaunchTemplateData", "VersionDescription")
		case v != nil:
			c["LaunchTemplateData"], c["VersionDescription"] = p.templates.ProjectAt("LaunchTemplateData", v.LaunchTemplateData), v.VersionDescription
		default: // made since, or its default version changed just now
			setUnread(o, &fault.Error{
				Kind: fault.Upstream, Code: "NotListed", Action: actionDescribeTemplateVersions, Message: "the default version was not listed",
			}, "LaunchTemplateData", "VersionDescription")
		}
		return o
	})
}

func (p *ec2Templates) versions(ctx context.Context, s *session) (map[string]*types.LaunchTemplateVersion, error) {
	out := map[string]*types.LaunchTemplateVersion{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ec2Client(s).DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{
			Versions: []string{"$Default"}, MaxResults: aws.Int32(ec2TemplatePageSize), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.LaunchTemplateVersions {
			v := &page.LaunchTemplateVersions[i]
			out[aws.ToString(v.LaunchTemplateId)] = v
		}
		return page.NextToken, nil
	})
	return out, err
}
