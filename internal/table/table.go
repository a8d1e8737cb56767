// Package table is the storage driver interface, in DynamoDB's own terms: items under a partition and a sort key,
// sparse secondary indexes, conditional writes, transactions, cursors and expiry. Drivers (dynamotable, bolttable)
// pass one conformance suite, tabletest, limits included, so that what works on a local file works in the cloud.
//
// There is deliberately no scan.
package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Limits that every driver enforces. Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB".
const (
	MaxItemSize      = 400 << 10 // bytes, names included
	MaxPageSize      = 1 << 20   // bytes of items that a query reads for one page
	MaxTransaction   = 100       // writes
	MaxTransactBytes = 4 << 20
	MaxPK            = 2048 // bytes
	MaxSK            = 1024 // bytes
)

// AttrTTL is the attribute that holds when an item expires, in seconds since the epoch. An expired item is never
// returned, whether or not it was removed yet.
const AttrTTL = "ttl"

// Errors that drivers return. Match with errors.Is.
var (
	// ErrNotFound: Get found nothing.
	ErrNotFound = errors.New("table: no such item")
	// ErrCondition: a write's condition did not hold; for a transaction, one of them, and nothing was written.
	ErrCondition = errors.New("table: condition did not hold")
	// ErrConflict: a transaction met another on the same item; nothing was written; it may be tried again.
	ErrConflict = errors.New("table: transaction conflict")
	// ErrThrottled: the database asks to slow down, and the driver's own retries were used up.
	ErrThrottled = errors.New("table: throttled")
	// ErrLimit: an item, key, page or transaction is over a limit; nothing was written.
	ErrLimit = errors.New("table: over a limit")
	// ErrCursor: the cursor isn't one that this query gave.
	ErrCursor = errors.New("table: bad cursor")
)

// ConditionError tells which writes of a Transact failed their condition. It matches ErrCondition.
type ConditionError struct {
	Failed []int // indexes into the writes
}

func (e *ConditionError) Error() string {
	return fmt.Sprintf("%v (writes %v)", ErrCondition, e.Failed)
}

// Is matches ErrCondition.
func (e *ConditionError) Is(target error) bool { return target == ErrCondition }

// Key names an item. Neither part may be empty or contain a NUL byte.
type Key struct {
	PK, SK string
}

// Attrs are an item's attributes beside its key. A value is a string, []byte, int64 or bool. A key of an index is a
// string attribute; an item without both of an index's keys isn't in that index.
type Attrs map[string]any

// Item is a key and its attributes. One read through an index has only the attributes that the index projects.
type Item struct {
	Key
	Attrs Attrs
}

// String returns a string attribute, or "".
func (it Item) String(name string) string { s, _ := it.Attrs[name].(string); return s }

// Int returns a number attribute, or 0.
func (it Item) Int(name string) int64 { n, _ := it.Attrs[name].(int64); return n }

// Bytes returns a binary attribute, or nil.
func (it Item) Bytes(name string) []byte { b, _ := it.Attrs[name].([]byte); return b }

// Bool returns a boolean attribute, or false.
func (it Item) Bool(name string) bool { b, _ := it.Attrs[name].(bool); return b }

// Schema declares a table. Every table has a string partition key, a string sort key and expiry by AttrTTL.
type Schema struct {
	Name    string
	Indexes []Index
}

// Index declares a sparse global secondary index.
type Index struct {
	Name    string
	PK, SK  string   // the attributes that hold its keys
	Project []string // attributes beside keys; nil projects keys only
	All     bool     // projects every attribute
}

// Index returns the index of that name.
func (s Schema) Index(name string) (Index, bool) {
	for _, ix := range s.Indexes {
		if ix.Name == name {
			return ix, true
		}
	}
	return Index{}, false
}

// Op is how a condition compares.
type Op string

// The comparisons. Absent and Present take no value; the others are false for an absent attribute.
const (
	Absent  Op = "absent"
	Present Op = "present"
	Eq      Op = "="
	Ne      Op = "<>"
	Lt      Op = "<"
	Le      Op = "<="
	Gt      Op = ">"
	Ge      Op = ">="
)

