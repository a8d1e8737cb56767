package task_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/task"
)

// export has an assessment written and returns the file.
func (s *spine) export(format, assessmentID string) (audit.Execution, []byte) {
	s.t.Helper()
	place, err := json.Marshal(task.ExportPlace{
		Assessment: &task.AssessmentExport{ID: assessmentID, Format: format}, File: "it." + format,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	x, _, err := s.engine.Start(s.t.Context(), audit.Execution{TeamID: team, Type: audit.JobComplianceExport, ResultFile: "it." + format},
		audit.Task{Kind: audit.TaskExport, Place: place})
	if err == nil {
		x, err = s.finish(s.t.Context(), x.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	o, err := s.files.Get(s.t.Context(), task.ExportKey(team, x.ID, "it."+format))
	if fault.Is(err, fault.NotFound) {
		return x, nil
	} else if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	body, err := io.ReadAll(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return x, body
}

// newest returns the newest assessment by the default framework.
func (s *spine) newest() audit.Assessment {
	s.t.Helper()
	page, err := s.store.Assessments(s.t.Context(), team, audit.DefaultFramework, store.Paging{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		s.t.Fatal(len(page.Items), err)
	}
	a, err := s.store.Assessment(s.t.Context(), team, page.Items[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// exported is an assessment as its export has it.
type exported struct {
	audit.Assessment
	Controls []struct {
		audit.ControlResult
		LeftOut int `json:"results_left_out"`
	} `json:"controls"`
}

func TestAnExportHasFailuresThatTheAssessmentDidNotKeep(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.files = blob.New(memblob.OpenBucket(nil), blob.Hooks{})
	s.start(s.tasks.Blobs.(*memBlobs))
	const buckets = 450
	name := func(i int) string { return fmt.Sprintf("arn:aws:s3:::bucket-%03d", i) }
	for i := range buckets {
		s.cloud.put(name(i), resource{service: "s3", region: "eu-west-1", typ: "s3_bucket", name: name(i), config: map[string]any{"BucketName": name(i)}})
	}
	s.cloud.refused["ec2_volume"] = &fault.Error{Kind: fault.Denied, Action: "ec2:List_ec2_volume", Code: "AccessDenied", Message: "no"}
	s.check()
	first := s.newest()
	if kept := len(first.Controls[0].Results); kept >= buckets {
		t.Fatalf("the assessment kept all %d", kept)
	}
	// What happens later changes nothing of what was: some buckets pass, some are gone, one is new, and volumes can be read.
	for i := range 100 {
		s.cloud.edit(name(i), versioned)
		s.cloud.remove(name(100 + i))
	}
	s.cloud.put(name(999), resource{service: "s3", region: "eu-west-1", typ: "s3_bucket", name: "new", config: map[string]any{"BucketName": "new"}})
	delete(s.cloud.refused, "ec2_volume")
	s.check()

	for _, which := range []struct {
		name string
		of   audit.Assessment
		want int
	}{{"the first", first, buckets}, {"the second", s.newest(), buckets - 200 + 1}} {
		_, body := s.export("json", which.of.ID)
		var got exported
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v in %s", which.name, err, body)
		}
		if got.Framework != which.of.Framework || got.Score == nil || len(got.Controls) != len(which.of.Controls) {
			t.Errorf("%s: %+v", which.name, got.Assessment)
		}
		seen := map[string]bool{}
		for _, r := range got.Controls[0].Results {
			if r.Status != audit.ControlFailed || r.RuleID != "bucket-versioned" || r.Account != "123456789012" || r.Reason == "" {
				t.Errorf("%s: result %+v", which.name, r)
			}
			seen[r.ExternalID] = true
		}
		if len(seen) != which.want || got.Controls[0].LeftOut != 0 || seen[name(999)] == (which.name == "the first") {
			t.Errorf("%s: %d buckets fail, want %d; %d left out", which.name, len(seen), which.want, got.Controls[0].LeftOut)
		}
	}
	_, body := s.export("csv", first.ID)
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 1+buckets+3 { // a head; the failures; the other controls
		t.Errorf("%d rows, %v", len(rows), err)
	}
	_, body = s.export("ocsf", first.ID)
	var events []any
	if err := json.Unmarshal(body, &events); err != nil || len(events) != buckets+1 { // and the volumes
		t.Errorf("%d events, %v", len(events), err)
	}
	x, body := s.export("pdf", first.ID)
	if !bytes.HasPrefix(body, []byte("%PDF-")) || x.Status != audit.ExecutionSucceeded || x.ResultFile != "it.pdf" {
		t.Errorf("%+v, %.20q", x, body)
	}
	_, page := s.export("html", first.ID)
	if !bytes.Contains(page, []byte("ec2:List_ec2_volume")) { // could not be read then, and can now
		t.Error("what could not be read at the time is not named")
	}
}

func TestAnExportOfAnAssessmentThatIsNotThereFails(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.files = blob.New(memblob.OpenBucket(nil), blob.Hooks{})
	s.start(s.tasks.Blobs.(*memBlobs))
	x, body := s.export("pdf", audit.DeriveID(audit.PrefixAssessment, "none"))
	if x.Status != audit.ExecutionFailed || body != nil {
		t.Errorf("%+v, %d bytes", x, len(body))
	}
}

func TestEvidenceIsThatOfItsTime(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.cloud.put("arn:aws:s3:::a", resource{service: "s3", region: "eu-west-1", typ: "s3_bucket", name: "a", config: map[string]any{"BucketName": "a"}})
	w, err := s.store.CreateWaiver(t.Context(), audit.Waiver{
		ID: audit.DeriveID(audit.PrefixWaiver, "one"), TeamID: team, RuleID: "bucket-versioned", Reason: "for now", Author: "usr_ada",
		ExpiresAt: s.clock.Now().Add(30 * 24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.check()
	a := s.newest()
	if err := s.store.DeleteWaiver(t.Context(), team, w.ID); err != nil {
		t.Fatal(err)
	}
	e, err := s.store.Evidence(t.Context(), team, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Waivers) != 1 || e.Waivers[0].Reason != "for now" || e.Trigger != "test" || e.Version != "1.0" ||
		len(e.Providers) != 1 || e.Providers[0].Account != "123456789012" || len(e.Coverage) == 0 {
		t.Errorf("%+v", e)
	}
	if _, err := s.store.Evidence(t.Context(), "team_other", a.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team reads it: %v", err)
	}
}
