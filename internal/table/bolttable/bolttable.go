// Package bolttable keeps tables in one local file, on bbolt: the driver behind `infraudit serve` and
// `infraudit scan`. One process has the file open at a time.
//
// # Layout
//
// One bucket holds a table's items under PK NUL SK; one bucket per index holds entries under index PK NUL index SK
// NUL PK NUL SK, so that entries sort by the index's sort key and ties by the table's key; one bucket per table holds
// when items expire, in order of time. All of an item's entries change in the transaction that changes the item, so
// indexes here are never stale, which a caller must not rely on: DynamoDB's are.
//
// # Durability
//
// A write is acknowledged after the transaction that holds it was synced to disk, so that a process killed at any
// point loses nothing acknowledged. A sync costs as much for one write as for hundreds: one goroutine commits, and
// takes into each transaction whatever callers have queued since the last. A lone small write therefore pays a whole
// sync, and a hundred concurrent ones share it.
package bolttable

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/infraudit/infraudit/internal/table"
)

// ErrInUse: another process (or another DB of this one) has the file open.
var ErrInUse = errors.New("bolttable: the database file is in use by another process")

// ErrClosed: the DB was closed.
var ErrClosed = errors.New("bolttable: closed")

// lockTimeout is how long Open waits for another process to let go of the file: long enough for one that is just
// ending, short enough for a person who waits.
const lockTimeout = 2 * time.Second

// Options change how a DB works. The zero value is for production.
type Options struct {
	// Clock tells the time by which items expire; nil is the system's.
	Clock func() time.Time
	// NoSync leaves syncing to the operating system. A crash of the machine may then destroy the file: for tests
	// and benchmarks only.
	NoSync bool
}

// DB is a set of tables in one file. It implements table.DB and is safe for concurrent use.
type DB struct {
	bolt   *bbolt.DB
	clock  func() time.Time
	checks table.Tables
	tables map[string]*layout

	mu      sync.RWMutex // held for reading while an operation is handed to the committer
	closed  bool
	ops     chan *operation
	stopped chan struct{}
}

var _ table.DB = (*DB)(nil)

// Open opens or makes the file, readable by its owner alone, and brings its tables and indexes in line with schemas:
// an index that is new or was changed is built from its table, one that is gone is dropped. A table that is gone is
// left as it is. The error matches ErrInUse when another process has the file.
func Open(path string, schemas []table.Schema, opts Options) (*DB, error) {
	checks, err := table.NewTables(schemas)
	if err != nil {
		return nil, err
	}
	bolt, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockTimeout,
		// Finding free pages by a map keeps commits fast when many pages are free.
		FreelistType: bbolt.FreelistMapType,
		NoSync:       opts.NoSync,
		// A larger mapping costs address space only; growing it makes writers wait for readers.
		InitialMmapSize: initialMmap,
		NoStatistics:    true,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := &DB{
		bolt:    bolt,
		clock:   opts.Clock,
		checks:  checks,
		tables:  make(map[string]*layout, len(schemas)),
		ops:     make(chan *operation),
		stopped: make(chan struct{}),
	}
	if db.clock == nil {
		db.clock = time.Now
	}
	for _, s := range schemas {
		db.tables[s.Name] = newLayout(s)
	}
	if err := db.migrate(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), bolt.Close())
	}
	go db.commitLoop()
	return db, nil
}

// Close waits for writes that were handed over, then releases the file. Later calls return ErrClosed.
func (db *DB) Close() error {
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return nil
	}
	db.closed = true
	close(db.ops)
	db.mu.Unlock()
	<-db.stopped
	if err := db.bolt.Close(); err != nil {
		return fmt.Errorf("bolttable: close: %w", err)
	}
	return nil
}

// view runs fn in a read transaction. fn copies what it needs: a long read transaction keeps old pages from being
// reused, and the file growing.
func (db *DB) view(fn func(tx *bbolt.Tx) error) error {
	err := db.bolt.View(fn)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}
