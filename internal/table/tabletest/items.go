package tabletest

import (
	"math"
	"strings"

	"github.com/infraudit/infraudit/internal/table"
)

func testItems(f *fixture) {
	k := key("p", "s")
	f.same(f.attrs(k), table.Attrs(nil))
	f.run("a put makes an item and returns it", func(f *fixture) {
		f.same(f.must(put(k, table.Attrs{"a": "1", "b": int64(2)})), table.Item{Key: k, Attrs: table.Attrs{"a": "1", "b": int64(2)}})
		f.same(f.attrs(k), table.Attrs{"a": "1", "b": int64(2)})
	})
	f.run("a put replaces all attributes", func(f *fixture) {
		f.must(put(k, table.Attrs{"c": true}))
		f.same(f.attrs(k), table.Attrs{"c": true})
	})
	f.run("an item may have no attributes", func(f *fixture) {
		f.must(put(k, nil))
		it, err := f.db.Get(f.ctx, "items", k)
		f.is(err, nil)
		f.same(it, table.Item{Key: k})
	})
	f.run("tables are apart", func(f *fixture) {
		_, err := f.db.Get(f.ctx, "plain", k)
		f.is(err, table.ErrNotFound)
	})
	f.run("a delete removes, and removing nothing succeeds", func(f *fixture) {
		f.same(f.must(remove(k)), table.Item{})
		f.same(f.attrs(k), table.Attrs(nil))
		f.must(remove(k))
	})
	f.run("what a caller does to a map later doesn't show", func(f *fixture) {
		attrs := table.Attrs{"a": "before"}
		f.must(put(k, attrs)).Attrs["x"] = "changed"
		attrs["a"] = "after"
		f.same(f.attrs(k), table.Attrs{"a": "before"})
	})
}

func testValues(f *fixture) {
	for _, c := range []struct {
		name  string
		attrs table.Attrs
	}{
		{"an empty string", table.Attrs{"v": ""}},
		{"an empty binary", table.Attrs{"v": []byte{}}},
		{"every byte", table.Attrs{"v": []byte{0, 1, 0x7f, 0x80, 0xfe, 0xff}}},
		{"a string with NUL and control characters", table.Attrs{"v": "a\x00b\x1f\u2028\u007f"}},
		{"unicode", table.Attrs{"v": "größe 大きさ 🜚 \U0010fffd"}},
		{"both booleans", table.Attrs{"v": true, "w": false}},
		{"extreme numbers", table.Attrs{"v": int64(math.MaxInt64), "w": int64(math.MinInt64), "z": int64(0), "n": int64(-1)}},
		{"reserved and odd names", table.Attrs{
			"name": "n", "size": int64(1), "values": "v", "a.b": "dot", "x[0]": "list", "#a": "hash", ":v": "colon", "größe": "unicode", " ": "blank",
		}},
	} {
		f.run(c.name, func(f *fixture) {
			k := key("values", c.name)
			f.must(put(k, c.attrs))
			f.same(f.attrs(k), c.attrs)
			f.same(f.must(update(k, table.Attrs{"more": int64(1)})).Int("more"), int64(1))
			f.apply(put(k, c.attrs))
			f.same(f.attrs(k), c.attrs)
			f.must(remove(k))
			f.same(f.must(update(k, c.attrs)).Attrs, c.attrs)
			f.same(f.attrs(k), c.attrs)
		})
	}
	f.run("a nil binary is an empty one", func(f *fixture) {
		f.must(put(key("values", "nil"), table.Attrs{"v": []byte(nil)}))
		f.same(f.attrs(key("values", "nil")), table.Attrs{"v": []byte{}})
	})
}

