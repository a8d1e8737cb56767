// Package tabletest is the conformance suite of table.DB: every driver passes it, limits and costs included, so that
// what works on one works on the other.
package tabletest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/table"
)

// Open makes an empty DB of schemas that tells the time by clock. It cleans up after the test.
type Open func(t *testing.T, schemas []table.Schema, clock func() time.Time) table.DB

// Clock is a time that stands still until a test moves it. The zero value isn't usable; see NewClock.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock far in the future: DynamoDB's own expiry, which goes by the real time, then never
// interferes.
func NewClock() *Clock { return &Clock{now: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)} }

// Now is the clock to give to a driver.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Schemas are what the suite uses: tables with a projecting, a keys-only and a whole index, and one without.
func Schemas() []table.Schema {
	return []table.Schema{
		{Name: "items", Indexes: []table.Index{
			{Name: "some", PK: "ip", SK: "is", Project: []string{"name", "count"}},
			{Name: "keys", PK: "kp", SK: "ks"},
			{Name: "whole", PK: "wp", SK: "ws", All: true},
		}},
		{Name: "plain"},
	}
}

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*fixture)
	}{
		{"single items", testItems},
		{"values", testValues},
		{"conditions", testConditions},
		{"updates", testUpdates},
		{"refusals", testRefusals},
		{"large items", testLargeItems},
		{"queries of a table", testQueries},
		{"pages", testPages},
		{"indexes", testIndexes},
		{"cursors", testCursors},
		{"expiry", testExpiry},
		{"batches", testBatches},
		{"transactions", testTransactions},
		{"concurrent writers", testConcurrency},
		{"what reads cost", testReadUnits},
		{"what writes cost", testWriteUnits},
		{"what index changes cost", testIndexUnits},
		{"what refused writes cost", testRefusedUnits},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(newFixture(t, open)) })
	}
}

// fixture is one DB under test, with calls that fail the test on an unexpected error.
type fixture struct {
	*testing.T
	db    table.DB
	clock *Clock
	ctx   context.Context
}

func newFixture(t *testing.T, open Open) *fixture {
	clock := NewClock()
	return &fixture{T: t, db: open(t, Schemas(), clock.Now), clock: clock, ctx: t.Context()}
}

// run runs a subtest on the same DB.
func (f *fixture) run(name string, test func(*fixture)) {
	f.Helper()
	f.T.Run(name, func(t *testing.T) {
		test(&fixture{T: t, db: f.db, clock: f.clock, ctx: t.Context()})
	})
}

func key(pk, sk string) table.Key { return table.Key{PK: pk, SK: sk} }

func put(k table.Key, attrs table.Attrs) table.Write {
	return table.Write{Table: "items", Key: k, Attrs: attrs}
}

func update(k table.Key, attrs table.Attrs) table.Write {
	return table.Write{Table: "items", Kind: table.Update, Key: k, Attrs: attrs}
}

func remove(k table.Key) table.Write { return table.Write{Table: "items", Kind: table.Delete, Key: k} }

func check(k table.Key, conds table.Conditions) table.Write {
	return table.Write{Table: "items", Kind: table.Check, Key: k, If: conds}
}

func when(w table.Write, conds table.Conditions) table.Write {
	w.If = conds
	return w
}

func (f *fixture) must(w table.Write) table.Item {
	f.Helper()
	it, err := f.db.Write(f.ctx, w)
	if err != nil {
		f.Fatalf("write %q: %v", w.Key, err)
	}
	return it
}

func (f *fixture) apply(writes ...table.Write) {
	f.Helper()
	failed, err := f.db.Apply(f.ctx, writes)
	if err != nil || len(failed) > 0 {
		f.Fatalf("apply: failed %v, error %v", failed, err)
	}
}

// attrs returns an item's attributes, nil when it isn't there.
func (f *fixture) attrs(k table.Key) table.Attrs {
	f.Helper()
	it, err := f.db.Get(f.ctx, "items", k)
	if err == nil {
		if it.Key != k {
			f.Fatalf("got %q for %q", it.Key, k)
		}
		return it.Attrs
	}
	f.is(err, table.ErrNotFound)
	return nil
}

func (f *fixture) is(err, want error) {
	f.Helper()
	if !gocmp.Equal(err, want, cmpopts.EquateErrors()) {
		f.Fatalf("error is %v, want %v", err, want)
	}
}

func (f *fixture) same(got, want any) {
	f.Helper()
	if d := gocmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		f.Fatalf("differs (-want +got):\n%s", clip(d))
	}
}

func clip(s string) string {
	const limit = 4000
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}

// all runs a query to its end and returns the items and how many pages they came in.
func (f *fixture) all(q table.Query) (items []table.Item, pages int) {
	f.Helper()
	for {
		page, err := f.db.Query(f.ctx, q)
		if err != nil {
			f.Fatalf("query %+v: %v", q, err)
		}
		items = append(items, page.Items...)
		pages++
		if q.After = page.Next; page.Next == "" {
			return items, pages
		}
		if pages > 10000 {
			f.Fatalf("query %+v never ends", q)
		}
	}
}

// sortKeys returns the table's sort keys of a query's items, in order.
func (f *fixture) sortKeys(q table.Query) []string {
	f.Helper()
	items, _ := f.all(q)
	keys := make([]string, len(items))
	for i, it := range items {
		keys[i] = it.SK
	}
	return keys
}

func sorted(items []table.Item) []table.Item {
	return slices.SortedFunc(slices.Values(items), func(a, b table.Item) int {
		return cmp.Or(cmp.Compare(a.PK, b.PK), cmp.Compare(a.SK, b.SK))
	})
}

func blob(n int) []byte { return bytes.Repeat([]byte{0xa5}, n) }

func numbered(n int) string { return fmt.Sprintf("%05d", n) }
