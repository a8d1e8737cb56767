package dynamotable

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/table"
)

const (
	// requestKeys is how many keys BatchGetItem takes; requestWrites how many writes BatchWriteItem takes.
	requestKeys   = 100
	requestWrites = 25
	// attempts bounds how often what a batch left undone is sent again with nothing done in between.
	attempts  = 8
	firstWait = 25 * time.Millisecond
	maxWait   = 2 * time.Second
)

// backoff is the wait before an attempt, from the second on: exponential, with full jitter.
func backoff(attempt int) time.Duration {
	limit := min(maxWait, firstWait<<min(attempt, 10))
	return time.Duration(rand.Int64N(int64(limit))) + time.Millisecond
}

func (db *DB) checkGet(name string, key table.Key) error {
	if _, err := db.checks.Table(name); err != nil {
		return err
	}
	return table.CheckKey(key)
}

func recordRead(ctx context.Context, capacity *types.ConsumedCapacity) {
	units := 0.0
	if capacity != nil {
		units = aws.ToFloat64(capacity.CapacityUnits)
	}
	table.Record(ctx, units, 0, 0)
}

// Get reads an item consistently; see table.DB.
func (db *DB) Get(ctx context.Context, name string, key table.Key) (table.Item, error) {
	if err := db.checkGet(name, key); err != nil {
		return table.Item{}, err
	}
	out, err := db.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(db.opts.Name(name)), Key: keyOf(key), ConsistentRead: aws.Bool(true),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes,
	})
	if err != nil {
		return table.Item{}, fault("get", err)
	}
	recordRead(ctx, out.ConsumedCapacity)
	if len(out.Item) == 0 {
		return table.Item{}, table.ErrNotFound
	}
	it, err := decode(out.Item)
	if err != nil {
		return table.Item{}, err
	}
	if it.Expired(time.Unix(db.now(), 0)) {
		return table.Item{}, table.ErrNotFound
	}
	return it, nil
}

// BatchGet reads 100 items to a request; see table.DB.
func (db *DB) BatchGet(ctx context.Context, name string, keys []table.Key) ([]table.Item, error) {
	unique := make([]attributes, 0, len(keys))
	seen := make(map[table.Key]bool, len(keys))
	for _, key := range keys {
		if err := db.checkGet(name, key); err != nil {
			return nil, err
		}
		if !seen[key] {
			seen[key] = true
			unique = append(unique, keyOf(key))
		}
	}
	var mu sync.Mutex
	var items []table.Item
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(db.opts.Concurrency)
	for chunk := range slices.Chunk(unique, requestKeys) {
		group.Go(func() error {
			found, err := db.batchGet(gctx, name, chunk)
			mu.Lock()
			defer mu.Unlock()
			items = append(items, found...)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return items, nil
}

// batchGet sends one request, and again for the keys that its answer left out, for size (an answer holds 16 MB) or
// throttling.
func (db *DB) batchGet(ctx context.Context, name string, keys []attributes) ([]table.Item, error) {
	physical := db.opts.Name(name)
	now := time.Unix(db.now(), 0)
	var items []table.Item
	for idle := 0; len(keys) > 0; {
		out, err := db.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems:           map[string]types.KeysAndAttributes{physical: {Keys: keys}},
			ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes,
		})
		if err != nil {
			return nil, fault("batch get", err)
		}
		units := 0.0
		for _, c := range out.ConsumedCapacity {
			units += aws.ToFloat64(c.CapacityUnits)
		}
		table.Record(ctx, units, 0, 0)
		for _, av := range out.Responses[physical] {
			it, err := decode(av)
			if err != nil {
				return nil, err
			}
			if !it.Expired(now) {
				items = append(items, it)
			}
		}
		left := out.UnprocessedKeys[physical].Keys
		if len(left) < len(keys) {
			idle = 0
		} else if idle++; idle == attempts {
			return nil, fmt.Errorf("%w: batch get leaves %d keys unread", table.ErrThrottled, len(left))
		}
		if keys = left; idle > 0 {
			if err := pause(ctx, backoff(idle)); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// Query reads a page; see table.DB. Expired items are left out here, not by a filter expression: that would cost the
// same units, and an index's filter can't name what the index lacks.
func (db *DB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	ix, err := db.checks.CheckQuery(q)
	if err != nil {
		return table.Page{}, err
	}
	in, err := db.queryInput(q, ix)
	if err != nil {
		return table.Page{}, err
	}
	if q.From != "" && q.To != "" && q.From > q.To {
		return table.Page{}, ctx.Err() // DynamoDB refuses to ask
	}
	out, err := db.client.Query(ctx, in)
	if err != nil {
		return table.Page{}, fault("query", err)
	}
	recordRead(ctx, out.ConsumedCapacity)
	now := time.Unix(db.now(), 0)
	var page table.Page
	for _, av := range out.Items {
		it, err := decode(av)
		if err != nil {
			return table.Page{}, err
		}
		if !it.Expired(now) {
			page.Items = append(page.Items, it)
		}
	}
	if len(out.LastEvaluatedKey) == 0 {
		return page, nil
	}
	last, err := decode(out.LastEvaluatedKey)
	if err != nil {
		return table.Page{}, err
	}
	at := table.Position{Key: last.Key}
	if ix != nil {
		at.IndexSK = last.String(ix.SK)
	}
	page.Next = table.EncodeCursor(q, at)
	return page, nil
}

func (db *DB) queryInput(q table.Query, ix *table.Index) (*dynamodb.QueryInput, error) {
	in := &dynamodb.QueryInput{
		TableName:              aws.String(db.opts.Name(q.Table)),
		ScanIndexForward:       aws.Bool(!q.Reverse),
		ConsistentRead:         aws.Bool(q.Consistent),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes,
	}
	if q.Limit > 0 {
		in.Limit = aws.Int32(int32(min(q.Limit, 1<<30)))
	}
	pkAttr, skAttr := table.AttrPK, table.AttrSK
	if ix != nil {
		pkAttr, skAttr = ix.PK, ix.SK
		in.IndexName = aws.String(ix.Name)
	}
	if q.After != "" {
		at, err := table.DecodeCursor(q)
		if err != nil {
			return nil, err
		}
		in.ExclusiveStartKey = keyOf(at.Key)
		if ix != nil {
			in.ExclusiveStartKey[ix.PK], in.ExclusiveStartKey[ix.SK] = text(q.PK), text(at.IndexSK)
		}
	}
	e := newExpressions()
	cond := e.name(pkAttr) + " = " + e.value(q.PK)
	switch {
	case q.Prefix != "":
		cond += fmt.Sprintf(" AND begins_with(%s, %s)", e.name(skAttr), e.value(q.Prefix))
	case q.From != "" && q.To != "":
		cond += fmt.Sprintf(" AND %s BETWEEN %s AND %s", e.name(skAttr), e.value(q.From), e.value(q.To))
	case q.From != "":
		cond += fmt.Sprintf(" AND %s >= %s", e.name(skAttr), e.value(q.From))
	case q.To != "":
		cond += fmt.Sprintf(" AND %s <= %s", e.name(skAttr), e.value(q.To))
	}
	in.KeyConditionExpression = aws.String(cond)
	in.ExpressionAttributeNames = e.expressionNames()
	in.ExpressionAttributeValues = e.expressionValues()
	return in, nil
}
