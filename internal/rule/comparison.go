package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// maxCompared bounds how many values a comparison looks at. A list that has itself twice, forty times over, takes no memory, and
// comparing it with its like never ends.
const maxCompared = 100_000

// boundComparison replaces CEL's comparisons of values, which can't be overridden as functions can.
func boundComparison(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || len(call.Args()) != 2 {
		return i, nil
	}
	switch call.Function() {
	case operators.Equals, operators.NotEquals, operators.In:
		return &comparison{call}, nil
	}
	return i, nil
}

// comparison is one of CEL's, bounded.
type comparison struct{ interpreter.InterpretableCall }

// Exec implements interpreter.InterpretableV2.
func (c *comparison) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	args := c.Args()
	a := args[0].Exec(frame)
	if types.IsError(a) {
		return a
	}
	b := args[1].Exec(frame)
	if types.IsError(b) {
		return b
	}
	unknown, _ := types.MaybeMergeUnknowns(a, nil)
	if unknown, _ = types.MaybeMergeUnknowns(b, unknown); unknown != nil {
		return unknown
	}
	left := maxCompared
	if tooMany(a, &left) || tooMany(b, &left) {
		return tooLarge()
	}
	switch c.Function() {
	case operators.NotEquals:
		return types.Bool(types.Equal(a, b) != types.True)
	case operators.In:
		if container, ok := b.(traits.Container); ok {
			return container.Contains(a)
		}
		return types.MaybeNoSuchOverloadErr(b)
	}
	return types.Equal(a, b)
}

// Eval implements interpreter.Interpretable.
func (c *comparison) Eval(vars cel.Activation) ref.Val { return c.Exec(interpreter.AsFrame(vars)) }

// tooMany counts the values in a value, and stops when there are more than are left.
func tooMany(v ref.Val, left *int) bool {
	if *left--; *left < 0 {
		return true
	}
	list, isList := v.(traits.Lister)
	if m, ok := v.(traits.Mapper); ok {
		for it := m.Iterator(); it.HasNext() == types.True; {
			if tooMany(m.Get(it.Next()), left) {
				return true
			}
		}
	} else if isList {
		for it := list.Iterator(); it.HasNext() == types.True; {
			if tooMany(it.Next(), left) {
				return true
			}
		}
	}
	return false
}
