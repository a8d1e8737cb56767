//go:build integration

// Package controltest holds the controls of the CIS benchmarks against moto, which nobody here wrote: every rule that they
// cite judges an account that was set up insecurely by AWS's own SDK, then the same account put right, then one that
// refuses what the rule needs.
package controltest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/scan"
	"github.com/infraudit/infraudit/rules"
)

var moto motoserver.Server

func TestMain(m *testing.M) {
	code := m.Run()
	moto.Stop()
	os.Exit(code)
}

// book is the rules and frameworks that come with the program.
type book struct {
	set     *rule.Set
	catalog *compliance.Catalog
}

func loadBook(t *testing.T) *book {
	t.Helper()
	set, problems, err := rule.Load(rules.FS, shapes.Load())
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	catalog, problems, err := compliance.Load(rules.FS, "frameworks", set)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return &book{set, catalog}
}

// controlsOf makes a framework with one control for each of the rules, so that a scan reads what they need and no more.
func (b *book) controlsOf(t *testing.T, ids []string) (*compliance.Catalog, *compliance.Framework) {
	t.Helper()
	var y bytes.Buffer
	y.WriteString("id: row-1.0\nname: Row\nversion: \"1\"\nprovider: aws\nsections: [{id: a, title: A}]\ncontrols:\n")
	for _, id := range ids {
		fmt.Fprintf(&y, "  - {id: %s, title: %s, section: a, type: automated, rules: [%s]}\n", id, id, id)
	}
	catalog, problems, err := compliance.Load(fstest.MapFS{"f/row.yaml": {Data: y.Bytes()}}, "f", b.set)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	f, ok := catalog.Lookup("row-1.0")
	if !ok {
		t.Fatal("the framework is lost")
	}
	return catalog, f
}

// world is an account that moto plays, behind a front that plays what moto doesn't.
type world struct {
	*front
	cfg aws.Config // fills the account
	// state is what a row's insecure hands to its secure: ids that moto chose.
	state map[string]string
	// passing are the external ids of what a row's insecure made besides, and rightly.
	passing []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	at, err := url.Parse(moto.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	// S3 Control puts the account's id before the host's name, and 123456789012.127.0.0.1 is no name.
	base := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at.Host)
	}}
	t.Cleanup(base.CloseIdleConnections)
	w := &world{front: &front{moto: base}}
	w.cfg = aws.Config{
		Region: motoserver.Region, BaseEndpoint: aws.String(at.String()), HTTPClient: &http.Client{Transport: w.front},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} }, // what moto lacks it lacks at every attempt
	}
	return w
}

// begin turns to a new account: that is quicker than to have moto forget one.
func (w *world) begin(number int, regions []string) {
	w.state, w.passing = map[string]string{}, nil
	w.reset(fmt.Sprintf("%012d", 210000000000+number), regions)
}

// in returns the configuration of clients for another region.
func (w *world) in(region string) aws.Config {
	c := w.cfg.Copy()
	c.Region = region
	return c
}

// arn makes an ARN of the account in its first region.
func (w *world) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + motoserver.Region + ":" + w.account + ":" + resource
}

// global makes an ARN of the account that has no region.
func (w *world) global(service, resource string) string {
	return "arn:aws:" + service + "::" + w.account + ":" + resource
}

// root is the external id of the account as a whole.
func (w *world) root() string { return w.global("iam", "root") }

// scan reads and judges the account by the rules, as of that much later than now.
func (w *world) scan(t *testing.T, b *book, ids []string, later time.Duration) map[string]audit.ControlResult {
	t.Helper()
	catalog, f := b.controlsOf(t, ids)
	r := w.run(t, b, catalog, []*compliance.Framework{f}, later)
	out := map[string]audit.ControlResult{}
	for _, c := range r.Assessments[0].Controls {
		out[c.ID] = c
	}
	return out
}

func (w *world) run(t *testing.T, b *book, catalog *compliance.Catalog, f []*compliance.Framework, later time.Duration) *scan.Report {
	t.Helper()
	account, err := awscloud.Open(t.Context(), awsaccess.Options{
		Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"},
		Account:     w.account, HomeRegion: motoserver.Region, Endpoint: aws.ToString(w.cfg.BaseEndpoint),
		HTTPClient: w.cfg.HTTPClient, Limits: awsaccess.Limits{Attempts: 1, Rate: 1e6, Burst: 1e6},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.scanning(true)
	defer w.scanning(false)
	r, err := scan.Run(t.Context(), scan.Options{
		Account: account, AccountID: account.ID(), Rules: b.set, Catalog: catalog, Frameworks: f,
		Now: func() time.Time { return time.Now().Add(later) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// must fails the test when a call does.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// everyone is a policy that allows all an action on everything, and ours one that allows it to the account itself.
func (w *world) everyone(action string) *string { return policyOf("*", action) }
func (w *world) ours(action string) *string     { return policyOf(w.root(), action) }

func policyOf(principal, action string) *string {
	return new(strings.NewReplacer("$P", principal, "$A", action).Replace(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"$P"},"Action":"$A","Resource":"*"}]}`))
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	return string(must(json.Marshal(v))(t))
}
