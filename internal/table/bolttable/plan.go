package bolttable

import (
	"bytes"
	"fmt"
	"maps"

	"go.etcd.io/bbolt"

	"github.com/infraudit/infraudit/internal/table"
)

// result is what one write came to.
type result struct {
	failed bool        // the condition did not hold
	attrs  table.Attrs // Update: the attributes after it
	units  float64     // write units, in the table and its indexes
}

// stored is an item as a write finds it. One that has expired is still in the buckets, but not live.
type stored struct {
	head
	raw   []byte // nil when there is none
	body  []byte
	live  bool
	attrs table.Attrs // decoded on demand
}

func load(b *bbolt.Bucket, key []byte, now int64) (stored, error) {
	s := stored{raw: b.Get(key)}
	if s.raw == nil {
		return s, nil
	}
	var err error
	s.head, s.body, err = decodeHead(s.raw)
	s.live = !s.expired(now)
	return s, err
}

func (s *stored) decode() error {
	if s.raw == nil || s.attrs != nil {
		return nil
	}
	var err error
	s.attrs, err = decodeAttrs(s.body)
	return err
}

// plan finds out what one write changes.
func (p *prepared) plan(tx *bbolt.Tx, now int64) ([]change, result, error) {
	items, err := bucket(tx, p.layout.items)
	if err != nil {
		return nil, result{}, err
	}
	old, err := load(items, p.key, now)
	if err != nil {
		return nil, result{}, err
	}
	if len(p.If) > 0 || len(p.layout.indexes) > 0 || p.Kind == table.Update {
		if err := old.decode(); err != nil {
			return nil, result{}, err
		}
	}
	var live table.Attrs
	if old.live {
		live = old.attrs
	}
	if p.expired && (old.live || old.raw == nil) {
		return nil, result{}, nil
	}
	if !holds(p.If, live, old.live) {
		return nil, result{failed: true, units: table.WriteUnits(old.size)}, nil
	}
	after := p.image
	res := result{}
	switch p.Kind {
	case table.Check:
		return nil, result{units: table.WriteUnits(old.size)}, nil
	case table.Update:
		if res.attrs, err = updated(live, p.Write); err != nil {
			return nil, result{}, err
		}
		it := table.Item{Key: p.Key, Attrs: res.attrs}
		if size := it.Size(); size > table.MaxItemSize {
			return nil, result{}, fmt.Errorf("%w: item of %d bytes", table.ErrLimit, size)
		}
		if after, err = p.layout.encode(it, p.key); err != nil {
			return nil, result{}, err
		}
	}
	changes, units, err := p.replace(tx, items, &old, after)
	res.units = units
	return changes, res, err
}

// replace makes the changes that turn one stored item into another, nil meaning none.
func (p *prepared) replace(tx *bbolt.Tx, items *bbolt.Bucket, old *stored, after *image) ([]change, float64, error) {
	if after == nil {
		after = &image{entries: make([]entry, len(p.layout.indexes))}
	}
	units := table.WriteUnits(max(old.size, after.size))
	var changes []change
	if old.raw != nil || after.value != nil {
		changes = append(changes, change{items, p.key, after.value})
	}
	if old.hasTTL != after.hasTTL || old.ttl != after.ttl {
		expiry, err := bucket(tx, p.layout.expiry)
		if err != nil {
			return nil, 0, err
		}
		if old.hasTTL {
			changes = append(changes, change{expiry, expiryKey(old.ttl, p.key), nil})
		}
		if after.hasTTL {
			changes = append(changes, change{expiry, expiryKey(after.ttl, p.key), []byte{}})
		}
	}
	before := make([]entry, len(p.layout.indexes))
	if old.raw != nil {
		var err error
		if before, err = p.layout.entries(table.Item{Key: p.Key, Attrs: old.attrs}, p.key); err != nil {
			return nil, 0, err
		}
	}
	for i, ix := range p.layout.indexes {
		b, err := bucket(tx, ix.bucket)
		if err != nil {
			return nil, 0, err
		}
		more, cost := before[i].replace(b, after.entries[i])
		changes = append(changes, more...)
		units += cost
	}
	return changes, units, nil
}

// replace makes the changes of one index. Their cost is DynamoDB's: nothing for an entry that stays as it is, one
// write for one that changes in place, a delete and a put for one whose key changes.
//
// Source: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in DynamoDB", provisioned throughput.
func (e entry) replace(b *bbolt.Bucket, after entry) (changes []change, units float64) {
	if bytes.Equal(e.key, after.key) {
		if e.key == nil || bytes.Equal(e.value, after.value) {
			return nil, 0
		}
		return []change{{b, after.key, after.value}}, table.WriteUnits(max(e.size, after.size))
	}
	if e.key != nil {
		changes = append(changes, change{b, e.key, nil})
		units += table.WriteUnits(e.size)
	}
	if after.key != nil {
		changes = append(changes, change{b, after.key, after.value})
		units += table.WriteUnits(after.size)
	}
	return changes, units
}

// updated applies an update to a copy of attrs, nil for an item that isn't there.
func updated(attrs table.Attrs, w table.Write) (table.Attrs, error) {
	out := maps.Clone(attrs)
	if out == nil {
		out = make(table.Attrs, len(w.Attrs)+len(w.Add))
	}
	maps.Copy(out, w.Attrs)
	for name, delta := range w.Add {
		n, ok := out[name].(int64)
		if _, present := out[name]; present && !ok {
			return nil, fmt.Errorf("bolttable: %s %q: can't add to %q: it is a %T", w.Table, w.Key, name, out[name])
		}
		sum := n + delta
		if (sum > n) != (delta > 0) && delta != 0 {
			return nil, fmt.Errorf("bolttable: %s %q: %q overflows", w.Table, w.Key, name)
		}
		out[name] = sum
	}
	for _, name := range w.Remove {
		delete(out, name)
	}
	return out, nil
}
