//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// dmsOfMoto makes endpoints alone: of instances and tasks moto writes times that the SDK doesn't read.
func dmsOfMoto() motoService {
	return motoService{
		service: "dms", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			s, ctx, api := aws.String, t.Context(), dms.NewFromConfig(e.plainConfig())
			tags := []types.Tag{{Key: s("env"), Value: s("prod")}}
			var endpoints []string
			for name, kind := range map[string]types.ReplicationEndpointTypeValue{
				"from": types.ReplicationEndpointTypeValueSource, "to": types.ReplicationEndpointTypeValueTarget,
			} {
				made := must(api.CreateEndpoint(ctx, &dms.CreateEndpointInput{
					EndpointIdentifier: s(name), EndpointType: kind, EngineName: s("mysql"), ServerName: s("db.example"), Port: aws.Int32(3306),
					Username: s("root"), Password: s("hunter2"), Tags: tags,
				}))(t)
				endpoints = append(endpoints, *made.Endpoint.EndpointArn)
			}
			return map[string][]string{dmsEndpoint: endpoints}
		},
	}
}
