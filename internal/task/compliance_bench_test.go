package task_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/job"
)

// BenchmarkCheck judges an unchanged estate of which a hundredth fails, without its sync: time for each resource, and the
// largest heap beyond what was there before.
func BenchmarkCheck(b *testing.B) {
	const n = 20_000
	s := &spine{t: b, cloud: newCloud(), db: openBolt(b)}
	s.connect()
	var took time.Duration
	var peak uint64
	s.around = func(kind audit.TaskKind, h job.Handler) job.Handler {
		return job.HandlerFunc(func(ctx context.Context, run *job.Run) error {
			if kind != audit.TaskJudge {
				return h.Handle(ctx, run)
			}
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			done, watched := make(chan struct{}), make(chan uint64)
			go func() {
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				var most uint64
				for {
					var now runtime.MemStats
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
					select {
					case <-done:
						watched <- most
						return
					case <-tick.C:
					}
				}
			}()
			start := time.Now()
			err := h.Handle(ctx, run)
			took = time.Since(start)
			close(done)
			peak = <-watched
			peak -= min(peak, before.HeapAlloc)
			return err
		})
	}
	s.start(s.tasks.Blobs.(*memBlobs))
	for i := range n {
		config := map[string]any{"GroupName": fmt.Sprint("group-", i), "GroupDescription": "of the platform team"}
		var rules []any
		for k := range 8 {
			rules = append(rules, map[string]any{"IpProtocol": "tcp", "FromPort": int64(8000 + k), "ToPort": int64(8000 + k), "CidrIp": fmt.Sprintf("10.%d.%d.0/24", i%250, k)})
		}
		config["SecurityGroupIngress"] = rules
		r := resource{service: "ec2", region: "eu-west-1", typ: "ec2_security_group", name: fmt.Sprint("group-", i), config: config}
		if i%2 == 0 {
			r.typ, r.config = "ec2_volume", map[string]any{"Encrypted": i%200 != 0, "Size": int64(i)}
			r.facts = map[string]any{"State": "in-use"}
		}
		s.cloud.put(fmt.Sprint("arn:aws:ec2:eu-west-1:123456789012:thing/", i), r)
	}
	s.populate()
	s.check()
	b.ResetTimer()
	for b.Loop() {
		s.check()
	}
	b.ReportMetric(float64(took.Microseconds())/n, "µs/resource")
	b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
	b.ReportMetric(0, "ns/op")
}
