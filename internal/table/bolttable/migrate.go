package bolttable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/infraudit/infraudit/internal/table"
)

// format is the version of the layout and of the encoding of values.
const format = "1"

var (
	metaBucket = []byte("meta")
	formatKey  = []byte("format")
)

// migrate makes the buckets that schemas need. The meta bucket holds each index's definition, written after the
// index was built, so that one half built when the process died is built again.
func (db *DB) migrate() error {
	err := db.bolt.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		if found := meta.Get(formatKey); found != nil && string(found) != format {
			return fmt.Errorf("bolttable: the file's format is %q, not %q", found, format)
		}
		if err := meta.Put(formatKey, []byte(format)); err != nil {
			return err
		}
		for _, l := range db.tables {
			for _, name := range [][]byte{l.items, l.expiry} {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			if err := dropOldIndexes(tx, l.schema); err != nil {
				return err
			}
			for _, ix := range l.indexes {
				if err := makeIndex(tx, l, ix); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bolttable: migrate: %w", err)
	}
	for _, l := range db.tables {
		for i := range l.indexes {
			if err := db.buildIndex(l, i); err != nil {
				return fmt.Errorf("bolttable: build index %s/%s: %w", l.schema.Name, l.indexes[i].Name, err)
			}
		}
	}
	return nil
}

// dropOldIndexes removes a known table's indexes that schemas no longer have: nobody would keep them up to date.
func dropOldIndexes(tx *bbolt.Tx, s table.Schema) error {
	prefix := "i/" + s.Name + "/"
	var old []string
	err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if index, ok := strings.CutPrefix(string(name), prefix); ok {
			if _, known := s.Index(index); !known {
				old = append(old, string(name))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := errors.Join(tx.DeleteBucket([]byte(name)), tx.Bucket(metaBucket).Delete([]byte(name))); err != nil {
			return err
		}
	}
	return nil
}

// isCurrent tells whether an index is there as it is now defined, and what that definition is.
func (ix indexLayout) isCurrent(tx *bbolt.Tx) (definition []byte, current bool, err error) {
	definition, err = json.Marshal(ix.Index)
	return definition, bytes.Equal(tx.Bucket(metaBucket).Get(ix.bucket), definition), err
}

// makeIndex empties an index that isn't current. One of an empty table is current then.
func makeIndex(tx *bbolt.Tx, l *layout, ix indexLayout) error {
	definition, current, err := ix.isCurrent(tx)
	if err != nil || current {
		return err
	}
	if err := tx.Bucket(metaBucket).Delete(ix.bucket); err != nil {
		return err
	}
	if err := tx.DeleteBucket(ix.bucket); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
		return err
	}
	if _, err := tx.CreateBucket(ix.bucket); err != nil {
		return err
	}
	if key, _ := tx.Bucket(l.items).Cursor().First(); key != nil {
		return nil
	}
	return tx.Bucket(metaBucket).Put(ix.bucket, definition)
}

// buildIndex fills an index that isn't current from its table, in transactions of bounded size.
func (db *DB) buildIndex(l *layout, i int) error {
	var after []byte
	for {
		done := false
		err := db.bolt.View(func(tx *bbolt.Tx) (err error) {
			_, done, err = l.indexes[i].isCurrent(tx)
			return err
		})
		if err != nil || done {
			return err
		}
		err = db.bolt.Update(func(tx *bbolt.Tx) (err error) {
			if after, err = l.index(tx, i, after); err != nil || after != nil {
				return err
			}
			definition, _, err := l.indexes[i].isCurrent(tx)
			if err != nil {
				return err
			}
			return tx.Bucket(metaBucket).Put(l.indexes[i].bucket, definition)
		})
		if err != nil {
			return err
		}
	}
}

// index adds a bounded number of items behind a key to index i, and returns the last one's key, nil at the end.
func (l *layout) index(tx *bbolt.Tx, i int, after []byte) (last []byte, err error) {
	entries := tx.Bucket(l.indexes[i].bucket)
	c := tx.Bucket(l.items).Cursor()
	key, value := c.First()
	if after != nil {
		key, value = c.Seek(append(after, 0))
	}
	weight := 0
	for n := 0; key != nil; key, value = c.Next() {
		if n == maxBatchWrites || weight > maxBatchBytes {
			return last, nil
		}
		n++
		weight += len(value)
		last = append([]byte(nil), key...)
		_, body, err := decodeHead(value)
		if err != nil {
			return nil, err
		}
		it := table.Item{}
		if it.Key, err = splitItemKey(key); err != nil {
			return nil, err
		}
		if it.Attrs, err = decodeAttrs(body); err != nil {
			return nil, err
		}
		all, err := l.entries(it, last)
		if err != nil {
			return nil, err
		}
		if e := all[i]; e.key != nil {
			if err := entries.Put(e.key, e.value); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}
