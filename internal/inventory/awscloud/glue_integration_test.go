//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func glueOfMoto() motoService {
	return motoService{
		service: "glue", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), glue.NewFromConfig(e.plainConfig())
			arn := "arn:aws:glue:" + motoserver.Region + ":" + motoserver.Account + ":"
			must(api.CreateConnection(ctx, &glue.CreateConnectionInput{ConnectionInput: &types.ConnectionInput{
				Name: s("db"), ConnectionType: types.ConnectionTypeJdbc,
				ConnectionProperties: map[string]string{"JDBC_CONNECTION_URL": "jdbc:mysql://h/d", "PASSWORD": "hunter2"},
			}}))(t)
			must(api.CreateCrawler(ctx, &glue.CreateCrawlerInput{
				Name: s("c"), Role: s("r"), DatabaseName: s("d"), Targets: &types.CrawlerTargets{S3Targets: []types.S3Target{{Path: s("s3://b")}}},
				Tags: map[string]string{"env": "prod"},
			}))(t)
			must(api.CreateJob(ctx, &glue.CreateJobInput{
				Name: s("j"), Role: s("r"), Command: &types.JobCommand{Name: s("glueetl"), ScriptLocation: s("s3://b/s.py")},
				DefaultArguments: map[string]string{"--password": "hunter2"},
			}))(t)
			must(api.CreateSecurityConfiguration(ctx, &glue.CreateSecurityConfigurationInput{
				Name: s("sc"), EncryptionConfiguration: &types.EncryptionConfiguration{
					S3Encryption: []types.S3Encryption{{S3EncryptionMode: types.S3EncryptionModeSses3}},
				},
			}))(t)
			must(api.CreateDevEndpoint(ctx, &glue.CreateDevEndpointInput{EndpointName: s("e"), RoleArn: s("arn:aws:iam::" + motoserver.Account + ":role/r")}))(t)
			transform := must(api.CreateMLTransform(ctx, &glue.CreateMLTransformInput{
				Name: s("m"), Role: s("r"), InputRecordTables: []types.GlueTable{{DatabaseName: s("d"), TableName: s("t")}},
				Parameters: &types.TransformParameters{
					TransformType: types.TransformTypeFindMatches, FindMatchesParameters: &types.FindMatchesParameters{PrimaryKeyColumnName: s("id")},
				},
			}))(t)
			return map[string][]string{
				glueEndpoint: {arn + "devEndpoint/e"}, glueTransform: {arn + "mlTransform/" + *transform.TransformId},
				glueConnection: {arn + "connection/db"}, glueCrawler: {arn + "crawler/c"}, glueJob: {arn + "job/j"},
				glueSecurity: {arn + "securityConfiguration/sc"}, glueCatalog: {arn + "data-catalog-encryption-settings"},
			}
		},
	}
}
