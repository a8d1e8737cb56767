package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/infraudit/infraudit/internal/fault"
)

// Bounds of a request. Bodies over maxBody go by the blob store.
const (
	requestTimeout = 25 * time.Second
	maxBody        = 4 << 20 // bytes
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keyPrincipal
)

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// saneRequestID is what we take over from a proxy in front of us.
var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// outermost gives a request its id, its deadline, its limits and its line in the log, and turns a panic into an
// answer.
func (a *api) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(under http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !saneRequestID.MatchString(id) {
			id = rand.Text()
		}
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), keyRequestID, id), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		setSecurityHeaders(under.Header())
		under.Header().Set("X-Request-Id", id)

		w := newResponse(under)
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
					panic(v)
				}
				a.log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("request_id", id),
					slog.Any("value", v), slog.String("stack", string(debug.Stack())))
				w.reset()
				a.writeProblem(w, r, problemOf(&fault.Error{Kind: fault.Internal}))
			}
			if w.overflow {
				w.reset()
				a.writeProblem(w, r, problemOf(&fault.Error{
					Kind: fault.Internal, Code: "response_too_large",
					Message: "the answer would exceed 5 MB; ask for less, or use an export",
				}))
			}
			w.send()
			a.log.LogAttrs(ctx, accessLevel(r, w.status), "request", slog.String("request_id", id),
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", w.status),
				slog.Int("bytes", w.body.Len()), slog.Duration("took", time.Since(start)))
		}()
		if r.ContentLength > maxBody {
			a.writeProblem(w, r, byStatus(http.StatusRequestEntityTooLarge))
			return
		}
		r.Body = http.MaxBytesReader(under, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// accessLevel keeps probes and reads out of a log that people read.
func accessLevel(r *http.Request, status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelWarn
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// setSecurityHeaders sets what every answer carries; /docs loosens the policy for its own files. Source: OWASP REST
// Security Cheat Sheet, "Security Headers".
func setSecurityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}

// refuse answers what no route takes: 404, or 405 with the methods that are allowed. ServeMux knows which, but says
// it in plain text.
func (a *api) refuse(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		verdict := newResponse(w)
		h.ServeHTTP(verdict, r)
		p := byStatus(http.StatusNotFound)
		p.Detail = "no such path; /docs lists those there are"
		if verdict.status == http.StatusMethodNotAllowed {
			p = byStatus(verdict.status)
			p.Detail = "this path takes " + verdict.header.Get("Allow")
			w.Header().Set("Allow", verdict.header.Get("Allow"))
		}
		a.writeProblem(w, r, p)
	})
}
