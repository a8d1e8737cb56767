package tabletest

import (
	"errors"
	"slices"
	"sync"

	"github.com/infraudit/infraudit/internal/table"
)

func testBatches(f *fixture) {
	f.run("1,000 mixed writes", func(f *fixture) {
		const n = 1000
		var first, second []table.Write
		var wantFailed []int
		for i := range n {
			k := key("p", numbered(i))
			first = append(first, put(k, table.Attrs{"n": int64(i), "ip": "i", "is": numbered(i % 7)}))
			switch i % 5 {
			case 0:
				second = append(second, put(k, table.Attrs{"n": int64(-i)}))
			case 1:
				second = append(second, remove(k))
			case 2:
				w := update(k, table.Attrs{"name": "x"})
				w.Add = map[string]int64{"n": 1}
				second = append(second, w)
			case 3:
				second = append(second, when(put(k, table.Attrs{"n": int64(0)}), table.IfAbsent()))
				wantFailed = append(wantFailed, i)
			case 4:
				second = append(second, when(remove(k), table.IfEqual("n", int64(i))))
			}
		}
		f.apply(first...)
		f.same(len(f.sortKeys(table.Query{Table: "items", PK: "p"})), n)
		failed, err := f.db.Apply(f.ctx, second)
		f.is(err, nil)
		slices.Sort(failed)
		f.same(failed, wantFailed)
		items, _ := f.all(table.Query{Table: "items", PK: "p", Consistent: true})
		want := make([]table.Item, 0, n)
		for i := range n {
			it := table.Item{Key: key("p", numbered(i)), Attrs: table.Attrs{"n": int64(i), "ip": "i", "is": numbered(i % 7)}}
			switch i % 5 {
			case 0:
				it.Attrs = table.Attrs{"n": int64(-i)}
			case 2:
				it.Attrs["name"], it.Attrs["n"] = "x", int64(i+1)
			case 1, 4:
				continue
			}
			want = append(want, it)
		}
		f.same(items, want)
		indexed, _ := f.all(table.Query{Table: "items", Index: "some", PK: "i"})
		f.same(len(indexed), 400)
	})
	f.run("nothing to do", func(f *fixture) {
		f.apply()
		f.apply(check(key("p", "none"), nil))
		found, err := f.db.BatchGet(f.ctx, "items", nil)
		f.is(err, nil)
		f.same(len(found), 0)
	})
	f.run("a key twice is refused", func(f *fixture) {
		k := key("twice", "s")
		_, err := f.db.Apply(f.ctx, []table.Write{put(k, nil), put(key("twice", "t"), nil), remove(k)})
		f.is(err, table.ErrLimit)
		f.is(f.db.Transact(f.ctx, []table.Write{put(k, nil), check(k, table.IfAbsent())}), table.ErrLimit)
		f.same(f.sortKeys(table.Query{Table: "items", PK: "twice"}), none)
	})
	f.run("a key in two tables is two keys", func(f *fixture) {
		k := key("both", "s")
		f.apply(put(k, nil), table.Write{Table: "plain", Key: k})
		_, err := f.db.Get(f.ctx, "plain", k)
		f.is(err, nil)
	})
	f.run("gets over 100 keys, with duplicates and absent ones", func(f *fixture) {
		var writes []table.Write
		var keys []table.Key
		var want []table.Item
		for i := range 250 {
			k := key("many", numbered(i))
			if i%10 != 0 {
				writes = append(writes, put(k, table.Attrs{"n": int64(i)}))
				want = append(want, table.Item{Key: k, Attrs: table.Attrs{"n": int64(i)}})
			}
			keys = append(keys, k, k)
		}
		f.apply(writes...)
		found, err := f.db.BatchGet(f.ctx, "items", keys)
		f.is(err, nil)
		f.same(sorted(found), want)
	})
}

