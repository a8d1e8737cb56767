package sqsqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
)

// Limits of one SendMessageBatch. Source: Amazon SQS API Reference, SendMessageBatch.
const (
	batchMessages = 10
	batchBytes    = 1 << 20
)

const (
	sendConcurrency = 4 // requests that one Send makes at a time
	// sendAttempts is how often a message is sent that SQS didn't take for reasons of its own; sendPause is the first
	// wait in between, which doubles.
	sendAttempts = 5
	sendPause    = 100 * time.Millisecond
)

// Send implements queue.Queue: ten messages to a request, or as many as its limit of bytes allows. A message that SQS
// refuses for the moment is sent again, by itself. The fault is Throttled or Unavailable when trying later may help.
func (q *Queue) Send(ctx context.Context, messages ...queue.Message) error {
	if q.closed.Err() != nil {
		return fmt.Errorf("send: %w", queue.ErrClosed)
	}
	if err := queue.Check(messages); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sendConcurrency)
	for _, batch := range batches(messages) {
		group.Go(func() error { return q.sendBatch(ctx, batch) })
	}
	return group.Wait()
}

// batches cuts messages into what one request holds. An entry's id is its position in its batch.
func batches(messages []queue.Message) [][]types.SendMessageBatchRequestEntry {
	var out [][]types.SendMessageBatchRequestEntry
	var batch []types.SendMessageBatchRequestEntry
	size := 0
	for _, m := range messages {
		text := queue.EncodeText(m.Body)
		if len(batch) == batchMessages || len(batch) > 0 && size+len(text) > batchBytes {
			out, batch, size = append(out, batch), nil, 0
		}
		batch = append(batch, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(len(batch))), MessageBody: &text, DelaySeconds: wholeSeconds(m.Delay),
		})
		size += len(text)
	}
	if len(batch) > 0 {
		out = append(out, batch)
	}
	return out
}

// sendBatch makes one request, and more for those of its messages that weren't taken.
func (q *Queue) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry) error {
	byID := make(map[string]types.SendMessageBatchRequestEntry, len(batch))
	for _, entry := range batch {
		byID[aws.ToString(entry.Id)] = entry
	}
	for attempt := 1; ; attempt++ {
		out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.opts.URL, Entries: batch})
		if err != nil {
			return mapError("send", err)
		}
		if len(out.Failed) == 0 {
			return nil
		}
		first := out.Failed[0]
		batch = batch[:0]
		for _, failed := range out.Failed {
			if failed.SenderFault { // trying again can't help
				return fmt.Errorf("sqsqueue: send: %w", failedEntry(failed))
			}
			batch = append(batch, byID[aws.ToString(failed.Id)])
		}
		if attempt == sendAttempts {
			return fault.Wrap(fault.Unavailable, failedEntry(first), "%d messages could not be queued", len(batch))
		}
		if err := pause(ctx, sendPause<<(attempt-1)); err != nil {
			return fmt.Errorf("sqsqueue: send: %w", err)
		}
	}
}

func failedEntry(e types.BatchResultErrorEntry) error {
	return fmt.Errorf("%s: %s", aws.ToString(e.Code), aws.ToString(e.Message))
}

// pause waits for d, give or take half of it, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
