package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// collectConnections reads the connections without their passwords.
func (p *glueProjectors) collectConnections(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glueClient(s).GetConnections(ctx, &glue.GetConnectionsInput{
			HidePassword: true, MaxResults: aws.Int32(gluePage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.ConnectionList, func(ctx context.Context, c types.Connection) error {
			for name := range c.ConnectionProperties {
				// Passwords are hidden; encrypted ones are other texts at every encryption.
				if strings.Contains(strings.ToUpper(name), "PASSWORD") {
					delete(c.ConnectionProperties, name)
				}
			}
			return emitGlue(ctx, s, out, &audit.Observation{
				Type: glueConnection, ExternalID: glueARN(s, "connection", c.Name), Name: aws.ToString(c.Name),
				Config: object{"CatalogId": s.account, "ConnectionInput": p.connections.ProjectAt("ConnectionInput", c)},
				Facts:  object{"CreationTime": c.CreationTime, "Status": told(c.Status)},
			})
		})
	})
}

func (p *glueProjectors) collectCrawlers(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glueClient(s).GetCrawlers(ctx, &glue.GetCrawlersInput{MaxResults: aws.Int32(gluePage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Crawlers, func(ctx context.Context, c types.Crawler) error {
			o := &audit.Observation{
				Type: glueCrawler, ExternalID: glueARN(s, "crawler", c.Name), Name: aws.ToString(c.Name), Config: p.crawlers.Project(c),
				Facts: object{"CreationTime": c.CreationTime},
			}
			if c.Schedule != nil {
				o.Facts["ScheduleState"] = told(c.Schedule.State)
			}
			return emitGlue(ctx, s, out, o)
		})
	})
}

func (p *glueProjectors) collectJobs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glueClient(s).GetJobs(ctx, &glue.GetJobsInput{MaxResults: aws.Int32(gluePage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Jobs, func(ctx context.Context, j types.Job) error {
			return emitGlue(ctx, s, out, &audit.Observation{
				Type: glueJob, ExternalID: glueARN(s, "job", j.Name), Name: aws.ToString(j.Name), Config: p.jobs.Project(j),
				Facts: object{"CreatedOn": j.CreatedOn},
			})
		})
	})
}

func (p *glueProjectors) collectEndpoints(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glueClient(s).GetDevEndpoints(ctx, &glue.GetDevEndpointsInput{MaxResults: aws.Int32(gluePage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.DevEndpoints, func(ctx context.Context, d types.DevEndpoint) error {
			if status := aws.ToString(d.Status); status == "TERMINATING" || status == "TERMINATED" {
				return nil
			}
			config := p.endpoints.Project(d)
			if d.NumberOfNodes == 0 { // of one that is told in workers
				delete(config, "NumberOfNodes")
			}
			return emitGlue(ctx, s, out, &audit.Observation{
				Type: glueEndpoint, ExternalID: glueARN(s, "devEndpoint", d.EndpointName), Name: aws.ToString(d.EndpointName),
				Config: config,
				Facts: object{
					"AvailabilityZone": d.AvailabilityZone, "CreatedTimestamp": d.CreatedTimestamp, "PublicAddress": d.PublicAddress, "Status": d.Status,
					"VpcId": d.VpcId,
				},
			})
		})
	})
}

func (p *glueProjectors) collectTransforms(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glueClient(s).GetMLTransforms(ctx, &glue.GetMLTransformsInput{MaxResults: aws.Int32(gluePage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Transforms, func(ctx context.Context, m types.MLTransform) error {
			if m.Status == types.TransformStatusTypeDeleting {
				return nil
			}
			o := &audit.Observation{
				Type: glueTransform, ExternalID: glueARN(s, "mlTransform", m.TransformId), Name: aws.ToString(m.Name), Config: p.transforms.Project(m),
				Facts: object{"CreatedOn": m.CreatedOn, "Status": told(m.Status)},
			}
			if len(m.InputRecordTables) > 0 {
				o.Config["InputRecordTables"] = object{"GlueTables": p.transforms.ProjectAt("InputRecordTables.GlueTables", m.InputRecordTables)}
			}
			return emitGlue(ctx, s, out, o)
		})
	})
}
