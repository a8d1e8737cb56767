package awscloud

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/shape"
)

// TestPlainConfigKeepsWhatIsThereThoughEmpty: nothing but what the shape says so of.
func TestPlainConfigKeepsWhatIsThereThoughEmpty(t *testing.T) {
	set, err := shape.Load(fstest.MapFS{
		"own/filter.json": &fstest.MapFile{Data: []byte(`{"type":"filter","properties":{
"Rules":{"type":"list","items":{"type":"object","properties":{"Action":{"type":"object","properties":{"Allow":{"type":"object","properties":{"A":"string"}},"All":"json"}}}}},
"Plain":{"type":"object","properties":{"A":{"type":"object","properties":{"B":"string"}}}},"Free":"json"}}`)},
		"overlay.json": &fstest.MapFile{Data: []byte(`{"filter":{"choices":["Rules[*].Action"]}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	sh, _ := set.Lookup("filter")
	type all struct{}
	action := object{"Allow": object{}, "All": all{}, "Other": object{}}
	got := plainConfig(sh.Root(), object{
		"Rules": []any{object{"Action": action}, object{"Action": object{"All": object{"Nested": object{}}}}},
		"Plain": object{"A": object{}}, "Free": object{"A": object{}},
	})
	want := object{
		"Rules": []any{
			object{"Action": object{"Allow": object{}, "All": object{}}},
			object{"Action": object{"All": object{"Nested": object{}}}},
		},
		"Plain": object{}, "Free": object{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
