package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	athenaWorkGroup = "athena_workgroup"
	athenaCatalog   = "athena_data_catalog"

	actionAthenaTags     = "athena:ListTagsForResource"
	actionGetWorkGroup   = "athena:GetWorkGroup"
	actionGetDataCatalog = "athena:GetDataCatalog"
	// athenaPage is the most that Athena lists at once.
	athenaPage = 50
	// awsDataCatalog is the catalog that every region has, and that nobody can change.
	awsDataCatalog = "AwsDataCatalog"
)

var (
	// athenaGroupDescribed and athenaCatalogDescribed are what GetWorkGroup and GetDataCatalog tell.
	athenaGroupDescribed   = []string{"EnableMinimumEncryptionConfiguration", "WorkGroupConfiguration"}
	athenaCatalogDescribed = []string{"Description", "Parameters"}
)

// athenaCollector reads Amazon Athena (Athena API reference).
func athenaCollector() *collector {
	p := &athenaProjectors{groups: projectorOf(athenaWorkGroup, nil), catalogs: projectorOf(athenaCatalog, nil)}
	tags := map[string][]string{athenaWorkGroup: {"Tags"}, athenaCatalog: {"Tags"}}
	return &collector{
		service: "athena",
		listings: []listing{
			{
				types: []string{athenaWorkGroup}, actions: []string{"athena:ListWorkGroups", actionGetWorkGroup, actionAthenaTags}, page: athenaPage,
				each: []each{
					{action: actionGetWorkGroup, of: "work group", because: "`ListWorkGroups` tells names and states"},
					{action: actionAthenaTags, of: "work group", because: "no other call tells tags"},
				},
				collect: p.collectGroups,
			},
			{
				types: []string{athenaCatalog}, actions: []string{"athena:ListDataCatalogs", actionGetDataCatalog, actionAthenaTags}, page: athenaPage,
				each: []each{
					{action: actionGetDataCatalog, of: "data catalog other than AWS's", because: "`ListDataCatalogs` tells names and types"},
					{action: actionAthenaTags, of: "data catalog other than AWS's", because: "no other call tells tags"},
				},
				collect: p.collectCatalogs,
			},
		},
		events: map[string]map[string][]string{
			"UpdateDataCatalog": {athenaCatalog: {"Description", "Parameters", "Type"}},
			"TagResource":       tags,
			"UntagResource":     tags,
		},
	}
}

func athenaClient(s *session) *athena.Client {
	return client(s, func(c aws.Config) *athena.Client { return athena.NewFromConfig(c) })
}

// athenaProjectors turn the answers of the Athena API into configurations.
type athenaProjectors struct{ groups, catalogs *shape.Projector }

func (p *athenaProjectors) collectGroups(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := athenaClient(s).ListWorkGroups(ctx, &athena.ListWorkGroupsInput{MaxResults: aws.Int32(athenaPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.WorkGroups, func(ctx context.Context, g types.WorkGroupSummary) error {
			o := &audit.Observation{
				Type: athenaWorkGroup, ExternalID: athenaARN(s, "workgroup", g.Name), Name: aws.ToString(g.Name),
				Config: object{"Description": g.Description, "Name": g.Name, "State": told(g.State)},
				Facts:  object{"CreationTime": g.CreationTime, "IdentityCenterApplicationArn": g.IdentityCenterApplicationArn},
			}
			if g.State == types.WorkGroupStateDisabled {
				o.Status = audit.ResourceStopped
			}
			if g.EngineVersion != nil { // of one that is chosen automatically AWS raises the version
				o.Facts["EffectiveEngineVersion"] = g.EngineVersion.EffectiveEngineVersion
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			return p.emit(ctx, s, out, p.groups, o, func(ctx context.Context) error {
				// A work group that isn't there is an invalid request.
				return ask(ctx, s, o, aside{paths: athenaGroupDescribed, gone: []string{"InvalidRequestException"}}, athenaClient(s).GetWorkGroup,
					&athena.GetWorkGroupInput{WorkGroup: g.Name}, func(got *athena.GetWorkGroupOutput) {
						if got.WorkGroup != nil && got.WorkGroup.Configuration != nil {
							c := got.WorkGroup.Configuration
							o.Config["WorkGroupConfiguration"] = p.groups.ProjectAt("WorkGroupConfiguration", c)
							o.Config["EnableMinimumEncryptionConfiguration"] = c.EnableMinimumEncryptionConfiguration
						}
					})
			})
		})
	})
}

func (p *athenaProjectors) collectCatalogs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := athenaClient(s).ListDataCatalogs(ctx, &athena.ListDataCatalogsInput{MaxResults: aws.Int32(athenaPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.DataCatalogsSummary, func(ctx context.Context, c types.DataCatalogSummary) error {
			o := &audit.Observation{
				Type: athenaCatalog, ExternalID: athenaARN(s, "datacatalog", c.CatalogName), Name: aws.ToString(c.CatalogName),
				Config: object{"ConnectionType": told(c.ConnectionType), "Name": c.CatalogName, "Type": told(c.Type)},
				Facts:  object{"Error": c.Error, "Status": told(c.Status)},
			}
			switch {
			case o.Name == awsDataCatalog, c.Status == types.DataCatalogStatusDeleteInProgress, c.Status == types.DataCatalogStatusDeleteComplete,
				out.Done(o.Type, o.ExternalID):
				return nil
			}
			return p.emit(ctx, s, out, p.catalogs, o, func(ctx context.Context) error {
				return ask(ctx, s, o, aside{paths: athenaCatalogDescribed, gone: []string{"InvalidRequestException"}}, athenaClient(s).GetDataCatalog,
					&athena.GetDataCatalogInput{Name: c.CatalogName}, func(got *athena.GetDataCatalogOutput) {
						if d := got.DataCatalog; d != nil {
							o.Config["Description"], o.Config["Parameters"] = d.Description, d.Parameters
						}
					})
			})
		})
	})
}

// athenaARN names a resource as the Service Authorization Reference does; "" where the answer names none.
func athenaARN(s *session, kind string, name *string) string {
	if aws.ToString(name) == "" {
		return ""
	}
	return s.arn("athena", kind+"/"+*name)
}

// emit reads what the listing leaves out, which describe and the tags tell, and hands the resource over.
func (*athenaProjectors) emit(
	ctx context.Context, s *session, out inventory.Emitter, p *shape.Projector, o *audit.Observation, describe func(context.Context) error,
) error {
	if o.ExternalID == "" {
		return s.emit(ctx, out, o)
	}
	if err := describe(ctx); err != nil {
		return err
	}
	err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := athenaClient(s).ListTagsForResource(ctx, &athena.ListTagsForResourceInput{ResourceARN: &o.ExternalID, NextToken: token})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Tags"] = p.ProjectAt("Tags", tags)
		}
		return goneIf(err, "ResourceNotFoundException")
	})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}