func testTransactions(f *fixture) {
	k := func(n int) table.Key { return key("p", numbered(n)) }
	f.run("makes all changes, over tables", func(f *fixture) {
		f.must(put(k(2), table.Attrs{"v": "x"}))
		f.must(put(k(3), table.Attrs{"v": "x"}))
		f.is(f.db.Transact(f.ctx, []table.Write{
			when(put(k(1), table.Attrs{"v": "1"}), table.IfAbsent()),
			when(update(k(2), table.Attrs{"w": "2"}), table.IfPresent()),
			when(remove(k(3)), table.IfEqual("v", "x")),
			check(k(4), table.IfAbsent()),
			{Table: "plain", Key: k(1), Attrs: table.Attrs{"v": "plain"}},
		}), nil)
		items, _ := f.all(table.Query{Table: "items", PK: "p", Consistent: true})
		f.same(items, []table.Item{
			{Key: k(1), Attrs: table.Attrs{"v": "1"}}, {Key: k(2), Attrs: table.Attrs{"v": "x", "w": "2"}},
		})
		it, err := f.db.Get(f.ctx, "plain", k(1))
		f.is(err, nil)
		f.same(it.String("v"), "plain")
	})
	f.run("makes none when a condition fails, and tells which", func(f *fixture) {
		err := f.db.Transact(f.ctx, []table.Write{
			put(k(10), nil),
			check(k(11), nil), // holds, and is left out of the request
			when(update(k(12), nil), table.IfPresent()),
			remove(k(1)),
			check(k(2), table.IfAbsent()),
			{Table: "plain", Key: k(10)},
		})
		f.is(err, table.ErrCondition)
		var failed *table.ConditionError
		if !errors.As(err, &failed) {
			f.Fatalf("error is a %T", err)
		}
		f.same(failed.Failed, []int{2, 4})
		f.same(f.sortKeys(table.Query{Table: "items", PK: "p"}), []string{k(1).SK, k(2).SK})
		_, err = f.db.Get(f.ctx, "plain", k(10))
		f.is(err, table.ErrNotFound)
	})
	f.run("of nothing, or of checks of nothing", func(f *fixture) {
		f.is(f.db.Transact(f.ctx, nil), nil)
		f.is(f.db.Transact(f.ctx, []table.Write{check(k(1), nil)}), nil)
	})
	f.run("of 100 writes, and not of 101", func(f *fixture) {
		var writes []table.Write
		for i := range 101 {
			writes = append(writes, put(key("hundred", numbered(i)), nil))
		}
		f.is(f.db.Transact(f.ctx, writes), table.ErrLimit)
		f.same(f.sortKeys(table.Query{Table: "items", PK: "hundred"}), none)
		f.is(f.db.Transact(f.ctx, writes[:100]), nil)
		f.same(len(f.sortKeys(table.Query{Table: "items", PK: "hundred"})), 100)
	})
}

// goroutines runs n functions at once and returns their errors.
func goroutines(n int, run func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = run(i) })
	}
	wg.Wait()
	return errs
}

func testConcurrency(f *fixture) {
	const writers, each = 8, 10
	f.run("conditional increments count exactly", func(f *fixture) {
		k := key("p", "counter")
		f.must(put(k, table.Attrs{"n": int64(0)}))
		for _, err := range goroutines(writers, func(int) error {
			for done := 0; done < each; {
				it, err := f.db.Get(f.ctx, "items", k)
				if err != nil {
					return err
				}
				_, err = f.db.Write(f.ctx, when(update(k, table.Attrs{"n": it.Int("n") + 1}), table.IfEqual("n", it.Int("n"))))
				switch {
				case err == nil:
					done++
				case !errors.Is(err, table.ErrCondition):
					return err
				}
			}
			return nil
		}) {
			f.is(err, nil)
		}
		f.same(f.attrs(k), table.Attrs{"n": int64(writers * each)})
	})
	f.run("additions count exactly", func(f *fixture) {
		w := update(key("p", "sum"), nil)
		w.Add = map[string]int64{"n": 1}
		for _, err := range goroutines(writers, func(int) error {
			for range each {
				if _, err := f.db.Write(f.ctx, w); err != nil {
					return err
				}
			}
			return nil
		}) {
			f.is(err, nil)
		}
		f.same(f.attrs(w.Key), table.Attrs{"n": int64(writers * each)})
	})
	f.run("one of many puts of an absent item wins", func(f *fixture) {
		k := key("p", "once")
		won := -1
		for i, err := range goroutines(writers, func(i int) error {
			_, err := f.db.Write(f.ctx, when(put(k, table.Attrs{"by": int64(i)}), table.IfAbsent()))
			return err
		}) {
			if err == nil {
				f.same(won, -1)
				won = i
			} else {
				f.is(err, table.ErrCondition)
			}
		}
		f.same(f.attrs(k), table.Attrs{"by": int64(won)})
	})
	f.run("transactions on common items keep their sum", func(f *fixture) {
		a, b := key("p", "a"), key("p", "b")
		f.apply(put(a, table.Attrs{"n": int64(100)}), put(b, table.Attrs{"n": int64(100)}))
		for _, err := range goroutines(4, func(int) error {
			for done := 0; done < 5; {
				from, to := update(a, nil), update(b, nil)
				from.Add, to.Add = map[string]int64{"n": -1}, map[string]int64{"n": 1}
				err := f.db.Transact(f.ctx, []table.Write{from, to})
				switch {
				case err == nil:
					done++
				case !errors.Is(err, table.ErrConflict):
					return err
				}
			}
			return nil
		}) {
			f.is(err, nil)
		}
		f.same([]any{f.attrs(a)["n"], f.attrs(b)["n"]}, []any{int64(80), int64(120)})
	})
	f.run("batches of many writers are all made", func(f *fixture) {
		for _, err := range goroutines(writers, func(i int) error {
			var writes []table.Write
			for n := range 60 {
				writes = append(writes, put(key("w", numbered(i*1000+n)), table.Attrs{"ip": "w", "is": "x"}))
			}
			_, err := f.db.Apply(f.ctx, writes)
			return err
		}) {
			f.is(err, nil)
		}
		f.same(len(f.sortKeys(table.Query{Table: "items", PK: "w"})), writers*60)
		f.same(len(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "w"})), writers*60)
	})
}
