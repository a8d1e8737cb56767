package localwire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo/awscall"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

// What must never show.
const (
	plantedKey     = "PLANTEDsecretACCESSkey0123456789abcdefGH"
	plantedToken   = "PLANTEDsessionTOKENabcdefghijklmnopqrstuvwxyz0123456789"
	plantedBad     = "PLANTEDrefusedKEY9876543210zyxwvutsrqpon"
	plantedData    = "PLANTEDuserDATApassword=hunter2"
	plantedNewData = "PLANTEDuserDATApassword=hunter3"
)

// safeLog keeps what is logged by several goroutines.
type safeLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *safeLog) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.buf.Bytes())
}

// cloud is the fleet behind a loopback address. Who asks for RDS, has the wrong key, or comes when all is refused, is told what AWS says to a wrong
// signature: the canonical request, whose headers have the session token.
func cloud(t *testing.T, refuse *atomic.Bool) string {
	t.Helper()
	f := fleet.New(fleet.Options{N: 60})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		var resp *http.Response
		if refuse.Load() || strings.Contains(auth, "/rds/") || strings.Contains(auth, "AKIAREFUSEDEXAMPLE") {
			call, err := awscall.Parse(r)
			if err != nil {
				call.Service = awscall.KMS // any that speaks JSON
			}
			a := awscall.Failure(call.Service, http.StatusForbidden, "SignatureDoesNotMatch", fmt.Sprintf(
				"Not signed: 'POST\n/\nx-amz-security-token:%s' with %s", r.Header.Get("X-Amz-Security-Token"), plantedBad))
			w.Header().Set("Content-Type", awscall.ContentType(call.Service))
			w.WriteHeader(a.Status)
			_, _ = w.Write(a.Body)
			return
		}
		resp, err := f.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// A person's credentials and the secrets in configurations, as far as they are declared, show nowhere: in no log line, no
// answer of the API, and no byte of the data folder.
func TestPlantedSecretsShowNowhere(t *testing.T) {
	var refuse atomic.Bool
	endpoint := cloud(t, &refuse)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_S3_CONTROL": "http://aws.invalid", "HTTP_PROXY": endpoint, "NO_PROXY": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	dir, log := t.TempDir(), &safeLog{}
	p, err := localwire.Open(localwire.Config{
		DataDir: dir, BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Version: "v0", NoSync: true,
		Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := p.Prepare(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := p.Handler("v0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); p.Run(t.Context()) }()

	var answers bytes.Buffer
	call := func(method, path, body string) (answer map[string]any) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Fprintf(&answers, "%s %s: %d %v %s\n", method, r.URL.Path, w.Code, w.Header(), w.Body)
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil && w.Body.Len() > 0 {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return answer
	}
	connect := `{"access_key_id": %q, "secret_access_key": %q, "session_token": %q}`
	good := fmt.Sprintf(connect, "ASIAIOSFODNN7EXAMPLE", plantedKey, plantedToken)
	call("POST", "/providers/aws/connect", fmt.Sprintf(connect, "AKIAREFUSEDEXAMPLE", plantedBad, plantedToken))
	call("POST", "/providers/aws/connect", strings.Replace(good, `"access`, `"nonsense": 1, "access`, 1))
	call("POST", "/providers/aws/connect", strings.Replace(good, `"ASIA`, `"!!`, 1))
	call("POST", "/providers/aws/connect", good[:len(good)-2])
	call("POST", "/providers/aws/connect?x="+plantedToken, `[`+good+`]`)
	connected := call("POST", "/providers/aws/connect", good)
	call("POST", "/providers/aws/connect", good) // a conflict
	settle := func() {
		t.Helper()
		timeout, tick := time.After(60*time.Second), time.NewTicker(20*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if data, _ := call("GET", "/executions?status=running", "")["data"].([]any); len(data) == 0 {
					return
				}
			case <-timeout:
				t.Fatal("an execution does not end")
			}
		}
	}
	settle()
	// An instance whose user data, declared as secret, holds a password that is then changed.
	prv, _ := connected["provider"].(map[string]any)
	providerID, _ := prv["id"].(string)
	if providerID == "" {
		t.Fatalf("not connected: %v", connected)
	}
	id := plantInstance(t, p, providerID)
	for _, path := range []string{
		"/providers", "/providers/" + providerID, "/providers/" + providerID + "/coverage", "/executions", "/jobs",
		"/resources?limit=200", "/resources/" + id, "/resources/" + id + "/config", "/resources/" + id + "/history",
		"/resources/" + id + "/drifts", "/drifts", "/baselines?resource=" + id, "/resources/res_nothing",
	} {
		call("GET", path, "")
	}
	baselines, _ := call("GET", "/baselines?resource="+id, "")["data"].([]any)
	first, _ := baselines[0].(map[string]any)
	call("GET", fmt.Sprintf("/baselines/%s/config", first["id"]), "")
	if drifts, _ := call("GET", "/drifts", "")["data"].([]any); len(drifts) == 0 {
		t.Error("the change of user data is no drift")
	}
	call("POST", "/resources/export", `{}`)
	settle()
	if found := call("GET", "/resources?service=ec2", "")["data"].([]any); len(found) == 0 {
		t.Error("nothing was read")
	}

	refuse.Store(true)
	call("POST", "/providers/"+providerID+"/sync", "")
	settle()
	if !bytes.Contains(log.bytes(), []byte(`"task failed"`)) {
		t.Errorf("no task failed: %s", log.bytes())
	}

	stop := p.Close
	t.Cleanup(func() { <-ended; _ = stop() })
	for what, sign := range map[string]string{"the user data as a digest": "sha256:", "the refused listing": "rds:Describe"} {
		if !bytes.Contains(answers.Bytes(), []byte(sign)) {
			t.Errorf("no answer shows %s", what)
		}
	}
	credentials := []string{plantedKey, plantedToken, plantedBad}
	all := append([]string{plantedData, plantedNewData, "hunter2"}, credentials...)
	search(t, "the API's answers", answers.Bytes(), all)
	search(t, "the log", log.bytes(), all)
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			search(t, path, raw, all)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, where string, in []byte, planted []string) {
	t.Helper()
	for _, secret := range planted {
		for _, form := range []string{secret, url.QueryEscape(secret), fmt.Sprintf("%x", secret)} {
			if at := bytes.Index(in, []byte(form)); at >= 0 {
				t.Errorf("%s has a planted secret: ...%q...", where, in[max(0, at-200):at+len(form)])
			}
		}
	}
}

// plantInstance syncs an instance and its change, and judges it.
func plantInstance(t *testing.T, p *localwire.Product, providerID string) (id string) {
	t.Helper()
	sl := audit.Slice{ProviderID: providerID, Region: "eu-west-1", Service: "planted"}
	const arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-planted"
	k := audit.ResourceKey{Slice: sl.Key(), External: audit.ExternalKey(arn)}
	set := shapes.Load()
	syncer := &inventory.Syncer{
		Store: p.Store, Now: p.Store.Now,
		Redact: func(typ string, config map[string]any) map[string]any { return drift.RedactStored(set, typ, config) },
	}
	for _, data := range []string{plantedData, plantedNewData} {
		listing := inventory.Listing{
			Types: []string{"ec2_instance"}, Action: "ec2:DescribeInstances",
			Collect: func(ctx context.Context, out inventory.Emitter) error {
				return out.Emit(ctx, &audit.Observation{
					Type: "ec2_instance", ExternalID: arn, Name: "planted", Status: audit.ResourceActive, Config: map[string]any{"UserData": data},
				})
			},
		}
		if _, err := syncer.Slice(t.Context(), localwire.TeamID, sl, []inventory.Listing{listing}, nil, time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	judge := &drift.Judge{Store: p.Store, Shapes: set, Now: p.Store.Now}
	if found, err := judge.Resource(t.Context(), localwire.TeamID, k, nil); err != nil || found.DriftsDetected != 1 {
		t.Fatalf("judged: %+v, %v", found, err)
	}
	return k.ResourceID()
}
