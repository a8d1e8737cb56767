package bolttable

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/infraudit/infraudit/internal/table"
)

// Bounds of one transaction. More writes would share a sync, but hold more dirty pages in memory and let others wait
// longer.
const (
	maxBatchWrites = 1500
	maxBatchBytes  = 4 << 20
)

// operation is what one caller hands to the committer. Its writes are planned together before any is made, and an
// error of planning makes none of them.
type operation struct {
	writes []prepared
	atomic bool // a failed condition fails all writes
	weight int  // bytes

	// Set by the committer before done is closed.
	results []result
	failed  []int // positions in writes whose condition did not hold
	err     error
	done    chan struct{}
}

// prepared is a write with what could be computed before its transaction.
type prepared struct {
	table.Write
	layout *layout
	key    []byte
	image  *image // Put only
	// expired makes a Delete that happens only if the item has expired by the time of the commit.
	expired bool
}

// prepare checks nothing: callers have.
func (db *DB) prepare(w table.Write) (prepared, error) {
	p := prepared{Write: w, layout: db.tables[w.Table], key: itemKey(w.Key)}
	if w.Kind != table.Put {
		return p, nil
	}
	var err error
	p.image, err = p.layout.encode(table.Item{Key: w.Key, Attrs: w.Attrs}, p.key)
	return p, err
}

// weigh estimates what a write adds to a transaction.
func (p *prepared) weigh() int {
	const page = 4 << 10
	if p.image == nil {
		return page
	}
	n := len(p.image.value)
	for _, e := range p.image.entries {
		n += len(e.key) + len(e.value)
	}
	return n
}

// submit hands an operation over; wait returns when its transaction has ended. Once handed over it isn't withdrawn
// when ctx ends: it takes milliseconds, and its outcome would be unknown.
func (db *DB) submit(ctx context.Context, op *operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op.done = make(chan struct{})
	db.mu.RLock()
	defer db.mu.RUnlock()
	if db.closed {
		return ErrClosed
	}
	select {
	case db.ops <- op:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (op *operation) wait() error {
	<-op.done
	return op.err
}

// commitLoop is the only writer. Whatever is queued while one transaction is synced makes up the next.
func (db *DB) commitLoop() {
	defer close(db.stopped)
	for op := range db.ops {
		batch := []*operation{op}
		writes, bytes := len(op.writes), op.weight
	gather:
		for writes < maxBatchWrites && bytes < maxBatchBytes {
			select {
			case next, ok := <-db.ops:
				if !ok {
					break gather
				}
				batch = append(batch, next)
				writes += len(next.writes)
				bytes += next.weight
			default:
				break gather
			}
		}
		db.commit(batch)
	}
}

func (db *DB) commit(batch []*operation) {
	err := db.transaction(batch)
	for _, op := range batch {
		if err != nil {
			op.err = err
		}
		close(op.done)
	}
}

// transaction runs a batch. The error is of the transaction as a whole; what fails in one operation alone is in it.
func (db *DB) transaction(batch []*operation) error {
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return fmt.Errorf("bolttable: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	now := db.clock()
	changed := false
	for _, op := range batch {
		changes, err := op.plan(tx, now)
		if err != nil {
			op.err = err
			continue
		}
		for _, c := range changes {
			changed = true
			if err := c.make(); err != nil {
				return fmt.Errorf("bolttable: write: %w", err)
			}
		}
	}
	if !changed {
		return nil
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("bolttable: commit: %w", err)
	}
	return nil
}

// change is one put or delete in a bucket.
type change struct {
	bucket     *bbolt.Bucket
	key, value []byte // a nil value deletes
}

func (c change) make() error {
	if c.value == nil {
		return c.bucket.Delete(c.key)
	}
	return c.bucket.Put(c.key, c.value)
}

// plan finds out, writing nothing, what an operation changes.
func (op *operation) plan(tx *bbolt.Tx, now time.Time) ([]change, error) {
	op.results = make([]result, len(op.writes))
	changes := make([]change, 0, 2*len(op.writes))
	for i := range op.writes {
		planned, res, err := op.writes[i].plan(tx, now.Unix())
		if err != nil {
			return nil, err
		}
		op.results[i] = res
		if res.failed {
			op.failed = append(op.failed, i)
		}
		changes = append(changes, planned...)
	}
	if op.atomic && len(op.failed) > 0 {
		return nil, nil
	}
	return changes, nil
}
