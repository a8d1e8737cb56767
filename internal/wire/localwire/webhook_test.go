package localwire_test

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

// What a receiver sees of a product that is being served.
func TestEventsArriveAtAWebhookSignedAndInTime(t *testing.T) {
	s := serveDemo(t)
	var mu sync.Mutex
	var key secret.String
	got := map[audit.EventType]json.RawMessage{}
	var bad error
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		e, verr := webhook.Verify(key, r.Header, body, time.Now())
		if err != nil || verr != nil {
			bad = verr
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		got[e.Event] = e.Data
	}))
	defer receiver.Close()
	var hook struct{ ID, Secret string }
	body := map[string]any{"name": "test", "url": receiver.URL, "events": []string{"drift.resolved", "job.completed"}}
	if code := s.call("POST", "/api/v1/webhooks", body, &hook); code != 201 {
		t.Fatalf("create answered %d", code)
	}
	mu.Lock()
	key = secret.NewString(hook.Secret)
	mu.Unlock()
	var ping audit.Delivery
	if code := s.call("POST", "/api/v1/webhooks/"+hook.ID+"/test", nil, &ping); code != 200 || ping.Status != audit.DeliveryDelivered {
		t.Errorf("the ping: %d %+v", code, ping)
	}

	var drifts list[shownDrift]
	s.call("GET", "/api/v1/drifts?limit=1", nil, &drifts)
	if code := s.call("POST", "/api/v1/drifts/"+drifts.Data[0].ID+"/resolve", nil, nil); code != 200 {
		t.Fatalf("resolve answered %d", code)
	}
	if code := s.call("POST", "/api/v1/resources/export", nil, nil); code != 202 {
		t.Fatalf("export answered %d", code)
	}
	s.until("three events", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) == 3
	})
	mu.Lock()
	defer mu.Unlock()
	var resolved audit.DriftEvent
	var ended audit.JobEvent
	if err := json.Unmarshal(got[audit.EventDriftResolved], &resolved); err != nil || len(resolved.Drifts) != 1 || resolved.Drifts[0].ID != drifts.Data[0].ID {
		t.Errorf("drift.resolved: %+v, %v", resolved, err)
	}
	if err := json.Unmarshal(got[audit.EventJobCompleted], &ended); err != nil || ended.Type != audit.JobResourceExport || ended.Status != audit.ExecutionSucceeded {
		t.Errorf("job.completed: %+v, %v", ended, err)
	}
	if bad != nil {
		t.Error(bad)
	}
	var sent list[audit.Delivery]
	s.until("the deliveries to be recorded", func() bool {
		s.call("GET", "/api/v1/webhooks/"+hook.ID+"/deliveries?status=delivered", nil, &sent)
		return len(sent.Data) == 3
	})
}
