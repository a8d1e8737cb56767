package dynamotable

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/infraudit/infraudit/internal/table"
)

// throttling holds the codes by which DynamoDB asks to slow down.
//
// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB".
func throttling(code string) bool {
	switch code {
	case "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException",
		"ThrottlingError", "RequestLimitExceeded", "LimitExceededException", "TooManyRequestsException":
		return true
	}
	return false
}

// fault maps an error of the SDK to those of package table.
func fault(call string, err error) error {
	if err == nil {
		return nil
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("dynamotable: %s: %w", call, err)
	}
	switch code := api.ErrorCode(); {
	case code == "ConditionalCheckFailedException":
		return table.ErrCondition
	case code == "TransactionConflictException", code == "TransactionInProgressException":
		return fmt.Errorf("%w: %s: %w", table.ErrConflict, call, err)
	case throttling(code):
		return fmt.Errorf("%w: %s: %w", table.ErrThrottled, call, err)
	case code == "ItemCollectionSizeLimitExceededException", isSizeMessage(code, api.ErrorMessage()):
		return fmt.Errorf("%w: %s: %w", table.ErrLimit, call, err)
	}
	return fmt.Errorf("dynamotable: %s: %w", call, err)
}

// isSizeMessage knows an item that an update made too large. DynamoDB has no code of its own for it, so the message
// is all there is.
func isSizeMessage(code, message string) bool {
	message = strings.ToLower(message)
	return (code == "ValidationException" || code == "ValidationError") &&
		strings.Contains(message, "item size") && strings.Contains(message, "exceeded")
}

// cancelled is what a transaction that was not made says of each of its writes.
type cancelled struct {
	failed   []int          // positions whose condition did not hold
	existing map[int]stored // the items they met
	err      error          // what it was, when it was no condition
}

// cancellation reads a TransactionCanceledException; ok is false for any other error.
func cancellation(err error) (c cancelled, ok bool) {
	var tx *types.TransactionCanceledException
	if !errors.As(err, &tx) {
		return cancelled{}, false
	}
	c.existing = map[int]stored{}
	for i, reason := range tx.CancellationReasons {
		code, message := "", ""
		if reason.Code != nil {
			code = *reason.Code
		}
		if reason.Message != nil {
			message = *reason.Message
		}
		switch {
		case code == "" || code == "None":
		case code == "ConditionalCheckFailed":
			c.failed = append(c.failed, i)
			c.existing[i] = newStored(reason.Item)
		case code == "TransactionConflict":
			c.err = firstError(c.err, fmt.Errorf("%w: %w", table.ErrConflict, err))
		case throttling(code):
			c.err = firstError(c.err, fmt.Errorf("%w: %w", table.ErrThrottled, err))
		case code == "ItemCollectionSizeLimitExceeded", isSizeMessage(code, message):
			c.err = firstError(c.err, fmt.Errorf("%w: %w", table.ErrLimit, err))
		default:
			c.err = firstError(c.err, fmt.Errorf("dynamotable: transact: %s: %w", message, err))
		}
	}
	return c, true
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// stored is an item that a failed condition met.
type stored struct {
	item  table.Item
	found bool
	err   error
}

func newStored(av attributes) stored {
	if len(av) == 0 {
		return stored{}
	}
	it, err := decode(av)
	return stored{item: it, found: true, err: err}
}

func (s stored) expired(now int64) bool {
	ttl, ok := s.item.Attrs[table.AttrTTL].(int64)
	return s.found && ok && ttl <= now
}

// size is what the failed write is charged for.
func (s stored) size() int {
	if !s.found {
		return 0
	}
	return s.item.Size()
}
