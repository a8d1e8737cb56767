package bolttable_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/table/tabletest"
)

func keys(t *testing.T, db table.DB, q table.Query) (out []string) {
	t.Helper()
	for it, err := range table.All(t.Context(), db, q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, it.PK+"/"+it.SK)
	}
	return out
}

func TestExpireRemovesABoundedNumberOfExpiredItemsOldestFirst(t *testing.T) {
	clock := tabletest.NewClock()
	db := openFile(t, filepath.Join(t.TempDir(), "x.db"), tabletest.Schemas(), bolttable.Options{Clock: clock.Now, NoSync: true})
	const n = 2000
	var writes []table.Write
	for i := range n {
		writes = append(writes, table.Write{Table: "items", Key: table.Key{PK: "p", SK: fmt.Sprintf("%05d", i)}, Attrs: table.Attrs{
			"ttl": clock.Now().Unix() + int64(n-i), "ip": "i", "is": "x",
		}})
	}
	for _, ttl := range []int64{-5, 0} { // before the epoch, and at it
		writes = append(writes, table.Write{
			Table: "plain", Key: table.Key{PK: "p", SK: fmt.Sprint("t", ttl)}, Attrs: table.Attrs{"ttl": ttl},
		})
	}
	writes = append(writes, table.Write{Table: "plain", Key: table.Key{PK: "p", SK: "stays"}})
	if _, err := db.Apply(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	expire := func(limit, want int) {
		t.Helper()
		var used table.Usage
		got, err := db.Expire(table.WithUsage(t.Context(), &used), limit)
		if err != nil || got != want {
			t.Errorf("removed %d, want %d: %v", got, want, err)
		}
		if used.Requests() != 0 || used.WriteUnits() != 0 {
			t.Errorf("expiry is counted")
		}
	}
	expire(10, 2)
	clock.Advance(1700 * time.Second)
	// One of the oldest is written anew without an expiry, one is moved ahead: neither may be removed.
	for _, w := range []table.Write{
		{Table: "items", Kind: table.Put, Key: table.Key{PK: "p", SK: "01999"}},
		{Table: "items", Kind: table.Put, Key: table.Key{PK: "p", SK: "01998"}, Attrs: table.Attrs{"ttl": clock.Now().Unix() + 9999}},
	} {
		if _, err := db.Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	expire(1600, 1600)
	expire(1600, 98)
	expire(1600, 0)
	if got := len(keys(t, db, table.Query{Table: "items", PK: "p"})); got != 302 {
		t.Errorf("%d items are left", got)
	}
	if got := len(keys(t, db, table.Query{Table: "items", Index: "some", PK: "i"})); got != 300 {
		t.Errorf("%d entries are left", got)
	}
	if d := cmp.Diff([]string{"p/stays"}, keys(t, db, table.Query{Table: "plain", PK: "p"})); d != "" {
		t.Error(d)
	}
}

func TestTiesOfAnIndexAreInOrderOfTheTablesKey(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "ties.db"), tabletest.Schemas(), bolttable.Options{NoSync: true})
	for _, k := range []table.Key{{PK: "b", SK: "1"}, {PK: "a", SK: "2"}, {PK: "a", SK: "1"}, {PK: "a!", SK: "0"}} {
		if _, err := db.Write(t.Context(), table.Write{Table: "items", Key: k, Attrs: table.Attrs{"ip": "i", "is": "tie"}}); err != nil {
			t.Fatal(err)
		}
	}
	q := table.Query{Table: "items", Index: "some", PK: "i", Limit: 1}
	if d := cmp.Diff([]string{"a/1", "a/2", "a!/0", "b/1"}, keys(t, db, q)); d != "" {
		t.Error(d)
	}
	q.Reverse = true
	if d := cmp.Diff([]string{"b/1", "a!/0", "a/2", "a/1"}, keys(t, db, q)); d != "" {
		t.Error(d)
	}
}

func TestIndexesFollowTheSchemasWhenAFileIsOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "migrate.db")
	const n = 4000 // more than one transaction of the build
	indexed := func(project ...string) []table.Schema {
		return []table.Schema{{Name: "items", Indexes: []table.Index{{Name: "ix", PK: "ip", SK: "is", Project: project}}}}
	}
	with := func(schemas []table.Schema, use func(db *bolttable.DB)) {
		t.Helper()
		db, err := bolttable.Open(path, schemas, bolttable.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		use(db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	count := func(db *bolttable.DB, name string) (entries, projected int) {
		for it, err := range table.All(t.Context(), db, table.Query{Table: "items", Index: "ix", PK: "i"}) {
			if err != nil {
				t.Fatal(err)
			}
			entries++
			if it.String(name) != "" {
				projected++
			}
		}
		return entries, projected
	}
	with([]table.Schema{{Name: "items"}}, func(db *bolttable.DB) {
		writes := []table.Write{
			{Table: "items", Key: table.Key{PK: "q", SK: "number"}, Attrs: table.Attrs{"ip": int64(1), "is": "x"}},
			{Table: "items", Key: table.Key{PK: "q", SK: "NUL"}, Attrs: table.Attrs{"ip": "i\x00", "is": "x"}},
		}
		for i := range n {
			writes = append(writes, table.Write{Table: "items", Key: table.Key{PK: "p", SK: fmt.Sprintf("%05d", i)}, Attrs: table.Attrs{
				"ip": "i", "is": fmt.Sprint(i), "a": "a", "b": "b",
			}})
		}
		if _, err := db.Apply(t.Context(), writes); err != nil {
			t.Fatal(err)
		}
	})
	for _, c := range []struct {
		name    string
		schemas []table.Schema
		attr    string
	}{
		{"a new index is built", indexed("a"), "a"},
		{"an index that stays is kept", indexed("a"), "a"},
		{"an index that projects something else is built again", indexed("b"), "b"},
	} {
		with(c.schemas, func(db *bolttable.DB) {
			if entries, projected := count(db, c.attr); entries != n || projected != n {
				t.Errorf("%s: %d entries, %d with %q", c.name, entries, projected, c.attr)
			}
		})
	}
	with([]table.Schema{{Name: "items"}}, func(db *bolttable.DB) {
		if _, err := db.Write(t.Context(), table.Write{Table: "items", Kind: table.Delete, Key: table.Key{PK: "p", SK: "00000"}}); err != nil {
			t.Fatal(err)
		}
	})
	with(indexed("b"), func(db *bolttable.DB) {
		if entries, _ := count(db, "b"); entries != n-1 {
			t.Errorf("an index that was dropped and is back has %d entries", entries)
		}
	})
}
