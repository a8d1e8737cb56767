// Package sqsqueue is the driver of queue.Queue for Amazon SQS standard queues.
//
// SQS delivers at least once and now and then twice at the same time. It doesn't tell a late Ack or Extend from one in
// time: what comes after the visibility ran out may succeed and do nothing, or remove the message.
package sqsqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/infraudit/infraudit/internal/queue"
)

// Options name a queue. URL is required.
type Options struct {
	URL string
	// DeadLetterURL is the dead-letter queue's, and MaxReceives the maxReceiveCount of the queue's redrive policy. Open
	// reads them from SQS where they are empty.
	DeadLetterURL string
	MaxReceives   int
	// Visibility is how long a delivery stays hidden unless extended, in whole seconds; 0 leaves it to the queue.
	Visibility time.Duration
}

// Queue is an SQS queue. It is safe for concurrent use.
type Queue struct {
	client *sqs.Client
	opts   Options
	closed context.Context
	close  context.CancelFunc
}

var _ queue.Queue = (*Queue)(nil)

// New returns the queue that opts name, without a request: MaxReceives has to be there. DeadLetters works if
// DeadLetterURL is.
func New(client *sqs.Client, opts Options) (*Queue, error) {
	switch {
	case opts.URL == "":
		return nil, errors.New("sqsqueue: no queue URL")
	case opts.MaxReceives < 1:
		return nil, fmt.Errorf("sqsqueue: %s: how often a message is received must be said, not %d", opts.URL, opts.MaxReceives)
	case opts.Visibility < 0 || opts.Visibility > queue.MaxVisibility:
		return nil, fmt.Errorf("sqsqueue: %s: a visibility of %v, must be at most %v", opts.URL, opts.Visibility, queue.MaxVisibility)
	}
	q := &Queue{client: client, opts: opts}
	q.closed, q.close = context.WithCancel(context.Background())
	return q, nil
}

// Open returns the queue that opts name, and reads from SQS what they don't say. It refuses a queue without a redrive
// policy, whose messages would come back for ever.
func Open(ctx context.Context, client *sqs.Client, opts Options) (*Queue, error) {
	if opts.URL != "" && (opts.MaxReceives == 0 || opts.DeadLetterURL == "") {
		policy, err := readRedrivePolicy(ctx, client, opts.URL)
		if err != nil {
			return nil, fmt.Errorf("sqsqueue: open %s: %w", opts.URL, err)
		}
		if opts.MaxReceives == 0 {
			opts.MaxReceives = policy.maxReceives
		}
		if opts.DeadLetterURL == "" {
			opts.DeadLetterURL = policy.deadLetterURL
		}
	}
	return New(client, opts)
}

type redrivePolicy struct {
	maxReceives   int
	deadLetterURL string
}

func readRedrivePolicy(ctx context.Context, client *sqs.Client, url string) (redrivePolicy, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameRedrivePolicy},
	})
	if err != nil {
		return redrivePolicy{}, mapError("read its attributes", err)
	}
	document := out.Attributes[string(types.QueueAttributeNameRedrivePolicy)]
	if document == "" {
		return redrivePolicy{}, errors.New("it has no redrive policy")
	}
	var policy struct {
		Target string      `json:"deadLetterTargetArn"`
		Max    json.Number `json:"maxReceiveCount"` // a number, or a string that holds one
	}
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return redrivePolicy{}, fmt.Errorf("redrive policy: %w", err)
	}
	maxReceives, err := policy.Max.Int64()
	if err != nil {
		return redrivePolicy{}, fmt.Errorf("redrive policy: maxReceiveCount: %w", err)
	}
	parts := strings.Split(policy.Target, ":") // arn:aws:sqs:<region>:<account>:<name>
	if len(parts) != 6 {
		return redrivePolicy{}, fmt.Errorf("redrive policy: %q is no queue's ARN", policy.Target)
	}
	dead, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{
		QueueName: aws.String(parts[5]), QueueOwnerAWSAccountId: aws.String(parts[4]),
	})
	if err != nil {
		return redrivePolicy{}, mapError("find its dead-letter queue", err)
	}
	return redrivePolicy{maxReceives: int(maxReceives), deadLetterURL: aws.ToString(dead.QueueUrl)}, nil
}

// MaxReceives implements queue.Queue.
func (q *Queue) MaxReceives() int { return q.opts.MaxReceives }

// Close implements queue.Queue. Closing twice is fine; the client is the caller's.
func (q *Queue) Close() error {
	q.close()
	return nil
}

// wholeSeconds rounds up: SQS counts in seconds, and what was asked for is the least.
func wholeSeconds(d time.Duration) int32 { return int32((d + time.Second - 1) / time.Second) }
