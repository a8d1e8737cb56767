//go:build integration

package deploytest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/deploytest"
)

// A function that could not do its work says what it misses, and doesn't start.
func TestAFunctionSaysWhatItsEnvironmentLacks(t *testing.T) {
	t.Parallel()
	log := &lines{}
	w, err := expanded(t).Start(t.Context(), deploytest.Options{
		Name: stackName(), Cloud: deploytest.Cloud{DynamoDB: local.Endpoint(t), Moto: moto.Endpoint(t)},
		Functions: map[string]int{"MaintenanceFunction": 1}, Programs: &programs, Log: log,
		Customer: http.NotFoundHandler(), CustomerKey: demo.AccessKeyID,
		Environment: map[string]string{"INFRAUDIT_TABLE_HISTORY": "", "INFRAUDIT_MAX_RECEIVES": "many"},
	})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.Invoke(t.Context(), "MaintenanceFunction", []byte(`{"job":"mend"}`))
	if err := w.Stop(); err != nil { // which ends what it writes
		t.Error(err)
	}
	if !errors.Is(err, deploytest.ErrNotStarted) {
		t.Errorf("it answered %q, %v", answer, err)
	}
	for _, says := range []string{"INFRAUDIT_TABLE_HISTORY is not set", `INFRAUDIT_MAX_RECEIVES is \"many\"`} {
		if said := strings.Join(log.loud(), "\n"); !strings.Contains(said, says) {
			t.Errorf("it didn't say %s:\n%s", says, said)
		}
	}
}

// Whatever comes, the process lives on: an emulator would start another, with another id.
func TestBadInputEndsNoFunction(t *testing.T) {
	t.Parallel()
	w := start(t, deploytest.Options{}, syncFunction)
	for event, says := range map[string]string{
		`[]`:                    "the event is no JSON object",
		`"tick"`:                "the event is no JSON object",
		`{}`:                    `has no job ""`,
		`{"job":"dig"}`:         `has no job "dig"`,
		`{"Records":{"a":1}}`:   "the event is no batch of messages",
		`{"Records":[{"a":1}]}`: "",
	} {
		answer, err := w.Invoke(t.Context(), syncFunction, []byte(event))
		switch {
		case says == "" && (err != nil || !bytes.Contains(answer, []byte(`"batchItemFailures":[{`))):
			t.Errorf("%s: %s, %v", event, answer, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %s, %v, want %s", event, answer, err, says)
		}
	}
	large := strings.Repeat("x", 4<<20)
	for name, c := range map[string]struct {
		method, path, contentType, body string
		status                          int
	}{
		"a path that nothing is at":  {"GET", "/api/v1/nothing", "", "", http.StatusNotFound},
		"a path in another encoding": {"GET", "/api/v1/resources/..%2f..%00", "", "", http.StatusNotFound},
		"a method that isn't there":  {"BREW", "/api/v1/resources", "", "", http.StatusMethodNotAllowed},
		"an oversized body":          {"POST", "/api/v1/jobs", "application/json", `{"name":"` + large + `"}`, http.StatusRequestEntityTooLarge},
		"a body that isn't JSON":     {"POST", "/api/v1/jobs", "application/json", "\xff\xfe", http.StatusBadRequest},
		"a binary body":              {"POST", "/api/v1/jobs", "application/octet-stream", "\xff\xfe", http.StatusUnsupportedMediaType},
		"a request as it should be":  {"GET", "/api/v1/auth/me", "", "", http.StatusOK},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer "+w.token)
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		answer := httptest.NewRecorder()
		w.World.ServeHTTP(answer, r)
		if answer.Code != c.status {
			t.Errorf("%s: %d %.200s, want %d", name, answer.Code, answer.Body, c.status)
		}
	}
	starts := map[string]int{}
	for _, line := range w.log.all() {
		var metrics struct {
			ColdStarts *float64
			Function   string
		}
		if json.Unmarshal([]byte(line), &metrics) == nil && metrics.ColdStarts != nil {
			starts[metrics.Function] += int(*metrics.ColdStarts)
		}
	}
	if got := fmt.Sprint(starts); got != "map[api:1 maintenance:1 resource-sync:1]" {
		t.Errorf("starts: %s", got)
	}
}
