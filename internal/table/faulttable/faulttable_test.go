package faulttable_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/table/faulttable"
	"github.com/infraudit/infraudit/internal/table/tabletest"
)

func open(t *testing.T, schemas []table.Schema, clock func() time.Time) table.DB {
	t.Helper()
	db, err := bolttable.Open(filepath.Join(t.TempDir(), "t.db"), schemas, bolttable.Options{Clock: clock, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestWithoutFailuresItIsTheDBItDecorates(t *testing.T) {
	tabletest.Run(t, func(t *testing.T, schemas []table.Schema, clock func() time.Time) table.DB {
		return faulttable.New(open(t, schemas, clock), nil)
	})
}

func TestFates(t *testing.T) {
	// Each run makes three calls: a write, a batch of four, and a write. Rows are which of the items exist then.
	batch := []string{"b1", "b2", "b3", "b4"}
	for _, c := range []struct {
		name   string
		fail   faulttable.Fail
		errs   []bool
		exists []string
	}{
		{"all well", nil, []bool{false, false, false}, []string{"a", "b1", "b2", "b3", "b4", "c"}},
		{"before", faulttable.At(2, faulttable.Before), []bool{false, true, false}, []string{"a", "c"}},
		{"after", faulttable.At(2, faulttable.After), []bool{false, true, false}, []string{"a", "b1", "b2", "b3", "b4", "c"}},
		{"torn", faulttable.At(2, faulttable.Torn), []bool{false, true, false}, []string{"a", "b1", "b2", "c"}},
		{"death", faulttable.AtWrite(2, faulttable.Die), []bool{false, true, true}, []string{"a"}},
		{"death after", faulttable.At(1, faulttable.DieAfter), []bool{true, true, true}, []string{"a"}},
		{"death in the middle", faulttable.AtWrite(2, faulttable.DieTorn), []bool{false, true, true}, []string{"a", "b1", "b2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			inner := open(t, []table.Schema{{Name: "t"}}, nil)
			db := faulttable.New(inner, c.fail)
			put := func(sk string) table.Write { return table.Write{Table: "t", Key: table.Key{PK: "p", SK: sk}} }
			var writes []table.Write
			for _, sk := range batch {
				writes = append(writes, put(sk))
			}
			_, first := db.Write(ctx, put("a"))
			_, second := db.Apply(ctx, writes)
			third := db.Transact(ctx, []table.Write{put("c")})
			for i, err := range []error{first, second, third} {
				if errors.Is(err, faulttable.ErrInjected) != c.errs[i] {
					t.Errorf("call %d: %v", i+1, err)
				}
			}
			var exists []string
			for it, err := range table.All(ctx, inner, table.Query{Table: "t", PK: "p"}) {
				if err != nil {
					t.Fatal(err)
				}
				exists = append(exists, it.SK)
			}
			if d := cmp.Diff(c.exists, exists); d != "" {
				t.Error(d)
			}
			if db.Calls() != 3 {
				t.Errorf("%d calls", db.Calls())
			}
		})
	}
}
