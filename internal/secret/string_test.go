package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/secret"
)

const planted = "s3cr3t-planted-value"

type holder struct {
	Name    string
	Secret  secret.String
	Pointer *secret.String
	List    []secret.String
	Map     map[string]secret.String
	private secret.String
	any     any
}

func newHolder() holder {
	s := secret.NewString(planted)
	return holder{
		Name: "name", Secret: s, Pointer: &s, List: []secret.String{s}, Map: map[string]secret.String{"k": s},
		private: s, any: s,
	}
}

func TestASecretNeverPrints(t *testing.T) {
	s, h := secret.NewString(planted), newHolder()
	for name, value := range map[string]any{
		"the secret": s, "a pointer to it": &s, "a struct": h, "a pointer to a struct": &h, "a slice": []any{s, h},
		"a map": map[any]any{"k": s, s: "v"}, "an error": fmt.Errorf("failed with %v: %w", s, errors.New("x")),
	} {
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "T", "p", "b", "o", "O", "c", "U", "e", "t", "20s", ".3s", "+q", "#x"} {
			out := fmt.Sprintf("%"+verb, value)
			if leaks(out) {
				t.Errorf("%s printed with %%%s: %s", name, verb, out)
			}
		}
		if out := fmt.Sprint(value) + fmt.Sprintln(value); leaks(out) {
			t.Errorf("%s printed: %s", name, out)
		}
	}
	if got := fmt.Sprintf("%v %s %q %#v %d", s, s, s, s, s); got != "*** *** *** *** ***" {
		t.Errorf("printed %s", got)
	}
}

// leaks finds the secret as it is, or in the forms that %x and %d give.
func leaks(out string) bool {
	return strings.Contains(out, planted) || strings.Contains(out, planted[:3]) ||
		strings.Contains(strings.ToLower(out), fmt.Sprintf("%x", planted)[:8]) ||
		strings.Contains(out, strings.Trim(fmt.Sprint([]byte(planted))[:10], "[]"))
}

func TestASecretIsNeverEncoded(t *testing.T) {
	h := newHolder()
	encoders := map[string]func() ([]byte, error){
		"JSON":        func() ([]byte, error) { return json.Marshal(h) },
		"JSON of one": func() ([]byte, error) { return json.Marshal(h.Secret) },
		"JSON key":    func() ([]byte, error) { return json.Marshal(map[secret.String]int{h.Secret: 1}) },
		"YAML":        func() ([]byte, error) { return yaml.Marshal(h) },
		"XML":         func() ([]byte, error) { return xml.Marshal(h.Secret) },
		"slog as text": func() ([]byte, error) {
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "s", h.Secret, "p", h.Pointer, "h", h, "g", slog.GroupValue(slog.Any("s", h.Secret)))
			return out.Bytes(), nil
		},
		"slog as JSON": func() ([]byte, error) {
			var out bytes.Buffer
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", h.Secret, "p", h.Pointer, "h", h)
			return out.Bytes(), nil
		},
	}
	for name, encode := range encoders {
		out, err := encode()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if leaks(string(out)) || !bytes.Contains(out, []byte("***")) {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestASecretIsReadAsItIs(t *testing.T) {
	type doc struct {
		Secret secret.String `json:"secret,omitzero" yaml:"secret,omitempty"`
	}
	want := doc{secret.NewString(planted)}
	var got doc
	if err := json.Unmarshal([]byte(`{"secret":"`+planted+`"}`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	got = doc{}
	if err := yaml.Unmarshal([]byte("secret: "+planted), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("YAML (-want +got):\n%s", diff)
	}
	if got.Secret.Reveal() != planted {
		t.Errorf("Reveal() = %q", got.Secret.Reveal())
	}
	empty, err := json.Marshal(doc{})
	if err != nil || string(empty) != "{}" {
		t.Errorf("an empty secret is encoded as %s, %v", empty, err)
	}
}

func TestSecretsAreEqualByValue(t *testing.T) {
	a, b, c := secret.NewString("x"), secret.NewString("x"), secret.NewString("y")
	var zero secret.String
	if !a.Equal(b) || a.Equal(c) || a.Equal(zero) || !zero.Equal(secret.NewString("")) {
		t.Error("Equal does not compare values")
	}
	if !zero.IsZero() || a.IsZero() || zero.Reveal() != "" {
		t.Error("the zero secret is not empty")
	}
}
