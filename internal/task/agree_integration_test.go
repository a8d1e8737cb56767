//go:build integration

package task_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	cbtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// oneRegion has an account of moto's, which enables all regions, enable one, so that reading it is short.
type oneRegion struct{}

func (oneRegion) RoundTrip(r *http.Request) (*http.Response, error) {
	if awsmiddleware.GetOperationName(r.Context()) != "DescribeRegions" {
		return http.DefaultTransport.RoundTrip(r)
	}
	const body = "<DescribeRegionsResponse><regionInfo><item><regionName>" + motoserver.Region +
		"</regionName></item></regionInfo></DescribeRegionsResponse>"
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

func TestAScanAndTheServerAgreeOnSecretsInTheOpen(t *testing.T) {
	var moto motoserver.Server
	t.Cleanup(moto.Stop)
	endpoint := moto.Endpoint(t)
	plantSecrets(t, aws.Config{
		Region: motoserver.Region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	})
	said := agree(t, func(audit.Provider) (inventory.Account, error) {
		return awscloud.Open(t.Context(), awsaccess.Options{
			Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"},
			Account:     motoserver.Account, HomeRegion: motoserver.Region, Endpoint: endpoint, HTTPClient: &http.Client{Transport: oneRegion{}},
			Services: []string{"lambda", "ecs", "codebuild", "cloudformation", "ec2", "s3", "iam"},
			Limits:   awsaccess.Limits{Rate: 1e6, Burst: 1e6, LookupRate: 1e6, Attempts: 1, Backoff: time.Millisecond},
		})
	})
	for rule, resource := range map[string]string{
		"lambda-environment-no-secrets": "function:leaky", "ecs-task-definition-environment-no-secrets": "task-definition/leaky",
	} {
		lines := said[rule]
		if len(lines) != 2 || !strings.Contains(lines[1], resource) || !strings.Contains(lines[1], "failed") || !strings.Contains(lines[0], "Passed:1") {
			t.Errorf("%s: %q", rule, lines)
		}
		if strings.Contains(strings.Join(lines, ""), "hunter2") {
			t.Errorf("%s tells the secret: %q", rule, lines)
		}
	}
}

// plantSecrets makes what may have secrets in the open, each once with one and once with what says where it is kept.
func plantSecrets(t *testing.T, cfg aws.Config) {
	t.Helper()
	const kept = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db"
	ctx := t.Context()
	try := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	try(iam.NewFromConfig(cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: new("f"), AssumeRolePolicyDocument: new(`{"Statement":[]}`)}))
	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	try(archive.Create("app.py"))
	try(nil, archive.Close())
	for name, password := range map[string]string{"leaky": "hunter2", "sound": kept} {
		try(lambda.NewFromConfig(cfg).CreateFunction(ctx, &lambda.CreateFunctionInput{
			FunctionName: &name, Role: new("arn:aws:iam::123456789012:role/f"), Runtime: lambdatypes.RuntimePython313, Handler: new("app.run"),
			Code:        &lambdatypes.FunctionCode{ZipFile: code.Bytes()},
			Environment: &lambdatypes.Environment{Variables: map[string]string{"LEVEL": "info", "DB_PASSWORD": password}},
		}))
		try(ecs.NewFromConfig(cfg).RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
			Family: &name, ContainerDefinitions: []ecstypes.ContainerDefinition{{
				Name: new("web"), Image: new("nginx:1"), Memory: new(int32(128)),
				Environment: []ecstypes.KeyValuePair{{Name: new("DB_PASSWORD"), Value: &password}},
			}},
		}))
		try(codebuild.NewFromConfig(cfg).CreateProject(ctx, &codebuild.CreateProjectInput{
			Name: new(name + "-build"), ServiceRole: new("arn:aws:iam::123456789012:role/f"),
			Source: &cbtypes.ProjectSource{Type: cbtypes.SourceTypeS3, Location: new("code/app.zip")}, Artifacts: &cbtypes.ProjectArtifacts{Type: cbtypes.ArtifactsTypeNoArtifacts},
			Environment: &cbtypes.ProjectEnvironment{
				Type: cbtypes.EnvironmentTypeLinuxContainer, Image: new("aws/codebuild/standard:7.0"), ComputeType: cbtypes.ComputeTypeBuildGeneral1Small,
				EnvironmentVariables: []cbtypes.EnvironmentVariable{{Name: new("DB_PASSWORD"), Value: &password}},
			},
		}))
		try(ec2.NewFromConfig(cfg).CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
			LaunchTemplateName: &name, LaunchTemplateData: &ec2types.RequestLaunchTemplateData{
				UserData: new(base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\nexport DB_PASSWORD=" + password + "\n"))),
			},
		}))
		try(cloudformation.NewFromConfig(cfg).CreateStack(ctx, &cloudformation.CreateStackInput{
			StackName: &name, TemplateBody: new(`{"Resources":{"T":{"Type":"AWS::SNS::Topic"}},"Outputs":{"DbPassword":{"Value":"` + password + `"}}}`),
		}))
	}
	try(s3.NewFromConfig(cfg).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("reports")}))
}
