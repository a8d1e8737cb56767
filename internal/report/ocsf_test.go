package report_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/report"
)

// ocsfSchema is what OCSF says of Compliance Finding with the cloud profile and of the objects that we fill, in a shorter form.
// Source: the schema of OCSF 1.6.0 (https://schema.ocsf.io/1.6.0/classes/compliance_finding), as the Python package
// ocsf-json-schema 1.2.0 carries it.
type ocsfSchema struct {
	Class   ocsfObject            `json:"class"`
	Objects map[string]ocsfObject `json:"objects"`
}

type ocsfObject struct {
	Attributes  map[string]ocsfAttribute `json:"attributes"`
	Constraints map[string][]string      `json:"constraints"`
}

type ocsfAttribute struct {
	Type       string  `json:"type"` // of a value, as "integer_t", or the name of an object
	Array      bool    `json:"array"`
	Required   bool    `json:"required"`
	Deprecated bool    `json:"deprecated"`
	Enum       []int64 `json:"enum"`
}

// check tells everything that the schema doesn't allow.
func (s *ocsfSchema) check(at string, of ocsfObject, v map[string]any) (wrong []string) {
	for name, value := range v {
		a, known := of.Attributes[name]
		switch path := at + "." + name; {
		case !known:
			wrong = append(wrong, path+" is no attribute")
		case a.Deprecated:
			wrong = append(wrong, path+" is deprecated")
		case a.Array:
			list, ok := value.([]any)
			if !ok {
				wrong = append(wrong, path+" is no list")
			}
			for _, x := range list {
				wrong = append(wrong, s.value(path, a, x)...)
			}
		default:
			wrong = append(wrong, s.value(path, a, value)...)
		}
	}
	for name, a := range of.Attributes {
		if _, there := v[name]; a.Required && !there {
			wrong = append(wrong, at+"."+name+" is required")
		}
	}
	if any := of.Constraints["at_least_one"]; len(any) > 0 && !slices.ContainsFunc(any, func(name string) bool { return v[name] != nil }) {
		wrong = append(wrong, at+" needs one of "+strings.Join(any, ", "))
	}
	return wrong
}

func (s *ocsfSchema) value(path string, a ocsfAttribute, v any) []string {
	if object, ok := s.Objects[a.Type]; ok {
		m, ok := v.(map[string]any)
		if !ok {
			return []string{path + " is no object"}
		}
		return s.check(path, object, m)
	}
	switch a.Type {
	case "string_t", "resource_uid_t":
		if text, ok := v.(string); !ok || text == "" && a.Required {
			return []string{path + " is no text"}
		}
	case "integer_t", "long_t", "timestamp_t":
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) || a.Enum != nil && !slices.Contains(a.Enum, int64(n)) {
			return []string{path + " is none of its numbers"}
		}
	default:
		return []string{path + " has a type that this test doesn't know: " + a.Type}
	}
	return nil
}

func TestOCSFIsWhatTheSchemaAllows(t *testing.T) {
	var s ocsfSchema
	raw, err := os.ReadFile("testdata/ocsf-1.6.0.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*report.Document{"two frameworks": document(), "a whole assessment": assessed(t, 3)} {
		var buf bytes.Buffer
		if err := report.OCSF(&buf, d); err != nil {
			t.Fatal(err)
		}
		var events []map[string]any
		if err := json.Unmarshal(buf.Bytes(), &events); err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			t.Errorf("%s: no events", name)
		}
		wrong := map[string]bool{}
		for _, e := range events {
			for _, w := range s.check("finding", s.Class, e) {
				wrong[w] = true
			}
		}
		for w := range wrong {
			t.Errorf("%s: %s", name, w)
		}
	}
}
