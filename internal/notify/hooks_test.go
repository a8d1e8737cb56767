package notify_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/notify"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
)

func queueMessage(body string) queue.Message { return queue.Message{Body: []byte(body)} }

func disable(w *store.Webhook) error { w.Enabled = false; return nil }

func TestWhatIsNoWebhookIsRefused(t *testing.T) {
	h := newHarness(t, t.TempDir())
	for name, c := range map[string]struct {
		change func(*audit.Webhook)
		field  string
	}{
		"without a name":                 {func(w *audit.Webhook) { w.Name = "" }, "name"},
		"without a URL":                  {func(w *audit.Webhook) { w.URL = "" }, "url"},
		"with another scheme":            {func(w *audit.Webhook) { w.URL = "ftp://example.com/" }, "url"},
		"with a password":                {func(w *audit.Webhook) { w.URL = "https://me:secret@example.com/" }, "url"},
		"that leads inside":              {func(w *audit.Webhook) { w.URL = "https://10.0.0.1/" }, "url"},
		"that leads to AWS's metadata":   {func(w *audit.Webhook) { w.URL = "http://169.254.169.254/latest" }, "url"},
		"without events":                 {func(w *audit.Webhook) { w.Events = nil }, "events"},
		"with an event that isn't there": {func(w *audit.Webhook) { w.Events = []audit.EventType{"drift.deleted"} }, "events"},
		"of pings":                       {func(w *audit.Webhook) { w.Events = []audit.EventType{audit.EventPing} }, "events"},
	} {
		t.Run(name, func(t *testing.T) {
			w := audit.Webhook{Name: "n", URL: "https://example.com/", Events: audit.EventTypes()}
			c.change(&w)
			_, _, err := h.CreateWebhook(t.Context(), team, w)
			f := fault.From(err)
			if f == nil || f.Kind != fault.Invalid || len(f.Fields) == 0 || f.Fields[0].Field != c.field {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestATeamHasNotEndlesslyManyWebhooks(t *testing.T) {
	h := newHarness(t, t.TempDir())
	for range audit.MaxWebhooks - 1 {
		h.create("more", audit.EventJobFailed)
	}
	_, _, err := h.CreateWebhook(t.Context(), team, audit.Webhook{Name: "n", URL: "https://example.com/", Events: audit.EventTypes()})
	if f := fault.From(err); f == nil || f.StableCode() != "too_many_webhooks" {
		t.Errorf("error %v", err)
	}
}

func TestASecretIsStoredSealedAndShownOnce(t *testing.T) {
	h := newHarness(t, t.TempDir())
	for it, err := range table.All(t.Context(), h.table, table.Query{Table: "control", PK: team}) {
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range it.Attrs {
			if b, ok := v.([]byte); ok && bytes.Contains(b, []byte("whs_")) {
				t.Errorf("attribute %s holds the secret", name)
			}
		}
	}
}

func TestDeliveriesAreSignedWithTheSecretBeforeForAsLongAsItIsGood(t *testing.T) {
	h := newHarness(t, t.TempDir())
	before := h.to.key
	w, after, err := h.RotateSecret(t.Context(), team, h.hook.ID, 10*time.Minute)
	if err != nil || w.PreviousUntil == nil || after.Equal(before) {
		t.Fatalf("%+v, %v", w, err)
	}
	n := 0
	arrives := func(key string) bool {
		t.Helper()
		n++
		h.to.bad = nil
		h.happen(n)
		h.work()
		return len(h.to.bad) == 0
	}
	if !arrives("before") { // the receiver knows the old one still
		t.Error("the secret before was not used")
	}
	h.to.key = after
	if !arrives("after") {
		t.Error("the new secret was not used")
	}
	h.pass(11 * time.Minute)
	if !arrives("after") {
		t.Error("the new secret is not used alone")
	}
	h.to.key = before
	if arrives("before") {
		t.Error("the secret before is used when its time is over")
	}
	if w, _, err = h.RotateSecret(t.Context(), team, h.hook.ID, 0); err != nil || w.PreviousUntil != nil {
		t.Errorf("%+v, %v", w, err)
	}
	h.to.key = after
	if arrives("after") {
		t.Error("without an overlap, the secret before is used")
	}
}

func TestAPingIsSentAtOnceAndOnlyOnce(t *testing.T) {
	h := newHarness(t, t.TempDir())
	if _, err := h.Store.UpdateWebhook(t.Context(), team, h.hook.ID, disable); err != nil {
		t.Fatal(err)
	}
	d, err := h.TestWebhook(t.Context(), team, h.hook.ID, "usr_1")
	if err != nil || d.Status != audit.DeliveryDelivered || d.Event != audit.EventPing || d.ResponseStatus != http.StatusOK {
		t.Errorf("%+v, %v", d, err)
	}
	h.to.answer = func(w http.ResponseWriter, _ *http.Request, _ int) { http.Error(w, "not now", http.StatusBadGateway) }
	d, err = h.TestWebhook(t.Context(), team, h.hook.ID, "usr_1")
	if err != nil || d.Status != audit.DeliveryFailed || d.ResponseExcerpt != "not now\n" || d.Error != "the receiver answered 502" {
		t.Errorf("%+v, %v", d, err)
	}
	h.pass(10 * time.Minute)
	h.wantEach(t, 2)
	if len(h.to.times) != 2 {
		t.Errorf("%v", h.to.times)
	}
}

func TestADeliveryCanBeSentAgainByHand(t *testing.T) {
	h := newHarness(t, t.TempDir())
	h.to.answer = func(w http.ResponseWriter, _ *http.Request, nth int) {
		if nth < 6 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	h.happen(1)
	h.work()
	h.pass(3 * time.Hour)
	d := h.deliveries()[0]
	if d.Status != audit.DeliveryFailed || d.Attempts != 4 {
		t.Fatalf("%+v", d)
	}
	again, err := h.Redeliver(t.Context(), team, h.hook.ID, d.ID)
	if err != nil || again.ID != d.ID || again.Status != audit.DeliveryPending {
		t.Fatalf("%+v, %v", again, err)
	}
	h.work()
	h.pass(10 * time.Minute)
	if d = h.deliveries()[0]; d.Status != audit.DeliveryDelivered || d.Attempts != 6 {
		t.Errorf("%+v", d)
	}
	if _, err := h.Redeliver(t.Context(), team, h.hook.ID, d.ID); err != nil { // also what had arrived
		t.Error(err)
	}
	h.work()
	if n := h.to.times[d.ID]; n != 7 {
		t.Errorf("it came %d times", n)
	}
	h.wantEach(t, 1)
	for _, at := range []struct{ team, hook, id string }{{"team_two", h.hook.ID, d.ID}, {team, "whk_none", d.ID}, {team, h.hook.ID, "dlv_none"}, {team, h.hook.ID, ""}} {
		if _, err := h.Redeliver(t.Context(), at.team, at.hook, at.id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v", at, err)
		}
	}
}

func TestOnlyWhoWantsAnEventIsSentIt(t *testing.T) {
	h := newHarness(t, t.TempDir())
	jobs := []audit.EventType{audit.EventJobFailed}
	if _, err := h.UpdateWebhook(t.Context(), team, h.hook.ID, notify.Change{Events: jobs}); err != nil {
		t.Fatal(err)
	}
	h.happen(1)
	h.work()
	h.pass(10 * time.Minute)
	h.wantEach(t, 0)
	if _, err := h.UpdateWebhook(t.Context(), team, h.hook.ID, notify.Change{URL: new("https://127.0.0.2/"), Enabled: new(false), Name: new("other")}); err != nil {
		t.Fatal(err)
	}
	w, err := h.Store.Webhook(context.Background(), team, h.hook.ID)
	if err != nil || w.Name != "other" || w.Enabled || w.URL != "https://127.0.0.2/" || len(w.Events) != 1 || w.Version != 3 {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := h.UpdateWebhook(t.Context(), team, h.hook.ID, notify.Change{URL: new("https://[::1]/")}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a URL that leads inside: %v", err)
	}
}
