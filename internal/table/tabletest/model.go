package tabletest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/table"
)

// RunModel makes random operations on a DB and on a trivial model in memory, and compares what they answer. How many
// is set by the flags -rapid.checks and -rapid.steps. Every check works in partitions of its own in one DB.
func RunModel(t *testing.T, open Open) {
	clock := NewClock()
	db := open(t, Schemas(), clock.Now)
	check := 0
	rapid.Check(t, func(rt *rapid.T) {
		check++
		m := &model{db: db, clock: clock, items: map[table.Key]table.Attrs{}, partition: "m" + numbered(check)}
		rt.Repeat(map[string]func(*rapid.T){
			"write":    m.write,
			"apply":    m.apply,
			"transact": m.transact,
			"query":    m.query,
			"batchGet": m.batchGet,
			"time":     func(*rapid.T) { clock.Advance(time.Second) },
			"":         m.get,
		})
	})
}

// model is what a DB should hold: a map, gone through from end to end by everything.
type model struct {
	db        table.DB
	clock     *Clock
	items     map[table.Key]table.Attrs
	partition string
}

func (m *model) live(k table.Key) (table.Attrs, bool) {
	attrs, ok := m.items[k]
	if !ok || (table.Item{Attrs: attrs}).Expired(m.clock.Now()) {
		return nil, false
	}
	return attrs, true
}

func (m *model) drawKey(rt *rapid.T) table.Key {
	return table.Key{
		PK: m.partition + rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "pk"),
		SK: rapid.SampledFrom([]string{"1", "10", "2", "a", "a#b", "é"}).Draw(rt, "sk"),
	}
}

func (m *model) drawAttrs(rt *rapid.T) table.Attrs {
	attrs := table.Attrs{}
	maybe := func(name string, value func() any) {
		if rapid.Bool().Draw(rt, "has "+name) {
			attrs[name] = value()
		}
	}
	maybe("ip", func() any { return m.partition + rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "ip") })
	maybe("is", func() any { return rapid.SampledFrom([]string{"1", "2", "22"}).Draw(rt, "is") })
	maybe("name", func() any { return rapid.SampledFrom([]string{"", "n", "größe"}).Draw(rt, "name") })
	maybe("n", func() any { return rapid.Int64Range(-3, 3).Draw(rt, "n") })
	maybe("b", func() any { return rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(rt, "b") })
	maybe("f", func() any { return rapid.Bool().Draw(rt, "f") })
	if rapid.IntRange(0, 4).Draw(rt, "has ttl") == 0 {
		attrs[table.AttrTTL] = m.clock.Now().Unix() + rapid.Int64Range(0, 3).Draw(rt, "ttl")
	}
	return attrs
}

func (m *model) drawConditions(rt *rapid.T) table.Conditions {
	var conds table.Conditions
	for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(rt, "conditions") {
		c := table.Condition{Op: rapid.SampledFrom([]table.Op{
			table.Absent, table.Present, table.Eq, table.Ne, table.Lt, table.Le, table.Gt, table.Ge,
		}).Draw(rt, "op")}
		attr := rapid.SampledFrom([]string{"", "n", "name", "f"}).Draw(rt, "attr")
		switch {
		case c.Op == table.Absent || c.Op == table.Present:
			c.Attr = attr
		case attr == "f" && (c.Op == table.Eq || c.Op == table.Ne):
			c.Attr, c.Value = "f", rapid.Bool().Draw(rt, "flag")
		case attr == "name":
			c.Attr, c.Value = "name", rapid.SampledFrom([]string{"", "n", "z"}).Draw(rt, "text")
		default:
			c.Attr, c.Value = "n", rapid.Int64Range(-3, 3).Draw(rt, "number")
		}
		conds = append(conds, c)
	}
	return conds
}

