package queue

import (
	"errors"
	"fmt"
	"time"
)

// MaxVisibility is how long a delivery can be hidden in all. Source: Amazon SQS Developer Guide, "Amazon SQS
// visibility timeout".
const MaxVisibility = 12 * time.Hour

// ErrEmpty is what Check returns for a message without a body, which SQS doesn't accept.
var ErrEmpty = errors.New("queue: empty message")

// Check says whether every message is within the limits: ErrTooLarge or ErrEmpty, naming the first that isn't.
// Drivers call it before they send anything.
func Check(messages []Message) error {
	for i, m := range messages {
		switch {
		case len(m.Body) == 0:
			return fmt.Errorf("message %d: %w", i, ErrEmpty)
		case len(m.Body) > MaxBody:
			return fmt.Errorf("message %d has %d bytes, at most %d: %w", i, len(m.Body), MaxBody, ErrTooLarge)
		case m.Delay > MaxDelay:
			return fmt.Errorf("message %d is delayed by %v, at most %v: %w", i, m.Delay, MaxDelay, ErrTooLarge)
		case m.Delay < 0:
			return fmt.Errorf("message %d has a negative delay, %v", i, m.Delay)
		}
	}
	return nil
}

// CheckBatch says whether max is a number of messages that one Receive may ask for.
func CheckBatch(max int) error {
	if max < 1 || max > MaxBatch {
		return fmt.Errorf("queue: %d messages asked for, must be 1 to %d", max, MaxBatch)
	}
	return nil
}
