// Package dynamotable keeps tables in Amazon DynamoDB: the driver behind the functions on AWS.
//
// An item's keys are the attributes "pk" and "sk", and its expiry "ttl". An expired item stays in DynamoDB for up to
// some days, so every read leaves it out and every condition counts it as absent; this driver never depends on when
// DynamoDB removes it.
//
// Items that tie in an index, by its partition and its sort key, come in an order of DynamoDB's own: not documented,
// though the same in each direction and from page to page. Whoever needs one makes the index's sort key unique.
//
// The SDK's client retries requests whose answer was lost. A conditional write repeated so may find its own first
// attempt and fail its condition, and an addition may count twice; callers that can't bear that use Transact, which
// carries a token that makes repeats harmless.
package dynamotable

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/infraudit/infraudit/internal/table"
)

// Options change how a DB works. The zero value works.
type Options struct {
	// Clock tells the time by which items expire; nil is the system's.
	Clock func() time.Time
	// Name turns a schema's name into the table's in DynamoDB; nil keeps it. CloudFormation makes up the names of
	// tables, and DynamoDB wants 3 characters or more.
	Name func(schema string) string
	// Concurrency is how many requests one call makes at a time; 0 is 8.
	Concurrency int
}

// DB is a set of DynamoDB tables. It implements table.DB and is safe for concurrent use.
type DB struct {
	client  *dynamodb.Client
	checks  table.Tables
	schemas []table.Schema
	opts    Options
}

var _ table.DB = (*DB)(nil)

// New returns the tables of schemas. It makes no request; CreateTables makes tables that aren't there.
func New(client *dynamodb.Client, schemas []table.Schema, opts Options) (*DB, error) {
	checks, err := table.NewTables(schemas)
	if err != nil {
		return nil, err
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Name == nil {
		opts.Name = func(schema string) string { return schema }
	}
	if opts.Concurrency <= 0 {
		opts.Concurrency = 8
	}
	return &DB{client: client, checks: checks, schemas: schemas, opts: opts}, nil
}

// Close does nothing: the client is the caller's.
func (db *DB) Close() error { return nil }

func (db *DB) now() int64 { return db.opts.Clock().Unix() }

// pause waits between attempts, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
