package tabletest

import (
	"context"
	"maps"
	"testing"

	"github.com/infraudit/infraudit/internal/table"
)

// cost is what some calls were counted as.
type cost struct {
	Read, Write     float64
	Requests, Items int64
}

// costs runs calls and compares what they cost.
func (f *fixture) costs(name string, want cost, calls func(f *fixture)) {
	f.Helper()
	f.run(name, func(f *fixture) {
		var used table.Usage
		outer := f.ctx
		calls(&fixture{T: f.T, db: f.db, clock: f.clock, ctx: table.WithUsage(outer, &used)})
		f.same(cost{used.ReadUnits(), used.WriteUnits(), used.Requests(), used.Items()}, want)
	})
}

// sized makes attributes such that the item has exactly size bytes.
func sized(k table.Key, attrs table.Attrs, size int) table.Attrs {
	out := table.Attrs{"data": []byte{}}
	maps.Copy(out, attrs)
	out["data"] = blob(size - table.Item{Key: k, Attrs: out}.Size())
	return out
}

// RunDocumentedCosts tests those costs that DynamoDB Local 2.6.0 counts otherwise than DynamoDB is documented to: it
// counts nothing for the keys of a batch get that have no item and for a query that finds nothing (half a unit each),
// four units per KiB for a put or a check in a transaction (two), and only one of a transaction's writes that cost
// the same (each). A driver that counts by itself passes; one that takes the service's figures can't against Local.
func RunDocumentedCosts(t *testing.T, open Open) {
	f := newFixture(t, open)
	big := key("p", "big")
	f.must(put(big, sized(big, nil, 4097)))
	f.costs("a batch get counts keys without an item", cost{1 + 0.5, 0, 1, 0}, func(f *fixture) {
		_, err := f.db.BatchGet(f.ctx, "items", []table.Key{big, key("p", "none")})
		f.is(err, nil)
	})
	f.costs("a query of nothing", cost{0.5, 0, 1, 0}, func(f *fixture) {
		_, err := f.db.Query(f.ctx, table.Query{Table: "items", PK: "none"})
		f.is(err, nil)
	})
	transact := func(writes ...table.Write) func(*fixture) {
		return func(f *fixture) { f.is(f.db.Transact(f.ctx, writes), nil) }
	}
	tx := func(sk string) table.Key { return key("tx", sk) }
	f.costs("a put in a transaction", cost{0, 2, 1, 1}, transact(put(tx("1"), nil)))
	f.costs("two puts in a transaction", cost{0, 4, 1, 2}, transact(put(tx("2"), nil), put(tx("3"), nil)))
	f.costs("a put with an index entry", cost{0, 4, 1, 1}, transact(put(tx("4"), table.Attrs{"ip": "i", "is": "x"})))
	f.costs("every kind of write", cost{0, 2 + 4 + 2 + 2, 1, 3}, transact(
		put(tx("5"), nil), put(tx("6"), sized(tx("6"), nil, 1500)), remove(tx("7")), check(tx("8"), table.IfAbsent()),
	))
	f.costs("a check costs the item's size", cost{0, 10, 1, 0}, transact(check(big, table.IfPresent())))
}

