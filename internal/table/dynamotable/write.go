package dynamotable

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/infraudit/infraudit/internal/table"
)

// Write makes one change; see table.DB.
func (db *DB) Write(ctx context.Context, w table.Write) (table.Item, error) {
	if err := db.checks.CheckWrite(w); err != nil {
		return table.Item{}, err
	}
	if w.Kind == table.Check && len(w.If) == 0 {
		return table.Item{}, ctx.Err() // holds, and DynamoDB refuses to ask
	}
	return db.write(ctx, w)
}

// write sends a write that was checked. One that meets a transaction on the same item is sent again.
func (db *DB) write(ctx context.Context, w table.Write) (table.Item, error) {
	for attempt := 1; ; attempt++ {
		var it table.Item
		var err error
		switch w.Kind {
		case table.Put:
			it, err = db.put(ctx, w)
		case table.Update:
			it, err = db.update(ctx, w)
		case table.Delete:
			err = db.delete(ctx, w)
		case table.Check:
			if err = db.transact(ctx, []table.Write{w}); errors.Is(err, table.ErrCondition) {
				err = table.ErrCondition
			}
		}
		if !errors.Is(err, table.ErrConflict) || attempt == attempts {
			return it, err
		}
		if err := pause(ctx, backoff(attempt)); err != nil {
			return table.Item{}, err
		}
	}
}

func recordWrite(ctx context.Context, capacity *types.ConsumedCapacity) {
	units := 0.0
	if capacity != nil {
		units = aws.ToFloat64(capacity.CapacityUnits)
	}
	table.Record(ctx, 0, units, 1)
}

// refused counts what a write costs whose condition failed, which the answer doesn't say, and returns the item that
// it met.
func refused(ctx context.Context, err error) (stored, bool) {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return stored{}, false
	}
	met := newStored(failed.Item)
	table.Record(ctx, 0, table.WriteUnits(met.size()), 0)
	return met, true
}

func optional(expression string) *string {
	if expression == "" {
		return nil
	}
	return &expression
}

func (db *DB) put(ctx context.Context, w table.Write) (table.Item, error) {
	e := newExpressions()
	out, err := db.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(db.opts.Name(w.Table)), Item: encode(w.Key, w.Attrs),
		ConditionExpression:                 optional(e.condition(w, db.now())),
		ExpressionAttributeNames:            e.expressionNames(),
		ExpressionAttributeValues:           e.expressionValues(),
		ReturnConsumedCapacity:              types.ReturnConsumedCapacityIndexes,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err != nil {
		refused(ctx, err)
		return table.Item{}, fault("put", err)
	}
	recordWrite(ctx, out.ConsumedCapacity)
	return table.Item{Key: w.Key, Attrs: maps.Clone(w.Attrs)}, nil
}

func (db *DB) delete(ctx context.Context, w table.Write) error {
	e := newExpressions()
	out, err := db.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(db.opts.Name(w.Table)), Key: keyOf(w.Key),
		ConditionExpression:                 optional(e.condition(w, db.now())),
		ExpressionAttributeNames:            e.expressionNames(),
		ExpressionAttributeValues:           e.expressionValues(),
		ReturnConsumedCapacity:              types.ReturnConsumedCapacityIndexes,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err != nil {
		refused(ctx, err)
		return fault("delete", err)
	}
	recordWrite(ctx, out.ConsumedCapacity)
	return nil
}

// update changes an item. One that has expired is removed first, as it counts as absent and its attributes must not
// live on; that happens once in an item's life, and is counted like any write.
func (db *DB) update(ctx context.Context, w table.Write) (table.Item, error) {
	for attempt := 1; ; attempt++ {
		now := db.now()
		e := newExpressions()
		out, err := db.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String(db.opts.Name(w.Table)), Key: keyOf(w.Key),
			UpdateExpression:                    optional(e.update(w)),
			ConditionExpression:                 optional(e.condition(w, now)),
			ExpressionAttributeNames:            e.expressionNames(),
			ExpressionAttributeValues:           e.expressionValues(),
			ReturnValues:                        types.ReturnValueAllNew,
			ReturnConsumedCapacity:              types.ReturnConsumedCapacityIndexes,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
		if err == nil {
			recordWrite(ctx, out.ConsumedCapacity)
			return decode(out.Attributes)
		}
		met, isCondition := refused(ctx, err)
		switch {
		case !isCondition:
			return table.Item{}, fault("update", err)
		case met.err != nil:
			return table.Item{}, met.err
		case !met.expired(now) || attempt == attempts:
			return table.Item{}, table.ErrCondition
		}
		if err := db.clear(ctx, w, met); err != nil {
			return table.Item{}, err
		}
	}
}

// clear removes an item that has expired, unless it was written since.
func (db *DB) clear(ctx context.Context, w table.Write, met stored) error {
	e := newExpressions()
	ttl := met.item.Int(table.AttrTTL)
	out, err := db.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(db.opts.Name(w.Table)), Key: keyOf(w.Key),
		ConditionExpression:       aws.String(fmt.Sprintf("%s = %s", e.name(table.AttrTTL), e.value(ttl))),
		ExpressionAttributeNames:  e.expressionNames(),
		ExpressionAttributeValues: e.expressionValues(),
		ReturnConsumedCapacity:    types.ReturnConsumedCapacityIndexes,
	})
	if err != nil {
		if _, changed := refused(ctx, err); changed {
			return nil
		}
		return fault("delete", err)
	}
	units := 0.0
	if out.ConsumedCapacity != nil {
		units = aws.ToFloat64(out.ConsumedCapacity.CapacityUnits)
	}
	table.Record(ctx, 0, units, 0)
	return nil
}
