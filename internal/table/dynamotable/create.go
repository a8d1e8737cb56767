package dynamotable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/infraudit/infraudit/internal/table"
)

// tableWait is how long CreateTables waits for one table to become active.
const tableWait = 2 * time.Minute

// CreateTables makes those tables that aren't there, with their indexes and expiry, billed by request, and waits for
// them: for tests and local development. In AWS, tables are the deployment template's.
func (db *DB) CreateTables(ctx context.Context) error {
	for _, s := range db.schemas {
		if err := db.createTable(ctx, s); err != nil {
			return fmt.Errorf("dynamotable: create table %s: %w", s.Name, err)
		}
	}
	return nil
}

func (db *DB) createTable(ctx context.Context, s table.Schema) error {
	name := aws.String(db.opts.Name(s.Name))
	_, err := db.client.CreateTable(ctx, createInput(s, name))
	var exists *types.ResourceInUseException
	switch {
	case errors.As(err, &exists):
		return nil
	case err != nil:
		return err
	}
	waiter := dynamodb.NewTableExistsWaiter(db.client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, 5*time.Second
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: name}, tableWait); err != nil {
		return err
	}
	_, err = db.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String(table.AttrTTL), Enabled: aws.Bool(true),
		},
	})
	return err
}

func createInput(s table.Schema, name *string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName: name, BillingMode: types.BillingModePayPerRequest,
		KeySchema: keySchema(table.AttrPK, table.AttrSK),
	}
	keys := map[string]bool{}
	key := func(attr string) {
		if !keys[attr] {
			keys[attr] = true
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
				AttributeName: aws.String(attr), AttributeType: types.ScalarAttributeTypeS,
			})
		}
	}
	key(table.AttrPK)
	key(table.AttrSK)
	for _, ix := range s.Indexes {
		key(ix.PK)
		key(ix.SK)
		projection := &types.Projection{ProjectionType: types.ProjectionTypeAll}
		if !ix.All {
			projection = &types.Projection{
				ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: ix.Projected(),
			}
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(ix.Name), KeySchema: keySchema(ix.PK, ix.SK), Projection: projection,
		})
	}
	return in
}

func keySchema(pk, sk string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(pk), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sk), KeyType: types.KeyTypeRange},
	}
}