func testReadUnits(f *fixture) {
	at := func(sk string) table.Key { return key("p", sk) }
	f.apply(
		put(at("a"), sized(at("a"), nil, 4096)),
		put(at("b"), sized(at("b"), nil, 4097)),
		put(at("c"), sized(at("c"), nil, 9000)),
		put(at("n"), table.Attrs{"x": int64(-1234567), "y": int64(1000), "z": int64(0), "f": true}),
	)
	for n := range 10 {
		k := key("q", numbered(n))
		f.must(put(k, sized(k, table.Attrs{"ip": "i", "is": "x", "name": "n"}, 1000)))
	}
	get := func(sk string) func(*fixture) { return func(f *fixture) { f.attrs(at(sk)) } }
	f.costs("a consistent get of 4 KB", cost{1, 0, 1, 0}, get("a"))
	f.costs("a consistent get of a byte more", cost{2, 0, 1, 0}, get("b"))
	f.costs("a consistent get of 9,000 bytes", cost{3, 0, 1, 0}, get("c"))
	f.costs("a get of nothing", cost{1, 0, 1, 0}, get("none"))
	f.costs("a get of an expired item", cost{2, 0, 1, 0}, func(f *fixture) {
		k := at("old")
		f.db.Write(context.WithoutCancel(f.T.Context()), put(k, sized(k, table.Attrs{"ttl": int64(1)}, 5000))) //nolint:errcheck // seen below
		f.attrs(k)
	})
	f.costs("a batch get rounds each item up", cost{0.5 + 1, 0, 1, 0}, func(f *fixture) {
		_, err := f.db.BatchGet(f.ctx, "items", []table.Key{at("a"), at("b"), at("a")})
		f.is(err, nil)
	})
	query := func(q table.Query) func(*fixture) {
		return func(f *fixture) {
			q.Table = "items"
			_, err := f.db.Query(f.ctx, q)
			f.is(err, nil)
		}
	}
	f.costs("a query rounds the sum up", cost{1.5, 0, 1, 0}, query(table.Query{PK: "q"}))
	f.costs("a consistent query", cost{3, 0, 1, 0}, query(table.Query{PK: "q", Consistent: true}))
	f.costs("a query of four items", cost{0.5, 0, 1, 0}, query(table.Query{PK: "q", Limit: 4}))
	f.costs("a query of five items", cost{1, 0, 1, 0}, query(table.Query{PK: "q", Limit: 5}))
	f.costs("a query of an index counts what it projects", cost{0.5, 0, 1, 0}, query(table.Query{Index: "some", PK: "i"}))
	f.costs("an update after all doesn't read", cost{0, 1, 1, 1}, func(f *fixture) { f.must(update(at("n"), nil)) })
}

func testWriteUnits(f *fixture) {
	k := key("p", "s")
	of := func(size int) table.Write { return put(k, sized(k, nil, size)) }
	transact := func(writes ...table.Write) func(*fixture) {
		return func(f *fixture) { f.is(f.db.Transact(f.ctx, writes), nil) }
	}
	f.costs("a put of 1 KB", cost{0, 1, 1, 1}, func(f *fixture) { f.must(of(1024)) })
	f.costs("a put of a byte more", cost{0, 2, 1, 1}, func(f *fixture) { f.must(of(1025)) })
	f.costs("a put of 5 KB", cost{0, 5, 1, 1}, func(f *fixture) { f.must(of(5 << 10)) })
	f.costs("a put over a larger item", cost{0, 5, 1, 1}, func(f *fixture) { f.must(of(100)) })
	f.costs("an update counts the whole item", cost{0, 3, 1, 1}, func(f *fixture) {
		w := of(3 << 10)
		w.Kind = table.Update
		f.must(w)
	})
	f.costs("an update that shrinks", cost{0, 3, 1, 1}, func(f *fixture) {
		w := update(k, nil)
		w.Remove = []string{"data"}
		f.must(w)
	})
	f.costs("a delete of a small item", cost{0, 1, 1, 1}, func(f *fixture) { f.must(remove(k)) })
	f.costs("a delete of nothing", cost{0, 1, 1, 1}, func(f *fixture) { f.must(remove(k)) })
	f.costs("a delete of 3 KB", cost{0, 1 + 3 + 3, 3, 3}, func(f *fixture) { f.must(remove(k)); f.must(of(3000)); f.must(remove(k)) })
	f.costs("a batch of 30 puts", cost{0, 60, 2, 30}, func(f *fixture) {
		var writes []table.Write
		for n := range 30 {
			k := key("batch", numbered(n))
			writes = append(writes, put(k, sized(k, nil, 1500)))
		}
		f.apply(writes...)
	})
	f.costs("a batch of 30 deletes and 2 conditional writes", cost{0, 60 + 2, 2 + 2, 32}, func(f *fixture) {
		var writes []table.Write
		for n := range 30 {
			writes = append(writes, remove(key("batch", numbered(n))))
		}
		f.apply(append(writes, when(put(key("batch", "x"), nil), table.IfAbsent()), update(key("batch", "y"), nil))...)
	})
	f.costs("a check of nothing makes no request", cost{}, transact(check(key("tx", "2"), nil)))
}

