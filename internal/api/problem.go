package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// Problem is the body of every error answer, application/problem+json. Source: RFC 9457; code, action, errors and
// request_id are extensions.
type Problem struct {
	Type      string          `json:"type" doc:"urn:infraudit:problem: and the code"`
	Title     string          `json:"title" doc:"The kind of problem in a few words"`
	Status    int             `json:"status" doc:"The HTTP status"`
	Code      string          `json:"code" doc:"Stable; programs may rely on it"`
	Detail    string          `json:"detail,omitempty" doc:"What went wrong this time"`
	Action    string          `json:"action,omitempty" doc:"The cloud API action that was refused, as service:Operation"`
	Errors    []audit.Problem `json:"errors,omitempty" doc:"Each field that fails validation"`
	RequestID string          `json:"request_id,omitempty" doc:"Names the request in the server's log"`
}

// Error makes a Problem an error that huma writes as it is.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// GetStatus tells huma the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return contentTypeProblem }

// GetHeaders tells huma that what may pass is worth another try.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", strconv.Itoa(retryAfterSeconds))
	}
	return h
}

const (
	problemType        = "urn:infraudit:problem:"
	contentTypeProblem = "application/problem+json"
	retryAfterSeconds  = 5
)

// problemOf turns a fault into what its asker may see: never its cause.
func problemOf(f *fault.Error) *Problem {
	class := f.Kind.Classify()
	return &Problem{
		Type: problemType + f.StableCode(), Title: class.Title, Status: class.Status,
		Code: f.StableCode(), Detail: f.Message, Action: f.Action, Errors: f.Fields,
	}
}

// report logs what the asker doesn't see and returns what they do.
func (a *api) report(ctx context.Context, err error) *Problem {
	f := fault.From(err)
	if class := f.Kind.Classify(); class.Status >= http.StatusInternalServerError {
		a.log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("request_id", requestID(ctx)), slog.String("code", f.StableCode()), slog.Any("error", err))
	}
	p := problemOf(f)
	p.RequestID = requestID(ctx)
	return p
}

// writeProblem answers outside huma: before a request is routed.
func (a *api) writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.RequestID = requestID(r.Context())
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", contentTypeProblem)
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // the client may be gone
	}
}

// byStatus is for what huma and ServeMux refuse by themselves, which has no fault behind it. Three of these statuses
// are of HTTP alone and have no kind.
func byStatus(status int) *Problem {
	bare := func(code, title string) *Problem {
		return &Problem{Type: problemType + code, Title: title, Status: status, Code: code}
	}
	switch status {
	case http.StatusMethodNotAllowed:
		return bare("method_not_allowed", "Method not allowed")
	case http.StatusUnsupportedMediaType:
		return bare("unsupported_media_type", "The body must be application/json")
	case http.StatusRequestTimeout:
		return bare("body_timeout", "The body took too long to arrive")
	case http.StatusBadRequest:
		return problemOf(&fault.Error{Kind: fault.Malformed})
	case http.StatusNotFound:
		return problemOf(&fault.Error{Kind: fault.NotFound})
	case http.StatusRequestEntityTooLarge:
		return problemOf(&fault.Error{Kind: fault.TooLarge, Message: "a body may have 1 MB"})
	case http.StatusUnprocessableEntity:
		return problemOf(&fault.Error{Kind: fault.Invalid})
	}
	return problemOf(&fault.Error{Kind: fault.Internal})
}

// translate is a huma transformer: it gives huma's own errors our form and every problem its request's id. Values
// that huma would echo, secrets perhaps, are left out.
func (a *api) translate(ctx huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := byStatus(model.Status)
	p.RequestID = requestID(ctx.Context())
	switch model.Status {
	case http.StatusBadRequest:
		p.Detail = "the body is not valid JSON"
		if len(model.Errors) == 0 {
			p.Detail = model.Detail
		}
	case http.StatusUnprocessableEntity:
		parts := make([]string, 0, len(model.Errors))
		for _, e := range model.Errors {
			problem := fieldProblem(e)
			p.Errors = append(p.Errors, problem)
			parts = append(parts, problem.Field+": "+problem.Message)
		}
		p.Detail = strings.Join(parts, "; ")
	case http.StatusInternalServerError:
		a.log.LogAttrs(ctx.Context(), slog.LevelError, "request failed",
			slog.String("request_id", p.RequestID), slog.Any("error", errors.New(model.Detail)))
	}
	return p, nil
}

// missing matches huma's message about an absent field, which names it where other messages don't.
var missing = regexp.MustCompile("^" + strings.Replace(
	regexp.QuoteMeta(validation.MsgExpectedRequiredProperty), "%s", "(.+)", 1) + "$")

// fieldProblem names a field as the client does: without the "body." or "query." that huma puts in front.
func fieldProblem(e *huma.ErrorDetail) audit.Problem {
	where, field, _ := strings.Cut(e.Location, ".")
	message := e.Message
	if m := missing.FindStringSubmatch(message); m != nil {
		field, message = strings.TrimPrefix(field+"."+m[1], "."), "is required"
	}
	if message == validation.MsgUnexpectedProperty || message == "unknown query parameter" {
		message = "is not a field of this request"
	}
	if field == "" {
		field = where
	}
	return audit.Problem{Field: field, Message: message}
}
