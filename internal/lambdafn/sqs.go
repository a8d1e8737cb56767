package lambdafn

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/queue"
)

// errAgain says that a message is to be delivered again; whoever handled it has said why.
var errAgain = errors.New("lambdafn: deliver again")

// Messages handles the messages of an SQS event source with ReportBatchItemFailures: those that handle says are done are
// removed from the queue, the others are delivered again (Lambda developer guide, "Implementing partial batch responses").
func (h *Host) Messages(handle func(ctx context.Context, d queue.Delivery) (done bool)) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}} // never null
		h.measured(ctx, func(ctx context.Context) []metric {
			failed := make([]bool, len(event.Records))
			g := errgroup.Group{}
			if !h.AtOnce {
				g.SetLimit(1)
			}
			for i, m := range event.Records {
				g.Go(func() error {
					err := h.guard(ctx, func() error {
						if handle(ctx, delivery(m)) {
							return nil
						}
						return errAgain
					})
					failed[i] = err != nil
					return nil // the others are handled nonetheless
				})
			}
			_ = g.Wait() // failed has them
			for i, m := range event.Records {
				if failed[i] {
					response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
				}
			}
			return []metric{
				{"Messages", "Count", float64(len(event.Records))},
				{"MessagesReturned", "Count", float64(len(response.BatchItemFailures))},
			}
		})
		return response, nil
	}
}

// delivery is a message as package queue has it.
func delivery(m events.SQSMessage) queue.Delivery {
	receives, err := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
	if err != nil {
		receives = 1
	}
	return queue.Delivery{ID: m.MessageId, Body: queue.DecodeText(m.Body), Receives: receives, Receipt: m.ReceiptHandle}
}
