package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// program builds the program as it is released.
func program(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "infraudit")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", file, "../../cmd/infraudit")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("build: %v\n%s", err, out)
	}
	return file
}

// scanned is what a scan by the real program took.
type scanned struct {
	wall, cpu        time.Duration
	started          time.Time
	anon             int64 // the peak of RssAnon in bytes, sampled every 10 ms
	size             int   // of the report in bytes
	resources, calls int
}

// scanAs runs the program against an account behind an address.
func scanAs(tb testing.TB, program, endpoint string, args ...string) scanned {
	tb.Helper()
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), program, append([]string{"scan", "aws"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	cmd.Env = []string{ // by a proxy, since S3 Control puts the account's id before the endpoint's name
		"HOME=" + tb.TempDir(), "PATH=" + os.Getenv("PATH"), "HTTP_PROXY=" + endpoint, "AWS_ENDPOINT_URL=http://fleet.invalid", "AWS_ACCESS_KEY_ID=KEY",
		"AWS_SECRET_ACCESS_KEY=SECRET", "AWS_REGION=" + regions[0], "AWS_EC2_METADATA_DISABLED=true",
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	var took scanned
	ended, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			anon, _ := residentOf(cmd.Process.Pid)
			took.anon = max(took.anon, anon)
			select {
			case <-tick.C:
			case <-ended:
				return
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	<-sampled
	if err != nil {
		tb.Fatalf("the scan failed: %v\n%s%.2000s", err, &problems, &out)
	}
	took.started, took.wall = start, time.Since(start)
	took.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	took.size = out.Len()
	var report struct {
		Resources int `json:"resources"`
		Calls     int `json:"api_calls"`
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		tb.Fatal(err)
	}
	took.resources, took.calls = report.Resources, report.Calls
	return took
}

// BenchmarkScan runs the real program, a process of its own, against the synthetic account behind loopback HTTP.
func BenchmarkScan(b *testing.B) {
	file := program(b)
	for _, n := range []int{small, large} {
		for _, framework := range []string{"cis-aws-7.0", "nist-800-53-r5"} {
			b.Run(fmt.Sprintf("%s/%d", framework, n), func(b *testing.B) {
				endpoint := serveFleet(b, n)
				var sum scanned
				for b.Loop() {
					got := scanAs(b, file, endpoint, "--framework", framework, "-o", "json")
					sum.wall, sum.cpu, sum.anon = sum.wall+got.wall, sum.cpu+got.cpu, max(sum.anon, got.anon)
					sum.resources, sum.calls, sum.size = got.resources, got.calls, got.size
				}
				b.ReportMetric(float64(sum.resources), "resources")
				b.ReportMetric(float64(sum.calls), "calls")
				b.ReportMetric(sum.cpu.Seconds()/float64(b.N), "cpu-s")
				b.ReportMetric(float64(sum.anon)/(1<<20), "peak-anon-MiB")
				b.ReportMetric(float64(sum.size)/(1<<20), "report-MiB")
			})
		}
	}
}

// BenchmarkScanStart is how long the program takes to its first request: the median of ten runs.
func BenchmarkScanStart(b *testing.B) {
	file := program(b)
	var first atomic.Int64 // in nanoseconds of Unix time; 0 before it
	s := playFleet(b, 100, func() { first.CompareAndSwap(0, time.Now().UnixNano()) })
	for b.Loop() {
		var all []time.Duration
		for range 10 {
			first.Store(0)
			took := scanAs(b, file, s.URL, "--region", regions[0], "--service", "kms", "-o", "json")
			all = append(all, time.Unix(0, first.Load()).Sub(took.started))
		}
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds())/1e3, "first-request-ms")
	}
}
