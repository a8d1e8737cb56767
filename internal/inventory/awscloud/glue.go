package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	glueCatalog    = "glue_data_catalog_encryption_settings"
	glueConnection = "glue_connection"
	glueCrawler    = "glue_crawler"
	glueEndpoint   = "glue_dev_endpoint"
	glueJob        = "glue_job"
	glueSecurity   = "glue_security_configuration"
	glueTransform  = "glue_ml_transform"

	actionGlueTags = "glue:GetTags"
	// gluePage is the most that Glue returns at once.
	gluePage = 1000
)

// glueCollector reads AWS Glue (Glue API reference): what runs, how it connects, and how the catalog is encrypted. What the
// catalog lists is data.
func glueCollector() *collector {
	p := &glueProjectors{
		connections: projectorOf(glueConnection, nil),
		crawlers:    projectorOf(glueCrawler, nil),
		jobs:        projectorOf(glueJob, nil),
		catalogs:    projectorOf(glueCatalog, map[string]string{"ConnectionPasswordEncryption.AwsKmsKeyId": "KmsKeyId"}),
		endpoints:   projectorOf(glueEndpoint, nil),
		transforms:  projectorOf(glueTransform, map[string]string{"MLTransform.Parameters": "TransformParameters", "MLTransform.InputRecordTables": ""}),
		securities:  projectorOf(glueSecurity, map[string]string{"EncryptionConfiguration.S3Encryption": "S3Encryptions"}),
	}
	tagged := func(typ, action, of string, collect func(context.Context, *session, inventory.Emitter) error) listing {
		return listing{
			types: []string{typ}, actions: []string{"glue:" + action, actionGlueTags}, page: gluePage,
			each: []each{{action: actionGlueTags, of: of, because: "`" + action + "` leaves tags out"}}, collect: collect,
		}
	}
	tags := map[string][]string{}
	for _, typ := range []string{glueConnection, glueCrawler, glueEndpoint, glueJob, glueTransform} {
		tags[typ] = []string{"Tags"}
	}
	return &collector{
		service: "glue",
		listings: []listing{
			tagged(glueConnection, "GetConnections", "connection", p.collectConnections),
			tagged(glueCrawler, "GetCrawlers", "crawler", p.collectCrawlers),
			tagged(glueJob, "GetJobs", "job", p.collectJobs),
			tagged(glueEndpoint, "GetDevEndpoints", "development endpoint", p.collectEndpoints),
			tagged(glueTransform, "GetMLTransforms", "machine learning transform", p.collectTransforms),
			{types: []string{glueSecurity}, actions: []string{"glue:GetSecurityConfigurations"}, page: gluePage, collect: p.collectSecurities},
			{types: []string{glueCatalog}, actions: []string{"glue:GetDataCatalogEncryptionSettings"}, collect: p.collectCatalog},
		},
		events: map[string]map[string][]string{
			"PutDataCatalogEncryptionSettings": {glueCatalog: {"DataCatalogEncryptionSettings"}},
			"UpdateCrawlerSchedule":            {glueCrawler: {"Schedule"}},
			"TagResource":                      tags,
			"UntagResource":                    tags,
		},
	}
}

func glueClient(s *session) *glue.Client {
	return client(s, func(c aws.Config) *glue.Client { return glue.NewFromConfig(c) })
}

// glueProjectors turn the answers of the Glue API into configurations.
type glueProjectors struct {
	connections, crawlers, jobs, catalogs, endpoints, transforms, securities *shape.Projector
}

// glueARN names a resource as the Service Authorization Reference does; "" where the answer names none.
func glueARN(s *session, kind string, name *string) string {
	if aws.ToString(name) == "" {
		return ""
	}
	return s.arn("glue", kind+"/"+*name)
}

// emitGlue reads a resource's tags, which no listing tells, and hands it over.
func emitGlue(ctx context.Context, s *session, out inventory.Emitter, o *audit.Observation) error {
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	if o.ExternalID != "" {
		err := ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"EntityNotFoundException"}}, glueClient(s).GetTags,
			&glue.GetTagsInput{ResourceArn: &o.ExternalID}, func(got *glue.GetTagsOutput) { o.Config["Tags"], o.Tags = got.Tags, got.Tags })
		if err != nil {
			return err
		}
	}
	return s.emit(ctx, out, o)
}

// collectCatalog reads how the region's data catalog is encrypted. The settings are no resource of AWS's: their external id
// is "arn:aws:glue:<region>:<account>:data-catalog-encryption-settings".
func (p *glueProjectors) collectCatalog(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := glueClient(s).GetDataCatalogEncryptionSettings(ctx, &glue.GetDataCatalogEncryptionSettingsInput{})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, &audit.Observation{
		Type: glueCatalog, ExternalID: s.arn("glue", "data-catalog-encryption-settings"), Config: object{
			"CatalogId":                     s.account,
			"DataCatalogEncryptionSettings": p.catalogs.ProjectAt("DataCatalogEncryptionSettings", got.DataCatalogEncryptionSettings),
		},
	})
}

// collectSecurities reads the security configurations, which have no ARN: their external id is
// "arn:aws:glue:<region>:<account>:securityConfiguration/<name>".
func (p *glueProjectors) collectSecurities(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glueClient(s).GetSecurityConfigurations(ctx, &glue.GetSecurityConfigurationsInput{
			MaxResults: aws.Int32(gluePage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, c := range page.SecurityConfigurations {
			err := s.emit(ctx, out, &audit.Observation{
				Type: glueSecurity, ExternalID: glueARN(s, "securityConfiguration", c.Name), Name: aws.ToString(c.Name),
				Config: p.securities.Project(c), Facts: object{"CreatedTimeStamp": c.CreatedTimeStamp},
			})
			if err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}
