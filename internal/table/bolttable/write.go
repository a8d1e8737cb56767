package bolttable

import (
	"context"
	"maps"
	"slices"

	"github.com/infraudit/infraudit/internal/table"
)

// requestWrites is how many unconditional puts and deletes DynamoDB takes in one request. Usage counts requests alike.
const requestWrites = 25

// Write makes one change; see table.DB.
func (db *DB) Write(ctx context.Context, w table.Write) (table.Item, error) {
	if err := db.checks.CheckWrite(w); err != nil {
		return table.Item{}, err
	}
	if w.Kind == table.Check && len(w.If) == 0 {
		return table.Item{}, ctx.Err()
	}
	op, err := db.operation([]table.Write{w})
	if err != nil {
		return table.Item{}, err
	}
	if err := db.submit(ctx, op); err != nil {
		return table.Item{}, err
	}
	if err := op.wait(); err != nil {
		return table.Item{}, err
	}
	op.recordEach(ctx)
	if len(op.failed) > 0 {
		return table.Item{}, table.ErrCondition
	}
	switch w.Kind {
	case table.Put:
		return table.Item{Key: w.Key, Attrs: maps.Clone(w.Attrs)}, nil
	case table.Update:
		return table.Item{Key: w.Key, Attrs: op.results[0].attrs}, nil
	}
	return table.Item{}, nil
}

// Apply makes changes in transactions of bounded size; see table.DB. While one is synced, the next is encoded.
func (db *DB) Apply(ctx context.Context, writes []table.Write) (failed []int, err error) {
	if err := db.checks.CheckApply(writes); err != nil {
		return nil, err
	}
	var pending *operation
	first := 0 // index in writes of pending's first
	finish := func() error {
		if pending == nil {
			return nil
		}
		op := pending
		pending = nil
		if err := op.wait(); err != nil {
			return err
		}
		op.recordEach(ctx)
		for _, i := range op.failed {
			failed = append(failed, first+i)
		}
		return nil
	}
	for start := 0; start < len(writes); {
		op, err := db.operation(writes[start:])
		if err == nil {
			err = ctx.Err()
		}
		if perr := finish(); err == nil {
			err = perr
		}
		if err == nil {
			err = db.submit(ctx, op)
		}
		if err != nil {
			return failed, err
		}
		pending, first = op, start
		start += len(op.writes)
	}
	return failed, finish()
}

// Transact makes all changes or none; see table.DB. Writes are made one transaction at a time, so that it never
// returns table.ErrConflict.
func (db *DB) Transact(ctx context.Context, writes []table.Write) error {
	if err := db.checks.CheckTransact(writes); err != nil {
		return err
	}
	// Positions of those writes that do something: a check of nothing holds.
	positions := make([]int, 0, len(writes))
	kept := make([]table.Write, 0, len(writes))
	for i, w := range writes {
		if w.Kind != table.Check || len(w.If) > 0 {
			positions, kept = append(positions, i), append(kept, w)
		}
	}
	if len(kept) == 0 {
		return ctx.Err()
	}
	op := &operation{atomic: true}
	for _, w := range kept {
		if err := db.add(op, w); err != nil {
			return err
		}
	}
	if err := db.submit(ctx, op); err != nil {
		return err
	}
	if err := op.wait(); err != nil {
		return err
	}
	if len(op.failed) > 0 {
		table.Record(ctx, 0, table.CancelledUnits(kept), 0)
		bad := make([]int, len(op.failed))
		for i, at := range op.failed {
			bad[i] = positions[at]
		}
		return &table.ConditionError{Failed: bad}
	}
	units, items := 0.0, 0
	for i, w := range op.writes {
		units += 2 * op.results[i].units
		if w.Kind != table.Check {
			items++
		}
	}
	table.Record(ctx, 0, units, items)
	return nil
}

// operation prepares as many of writes, from the first, as one transaction holds.
func (db *DB) operation(writes []table.Write) (*operation, error) {
	op := &operation{writes: make([]prepared, 0, min(len(writes), maxBatchWrites))}
	for _, w := range writes {
		if len(op.writes) == maxBatchWrites || op.weight >= maxBatchBytes {
			break
		}
		if err := db.add(op, w); err != nil {
			return nil, err
		}
	}
	return op, nil
}

func (db *DB) add(op *operation, w table.Write) error {
	p, err := db.prepare(w)
	if err != nil {
		return err
	}
	op.writes = append(op.writes, p)
	op.weight += p.weigh()
	return nil
}

// recordEach counts writes that were made each by itself: the requests are those that DynamoDB would take.
func (op *operation) recordEach(ctx context.Context) {
	batched := make([]float64, 0, len(op.writes))
	for i, w := range op.writes {
		res := op.results[i]
		switch {
		case len(w.If) == 0 && (w.Kind == table.Put || w.Kind == table.Delete):
			batched = append(batched, res.units)
		case w.Kind == table.Check && res.failed: // a check alone is a transaction of one
			table.Record(ctx, 0, table.CancelledUnits([]table.Write{w.Write}), 0)
		case w.Kind == table.Check:
			table.Record(ctx, 0, 2*res.units, 0)
		case res.failed:
			table.Record(ctx, 0, res.units, 0)
		default:
			table.Record(ctx, 0, res.units, 1)
		}
	}
	for chunk := range slices.Chunk(batched, requestWrites) {
		units := 0.0
		for _, u := range chunk {
			units += u
		}
		table.Record(ctx, 0, units, len(chunk))
	}
}
