//go:build integration

package notify_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
	"github.com/infraudit/infraudit/internal/table/tabletest/dynamolocal"
)

var local dynamolocal.Server

func TestMain(m *testing.M) {
	code := m.Run()
	local.Stop()
	os.Exit(code)
}

func newHarnessOnDynamo(t *testing.T) *harness {
	t.Helper()
	db, err := dynamotable.New(local.Client(t), store.Schemas(), dynamotable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newHarnessOn(t, t.TempDir(), db, queuetest.NewClock(time.Now()))
}

// Amazon's DynamoDB Local counts the write units that docs/keys.md states. Of reads it doesn't count those that find nothing,
// which DynamoDB bills.
func TestTheCostsOfEventsOnDynamoDB(t *testing.T) { checkCosts(t, newHarnessOnDynamo(t), false) }

func TestEventsArriveFromDynamoDB(t *testing.T) {
	h := newHarnessOnDynamo(t)
	h.to.answer = func(w http.ResponseWriter, _ *http.Request, nth int) {
		if nth == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	for n := range 20 {
		h.happen(n)
	}
	h.restart(nil) // every message is lost
	h.pass(10 * time.Minute)
	h.wantEach(t, 20)
	for _, d := range h.deliveries() {
		if d.Status != audit.DeliveryDelivered || d.Attempts != 2 {
			t.Errorf("%+v", d)
		}
	}
}
