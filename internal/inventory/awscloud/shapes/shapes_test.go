package shapes_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

func TestEveryShapeAndOverlayParses(t *testing.T) {
	if err := shapes.Load().Verify(); err != nil {
		t.Fatal(err)
	}
}

func TestGeneratedShapesAreTheListedTypes(t *testing.T) {
	body, err := os.ReadFile("../../../../tools/shapegen/types.json")
	if err != nil {
		t.Fatal(err)
	}
	var listed map[string]struct {
		CFN string `json:"cfn"`
	}
	if err := json.Unmarshal(body, &listed); err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for typ, spec := range listed {
		want[typ] = spec.CFN
	}
	set := shapes.Load()
	for _, typ := range set.Types() {
		sh, ok := set.Lookup(typ)
		if !ok {
			t.Fatalf("%s does not load", typ)
		}
		if sh.CloudFormation() != "" {
			got[typ] = sh.CloudFormation()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("types.json (-) and generated files (+) differ; run make generate:\n%s", diff)
	}
}

func TestHandWrittenShapesNameTheirSource(t *testing.T) {
	own, err := filepath.Glob("own/*.json")
	if err != nil || len(own) == 0 {
		t.Fatalf("no hand-written shapes: %v", err)
	}
	set := shapes.Load()
	for _, name := range own {
		typ := strings.TrimSuffix(filepath.Base(name), ".json")
		t.Run(typ, func(t *testing.T) {
			sh, ok := set.Lookup(typ)
			if !ok {
				t.Fatal("does not load")
			}
			if !strings.HasPrefix(sh.Source(), "https://docs.aws.amazon.com/") {
				t.Errorf("source %q is no AWS page", sh.Source())
			}
			if sh.CloudFormation() != "" {
				t.Errorf("is %s: generate it", sh.CloudFormation())
			}
		})
	}
}

func TestEveryShapeIsSound(t *testing.T) {
	set := shapes.Load()
	for _, typ := range set.Types() {
		t.Run(typ, func(t *testing.T) {
			sh, ok := set.Lookup(typ)
			if !ok {
				t.Fatal("does not load")
			}
			empty := map[string]any{}
			if err := sh.Normalize(empty); err != nil {
				t.Errorf("defaults are not canonical: %v", err)
			}
			if problems := sh.Check(empty); len(problems) > 0 {
				t.Errorf("defaults break the shape: %v", problems)
			}
			if len(sh.Root().Properties) == 0 {
				t.Error("has no properties")
			}
			noPolicyIsFreeForm(t, nil, sh.Root())
			if tags := sh.Root().Properties["Tags"]; tags != nil && !tags.Tags {
				t.Error("Tags are not tags")
			}
		})
	}
}

// noPolicyIsFreeForm finds documents that the overlay forgot to call policies.
func noPolicyIsFreeForm(t *testing.T, at []string, p *shape.Property) {
	t.Helper()
	for name, child := range p.Properties {
		path := append(slices.Clone(at), name)
		if strings.Contains(name, "PolicyDocument") && child.Kind != shape.Policy || name == "KeyPolicy" && child.Kind != shape.Policy {
			t.Errorf("%s is a %s, not a policy", strings.Join(path, "."), child.Kind)
		}
		noPolicyIsFreeForm(t, path, child)
	}
	if p.Items != nil {
		noPolicyIsFreeForm(t, append(slices.Clone(at), "*"), p.Items)
	}
}
