package rule_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

// BenchmarkLoad loads the rules that come with the program: what a scan does before its first call.
func BenchmarkLoad(b *testing.B) {
	shapes.Load()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := rule.Load(rules.FS, shapes.Load()); err != nil {
			b.Fatal(err)
		}
	}
}
