package table_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/table"
)

func TestCursorsComeBack(t *testing.T) {
	for _, c := range []struct {
		name string
		q    table.Query
		at   table.Position
	}{
		{"of a table", table.Query{Table: "t", PK: "p"}, table.Position{Key: table.Key{PK: "p", SK: "s"}}},
		{"of an index", table.Query{Table: "t", Index: "i", PK: "x"}, table.Position{Key: table.Key{PK: "p", SK: "大"}, IndexSK: "z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.After = table.EncodeCursor(c.q, c.at)
			at, err := table.DecodeCursor(c.q)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.at, at); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzDecodeCursor(f *testing.F) {
	q := table.Query{Table: "t", PK: "p"}
	f.Add(table.EncodeCursor(q, table.Position{Key: table.Key{PK: "p", SK: "s"}}), "")
	q.Index = "i"
	f.Add(table.EncodeCursor(q, table.Position{Key: table.Key{PK: "p", SK: "s"}, IndexSK: "x"}), "i")
	f.Add("", "")
	f.Add("AQ", "i")
	f.Fuzz(func(t *testing.T, after, index string) {
		q := table.Query{Table: "t", PK: "p", Index: index, After: after}
		at, err := table.DecodeCursor(q)
		if err != nil {
			if !errors.Is(err, table.ErrCursor) {
				t.Fatalf("error %v", err)
			}
			return
		}
		// What is taken is exactly what a page gives.
		if again := table.EncodeCursor(q, at); again != after {
			t.Fatalf("%q became %q", after, again)
		}
	})
}

func TestItemSizes(t *testing.T) {
	k := table.Key{PK: "p", SK: "ß"} // pk, sk and 1 + 2 bytes
	for _, c := range []struct {
		name  string
		attrs table.Attrs
		want  int
	}{
		{"keys alone", nil, 7},
		{"a string", table.Attrs{"größe": "大"}, 7 + 7 + 3},
		{"a binary", table.Attrs{"b": make([]byte, 10)}, 7 + 11},
		{"a boolean", table.Attrs{"b": true}, 7 + 2},
		{"zero", table.Attrs{"n": int64(0)}, 7 + 2},
		{"one digit", table.Attrs{"n": int64(7)}, 7 + 1 + 2},
		{"two digits", table.Attrs{"n": int64(42)}, 7 + 1 + 2},
		{"three digits", table.Attrs{"n": int64(123)}, 7 + 1 + 3},
		{"trailing zeros", table.Attrs{"n": int64(1200000)}, 7 + 1 + 2},
		{"a negative", table.Attrs{"n": int64(-42)}, 7 + 1 + 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (table.Item{Key: k, Attrs: c.attrs}).Size(); got != c.want {
				t.Errorf("%d bytes, want %d", got, c.want)
			}
		})
	}
}
