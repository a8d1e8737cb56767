package store

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// tries bounds how often a change is read, made and written again because somebody else was faster.
const tries = 10

// maxIDLen bounds ids that come from outside; ours are shorter.
const maxIDLen = 64

// knownID tells whether id may name something: any other is absent without a look.
func knownID(id, prefix string) bool { return len(id) <= maxIDLen && audit.HasPrefix(id, prefix) }

func noSuch(what string) error { return fault.New(fault.NotFound, "no such %s", what) }

// record describes a noun that is one item: a JSON document and a version that each write counts up.
type record[T any] struct {
	what string // for messages
	key  func(*T) table.Key
	// attrs are attributes beside document and version: those of indexes.
	attrs   func(*T) table.Attrs
	version func(*T) *int64
	// restore fills in what the document leaves out.
	restore func(*T, table.Key)
	// beside fills in what is beside the document; it may be nil.
	beside func(*T, table.Item)
}

func (r record[T]) decode(it table.Item) (T, error) {
	var v T
	if err := decode(it, &v); err != nil {
		return v, err
	}
	*r.version(&v) = it.Int(attrVersion)
	r.restore(&v, it.Key)
	if r.beside != nil {
		r.beside(&v, it)
	}
	return v, nil
}

func (r record[T]) get(ctx context.Context, db table.DB, key table.Key) (T, error) {
	it, err := db.Get(ctx, tableControl, key)
	if err != nil {
		var none T
		return none, dbFault(err, r.what)
	}
	return r.decode(it)
}

// put makes the write that stores v, one version on, if the stored item still has v's version; version 0 means that
// there is none.
func (r record[T]) put(v *T) table.Write {
	cond := table.IfAbsent()
	if old := *r.version(v); old > 0 {
		cond = table.IfEqual(attrVersion, old)
	}
	*r.version(v)++
	attrs := table.Attrs{attrDoc: encode(v), attrVersion: *r.version(v)}
	if r.attrs != nil {
		maps.Copy(attrs, r.attrs(v))
	}
	return table.Write{Table: tableControl, Kind: table.Put, Key: r.key(v), Attrs: attrs, If: cond}
}

// update reads, changes and conditionally writes until nobody else was faster. change may be called more than once;
// its error ends the update. with makes further writes of the same transaction; it may be nil.
func (r record[T]) update(ctx context.Context, db table.DB, key table.Key, change func(*T) error,
	with func(*T) []table.Write,
) (T, error) {
	var none T
	for try := 1; ; try++ {
		v, err := r.get(ctx, db, key)
		if err != nil {
			return none, err
		}
		if err := change(&v); err != nil {
			return none, fault.From(err)
		}
		writes := []table.Write{r.put(&v)}
		if with != nil {
			writes = append(writes, with(&v)...)
		}
		switch err = writeAll(ctx, db, writes); {
		case err == nil:
			return v, nil
		case !contended(err) || try == tries || ctx.Err() != nil:
			return none, dbFault(err, r.what)
		}
		backOff(ctx, try)
	}
}

// writeAll makes all writes or none.
func writeAll(ctx context.Context, db table.DB, writes []table.Write) error {
	if len(writes) == 1 {
		_, err := db.Write(ctx, writes[0])
		return err
	}
	return db.Transact(ctx, writes)
}

// longestPause bounds the pause between two tries.
const longestPause = 64 * time.Millisecond

// backOff waits for a random while, longer with every try, so that those who are in each other's way take turns. Without it
// the same one may lose every time ("Exponential Backoff And Jitter", AWS Architecture Blog).
func backOff(ctx context.Context, try int) {
	timer := time.NewTimer(rand.N(min(time.Millisecond<<try, longestPause)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// contended tells whether somebody else was faster.
func contended(err error) bool {
	return errors.Is(err, table.ErrCondition) || errors.Is(err, table.ErrConflict)
}

// transact makes all writes or none, and tries again while another transaction is in the way.
func transact(ctx context.Context, db table.DB, writes []table.Write) error {
	for try := 1; ; try++ {
		err := db.Transact(ctx, writes)
		if !errors.Is(err, table.ErrConflict) || try == tries || ctx.Err() != nil {
			return err
		}
		backOff(ctx, try)
	}
}

// failedAt tells whether a transaction failed at the condition of its i-th write.
func failedAt(err error, i int) bool {
	var cond *table.ConditionError
	if !errors.As(err, &cond) {
		return false
	}
	return slices.Contains(cond.Failed, i)
}

// position is where a list goes on: the driver's own cursor.
type position struct {
	After string `json:"a"`
}

// list reads one page of a query and keeps the items that pass.
func list[T any](ctx context.Context, s *Store, q table.Query, paging Paging, name, what string,
	convert func(table.Item) (T, bool, error),
) (Page[T], error) {
	var pos position
	if _, err := openCursor(name, paging.Cursor, &pos); err != nil {
		return Page[T]{}, err
	}
	q.Limit, q.After = paging.limit(), pos.After
	page, err := s.db.Query(ctx, q)
	if err != nil {
		return Page[T]{}, dbFault(err, what)
	}
	out := Page[T]{Items: make([]T, 0, len(page.Items))}
	for _, it := range page.Items {
		v, ok, err := convert(it)
		if err != nil {
			return Page[T]{}, err
		}
		if ok {
			out.Items = append(out.Items, v)
		}
	}
	if page.Next != "" {
		out.Next = sealCursor(name, position{After: page.Next})
	}
	return out, nil
}
