package cli_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/api/apitest"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/cli"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/webhook"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with")

// TestMain makes this binary infraudit when a script runs that.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"infraudit": func() {
		os.Exit(cli.Main(os.Args[1:], cli.Deps{Version: "v1.2.3", Serve: serve}))
	}})
}

// serve stands for the server that wire makes.
func serve(_ context.Context, o cli.ServeOptions) error {
	fmt.Fprintf(o.Out, "addr %s, data %s, demo %v\n", o.Addr, o.DataDir, o.Demo)
	o.Log.Info("serving")
	return nil
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			if err := os.MkdirAll(home, 0o700); err != nil {
				return err
			}
			server, err := startServer(env)
			if err != nil {
				return err
			}
			env.Setenv("HOME", home)
			env.Setenv("SERVER", server.URL)
			env.Setenv("INFRAUDIT_SERVER_URL", server.URL)
			env.Setenv("INFRAUDIT_TOKEN", apitest.Token)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"mode": checkMode, "deliver": deliver},
	})
}

// startServer serves the real API over the fake's services, and names the fake's ids in the environment.
func startServer(env *testscript.Env) (*httptest.Server, error) {
	fake := apitest.New()
	handler, err := api.New(api.Config{Services: fake.Services(), Version: "v9"})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("GET /blobs/export.csv", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			http.Error(w, "a signed URL needs no token", http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "resource_id,name\n")
	})
	server := httptest.NewServer(mux)
	env.Defer(server.Close)
	ctx := context.Background()
	resources, err := fake.Resources(ctx, apitest.Team, store.ResourceFilter{}, store.Paging{})
	if err != nil {
		return nil, err
	}
	drifts, err := fake.Drifts(ctx, apitest.Team, store.DriftFilter{}, store.Paging{})
	if err != nil {
		return nil, err
	}
	jobs, err := fake.Jobs(ctx, apitest.Team, store.JobFilter{}, store.Paging{})
	if err != nil {
		return nil, err
	}
	env.Setenv("PROVIDER", apitest.ProviderID())
	env.Setenv("RESOURCE", resources.Items[0].ID)
	env.Setenv("BASELINE", resources.Items[0].BaselineID)
	findings, err := fake.Findings(ctx, apitest.Team, store.FindingFilter{}, store.Paging{})
	if err != nil {
		return nil, err
	}
	hook, delivery := apitest.FirstWebhook()
	env.Setenv("WEBHOOK", hook)
	env.Setenv("DELIVERY", delivery)
	env.Setenv("DRIFT", drifts.Items[0].ID)
	env.Setenv("FINDING", findings.Items[1].ID)
	env.Setenv("JOB", jobs.Items[0].ID)
	return server, nil
}

// checkMode asserts a file's permissions: mode 600 file.
func checkMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode 600 file")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// deliver waits for the webhook of a listener and sends it an event of that type as often as statuses are given, each the
// answer that is wanted; before, one that is not signed.
func deliver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: deliver event status...")
	}
	var url string
	for range 200 {
		req, err := http.NewRequest(http.MethodGet, ts.Getenv("SERVER")+"/api/v1/webhooks", nil)
		ts.Check(err)
		req.Header.Set("Authorization", "Bearer "+apitest.Token)
		resp, err := http.DefaultClient.Do(req)
		ts.Check(err)
		var list struct{ Data []audit.Webhook }
		ts.Check(json.NewDecoder(resp.Body).Decode(&list))
		_ = resp.Body.Close()
		for _, w := range list.Data {
			if strings.HasPrefix(w.Name, "infraudit webhook listen") {
				url = w.URL
			}
		}
		if url != "" {
			break
		}
		<-time.After(25 * time.Millisecond)
	}
	client := webhook.NewClient(webhook.Options{Guard: webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	send := func(key string, want string) {
		m, err := webhook.NewMessage(url, webhook.Envelope{
			Event: audit.EventType(args[0]), Timestamp: time.Now(), DeliveryID: "dlv_1", Data: []byte(`{"execution_id":"exe_1"}`),
		}, secret.NewString(key), secret.String{})
		ts.Check(err)
		if r := client.Send(context.Background(), m); fmt.Sprint(r.Status) != want {
			ts.Fatalf("answered %+v, want %s", r, want)
		}
	}
	send("another secret", "401")
	for _, want := range args[1:] {
		send(apitest.WebhookSecret, want)
	}
}

// TestEveryCommandIsExplained walks the commands by their own help.
func TestEveryCommandIsExplained(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	var walk func(path []string)
	walk = func(path []string) {
		help := helpOf(t, path)
		if len(path) > 0 && len(strings.TrimSpace(strings.SplitN(help, "\n", 2)[0])) == 0 {
			t.Errorf("infraudit %s has no description", strings.Join(path, " "))
		}
		_, commands, ok := strings.Cut(help, "Available Commands:\n")
		if !ok {
			return
		}
		for line := range strings.SplitSeq(commands, "\n") {
			fields := strings.Fields(line)
			if len(fields) == 0 {
				return
			}
			if len(fields) < 2 {
				t.Errorf("infraudit %s %s has no description", strings.Join(path, " "), fields[0])
			}
			if fields[0] != "help" && fields[0] != "completion" {
				walk(append(path[:len(path):len(path)], fields[0]))
			}
		}
	}
	walk(nil)
}

func helpOf(t *testing.T, path []string) string {
	t.Helper()
	out := capture(t, append(path[:len(path):len(path)], "--help"))
	if out == "" {
		t.Fatalf("infraudit %s --help says nothing", strings.Join(path, " "))
	}
	return out
}

// capture runs a command of this process with its standard output in a file.
func capture(t *testing.T, args []string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = f
	status := cli.Main(args, cli.Deps{Version: "v1"})
	os.Stdout = old
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if status != 0 {
		t.Fatalf("infraudit %s exited with %d", strings.Join(args, " "), status)
	}
	out, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
