package shapes_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

// Every command pays for Load; only those that touch a resource type pay for its shape.
func BenchmarkLoad(b *testing.B) {
	b.Run("Load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			shapes.Load()
		}
	})
	b.Run("Load and look up the largest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := shapes.Load().Lookup("s3_bucket"); !ok {
				b.Fatal("no shape")
			}
		}
	})
}
