package rule_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

// BenchmarkLoad loads rules as an installation's own are loaded: each linted and compiled.
func BenchmarkLoad(b *testing.B) {
	shapes.Load()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := rule.Load(rules.FS, shapes.Load()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrust loads the rules that come with the program: what a scan does while AWS is asked who is calling.
func BenchmarkTrust(b *testing.B) {
	shapes.Load()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rule.Trust(rules.FS, shapes.Load()); err != nil {
			b.Fatal(err)
		}
	}
}
