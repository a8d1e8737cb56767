//go:build integration

package controltest

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/glacier"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	kafkatypes "github.com/aws/aws-sdk-go-v2/service/kafka/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// policyRow is a row of a resource with a policy: one that lets everyone in, then one that lets the account in.
func policyRow(rule string, denied denial, make func(t *testing.T, w *world) string, put func(t *testing.T, w *world, policy *string), action string) row {
	return row{
		rules: []string{rule}, denied: []denial{denied},
		insecure: func(t *testing.T, w *world) []string {
			id := make(t, w)
			put(t, w, w.everyone(action))
			return []string{id}
		},
		secure: func(t *testing.T, w *world) { put(t, w, w.ours(action)) },
	}
}

func policyRows() []row {
	return append(storedPolicyRows(), []row{
		policyRow("sns-topic-not-public", detail("SNS GetTopicAttributes", "sns:GetTopicAttributes"),
			func(t *testing.T, w *world) string {
				return *must(sns.NewFromConfig(w.cfg).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("news")}))(t).TopicArn
			},
			func(t *testing.T, w *world, policy *string) {
				must(sns.NewFromConfig(w.cfg).SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
					TopicArn: new(w.arn("sns", "news")), AttributeName: new("Policy"), AttributeValue: policy,
				}))(t)
			}, "sns:Publish"),
		policyRow("sqs-queue-not-public", detail("SQS GetQueueAttributes", "sqs:GetQueueAttributes"),
			func(t *testing.T, w *world) string {
				w.state["url"] = *must(sqs.NewFromConfig(w.cfg).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("work")}))(t).QueueUrl
				return w.arn("sqs", "work")
			},
			func(t *testing.T, w *world, policy *string) {
				must(sqs.NewFromConfig(w.cfg).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
					QueueUrl: new(w.state["url"]), Attributes: map[string]string{"Policy": *policy},
				}))(t)
			}, "sqs:SendMessage"),
		policyRow("events-event-bus-not-public", listing("EventBridge ListEventBuses", "events:ListEventBuses"),
			func(t *testing.T, w *world) string {
				return *must(eventbridge.NewFromConfig(w.cfg).CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: new("orders")}))(t).EventBusArn
			},
			func(t *testing.T, w *world, policy *string) {
				api := eventbridge.NewFromConfig(w.cfg) // moto takes no policy but by its parts
				if w.state["put"] != "" {
					must(api.RemovePermission(t.Context(), &eventbridge.RemovePermissionInput{EventBusName: new("orders"), StatementId: new("s")}))(t)
				}
				w.state["put"] = "yes"
				principal := w.account
				if *policy == *w.everyone("events:PutEvents") {
					principal = "*"
				}
				must(api.PutPermission(t.Context(), &eventbridge.PutPermissionInput{
					EventBusName: new("orders"), StatementId: new("s"), Action: new("events:PutEvents"), Principal: &principal,
				}))(t)
			}, "events:PutEvents"),
		lambdaRow(), privateAPIRow(), openSearchRow(),
		policyRow("kms-key-not-public", detail("KMS GetKeyPolicy", "kms:GetKeyPolicy"),
			func(t *testing.T, w *world) string {
				key := must(kms.NewFromConfig(w.cfg).CreateKey(t.Context(), nil))(t).KeyMetadata
				w.state["key"] = *key.KeyId
				return *key.Arn
			},
			func(t *testing.T, w *world, policy *string) {
				must(kms.NewFromConfig(w.cfg).PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: new(w.state["key"]), PolicyName: new("default"), Policy: policy}))(t)
			}, "kms:*"),
	}...)
}

