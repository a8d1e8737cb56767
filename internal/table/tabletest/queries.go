package tabletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/table"
)

func testQueries(f *fixture) {
	// In byte order, which is neither that of UTF-16 nor of any language.
	keys := []string{" ", "A", "B", "a", "a!", "a#1", "a#10", "a#2", "aa", "b", "z", "é", "大", "\uffee", "🜚"}
	for _, pk := range []string{"p", "p1", "o", "p p"} {
		for _, sk := range keys {
			if pk == "p" || sk == "a" {
				f.must(put(key(pk, sk), table.Attrs{"v": sk}))
			}
		}
	}
	between := func(from, to string) (out []string) {
		for _, k := range keys {
			if k >= from && (to == "" || k <= to) {
				out = append(out, k)
			}
		}
		return out
	}
	for _, c := range []struct {
		name string
		q    table.Query
		want []string
	}{
		{"a partition in byte order", table.Query{}, keys},
		{"a prefix", table.Query{Prefix: "a"}, []string{"a", "a!", "a#1", "a#10", "a#2", "aa"}},
		{"a longer prefix", table.Query{Prefix: "a#1"}, []string{"a#1", "a#10"}},
		{"a prefix of several bytes", table.Query{Prefix: "é"}, []string{"é"}},
		{"a prefix that nothing has", table.Query{Prefix: "q"}, nil},
		{"from, inclusive", table.Query{From: "a#10"}, between("a#10", "")},
		{"to, inclusive", table.Query{To: "a#10"}, between("", "a#10")},
		{"from and to", table.Query{From: "a#10", To: "z"}, between("a#10", "z")},
		{"between keys that aren't there", table.Query{From: "a\"", To: "y"}, between("a\"", "y")},
		{"from equal to to", table.Query{From: "b", To: "b"}, []string{"b"}},
		{"from after to", table.Query{From: "b", To: "a"}, nil},
		{"another partition", table.Query{PK: "p1"}, []string{"a"}},
		{"a partition that isn't there", table.Query{PK: "q"}, nil},
	} {
		f.run(c.name, func(f *fixture) {
			q := c.q
			q.Table = "items"
			if q.PK == "" {
				q.PK = "p"
			}
			for _, limit := range []int{0, 1, 2, 3, 100} {
				for _, consistent := range []bool{false, true} {
					q.Limit, q.Consistent = limit, consistent
					q.Reverse = false
					f.same(f.sortKeys(q), c.want)
					q.Reverse = true
					reversed := slices.Clone(c.want)
					slices.Reverse(reversed)
					f.same(f.sortKeys(q), reversed)
				}
			}
		})
	}
	f.run("a limit bounds a page", func(f *fixture) {
		page, err := f.db.Query(f.ctx, table.Query{Table: "items", PK: "p", Limit: 2})
		f.is(err, nil)
		f.same(page.Items, []table.Item{
			{Key: key("p", " "), Attrs: table.Attrs{"v": " "}}, {Key: key("p", "A"), Attrs: table.Attrs{"v": "A"}},
		})
		if page.Next == "" {
			f.Fatal("no cursor")
		}
	})
	f.run("an ended context ends a call", func(f *fixture) {
		f.is(canceled(f.ctx, func(f *fixture) error {
			_, err := f.db.Query(f.ctx, table.Query{Table: "items", PK: "p"})
			return err
		}, f), errCanceled)
		f.is(canceled(f.ctx, func(f *fixture) error {
			_, err := f.db.Write(f.ctx, put(key("p", "late"), nil))
			return err
		}, f), errCanceled)
	})
}

func testPages(f *fixture) {
	const n, size = 30, 100 << 10
	var writes []table.Write
	for i := range n {
		writes = append(writes, put(key("p", numbered(i)), table.Attrs{
			"data": blob(size), "ip": "i", "is": numbered(n - i), "name": "x", "wp": "w", "ws": numbered(i),
		}))
	}
	f.apply(writes...)
	f.run("a page holds at most 1 MB and one item", func(f *fixture) {
		for _, q := range []table.Query{
			{Table: "items", PK: "p"}, {Table: "items", PK: "p", Reverse: true}, {Table: "items", PK: "w", Index: "whole"},
		} {
			count := 0
			for {
				page, err := f.db.Query(f.ctx, q)
				f.is(err, nil)
				bytes := 0
				for _, it := range page.Items {
					bytes += it.Size()
				}
				if bytes > table.MaxPageSize+table.MaxItemSize || page.Next != "" && bytes < table.MaxPageSize-2*size {
					f.Fatalf("a page of %d bytes in %d items", bytes, len(page.Items))
				}
				count += len(page.Items)
				if q.After = page.Next; page.Next == "" {
					break
				}
			}
			f.same(count, n)
		}
	})
	f.run("an index counts only what it projects", func(f *fixture) {
		items, _ := f.all(table.Query{Table: "items", Index: "some", PK: "i"})
		f.same(len(items), n)
		f.same(items[0], table.Item{Key: key("p", numbered(n-1)), Attrs: table.Attrs{"ip": "i", "is": numbered(1), "name": "x"}})
	})
	f.run("All goes through every page", func(f *fixture) {
		count := 0
		for it, err := range table.All(f.ctx, f.db, table.Query{Table: "items", PK: "p"}) {
			f.is(err, nil)
			f.same(it.SK, numbered(count))
			count++
		}
		f.same(count, n)
	})
}

