package bench_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/table"
)

// BenchmarkSync runs the whole product, with a database that is synced to disk, on an account in the same process: the
// first sync, and one in which nothing changed. One operation is one sync in a process of its own.
func BenchmarkSync(b *testing.B) {
	for _, n := range []int{large / 5, large} {
		b.Run(fmt.Sprintf("first/%d", n), func(b *testing.B) { benchSync(b, n, func() run { return run{Dir: b.TempDir(), N: n} }) })
		b.Run(fmt.Sprintf("unchanged/%d", n), func(b *testing.B) {
			r := run{Dir: b.TempDir(), N: n}
			inChild(b, r)
			benchSync(b, n, func() run { return r })
		})
	}
}

// BenchmarkSyncMemory is the same with the account in another process, behind loopback HTTP: of its memory nothing
// counts. "limited" is with GOMEMLIMIT.
func BenchmarkSyncMemory(b *testing.B) {
	for _, n := range []int{large / 50, large / 5, large} {
		endpoint := serveFleet(b, n)
		var r run
		b.Run(fmt.Sprintf("first/%d", n), func(b *testing.B) {
			benchSync(b, n, func() run {
				r = run{Dir: b.TempDir(), Endpoint: endpoint}
				return r
			})
		})
		b.Run(fmt.Sprintf("unchanged/%d", n), func(b *testing.B) {
			r = run{Dir: b.TempDir(), Endpoint: endpoint}
			inChild(b, r)
			benchSync(b, n, func() run { return r })
		})
		if n == large {
			b.Run(fmt.Sprintf("limited/%d", n), func(b *testing.B) {
				benchSync(b, n, func() run { return run{Dir: b.TempDir(), Endpoint: endpoint} }, "GOMEMLIMIT=96MiB")
			})
		}
	}
}

func benchSync(b *testing.B, n int, next func() run, env ...string) {
	var sum measured
	resources := 0
	for b.Loop() {
		m := inChild(b, next(), env...)
		if m.Found.Resources < n*3/4 {
			b.Fatalf("%d resources were found, of %d", m.Found.Resources, n)
		}
		resources += m.Found.Resources
		sum.Wall += m.Wall
		sum.CPU += m.CPU
		sum.Bytes += m.Bytes
		sum.Allocs += m.Allocs
		sum.GCs += m.GCs
		sum.PeakAnon, sum.PeakFile = max(sum.PeakAnon, m.PeakAnon), max(sum.PeakFile, m.PeakFile)
		sum.FileSize = max(sum.FileSize, m.FileSize)
	}
	per := 1 / float64(resources)
	b.ReportMetric(float64(resources)/float64(b.N), "resources")
	b.ReportMetric(float64(resources)/sum.Wall.Seconds(), "resources/s")
	b.ReportMetric(float64(sum.CPU.Microseconds())*per, "cpu-µs/resource")
	b.ReportMetric(float64(sum.Bytes)*per, "B/resource")
	b.ReportMetric(float64(sum.Allocs)*per, "allocs/resource")
	b.ReportMetric(float64(sum.GCs)/float64(b.N), "GCs")
	b.ReportMetric(float64(sum.PeakAnon)/(1<<20), "peak-anon-MiB")
	b.ReportMetric(float64(sum.PeakFile)/(1<<20), "peak-file-MiB")
	b.ReportMetric(float64(sum.FileSize)/(1<<20), "database-MiB")
}

// small is enough for what doesn't depend on size.
const small = 2000

func TestAnUnchangedResyncWritesNoResource(t *testing.T) {
	d := openDatabase(t, t.TempDir())
	defer d.close(t)
	f := newFleet(small, 0)
	first := d.sync(t.Context(), t, f)
	if first.Created != first.Resources || first.Resources < small*3/4 {
		t.Fatalf("first sync: %+v", first)
	}
	if got := d.calls.resources.Swap(0); got != int64(first.Created) {
		t.Errorf("the first sync wrote %d resource items for %d resources", got, first.Created)
	}
	var usage table.Usage
	again := d.sync(table.WithUsage(t.Context(), &usage), t, f)
	if again.Resources != first.Resources || again.Created+again.Changed+again.Deleted != 0 {
		t.Errorf("second sync: %+v", again)
	}
	if got := d.calls.resources.Load(); got != 0 {
		t.Errorf("an unchanged sync wrote %d resource items", got)
	}
	var slices atomic.Int64
	a, err := account(t.Context(), f.Client(), "")
	if err != nil {
		t.Fatal(err)
	}
	err = d.slices(t.Context(), a, func(context.Context, audit.Slice, []inventory.Listing) error {
		slices.Add(1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if usage.Items() != slices.Load() {
		t.Errorf("an unchanged sync wrote %d items, want a coverage line for each of %d slices", usage.Items(), slices.Load())
	}
	// A slice's index is read once, in pages of a mebibyte; docs/performance.md states the units.
	if per := usage.ReadUnits() * 1000 / float64(again.Resources); per > 60 {
		t.Errorf("%.1f read units per 1,000 resources", per)
	}
	t.Logf("%d resources: %.1f read units, %.1f write units", again.Resources, usage.ReadUnits(), usage.WriteUnits())
}
