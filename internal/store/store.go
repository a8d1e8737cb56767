// Package store is the product's reads and writes, written once over a table.DB: what it does on one machine it does
// on DynamoDB. Every method takes the team whose data it may touch; an id of another team is absent. State changes
// are conditional writes, never read-then-write. docs/keys.md lists every key, index and cost.
//
// Methods return *fault.Error: NotFound, Conflict, Throttled, or Internal with the driver's error as cause.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// Blobs holds values that are too large for an item. Keys are relative; a value is written once and never changed.
type Blobs interface {
	Put(ctx context.Context, key string, data []byte) error
	// Get returns a fault of kind NotFound where there is no such key.
	Get(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// Store reads and writes the product's state. It is safe for concurrent use.
type Store struct {
	db    table.DB
	blobs Blobs
	now   func() time.Time
	// recording bounds how many batches of observations are made into writes at once.
	recording chan struct{}
	announce  func(ctx context.Context, events []audit.Event)
}

// maxRecording batches keep the database busy; more would only hold their writes, megabytes each, while they wait.
const maxRecording = 4

// New returns a store on db, whose tables are Schemas. now is the clock; nil means time.Now.
func New(db table.DB, blobs Blobs, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{
		db: db, blobs: blobs, now: func() time.Time { return now().UTC().Truncate(time.Millisecond) },
		recording: make(chan struct{}, maxRecording),
	}
}

// Now returns the store's time: UTC, in milliseconds.
func (s *Store) Now() time.Time { return s.now() }

// The tables, by lifetime and traffic.
const (
	tableControl   = "control"   // teams, providers, credentials, jobs, executions, tasks, tokens
	tableInventory = "inventory" // resources, configurations, baselines, coverage
	tableFindings  = "findings"  // drifts, findings, assessments
	tableHistory   = "history"   // what happened to a resource, events and their deliveries, idempotency keys; expires
)

// The indexes. Each is sparse: an item without its key attributes isn't in it.
const (
	indexDue        = "due"        // control: enabled jobs by next run
	indexExecutions = "executions" // control: a team's executions, by start
	indexByJob      = "by_job"     // control: a job's executions, by start
	indexLeases     = "leases"     // control: open tasks, by when their lease runs out
	indexLive       = "live"       // inventory: a slice's resources by type and external id
	indexByStatus   = "by_status"  // findings: a team's drifts and findings by status, by detection; its assessments
	indexByRule     = "by_rule"    // findings: a rule's findings, by status; a framework's assessments
	indexPending    = "actor_due"  // findings: drifts of a region whose actor isn't known yet
	indexUnsent     = "unsent"     // history: events and deliveries that are to be sent, by when to look after them
)

// Schemas declares the tables. Key attributes of indexes are two letters: which index, then p or s.
func Schemas() []table.Schema {
	return []table.Schema{
		{Name: tableControl, Indexes: []table.Index{
			{Name: indexDue, PK: "dp", SK: "ds"},
			{Name: indexExecutions, PK: "xp", SK: "xs", All: true},
			{Name: indexByJob, PK: "jp", SK: "js", All: true},
			{Name: indexLeases, PK: "op", SK: "os"},
		}},
		{Name: tableInventory, Indexes: []table.Index{
			{Name: indexLive, PK: "lp", SK: "ls", Project: []string{attrHash, attrBaseHash, attrJudged, attrFacts, attrStatus, attrUnread}},
		}},
		{Name: tableFindings, Indexes: []table.Index{
			{Name: indexByStatus, PK: "sp", SK: "ss", All: true},
			{Name: indexByRule, PK: "rp", SK: "rs", All: true},
			{Name: indexPending, PK: "ap", SK: "as"},
		}},
		{Name: tableHistory, Indexes: []table.Index{
			{Name: indexUnsent, PK: "up", SK: "us"},
		}},
	}
}

// Attributes beside keys. A noun's fields are one JSON document, except those that conditions or indexes name.
const (
	attrDoc      = "d"
	attrVersion  = "v"
	attrHash     = "h"  // resource: hash of its configuration
	attrBaseHash = "b"  // resource: hash of its newest baseline's configuration
	attrJudged   = "j"  // resource: the comparison last judged
	attrFacts    = "fh" // resource: hash of its facts
	attrStatus   = "st"
	attrBody     = "z"  // compressed bytes
	attrBlob     = "bk" // where the bytes are when they are not in the item
)

// encode makes an item's document.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: encode %T: %v", v, err)) // only nouns of package audit come here
	}
	return b
}

// decode reads an item's document into v.
func decode(it table.Item, v any) error {
	if err := json.Unmarshal(it.Bytes(attrDoc), v); err != nil {
		return fault.Wrap(fault.Internal, err, "a stored record can't be read")
	}
	return nil
}

// dbFault turns a driver's error into a fault. what names the thing for the person who asked: "provider".
func dbFault(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, table.ErrNotFound):
		return fault.Wrap(fault.NotFound, err, "no such %s", what)
	case errors.Is(err, table.ErrCondition):
		return fault.Wrap(fault.Conflict, err, "the %s changed meanwhile", what)
	case errors.Is(err, table.ErrConflict), errors.Is(err, table.ErrThrottled):
		return fault.Wrap(fault.Throttled, err, "the database is busy")
	case errors.Is(err, table.ErrCursor):
		return badCursor(err)
	}
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(fault.Internal, err, "the %s could not be read or written", what)
}

// stamp formats a time so that stamps sort as times do. Source: RFC 3339, with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
