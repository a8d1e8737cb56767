// Package lambdafn turns what AWS Lambda delivers (messages of a queue, a schedule's input, HTTP requests) into calls of
// the product, and says in logs and metrics what became of them. What the calls do is wired by package awswire.
package lambdafn

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/infraudit/infraudit/internal/table"
)

// Host is what the handlers of one function share.
type Host struct {
	Function string // the dimension of its metrics, such as "resource-sync"
	Log      *slog.Logger
	// AtOnce has the messages of a batch handled all at the same time.
	AtOnce bool

	warm atomic.Bool // an event was handled before
}

// NewLogger returns a logger that writes lines of JSON, each with the id of the invocation that it is part of.
func NewLogger(out io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(invocation{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})})
}

// invocation adds the id that Lambda's own log lines carry.
type invocation struct{ slog.Handler }

func (h invocation) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("request_id", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h invocation) WithAttrs(attrs []slog.Attr) slog.Handler {
	return invocation{h.Handler.WithAttrs(attrs)}
}

func (h invocation) WithGroup(name string) slog.Handler { return invocation{h.Handler.WithGroup(name)} }

// measured calls f and logs its metrics: what it cost, and what f says.
func (h *Host) measured(ctx context.Context, f func(ctx context.Context) []metric) {
	var usage table.Usage
	start := time.Now()
	own := f(table.WithUsage(ctx, &usage))
	cold := 0.0
	if !h.warm.Swap(true) {
		cold = 1
	}
	h.emit(ctx, append(own,
		metric{"Duration", "Milliseconds", float64(time.Since(start).Microseconds()) / 1000},
		metric{"ColdStarts", "Count", cold},
		metric{"ReadUnits", "Count", usage.ReadUnits()},
		metric{"WriteUnits", "Count", usage.WriteUnits()},
		metric{"DatabaseRequests", "Count", float64(usage.Requests())},
	))
}

// guard turns a panic into an error: it would end the process, and with it what else the event holds.
func (h *Host) guard(ctx context.Context, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			h.Log.ErrorContext(ctx, "a handler panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("lambdafn: panic: %v", p)
		}
	}()
	return f()
}