func (m *model) drawWrite(rt *rapid.T, k table.Key, kinds ...table.Kind) table.Write {
	w := table.Write{Table: "items", Key: k, Kind: rapid.SampledFrom(kinds).Draw(rt, "kind"), If: m.drawConditions(rt)}
	switch w.Kind {
	case table.Put:
		w.Attrs = m.drawAttrs(rt)
	case table.Update:
		w.Attrs = m.drawAttrs(rt)
		for _, name := range []string{"n", "m"} {
			if _, set := w.Attrs[name]; !set && rapid.Bool().Draw(rt, "add "+name) {
				if w.Add == nil {
					w.Add = map[string]int64{}
				}
				w.Add[name] = rapid.Int64Range(-2, 2).Draw(rt, "delta")
			}
		}
		for _, name := range []string{"ip", "is", "name", "ttl", "b"} {
			if _, set := w.Attrs[name]; !set && rapid.IntRange(0, 3).Draw(rt, "remove "+name) == 0 {
				w.Remove = append(w.Remove, name)
			}
		}
	}
	return w
}

// make makes a write in the model, if its conditions hold.
func (m *model) make(w table.Write) (after table.Attrs) {
	old, _ := m.live(w.Key)
	switch w.Kind {
	case table.Put:
		after = maps.Clone(w.Attrs)
	case table.Update:
		after = table.Attrs{}
		maps.Copy(after, old)
		maps.Copy(after, w.Attrs)
		for name, delta := range w.Add {
			n, _ := after[name].(int64)
			after[name] = n + delta
		}
		for _, name := range w.Remove {
			delete(after, name)
		}
	case table.Delete:
		delete(m.items, w.Key)
		return nil
	case table.Check:
		return nil
	}
	m.items[w.Key] = after
	return after
}

func (m *model) holds(w table.Write) bool {
	attrs, there := m.live(w.Key)
	for _, c := range w.If {
		value, has := attrs[c.Attr]
		if c.Attr == "" {
			has = there
		}
		var ok bool
		switch c.Op {
		case table.Absent:
			ok = !has
		case table.Present:
			ok = has
		case table.Eq:
			ok = has && value == c.Value
		case table.Ne:
			ok = has && value != c.Value
		default:
			ok = has && inOrder(c.Op, value, c.Value)
		}
		if !ok {
			return false
		}
	}
	return true
}

func inOrder(op table.Op, a, b any) bool {
	var order int
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		if !ok {
			return false
		}
		order = strings.Compare(a, b)
	case int64:
		b, ok := b.(int64)
		if !ok {
			return false
		}
		order = int(a - b) // of small numbers
	default:
		return false
	}
	return op == table.Lt && order < 0 || op == table.Le && order <= 0 ||
		op == table.Gt && order > 0 || op == table.Ge && order >= 0
}

func (m *model) write(rt *rapid.T) {
	w := m.drawWrite(rt, m.drawKey(rt), table.Put, table.Update, table.Delete, table.Check)
	got, err := m.db.Write(rt.Context(), w)
	if !m.holds(w) {
		equal(rt, "error", err, table.ErrCondition)
		return
	}
	equal(rt, "error", err, nil)
	want := table.Item{Attrs: m.make(w)}
	if w.Kind == table.Put || w.Kind == table.Update {
		want.Key = w.Key
	}
	equal(rt, "written", got, want)
}

func (m *model) drawWrites(rt *rapid.T, kinds ...table.Kind) []table.Write {
	keys := rapid.SliceOfNDistinct(rapid.Custom(m.drawKey), 0, 6, rapid.ID[table.Key]).Draw(rt, "keys")
	writes := make([]table.Write, len(keys))
	for i, k := range keys {
		writes[i] = m.drawWrite(rt, k, kinds...)
	}
	return writes
}

func (m *model) apply(rt *rapid.T) {
	writes := m.drawWrites(rt, table.Put, table.Update, table.Delete)
	var want []int
	for i, w := range writes {
		if m.holds(w) {
			m.make(w)
		} else {
			want = append(want, i)
		}
	}
	failed, err := m.db.Apply(rt.Context(), writes)
	equal(rt, "error", err, nil)
	slices.Sort(failed)
	equal(rt, "failed", failed, want)
}

