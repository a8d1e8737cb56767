package lambdafn

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
)

// Command is what a schedule or an operator asks of a function, with its whole input.
type Command func(ctx context.Context, input json.RawMessage) (any, error)

// Event handles what isn't HTTP, whoever sends it: messages of a queue, and inputs of the form {"job": "<name>", ...}.
type Event func(ctx context.Context, event json.RawMessage) (any, error)

// Events returns the handler of a function that takes messages, commands, or both.
func (h *Host) Events(messages func(context.Context, events.SQSEvent) (events.SQSEventResponse, error), commands map[string]Command) Event {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		var kind struct {
			Records json.RawMessage `json:"Records"`
			Job     string          `json:"job"`
		}
		if err := json.Unmarshal(event, &kind); err != nil {
			return nil, fmt.Errorf("lambdafn: the event is no JSON object: %w", err)
		}
		if kind.Records != nil && messages != nil {
			var batch events.SQSEvent
			if err := json.Unmarshal(event, &batch); err != nil {
				return nil, fmt.Errorf("lambdafn: the event is no batch of messages: %w", err)
			}
			return messages(ctx, batch)
		}
		command, ok := commands[kind.Job]
		if !ok {
			return nil, fmt.Errorf("lambdafn: %s has no job %q", h.Function, kind.Job)
		}
		var answer any
		var err error
		h.measured(ctx, func(ctx context.Context) []metric {
			err = h.guard(ctx, func() (err error) {
				answer, err = command(ctx, event)
				return err
			})
			failed := 0.0
			if err != nil {
				failed = 1
				h.Log.ErrorContext(ctx, "a job failed", "job", kind.Job, "error", err)
			}
			return []metric{{"Commands", "Count", 1}, {"CommandsFailed", "Count", failed}}
		})
		return answer, err
	}
}
