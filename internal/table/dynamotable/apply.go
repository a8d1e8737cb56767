package dynamotable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/table"
)

// Apply makes puts and deletes without conditions 25 to a request, and the others one by one; see table.DB.
func (db *DB) Apply(ctx context.Context, writes []table.Write) (failed []int, err error) {
	if err := db.checks.CheckApply(writes); err != nil {
		return nil, err
	}
	var plain []table.Write
	var mu sync.Mutex
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(db.opts.Concurrency)
	for i, w := range writes {
		switch {
		case w.Kind == table.Check && len(w.If) == 0: // holds
		case len(w.If) == 0 && (w.Kind == table.Put || w.Kind == table.Delete):
			plain = append(plain, w)
		default:
			group.Go(func() error {
				_, err := db.write(gctx, w)
				if errors.Is(err, table.ErrCondition) {
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, i)
					return nil
				}
				return err
			})
		}
	}
	for chunk := range slices.Chunk(plain, requestWrites) {
		group.Go(func() error { return db.batchWrite(gctx, chunk) })
	}
	err = group.Wait()
	slices.Sort(failed)
	return failed, err
}

// batchWrite sends one request, and again for the writes that its answer left undone.
func (db *DB) batchWrite(ctx context.Context, writes []table.Write) error {
	requests := map[string][]types.WriteRequest{}
	for _, w := range writes {
		name := db.opts.Name(w.Table)
		r := types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: keyOf(w.Key)}}
		if w.Kind == table.Put {
			r = types.WriteRequest{PutRequest: &types.PutRequest{Item: encode(w.Key, w.Attrs)}}
		}
		requests[name] = append(requests[name], r)
	}
	for left, idle := len(writes), 0; left > 0; {
		out, err := db.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems:           requests,
			ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes,
		})
		if err != nil {
			return fault("batch write", err)
		}
		units := 0.0
		for _, c := range out.ConsumedCapacity {
			units += aws.ToFloat64(c.CapacityUnits)
		}
		requests = out.UnprocessedItems
		now := 0
		for _, rs := range requests {
			now += len(rs)
		}
		table.Record(ctx, 0, units, left-now)
		if now == 0 {
			return nil
		}
		// An answer that leaves writes undone asks to slow down, even when it made some.
		if idle++; now < left {
			idle = 1
		}
		if left = now; idle == attempts {
			return fmt.Errorf("%w: batch write leaves %d writes undone", table.ErrThrottled, left)
		}
		if err := pause(ctx, backoff(idle)); err != nil {
			return err
		}
	}
	return nil
}
