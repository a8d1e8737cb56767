package shape

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
)

// Check tells where a normalised configuration departs from the shape: properties that it doesn't have, that are
// read-only or write-only, and values of the wrong Go type. Collectors' tests use it; Normalize mends what it finds.
func (s *Shape) Check(config map[string]any) []audit.Problem {
	var c checker
	c.object(s.root, config)
	slices.SortFunc(c.problems, func(a, b audit.Problem) int { return strings.Compare(a.Field, b.Field) })
	return c.problems
}

type checker struct {
	at       Path
	problems []audit.Problem
}

func (c *checker) problemf(format string, args ...any) {
	c.problems = append(c.problems, audit.Problem{Field: c.at.String(), Message: fmt.Sprintf(format, args...)})
}

func (c *checker) under(seg Segment, do func()) {
	c.at = append(c.at, seg)
	do()
	c.at = c.at[:len(c.at)-1]
}

func (c *checker) object(p *Property, m map[string]any) {
	for name, v := range m {
		c.under(Segment{Kind: NameSegment, Name: name}, func() {
			child := p.property(name)
			switch {
			case child == nil:
				c.problemf("the shape has no such property")
			case child.ReadOnly:
				c.problemf("is read-only")
			case child.WriteOnly:
				c.problemf("is write-only")
			default:
				c.value(child, v)
			}
		})
	}
}

func (c *checker) value(p *Property, v any) {
	ok := false
	switch p.Kind {
	case String:
		_, ok = v.(string)
	case Integer:
		_, ok = v.(int64)
	case Number:
		switch v.(type) {
		case int64, float64:
			ok = true
		}
	case Boolean:
		_, ok = v.(bool)
	case Object:
		var m map[string]any
		if m, ok = v.(map[string]any); ok {
			c.object(p, m)
		}
	case Map:
		var m map[string]any
		if m, ok = v.(map[string]any); ok {
			for key, e := range m {
				c.under(Segment{Kind: KeySegment, Name: key}, func() { c.value(p.Items, e) })
			}
		}
	case List, Unique:
		var l []any
		if l, ok = v.([]any); ok {
			for i, e := range l {
				c.under(p.segment(i, e), func() { c.value(p.Items, e) })
			}
		}
	case Policy:
		_, ok = v.(map[string]any)
	case JSON:
		ok = v != nil
	}
	if !ok {
		c.problemf("is a %T, not a %s", v, p.Kind)
	}
}
