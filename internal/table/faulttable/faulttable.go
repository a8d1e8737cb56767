// Package faulttable decorates a table.DB with failures, for tests of what survives them: a call that was refused, one
// that was made but whose answer was lost, one made in part, and a process that died.
package faulttable

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/infraudit/infraudit/internal/table"
)

// ErrInjected is what a failed call returns, wrapped.
var ErrInjected = errors.New("faulttable: injected failure")

// Fate is what becomes of a call.
type Fate uint8

// The fates. Reads that fail return nothing, before or after.
const (
	OK       Fate = iota
	Before        // it fails, and nothing was made
	After         // it fails, though it was made: a lost answer
	Torn          // Apply makes the first half of its writes and fails; like After for other calls
	Die           // this call and every later one fail, and make nothing: the process died before it
	DieAfter      // this call is made, and fails like every later one: the process died behind it
	DieTorn       // Torn, and every later call fails
)

// Fail decides about a call: its method's name, such as "Query", and its number, counted from 1 over all calls.
// It is called by one goroutine at a time.
type Fail func(call string, n int) Fate

// At gives one call, by its number, a fate.
func At(n int, fate Fate) Fail {
	return func(_ string, at int) Fate {
		if at == n {
			return fate
		}
		return OK
	}
}

// AtWrite gives the n-th of the calls that write a fate, counted from 1. Use a Fail that it made with one DB only.
func AtWrite(n int, fate Fate) Fail {
	writes := 0
	return func(call string, _ int) Fate {
		if call != "Write" && call != "Apply" && call != "Transact" {
			return OK
		}
		if writes++; writes == n {
			return fate
		}
		return OK
	}
}

// DB is a table.DB some of whose calls fail.
type DB struct {
	inner table.DB
	fail  Fail

	mu    sync.Mutex
	calls int
	dead  bool
}

var _ table.DB = (*DB)(nil)

// New decorates db; a nil fail lets everything pass, and counts.
func New(db table.DB, fail Fail) *DB { return &DB{inner: db, fail: fail} }

// Calls returns how many calls were made, failed ones included: run once without failures to learn how many points
// there are to fail at.
func (db *DB) Calls() int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.calls
}

// fate counts a call and returns whether to make it, wholly or in part, and the error to return instead of its own.
func (db *DB) fate(call string) (fate Fate, err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.calls++
	if db.dead {
		return Before, fmt.Errorf("%w: %s after death", ErrInjected, call)
	}
	if db.fail != nil {
		fate = db.fail(call, db.calls)
	}
	switch fate {
	case OK:
		return OK, nil
	case Die:
		db.dead, fate = true, Before
	case DieAfter:
		db.dead, fate = true, After
	case DieTorn:
		db.dead, fate = true, Torn
	case Before, After, Torn:
	}
	return fate, fmt.Errorf("%w: %s, call %d", ErrInjected, call, db.calls)
}

// made runs a call as its fate is.
func made[T any](db *DB, name string, call func() (T, error)) (T, error) {
	var none T
	fate, injected := db.fate(name)
	if fate == Before {
		return none, injected
	}
	out, err := call()
	if injected != nil {
		return none, injected
	}
	return out, err
}

// Get may fail.
func (db *DB) Get(ctx context.Context, name string, key table.Key) (table.Item, error) {
	return made(db, "Get", func() (table.Item, error) { return db.inner.Get(ctx, name, key) })
}

// BatchGet may fail.
func (db *DB) BatchGet(ctx context.Context, name string, keys []table.Key) ([]table.Item, error) {
	return made(db, "BatchGet", func() ([]table.Item, error) { return db.inner.BatchGet(ctx, name, keys) })
}

// Query may fail.
func (db *DB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	return made(db, "Query", func() (table.Page, error) { return db.inner.Query(ctx, q) })
}

// Write may fail before or after it was made.
func (db *DB) Write(ctx context.Context, w table.Write) (table.Item, error) {
	return made(db, "Write", func() (table.Item, error) { return db.inner.Write(ctx, w) })
}

// Apply may fail before or after it was made, or having made some.
func (db *DB) Apply(ctx context.Context, writes []table.Write) ([]int, error) {
	fate, injected := db.fate("Apply")
	switch fate {
	case Before:
		return nil, injected
	case Torn:
		writes = writes[:(len(writes)+1)/2]
	}
	failed, err := db.inner.Apply(ctx, writes)
	if injected != nil {
		return nil, injected
	}
	return failed, err
}

// Transact may fail before or after it was made, never in part.
func (db *DB) Transact(ctx context.Context, writes []table.Write) error {
	_, err := made(db, "Transact", func() (struct{}, error) { return struct{}{}, db.inner.Transact(ctx, writes) })
	return err
}

// Close never fails by injection.
func (db *DB) Close() error { return db.inner.Close() }
