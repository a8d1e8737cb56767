package deploytest

import (
	"net/http"
	"slices"

	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// DemoAccount is the demo account for whoever reads all services: those that it doesn't play it hasn't subscribed to.
func DemoAccount(account *demo.Server) http.Handler {
	played := slices.Concat(demo.Services(), []string{awscall.STS})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, contentType, ok := awscall.Unplayed(r, played...)
		if !ok {
			account.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Smithy-Protocol", r.Header.Get("Smithy-Protocol"))
		w.WriteHeader(answer.Status)
		_, _ = w.Write(answer.Body) // the caller may be gone
	})
}
