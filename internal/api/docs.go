package api

import (
	"embed"
	"fmt"
	"net/http"
)

// The documentation page renders /openapi.json and lets one try operations. It is our own and small, so that it
// works offline: no CDN.
//
//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load its own files and call this server, and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

func docsRoutes(mux *http.ServeMux) error {
	for path, file := range map[string]struct{ name, contentType string }{
		"/docs":          {"docs/index.html", "text/html; charset=utf-8"},
		"/docs/docs.js":  {"docs/docs.js", "text/javascript; charset=utf-8"},
		"/docs/docs.css": {"docs/docs.css", "text/css; charset=utf-8"},
	} {
		content, err := docsFiles.ReadFile(file.name)
		if err != nil {
			return fmt.Errorf("documentation page: %w", err)
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file.contentType)
			w.Header().Set("Content-Security-Policy", docsPolicy)
			_, _ = w.Write(content) // buffered
		})
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/docs", http.StatusFound))
	return nil
}
