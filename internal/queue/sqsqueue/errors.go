package sqsqueue

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
)

// mapError makes queue.ErrReceipt, or a fault, of an SDK's error; nil stays nil. By then the SDK has tried again where
// that may help.
func mapError(call string, err error) error {
	if err == nil {
		return nil
	}
	cause := fmt.Errorf("sqsqueue: %s: %w", call, err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return cause // fault.From knows what these are
	}
	code := ""
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code = api.ErrorCode()
	}
	switch {
	case staleReceipt(code):
		return fmt.Errorf("%w: %w", queue.ErrReceipt, cause)
	case throttling(code):
		return fault.Wrap(fault.Throttled, cause, "the queue asks to slow down")
	case retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool():
		return fault.Wrap(fault.Unavailable, cause, "the queue failed")
	}
	return cause // our defect, or one of the deployment
}

// staleReceipt holds the codes with which SQS refuses a receipt. InvalidParameterValue, for a message that was deleted,
// isn't among the errors that the API Reference lists for ChangeMessageVisibility, but is what comes.
func staleReceipt(code string) bool {
	switch code {
	case "ReceiptHandleIsInvalid", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
		"InvalidParameterValue", "InvalidParameterValueException":
		return true
	}
	return false
}

// throttling holds the codes by which SQS asks to slow down; OverLimit is that of 120,000 messages in flight.
// Source: Amazon SQS API Reference, "Common Errors", ReceiveMessage and SendMessageBatch.
func throttling(code string) bool {
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return true
	}
	switch code {
	case "OverLimit", "AWS.SimpleQueueService.OverLimit", "RequestThrottled", "AWS.SimpleQueueService.RequestThrottled",
		"KmsThrottled", "KMS.ThrottlingException":
		return true
	}
	return false
}
