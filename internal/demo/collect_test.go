package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

var update = flag.Bool("update", false, "write the golden files")

// played is a demo account, served on loopback and opened as the product opens it.
type played struct {
	*demo.Server
	endpoint string
	account  *awscloud.Account
}

func play(t *testing.T) *played {
	t.Helper()
	server, err := demo.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, stop, err := server.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	p := &played{Server: server, endpoint: endpoint}
	p.account = p.open(t)
	return p
}

// open opens the account, as every sync does anew.
func (p *played) open(t *testing.T) *awscloud.Account {
	t.Helper()
	account, err := awscloud.Open(t.Context(), awsaccess.Options{
		Services: demo.Services(),
		Credentials: awsaccess.Credentials{
			Method: audit.AuthDemo, AccessKeyID: demo.AccessKeyID, SecretAccessKey: demo.SecretAccessKey,
		},
		HomeRegion: demo.HomeRegion, HTTPClient: demo.Client(p.endpoint), Endpoint: p.endpoint,
		Limits: awsaccess.Limits{Rate: 1e6, Burst: 1e6, LookupRate: 1e6, Attempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// reading is what a sync would see.
type reading struct {
	mu        sync.Mutex
	resources map[string]*audit.Observation // by external id
	refused   []string
}

func (r *reading) Emit(_ context.Context, o *audit.Observation) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.resources[o.ExternalID] != nil {
		return fmt.Errorf("%s is there twice", o.ExternalID)
	}
	r.resources[o.ExternalID] = o
	for path, u := range o.Unread {
		r.refused = append(r.refused, u.Action+" "+o.ExternalID+" "+path)
	}
	return nil
}

func (r *reading) Done(string, string) bool { return false }

func (p *played) read(t *testing.T) *reading {
	t.Helper()
	regions, err := p.account.Regions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{resources: map[string]*audit.Observation{}}
	for _, region := range regions {
		for _, service := range p.account.Services(region) {
			for _, listing := range service.Listings {
				r.list(t, region, listing)
			}
		}
	}
	slices.Sort(r.refused)
	return r
}

func (r *reading) list(t *testing.T, region string, l inventory.Listing) {
	t.Helper()
	err := l.Collect(t.Context(), r)
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Denied {
		r.refused = append(r.refused, f.Action+" "+region)
		return
	}
	if err != nil {
		t.Errorf("%s in %s: %v", l.Action, region, err)
	}
}

// ids lists the external ids by type.
func (r *reading) ids() map[string][]string {
	out := map[string][]string{}
	for id, o := range r.resources {
		out[o.Type] = append(out[o.Type], id)
	}
	for _, ids := range out {
		slices.Sort(ids)
	}
	return out
}

func TestCollectorsReadTheFirstState(t *testing.T) {
	p := play(t)
	r := p.read(t)
	golden(t, "first.json", r.ids())
	golden(t, "refused.json", r.refused)
	if unknown := p.Unknown(); len(unknown) > 0 {
		t.Errorf("calls that the estate doesn't know:\n%s", strings.Join(unknown, "\n"))
	}
}

// The story of the second state: what a sync finds changed, by attribute path of the first level.
func TestCollectorsReadTheChangesOfTheSecondState(t *testing.T) {
	p := play(t)
	before := p.read(t)
	p.Advance()
	p.account = p.open(t)
	after := p.read(t)
	golden(t, "changes.json", changes(before.resources, after.resources))
	if diff := cmp.Diff(before.refused, after.refused); diff != "" {
		t.Errorf("refusals differ (-first +second):\n%s", diff)
	}
	if unknown := p.Unknown(); len(unknown) > 0 {
		t.Errorf("calls that the estate doesn't know:\n%s", strings.Join(unknown, "\n"))
	}
}

func changes(before, after map[string]*audit.Observation) map[string][]string {
	out := map[string][]string{}
	for id, o := range before {
		if after[id] == nil {
			out[id] = []string{"deleted"}
			continue
		}
		if paths := changedPaths(o.Config, after[id].Config); len(paths) > 0 {
			out[id] = paths
		}
	}
	for id := range after {
		if before[id] == nil {
			out[id] = []string{"created"}
		}
	}
	return out
}

func changedPaths(before, after map[string]any) []string {
	var out []string
	for path := range merged(before, after) {
		if !same(before[path], after[path]) {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

func merged(maps ...map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, m := range maps {
		for k := range m {
			out[k] = true
		}
	}
	return out
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// golden compares a value with testdata, as JSON.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
