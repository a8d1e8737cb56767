package dynamotable

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/infraudit/infraudit/internal/table"
)

// noAttr is the name of an attribute that nothing uses.
const noAttr = "(none)"

// Transact makes all changes or none; see table.DB. A conflict is returned at once: the caller knows whether what it
// read still holds. The SDK gives each call a token, so that a repeated request is made once.
func (db *DB) Transact(ctx context.Context, writes []table.Write) error {
	if err := db.checks.CheckTransact(writes); err != nil {
		return err
	}
	// Positions of those writes that do something: a check of nothing holds, and DynamoDB refuses to ask.
	positions := make([]int, 0, len(writes))
	kept := make([]table.Write, 0, len(writes))
	for i, w := range writes {
		if w.Kind != table.Check || len(w.If) > 0 {
			positions, kept = append(positions, i), append(kept, w)
		}
	}
	err := db.transact(ctx, kept)
	if failed, ok := errors.AsType[*table.ConditionError](err); ok {
		for i, at := range failed.Failed {
			failed.Failed[i] = positions[at]
		}
	}
	return err
}

// transact makes writes that were checked. Updates of expired items fail first; those items are removed, outside of
// the transaction, which changes nothing that anyone sees, and it is made again.
func (db *DB) transact(ctx context.Context, writes []table.Write) error {
	for attempt := 1; len(writes) > 0; attempt++ {
		now := db.now()
		items := make([]types.TransactWriteItem, len(writes))
		written := 0
		for i, w := range writes {
			items[i] = db.transactItem(w, now)
			if w.Kind != table.Check {
				written++
			}
		}
		out, err := db.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
			TransactItems:          items,
			ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes,
		})
		if err == nil {
			units := 0.0
			for _, c := range out.ConsumedCapacity {
				units += aws.ToFloat64(c.CapacityUnits)
			}
			table.Record(ctx, 0, units, written)
			return nil
		}
		c, ok := cancellation(err)
		if !ok {
			return fault("transact", err)
		}
		table.Record(ctx, 0, table.CancelledUnits(writes), 0)
		again, cerr := db.clearExpired(ctx, writes, c, now)
		if cerr != nil {
			return cerr
		}
		if !again || attempt == attempts {
			if len(c.failed) > 0 {
				return &table.ConditionError{Failed: c.failed}
			}
			return firstError(c.err, fault("transact", err))
		}
	}
	return ctx.Err()
}

// clearExpired removes those expired items that updates failed on, and tells whether there were any.
func (db *DB) clearExpired(ctx context.Context, writes []table.Write, c cancelled, now int64) (bool, error) {
	found := false
	for _, i := range c.failed {
		met := c.existing[i]
		if met.err != nil {
			return false, met.err
		}
		if writes[i].Kind != table.Update || !met.expired(now) {
			continue
		}
		found = true
		if err := db.clear(ctx, writes[i], met); err != nil {
			return false, err
		}
	}
	return found, nil
}

func (db *DB) transactItem(w table.Write, now int64) types.TransactWriteItem {
	const allOld = types.ReturnValuesOnConditionCheckFailureAllOld
	name := aws.String(db.opts.Name(w.Table))
	e := newExpressions()
	condition := optional(e.condition(w, now))
	switch w.Kind {
	case table.Put:
		return types.TransactWriteItem{Put: &types.Put{
			TableName: name, Item: encode(w.Key, w.Attrs), ConditionExpression: condition,
			ExpressionAttributeNames: e.expressionNames(), ExpressionAttributeValues: e.expressionValues(),
			ReturnValuesOnConditionCheckFailure: allOld,
		}}
	case table.Delete:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: name, Key: keyOf(w.Key), ConditionExpression: condition,
			ExpressionAttributeNames: e.expressionNames(), ExpressionAttributeValues: e.expressionValues(),
			ReturnValuesOnConditionCheckFailure: allOld,
		}}
	case table.Check:
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: name, Key: keyOf(w.Key), ConditionExpression: condition,
			ExpressionAttributeNames: e.expressionNames(), ExpressionAttributeValues: e.expressionValues(),
			ReturnValuesOnConditionCheckFailure: allOld,
		}}
	}
	update := e.update(w)
	if update == "" {
		// Unlike UpdateItem, a transaction wants an expression: one that removes what no item has.
		update = "REMOVE " + e.name(noAttr)
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: name, Key: keyOf(w.Key), UpdateExpression: &update, ConditionExpression: condition,
		ExpressionAttributeNames: e.expressionNames(), ExpressionAttributeValues: e.expressionValues(),
		ReturnValuesOnConditionCheckFailure: allOld,
	}}
}
