package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// operation describes a route. Everything that all routes share is filled in by handle.
type operation struct {
	id, method, path string // path is below apiPrefix
	summary          string
	description      string
	status           int   // of success; 0 means 200, or 204 without a body
	errors           []int // beyond those that every operation has
	creates          bool  // honours Idempotency-Key
	maxBody          int64 // bytes; 0 means 1 MB
}

// handle registers an operation. Its function is called for authenticated requests that passed validation.
func handle[I, O any](a *api, op operation, fn func(ctx context.Context, who Principal, in *I) (*O, error)) {
	codes := append([]int{
		http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusInternalServerError,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}, op.errors...)
	if strings.Contains(op.path, "{") {
		codes = append(codes, http.StatusNotFound)
	}
	if op.method == http.MethodPost || op.method == http.MethodPatch || op.method == http.MethodPut {
		codes = append(codes, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	h := huma.Operation{
		OperationID: op.id, Method: op.method, Path: apiPrefix + op.path,
		Summary: op.summary, Description: op.description, DefaultStatus: op.status,
		Tags:         []string{strings.Split(op.path, "/")[1]},
		Security:     []map[string][]string{{"bearer": {}}},
		MaxBodyBytes: op.maxBody,
	}
	if op.creates {
		codes = append(codes, http.StatusConflict)
		h.Middlewares = huma.Middlewares{a.idempotent}
		h.Parameters = append(h.Parameters, &huma.Param{
			Name: idempotencyHeader, In: "header",
			Description: "Makes repeating this request safe for 24 hours: the first answer is given again.",
			Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: new(maxIdempotencyKey)},
		})
	}
	h.Responses = a.problemResponses(codes)
	huma.Register(a.huma, h, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, principal(ctx), in)
		if err == nil {
			// A service that saw its context end may have stopped half way without saying so.
			err = ctx.Err()
		}
		if err != nil {
			return nil, a.report(ctx, err)
		}
		return out, nil
	})
}

func (a *api) problemResponses(codes []int) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	out := make(map[string]*huma.Response, len(codes))
	for _, code := range codes {
		out[strconv.Itoa(code)] = &huma.Response{
			Description: http.StatusText(code),
			Content:     map[string]*huma.MediaType{contentTypeProblem: {Schema: schema}},
		}
	}
	return out
}

// PageQuery is the part of a list's input that all lists share. It is exported, as are the other inputs that are
// embedded, because huma looks only into exported fields.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items a page has at most"`
	Cursor string `query:"cursor" maxLength:"4096" doc:"The next_cursor of the page before"`
}

func (p PageQuery) store() store.Paging { return store.Paging{Limit: p.Limit, Cursor: p.Cursor} }

// ByID is the input of operations on one thing.
type ByID struct {
	ID string `path:"id" maxLength:"128" doc:"The thing's id"`
}

// list is a page of a list. Only an absent next_cursor ends the list; a page may be short, even empty.
type list[T any] struct {
	Data []T      `json:"data" nullable:"false"`
	Meta listMeta `json:"meta"`
}

type listMeta struct {
	NextCursor string `json:"next_cursor,omitempty" doc:"Where the list goes on; absent at its end"`
}

type one[T any] struct{ Body T }

func oneOf[T any](v T, err error) (*one[T], error) {
	if err != nil {
		return nil, err
	}
	return &one[T]{Body: v}, nil
}

func pageOf[T any](page store.Page[T], err error) (*one[list[T]], error) {
	if err != nil {
		return nil, err
	}
	if page.Items == nil {
		page.Items = []T{}
	}
	return &one[list[T]]{list[T]{Data: page.Items, Meta: listMeta{page.Next}}}, nil
}

// created answers 201 with where the new thing is.
type created[T any] struct {
	Location string `header:"Location" doc:"The path of what was made"`
	Body     T
}

// started answers 202 with the execution to follow.
type started struct {
	Location string `header:"Location" doc:"The path of the execution"`
	Body     audit.Execution
}

func startedOf(e audit.Execution, err error) (*started, error) {
	if err != nil {
		return nil, err
	}
	return &started{Location: apiPrefix + "/executions/" + e.ID, Body: whole(e)}, nil
}

// nothing answers 204.
type nothing struct{}
