package accounts_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/localwire"
	"github.com/infraudit/infraudit/internal/wire/opener"
)

const account = "123456789012"

// sts answers as STS does: roles are let in by what their names say.
func sts(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	refuse := func(code string) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>no</Message></Error></ErrorResponse>`, code)
	}
	key, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
	switch r.Form.Get("Action") {
	case "GetCallerIdentity":
		if key == "AKIAEXPIRED" {
			refuse("ExpiredToken")
			return
		}
		_, _ = fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account>`+
			`<Arn>arn:aws:iam::%s:user/auditor</Arn><UserId>U</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`, account, account)
	case "AssumeRole":
		ours := strings.HasPrefix(r.Form.Get("ExternalId"), "infraudit-") && !strings.Contains(r.Form.Get("ExternalId"), "probe")
		role := r.Form.Get("RoleArn")
		if strings.HasSuffix(role, "/closed") || strings.HasSuffix(role, "/good") && !ours {
			refuse("AccessDenied")
			return
		}
		_, _ = fmt.Fprint(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`+
			`</Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	default:
		refuse("AccessDenied")
	}
}

func open(t *testing.T) *localwire.Product {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(sts))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIAOURS", "AWS_SECRET_ACCESS_KEY": "ours", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CA_BUNDLE": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	p, err := localwire.Open(localwire.Config{
		DataDir: dir + "/data", BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Log: slog.New(slog.DiscardHandler), NoSync: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if _, err := p.Prepare(t.Context(), dir+"/data"); err != nil {
		t.Fatal(err)
	}
	return p
}

func providers(t *testing.T, p *localwire.Product) []audit.Provider {
	t.Helper()
	page, err := p.Store.Providers(t.Context(), localwire.TeamID, store.ProviderFilter{}, store.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func role(name string) awsaccess.Credentials {
	return awsaccess.Credentials{Method: audit.AuthRole, RoleARN: "arn:aws:iam::" + account + ":role/" + name}
}

func TestWhatIsRefusedStoresNothingAndSaysWhy(t *testing.T) {
	key := func(id string) awsaccess.Credentials {
		return awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: id, SecretAccessKey: "secret"}
	}
	cases := []struct {
		name        string
		credentials awsaccess.Credentials
		account     string
		field, call string // either the field at fault or the action refused
	}{
		{"an ARN that isn't one", awsaccess.Credentials{Method: audit.AuthRole, RoleARN: "arn:aws:s3:::bucket"}, "", "role_arn", ""},
		{"a role that doesn't let us in", role("closed"), "", "", "sts:AssumeRole"},
		{"a role that lets us in without the external id", role("open"), "", "role_arn", ""},
		{"an expired key", key("AKIAEXPIRED"), "", "", "sts:GetCallerIdentity"},
		{"a key of another account than said", key("AKIAGOOD"), "999999999999", "", "sts:GetCallerIdentity"},
	}
	p := open(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := p.Accounts.Connect(t.Context(), accounts.Request{
				TeamID: localwire.TeamID, By: "test", Credentials: c.credentials, AccountID: c.account,
			})
			f := fault.From(err)
			if f == nil || f.Kind.Classify().Status != http.StatusUnprocessableEntity {
				t.Fatalf("answered %v, want a 422", err)
			}
			field := ""
			if len(f.Fields) > 0 {
				field = f.Fields[0].Field
			}
			if c.field != "" && field != c.field || c.call != "" && f.Action != c.call {
				t.Errorf("names field %q and action %q: %+v", field, f.Action, f)
			}
			if got := providers(t, p); len(got) != 0 {
				t.Errorf("stored %+v", got)
			}
		})
	}
}

func TestAKnownAccountIsAConflictAndADisconnectedOneComesBack(t *testing.T) {
	p := open(t)
	connect := func() (audit.Provider, audit.Execution, error) {
		return p.Accounts.Connect(t.Context(), accounts.Request{TeamID: localwire.TeamID, By: "test", Credentials: role("good")})
	}
	first, x, err := connect()
	if err != nil || x.Status != audit.ExecutionRunning || first.Account != account {
		t.Fatalf("connect: %+v, %+v, %v", first, x, err)
	}
	if _, _, err := connect(); !fault.Is(err, fault.Conflict) || fault.From(err).Code != "provider_exists" {
		t.Errorf("connecting again: %v", err)
	}
	if _, err := p.Store.Disconnect(t.Context(), localwire.TeamID, first.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Store.Credentials(t.Context(), localwire.TeamID, first.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("credentials after disconnecting: %v", err)
	}
	again, _, err := connect()
	if err != nil || again.ID != first.ID || !again.ConnectedAt.Equal(first.ConnectedAt) {
		t.Errorf("reconnect: %+v, %v", again, err)
	}
	sealed, err := p.Store.Credentials(t.Context(), localwire.TeamID, first.ID)
	if err != nil || strings.Contains(string(sealed), "role/good") {
		t.Errorf("credentials are stored as %q, %v", sealed, err)
	}
}

func TestResourceTypesAreCheckedAndKeptInOrder(t *testing.T) {
	p := open(t)
	connect := func(types ...string) (audit.Provider, error) {
		connected, _, err := p.Accounts.Connect(t.Context(), accounts.Request{
			TeamID: localwire.TeamID, By: "test", Credentials: role("good"), ResourceTypes: types,
		})
		return connected, err
	}
	if _, err := connect("AWS::S3::Bucket"); !fault.Is(err, fault.Invalid) || fault.From(err).Fields[0].Field != "resource_types" {
		t.Errorf("a type that is read anyhow: %v", err)
	}
	got, err := connect("AWS::IVS::PlaybackKeyPair", "AWS::IVS::Channel")
	if err != nil || strings.Join(got.ResourceTypes, " ") != "AWS::IVS::Channel AWS::IVS::PlaybackKeyPair" {
		t.Fatalf("connected: %+v, %v", got, err)
	}
	account, err := opener.Opener{Accounts: p.Accounts}.OpenAccount(t.Context(), got)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, service := range account.Services("eu-west-1") {
		if service.Name == "cloudcontrol" {
			for _, l := range service.Listings {
				types = append(types, l.Types...)
			}
		}
	}
	if strings.Join(types, " ") != "aws_ivs_channel aws_ivs_playbackkeypair" {
		t.Errorf("reads %q", types)
	}
}

func TestARolesTemplateRequiresTheExternalIDOfTeamAndAccount(t *testing.T) {
	p := open(t)
	external, template, err := p.Accounts.Template(t.Context(), localwire.TeamID, account)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(template), external) || !strings.Contains(string(template), "sts:ExternalId") {
		t.Errorf("template:\n%s", template)
	}
	other, _, err := p.Accounts.Template(t.Context(), localwire.TeamID, "999999999999")
	if err != nil || other == external {
		t.Errorf("the external id of another account is %q, %v", other, err)
	}
}
