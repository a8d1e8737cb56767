package shape_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

const thing = `{"type":"thing","source":"https://example.com","properties":{
"Name":"string","Size":"integer","Ratio":"number","On":"boolean",
"Doc":"json","Policy":"json","Labels":{"type":"map","items":"string"},
"Order":{"type":"list","items":"string"},"Ports":{"type":"set","items":"integer"},
"Mode":{"type":"object","properties":{"Fast":"boolean","Level":"integer"}},
"Login":{"type":"object","properties":{"Reset":"boolean"}},
"Rules":{"type":"set","key":"Id","items":{"type":"object","properties":{"Id":"string","Level":"integer"}}},
"Tags":{"type":"list","items":{"type":"object","properties":{"Key":"string","Value":"string"}}},
"Arn":{"type":"string","readOnly":true},"Password":{"type":"string","writeOnly":true}}}`

const thingOverlay = `{"thing":{"policies":["Policy"],"presence":["Login"],"secrets":["Labels"],
"defaults":[{"path":"Mode.Fast","value":true,"source":"https://example.com"},
{"path":"Rules[*].Level","value":7,"source":"https://example.com"},
{"path":"Login.Reset","value":false,"source":"https://example.com"}]}}`

func load(t *testing.T, files map[string]string) *shape.Set {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, body := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(body)}
	}
	set, err := shape.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func thingShape(t *testing.T) *shape.Shape {
	t.Helper()
	set := load(t, map[string]string{"own/thing.json": thing, "overlay.json": thingOverlay})
	if err := set.Verify(); err != nil {
		t.Fatal(err)
	}
	sh, _ := set.Lookup("thing")
	return sh
}

