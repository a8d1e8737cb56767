package iampolicy

import (
	"errors"
	"slices"
	"strings"
)

// condition is one key of a Condition element: some operator over some values. All of a statement's must hold.
type condition struct {
	operator string // in lower case, without the parts below and without "not"
	negated  bool   // ...Not...
	anyValue bool   // ForAnyValue:
	all      bool   // ForAllValues:
	ifExists bool   // ...IfExists
	key      string // in lower case
	values   []value
}

// value is one value of a condition, "*" where variables were.
type value struct {
	text     string
	variable string // the variable that it is, in lower case, where it is one and nothing else
}

// fixed tells whether the value is one and the same in every request.
func (v value) fixed() bool { return v.text != "" && !hasWildcard(v.text) }

// operators are the condition operators: "IAM JSON policy elements: Condition operators",
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]condition{
	"stringequals":              {operator: "stringequals"},
	"stringnotequals":           {operator: "stringequals", negated: true},
	"stringequalsignorecase":    {operator: "stringequalsignorecase"},
	"stringnotequalsignorecase": {operator: "stringequalsignorecase", negated: true},
	"stringlike":                {operator: "stringlike"},
	"stringnotlike":             {operator: "stringlike", negated: true},
	"arnequals":                 {operator: "arnlike"}, // the two are the same
	"arnnotequals":              {operator: "arnlike", negated: true},
	"arnlike":                   {operator: "arnlike"},
	"arnnotlike":                {operator: "arnlike", negated: true},
	"ipaddress":                 {operator: "ipaddress"},
	"notipaddress":              {operator: "ipaddress", negated: true},
	"bool":                      {operator: "bool"},
	"null":                      {operator: "null"},
	"binaryequals":              {operator: "binaryequals"},
	"numericequals":             {operator: "numericequals"},
	"numericnotequals":          {operator: "numericequals", negated: true},
	"numericlessthan":           {operator: "numericlessthan"},
	"numericlessthanequals":     {operator: "numericlessthanequals"},
	"numericgreaterthan":        {operator: "numericgreaterthan"},
	"numericgreaterthanequals":  {operator: "numericgreaterthanequals"},
	"dateequals":                {operator: "dateequals"},
	"datenotequals":             {operator: "dateequals", negated: true},
	"datelessthan":              {operator: "datelessthan"},
	"datelessthanequals":        {operator: "datelessthanequals"},
	"dategreaterthan":           {operator: "dategreaterthan"},
	"dategreaterthanequals":     {operator: "dategreaterthanequals"},
}

func parseOperator(name string) (condition, bool) {
	s := strings.ToLower(name)
	s, anyValue := strings.CutPrefix(s, "foranyvalue:")
	s, all := strings.CutPrefix(s, "forallvalues:")
	s, ifExists := strings.CutSuffix(s, "ifexists")
	c, ok := operators[s]
	if !ok || anyValue && all || c.operator == "null" && ifExists {
		return condition{}, false
	}
	c.anyValue, c.all, c.ifExists = anyValue, all, ifExists
	return c, true
}

func (p parser) conditions(v any) ([]condition, error) {
	if v == nil {
		return nil, nil
	}
	byOperator, ok := v.(map[string]any)
	if !ok {
		return nil, elementError("Condition", "is %s", kindOf(v))
	}
	var out []condition
	for _, name := range sortedKeys(byOperator) {
		c, ok := parseOperator(name)
		if !ok {
			return nil, elementError("Condition", "has an unknown operator %q", clip(name))
		}
		keys, ok := byOperator[name].(map[string]any)
		if !ok {
			return nil, elementError("Condition."+name, "is %s", kindOf(byOperator[name]))
		}
		for _, key := range sortedKeys(keys) {
			values, err := stringList(keys[key])
			if err == nil && values == nil {
				err = errors.New("is null")
			}
			if err != nil {
				return nil, elementError("Condition."+name+"."+clip(key), "%w", err)
			}
			c := c
			c.key = strings.ToLower(key)
			for _, s := range values {
				text, some := p.expand(s)
				v := value{text: collapse(text)}
				if some && text == "*" {
					v.variable = strings.ToLower(s)
				}
				c.values = append(c.values, v)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// effective tells whether the condition, in a list with others, fails when the request lacks the key, so that meeting it
// takes one of its values.
func (c condition) effective(others []condition) bool {
	if c.negated || c.operator == "null" {
		return false
	}
	return !c.all && !c.ifExists || present(others, c.key)
}

// present tells whether the conditions hold only in requests that have the key: Null says so.
func present(conditions []condition, key string) bool {
	for _, c := range conditions {
		if c.operator == "null" && c.key == key && len(c.values) == 1 && strings.EqualFold(c.values[0].text, "false") {
			return true
		}
	}
	return false
}

// isBool tells whether the condition is one on a truth value, and asks for the one given (and perhaps for the other).
func (c condition) isBool(key, want string) bool {
	return c.operator == "bool" && c.key == key && slices.ContainsFunc(c.values, func(v value) bool {
		return strings.EqualFold(v.text, want)
	})
}

// conditionKeys are the keys that a statement's conditions are about, for a person.
func conditionKeys(conditions []condition) []string {
	var out []string
	for _, c := range conditions {
		out = append(out, c.key)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
