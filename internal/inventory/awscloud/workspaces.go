package awscloud

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/workspaces"
	"github.com/aws/aws-sdk-go-v2/service/workspaces/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// workSpacesCollector reads Amazon WorkSpaces (WorkSpaces API reference).
func workSpacesCollector() *collector {
	p := &workSpacesProjectors{
		directories: projectorOf("workspaces_directory", nil),
		groups:      projectorOf("workspaces_ip_group", nil),
		workspaces:  projectorOf("workspaces_workspace", nil),
	}
	directory := func(path string) map[string][]string { return map[string][]string{"workspaces_directory": {path}} }
	group := map[string][]string{"workspaces_ip_group": {"UserRules"}}
	tags := map[string][]string{"workspaces_directory": {"Tags"}, "workspaces_ip_group": {"Tags"}, "workspaces_workspace": {"Tags"}}
	tagged := func(of string) each {
		return each{action: actionWorkSpacesTags, of: of, because: "no listing tells tags"}
	}
	return &collector{
		service: "workspaces",
		listings: []listing{
			{
				types: []string{"workspaces_workspace"}, actions: []string{"workspaces:DescribeWorkspaces", actionWorkSpacesTags},
				page: workSpacesPage, each: []each{tagged("WorkSpace")}, collect: p.collectWorkspaces,
			},
			{
				types: []string{"workspaces_directory"},
				actions: []string{
					"workspaces:DescribeWorkspaceDirectories", "workspaces:DescribeClientProperties", actionWorkSpacesTags,
				},
				page: workSpacesPage,
				each: []each{
					{
						action: "workspaces:DescribeClientProperties", of: "directory of single users", batch: workSpacesPage,
						because: "the listing leaves out what clients may remember and upload",
					},
					tagged("directory"),
				},
				collect: p.collectDirectories,
			},
			{
				types: []string{"workspaces_ip_group"}, actions: []string{"workspaces:DescribeIpGroups", actionWorkSpacesTags},
				page: workSpacesPage, each: []each{tagged("group")}, collect: p.collectGroups,
			},
		},
		events: map[string]map[string][]string{
			"AssociateIpGroups":                    directory("IpGroupIds"),
			"DisassociateIpGroups":                 directory("IpGroupIds"),
			"ModifyCertificateBasedAuthProperties": directory("CertificateBasedAuthProperties"),
			"ModifyClientProperties":               directory("ClientProperties"),
			"ModifyEndpointEncryptionMode":         directory("EndpointEncryptionMode"),
			"ModifySamlProperties":                 directory("SamlProperties"),
			"ModifySelfservicePermissions":         directory("SelfservicePermissions"),
			"ModifyStreamingProperties":            directory("StreamingProperties"),
			"ModifyWorkspaceAccessProperties":      directory("WorkspaceAccessProperties"),
			"ModifyWorkspaceCreationProperties":    directory("WorkspaceCreationProperties"),
			"AuthorizeIpRules":                     group,
			"RevokeIpRules":                        group,
			"UpdateRulesOfIpGroup":                 group,
			"MigrateWorkspace":                     {"workspaces_workspace": {"BundleId"}},
			"ModifyWorkspaceProperties":            {"workspaces_workspace": {"WorkspaceProperties"}},
			"CreateTags":                           tags,
			"DeleteTags":                           tags,
		},
	}
}

const (
	actionWorkSpacesTags = "workspaces:DescribeTags"
	// workSpacesPage is the most that WorkSpaces returns, and takes, at once.
	workSpacesPage = 25
)

func workSpacesClient(s *session) *workspaces.Client {
	return client(s, func(c aws.Config) *workspaces.Client { return workspaces.NewFromConfig(c) })
}

// workSpacesProjectors turn the answers of the WorkSpaces API into configurations.
type workSpacesProjectors struct{ directories, groups, workspaces *shape.Projector }

func (p *workSpacesProjectors) collectWorkspaces(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := workSpacesClient(s).DescribeWorkspaces(ctx, &workspaces.DescribeWorkspacesInput{
			Limit: aws.Int32(workSpacesPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Workspaces, func(ctx context.Context, w types.Workspace) error {
			switch w.State {
			case types.WorkspaceStateTerminating, types.WorkspaceStateTerminated:
				return nil
			}
			return p.finish(ctx, s, out, p.workspace(s, &w), p.workspaces, w.WorkspaceId)
		})
	})
}

// workspace makes an observation of a WorkSpace. AWS starts and stops it as its user comes and goes.
func (p *workSpacesProjectors) workspace(s *session, w *types.Workspace) *audit.Observation {
	o := &audit.Observation{
		Type: "workspaces_workspace", ExternalID: workSpacesARN(s, "workspace", w.WorkspaceId),
		Name: cmp.Or(aws.ToString(w.WorkspaceName), aws.ToString(w.UserName)), Config: p.workspaces.Project(w),
		Facts: object{"ComputerName": w.ComputerName, "IpAddress": w.IpAddress, "State": told(w.State), "SubnetId": w.SubnetId},
	}
	if w.WorkspaceProperties != nil {
		protocols := slices.Clone(w.WorkspaceProperties.Protocols)
		slices.Sort(protocols)
		o.Facts["OperatingSystemName"], o.Facts["Protocols"] = told(w.WorkspaceProperties.OperatingSystemName), protocols
	}
	if w.State == types.WorkspaceStateStopped {
		o.Status = audit.ResourceStopped
	}
	return o
}

