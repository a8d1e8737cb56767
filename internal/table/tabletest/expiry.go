package tabletest

import (
	"context"
	"time"

	"github.com/infraudit/infraudit/internal/table"
)

// errCanceled is what a call with an ended context returns.
var errCanceled = context.Canceled

func canceled(ctx context.Context, call func(*fixture) error, f *fixture) error {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	return call(&fixture{T: f.T, db: f.db, clock: f.clock, ctx: ended})
}

func testExpiry(f *fixture) {
	k, other := key("p", "s"), key("p", "t")
	soon := func() table.Attrs {
		return table.Attrs{
			"ttl": f.clock.Now().Unix() + 60, "ip": "i", "is": "1", "kp": "k", "ks": "1", "name": "old", "count": int64(7),
		}
	}
	expired := func(f *fixture) {
		f.must(put(k, soon()))
		f.clock.Advance(time.Minute)
	}
	f.must(put(other, table.Attrs{"ip": "i", "is": "2", "kp": "k", "ks": "2"}))
	f.run("an item lives until its second", func(f *fixture) {
		f.must(put(k, soon()))
		f.clock.Advance(59 * time.Second)
		f.same(len(f.attrs(k)), 7)
		f.clock.Advance(time.Second)
		f.same(f.attrs(k), table.Attrs(nil))
	})
	f.run("an expired item is never returned", func(f *fixture) {
		expired(f)
		f.same(f.attrs(k), table.Attrs(nil))
		found, err := f.db.BatchGet(f.ctx, "items", []table.Key{k, other})
		f.is(err, nil)
		f.same(len(found), 1)
		f.same(f.sortKeys(table.Query{Table: "items", PK: "p"}), []string{"t"})
		f.same(f.sortKeys(table.Query{Table: "items", PK: "p", Limit: 1}), []string{"t"})
		f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "i"}), []string{"t"})
		f.same(f.sortKeys(table.Query{Table: "items", Index: "keys", PK: "k"}), []string{"t"})
	})
	for name, write := range map[string]func(*fixture, table.Write) error{
		"a write": func(f *fixture, w table.Write) error {
			_, err := f.db.Write(f.ctx, w)
			return err
		},
		"a transaction": func(f *fixture, w table.Write) error {
			return f.db.Transact(f.ctx, []table.Write{put(key("p", "u"), nil), w})
		},
		"a batch": func(f *fixture, w table.Write) error {
			failed, err := f.db.Apply(f.ctx, []table.Write{w, put(key("p", "u"), nil)})
			if err == nil && len(failed) > 0 {
				f.same(failed, []int{0})
				return table.ErrCondition
			}
			return err
		},
	} {
		f.run("for "+name+" an expired item is absent", func(f *fixture) {
			expired(f)
			for _, w := range []table.Write{put(k, nil), update(k, nil), remove(k), check(k, nil)} {
				for _, conds := range []table.Conditions{
					table.IfPresent(), table.IfEqual("name", "old"), {{Attr: "name", Op: table.Present}},
				} {
					expired(f)
					f.is(write(f, when(w, conds)), table.ErrCondition)
				}
				for _, conds := range []table.Conditions{
					table.IfAbsent(), {{Attr: "name", Op: table.Absent}}, table.IfAbsent().And(table.Condition{Attr: "name", Op: table.Absent}),
				} {
					expired(f)
					f.is(write(f, when(w, conds)), nil)
				}
			}
			expired(f)
			f.is(write(f, when(put(k, table.Attrs{"v": "new"}), table.IfAbsent())), nil)
			f.same(f.attrs(k), table.Attrs{"v": "new"})
		})
		f.run("for "+name+" an update starts afresh", func(f *fixture) {
			for _, conds := range []table.Conditions{nil, table.IfAbsent()} {
				expired(f)
				w := when(update(k, table.Attrs{"v": "new"}), conds)
				w.Add = map[string]int64{"count": 1}
				f.is(write(f, w), nil)
				f.same(f.attrs(k), table.Attrs{"v": "new", "count": int64(1)})
				f.same(f.sortKeys(table.Query{Table: "items", Index: "some", PK: "i"}), []string{"t"})
			}
		})
	}
	f.run("an expiry can be moved and taken away", func(f *fixture) {
		f.must(put(k, soon()))
		w := update(k, nil)
		w.Add = map[string]int64{"ttl": 60}
		f.must(w)
		f.clock.Advance(90 * time.Second)
		f.same(f.attrs(k)["name"], "old")
		w = update(k, nil)
		w.Remove = []string{"ttl"}
		f.must(w)
		f.clock.Advance(time.Hour)
		f.same(f.attrs(k)["name"], "old")
	})
}
