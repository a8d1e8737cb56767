package awswire

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/queue"
)

// Commands that one function gives another, or a schedule gives.
const (
	commandTick = "tick" // start the jobs that are due, and have maintenance look around
	commandMend = "mend" // find what fell between the steps
)

// Dispatch is the function that starts jobs: each minute those that are due, and, by its queue, the plans of teams with many
// providers.
func Dispatch(ctx context.Context, name string) (lambdafn.Event, error) {
	f, err := New(ctx, name)
	if err != nil {
		return nil, err
	}
	own, err := f.Queue(f.Config.Queues.Dispatch, "INFRAUDIT_QUEUE_DISPATCH")
	if err != nil {
		return nil, err
	}
	maintenance, err := f.Queue(f.Config.Queues.Maintenance, "INFRAUDIT_QUEUE_MAINTENANCE")
	if err != nil {
		return nil, err
	}
	engine := f.Engine(own)
	tick := func(ctx context.Context, _ json.RawMessage) (any, error) {
		return nil, errors.Join(engine.Tick(ctx), maintenance.Send(ctx, queue.Message{Body: []byte(`{"job":"` + commandMend + `"}`)}))
	}
	return f.Events(f.Messages(engine.Handle), map[string]lambdafn.Command{commandTick: tick}), nil
}

// Export is the function that writes files: its queue names the tasks.
func Export(ctx context.Context, name string) (lambdafn.Event, error) {
	f, err := New(ctx, name)
	if err != nil {
		return nil, err
	}
	own, err := f.Queue(f.Config.Queues.Export, "INFRAUDIT_QUEUE_EXPORT")
	if err != nil {
		return nil, err
	}
	return f.Events(f.Messages(f.Engine(own).Handle), nil), nil
}