// storedPolicyRows are of what keeps data.
func storedPolicyRows() []row {
	return []row{
		policyRow("dynamodb-table-not-public", detail("DynamoDB GetResourcePolicy", "dynamodb:GetResourcePolicy"),
			func(t *testing.T, w *world) string {
				return *must(dynamodb.NewFromConfig(w.cfg).CreateTable(t.Context(), &dynamodb.CreateTableInput{
					TableName: new("orders"), BillingMode: dynamotypes.BillingModePayPerRequest,
					AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: new("id"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
					KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: new("id"), KeyType: dynamotypes.KeyTypeHash}},
				}))(t).TableDescription.TableArn
			},
			func(t *testing.T, w *world, policy *string) {
				must(dynamodb.NewFromConfig(w.cfg).PutResourcePolicy(t.Context(), &dynamodb.PutResourcePolicyInput{
					ResourceArn: new(w.arn("dynamodb", "table/orders")), Policy: policy,
				}))(t)
			}, "dynamodb:GetItem"),
		policyRow("ecr-repository-not-public", detail("ECR GetRepositoryPolicy", "ecr:GetRepositoryPolicy"),
			func(t *testing.T, w *world) string {
				return *must(ecr.NewFromConfig(w.cfg).CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: new("web")}))(t).Repository.RepositoryArn
			},
			func(t *testing.T, w *world, policy *string) {
				must(ecr.NewFromConfig(w.cfg).SetRepositoryPolicy(t.Context(), &ecr.SetRepositoryPolicyInput{RepositoryName: new("web"), PolicyText: policy}))(t)
			}, "ecr:BatchGetImage"),
		policyRow("efs-file-system-not-public", detail("EFS DescribeFileSystemPolicy", "elasticfilesystem:DescribeFileSystemPolicy"),
			func(t *testing.T, w *world) string {
				made := must(efs.NewFromConfig(w.cfg).CreateFileSystem(t.Context(), &efs.CreateFileSystemInput{CreationToken: new("home")}))(t)
				w.state["id"] = *made.FileSystemId
				return *made.FileSystemArn
			},
			func(t *testing.T, w *world, policy *string) {
				must(efs.NewFromConfig(w.cfg).PutFileSystemPolicy(t.Context(), &efs.PutFileSystemPolicyInput{FileSystemId: new(w.state["id"]), Policy: policy}))(t)
			}, "elasticfilesystem:ClientMount"),
		policyRow("kinesis-stream-not-public", detail("Kinesis GetResourcePolicy", "kinesis:GetResourcePolicy"),
			func(t *testing.T, w *world) string {
				must(kinesis.NewFromConfig(w.cfg).CreateStream(t.Context(), &kinesis.CreateStreamInput{StreamName: new("clicks"), ShardCount: new(int32(1))}))(t)
				return w.arn("kinesis", "stream/clicks")
			},
			func(t *testing.T, w *world, policy *string) {
				must(kinesis.NewFromConfig(w.cfg).PutResourcePolicy(t.Context(), &kinesis.PutResourcePolicyInput{
					ResourceARN: new(w.arn("kinesis", "stream/clicks")), Policy: policy,
				}))(t)
			}, "kinesis:GetRecords"),
		policyRow("secretsmanager-secret-not-public", detail("Secrets Manager GetResourcePolicy", "secretsmanager:GetResourcePolicy"),
			func(t *testing.T, w *world) string {
				made := must(secretsmanager.NewFromConfig(w.cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
					Name: new("db"), SecretString: new("hunter2"),
				}))(t)
				w.state["id"] = *made.ARN
				return *made.ARN
			},
			func(t *testing.T, w *world, policy *string) {
				must(secretsmanager.NewFromConfig(w.cfg).PutResourcePolicy(t.Context(), &secretsmanager.PutResourcePolicyInput{
					SecretId: new(w.state["id"]), ResourcePolicy: policy,
				}))(t)
			}, "secretsmanager:GetSecretValue"),
		policyRow("kafka-cluster-not-public", detail("Kafka GetClusterPolicy", "kafka:GetClusterPolicy"),
			func(t *testing.T, w *world) string {
				made := must(kafka.NewFromConfig(w.cfg).CreateClusterV2(t.Context(), &kafka.CreateClusterV2Input{
					ClusterName: new("clicks"), Serverless: &kafkatypes.ServerlessRequest{VpcConfigs: []kafkatypes.VpcConfig{{SubnetIds: []string{"subnet-1"}}}},
				}))(t)
				w.state["id"] = *made.ClusterArn
				return *made.ClusterArn
			},
			func(t *testing.T, w *world, policy *string) {
				in := &kafka.PutClusterPolicyInput{ClusterArn: new(w.state["id"]), Policy: policy}
				if version := w.state["version"]; version != "" {
					in.CurrentVersion = &version
				}
				w.state["version"] = *must(kafka.NewFromConfig(w.cfg).PutClusterPolicy(t.Context(), in))(t).CurrentVersion
			}, "kafka:CreateVpcConnection"),
		// moto has no policies of Glacier's vaults: their answers are written (Amazon Glacier API reference, "Get Vault Access Policy").
		policyRow("glacier-vault-not-public", detail("Glacier GetVaultAccessPolicy", "glacier:GetVaultAccessPolicy"),
			func(t *testing.T, w *world) string {
				must(glacier.NewFromConfig(w.cfg).CreateVault(t.Context(), &glacier.CreateVaultInput{AccountId: new("-"), VaultName: new("old")}))(t)
				return w.arn("glacier", "vaults/old")
			},
			func(t *testing.T, w *world, policy *string) {
				w.write("Glacier GetVaultAccessPolicy", jsonOf(t, map[string]any{"Policy": *policy}))
			}, "glacier:InitiateJob"),
		// Nor has it those of AWS Backup's vaults (AWS Backup API reference, "GetBackupVaultAccessPolicy").
		policyRow("backup-vault-not-public", detail("Backup GetBackupVaultAccessPolicy", "backup:GetBackupVaultAccessPolicy"),
			func(t *testing.T, w *world) string {
				w.write("Backup GetBackupVaultNotifications", `{"BackupVaultName":"main"}`)
				return *must(backup.NewFromConfig(w.cfg).CreateBackupVault(t.Context(), &backup.CreateBackupVaultInput{BackupVaultName: new("main")}))(t).BackupVaultArn
			},
			func(t *testing.T, w *world, policy *string) {
				w.write("Backup GetBackupVaultAccessPolicy", jsonOf(t, map[string]any{"BackupVaultName": "main", "Policy": *policy}))
			}, "backup:StartRestoreJob"),
	}
}

