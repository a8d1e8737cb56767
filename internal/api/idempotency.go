package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// The header that makes creating requests repeatable. Source: draft-ietf-httpapi-idempotency-key-header.
const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	maxIdempotencyKey = 255
)

// idempotent answers a repeated request as the first one was answered. Only successes are kept: after a failure the
// key is free, so that a client may put right what was wrong.
func (a *api) idempotent(hctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(hctx)
	key := r.Header.Get(idempotencyHeader)
	if key == "" {
		next(hctx)
		return
	}
	attempt, earlier, err := a.begin(r, key)
	switch {
	case err != nil:
		a.writeProblem(w, r, a.report(r.Context(), err))
	case earlier != nil:
		for k, v := range earlier.Headers {
			w.Header().Set(k, v)
		}
		w.Header().Set(replayedHeader, "true")
		w.WriteHeader(earlier.Status)
		_, _ = w.Write(earlier.Body) // buffered
	default:
		a.runOnce(hctx, next, attempt)
	}
}

// begin reads the body, since it is part of what a key stands for, and puts it back.
func (a *api) begin(r *http.Request, key string) (Attempt, *store.Answer, error) {
	if len(key) > maxIdempotencyKey {
		return nil, nil, fault.Field(idempotencyHeader, "must be at most %d characters", maxIdempotencyKey)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, nil, fault.New(fault.TooLarge, "a body may have 1 MB")
		}
		return nil, nil, fault.Wrap(fault.Malformed, err, "the body could not be read")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	_, _ = io.WriteString(h, r.Method+" "+r.URL.Path+"\n") // a hash never fails
	_, _ = h.Write(body)
	who := principal(r.Context())
	return a.services.Idempotency(r.Context(), store.Request{
		TeamID: who.Team, UserID: who.User, Key: key, Fingerprint: hex.EncodeToString(h.Sum(nil)),
	})
}

// runOnce answers the first request under a key. The attempt is ended even when the client has gone meanwhile.
func (a *api) runOnce(hctx huma.Context, next func(huma.Context), attempt Attempt) {
	r, under := humago.Unwrap(hctx)
	ctx := context.WithoutCancel(r.Context())
	end := attempt.Abandon
	defer func() {
		if err := end(ctx); err != nil {
			a.log.LogAttrs(ctx, slog.LevelError, "idempotency key not settled",
				slog.String("request_id", requestID(ctx)), slog.Any("error", err))
		}
	}()
	next(hctx)
	w, ok := under.(*response)
	if !ok || w.overflow || w.status < 200 || w.status > 299 {
		return
	}
	answer := store.Answer{Status: w.status, Headers: map[string]string{}, Body: bytes.Clone(w.body.Bytes())}
	for _, name := range []string{"Content-Type", "Location"} {
		if v := w.header.Get(name); v != "" {
			answer.Headers[name] = v
		}
	}
	end = func(ctx context.Context) error { return attempt.Complete(ctx, answer) }
}
