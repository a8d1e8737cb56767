package deploytest

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Cloud is what plays AWS on this machine.
type Cloud struct {
	DynamoDB string // endpoint of DynamoDB Local
	Moto     string // endpoint of moto, for everything else
}

// accessKey is who deploys. DynamoDB Local keeps the tables of each access key apart, so whoever uses them has to be it.
const accessKey = "deployer"

// Deploy makes what the template declares and this machine can play: tables, queues, bucket, keys and topics. The rest is
// named, as by Plan. What was made lasts as long as moto and DynamoDB Local do. Name tells the stack from others.
func (ts Templates) Deploy(ctx context.Context, c Cloud, name string, parameters ...string) (*Stack, error) {
	return newStack(name, ts, "", values(parameters), pseudoParameters(), func(name string, r Resource) (Made, error) {
		return c.deploy(ctx, name, r)
	})
}

func (c Cloud) deploy(ctx context.Context, name string, r Resource) (Made, error) {
	switch r.Type {
	case "AWS::DynamoDB::Table":
		return c.table(ctx, name, r)
	case "AWS::SQS::Queue":
		return c.queue(ctx, name, r)
	case "AWS::S3::Bucket":
		return c.bucket(ctx, strings.ToLower(name), r)
	case "AWS::KMS::Key":
		return c.key(ctx, r)
	case "AWS::SNS::Topic":
		out, err := sns.New(sns.Options{BaseEndpoint: &c.Moto, Region: Region, Credentials: deployer()}).
			CreateTopic(ctx, &sns.CreateTopicInput{Name: &name})
		if err != nil {
			return Made{}, err
		}
		return Made{Ref: aws.ToString(out.TopicArn)}, nil
	}
	return named(name, r)
}

func deployer() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(accessKey, "secret", "")
}

// tableWait is how long a table may take to become active.
const tableWait = time.Minute

func (c Cloud) table(ctx context.Context, name string, r Resource) (Made, error) {
	var p struct {
		AttributeDefinitions    []ddbtypes.AttributeDefinition
		KeySchema               []ddbtypes.KeySchemaElement
		GlobalSecondaryIndexes  []ddbtypes.GlobalSecondaryIndex
		BillingMode             ddbtypes.BillingMode
		TimeToLiveSpecification *ddbtypes.TimeToLiveSpecification
	}
	if err := convert(r.Properties, &p); err != nil {
		return Made{}, err
	}
	client := dynamodb.New(dynamodb.Options{BaseEndpoint: &c.DynamoDB, Region: Region, Credentials: deployer()})
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &name, AttributeDefinitions: p.AttributeDefinitions, KeySchema: p.KeySchema,
		GlobalSecondaryIndexes: p.GlobalSecondaryIndexes, BillingMode: p.BillingMode,
	})
	if err != nil {
		return Made{}, err
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, time.Second
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, tableWait); err != nil {
		return Made{}, err
	}
	if p.TimeToLiveSpecification != nil {
		_, err = client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: &name, TimeToLiveSpecification: p.TimeToLiveSpecification,
		})
	}
	if err != nil {
		return Made{}, err
	}
	// The ARN is AWS's, not DynamoDB Local's, so that policies can be held against it.
	return named(name, r)
}

func (c Cloud) queue(ctx context.Context, name string, r Resource) (Made, error) {
	attributes := map[string]string{}
	for property, value := range r.Properties {
		switch value := value.(type) {
		case map[string]any: // the redrive policy
			b, err := json.Marshal(value)
			if err != nil {
				return Made{}, err
			}
			attributes[property] = string(b)
		case []any: // tags
		default:
			attributes[property] = scalar(value)
		}
	}
	client := sqs.New(sqs.Options{BaseEndpoint: &c.Moto, Region: Region, Credentials: deployer()})
	made, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		return Made{}, err
	}
	arn := sqstypes.QueueAttributeNameQueueArn
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: made.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{arn},
	})
	if err != nil {
		return Made{}, err
	}
	return Made{
		Ref: aws.ToString(made.QueueUrl), Attributes: map[string]string{"Arn": out.Attributes[string(arn)], "QueueName": name},
	}, nil
}

func (c Cloud) bucket(ctx context.Context, name string, r Resource) (Made, error) {
	client := s3.New(s3.Options{BaseEndpoint: &c.Moto, Region: Region, Credentials: deployer(), UsePathStyle: true})
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
		return Made{}, err
	}
	var p struct{ VersioningConfiguration struct{ Status string } }
	if err := convert(r.Properties, &p); err != nil {
		return Made{}, err
	}
	if p.VersioningConfiguration.Status != "" {
		_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &s3types.VersioningConfiguration{
				Status: s3types.BucketVersioningStatus(p.VersioningConfiguration.Status),
			},
		})
		if err != nil {
			return Made{}, err
		}
	}
	return named(name, r)
}

func (c Cloud) key(ctx context.Context, r Resource) (Made, error) {
	out, err := kms.New(kms.Options{BaseEndpoint: &c.Moto, Region: Region, Credentials: deployer()}).
		CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String(scalar(r.Properties["Description"]))})
	if err != nil {
		return Made{}, err
	}
	return Made{
		Ref:        aws.ToString(out.KeyMetadata.KeyId),
		Attributes: map[string]string{"Arn": aws.ToString(out.KeyMetadata.Arn)},
	}, nil
}

// DeadLetters is the URL of the dead-letter queue of a queue, "" when it has none.
func (s *Stack) DeadLetters(queueARN string) string {
	for _, stack := range append([]*Stack{s}, nestedStacks(s)...) {
		for id, made := range stack.made {
			r := stack.Resources[id]
			if r.Type != "AWS::SQS::Queue" || made.Attributes["Arn"] != queueARN {
				continue
			}
			policy, _ := r.Properties["RedrivePolicy"].(map[string]any)
			target, _ := policy["deadLetterTargetArn"].(string)
			url, _ := s.queueURL(target)
			return url
		}
	}
	return ""
}

func nestedStacks(s *Stack) []*Stack {
	var out []*Stack
	for nested := range maps.Values(s.Nested) {
		out = append(append(out, nested), nestedStacks(nested)...)
	}
	return out
}