func testIndexUnits(f *fixture) {
	k := key("p", "s")
	large := text(1500)
	f.costs("a put without index keys", cost{0, 1, 1, 1}, func(f *fixture) { f.must(put(k, table.Attrs{"name": "n"})) })
	f.costs("an item enters an index", cost{0, 2, 1, 1}, func(f *fixture) { f.must(update(k, table.Attrs{"ip": "i", "is": "1"})) })
	f.costs("an item enters two more", cost{0, 3, 1, 1}, func(f *fixture) {
		f.must(update(k, table.Attrs{"kp": "i", "ks": "1", "wp": "i", "ws": "1"}))
	})
	f.costs("a change that only the whole index projects", cost{0, 2, 1, 1}, func(f *fixture) { f.must(update(k, table.Attrs{"other": "o"})) })
	f.costs("a change that two project", cost{0, 3, 1, 1}, func(f *fixture) { f.must(update(k, table.Attrs{"name": "m"})) })
	f.costs("no change", cost{0, 1, 1, 1}, func(f *fixture) { f.must(update(k, table.Attrs{"name": "m"})) })
	f.costs("an index key changes: a delete and a put, and the whole index", cost{0, 1 + 2 + 1, 1, 1}, func(f *fixture) {
		f.must(update(k, table.Attrs{"ip": "j"}))
	})
	f.costs("an item leaves an index, and the whole one changes", cost{0, 1 + 1 + 1, 1, 1}, func(f *fixture) {
		w := update(k, nil)
		w.Remove = []string{"ip"}
		f.must(w)
	})
	f.costs("a delete leaves two indexes", cost{0, 3, 1, 1}, func(f *fixture) { f.must(remove(k)) })
	f.costs("an entry of 2 KB", cost{0, 2 + 2, 1, 1}, func(f *fixture) {
		f.must(put(k, table.Attrs{"ip": "i", "is": "1", "name": large}))
	})
	f.costs("an entry shrinks: the larger counts", cost{0, 2 + 2, 1, 1}, func(f *fixture) { f.must(update(k, table.Attrs{"name": "n"})) })
	f.costs("a large item's entry, which projects little, moves", cost{0, 4 + 1 + 1, 1, 1}, func(f *fixture) {
		f.must(put(k, table.Attrs{"ip": "i", "is": "2", "other": text(4000)}))
	})
}

func text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

func testRefusedUnits(f *fixture) {
	k := key("p", "s")
	f.must(put(k, sized(k, nil, 2500)))
	refuse := func(w table.Write) func(*fixture) {
		return func(f *fixture) {
			_, err := f.db.Write(f.ctx, w)
			f.is(err, table.ErrCondition)
		}
	}
	// The answer to a refused write doesn't say what it cost; these are the documented rules on either driver.
	f.costs("a refused put costs the stored item", cost{0, 3, 1, 0}, refuse(when(put(k, nil), table.IfAbsent())))
	f.costs("a refused update costs the stored item", cost{0, 3, 1, 0}, refuse(when(update(k, nil), table.IfEqual("x", "y"))))
	f.costs("a refused delete of nothing", cost{0, 1, 1, 0}, refuse(when(remove(key("p", "none")), table.IfPresent())))
	f.costs("a refused check", cost{0, 2, 1, 0}, refuse(check(k, table.IfAbsent())))
	f.costs("a cancelled transaction costs what it names, twice", cost{0, 2*2 + 2, 1, 0}, func(f *fixture) {
		n := key("p", "new")
		f.is(f.db.Transact(f.ctx, []table.Write{put(n, sized(n, nil, 1500)), when(remove(k), table.IfAbsent())}), table.ErrCondition)
	})
	f.costs("writes over a limit are never sent", cost{}, func(f *fixture) {
		_, err := f.db.Write(f.ctx, put(k, table.Attrs{"data": blob(500 << 10)}))
		f.is(err, table.ErrLimit)
	})
}
