// Package api serves the product over HTTP: routes, one file per noun, that parse, call one service and encode. It
// enforces on every host what API Gateway and Lambda enforce on theirs: requests end within 25 s, bodies have at most
// 4 MB and answers at most 5 MB.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Config is what the API is made of.
type Config struct {
	Services Services
	Version  string // of the program, shown in /healthz and the OpenAPI document
	Log      *slog.Logger
	// Ready tells whether requests can be served; nil means always.
	Ready func(context.Context) error
}

type api struct {
	services Services
	version  string
	log      *slog.Logger
	ready    func(context.Context) error
	huma     huma.API
	// document renders the OpenAPI document, JSON, when it is first asked for: that takes longer than all else that a
	// function does at its start.
	document func() ([]byte, error)
}

// New returns the handler of the whole API: /api/v1, /openapi.json, /docs, /healthz and /readyz.
func New(c Config) (http.Handler, error) {
	a := &api{services: c.Services, version: c.Version, log: c.Log, ready: c.Ready}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.ready == nil {
		a.ready = func(context.Context) error { return nil }
	}
	mux := http.NewServeMux()
	a.huma = humago.New(mux, a.humaConfig())
	a.routes()
	a.finishDocument()
	mux.HandleFunc("GET /openapi.json", a.serveDocument)
	mux.HandleFunc("GET /healthz", a.serveHealth)
	mux.HandleFunc("GET /readyz", a.serveReady)
	if err := docsRoutes(mux); err != nil {
		return nil, err
	}
	return a.outermost(a.authenticate(a.refuse(mux))), nil
}

// Document returns the OpenAPI document of an API of that version, indented.
func Document(version string) ([]byte, error) {
	a := &api{version: version}
	a.huma = humago.New(http.NewServeMux(), a.humaConfig())
	a.routes()
	a.finishDocument()
	document, err := a.document()
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(document, &tree); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(tree, "", "  ")
	return append(out, '\n'), err
}

func (a *api) routes() {
	a.authRoutes()
	a.providerRoutes()
	a.resourceRoutes()
	a.baselineRoutes()
	a.driftRoutes()
	a.findingRoutes()
	a.ruleRoutes()
	a.waiverRoutes()
	a.complianceRoutes()
	a.frameworkRoutes()
	a.complianceExportRoutes()
	a.jobRoutes()
	a.executionRoutes()
	a.webhookRoutes()
	a.eventDocs()
}

func (a *api) serveHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": a.version})
}

func (a *api) serveReady(w http.ResponseWriter, r *http.Request) {
	if err := a.ready(r.Context()); err != nil {
		a.log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", slog.Any("error", err))
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}
