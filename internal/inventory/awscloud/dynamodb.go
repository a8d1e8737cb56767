package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// tableDescribed are the properties that come from DescribeTable.
var tableDescribed = []string{
	"AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "KeySchema",
	"LocalSecondaryIndexes", "OnDemandThroughput", "ProvisionedThroughput", "SSESpecification", "StreamSpecification", "TableClass",
	"VectorIndexes",
}

// dynamoDBCollector reads Amazon DynamoDB (DynamoDB API reference).
func dynamoDBCollector() *collector {
	p := &dynamoDBTables{projectorOf("dynamodb_table", nil)}
	table := func(paths ...string) map[string][]string { return map[string][]string{"dynamodb_table": paths} }
	return &collector{
		service: "dynamodb",
		listings: []listing{{
			types: []string{"dynamodb_table"},
			actions: []string{
				"dynamodb:ListTables", "dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive",
				"dynamodb:GetResourcePolicy", "dynamodb:ListTagsOfResource",
			},
			page: 100,
			each: eachOf("table", "`ListTables` tells names and nothing else",
				"dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive", "dynamodb:GetResourcePolicy", "dynamodb:ListTagsOfResource",
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"DeleteResourcePolicy":    table("ResourcePolicy"),
			"PutResourcePolicy":       table("ResourcePolicy"),
			"TagResource":             table("Tags"),
			"UntagResource":           table("Tags"),
			"UpdateContinuousBackups": table("PointInTimeRecoverySpecification"),
			"UpdateTable":             table(tableDescribed...),
			"UpdateTimeToLive":        table("TimeToLiveSpecification"),
		},
	}
}

func dynamoDBClient(s *session) *dynamodb.Client {
	return client(s, func(c aws.Config) *dynamodb.Client { return dynamodb.NewFromConfig(c) })
}

// dynamoDBTables turns the answers of the DynamoDB API into configurations.
type dynamoDBTables struct{ tables *shape.Projector }

// collect reads the tables. ListTables tells names and nothing else, and no call tells of more than one table.
func (p *dynamoDBTables) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := dynamoDBClient(s).ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(100), ExclusiveStartTableName: token})
		if err != nil {
			return nil, err
		}
		return page.LastEvaluatedTableName, forEach(ctx, s, page.TableNames, func(ctx context.Context, name string) error {
			o := &audit.Observation{Type: "dynamodb_table", Name: name, Config: object{"TableName": name}}
			if name != "" {
				o.ExternalID = s.arn("dynamodb", "table/"+name)
				if out.Done(o.Type, o.ExternalID) {
					return nil
				}
				if err := p.read(ctx, s, o); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// tableGone are the error codes for a table that doesn't exist.
var tableGone = []string{"ResourceNotFoundException", "TableNotFoundException"}

func (p *dynamoDBTables) read(ctx context.Context, s *session, o *audit.Observation) error {
	api, deleting := dynamoDBClient(s), false
	err := ask(ctx, s, o, aside{paths: tableDescribed, gone: tableGone}, api.DescribeTable,
		&dynamodb.DescribeTableInput{TableName: &o.Name}, func(got *dynamodb.DescribeTableOutput) {
			if got.Table != nil {
				p.describe(o, got.Table)
				deleting = got.Table.TableStatus == types.TableStatusDeleting
			}
		})
	if err != nil {
		return err
	}
	if deleting {
		return errGone
	}
	err = ask(ctx, s, o, aside{paths: []string{"PointInTimeRecoverySpecification"}, gone: tableGone}, api.DescribeContinuousBackups,
		&dynamodb.DescribeContinuousBackupsInput{TableName: &o.Name}, func(got *dynamodb.DescribeContinuousBackupsOutput) {
			if got.ContinuousBackupsDescription != nil {
				o.Config["PointInTimeRecoverySpecification"] = tableRecovery(got.ContinuousBackupsDescription.PointInTimeRecoveryDescription)
			}
		})
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{"TimeToLiveSpecification"}, gone: tableGone}, api.DescribeTimeToLive,
		&dynamodb.DescribeTimeToLiveInput{TableName: &o.Name}, func(got *dynamodb.DescribeTimeToLiveOutput) {
			o.Config["TimeToLiveSpecification"] = tableExpiry(got.TimeToLiveDescription)
		})
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{"ResourcePolicy"}, gone: tableGone}, api.GetResourcePolicy,
		&dynamodb.GetResourcePolicyInput{ResourceArn: &o.ExternalID}, func(got *dynamodb.GetResourcePolicyOutput) {
			o.Config["ResourcePolicy"] = object{"PolicyDocument": got.Policy}
		})
	if err != nil {
		return err
	}
	return p.readTags(ctx, s, o)
}

func (p *dynamoDBTables) readTags(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := dynamoDBClient(s).ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: &o.ExternalID, NextToken: token})
			if err != nil {
				return nil, goneIf(err, tableGone...)
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Tags"] = p.tables.ProjectAt("Tags", tags)
		}
		return err
	})
}

// describe takes what DescribeTable tells. A table that is billed on demand has a provisioned throughput of 0.
func (p *dynamoDBTables) describe(o *audit.Observation, d *types.TableDescription) {
	c := p.tables.Project(d)
	c["TableName"] = o.Name
	if b := d.BillingModeSummary; b != nil {
		c["BillingMode"] = b.BillingMode
		if b.BillingMode == types.BillingModePayPerRequest {
			delete(c, "ProvisionedThroughput")
			if indexes, ok := c["GlobalSecondaryIndexes"].([]any); ok {
				for _, index := range indexes {
					delete(index.(object), "ProvisionedThroughput")
				}
			}
		}
	}
	delete(c, "StreamSpecification")
	if st := d.StreamSpecification; st != nil && aws.ToBool(st.StreamEnabled) {
		c["StreamSpecification"] = object{"StreamViewType": st.StreamViewType}
	}
	if e := d.SSEDescription; e != nil && (e.Status == types.SSEStatusEnabled || e.Status == types.SSEStatusEnabling || e.Status == types.SSEStatusUpdating) {
		c["SSESpecification"] = object{"SSEEnabled": true, "SSEType": e.SSEType, "KMSMasterKeyId": e.KMSMasterKeyArn}
	}
	if d.TableClassSummary != nil {
		c["TableClass"] = d.TableClassSummary.TableClass
	}
	o.Config = c
	replicas := make([]*string, 0, len(d.Replicas))
	for i := range d.Replicas {
		replicas = append(replicas, d.Replicas[i].RegionName)
	}
	o.Facts = object{
		"TableId": d.TableId, "TableStatus": told(d.TableStatus), "CreationDateTime": d.CreationDateTime,
		"LatestStreamArn": d.LatestStreamArn, "ReplicaRegions": sortedTexts(replicas),
	}
}

// tableRecovery leaves out from when to when one can recover, which is another time at every reading.
func tableRecovery(d *types.PointInTimeRecoveryDescription) object {
	if d == nil || d.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled {
		return object{"PointInTimeRecoveryEnabled": false}
	}
	return object{"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": d.RecoveryPeriodInDays}
}

func tableExpiry(d *types.TimeToLiveDescription) object {
	if d == nil || d.AttributeName == nil {
		return nil
	}
	enabled := d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling
	return object{"AttributeName": d.AttributeName, "Enabled": enabled}
}
