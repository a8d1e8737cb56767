package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tables is a set of schemas by name, checked. Drivers hold one and check every call against it, so that they
// refuse the same calls.
type Tables map[string]Schema

// NewTables checks schemas: names are given and unique, an index has two different key attributes, and neither is a
// key of the table nor AttrTTL.
func NewTables(schemas []Schema) (Tables, error) {
	tables := make(Tables, len(schemas))
	for _, s := range schemas {
		if err := s.check(); err != nil {
			return nil, err
		}
		if _, dup := tables[s.Name]; dup {
			return nil, fmt.Errorf("table: %q is declared twice", s.Name)
		}
		tables[s.Name] = s
	}
	return tables, nil
}

func (s Schema) check() error {
	if !plainName(s.Name) {
		return fmt.Errorf("table: bad name %q", s.Name)
	}
	reserved := []string{"", AttrPK, AttrSK, AttrTTL}
	seen := map[string]bool{}
	for _, ix := range s.Indexes {
		switch {
		case !plainName(ix.Name) || seen[ix.Name]:
			return fmt.Errorf("table: %s: bad or repeated index name %q", s.Name, ix.Name)
		case slices.Contains(reserved, ix.PK), slices.Contains(reserved, ix.SK), ix.PK == ix.SK:
			return fmt.Errorf("table: %s/%s: bad key attributes %q, %q", s.Name, ix.Name, ix.PK, ix.SK)
		case ix.All && len(ix.Project) > 0:
			return fmt.Errorf("table: %s/%s: both All and Project", s.Name, ix.Name)
		}
		for _, name := range ix.Project {
			if name == "" || name == AttrPK || name == AttrSK {
				return fmt.Errorf("table: %s/%s: can't project %q", s.Name, ix.Name, name)
			}
		}
		seen[ix.Name] = true
	}
	return nil
}

// plainName tells whether a table or index may be called so: DynamoDB's characters, at most 255 of them.
func plainName(name string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
	return name != "" && len(name) <= 255 && strings.Trim(name, allowed) == ""
}

// Table returns a schema, or an error that names what isn't there.
func (ts Tables) Table(name string) (Schema, error) {
	s, ok := ts[name]
	if !ok {
		return Schema{}, fmt.Errorf("table: no table %q", name)
	}
	return s, nil
}

// CheckKey returns an error matching ErrLimit unless k may be an item's key.
func CheckKey(k Key) error {
	if err := checkKeyPart("partition key", k.PK, MaxPK); err != nil {
		return err
	}
	return checkKeyPart("sort key", k.SK, MaxSK)
}

func checkKeyPart(what, s string, limit int) error {
	switch {
	case s == "":
		return fmt.Errorf("%w: empty %s", ErrLimit, what)
	case len(s) > limit:
		return fmt.Errorf("%w: %s of %d bytes", ErrLimit, what, len(s))
	}
	return checkText(what, s)
}

// checkText refuses what the drivers could not keep alike: NUL separates the parts of local keys, and the DynamoDB
// API carries strings as UTF-8, replacing what isn't.
func checkText(what, s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return fmt.Errorf("%w: NUL in %s %q", ErrLimit, what, s)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %s %q isn't UTF-8", ErrLimit, what, s)
	}
	return nil
}

// CheckWrite returns an error unless w may be made as far as can be said without the stored item.
func (ts Tables) CheckWrite(w Write) error {
	s, err := ts.Table(w.Table)
	if err != nil {
		return err
	}
	if err := CheckKey(w.Key); err != nil {
		return err
	}
	for _, c := range w.If {
		if err := c.check(); err != nil {
			return err
		}
	}
	if err := w.checkShape(); err != nil {
		return err
	}
	if err := s.checkAttrs(w.Attrs); err != nil {
		return err
	}
	for name := range w.Add {
		if s.isIndexKey(name) {
			return fmt.Errorf("table: %s: can't add to the index key %q", s.Name, name)
		}
	}
	if size := (Item{Key: w.Key, Attrs: w.Attrs}).Size(); size > MaxItemSize {
		return fmt.Errorf("%w: item of %d bytes", ErrLimit, size)
	}
	return nil
}

// checkShape checks that a write carries only what its kind uses, and names no attribute twice.
func (w Write) checkShape() error {
	if w.Kind > Check {
		return fmt.Errorf("table: unknown kind of write %d", w.Kind)
	}
	if w.Kind != Update && (len(w.Add) > 0 || len(w.Remove) > 0) || w.Kind > Update && len(w.Attrs) > 0 {
		return errors.New("table: a write carries attributes that its kind doesn't use")
	}
	named := make(map[string]bool, len(w.Add)+len(w.Remove))
	name := func(n string) error {
		if n == "" || n == AttrPK || n == AttrSK {
			return fmt.Errorf("table: can't change attribute %q", n)
		}
		if _, set := w.Attrs[n]; set || named[n] {
			return fmt.Errorf("table: an update names %q twice", n)
		}
		named[n] = true
		return nil
	}
	for n := range w.Add {
		if err := name(n); err != nil {
			return err
		}
	}
	for _, n := range w.Remove {
		if err := name(n); err != nil {
			return err
		}
	}
	return nil
}

