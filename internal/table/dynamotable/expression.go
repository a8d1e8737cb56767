package dynamotable

import (
	"fmt"
	"strings"

	"github.com/infraudit/infraudit/internal/table"
)

// expressions builds the expressions of one request. Attributes are always given by placeholder, since DynamoDB
// reserves hundreds of plain words.
type expressions struct {
	names  map[string]string // placeholder -> attribute
	values attributes
	byName map[string]string // attribute -> placeholder
}

func newExpressions() *expressions {
	return &expressions{names: map[string]string{}, values: attributes{}, byName: map[string]string{}}
}

func (e *expressions) name(attr string) string {
	if p, ok := e.byName[attr]; ok {
		return p
	}
	p := fmt.Sprintf("#a%d", len(e.names))
	e.names[p], e.byName[attr] = attr, p
	return p
}

func (e *expressions) value(v any) string {
	p := fmt.Sprintf(":v%d", len(e.values))
	e.values[p] = value(v)
	return p
}

// expressionValues is nil when there are none: DynamoDB refuses an empty map.
func (e *expressions) expressionValues() attributes {
	if len(e.values) == 0 {
		return nil
	}
	return e.values
}

func (e *expressions) expressionNames() map[string]string {
	if len(e.names) == 0 {
		return nil
	}
	return e.names
}

// condition says what a write needs to hold, "" for nothing. An item that has expired counts as absent; for an
// update, which would keep its attributes, it fails the condition instead, and the caller clears it away.
func (e *expressions) condition(w table.Write, now int64) string {
	if len(w.If) == 0 && w.Kind != table.Update {
		return ""
	}
	ttl := e.name(table.AttrTTL)
	live := fmt.Sprintf("(attribute_not_exists(%s) OR %s > %s)", ttl, ttl, e.value(now))
	if w.Kind == table.Update {
		terms := []string{live}
		for _, c := range w.If {
			terms = append(terms, e.term(c))
		}
		return strings.Join(terms, " AND ")
	}
	exists := fmt.Sprintf("attribute_exists(%s)", e.name(table.AttrPK))
	// Two cases: a live item that meets every condition, or none, when conditions let an item be absent.
	present := []string{exists, live}
	absentHolds := true
	for _, c := range w.If {
		present = append(present, e.term(c))
		absentHolds = absentHolds && c.Op == table.Absent
	}
	whenPresent := strings.Join(present, " AND ")
	if !absentHolds {
		return whenPresent
	}
	return fmt.Sprintf("(NOT (%s AND %s)) OR (%s)", exists, live, whenPresent)
}

// term is one condition on a live item. A comparison with an absent attribute doesn't hold; DynamoDB's own "<>" does.
func (e *expressions) term(c table.Condition) string {
	attr := c.Attr
	if attr == "" {
		attr = table.AttrPK
	}
	name := e.name(attr)
	switch c.Op {
	case table.Absent:
		return fmt.Sprintf("attribute_not_exists(%s)", name)
	case table.Present:
		return fmt.Sprintf("attribute_exists(%s)", name)
	case table.Ne:
		return fmt.Sprintf("(attribute_exists(%s) AND %s <> %s)", name, name, e.value(c.Value))
	}
	return fmt.Sprintf("%s %s %s", name, c.Op, e.value(c.Value))
}

// update says what an update changes, "" for nothing but making the item.
func (e *expressions) update(w table.Write) string {
	var set, add, remove []string
	for name, v := range w.Attrs {
		set = append(set, e.name(name)+" = "+e.value(v))
	}
	for name, delta := range w.Add {
		add = append(add, e.name(name)+" "+e.value(delta))
	}
	for _, name := range w.Remove {
		remove = append(remove, e.name(name))
	}
	var clauses []string
	for _, c := range []struct {
		verb  string
		parts []string
	}{{"SET", set}, {"ADD", add}, {"REMOVE", remove}} {
		if len(c.parts) > 0 {
			clauses = append(clauses, c.verb+" "+strings.Join(c.parts, ", "))
		}
	}
	return strings.Join(clauses, " ")
}