func testUpdates(f *fixture) {
	k := key("p", "s")
	f.run("makes an item where there is none", func(f *fixture) {
		w := update(k, table.Attrs{"a": "1"})
		w.Add = map[string]int64{"n": 5}
		w.Remove = []string{"absent"}
		f.same(f.must(w), table.Item{Key: k, Attrs: table.Attrs{"a": "1", "n": int64(5)}})
	})
	f.run("sets, adds and removes at once, and keeps the rest", func(f *fixture) {
		f.must(put(k, table.Attrs{"keep": true, "set": "old", "n": int64(10), "drop": "x"}))
		w := update(k, table.Attrs{"set": int64(1)})
		w.Add = map[string]int64{"n": -3, "m": 7}
		w.Remove = []string{"drop"}
		want := table.Attrs{"keep": true, "set": int64(1), "n": int64(7), "m": int64(7)}
		f.same(f.must(w).Attrs, want)
		f.same(f.attrs(k), want)
	})
	f.run("of nothing makes an item without attributes", func(f *fixture) {
		f.same(f.must(update(key("p", "bare"), nil)), table.Item{Key: key("p", "bare")})
		f.is(f.db.Transact(f.ctx, []table.Write{update(key("p", "bare2"), nil)}), nil)
	})
	f.run("doesn't add to what isn't a number", func(f *fixture) {
		f.must(put(k, table.Attrs{"text": "x"}))
		w := update(k, nil)
		w.Add = map[string]int64{"text": 1}
		if _, err := f.db.Write(f.ctx, w); err == nil {
			f.Fatal("no error")
		}
		f.same(f.attrs(k), table.Attrs{"text": "x"})
	})
}

func testRefusals(f *fixture) {
	k := key("p", "s")
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		name  string
		write table.Write
		limit bool
	}{
		{"an empty partition key", put(key("", "s"), nil), true},
		{"an empty sort key", put(key("p", ""), nil), true},
		{"NUL in a partition key", put(key("p\x00", "s"), nil), true},
		{"NUL in a sort key", put(key("p", "\x00s"), nil), true},
		{"a partition key over 2048 bytes", put(key(long[:2049], "s"), nil), true},
		{"a sort key over 1024 bytes", put(key("p", long[:1025]), nil), true},
		{"a key that isn't UTF-8", put(key("p", "a\xff"), nil), true},
		{"an empty index key", put(k, table.Attrs{"ip": "", "is": "x"}), true},
		{"an index key with NUL", put(k, table.Attrs{"ip": "a\x00", "is": "x"}), true},
		{"an index key over 1024 bytes", put(k, table.Attrs{"is": long[:1025]}), true},
		{"an index key that is a number", put(k, table.Attrs{"ip": int64(1)}), false},
		{"an index key set to a number", update(k, table.Attrs{"ip": int64(1)}), false},
		{"an index key added to", table.Write{Table: "items", Kind: table.Update, Key: k, Add: map[string]int64{"ip": 1}}, false},
		{"an expiry that isn't a number", put(k, table.Attrs{"ttl": "soon"}), false},
		{"an int", put(k, table.Attrs{"a": 1}), false},
		{"a float", put(k, table.Attrs{"a": 1.5}), false},
		{"a nil", put(k, table.Attrs{"a": nil}), false},
		{"a string that isn't UTF-8", put(k, table.Attrs{"a": "\xff"}), false},
		{"an attribute without a name", put(k, table.Attrs{"": "x"}), false},
		{"an attribute called pk", put(k, table.Attrs{"pk": "x"}), false},
		{"an attribute set and removed", table.Write{Table: "items", Kind: table.Update, Key: k, Attrs: table.Attrs{"a": "x"}, Remove: []string{"a"}}, false},
		{"a put that adds", table.Write{Table: "items", Key: k, Add: map[string]int64{"a": 1}}, false},
		{"a delete with attributes", table.Write{Table: "items", Kind: table.Delete, Key: k, Attrs: table.Attrs{"a": "x"}}, false},
		{"an unknown table", table.Write{Table: "nowhere", Key: k}, false},
		{"an unknown comparison", when(put(k, nil), table.Conditions{{Attr: "a", Op: "~", Value: "x"}}), false},
		{"a comparison of the whole item", when(put(k, nil), table.Conditions{{Op: table.Eq, Value: "x"}}), false},
		{"an order of booleans", when(put(k, nil), table.Conditions{{Attr: "a", Op: table.Lt, Value: true}}), false},
	} {
		f.run(c.name, func(f *fixture) {
			refused := func(call string, err error) {
				f.Helper()
				if err == nil {
					f.Fatalf("%s: no error", call)
				}
				if c.limit {
					f.is(err, table.ErrLimit)
				}
			}
			_, err := f.db.Write(f.ctx, c.write)
			refused("write", err)
			other := put(key("p", "other"), nil)
			_, err = f.db.Apply(f.ctx, []table.Write{other, c.write})
			refused("apply", err)
			refused("transact", f.db.Transact(f.ctx, []table.Write{other, c.write}))
			f.same(f.attrs(k), table.Attrs(nil))
		})
	}
	f.run("keys as long as they may be", func(f *fixture) {
		k := key(long[:table.MaxPK], long[:table.MaxSK])
		f.must(put(k, table.Attrs{"ip": long[:table.MaxPK], "is": long[:table.MaxSK]}))
		f.same(len(f.attrs(k)), 2)
		f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: long[:table.MaxPK]}), []string{k.SK})
	})
	f.run("bad reads", func(f *fixture) {
		_, err := f.db.Get(f.ctx, "items", key("p", ""))
		f.is(err, table.ErrLimit)
		_, err = f.db.BatchGet(f.ctx, "items", []table.Key{key("p", "s"), key("", "s")})
		f.is(err, table.ErrLimit)
		for name, q := range map[string]table.Query{
			"no partition":        {Table: "items"},
			"unknown index":       {Table: "items", Index: "none", PK: "p"},
			"unknown table":       {Table: "none", PK: "p"},
			"consistent index":    {Table: "items", Index: "some", PK: "p", Consistent: true},
			"negative limit":      {Table: "items", PK: "p", Limit: -1},
			"prefix and range":    {Table: "items", PK: "p", Prefix: "a", From: "b"},
			"prefix isn't UTF-8":  {Table: "items", PK: "p", Prefix: "a\xff"},
			"bound over the size": {Table: "items", PK: "p", To: long},
		} {
			if _, err := f.db.Query(f.ctx, q); err == nil {
				f.Errorf("query with %s: no error", name)
			}
		}
	})
}

