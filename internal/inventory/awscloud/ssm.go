package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// ssmPageSize is the most that Systems Manager returns at once.
const ssmPageSize = 50

// ssmCollector reads AWS Systems Manager (Systems Manager API reference): parameters without their values, the
// account's own documents with whom they are shared with, and the machines that it manages.
func ssmCollector() *collector {
	p := &ssmProjectors{
		projectorOf("ssm_parameter", map[string]string{"ParameterMetadata.Policies": ""}), // see parameter
		projectorOf("ssm_document", nil),
		projectorOf("ssm_managed_instance", nil),
	}
	document := func(paths ...string) map[string][]string { return map[string][]string{"ssm_document": paths} }
	tags := map[string][]string{"ssm_document": {"Tags"}, "ssm_parameter": {"Tags"}}
	return &collector{
		service: "ssm",
		listings: []listing{
			{
				types:   []string{"ssm_parameter"},
				actions: []string{"ssm:DescribeParameters", "ssm:ListTagsForResource"},
				page:    ssmPageSize,
				each:    []each{{action: "ssm:ListTagsForResource", of: "parameter", because: "`DescribeParameters` leaves tags out"}},
				collect: p.collectParameters,
			},
			{
				types:   []string{"ssm_document"},
				actions: []string{"ssm:ListDocuments", "ssm:DescribeDocumentPermission"},
				page:    ssmPageSize,
				each:    []each{{action: "ssm:DescribeDocumentPermission", of: "own document", because: "`ListDocuments` leaves out whom they are shared with"}},
				collect: p.collectDocuments,
			},
			{
				types: []string{"ssm_managed_instance"}, actions: []string{"ssm:DescribeInstanceInformation"}, page: ssmPageSize,
				collect: p.collectInstances,
			},
		},
		events: map[string]map[string][]string{
			"AddTagsToResource":            tags,
			"ModifyDocumentPermission":     document("AccountIds"),
			"PutParameter":                 {"ssm_parameter": {"AllowedPattern", "DataType", "Description", "Policies", "Tags", "Tier", "Type"}},
			"RemoveTagsFromResource":       tags,
			"UpdateManagedInstanceRole":    {"ssm_managed_instance": {"IamRole"}},
			"UpdateDocument":               document("DisplayName", "DocumentFormat", "TargetType", "VersionName"),
			"UpdateDocumentDefaultVersion": document("DisplayName", "DocumentFormat", "Requires", "TargetType", "VersionName"),
		},
	}
}

func ssmClient(s *session) *ssm.Client {
	return client(s, func(c aws.Config) *ssm.Client { return ssm.NewFromConfig(c) })
}

// ssmProjectors turn the answers of the Systems Manager API into configurations.
type ssmProjectors struct{ parameters, documents, instances *shape.Projector }

func (p *ssmProjectors) collectParameters(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ssmClient(s).DescribeParameters(ctx, &ssm.DescribeParametersInput{MaxResults: aws.Int32(ssmPageSize), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Parameters, func(ctx context.Context, m types.ParameterMetadata) error {
			o := p.parameter(s, &m)
			if o.ExternalID != "" {
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := readParameterTags(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// parameter reads a parameter. Its policies are declared as a list in JSON; how far each has come is left out.
func (p *ssmProjectors) parameter(s *session, m *types.ParameterMetadata) *audit.Observation {
	c, name := p.parameters.Project(m), aws.ToString(m.Name)
	texts := make([]*string, 0, len(m.Policies))
	for i := range m.Policies {
		texts = append(texts, m.Policies[i].PolicyText)
	}
	if len(texts) > 0 {
		c["Policies"] = "[" + strings.Join(sortedTexts(texts), ",") + "]"
	}
	id := aws.ToString(m.ARN)
	if id == "" && name != "" {
		id = s.arn("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
	}
	return &audit.Observation{
		Type: "ssm_parameter", ExternalID: id, Name: name, Config: c,
		Facts: object{"KeyId": m.KeyId, "LastModifiedDate": m.LastModifiedDate, "LastModifiedUser": m.LastModifiedUser},
	}
}

func readParameterTags(ctx context.Context, s *session, o *audit.Observation) error {
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"InvalidResourceId"}}, ssmClient(s).ListTagsForResource,
		&ssm.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &o.Name},
		func(got *ssm.ListTagsForResourceOutput) {
			o.Tags = tagsOf(got.TagList)
			o.Config["Tags"] = o.Tags
		})
}

// collectDocuments reads the account's own documents.
func (p *ssmProjectors) collectDocuments(ctx context.Context, s *session, out inventory.Emitter) error {
	own := []types.DocumentKeyValuesFilter{{Key: aws.String("Owner"), Values: []string{"Self"}}}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := ssmClient(s).ListDocuments(ctx, &ssm.ListDocumentsInput{Filters: own, MaxResults: aws.Int32(ssmPageSize), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.DocumentIdentifiers, func(ctx context.Context, d types.DocumentIdentifier) error {
			o := &audit.Observation{
				Type: "ssm_document", Name: aws.ToString(d.Name), Config: p.documents.Project(&d),
				Facts: object{"CreatedDate": d.CreatedDate, "DocumentVersion": d.DocumentVersion, "SchemaVersion": d.SchemaVersion},
			}
			if o.Name != "" {
				o.ExternalID = s.arn("ssm", "document/"+o.Name)
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := readDocumentShares(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readDocumentShares reads which accounts may use the document; "all" is everyone.
func readDocumentShares(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"AccountIds"}, func(ctx context.Context) error {
		var accounts []string
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ssmClient(s).DescribeDocumentPermission(ctx, &ssm.DescribeDocumentPermissionInput{
				Name: &o.Name, PermissionType: types.DocumentPermissionTypeShare, MaxResults: aws.Int32(200), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, "InvalidDocument")
			}
			accounts = slices.Concat(accounts, page.AccountIds)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["AccountIds"] = accounts
		}
		return err
	})
}
