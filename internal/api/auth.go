package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/infraudit/infraudit/internal/fault"
)

// apiPrefix is in front of everything that needs a token.
const apiPrefix = "/api/v1"

// Principal is who a token stands for. Everything that a request touches is of its team.
type Principal struct {
	Team string `json:"team_id"`
	User string `json:"user_id"`
	Role string `json:"role"`
}

// authenticate lets nothing under apiPrefix pass without a good bearer token. What a request may touch comes from
// the token alone.
func (a *api) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != apiPrefix && !strings.HasPrefix(r.URL.Path, apiPrefix+"/") {
			next.ServeHTTP(w, r)
			return
		}
		principal, err := a.principalOf(r)
		if err != nil {
			p := a.report(r.Context(), err)
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="infraudit"`) // RFC 6750, section 3
			}
			a.writeProblem(w, r, p)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyPrincipal, principal)))
	})
}

func (a *api) principalOf(r *http.Request) (Principal, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return Principal{}, fault.New(fault.Unauthorized, "send a token: Authorization: Bearer <token>")
	}
	t, err := a.services.Tokens.LookupToken(r.Context(), token)
	return Principal{Team: t.TeamID, User: t.UserID, Role: t.Role}, err
}

// principal returns who asks. Only authenticated requests reach an operation.
func principal(ctx context.Context) Principal {
	p, ok := ctx.Value(keyPrincipal).(Principal)
	if !ok {
		panic("api: operation reached without authentication")
	}
	return p
}

func (a *api) authRoutes() {
	handle(a, operation{
		id: "get-me", method: http.MethodGet, path: "/auth/me", summary: "Tell whom the token stands for",
	}, func(_ context.Context, who Principal, _ *struct{}) (*one[Principal], error) {
		return &one[Principal]{who}, nil
	})
}
