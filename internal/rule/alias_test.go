package rule

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestRulesMayShareByAnchorsOfOthers(t *testing.T) {
	var f file
	text := "rules:\n- {id: a, examples: [{want: passed, others: [&trail {type: cloudtrail_trail, name: t}]}]}\n" +
		"- {id: b, examples: [{want: failed, others: [*trail]}]}\n"
	if err := yaml.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	r := f.Rules[1]
	if r.err != nil {
		t.Fatal(r.err)
	}
	if got := r.rule.Examples[0].Others; len(got) != 1 || got[0].Name != "t" {
		t.Errorf("others are %v", got)
	}
}

func TestAliasesThatMultiplyAreRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("- &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 8 {
		ten := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", ")
		fmt.Fprintf(&b, "- &a%d [%s]\n", i+1, ten)
	}
	var nodes []yaml.Node
	if err := yaml.Unmarshal([]byte(b.String()), &nodes); err != nil {
		t.Fatal(err)
	}
	if _, err := withoutAliases(&nodes[8], new(maxYAML)); err == nil {
		t.Error("a thousand million nodes were made")
	}
}