func (p *workSpacesProjectors) collectDirectories(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := workSpacesClient(s).DescribeWorkspaceDirectories(ctx, &workspaces.DescribeWorkspaceDirectoriesInput{
			Limit: aws.Int32(workSpacesPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		ids := map[*audit.Observation]string{}
		var personal, pools []*audit.Observation
		for i := range page.Directories {
			d := &page.Directories[i]
			o := p.directory(s, d)
			switch {
			case d.State == types.WorkspaceDirectoryStateDeregistering, d.State == types.WorkspaceDirectoryStateDeregistered:
			case out.Done(o.Type, o.ExternalID):
			case d.WorkspaceType == types.WorkspaceTypePools: // of which clients remember nothing
				pools, ids[o] = append(pools, o), aws.ToString(d.DirectoryId)
			default:
				personal, ids[o] = append(personal, o), aws.ToString(d.DirectoryId)
			}
		}
		personal, err = s.batch(ctx, personal, []string{"ClientProperties"}, func(ctx context.Context, some []*audit.Observation) error {
			return p.readClientProperties(ctx, s, some, ids)
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, slices.Concat(personal, pools), func(ctx context.Context, o *audit.Observation) error {
			return p.finish(ctx, s, out, o, p.directories, aws.String(ids[o]))
		})
	})
}

// directory makes an observation of a directory that is registered with WorkSpaces. Its registration code, by which
// clients find it, isn't kept.
func (p *workSpacesProjectors) directory(s *session, d *types.WorkspaceDirectory) *audit.Observation {
	return &audit.Observation{
		Type: "workspaces_directory", ExternalID: workSpacesARN(s, "directory", d.DirectoryId),
		Name: cmp.Or(aws.ToString(d.WorkspaceDirectoryName), aws.ToString(d.DirectoryName)), Config: p.directories.Project(d),
		Facts: object{
			"Alias": d.Alias, "CustomerUserName": d.CustomerUserName, "DirectoryName": d.DirectoryName, "DirectoryType": told(d.DirectoryType),
			"DnsIpAddresses": slices.Sorted(slices.Values(d.DnsIpAddresses)), "IamRoleId": d.IamRoleId, "State": told(d.State),
			"WorkspaceSecurityGroupId": d.WorkspaceSecurityGroupId,
		},
	}
}

func (p *workSpacesProjectors) readClientProperties(
	ctx context.Context, s *session, some []*audit.Observation, ids map[*audit.Observation]string,
) error {
	byID := make(map[string]*audit.Observation, len(some))
	asked := make([]string, 0, len(some))
	for _, o := range some {
		byID[ids[o]] = o
		asked = append(asked, ids[o])
	}
	got, err := workSpacesClient(s).DescribeClientProperties(ctx, &workspaces.DescribeClientPropertiesInput{ResourceIds: asked})
	if err != nil {
		return err
	}
	for _, c := range got.ClientPropertiesList {
		if o := byID[aws.ToString(c.ResourceId)]; o != nil {
			o.Config["ClientProperties"] = p.directories.ProjectAt("ClientProperties", c.ClientProperties)
		}
	}
	return nil
}

func (p *workSpacesProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := workSpacesClient(s).DescribeIpGroups(ctx, &workspaces.DescribeIpGroupsInput{
			MaxResults: aws.Int32(workSpacesPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Result, func(ctx context.Context, g types.WorkspacesIpGroup) error {
			return p.finish(ctx, s, out, &audit.Observation{
				Type: "workspaces_ip_group", ExternalID: workSpacesARN(s, "workspaceipgroup", g.GroupId), Name: aws.ToString(g.GroupName),
				Config: p.groups.Project(g),
			}, p.groups, g.GroupId)
		})
	})
}

// finish reads a resource's tags, which no listing tells, and hands it over.
func (p *workSpacesProjectors) finish(
	ctx context.Context, s *session, out inventory.Emitter, o *audit.Observation, projector *shape.Projector, id *string,
) error {
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	if o.ExternalID != "" {
		err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
			got, err := workSpacesClient(s).DescribeTags(ctx, &workspaces.DescribeTagsInput{ResourceId: id})
			if err == nil {
				o.Config["Tags"] = projector.ProjectAt("Tags", got.TagList)
			}
			return goneIf(err, "ResourceNotFoundException")
		})
		if err != nil {
			return err
		}
	}
	return s.emit(ctx, out, o)
}

// workSpacesARN makes the ARN, which the API answers of nothing (Service Authorization Reference, "Resource types defined
// by Amazon WorkSpaces"); "" where there is no id.
func workSpacesARN(s *session, kind string, id *string) string {
	if aws.ToString(id) == "" {
		return ""
	}
	return s.arn("workspaces", kind+"/"+*id)
}
