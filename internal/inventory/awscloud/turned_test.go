package awscloud

import (
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

// turnedRound turns round every list of an answer: JSON's arrays, and in XML the children of elements that have several and
// only of one name.
func turnedRound(t *testing.T, body string, ordered []string) string {
	t.Helper()
	switch {
	case strings.HasPrefix(body, "{"):
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(reverseJSON(v, ordered))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	case strings.HasPrefix(body, "<"):
		var n xmlNode
		if err := xml.Unmarshal([]byte("<all>"+body+"</all>"), &n); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		b, err := xml.Marshal(n.reverse())
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(strings.TrimPrefix(string(b), "<all>"), "</all>")
	}
	return body
}

func reverseJSON(v any, ordered []string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = reverseJSON(v[i], ordered)
		}
		slices.Reverse(v)
	case map[string]any:
		for k := range v {
			if !slices.Contains(ordered, k) {
				v[k] = reverseJSON(v[k], ordered)
			}
		}
	}
	return v
}

type xmlNode struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []xmlNode `xml:",any"`
}

func (n xmlNode) reverse() xmlNode {
	names := map[string]bool{}
	for i := range n.Children {
		n.Children[i] = n.Children[i].reverse()
		names[n.Children[i].XMLName.Local] = true
	}
	if len(names) == 1 {
		slices.Reverse(n.Children)
	}
	return n
}
