package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/infraudit/infraudit/internal/queue"
)

const (
	deadWait = time.Second // the shortest poll that asks all of SQS's servers
	// deadHold hides what was listed from the same listing's next request; all is shown again at its end. Should that
	// fail, it comes back after this time.
	deadHold    = time.Minute
	showTimeout = 10 * time.Second
)

// DeadLetters implements queue.Queue. SQS can't show a message without receiving it, so messages are hidden while they
// are listed: two listings at once share them. Receipts are empty.
func (q *Queue) DeadLetters(ctx context.Context, max int) (out []queue.Delivery, err error) {
	if q.opts.DeadLetterURL == "" {
		return nil, errors.New("sqsqueue: dead letters: which queue has them was not said")
	}
	var held []string
	defer func() { err = errors.Join(err, q.showAgain(ctx, held)) }()
	seen := map[string]bool{}
	for len(out) < max {
		got, err := q.poll(ctx, q.opts.DeadLetterURL, min(max-len(out), queue.MaxBatch), deadWait, deadHold)
		if err != nil {
			return nil, fmt.Errorf("dead letters: %w", err)
		}
		if len(got) == 0 {
			break
		}
		for _, d := range got {
			held = append(held, d.Receipt)
			if !seen[d.ID] {
				seen[d.ID] = true
				d.Receipt = ""
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// showAgain makes messages of the dead-letter queue visible, also when the caller has gone.
func (q *Queue) showAgain(ctx context.Context, receipts []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), showTimeout)
	defer cancel()
	for chunk := range slices.Chunk(receipts, batchMessages) {
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(chunk))
		for i, receipt := range chunk {
			entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &receipt, VisibilityTimeout: 0,
			}
		}
		// An entry that fails has been shown, or moved, by someone else.
		_, err := q.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &q.opts.DeadLetterURL, Entries: entries,
		})
		if err != nil {
			return mapError("show dead letters again", err)
		}
	}
	return nil
}
