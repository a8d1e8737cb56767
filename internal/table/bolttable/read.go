package bolttable

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/infraudit/infraudit/internal/table"
)

// requestKeys is how many keys DynamoDB takes in one BatchGetItem. Usage counts requests alike.
const requestKeys = 100

// Get returns an item; see table.DB.
func (db *DB) Get(ctx context.Context, name string, key table.Key) (table.Item, error) {
	if err := db.checkGet(ctx, name, key); err != nil {
		return table.Item{}, err
	}
	var found []table.Item
	var units float64
	err := db.view(func(tx *bbolt.Tx) (err error) {
		found, units, err = db.get(tx, name, []table.Key{key})
		return err
	})
	if err != nil {
		return table.Item{}, err
	}
	table.Record(ctx, 2*units, 0, 0)
	if len(found) == 0 {
		return table.Item{}, table.ErrNotFound
	}
	return found[0], nil
}

// BatchGet returns those items that exist; see table.DB.
func (db *DB) BatchGet(ctx context.Context, name string, keys []table.Key) ([]table.Item, error) {
	unique := make([]table.Key, 0, len(keys))
	seen := make(map[table.Key]bool, len(keys))
	for _, key := range keys {
		if err := db.checkGet(ctx, name, key); err != nil {
			return nil, err
		}
		if !seen[key] {
			seen[key] = true
			unique = append(unique, key)
		}
	}
	var items []table.Item
	for chunk := range slices.Chunk(unique, requestKeys) {
		var found []table.Item
		var units float64
		err := db.view(func(tx *bbolt.Tx) (err error) {
			found, units, err = db.get(tx, name, chunk)
			return err
		})
		if err != nil {
			return nil, err
		}
		table.Record(ctx, units, 0, 0)
		items = append(items, found...)
	}
	return items, nil
}

func (db *DB) checkGet(ctx context.Context, name string, key table.Key) error {
	if _, err := db.checks.Table(name); err != nil {
		return err
	}
	if err := table.CheckKey(key); err != nil {
		return err
	}
	return ctx.Err()
}

// get reads items and what reading them eventually consistently costs.
func (db *DB) get(tx *bbolt.Tx, name string, keys []table.Key) (found []table.Item, units float64, err error) {
	items, err := bucket(tx, db.tables[name].items)
	if err != nil {
		return nil, 0, err
	}
	now := db.clock().Unix()
	for _, key := range keys {
		s, err := load(items, itemKey(key), now)
		if err != nil {
			return nil, 0, fmt.Errorf("%s %q: %w", name, key, err)
		}
		units += table.ReadUnits(s.size)
		if !s.live {
			continue
		}
		if err := s.decode(); err != nil {
			return nil, 0, fmt.Errorf("%s %q: %w", name, key, err)
		}
		found = append(found, table.Item{Key: key, Attrs: s.attrs})
	}
	return found, units, nil
}

// Query returns a page; see table.DB. The page is copied out, so that no read transaction outlives the call.
func (db *DB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	ix, err := db.checks.CheckQuery(q)
	if err != nil {
		return table.Page{}, err
	}
	run, err := newRun(q)
	if err != nil {
		return table.Page{}, err
	}
	if err := ctx.Err(); err != nil {
		return table.Page{}, err
	}
	name := db.tables[q.Table].items
	for _, l := range db.tables[q.Table].indexes {
		if l.Name == q.Index {
			name = l.bucket
		}
	}
	var page table.Page
	size := 0
	err = db.view(func(tx *bbolt.Tx) (err error) {
		b, err := bucket(tx, name)
		if err != nil {
			return err
		}
		page, size, err = run.read(b.Cursor(), ix, db.clock().Unix())
		return err
	})
	if err != nil {
		return table.Page{}, fmt.Errorf("%s %q: %w", q.Table, q.PK, err)
	}
	units := table.ReadUnits(size)
	if q.Consistent {
		units *= 2
	}
	table.Record(ctx, units, 0, 0)
	return page, nil
}

// run is a query as a run of bucket keys: from low, inclusive, to high, exclusive.
type run struct {
	query     table.Query
	partition []byte // the index's or table's PK and NUL
	low, high []byte
}