func testLargeItems(f *fixture) {
	k := key("p", "s")
	room := table.MaxItemSize - table.Item{Key: k, Attrs: table.Attrs{"data": ""}}.Size()
	f.run("an item of exactly 400 KB", func(f *fixture) {
		f.must(put(k, table.Attrs{"data": blob(room)}))
		f.same(len(f.attrs(k)["data"].([]byte)), room)
	})
	f.run("a byte more", func(f *fixture) {
		_, err := f.db.Write(f.ctx, put(k, table.Attrs{"data": blob(room + 1)}))
		f.is(err, table.ErrLimit)
		_, err = f.db.Apply(f.ctx, []table.Write{put(k, table.Attrs{"data": blob(room + 1)})})
		f.is(err, table.ErrLimit)
		f.same(len(f.attrs(k)["data"].([]byte)), room)
	})
	f.run("an update that makes an item too large", func(f *fixture) {
		_, err := f.db.Write(f.ctx, update(k, table.Attrs{"more": blob(100)}))
		f.is(err, table.ErrLimit)
		f.is(f.db.Transact(f.ctx, []table.Write{update(k, table.Attrs{"more": blob(100)})}), table.ErrLimit)
		f.same(len(f.attrs(k)), 1)
	})
	f.run("a transaction over 4 MB", func(f *fixture) {
		var writes []table.Write
		for n := range 11 {
			writes = append(writes, put(key("big", numbered(n)), table.Attrs{"data": blob(390 << 10)}))
		}
		f.is(f.db.Transact(f.ctx, writes), table.ErrLimit)
		f.same(f.sortKeys(table.Query{Table: "items", PK: "big"}), []string{})
		f.is(f.db.Transact(f.ctx, writes[:10]), nil)
		f.apply(writes...)
		f.same(len(f.sortKeys(table.Query{Table: "items", PK: "big"})), 11)
		keys := []table.Key{}
		for _, w := range writes {
			keys = append(keys, w.Key)
		}
		found, err := f.db.BatchGet(f.ctx, "items", keys)
		f.is(err, nil)
		f.same(len(found), 11)
	})
}
