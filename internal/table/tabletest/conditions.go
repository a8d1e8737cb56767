package tabletest

import "github.com/infraudit/infraudit/internal/table"

func testConditions(f *fixture) {
	stored := table.Attrs{"s": "m", "n": int64(5), "b": []byte{5}, "t": true, "empty": ""}
	is := func(attr string, op table.Op, v any) table.Conditions {
		return table.Conditions{{Attr: attr, Op: op, Value: v}}
	}
	for _, c := range []struct {
		name  string
		conds table.Conditions
		holds bool // with the item there
		bare  bool // without it
	}{
		{"none", nil, true, true},
		{"item absent", table.IfAbsent(), false, true},
		{"item present", table.IfPresent(), true, false},
		{"item absent and present", table.IfAbsent().And(table.Condition{Op: table.Present}), false, false},
		{"attribute absent", is("x", table.Absent, nil), true, true},
		{"attribute absent that is there", is("s", table.Absent, nil), false, true},
		{"attribute present", is("empty", table.Present, nil), true, false},
		{"attribute present that isn't there", is("x", table.Present, nil), false, false},
		{"item present and attribute absent", table.IfPresent().And(is("x", table.Absent, nil)...), true, false},
		{"item absent and attribute absent", table.IfAbsent().And(is("s", table.Absent, nil)...), false, true},

		{"string =", is("s", table.Eq, "m"), true, false},
		{"string = another", is("s", table.Eq, "n"), false, false},
		{"empty string =", is("empty", table.Eq, ""), true, false},
		{"string <>", is("s", table.Ne, "n"), true, false},
		{"string <> itself", is("s", table.Ne, "m"), false, false},
		{"string <", is("s", table.Lt, "n"), true, false},
		{"string < itself", is("s", table.Lt, "m"), false, false},
		{"string < a longer one", is("s", table.Lt, "ma"), true, false},
		{"string <= itself", is("s", table.Le, "m"), true, false},
		{"string >", is("s", table.Gt, "l"), true, false},
		{"string > itself", is("s", table.Gt, "m"), false, false},
		{"string >= itself", is("s", table.Ge, "m"), true, false},
		{"number =", is("n", table.Eq, int64(5)), true, false},
		{"number < by value, not by digits", is("n", table.Lt, int64(10)), true, false},
		{"number > a negative", is("n", table.Gt, int64(-10)), true, false},
		{"number >= more", is("n", table.Ge, int64(6)), false, false},
		{"binary =", is("b", table.Eq, []byte{5}), true, false},
		{"binary < as unsigned bytes", is("b", table.Lt, []byte{0xff}), true, false},
		{"boolean =", is("t", table.Eq, true), true, false},
		{"boolean <>", is("t", table.Ne, false), true, false},
		{"boolean = the other", is("t", table.Eq, false), false, false},

		{"= another type", is("n", table.Eq, "5"), false, false},
		{"<> another type", is("n", table.Ne, "5"), true, false},
		{"< another type", is("n", table.Lt, "9"), false, false},
		{">= another type", is("s", table.Ge, int64(0)), false, false},
		{"= of an absent attribute", is("x", table.Eq, ""), false, false},
		{"<> of an absent attribute", is("x", table.Ne, "v"), false, false},
		{"< of an absent attribute", is("x", table.Lt, "v"), false, false},
		{"two that hold", table.IfEqual("s", "m").And(is("n", table.Gt, int64(1))...), true, false},
		{"two of which one holds", table.IfEqual("s", "m").And(is("n", table.Gt, int64(9))...), false, false},
		{"twice the same attribute", is("n", table.Gt, int64(1)).And(is("n", table.Lt, int64(9))...), true, false},
	} {
		f.run(c.name, func(f *fixture) {
			k, gone := key("there", c.name), key("gone", c.name)
			for _, w := range []table.Write{
				put(k, table.Attrs{"new": true}), update(k, table.Attrs{"new": true}), remove(k), check(k, nil),
			} {
				f.must(put(k, stored))
				f.must(remove(gone))
				f.conditional(when(w, c.conds), c.holds)
				if !c.holds {
					f.same(f.attrs(k), stored)
				}
				w.Key = gone
				f.conditional(when(w, c.conds), c.bare)
				if !c.bare {
					f.same(f.attrs(gone), table.Attrs(nil))
				}
			}
		})
	}
}

// conditional makes a write by itself, in a transaction and in a batch.
func (f *fixture) conditional(w table.Write, holds bool) {
	f.Helper()
	if holds {
		f.must(w)
		return
	}
	_, err := f.db.Write(f.ctx, w)
	f.is(err, table.ErrCondition)
	err = f.db.Transact(f.ctx, []table.Write{w})
	f.is(err, table.ErrCondition)
	failed, err := f.db.Apply(f.ctx, []table.Write{w})
	f.is(err, nil)
	f.same(failed, []int{0})
}
