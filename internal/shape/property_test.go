package shape_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/shape/shapetest"
)

func drawShape(t *rapid.T) *shape.Shape {
	sh, ok := awsShapes.Lookup(rapid.SampledFrom(awsShapes.Types()).Draw(t, "type"))
	if !ok {
		t.Fatal("the shape does not load")
	}
	return sh
}

func encode(t *rapid.T, config map[string]any) string {
	out, err := shape.Canonical(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestOneMeaningHasOneCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sh := drawShape(t)
		config := shapetest.Config(t, sh)
		want := encode(t, config)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 20 {
			other := shapetest.Scramble(r, sh, config)
			if err := sh.Normalize(other); err != nil {
				t.Fatal(err)
			}
			if got := encode(t, other); got != want {
				t.Fatalf("%s:\nwant %s\ngot  %s", sh.Type(), want, got)
			}
		}
	})
}

func TestNormalizeTwiceIsNormalizeOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sh := drawShape(t)
		config := shapetest.Config(t, sh)
		want := encode(t, config)
		if err := sh.Normalize(config); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, encode(t, config)); diff != "" {
			t.Fatal(diff)
		}
		if problems := sh.Check(config); len(problems) > 0 {
			t.Fatal(problems)
		}
	})
}

func TestDecodeReadsWhatCanonicalWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := shapetest.Config(t, drawShape(t))
		unread := map[string]audit.Unread{"A.B": {Action: "s3:GetBucketAcl", Code: "AccessDenied", Reason: "why"}}
		out, err := shape.Canonical(config, unread)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := shape.Compress(out)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := shape.Decompress(packed)
		if err != nil {
			t.Fatal(err)
		}
		got, err := shape.Decode(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		want := audit.Configuration{
			Hash: shape.Hash(out), Config: config,
			Unread: map[string]audit.Unread{"A.B": {Action: "s3:GetBucketAcl", Code: "AccessDenied"}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
