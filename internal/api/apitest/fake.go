// Package apitest has in-memory services for tests of what talks to the API: two teams, one connected account, and
// work that is done at once.
package apitest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// Tokens of the two teams.
const (
	Token      = "token-of-team-one"
	OtherToken = "token-of-team-two"
)

// Team is the team that Token stands for; the other one has nothing.
const Team = "team_one"

// Fake holds everything in memory. It is safe for concurrent use.
type Fake struct {
	mu          sync.Mutex
	now         time.Time
	providers   []audit.Provider
	coverage    []audit.Coverage
	resources   []audit.Resource
	configs     map[string]audit.Configuration // by hash
	baselines   []audit.Baseline
	drifts      []audit.Drift
	jobs        []audit.Job
	executions  []audit.Execution
	rules       []api.Rule
	findings    []audit.Finding
	waivers     []audit.Waiver
	assessments []audit.Assessment
	own         []api.Framework
	enabled     bool     // the framework
	enabledOf   []string // providers; none means all
	webhooks    []audit.Webhook
	deliveries  []audit.Delivery
	answers     map[string]kept

	// Connected records what ConnectAWS was asked for.
	Connected []api.ConnectAWS
	// ConnectErr is what ConnectAWS answers, if set.
	ConnectErr error
	// Panic makes the next list of resources panic, Block makes it wait for its context.
	Panic, Block bool
	// Blob makes each resource's configuration carry that many bytes.
	Blob int
}

type kept struct {
	fingerprint string
	answer      *store.Answer
}

// Services returns the fake as everything that the API needs.
func (f *Fake) Services() api.Services {
	return api.Services{
		Tokens: f, Connector: f, Providers: f, Resources: f, Baselines: f, Drifts: f, Findings: f, Rules: f, Waivers: f, Compliance: f,
		Jobs: f, Executions: f, Work: f, Webhooks: f,
		Idempotency: f.beginRequest, Compare: compare,
	}
}

// LookupToken implements api.Tokens.
func (f *Fake) LookupToken(_ context.Context, token string) (store.Token, error) {
	switch token {
	case Token:
		return store.Token{TeamID: Team, UserID: "usr_ada", Role: "admin"}, nil
	case OtherToken:
		return store.Token{TeamID: "team_two", UserID: "usr_bob", Role: "user"}, nil
	}
	return store.Token{}, fault.New(fault.Unauthorized, "the token is not valid")
}

// page cuts a list. Its cursor is bound to the list's name, team and filters, as the store's is.
func page[T any](items []T, p store.Paging, parts ...any) (store.Page[T], error) {
	query := audit.Digest(12, fmt.Sprintf("%v", parts))
	limit, start := p.Limit, 0
	if limit == 0 {
		limit = store.DefaultLimit
	}
	if p.Cursor != "" {
		of, at, _ := strings.Cut(p.Cursor, ".")
		if _, err := fmt.Sscanf(at, "%d", &start); err != nil || of != query || start > len(items) {
			return store.Page[T]{}, &fault.Error{Kind: fault.Malformed, Code: "bad_cursor", Message: "cursor: not of this list"}
		}
	}
	end := min(start+limit, len(items))
	out := store.Page[T]{Items: slices.Clone(items[start:end])}
	if end < len(items) {
		out.Next = fmt.Sprintf("%s.%d", query, end)
	}
	return out, nil
}

func find[T any](items []T, team, noun string, is func(*T) bool) (*T, error) {
	if team == Team {
		for i := range items {
			if is(&items[i]) {
				return &items[i], nil
			}
		}
	}
	return nil, fault.New(fault.NotFound, "no such %s", noun)
}

func value[T any](p *T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return *p, nil
}

func of[T any](items []T, team string, keep func(*T) bool) []T {
	var out []T
	for i := range items {
		if team == Team && keep(&items[i]) {
			out = append(out, items[i])
		}
	}
	return out
}

func compare(_ string, from, to audit.Configuration) []api.Change {
	var out []api.Change
	for path, v := range to.Config {
		if was, ok := from.Config[path]; ok && !reflect.DeepEqual(was, v) {
			out = append(out, api.Change{Path: path, Change: audit.ChangeModified, From: was, To: v})
		}
	}
	slices.SortFunc(out, func(a, b api.Change) int { return strings.Compare(a.Path, b.Path) })
	return out
}
