//go:build integration

package deploytest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/webhook"
)

// receiver is a webhook's, on this machine: it verifies, deduplicates, and keeps what it was told.
type receiver struct {
	t testing.TB

	mu         sync.Mutex
	key        secret.String
	seen       map[string]bool
	executions map[string]int
	drifts     map[string]int
	bad        []error
}

// subscribe makes a webhook that leads to a receiver.
func (w *world) subscribe() *receiver {
	w.t.Helper()
	r := &receiver{t: w.t, seen: map[string]bool{}, executions: map[string]int{}, drifts: map[string]int{}}
	server := httptest.NewServer(r)
	w.t.Cleanup(server.Close)
	var made struct{ Secret string }
	w.call(http.MethodPost, "/webhooks", map[string]any{
		"name": "test", "url": server.URL, "events": []audit.EventType{audit.EventJobCompleted, audit.EventJobFailed, audit.EventDriftDetected},
	}, &made)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = secret.NewString(made.Secret)
	return r
}

// ServeHTTP takes a delivery.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	e, verr := webhook.Verify(r.key, req.Header, body, time.Now())
	var data struct {
		ExecutionID string `json:"execution_id"`
		Drifts      []audit.EventDrift
	}
	if verr == nil {
		verr = json.Unmarshal(e.Data, &data)
	}
	if err != nil || verr != nil {
		r.bad = append(r.bad, err, verr)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.seen[e.DeliveryID] {
		return
	}
	r.seen[e.DeliveryID] = true
	if data.ExecutionID != "" {
		r.executions[data.ExecutionID]++
	}
	for _, d := range data.Drifts {
		r.drifts[d.ID]++
	}
}

// wasTold waits until the receiver was told of the ends of executions, each once.
func (r *receiver) wasTold(executions ...string) {
	r.t.Helper()
	until(r.t, "the events of executions", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, id := range executions {
			if r.executions[id] == 0 {
				return false
			}
		}
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range r.executions {
		if n != 1 {
			r.t.Errorf("the end of %s was told %d times", id, n)
		}
	}
	if len(r.bad) > 0 {
		r.t.Errorf("the receiver was sent what it can't accept: %v", r.bad)
	}
}

// wasToldOf waits until the receiver was told of so many drifts, each once.
func (r *receiver) wasToldOf(drifts int) {
	r.t.Helper()
	until(r.t, "the events of drifts", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.drifts) >= drifts
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.drifts) != drifts {
		r.t.Errorf("%d drifts were told, there are %d", len(r.drifts), drifts)
	}
	for id, n := range r.drifts {
		if n != 1 {
			r.t.Errorf("%s was told %d times", id, n)
		}
	}
}
