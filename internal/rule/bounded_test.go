package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

func TestTextFunctionsDoAsCELSays(t *testing.T) {
	for _, expression := range []string{
		`"a,b,c".split(",") == ["a", "b", "c"]`, `"a,b,c".split(",", 2) == ["a", "b,c"]`, `"ab".split("") == ["a", "b"]`, `"a".split(",", 0) == []`,
		`"aXbX".replace("X", "-") == "a-b-"`, `"aXbX".replace("X", "-", 1) == "a-bX"`, `"ab".replace("", "-") == "-a-b-"`, `"ab".replace("a", "", 0) == "ab"`,
		`["a", "b"].join() == "ab"`, `["", "a", ""].join(",") == ",a,"`, `[].join(",") == ""`, `"a" + "b" == "ab"`, `[1] + [2] == [1, 2]`, `1 + 2 == 3`, `1.5 + 1.5 == 3.0`,
		`timestamp("2026-01-01T00:00:00Z") + duration("1h") == timestamp("2026-01-01T01:00:00Z")`,
	} {
		if got, err := rule.Eval(expression, nil); err != nil || !got {
			t.Errorf("%s is %t, %v", expression, got, err)
		}
	}
}

// Each would fill the memory, or not end, if it were counted only afterwards.
func TestAnExpressionThatMakesTooMuchIsNotAssessed(t *testing.T) {
	double := func(start string, times int, last string) string {
		text := strings.ReplaceAll(last, "X", fmt.Sprintf("v%c", 'a'+times))
		for i := times; i > 0; i-- {
			text = fmt.Sprintf("cel.bind(v%c, v%c + v%c, %s)", 'a'+i, 'a'+i-1, 'a'+i-1, text)
		}
		return "cel.bind(va, " + start + ", " + text + ")"
	}
	nest := func(times int, last string) string {
		text := strings.ReplaceAll(last, "X", fmt.Sprintf("v%c", 'a'+times))
		for i := times; i > 0; i-- {
			text = fmt.Sprintf("cel.bind(v%c, [v%c, v%c], %s)", 'a'+i, 'a'+i-1, 'a'+i-1, text)
		}
		return "cel.bind(va, [1], " + text + ")"
	}
	thousand := `"` + strings.Repeat("x", 1000) + `"`
	set := builtIn(t)
	for name, tt := range map[string]struct{ passes, want string }{
		"a text that is replaced in itself": {
			"cel.bind(a, " + thousand + `, cel.bind(b, a.replace("", a), cel.bind(c, b.replace("", b), c.replace("", c) != "")))`, "the value is too large",
		},
		"a text that is joined by itself": {
			"cel.bind(a, " + thousand + `, cel.bind(b, a.split("").join(a), cel.bind(c, b.split("").join(b), c != "")))`, "the value is too large",
		},
		"a text that is doubled":                        {double(thousand, 20, `X != ""`), "the value is too large"},
		"a list that is doubled":                        {double("[1, 2]", 22, "X == X"), "the value is too large"},
		"a list that has itself twice, time after time": {nest(24, "X == X"), "the value is too large"},
		"an inequality of such lists":                   {nest(24, "!(X != X)"), "the value is too large"},
		"a search for such a list":                      {nest(24, "X in [X]"), "the value is too large"},
		"such a list in a map":                          {nest(24, `{"a": X} == {"a": X}`), "the value is too large"},
		"a long text in a loop": {
			double(thousand, 9, `X.split("").all(c, X.lowerAscii() != c)`), "actual cost limit exceeded",
		},
		"a policy in a loop": {
			double("[1, 2, 3, 4]", 12, `X.all(x, policy.public({"Statement": []}, "1").size() == 0)`), "actual cost limit exceeded",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(own, `resource.name.startsWith("acme-")`, `'resource.name.startsWith("acme-") && (`+tt.passes+`)'`, 1)
			_, problems := set.Extend([]rule.Own{{Name: "acme", Text: text}})
			if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, "is "+string(audit.NotAssessed)+", not passed: ") || !strings.Contains(problems[0].Message, tt.want) {
				t.Errorf("%v, want: not assessed, %s", problems, tt.want)
			}
		})
	}
}
