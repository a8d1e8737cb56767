package bolttable

import (
	"bytes"
	"cmp"

	"github.com/infraudit/infraudit/internal/table"
)

// holds tells whether conditions hold for an item; exists is false for one that isn't there or has expired.
func holds(conds table.Conditions, attrs table.Attrs, exists bool) bool {
	for _, c := range conds {
		value, present := attrs[c.Attr]
		if c.Attr == "" {
			present = exists
		}
		switch c.Op {
		case table.Absent:
			if present {
				return false
			}
		case table.Present:
			if !present {
				return false
			}
		default:
			if !present || !compares(c.Op, value, c.Value) {
				return false
			}
		}
	}
	return true
}

// compares is DynamoDB's comparison: values of different types are unequal and have no order.
func compares(op table.Op, stored, given any) bool {
	order, comparable := compare(stored, given)
	switch op {
	case table.Eq:
		return comparable && order == 0
	case table.Ne:
		return !comparable || order != 0
	case table.Lt:
		return comparable && order < 0
	case table.Le:
		return comparable && order <= 0
	case table.Gt:
		return comparable && order > 0
	case table.Ge:
		return comparable && order >= 0
	}
	return false
}

func compare(a, b any) (order int, comparable bool) {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return cmp.Compare(a, b), ok
	case int64:
		b, ok := b.(int64)
		return cmp.Compare(a, b), ok
	case []byte:
		b, ok := b.([]byte)
		return bytes.Compare(a, b), ok
	case bool:
		b, ok := b.(bool)
		if a == b {
			return 0, ok
		}
		return 1, ok
	}
	return 0, false
}
