//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ds "github.com/aws/aws-sdk-go-v2/service/directoryservice"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func directoryServiceOfMoto() motoService {
	return motoService{
		service: "ds", region: motoserver.Region,
		uncalled: []string{"ds:DescribeLDAPSSettings"}, // which is of directories that moto doesn't make
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), ds.NewFromConfig(e.plainConfig())
			first, second := directoryInMoto(t, e, "ds-one.example.com"), directoryInMoto(t, e, "ds-two.example.com")
			must(api.AddTagsToResource(ctx, &ds.AddTagsToResourceInput{
				ResourceId: &first, Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}},
			}))(t)
			var arns []string
			for _, d := range must(api.DescribeDirectories(ctx, &ds.DescribeDirectoriesInput{}))(t).DirectoryDescriptions {
				arns = append(arns, "arn:aws:ds:"+motoserver.Region+":123456789012:directory/"+*d.DirectoryId)
			}
			if len(arns) < 2 {
				t.Errorf("moto has %v, without %s or %s", arns, first, second)
			}
			return map[string][]string{"directoryservice_directory": arns}
		},
	}
}
