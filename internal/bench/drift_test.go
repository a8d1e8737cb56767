package bench_test

import (
	"fmt"
	"testing"

	"github.com/infraudit/infraudit/internal/table"
)

// changedOf is how many resources changed before a drift pass.
const changedOf = 100

// drifted is a database in which changedOf resources of n have changed since their baseline and were not judged.
func drifted(tb testing.TB, n int) *database {
	tb.Helper()
	d := openDatabase(tb, tb.TempDir())
	d.sync(tb.Context(), tb, newFleet(n, 0))
	if found := d.sync(tb.Context(), tb, newFleet(n, changedOf)); found.Changed != changedOf {
		tb.Fatalf("%d resources changed, want %d", found.Changed, changedOf)
	}
	return d
}

func TestADriftPassLoadsOnlyWhatChanged(t *testing.T) {
	d := drifted(t, small)
	defer d.close(t)
	d.calls.configs.Store(0)
	var usage table.Usage
	found := d.judge(table.WithUsage(t.Context(), &usage), t, newFleet(small, changedOf))
	if found.DriftsDetected < changedOf {
		t.Errorf("%d drifts of %d changed resources", found.DriftsDetected, changedOf)
	}
	if got := d.calls.configs.Load(); got > 2*changedOf {
		t.Errorf("%d configurations were loaded for %d changed resources", got, changedOf)
	}
	d.calls.configs.Store(0)
	again := d.judge(t.Context(), t, newFleet(small, changedOf))
	if got := d.calls.configs.Load(); got != 0 || again.DriftsDetected != 0 {
		t.Errorf("a second pass loaded %d configurations and found %d drifts", got, again.DriftsDetected)
	}
}

// BenchmarkDriftPass judges every slice of an account in which a hundred resources changed. One operation is one pass
// over a database of its own; making that isn't measured.
func BenchmarkDriftPass(b *testing.B) {
	for _, n := range []int{large / 5, large} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var usage table.Usage
			configs := int64(0)
			for range b.N {
				b.StopTimer()
				d := drifted(b, n)
				d.calls.configs.Store(0)
				b.StartTimer()
				found := d.judge(table.WithUsage(b.Context(), &usage), b, newFleet(n, changedOf))
				b.StopTimer()
				if found.DriftsDetected < changedOf {
					b.Fatalf("%d drifts", found.DriftsDetected)
				}
				configs += d.calls.configs.Load()
				d.close(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(configs)/float64(b.N), "configurations")
			b.ReportMetric(usage.ReadUnits()/float64(b.N), "read-units")
			b.ReportMetric(usage.WriteUnits()/float64(b.N), "write-units")
		})
	}
}