func testIndexes(f *fixture) {
	some := table.Query{Table: "items", Index: "some", PK: "i"}
	k := key("p", "s")
	f.run("an item lacking a key of the index isn't in it", func(f *fixture) {
		f.must(put(k, table.Attrs{"ip": "i", "name": "n"}))
		f.same(f.sortKeys(some), none)
		f.must(put(k, table.Attrs{"is": "1", "name": "n"}))
		f.same(f.sortKeys(some), none)
	})
	f.run("an index holds keys and what it projects", func(f *fixture) {
		attrs := table.Attrs{
			"ip": "i", "is": "1", "kp": "k", "ks": "1", "wp": "w", "ws": "1", "name": "n", "other": int64(5), "flag": true,
		}
		f.must(put(k, attrs))
		items, _ := f.all(some)
		f.same(items, []table.Item{{Key: k, Attrs: table.Attrs{"ip": "i", "is": "1", "name": "n"}}})
		items, _ = f.all(table.Query{Table: "items", Index: "keys", PK: "k"})
		f.same(items, []table.Item{{Key: k, Attrs: table.Attrs{"kp": "k", "ks": "1"}}})
		items, _ = f.all(table.Query{Table: "items", Index: "whole", PK: "w"})
		f.same(items, []table.Item{{Key: k, Attrs: attrs}})
	})
	f.run("every index holds the expiry", func(f *fixture) {
		ttl := f.clock.Now().Unix() + 1000
		f.must(put(k, table.Attrs{"ip": "i", "is": "1", "kp": "k", "ks": "1", "ttl": ttl}))
		items, _ := f.all(table.Query{Table: "items", Index: "keys", PK: "k"})
		f.same(items, []table.Item{{Key: k, Attrs: table.Attrs{"kp": "k", "ks": "1", "ttl": ttl}}})
	})
	f.run("follows updates", func(f *fixture) {
		f.must(put(k, table.Attrs{"ip": "i", "is": "1", "name": "n"}))
		w := update(k, table.Attrs{"name": "new"})
		w.Add = map[string]int64{"count": 2}
		f.must(w)
		items, _ := f.all(some)
		f.same(items, []table.Item{{Key: k, Attrs: table.Attrs{"ip": "i", "is": "1", "name": "new", "count": int64(2)}}})
	})
	f.run("an item moves between partitions and in one", func(f *fixture) {
		f.must(update(k, table.Attrs{"ip": "j"}))
		f.same(f.sortKeys(some), none)
		f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "j"}), []string{"s"})
		f.must(update(k, table.Attrs{"ip": "i", "is": "2"}))
		f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "j"}), none)
		f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "i", To: "1"}), none)
		f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "i", From: "2"}), []string{"s"})
	})
	f.run("an item leaves with a key attribute, and when removed", func(f *fixture) {
		w := update(k, nil)
		w.Remove = []string{"is"}
		f.must(w)
		f.same(f.sortKeys(some), none)
		f.must(update(k, table.Attrs{"is": "3"}))
		f.same(f.sortKeys(some), []string{"s"})
		f.must(remove(k))
		f.same(f.sortKeys(some), none)
	})
	f.run("order, ranges and ties", func(f *fixture) {
		var writes []table.Write
		for i := range 40 {
			writes = append(writes, put(key(fmt.Sprintf("p%d", i%3), numbered(i)), table.Attrs{
				"ip": "t", "is": strings.Repeat("x", 1+i%4),
			}))
		}
		f.apply(writes...)
		for _, q := range []table.Query{
			{}, {Prefix: "xx"}, {From: "xx", To: "xxx"}, {To: "xx"}, {From: "xxx"}, {From: "xx", To: "xx"},
		} {
			for _, limit := range []int{0, 1, 7} {
				q.Table, q.Index, q.PK, q.Limit = "items", "some", "t", limit
				want := map[string]bool{}
				for _, w := range writes {
					sk := w.Attrs["is"].(string)
					if strings.HasPrefix(sk, q.Prefix) && sk >= q.From && (q.To == "" || sk <= q.To) {
						want[place(table.Item{Key: w.Key, Attrs: w.Attrs})] = true
					}
				}
				q.Reverse = false
				up := f.places(q, want)
				q.Reverse = true
				down := f.places(q, want)
				slices.Reverse(down)
				f.same(down, up)
			}
		}
	})
}