func TestNormalize(t *testing.T) {
	mode := map[string]any{"Fast": true}
	for name, test := range map[string]struct{ in, want map[string]any }{
		"fills in defaults and makes the objects that hold them": {
			map[string]any{}, map[string]any{"Mode": mode},
		},
		"keeps what differs from a default": {
			map[string]any{"Mode": map[string]any{"Fast": false}}, map[string]any{"Mode": map[string]any{"Fast": false}},
		},
		"fills in defaults of the elements of lists": {
			map[string]any{"Rules": []any{map[string]any{"Id": "a"}}},
			map[string]any{"Mode": mode, "Rules": []any{map[string]any{"Id": "a", "Level": int64(7)}}},
		},
		"keeps an empty object whose presence means something, with its defaults": {
			map[string]any{"Login": map[string]any{}},
			map[string]any{"Mode": mode, "Login": map[string]any{"Reset": false}},
		},
		"drops what is read-only, write-only, unknown, null or empty": {
			map[string]any{
				"Arn": "a", "Password": "b", "Nonsense": 1, "Name": nil, "Order": []any{"", nil}, "Labels": map[string]any{},
				"Doc": "", "Policy": map[string]any{},
			},
			map[string]any{"Mode": mode},
		},
		"coerces scalars to the declared type": {
			map[string]any{"Name": 12, "Size": "3", "Ratio": "0.5", "On": "true", "Ports": []int{443, 80, 443}},
			map[string]any{
				"Mode": mode, "Name": "12", "Size": int64(3), "Ratio": 0.5, "On": true, "Ports": []any{int64(443), int64(80)},
			},
		},
		"sorts tags, drops the provider's own, and keeps empty values": {
			map[string]any{"Tags": []map[string]any{{"Key": "b", "Value": "1"}, {"Key": "a"}, {"Key": "aws:x", "Value": "y"}}},
			map[string]any{"Mode": mode, "Tags": []any{
				map[string]any{"Key": "a", "Value": ""}, map[string]any{"Key": "b", "Value": "1"},
			}},
		},
		"keeps the order of lists": {
			map[string]any{"Order": []string{"b", "a", "b"}}, map[string]any{"Mode": mode, "Order": []any{"b", "a", "b"}},
		},
		"parses free-form documents given as strings": {
			map[string]any{"Doc": ` {"b": [1, 2.5], "a": null} `},
			map[string]any{"Mode": mode, "Doc": map[string]any{"a": nil, "b": []any{int64(1), 2.5}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := thingShape(t).Normalize(test.in); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.in); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNormalizeChoicesAndWhatHasNoOrder(t *testing.T) {
	set := load(t, map[string]string{
		"own/filter.json": `{"type":"filter","properties":{
"Action":{"type":"object","properties":{"Allow":{"type":"object","properties":{"Code":"integer"}},"Block":"json"}},
"Rules":{"type":"list","items":{"type":"object","properties":{"Words":{"type":"list","items":"string"},"Nested":"json"}}},
"Plain":{"type":"object","properties":{"A":"string"}}}}`,
		"overlay.json": `{"filter":{"choices":["Action"],"unordered":["Rules"]}}`,
	})
	if err := set.Verify(); err != nil {
		t.Fatal(err)
	}
	sh, _ := set.Lookup("filter")
	root := sh.Root()
	if !root.Properties["Action"].HoldsPresence() || root.Properties["Action"].Presence || root.Properties["Plain"].HoldsPresence() {
		t.Error("only what is beneath Action is present when empty")
	}
	config := map[string]any{
		"Action": map[string]any{"Allow": map[string]any{}, "Block": map[string]any{}}, "Plain": map[string]any{},
		"Rules": []any{
			map[string]any{"Words": []any{"b", "a", "b"}},
			map[string]any{"Nested": map[string]any{"Or": []any{map[string]any{"X": []any{"d", "c", "d"}}, map[string]any{"X": []any{"c"}}, map[string]any{"X": []any{"c"}}}}},
		},
	}
	if err := sh.Normalize(config); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Action": map[string]any{"Allow": map[string]any{}, "Block": map[string]any{}},
		"Rules": []any{
			map[string]any{"Nested": map[string]any{"Or": []any{map[string]any{"X": []any{"c", "d"}}, map[string]any{"X": []any{"c"}}}}},
			map[string]any{"Words": []any{"a", "b"}},
		},
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingIsLeftWhereSomethingIsUnread(t *testing.T) {
	config := map[string]any{
		"Mode": map[string]any{"Fast": true, "Level": 3}, "Rules": []any{map[string]any{"Id": "a", "Level": 1}},
	}
	unread := map[string]audit.Unread{"Mode": {}, "Rules[a].Level": {}}
	if err := thingShape(t).NormalizeUnread(config, unread); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"Rules": []any{map[string]any{"Id": "a"}}}, config); diff != "" {
		t.Error(diff)
	}
}

func TestHostileValuesAreKeptAndTheirPathNamed(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)
	long := `{"Statement":[],"Id":"` + strings.Repeat("x", 1<<20) + `"}`
	var nested any = "x"
	for range 500 {
		nested = []any{nested}
	}
	for name, test := range map[string]struct {
		path  string
		value any
		kept  any
	}{
		"a policy that is not JSON":             {"Policy", "{nonsense", "{nonsense"},
		"a policy that is a list":               {"Policy", "[1]", "[1]"},
		"a policy with statements of text":      {"Policy", `{"Statement":"x"}`, `{"Statement":"x"}`},
		"a policy that nests 2000 deep":         {"Policy", deep, deep},
		"a policy of a megabyte":                {"Policy", long, long},
		"a policy that is badly URL-encoded":    {"Policy", "%7B%zz", "%7B%zz"},
		"a document that nests 2000 deep":       {"Doc", deep, deep},
		"a document that is two":                {"Doc", "{} {}", "{} {}"},
		"a list that nests 500 deep":            {"Doc", nested, strings.Repeat("[", 500) + `"x"` + strings.Repeat("]", 500)},
		"a number where an object should be":    {"Mode", int64(3), int64(3)},
		"a word where an integer should be":     {"Size", "many", "many"},
		"a fraction where an integer should be": {"Size", 1.5, 1.5},
		"a word where a boolean should be":      {"On", "perhaps", "perhaps"},
		"an object where a string should be":    {"Name", map[string]any{"a": "b"}, map[string]any{"a": "b"}},
		"a string where a list should be":       {"Order", "a", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			sh := thingShape(t)
			config := map[string]any{test.path: test.value}
			for range 2 { // the second time changes nothing more
				err := sh.Normalize(config)
				if err == nil || !strings.HasPrefix(err.Error(), test.path+": ") {
					t.Fatalf("error %.200v does not name %s", err, test.path)
				}
				if diff := cmp.Diff(test.kept, config[test.path]); diff != "" {
					t.Fatal(diff)
				}
			}
			out, err := shape.Canonical(config, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := shape.Decode(out); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestCheckNamesWhatDepartsFromTheShape(t *testing.T) {
	got := thingShape(t).Check(map[string]any{
		"Name": "n", "Arn": "a", "Password": "p", "Nope": "x", "Size": "3",
		"Mode": map[string]any{"Fast": "yes"}, "Rules": []any{map[string]any{"Odd": "x"}},
	})
	want := []audit.Problem{
		{Field: "Arn", Message: "is read-only"},
		{Field: "Mode.Fast", Message: "is a string, not a boolean"},
		{Field: "Nope", Message: "the shape has no such property"},
		{Field: "Password", Message: "is write-only"},
		{Field: "Rules[0].Odd", Message: "the shape has no such property"},
		{Field: "Size", Message: "is a string, not a integer"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVerifyFindsBrokenFiles(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"an overlay of an unknown type": {map[string]string{"overlay.json": `{"ghost":{}}`}, "ghost has no shape"},
		"an overlay with an unknown field": {
			map[string]string{"thing.json": thing, "overlay.json": `{"thing":{"polices":[]}}`}, "polices",
		},
		"an overlay that makes a map of a list": {
			map[string]string{"thing.json": thing, "overlay.json": `{"thing":{"maps":["Order"]}}`}, "is a list",
		},
		"an overlay of an unknown property": {
			map[string]string{"thing.json": thing, "overlay.json": `{"thing":{"sets":["Order[*].X"]}}`}, "no such property",
		},
		"a default without a source": {
			map[string]string{"thing.json": thing, "overlay.json": `{"thing":{"defaults":[{"path":"Name","value":"x"}]}}`},
			"no source",
		},
		"a default of the wrong type": {
			map[string]string{
				"thing.json":   thing,
				"overlay.json": `{"thing":{"defaults":[{"path":"Size","value":"x","source":"https://e.x"}]}}`,
			}, "no integer",
		},
		"a shape under another name": {map[string]string{"other.json": thing}, `declares "thing"`},
		"an unknown kind":            {map[string]string{"a.json": `{"type":"a","properties":{"X":"blob"}}`}, `unknown type "blob"`},
		"names that differ in case":  {map[string]string{"a.json": `{"type":"a","properties":{"X":"string","x":"string"}}`}, "case only"},
	} {
		t.Run(name, func(t *testing.T) {
			err := load(t, test.files).Verify()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}

func TestLoadRefusesATypeThatIsDeclaredTwice(t *testing.T) {
	fsys := fstest.MapFS{
		"thing.json": &fstest.MapFile{Data: []byte(thing)}, "own/thing.json": &fstest.MapFile{Data: []byte(thing)},
	}
	if _, err := shape.Load(fsys); err == nil {
		t.Error("no error")
	}
}

func TestDecompressRefusesBombs(t *testing.T) {
	bomb, err := shape.Compress(make([]byte, shape.MaxCanonicalLen+1))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"a bomb": bomb, "nonsense": []byte("nonsense"), "nothing": {}} {
		if out, err := shape.Decompress(b); err == nil && len(out) > 0 {
			t.Errorf("%s gave %d bytes", name, len(out))
		}
	}
}

func TestCanonicalLeavesReasonsOut(t *testing.T) {
	a, _ := shape.Canonical(map[string]any{"b": "<é>", "a": int64(1)}, map[string]audit.Unread{"P": {Action: "s3:X", Code: "C", Reason: "r1"}})
	b, _ := shape.Canonical(map[string]any{"a": int64(1), "b": "<é>"}, map[string]audit.Unread{"P": {Action: "s3:X", Code: "C", Reason: "r2"}})
	want := `{"config":{"a":1,"b":"<é>"},"unread":{"P":{"action":"s3:X","code":"C"}}}`
	if string(a) != want || string(b) != want {
		t.Errorf("%s\n%s", a, b)
	}
	if h := shape.Hash(a); len(h) != 26 || strings.ToLower(h) != h {
		t.Errorf("hash %q", h)
	}
}

func TestOverlayMakesMapsOfFreeFormObjects(t *testing.T) {
	set := load(t, map[string]string{
		"own/thing.json": `{"type":"thing","source":"https://example.com","properties":{"Arguments":"json","Tags":"json"}}`,
		"overlay.json":   `{"thing":{"maps":["Arguments","Tags"],"secrets":["Arguments"]}}`,
	})
	sh, ok := set.Lookup("thing")
	if !ok {
		t.Fatal("does not load")
	}
	config := sh.Project(struct{ Arguments, Tags map[string]string }{
		map[string]string{"--on": "", "--password": "hunter2"}, map[string]string{"env": "prod", "aws:x": "y"},
	})
	if err := sh.Normalize(config); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Arguments": map[string]any{"--on": "", "--password": "hunter2"}, "Tags": map[string]any{"env": "prod"},
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	arguments := sh.Root().Properties["Arguments"]
	if arguments.Secret || !arguments.Items.Secret || !sh.Root().Properties["Tags"].Tags {
		t.Errorf("the arguments' values are secret, not their names, and tags are tags: %+v", arguments)
	}
}
