//go:build integration

package deploytest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/deploytest"
	"github.com/infraudit/infraudit/internal/store"
)

// The whole product as it is deployed, from the first token to a file of what was found.
func TestTheDeployedProductEndsAsOneProcessDoes(t *testing.T) {
	want := reference(t)
	w := start(t, deploytest.Options{
		Functions:   map[string]int{"ResourceSyncFunction": 2, "DriftDetectionFunction": 2},
		Environment: map[string]string{"INFRAUDIT_WEBHOOK_ALLOW": "127.0.0.0/8"},
	}, "DispatchFunction", "ComplianceCheckFunction", "AttributionFunction", "ExportFunction", "NotifyFunction")
	w.work()
	r := w.subscribe()
	c := w.connect()
	if x := w.ended(c.ExecutionID); x.Status != audit.ExecutionPartial { // the account refuses some calls
		t.Errorf("the first sync ended as %s: %+v", x.Status, x.Log)
	}
	if diff := cmp.Diff(want.first, w.state(c.Provider.ID)); diff != "" {
		t.Errorf("after the first sync (-one process +functions):\n%s", diff)
	}

	// What was sealed before still opens, and what is sealed from now on is opened by functions that run since before.
	if answer := w.invoke("MaintenanceFunction", map[string]string{"job": "rotate-keys"}); strings.TrimSpace(string(answer)) != "null" {
		t.Errorf("rotate-keys: %s", answer)
	}
	w.account.Advance()
	w.age(localTeam, c.Provider.ID)
	x := w.due(c.Provider.ID)
	if x.Trigger != "schedule" || x.Found.DriftsDetected != len(want.last.Drifts) {
		t.Errorf("the schedule's drift detection was started by %q and found %+v", x.Trigger, x.Found)
	}
	w.assess(c.Provider.ID)
	w.attributed()
	if diff := cmp.Diff(want.last, w.state(c.Provider.ID)); diff != "" {
		t.Errorf("in the end (-one process +functions):\n%s", diff)
	}

	var started audit.Execution
	w.call(http.MethodPost, "/compliance/export", map[string]string{"format": "csv"}, &started)
	export := w.ended(started.ID)
	if csv := download(t, export.ResultURL); !strings.Contains(csv, "\n") || !strings.Contains(strings.SplitN(csv, "\n", 2)[0], ",") {
		t.Errorf("the export is %q", csv)
	}
	r.wasTold(c.ExecutionID, x.ID, export.ID)
	r.wasToldOf(len(want.last.Drifts))
	w.didEverything()
	w.keptSecrets()
}

// keptSecrets looks for what was secret in what the functions logged.
func (w *world) keptSecrets() {
	w.t.Helper()
	all := strings.Join(w.log.all(), "\n")
	for what, secret := range map[string]string{"the token": w.token, "the external id": w.externalID, "a role's key": demo.SecretAccessKey} {
		if secret == "" || strings.Contains(all, secret) {
			w.t.Errorf("%s is in the log", what)
		}
	}
	for _, field := range []string{`"execution":"exe_`, `"team":"team_`, `"request_id":"`} {
		if !strings.Contains(all, field) {
			w.t.Errorf("no line of the log has %s", field)
		}
	}
}

// due makes a job by the API, has its time come, and has the schedule start it. It returns the job's run once it has ended.
func (w *world) due(provider string) audit.Execution {
	w.t.Helper()
	var j audit.Job
	w.call(http.MethodPost, "/jobs", map[string]any{
		"name": "by the schedule", "type": audit.JobDriftDetection, "schedule": "0 0 1 1 *",
		"scope": map[string]string{"provider_id": provider},
	}, &j)
	stored, err := w.store.Job(w.t.Context(), localTeam, j.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	past := time.Now().Add(-time.Minute)
	if err := w.store.ClaimDue(w.t.Context(), stored, past, &past); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	var run audit.Execution
	until(w.t, "the job's run", func() bool {
		page, err := w.store.Executions(w.t.Context(), localTeam, store.ExecutionFilter{JobID: j.ID}, store.Paging{})
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page.Items) == 0 {
			return false
		}
		run = page.Items[0]
		return true
	})
	return w.ended(run.ID)
}

func download(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", url, resp.Status, err, body)
	}
	return string(body)
}

// didEverything looks for the calls without which nothing that was seen could have happened: what is compared with the
// roles is what the functions did.
func (w *world) didEverything() {
	w.t.Helper()
	uses := map[[2]string]bool{}
	for use := range w.Gateway.Uses() {
		uses[[2]string{use.Function, use.Action}] = true
	}
	for _, want := range [][2]string{
		{deploytest.API, "dynamodb:Query"},
		{deploytest.API, "sqs:SendMessage"},
		{deploytest.API, "sts:AssumeRole"},
		{deploytest.API, "kms:Encrypt"},
		{deploytest.API, "s3:GetObject"},
		{"DispatchFunction", "dynamodb:Query"},
		{"DispatchFunction", "dynamodb:PutItem"},
		{"DispatchFunction", "sqs:SendMessage"},
		{"ResourceSyncFunction", "kms:Decrypt"},
		{"ResourceSyncFunction", "sts:AssumeRole"},
		{"ResourceSyncFunction", "dynamodb:UpdateItem"},
		{"ResourceSyncFunction", "sqs:ChangeMessageVisibility"},
		{"DriftDetectionFunction", "sqs:SendMessage"},
		{"DriftDetectionFunction", "sts:AssumeRole"},
		{"ComplianceCheckFunction", "s3:PutObject"},
		{"AttributionFunction", "sts:AssumeRole"},
		{"ExportFunction", "s3:PutObject"},
		{"ExportFunction", "sqs:SendMessage"},
		{"NotifyFunction", "kms:Decrypt"},
		{"NotifyFunction", "dynamodb:UpdateItem"},
		{"MaintenanceFunction", "dynamodb:PutItem"},
		{"MaintenanceFunction", "kms:Encrypt"},
	} {
		if !uses[want] {
			w.t.Errorf("%s didn't %s", want[0], want[1])
		}
	}
}
