package deploytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// sourcePoll is how often a queue is asked for messages of which nobody was told: those that were delayed or hidden.
const sourcePoll = 200 * time.Millisecond

// sourceActions are what Lambda needs of a function's role to work on a queue (Lambda developer guide, "Execution role
// permissions" of Amazon SQS event source mappings).
var sourceActions = []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

// Work does what Lambda's event source mappings do, as the template declares them, until ctx ends: it receives messages in
// batches, invokes the function, and deletes what the function doesn't say has failed. When the function fails as a whole,
// its messages are delivered again once their visibility has run out. It waits for invocations under way.
func (w *World) Work(ctx context.Context) error {
	var wg sync.WaitGroup
	for id, emulators := range w.emulators {
		f := w.Functions[id]
		for _, s := range f.Sources {
			for _, action := range sourceActions {
				if !f.Allows(action, s.QueueARN) {
					return fmt.Errorf("%s may not %s on %s, its source", id, action, s.QueueARN)
				}
			}
			for range min(len(emulators), s.MaximumConcurrency) {
				woken := make(chan struct{}, 1)
				w.mu.Lock()
				w.wakers[s.QueueARN] = append(w.wakers[s.QueueARN], woken)
				w.mu.Unlock()
				wg.Go(func() { w.poll(ctx, f, s, woken) })
			}
		}
	}
	wg.Wait()
	return nil
}

// wake tells those who work on a queue that it has messages.
func (w *World) wake(queueARN string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, woken := range w.wakers[queueARN] {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}

func (w *World) poll(ctx context.Context, f Function, s Source, woken <-chan struct{}) {
	ticker := time.NewTicker(sourcePoll)
	defer ticker.Stop()
	for {
		for ctx.Err() == nil {
			messages, err := w.Receive(ctx, s)
			if err != nil && ctx.Err() == nil {
				w.fail(fmt.Errorf("receive from %s: %w", s.QueueARN, err))
				return
			}
			if len(messages) == 0 {
				break
			}
			if err := w.Deliver(ctx, f, s, messages); err != nil {
				_, _ = fmt.Fprintln(w.log, "event source:", err) // Lambda has metrics for that
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-ticker.C:
		}
	}
}

func (w *World) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = append(w.failures, err)
}

// SQS returns a client of whoever deployed.
func (w *World) SQS() *sqs.Client {
	return sqs.New(sqs.Options{BaseEndpoint: &w.Cloud.Moto, Region: Region, Credentials: deployer()})
}

// Receive takes as many messages as a source's batches hold, as they come in an event.
func (w *World) Receive(ctx context.Context, s Source) ([]events.SQSMessage, error) {
	out, err := w.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &s.QueueURL, MaxNumberOfMessages: int32(min(s.BatchSize, 10)), //nolint:gosec // at most 10
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	messages := make([]events.SQSMessage, len(out.Messages))
	for i, m := range out.Messages {
		messages[i] = events.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Md5OfBody: aws.ToString(m.MD5OfBody), Attributes: m.Attributes, EventSource: "aws:sqs",
			EventSourceARN: s.QueueARN, AWSRegion: Region,
		}
	}
	return messages, nil
}

// Deliver invokes a function with messages and deletes those that it has handled. It returns why the function failed as a
// whole, which may be what a test wants.
func (w *World) Deliver(ctx context.Context, f Function, s Source, messages []events.SQSMessage) error {
	event, err := json.Marshal(events.SQSEvent{Records: messages})
	if err != nil {
		return err
	}
	answer, err := w.Invoke(ctx, f.ID, event)
	if err != nil {
		return err
	}
	var response events.SQSEventResponse
	if s.ReportBatchFailure {
		if err := json.Unmarshal(answer, &response); err != nil {
			return fmt.Errorf("%s answered %s: %w", f.ID, answer, err)
		}
	}
	failed := map[string]bool{}
	for _, item := range response.BatchItemFailures {
		failed[item.ItemIdentifier] = true
	}
	var errs []error
	for _, m := range messages {
		if failed[m.MessageId] {
			continue
		}
		// Also when ctx has ended: the function has done its work.
		_, err := w.SQS().DeleteMessage(context.WithoutCancel(ctx), &sqs.DeleteMessageInput{
			QueueUrl: &s.QueueURL, ReceiptHandle: &m.ReceiptHandle,
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
