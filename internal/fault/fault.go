// Package fault is the short list of ways in which things go wrong, and the one table that says what each means to
// an HTTP client, to a shell and to a queue. Code acts on a kind, never on a message.
package fault

import (
	"context"
	"errors"
	"fmt"

	"github.com/infraudit/infraudit/internal/audit"
)

// Kind is a way of going wrong.
type Kind string

// The kinds. Each has a row in the table below.
const (
	Internal     Kind = "internal"     // our defect
	Malformed    Kind = "malformed"    // can't be parsed
	Unauthorized Kind = "unauthorized" // no or bad token
	Forbidden    Kind = "forbidden"    // the role is too low
	NotFound     Kind = "not_found"    // absent, or another team's
	Conflict     Kind = "conflict"     // the state doesn't allow it
	TooLarge     Kind = "too_large"    // a body over the limit
	Invalid      Kind = "invalid"      // parsed, but fails validation; names the fields
	RateLimited  Kind = "rate_limited" // our own limit
	Denied       Kind = "denied"       // the cloud refused an action
	Expired      Kind = "expired"      // the cloud says that the credentials have expired or are unknown
	Throttled    Kind = "throttled"    // the cloud, or the database, asks us to slow down
	Unsupported  Kind = "unsupported"  // not offered there, or not enabled
	Upstream     Kind = "upstream"     // the cloud answered with nonsense
	Unavailable  Kind = "unavailable"  // a network or server fault that may pass
	Timeout      Kind = "timeout"      // took too long
	Cancelled    Kind = "cancelled"    // someone asked us to stop
)

// Class is what a kind means at each edge.
type Class struct {
	Status int    // HTTP status
	Exit   int    // exit status of the CLI
	Retry  bool   // whether a queue should deliver the work again
	Title  string // RFC 9457 title: safe to show
}

var table = map[Kind]Class{
	Internal:     {500, 1, true, "Internal error"},
	Malformed:    {400, 1, false, "Malformed request"},
	Unauthorized: {401, 1, false, "Not signed in"},
	Forbidden:    {403, 1, false, "Not allowed"},
	NotFound:     {404, 1, false, "Not found"},
	Conflict:     {409, 1, false, "Conflicts with the current state"},
	TooLarge:     {413, 1, false, "Body too large"},
	Invalid:      {422, 1, false, "Validation failed"},
	RateLimited:  {429, 1, true, "Too many requests"},
	Denied:       {422, 1, false, "Refused by the cloud provider"},
	Expired:      {422, 1, false, "Credentials not accepted"},
	Throttled:    {503, 1, true, "Throttled"},
	Unsupported:  {422, 1, false, "Not supported"},
	Upstream:     {502, 1, true, "Unusable answer from the cloud provider"},
	Unavailable:  {503, 1, true, "Temporarily unavailable"},
	Timeout:      {504, 1, true, "Took too long"},
	Cancelled:    {499, 1, false, "Cancelled"},
}

// Kinds lists every kind that the table maps, in no particular order.
func Kinds() []Kind {
	out := make([]Kind, 0, len(table))
	for k := range table {
		out = append(out, k)
	}
	return out
}

// Classify returns the kind's row; an unknown kind is Internal.
func (k Kind) Classify() Class {
	if c, ok := table[k]; ok {
		return c
	}
	return table[Internal]
}

// Error is a fault of a known kind. Message is safe for the person who asked; the cause is for logs alone.
type Error struct {
	Kind    Kind
	Code    string          // stable, more precise than Kind; the kind itself when empty
	Message string          // safe to show
	Action  string          // the API action refused, as "service:Operation", where there is one
	Fields  []audit.Problem // for Invalid
	Cause   error
}

func (e *Error) Error() string {
	msg := e.Message
	if msg == "" {
		msg = e.Kind.Classify().Title
	}
	if e.Cause != nil {
		msg += ": " + e.Cause.Error()
	}
	return msg
}

func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault with a message that is safe to show.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault with a cause that only logs see.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Field makes an Invalid fault about one field.
func Field(name, format string, args ...any) *Error {
	p := audit.Problem{Field: name, Message: fmt.Sprintf(format, args...)}
	return &Error{Kind: Invalid, Message: p.Field + ": " + p.Message, Fields: []audit.Problem{p}}
}

// From finds the fault in an error's chain, or makes one: validation errors are Invalid, illegal transitions
// Conflict, context errors Timeout or Cancelled, anything else Internal. It returns nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	if invalid, ok := errors.AsType[*audit.InvalidError](err); ok {
		return &Error{Kind: Invalid, Message: invalid.Error(), Fields: invalid.Problems}
	}
	if step, ok := errors.AsType[*audit.TransitionError](err); ok {
		return &Error{Kind: Conflict, Code: "illegal_transition", Message: step.Error()}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: Timeout, Cause: err}
	case errors.Is(err, context.Canceled):
		return &Error{Kind: Cancelled, Cause: err}
	}
	return &Error{Kind: Internal, Cause: err}
}

// KindOf returns the kind of an error; "" for nil.
func KindOf(err error) Kind {
	if f := From(err); f != nil {
		return f.Kind
	}
	return ""
}

// Is tells whether err is a fault of that kind.
func Is(err error, kind Kind) bool { return KindOf(err) == kind }

// StableCode returns the code that clients may rely on.
func (e *Error) StableCode() string {
	if e.Code != "" {
		return e.Code
	}
	return string(e.Kind)
}