func lambdaRow() row {
	permission := func(t *testing.T, w *world, principal string) {
		must(lambda.NewFromConfig(w.cfg).AddPermission(t.Context(), &lambda.AddPermissionInput{
			FunctionName: new("orders"), StatementId: new("s"), Action: new("lambda:InvokeFunction"), Principal: &principal,
		}))(t)
	}
	return row{
		rules: []string{"lambda-policy-not-for-everyone"}, denied: []denial{detail("Lambda GetPolicy", "lambda:GetPolicy")},
		insecure: func(t *testing.T, w *world) []string {
			role := must(w.iam().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("f"), AssumeRolePolicyDocument: new(trusted)}))(t).Role
			var code bytes.Buffer
			archive := zip.NewWriter(&code)
			must(archive.Create("app.py"))(t)
			if err := archive.Close(); err != nil {
				t.Fatal(err)
			}
			f := must(lambda.NewFromConfig(w.cfg).CreateFunction(t.Context(), &lambda.CreateFunctionInput{
				FunctionName: new("orders"), Role: role.Arn, Runtime: lambdatypes.RuntimePython313, Handler: new("app.run"),
				Code: &lambdatypes.FunctionCode{ZipFile: code.Bytes()},
			}))(t)
			permission(t, w, "*")
			return []string{*f.FunctionArn}
		},
		secure: func(t *testing.T, w *world) {
			must(lambda.NewFromConfig(w.cfg).RemovePermission(t.Context(), &lambda.RemovePermissionInput{FunctionName: new("orders"), StatementId: new("s")}))(t)
			permission(t, w, w.account)
		},
	}
}

func privateAPIRow() row {
	return policyRow("apigateway-private-api-policy-bounded", listing("API Gateway GetRestApis", "apigateway:GET"),
		func(t *testing.T, w *world) string {
			api := must(apigateway.NewFromConfig(w.cfg).CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{
				Name: new("inside"), EndpointConfiguration: &resttypes.EndpointConfiguration{Types: []resttypes.EndpointType{resttypes.EndpointTypePrivate}},
			}))(t)
			w.state["id"] = *api.Id
			return "arn:aws:apigateway:us-east-1::/restapis/" + *api.Id
		},
		func(t *testing.T, w *world, policy *string) {
			must(apigateway.NewFromConfig(w.cfg).UpdateRestApi(t.Context(), &apigateway.UpdateRestApiInput{
				RestApiId:       new(w.state["id"]),
				PatchOperations: []resttypes.PatchOperation{{Op: resttypes.OpReplace, Path: new("/policy"), Value: policy}},
			}))(t)
		}, "execute-api:Invoke")
}

func openSearchRow() row {
	return policyRow("opensearch-domain-not-public", listing("OpenSearch DescribeDomains", "es:DescribeDomains"),
		func(t *testing.T, w *world) string {
			return *must(opensearch.NewFromConfig(w.cfg).CreateDomain(t.Context(), &opensearch.CreateDomainInput{
				DomainName: new("logs"), EngineVersion: new("OpenSearch_2.13"),
			}))(t).DomainStatus.ARN
		},
		func(t *testing.T, w *world, policy *string) {
			must(opensearch.NewFromConfig(w.cfg).UpdateDomainConfig(t.Context(), &opensearch.UpdateDomainConfigInput{
				DomainName: new("logs"), AccessPolicies: policy,
			}))(t)
		}, "es:ESHttp*")
}
