package job

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
)

func TestManyWorkersOnDuplicatedMessagesDoEachTaskOnce(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.connect(4)
	h.duplicate = true
	regions := make([]string, 12)
	for i := range regions {
		regions[i] = fmt.Sprint("r", i)
	}
	var runs atomic.Int64
	h.on(audit.TaskPlan, planRegions(regions...))
	h.on(audit.TaskSync, func(ctx context.Context, run *Run) error {
		runs.Add(1)
		return run.Save(ctx, []byte("x"), audit.Found{Resources: 1})
	})
	ctx, stop := context.WithCancel(t.Context())
	x := h.trigger(Request{})
	ended := make(chan struct{})
	h.onClose = stop
	go func() { h.engine.Work(ctx, 8); close(ended) }()
	<-ended
	got := h.wantStatus(x.ID, audit.ExecutionSucceeded)
	if got.Found.Resources != 48 || runs.Load() != 48 {
		t.Errorf("%d resources in %d runs, want 48 in 48", got.Found.Resources, runs.Load())
	}
	h.wantClean()
}