func newRun(q table.Query) (*run, error) {
	r := &run{query: q, partition: append([]byte(q.PK), 0)}
	at := func(sk string, more ...byte) []byte {
		return append(append(bytes.Clone(r.partition), sk...), more...)
	}
	r.low = at(q.From + q.Prefix) // at most one of them is given
	switch {
	case q.To != "" && q.Index != "":
		r.high = at(q.To, 1) // after every entry of that sort key, each of which goes on with NUL
	case q.To != "":
		r.high = at(q.To, 0)
	case q.Prefix != "":
		r.high = at(q.Prefix)
		r.high[len(r.high)-1]++ // UTF-8 has no byte 0xff
	default:
		r.high = append([]byte(q.PK), 1)
	}
	if q.After == "" {
		return r, nil
	}
	pos, err := table.DecodeCursor(q)
	if err != nil {
		return nil, err
	}
	last := itemKey(pos.Key)
	if q.Index != "" {
		last = entryKey(q.PK, pos.IndexSK, last)
	}
	if q.Reverse {
		r.high = minBytes(r.high, last)
	} else {
		r.low = maxBytes(r.low, append(last, 0))
	}
	return r, nil
}

func minBytes(a, b []byte) []byte {
	if bytes.Compare(a, b) <= 0 {
		return a
	}
	return b
}

func maxBytes(a, b []byte) []byte {
	if bytes.Compare(a, b) >= 0 {
		return a
	}
	return b
}

// first and next move through the run; a nil key ends it.
func (r *run) first(c *bbolt.Cursor) (key, value []byte) {
	if !r.query.Reverse {
		key, value = c.Seek(r.low)
		return r.within(key, value)
	}
	if key, _ = c.Seek(r.high); key == nil {
		key, value = c.Last()
		return r.within(key, value)
	}
	key, value = c.Prev()
	return r.within(key, value)
}

func (r *run) next(c *bbolt.Cursor) (key, value []byte) {
	if r.query.Reverse {
		key, value = c.Prev()
	} else {
		key, value = c.Next()
	}
	return r.within(key, value)
}

func (r *run) within(key, value []byte) ([]byte, []byte) {
	if key == nil || bytes.Compare(key, r.low) < 0 || bytes.Compare(key, r.high) >= 0 {
		return nil, nil
	}
	return key, value
}

// read fills a page and returns the bytes that were read for it, expired items included.
func (r *run) read(c *bbolt.Cursor, ix *table.Index, now int64) (page table.Page, size int, err error) {
	var last table.Position
	read := 0
	for key, value := r.first(c); key != nil; key, value = r.next(c) {
		if read > 0 && read == r.query.Limit {
			page.Next = table.EncodeCursor(r.query, last)
			return page, size, nil
		}
		h, body, err := decodeHead(value)
		if err != nil {
			return table.Page{}, 0, err
		}
		if read > 0 && size+h.size > table.MaxPageSize {
			page.Next = table.EncodeCursor(r.query, last)
			return page, size, nil
		}
		if last, err = r.position(key); err != nil {
			return table.Page{}, 0, err
		}
		read++
		size += h.size
		if h.expired(now) {
			continue
		}
		attrs, err := decodeAttrs(body)
		if err != nil {
			return table.Page{}, 0, err
		}
		if ix != nil {
			attrs[ix.PK], attrs[ix.SK] = r.query.PK, last.IndexSK
		}
		page.Items = append(page.Items, table.Item{Key: last.Key, Attrs: attrs})
	}
	return page, size, nil
}

// position reads an item's place out of its bucket key.
func (r *run) position(key []byte) (table.Position, error) {
	rest := key[len(r.partition):]
	if r.query.Index == "" {
		return table.Position{Key: table.Key{PK: r.query.PK, SK: string(rest)}}, nil
	}
	sk, item, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return table.Position{}, fmt.Errorf("bolttable: damaged key %q", key)
	}
	k, err := splitItemKey(item)
	return table.Position{Key: k, IndexSK: string(sk)}, err
}