func (m *model) transact(rt *rapid.T) {
	writes := m.drawWrites(rt, table.Put, table.Update, table.Delete, table.Check)
	var want []int
	for i, w := range writes {
		if !m.holds(w) {
			want = append(want, i)
		}
	}
	err := m.db.Transact(rt.Context(), writes)
	if failed, ok := errors.AsType[*table.ConditionError](err); ok {
		equal(rt, "failed", failed.Failed, want)
		return
	}
	equal(rt, "error", err, nil)
	equal(rt, "failed", []int(nil), want)
	for _, w := range writes {
		m.make(w)
	}
}

func (m *model) get(rt *rapid.T) {
	k := m.drawKey(rt)
	it, err := m.db.Get(rt.Context(), "items", k)
	want, ok := m.live(k)
	if !ok {
		equal(rt, "error", err, table.ErrNotFound)
		return
	}
	equal(rt, "error", err, nil)
	equal(rt, "item", it, table.Item{Key: k, Attrs: want})
}

func (m *model) batchGet(rt *rapid.T) {
	keys := rapid.SliceOfN(rapid.Custom(m.drawKey), 0, 8).Draw(rt, "keys")
	got, err := m.db.BatchGet(rt.Context(), "items", keys)
	equal(rt, "error", err, nil)
	var want []table.Item
	seen := map[table.Key]bool{}
	for _, k := range keys {
		if attrs, ok := m.live(k); ok && !seen[k] {
			seen[k] = true
			want = append(want, table.Item{Key: k, Attrs: attrs})
		}
	}
	equal(rt, "items", sorted(got), sorted(want))
}

// query asks for a random run, page by page, of the table or of an index.
func (m *model) query(rt *rapid.T) {
	q := table.Query{
		Table: "items", PK: m.partition + rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "pk"),
		Limit: rapid.IntRange(0, 3).Draw(rt, "limit"), Reverse: rapid.Bool().Draw(rt, "reverse"),
	}
	bound := rapid.SampledFrom([]string{"", "1", "10", "2", "a", "é"})
	if rapid.Bool().Draw(rt, "by prefix") {
		q.Prefix = bound.Draw(rt, "prefix")
	} else {
		q.From, q.To = bound.Draw(rt, "from"), bound.Draw(rt, "to")
	}
	if rapid.Bool().Draw(rt, "index") {
		q.Index, q.PK = "some", m.partition+rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "ip")
	}
	var want []table.Item
	for k := range m.items {
		attrs, ok := m.live(k)
		pk, sk, it := k.PK, k.SK, table.Item{Key: k, Attrs: attrs}
		if q.Index != "" && ok {
			if it, ok = indexed(it); ok {
				pk, sk = it.String("ip"), it.String("is")
			}
		}
		if ok && pk == q.PK && strings.HasPrefix(sk, q.Prefix) && sk >= q.From && (q.To == "" || sk <= q.To) {
			want = append(want, it)
		}
	}
	var got []table.Item
	for it, err := range table.All(rt.Context(), m.db, q) {
		equal(rt, "error", err, nil)
		got = append(got, it)
	}
	inOrder := slices.IsSortedFunc(got, func(a, b table.Item) int {
		order := strings.Compare(a.SK, b.SK)
		if q.Index != "" {
			order = strings.Compare(a.String("is"), b.String("is"))
		}
		if q.Reverse {
			return -order
		}
		return order
	})
	if !inOrder {
		rt.Fatalf("out of order: %v", got)
	}
	equal(rt, "items", sorted(got), sorted(want))
}

// indexed is what the index "some" has of an item.
func indexed(it table.Item) (table.Item, bool) {
	if it.Attrs["ip"] == nil || it.Attrs["is"] == nil {
		return table.Item{}, false
	}
	out := table.Item{Key: it.Key, Attrs: table.Attrs{}}
	for _, name := range []string{"ip", "is", "name", "count", table.AttrTTL} {
		if v, ok := it.Attrs[name]; ok {
			out.Attrs[name] = v
		}
	}
	return out, true
}

func equal(rt *rapid.T, what string, got, want any) {
	rt.Helper()
	if d := gocmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateErrors()); d != "" {
		rt.Fatalf("%s differs (-want +got):\n%s", what, d)
	}
}
