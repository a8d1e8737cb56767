package rule

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Values that an expression makes are bounded, since CEL counts the cost of a call only once it has been made: without a bound,
// a text that is replaced in itself three times fills the memory, and two lists that were doubled forty times never end
// comparing.
const (
	maxText = 1 << 20 // bytes
	maxList = 100_000 // elements
)

func tooLarge() ref.Val { return types.NewErr("the value is too large") }

// boundedFunctions are CEL's addition and those functions of its string extensions that make more than they are given.
func boundedFunctions() cel.EnvOption {
	text, list := cel.StringType, cel.ListType(cel.StringType)
	split := func(args ...ref.Val) ref.Val {
		n := -1
		if len(args) > 2 {
			n = int(args[2].(types.Int))
		}
		s := textOf(args[0])
		if len(s) > maxText {
			return tooLarge()
		}
		return types.DefaultTypeAdapter.NativeToValue(strings.SplitN(s, textOf(args[1]), n))
	}
	replace := func(args ...ref.Val) ref.Val {
		n := -1
		if len(args) > 3 {
			n = int(args[3].(types.Int))
		}
		s, old, with := textOf(args[0]), textOf(args[1]), textOf(args[2])
		times := strings.Count(s, old)
		if n >= 0 {
			times = min(times, n)
		}
		if len(s) > maxText || len(with) > maxText || len(s)+times*(len(with)-len(old)) > maxText {
			return tooLarge()
		}
		return types.String(strings.Replace(s, old, with, n))
	}
	return all(
		additions(),
		cel.Function("split",
			cel.MemberOverload("string_split_string", []*cel.Type{text, text}, list, cel.FunctionBinding(split)),
			cel.MemberOverload("string_split_string_int", []*cel.Type{text, text, cel.IntType}, list, cel.FunctionBinding(split))),
		cel.Function("replace",
			cel.MemberOverload("string_replace_string_string", []*cel.Type{text, text, text}, text, cel.FunctionBinding(replace)),
			cel.MemberOverload("string_replace_string_string_int", []*cel.Type{text, text, text, cel.IntType}, text, cel.FunctionBinding(replace))),
		cel.Function("join",
			cel.MemberOverload("list_join", []*cel.Type{list}, text, cel.FunctionBinding(joined)),
			cel.MemberOverload("list_join_string", []*cel.Type{list, text}, text, cel.FunctionBinding(joined))),
	)
}

// joined joins a list's texts, by a text or by nothing.
func joined(args ...ref.Val) ref.Val {
	between := ""
	if len(args) > 1 {
		between = textOf(args[1])
	}
	var b strings.Builder
	first := true
	for it := args[0].(traits.Lister).Iterator(); it.HasNext() == types.True; first = false {
		part, ok := it.Next().(types.String)
		if !ok {
			return types.NewErr("the list has what is no text")
		}
		if b.Len()+len(between)+len(part) > maxText {
			return tooLarge()
		}
		if !first {
			b.WriteString(between)
		}
		b.WriteString(string(part))
	}
	return types.String(b.String())
}

// additions are CEL's own, bounded (language definition, "List of Standard Definitions", operator _+_).
func additions() cel.EnvOption {
	element := cel.ListType(cel.TypeParamType("A"))
	of := func(id string, a, b, sum *cel.Type) cel.FunctionOpt { return cel.Overload(id, []*cel.Type{a, b}, sum) }
	return cel.Function(operators.Add,
		of(overloads.AddBytes, cel.BytesType, cel.BytesType, cel.BytesType),
		of(overloads.AddDouble, cel.DoubleType, cel.DoubleType, cel.DoubleType),
		of(overloads.AddDurationDuration, cel.DurationType, cel.DurationType, cel.DurationType),
		of(overloads.AddDurationTimestamp, cel.DurationType, cel.TimestampType, cel.TimestampType),
		of(overloads.AddInt64, cel.IntType, cel.IntType, cel.IntType),
		of(overloads.AddList, element, element, element),
		of(overloads.AddString, cel.StringType, cel.StringType, cel.StringType),
		of(overloads.AddTimestampDuration, cel.TimestampType, cel.DurationType, cel.TimestampType),
		of(overloads.AddUint64, cel.UintType, cel.UintType, cel.UintType),
		cel.SingletonBinaryBinding(func(a, b ref.Val) ref.Val {
			if lengthOf(a)+lengthOf(b) > maxText {
				return tooLarge()
			}
			if la, ok := a.(traits.Lister); ok {
				if lb, ok := b.(traits.Lister); ok && la.Size().(types.Int)+lb.Size().(types.Int) > maxList {
					return tooLarge()
				}
			}
			return a.(traits.Adder).Add(b)
		}, traits.AdderType))
}

// costs are what calls cost where CEL would count one: the texts that they go through, and, of our own functions, a guess
// from how long they take beside the rest.
type costs struct{}

// costOfPolicy is of a question to a policy document, which takes some microseconds.
const costOfPolicy = 500

// CallCost implements interpreter.ActualCostEstimator; nil leaves the cost to CEL.
func (costs) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	switch function {
	case "admits", "catches", "opens":
		return new(uint64(costOfPolicy))
	case "split", "replace", "join", "charAt", "indexOf", "lastIndexOf", "lowerAscii", "upperAscii", "substring", "trim", "tail", "version":
		total := uint64(1)
		for _, a := range args {
			total += uint64(lengthOf(a)) / 10 // as CEL counts startsWith
		}
		return &total
	}
	if strings.HasPrefix(function, "policy.") {
		return new(uint64(costOfPolicy))
	}
	return nil
}

func lengthOf(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	}
	return 0
}
