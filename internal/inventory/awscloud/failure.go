package awscloud

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// fatal returns what of a call's failure concerns more than what the call was for: credentials that are no longer
// accepted, the end of ctx, our own defects. What is left is for the caller to note as unread.
func fatal(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f := awsaccess.Classify(err)
	switch f.Kind {
	case fault.Expired, fault.Cancelled, fault.Internal:
		return f
	}
	if f.Action == awsaccess.ActionAssumeRole {
		return f
	}
	return nil
}

// goneIf returns errGone for errors of the given codes: they say that the resource itself vanished, where isAbsence
// would take them for an attribute that isn't there.
func goneIf(err error, codes ...string) error {
	if hasCode(err, codes...) {
		return errGone
	}
	return err
}

// hasCode tells whether err is an answer with one of the error codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// errGone says that the resource vanished between its listing and the calls for its details.
var errGone = errors.New("the resource is gone")

// isAbsence tells whether an error says that what was asked for doesn't exist, and whether that is the resource
// itself.
func isAbsence(err error) (absent, gone bool) {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false, false
	}
	code := api.ErrorCode()
	switch {
	case code == "NoSuchBucket", code == "NotFoundException",
		strings.HasPrefix(code, "Invalid") && strings.HasSuffix(code, ".NotFound"),
		code == "TrailNotFoundException":
		return true, true
	}
	return strings.Contains(code, "NotFound") || strings.HasPrefix(code, "NoSuch"), false
}
