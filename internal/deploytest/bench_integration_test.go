//go:build integration

package deploytest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/deploytest"
)

// From the emulator's start to the first answer of api, which has read a token from DynamoDB Local, beside a function that
// does nothing. Both are built as they are released.
func BenchmarkColdStart(b *testing.B) {
	released := deploytest.Programs{Dir: "released", Released: true}
	w := start(b, deploytest.Options{Programs: &released})
	bare := filepath.Join(b.TempDir(), "bare")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", bare, "./testdata/bare")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/auth/me", nil)
	r.Header.Set("Authorization", "Bearer "+w.token)
	event, err := w.Event(r, nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, program := range map[string]string{"api": "", "bare": bare} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			var rss int64
			for range b.N {
				began := time.Now()
				e, err := w.Spawn(b.Context(), deploytest.API, program)
				if err != nil {
					b.Fatal(err)
				}
				answer, err := e.Invoke(b.Context(), event)
				took = append(took, time.Since(began))
				if err != nil || !strings.Contains(string(answer), `"statusCode":200`) {
					b.Fatalf("%s, %v", answer, err)
				}
				size, err := e.RSS()
				if err != nil {
					b.Fatal(err)
				}
				rss = max(rss, size)
				e.Stop()
			}
			slices.Sort(took) // the median: others share the machine
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/start")
			b.ReportMetric(float64(rss)/1e6, "MB-rss")
			b.ReportMetric(0, "ns/op")
		})
	}
}
