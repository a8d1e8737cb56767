package task_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/table"
)

// TestTheCostsOfChecksInTheKeysDocument measures what docs/keys.md states of judging 1,000 resources, of which 100 fail.
func TestTheCostsOfChecksInTheKeysDocument(t *testing.T) {
	units := map[audit.TaskKind][2]float64{} // read and write units of the last attempt: those before only waited
	s := newSpine(t, openBolt(t))
	s.around = func(kind audit.TaskKind, h job.Handler) job.Handler {
		return job.HandlerFunc(func(ctx context.Context, run *job.Run) error {
			var u table.Usage
			err := h.Handle(table.WithUsage(ctx, &u), run)
			units[kind] = [2]float64{u.ReadUnits(), u.WriteUnits()}
			return err
		})
	}
	s.start(s.tasks.Blobs.(*memBlobs))
	for i := range 1000 {
		config := map[string]any{"BucketName": fmt.Sprint("bucket-", i)}
		if i >= 100 {
			versioned(config)
		}
		s.cloud.put(fmt.Sprint("arn:aws:s3:::bucket-", i), resource{service: "s3", region: "eu-west-1", typ: "s3_bucket", name: fmt.Sprint("bucket-", i), config: config})
	}
	for _, step := range []struct {
		name string
		want map[audit.TaskKind][2]float64
	}{
		{"first", map[audit.TaskKind][2]float64{audit.TaskJudge: {1041, 614}, audit.TaskAssess: {8, 10}}},
		{"unchanged", map[audit.TaskKind][2]float64{audit.TaskJudge: {1059, 1}, audit.TaskAssess: {8, 10}}},
	} {
		s.check()
		// A task that waits looks at the execution's open tasks, which are more or fewer when it does so for the last time.
		same := cmp.Comparer(func(x, y [2]float64) bool { return math.Abs(x[0]-y[0]) <= 1 && x[1] == y[1] })
		if diff := cmp.Diff(step.want, units, same); diff != "" {
			t.Errorf("the %s check's read and write units (-stated +measured):\n%s", step.name, diff)
		}
	}
}