// Condition is a comparison on an attribute of the stored item. Attr "" means the item as a whole, for Absent and
// Present.
type Condition struct {
	Attr  string
	Op    Op
	Value any
}

// Conditions all have to hold. None hold always. An expired item counts as absent.
type Conditions []Condition

// IfAbsent holds when no item has the key.
func IfAbsent() Conditions { return Conditions{{Op: Absent}} }

// IfPresent holds when an item has the key.
func IfPresent() Conditions { return Conditions{{Op: Present}} }

// IfEqual holds when the item has the attribute with that value.
func IfEqual(attr string, value any) Conditions {
	return Conditions{{Attr: attr, Op: Eq, Value: value}}
}

// And adds conditions.
func (c Conditions) And(more ...Condition) Conditions {
	return append(append(Conditions(nil), c...), more...)
}

// Kind says what a write does.
type Kind uint8

// The kinds of writes.
const (
	Put    Kind = iota // replace the item, or make it
	Update             // set, add and remove attributes; makes the item where there is none
	Delete             // remove the item; removing what isn't there succeeds
	Check              // only the condition (in transactions)
)

// Write is one change to one item.
type Write struct {
	Table  string
	Kind   Kind
	Key    Key
	Attrs  Attrs            // Put: all attributes; Update: those to set
	Add    map[string]int64 // Update: added to numbers; an absent one counts as 0
	Remove []string         // Update: attributes to remove
	If     Conditions
}

// Query asks for a run of items of one partition, of the table or of an index.
type Query struct {
	Table string
	Index string // "" for the table itself
	PK    string
	// Prefix, or From and To (both inclusive, either may be empty), narrow the sort key.
	Prefix   string
	From, To string
	Reverse  bool
	Limit    int    // items that are read; 0: as many as a page holds
	After    string // the Next of the page before; "" for the first
	// Consistent reads see every write that ended before; tables only, never indexes.
	Consistent bool
}

// Page is an answer to a query, ordered by sort key (as bytes), ties of an index by the table's key. A page may
// hold fewer items than asked for, even none; only an empty Next ends the run.
type Page struct {
	Items []Item
	Next  string
}

// DB is a set of tables.
type DB interface {
	// Get returns an item, or ErrNotFound. It sees every write that ended before.
	Get(ctx context.Context, table string, key Key) (Item, error)
	// BatchGet returns those items of keys that exist, in no order; any number of keys, duplicates allowed. It may
	// miss writes of the last second.
	BatchGet(ctx context.Context, table string, keys []Key) ([]Item, error)
	// Query returns a page. Cursors stay good when items are written or removed, the one at the cursor too.
	Query(ctx context.Context, q Query) (Page, error)
	// Write makes one change and returns the item as it is after it (zero for Delete and Check).
	// ErrCondition when the condition doesn't hold.
	Write(ctx context.Context, w Write) (Item, error)
	// Apply makes any number of changes, each by itself and in no order; one key may appear once. It returns the
	// indexes of those whose condition did not hold. When err isn't nil, any of the others may or may not have
	// been made.
	Apply(ctx context.Context, writes []Write) (failed []int, err error)
	// Transact makes all changes or none: at most MaxTransaction, over any of the tables, each key once.
	// A *ConditionError tells whose condition did not hold.
	Transact(ctx context.Context, writes []Write) error
	// Close releases the driver's resources.
	Close() error
}

// All runs a query page after page, and yields each item; an error ends the run.
func All(ctx context.Context, db DB, q Query) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for {
			page, err := db.Query(ctx, q)
			if err != nil {
				yield(Item{}, err)
				return
			}
			for _, it := range page.Items {
				if !yield(it, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			q.After = page.Next
		}
	}
}

// Expired tells whether an item's time is over.
func (it Item) Expired(now time.Time) bool {
	ttl, ok := it.Attrs[AttrTTL].(int64)
	return ok && ttl <= now.Unix()
}
