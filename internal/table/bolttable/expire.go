package bolttable

import (
	"bytes"
	"context"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/infraudit/infraudit/internal/table"
)

// Expire removes at most limit expired items, oldest first within each table, and tells how many. It reads only what
// it removes, so it may be called often; call again while it returns limit. Like DynamoDB's own expiry it costs no
// units.
func (db *DB) Expire(ctx context.Context, limit int) (removed int, err error) {
	for _, name := range db.tableNames() {
		for removed < limit {
			keys, err := db.expired(name, min(limit-removed, maxBatchWrites))
			if err != nil {
				return removed, err
			}
			if len(keys) == 0 {
				break
			}
			n, err := db.expireKeys(ctx, name, keys)
			removed += n
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

func (db *DB) tableNames() []string {
	names := make([]string, 0, len(db.tables))
	for name := range db.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// expired lists keys of a table's expired items, the oldest first.
func (db *DB) expired(name string, limit int) (keys []table.Key, err error) {
	now := db.clock().Unix()
	err = db.view(func(tx *bbolt.Tx) error {
		b, err := bucket(tx, db.tables[name].expiry)
		if err != nil {
			return err
		}
		c := b.Cursor()
		for raw, _ := c.First(); raw != nil && len(keys) < limit; raw, _ = c.Next() {
			ttl, item, err := splitExpiryKey(raw)
			if err != nil {
				return err
			}
			if ttl > now {
				return nil
			}
			key, err := splitItemKey(bytes.Clone(item))
			if err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return nil
	})
	return keys, err
}

// expireKeys deletes items that are still expired when their transaction comes: one may have been written anew.
func (db *DB) expireKeys(ctx context.Context, name string, keys []table.Key) (removed int, err error) {
	op := &operation{}
	for _, key := range keys {
		if err := db.add(op, table.Write{Table: name, Kind: table.Delete, Key: key}); err != nil {
			return 0, err
		}
		op.writes[len(op.writes)-1].expired = true
	}
	if err := db.submit(ctx, op); err != nil {
		return 0, err
	}
	if err := op.wait(); err != nil {
		return 0, err
	}
	for _, res := range op.results {
		if res.units > 0 {
			removed++
		}
	}
	return removed, nil
}