func (s Schema) isIndexKey(name string) bool {
	return slices.ContainsFunc(s.Indexes, func(ix Index) bool { return ix.PK == name || ix.SK == name })
}

func (s Schema) checkAttrs(attrs Attrs) error {
	for name, value := range attrs {
		if name == "" || name == AttrPK || name == AttrSK {
			return fmt.Errorf("table: an attribute can't be called %q", name)
		}
		if err := checkValue(name, value); err != nil {
			return err
		}
	}
	if v, ok := attrs[AttrTTL]; ok {
		if _, ok := v.(int64); !ok {
			return fmt.Errorf("table: %s must be an int64, not %T", AttrTTL, v)
		}
	}
	for _, ix := range s.Indexes {
		for _, part := range []struct {
			name  string
			limit int
		}{{ix.PK, MaxPK}, {ix.SK, MaxSK}} {
			v, ok := attrs[part.name]
			if !ok {
				continue
			}
			text, ok := v.(string)
			if !ok {
				return fmt.Errorf("table: index key %q must be a string, not %T", part.name, v)
			}
			if err := checkKeyPart("index key "+part.name, text, part.limit); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkValue(name string, value any) error {
	switch v := value.(type) {
	case string:
		if !utf8.ValidString(v) {
			return fmt.Errorf("table: attribute %q isn't UTF-8", name)
		}
	case []byte, int64, bool:
	default:
		return fmt.Errorf("table: attribute %q is a %T", name, value)
	}
	return nil
}

func (c Condition) check() error {
	switch c.Op {
	case Absent, Present:
		return nil
	case Eq, Ne, Lt, Le, Gt, Ge:
	default:
		return fmt.Errorf("table: unknown comparison %q", c.Op)
	}
	if c.Attr == "" || c.Attr == AttrPK || c.Attr == AttrSK {
		return fmt.Errorf("table: can't compare %q", c.Attr)
	}
	if _, flag := c.Value.(bool); flag && c.Op != Eq && c.Op != Ne {
		return fmt.Errorf("table: booleans have no order (%q)", c.Attr)
	}
	return checkValue(c.Attr, c.Value)
}

// CheckApply returns an error unless every write may be made and no key appears twice.
func (ts Tables) CheckApply(writes []Write) error {
	type id struct {
		table string
		key   Key
	}
	seen := make(map[id]bool, len(writes))
	for i, w := range writes {
		if err := ts.CheckWrite(w); err != nil {
			return fmt.Errorf("write %d: %w", i, err)
		}
		if k := (id{w.Table, w.Key}); seen[k] {
			return fmt.Errorf("write %d: %w: %s %q appears twice", i, ErrLimit, w.Table, w.Key)
		} else {
			seen[k] = true
		}
	}
	return nil
}

// CheckTransact returns an error unless the writes may be one transaction.
func (ts Tables) CheckTransact(writes []Write) error {
	if len(writes) > MaxTransaction {
		return fmt.Errorf("%w: %d writes in a transaction", ErrLimit, len(writes))
	}
	if err := ts.CheckApply(writes); err != nil {
		return err
	}
	total := 0
	for _, w := range writes {
		total += Item{Key: w.Key, Attrs: w.Attrs}.Size()
	}
	if total > MaxTransactBytes {
		return fmt.Errorf("%w: transaction of %d bytes", ErrLimit, total)
	}
	return nil
}

// CheckQuery returns an error unless q may be asked, and the index that it reads, nil for the table itself.
func (ts Tables) CheckQuery(q Query) (*Index, error) {
	s, err := ts.Table(q.Table)
	if err != nil {
		return nil, err
	}
	var index *Index
	if q.Index != "" {
		ix, ok := s.Index(q.Index)
		if !ok {
			return nil, fmt.Errorf("table: %s has no index %q", q.Table, q.Index)
		}
		if q.Consistent {
			return nil, errors.New("table: an index can't be read consistently")
		}
		index = &ix
	}
	if q.Limit < 0 {
		return nil, fmt.Errorf("table: limit of %d", q.Limit)
	}
	if q.Prefix != "" && (q.From != "" || q.To != "") {
		return nil, errors.New("table: a query by both prefix and range")
	}
	if err := checkKeyPart("partition key", q.PK, MaxPK); err != nil {
		return nil, err
	}
	for _, bound := range []string{q.Prefix, q.From, q.To} {
		if bound == "" {
			continue
		}
		if err := checkKeyPart("bound of a sort key", bound, MaxSK); err != nil {
			return nil, err
		}
	}
	return index, nil
}
