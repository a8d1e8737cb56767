package sqsqueue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/infraudit/infraudit/internal/queue"
)

// longestPoll is how long one ReceiveMessage waits at most. Source: Amazon SQS API Reference, ReceiveMessage.
const longestPoll = 20 * time.Second

// Receive implements queue.Queue by long polling. Without a wait SQS asks only some of its servers, and may miss messages.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	if err := queue.CheckBatch(max); err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	if q.closed.Err() != nil {
		return nil, fmt.Errorf("receive: %w", queue.ErrClosed)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.closed, cancel)()
	for {
		// An empty answer has waited for all that it was asked to, so what is left needs no clock.
		poll := min(wait, longestPoll)
		wait -= poll
		got, err := q.poll(ctx, q.opts.URL, max, poll, q.opts.Visibility)
		if q.closed.Err() != nil && err != nil {
			return nil, fmt.Errorf("receive: %w", queue.ErrClosed)
		}
		if err != nil || len(got) > 0 || wait <= 0 {
			return got, err
		}
	}
}

func (q *Queue) poll(ctx context.Context, url string, max int, wait, visibility time.Duration) ([]queue.Delivery, error) {
	in := &sqs.ReceiveMessageInput{
		QueueUrl:            &url,
		MaxNumberOfMessages: int32(max), //nolint:gosec // at most queue.MaxBatch
		WaitTimeSeconds:     wholeSeconds(wait),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
	}
	if visibility > 0 {
		in.VisibilityTimeout = wholeSeconds(visibility)
	}
	out, err := q.client.ReceiveMessage(ctx, in)
	if err != nil {
		return nil, mapError("receive", err)
	}
	deliveries := make([]queue.Delivery, len(out.Messages))
	for i, m := range out.Messages {
		count, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
		if err != nil { // it was received at least now
			count = 1
		}
		deliveries[i] = queue.Delivery{
			ID: aws.ToString(m.MessageId), Body: queue.DecodeText(aws.ToString(m.Body)),
			Receives: count, Receipt: aws.ToString(m.ReceiptHandle),
		}
	}
	return deliveries, nil
}

// Ack implements queue.Queue. It works after Close, so that a worker that is shutting down can finish.
func (q *Queue) Ack(ctx context.Context, d queue.Delivery) error {
	_, err := q.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.opts.URL, ReceiptHandle: &d.Receipt})
	return mapError("ack "+d.ID, err)
}

// Extend implements queue.Queue. Like Ack it works after Close. ErrReceipt, too, when the delivery would be hidden for
// longer than queue.MaxVisibility in all: SQS answers with the same code.
func (q *Queue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) error {
	if visibility > queue.MaxVisibility {
		return fmt.Errorf("extend by %v, at most %v: %w", visibility, queue.MaxVisibility, queue.ErrTooLarge)
	}
	_, err := q.client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &q.opts.URL, ReceiptHandle: &d.Receipt, VisibilityTimeout: wholeSeconds(max(visibility, 0)),
	})
	return mapError("extend "+d.ID, err)
}