// place is where the index "some" has an item: sort key, then the table's key.
func place(it table.Item) string { return it.String("is") + " " + it.PK + " " + it.SK }

// places checks that a query gives each wanted place once, in order of the index's sort key. DynamoDB has ties in an
// order of its own, the same in each direction.
func (f *fixture) places(q table.Query, want map[string]bool) []string {
	f.Helper()
	items, _ := f.all(q)
	out := make([]string, len(items))
	got := map[string]bool{}
	for i, it := range items {
		out[i] = place(it)
		got[out[i]] = true
		if i > 0 {
			a, b := items[i-1].String("is"), it.String("is")
			if q.Reverse && a < b || !q.Reverse && a > b {
				f.Fatalf("%q comes before %q", a, b)
			}
		}
	}
	f.same(len(out), len(got))
	f.same(got, want)
	return out
}

// none is what sortKeys gives for nothing.
var none []string

func testCursors(f *fixture) {
	const n = 20
	for i := range n {
		f.must(put(key("p", numbered(i)), table.Attrs{"ip": "i", "is": "same"}))
		f.must(put(key("q", numbered(i)), nil))
	}
	for _, q := range []table.Query{
		{Table: "items", PK: "p", Limit: 5},
		{Table: "items", PK: "p", Limit: 5, Reverse: true},
		{Table: "items", PK: "p", Limit: 5, From: numbered(1), To: numbered(18)},
		{Table: "items", Index: "some", PK: "i", Limit: 5},
		{Table: "items", Index: "some", PK: "i", Limit: 5, Reverse: true},
		{Table: "items", Index: "some", PK: "i", Limit: 5, Prefix: "s"},
	} {
		name := fmt.Sprintf("index %q prefix %q from %q reverse %v", q.Index, q.Prefix, q.From, q.Reverse)
		f.run(name+" survives writes and deletes at the cursor", func(f *fixture) {
			want := f.sortKeys(q)
			page, err := f.db.Query(f.ctx, q)
			f.is(err, nil)
			at := page.Items[len(page.Items)-1]
			f.must(update(at.Key, table.Attrs{"name": "changed"}))
			rest := q
			rest.After = page.Next
			f.same(f.sortKeys(rest), want[5:])
			f.must(remove(at.Key))
			f.same(f.sortKeys(rest), want[5:])
			f.must(remove(page.Items[0].Key))
			f.same(f.sortKeys(rest), want[5:])
			for _, k := range []table.Key{at.Key, page.Items[0].Key} {
				f.must(put(k, table.Attrs{"ip": "i", "is": "same"}))
			}
			rest.Limit = 2 // a cursor isn't bound to the size of pages
			f.same(f.sortKeys(rest), want[5:])
		})
		f.run(name+" is url-safe", func(f *fixture) {
			page, err := f.db.Query(f.ctx, q)
			f.is(err, nil)
			const safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			if page.Next == "" || strings.Trim(page.Next, safe) != "" {
				f.Fatalf("cursor %q", page.Next)
			}
		})
		f.run(name+" is refused by other queries", func(f *fixture) {
			page, err := f.db.Query(f.ctx, q)
			f.is(err, nil)
			others := map[string]func(*table.Query){
				"partition": func(o *table.Query) { o.PK = "q" },
				"table":     func(o *table.Query) { o.Table, o.Index = "plain", "" },
				"direction": func(o *table.Query) { o.Reverse = !o.Reverse },
				"prefix":    func(o *table.Query) { o.Prefix, o.From, o.To = "0", "", "" },
				"range":     func(o *table.Query) { o.Prefix, o.To = "", "zzz" },
				"cut":       func(o *table.Query) { o.After = o.After[:len(o.After)-2] },
				"changed":   func(o *table.Query) { o.After = "B" + o.After[1:] },
				"no cursor": func(o *table.Query) { o.After = "page-2" },
				"not ASCII": func(o *table.Query) { o.After = "\x00é" },
				"index": func(o *table.Query) {
					if o.Index = "keys"; q.Index == "" {
						o.Index = "some"
					}
				},
			}
			for what, change := range others {
				o := q
				o.After = page.Next
				change(&o)
				if _, err := f.db.Query(f.ctx, o); err == nil {
					f.Errorf("another %s: no error", what)
				} else {
					f.is(err, table.ErrCursor)
				}
			}
		})
	}
}
