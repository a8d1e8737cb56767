package job

import (
	"context"
	"fmt"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/queue"
)

// batching counts the requests that sending takes on SQS, ten messages each.
type batching struct {
	queue.Queue
	messages, requests int
}

func (b *batching) Send(ctx context.Context, messages ...queue.Message) error {
	b.messages += len(messages)
	b.requests += (len(messages) + queue.MaxBatch - 1) / queue.MaxBatch
	return b.Queue.Send(ctx, messages...)
}

// A team of 200 accounts with 17 regions each, some million resources: tasks are sent in batches as full as an account's
// regions make them.
func TestATeamOfManyAccountsIsFannedOutInBatches(t *testing.T) {
	const accounts, regions = 200, 17
	h := newHarness(t, t.TempDir())
	h.connect(accounts)
	sent := &batching{Queue: h.queue}
	h.engine.opts.Tasks = sent
	h.on(audit.TaskPlan, func(ctx context.Context, run *Run) error {
		var tasks []audit.Task
		for i := range regions {
			tasks = append(tasks, audit.Task{Kind: audit.TaskSync, ProviderID: run.Task().ProviderID, Region: fmt.Sprint("region-", i)})
		}
		return run.Add(ctx, tasks...)
	})
	x := h.trigger(Request{})
	h.drain()
	got := h.wantStatus(x.ID, audit.ExecutionSucceeded)
	const tasks = 1 + accounts + accounts*regions
	if got.Progress.TasksTotal != tasks || sent.messages != tasks {
		t.Errorf("%d tasks, %d messages; want %d", got.Progress.TasksTotal, sent.messages, tasks)
	}
	// The team's plan, the accounts' in tens, and two requests for the regions of each.
	if want := 1 + accounts/queue.MaxBatch + accounts*2; sent.requests != want {
		t.Errorf("%d requests for %d tasks, want %d", sent.requests, tasks, want)
	}
}

func TestThePlanOfATeamGoesOnWhenItsTimeIsUp(t *testing.T) {
	const accounts = 450
	h := newHarness(t, t.TempDir())
	h.connect(accounts)
	h.engine.opts.TaskTimeout = 1 // each delivery's time is up at once
	sent := &batching{Queue: h.queue}
	h.engine.opts.Tasks = sent
	planned := map[string]int{}
	h.on(audit.TaskPlan, func(_ context.Context, run *Run) error {
		planned[run.Task().ProviderID]++
		return nil
	})
	x := h.trigger(Request{})
	h.drain()
	h.wantStatus(x.ID, audit.ExecutionSucceeded)
	for i := range accounts {
		if n := planned[providerID(i)]; n != 1 {
			t.Errorf("account %d was planned %d times", i, n)
		}
	}
	if again := sent.messages - 1 - accounts; again != 2 { // three pages of providers
		t.Errorf("the team's plan was delivered again %d times, want 2", again)
	}
}
