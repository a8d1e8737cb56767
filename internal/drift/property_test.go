package drift_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/shape/shapetest"
)

var awsShapes = shapes.Load()

func drawShape(t *rapid.T) *shape.Shape {
	sh, ok := awsShapes.Lookup(rapid.SampledFrom(awsShapes.Types()).Draw(t, "type"))
	if !ok {
		t.Fatal("the shape does not load")
	}
	return sh
}

func of(config map[string]any) audit.Configuration { return audit.Configuration{Config: config} }

func TestTheSameConfigurationWrittenInOtherWaysIsNoDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sh := drawShape(t)
		config := shapetest.Config(t, sh)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 20 {
			a, b := shapetest.Scramble(r, sh, config), shapetest.Scramble(r, sh, config)
			if changes := drift.Compare(sh, of(a), of(b)); len(changes) > 0 {
				t.Fatalf("%s: %+v", sh.Type(), changes)
			}
		}
	})
}

func TestEveryChangedLeafIsOneDriftAtItsPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sh := drawShape(t)
		config := shapetest.Config(t, sh)
		for i := range shapetest.Mutations(sh, config) {
			current := shape.Clone(config).(map[string]any)
			m := shapetest.Mutations(sh, current)[i]
			m.Apply()
			changes := drift.Compare(sh, of(config), of(current))
			if len(changes) != 1 || changes[0].Path != m.Path {
				t.Fatalf("%s %s: %+v", sh.Type(), m.Path, changes)
			}
			if changes[0].Summary == "" || len(changes[0].Summary) > 300 {
				t.Fatalf("summary %q", changes[0].Summary)
			}
			unread := audit.Configuration{
				Config: current, Unread: map[string]audit.Unread{m.Path: {Action: "a:B", Code: "AccessDenied"}},
			}
			if changes := drift.Compare(sh, of(config), unread); len(changes) > 0 {
				t.Fatalf("%s %s is unread and yet compared: %+v", sh.Type(), m.Path, changes)
			}
			filled, ok := drift.FillBaseline(sh, audit.Configuration{Config: config, Unread: unread.Unread}, of(current))
			if !ok || len(filled.Unread) > 0 || len(drift.Compare(sh, filled, of(current))) > 0 {
				t.Fatalf("%s %s: the baseline is not filled: %v %+v", sh.Type(), m.Path, ok, filled)
			}
		}
	})
}

func TestComparingTheOtherWayRoundMirrors(t *testing.T) {
	mirror := map[audit.ChangeKind]audit.ChangeKind{
		audit.ChangeAdded: audit.ChangeRemoved, audit.ChangeRemoved: audit.ChangeAdded,
		audit.ChangeModified: audit.ChangeModified,
	}
	rapid.Check(t, func(t *rapid.T) {
		sh := drawShape(t)
		a, b := shapetest.Config(t, sh), shapetest.Config(t, sh)
		there, back := drift.Compare(sh, of(a), of(b)), drift.Compare(sh, of(b), of(a))
		for i := range back {
			back[i].Kind = mirror[back[i].Kind]
			back[i].Expected, back[i].Actual = back[i].Actual, back[i].Expected
		}
		if diff := cmp.Diff(there, back, cmpopts.IgnoreFields(drift.Change{}, "Summary")); diff != "" {
			t.Fatal(diff)
		}
	})
}
