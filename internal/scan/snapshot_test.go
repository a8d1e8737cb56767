package scan_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/scan"
)

// saved scans an account and returns its snapshot.
func saved(t testing.TB, o scan.Options) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := scan.NewSnapshotWriter(&buf, o.AccountID, o.Now(), shapes.Load())
	if err != nil {
		t.Fatal(err)
	}
	o.Observe = w.Add
	r, err := scan.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(r.Coverage); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestWhatChangedBetweenTwoScans(t *testing.T) {
	off := map[string]any{"VersioningConfiguration": map[string]any{"Status": "Suspended"}}
	key := &audit.Observation{Type: "kms_key", ExternalID: "key", Name: "key", Config: map[string]any{"Enabled": true}}
	disabled := &audit.Observation{Type: "kms_key", ExternalID: "key", Name: "key", Config: map[string]any{"Enabled": false}}
	denied := &fault.Error{Kind: fault.Denied, Action: "s3:List", Code: "AccessDenied"}
	type state struct {
		buckets []*audit.Observation
		refused error
		key     *audit.Observation
	}
	build := func(s state) *account {
		a := &account{}
		collect := has(s.buckets...)
		if s.refused != nil {
			collect = fails(s.refused)
		}
		a.add("eu-west-1", "s3", "s3_bucket", collect)
		a.add("eu-west-1", "sns", "sns_topic", has(topic("topic", "key")))
		a.add("eu-west-1", "kms", "kms_key", has(s.key))
		return a
	}
	for _, c := range []struct {
		name          string
		before, after state
		want          []string
	}{
		{
			name:   "nothing",
			before: state{buckets: []*audit.Observation{bucket("b", versioned)}, key: key},
			after:  state{buckets: []*audit.Observation{bucket("b", versioned)}, key: key},
		},
		{
			name:   "a change that makes a control fail breaks compliance",
			before: state{buckets: []*audit.Observation{bucket("b", versioned)}, key: key},
			after:  state{buckets: []*audit.Observation{bucket("b", off)}, key: key},
			want:   []string{"high compliance b VersioningConfiguration.Status modified: now fails bucket-versions of b"},
		},
		{
			name:   "a change for the better is said to be one",
			before: state{buckets: []*audit.Observation{bucket("b", off)}, key: key},
			after:  state{buckets: []*audit.Observation{bucket("b", versioned)}, key: key},
			want:   []string{"low configuration b VersioningConfiguration.Status modified: passes bucket-versions of b"},
		},
		{
			name:   "a change of what others look up names them",
			before: state{key: key},
			after:  state{key: disabled},
			want:   []string{"low compliance key Enabled modified: now fails topic-has-key of topic"},
		},
		{
			name:   "what is new and what is gone",
			before: state{buckets: []*audit.Observation{bucket("old", versioned)}, key: key},
			after:  state{buckets: []*audit.Observation{bucket("new", versioned)}, key: key},
			want:   []string{"medium configuration old  removed:", "low configuration new  added:"},
		},
		{
			name:   "what could not be read is not gone",
			before: state{buckets: []*audit.Observation{bucket("old", versioned)}, key: key},
			after:  state{refused: denied, key: key},
		},
		{
			name:   "what could not be read before is not new",
			before: state{refused: denied, key: key},
			after:  state{buckets: []*audit.Observation{bucket("old", versioned)}, key: key},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := saved(t, options(t, build(c.before)))
			snapshot, err := scan.ReadSnapshot(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			o := options(t, build(c.after))
			o.Against, o.Shapes = snapshot, shapes.Load()
			r, err := scan.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ch := range r.Changes {
				text := fmt.Sprintf("%s %s %s %s %s:", ch.Severity, ch.Type, ch.ResourceName, ch.Path, ch.Change)
				for _, v := range ch.Verdicts {
					word := "now fails"
					if v.Better {
						word = "passes"
					}
					text += fmt.Sprintf(" %s %s of %s", word, v.RuleID, v.ExternalID)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSnapshotsHoldNoSecret(t *testing.T) {
	a := &account{}
	a.add("eu-west-1", "lambda", "lambda_function", has(&audit.Observation{
		Type: "lambda_function", ExternalID: "f", Config: map[string]any{"Environment": map[string]any{"Variables": map[string]any{"T": "planted-secret"}}},
	}))
	zip, err := zstd.NewReader(bytes.NewReader(saved(t, options(t, a))))
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	var plain bytes.Buffer
	if _, err := plain.ReadFrom(zip); err != nil {
		t.Fatal(err)
	}
	if text := plain.String(); strings.Contains(text, "planted-secret") || !strings.Contains(text, "sha256:") {
		t.Errorf("%s", text)
	}
}

func TestSnapshotsOfAnotherAccountAreRefused(t *testing.T) {
	a := &account{}
	a.add("eu-west-1", "s3", "s3_bucket", has())
	snapshot, err := scan.ReadSnapshot(bytes.NewReader(saved(t, options(t, a))))
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, a)
	o.Against, o.Shapes, o.AccountID = snapshot, shapes.Load(), "999999999999"
	if _, err := scan.Run(t.Context(), o); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
}

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestFilesThatAreNoSnapshotsAreRefused(t *testing.T) {
	head := `{"infraudit":{"format":1,"account":"123456789012","at":"2026-01-01T00:00:00Z"}}` + "\n"
	resource := `{"resource":{"type":"s3_bucket","service":"s3","region":"eu-west-1","external_id":"b","state":{"config":{}}}}` + "\n"
	end := `{"end":{"resources":1,"coverage":[]}}` + "\n"
	if _, err := scan.ReadSnapshot(bytes.NewReader(packed(t, head+resource+end))); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	whole := packed(t, head+resource+end)
	for name, file := range map[string][]byte{
		"nothing":                      nil,
		"text":                         []byte("hello"),
		"cut off in the middle":        whole[:len(whole)-6],
		"without an end":               packed(t, head+resource),
		"another format":               packed(t, strings.Replace(head, `"format":1`, `"format":2`, 1)+resource+end),
		"no head":                      packed(t, resource+end),
		"a resource twice":             packed(t, head+resource+resource+strings.Replace(end, "1", "2", 1)),
		"fewer resources than it says": packed(t, head+strings.Replace(end, "1", "2", 1)),
		"something after the end":      packed(t, head+resource+end+resource),
		"an empty line":                packed(t, head+"{}\n"+end),
		"no JSON":                      packed(t, head+"{\n"+end),
		"a line of 64 MiB":             packed(t, head+strings.Repeat(" ", 64<<20)+"\n"+end),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := scan.ReadSnapshot(bytes.NewReader(file)); fault.KindOf(err) != fault.Malformed {
				t.Errorf("%v", err)
			}
		})
	}
}

func FuzzReadSnapshot(f *testing.F) {
	a := &account{}
	a.add("eu-west-1", "s3", "s3_bucket", has(bucket("b", versioned)))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := scan.ReadSnapshot(bytes.NewReader(packed(t, string(file))))
		if err == nil && s.At.After(time.Now().AddDate(10000, 0, 0)) {
			t.Error("a snapshot of no time")
		}
	})
}
