package task_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
)

var fleetRegions = []string{"eu-west-1", "us-east-1"}

// fleetOpener opens a synthetic account through the real collectors. A test changes the account between syncs.
type fleetOpener struct {
	mu      sync.Mutex
	options fleet.Options
	fleet   *fleet.Fleet
}

func (o *fleetOpener) set(options fleet.Options) {
	options.Regions = fleetRegions
	o.mu.Lock()
	defer o.mu.Unlock()
	o.options, o.fleet = options, fleet.New(options)
}

func (o *fleetOpener) client() *http.Client {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.fleet.Client()
}

func (o *fleetOpener) OpenAccount(ctx context.Context, _ audit.Provider) (inventory.Account, error) {
	return awscloud.Open(ctx, awsaccess.Options{
		Credentials: awsaccess.Credentials{Method: audit.AuthDemo, AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"},
		Account:     fleet.Account, HomeRegion: "eu-west-1", HTTPClient: o.client(), Services: fleet.Services(), Endpoint: "http://127.0.0.1:1",
		Limits: awsaccess.Limits{Rate: 1e6, Burst: 1e6, LookupRate: 1e6, Attempts: 2, Backoff: time.Millisecond},
	})
}

func newFleetSpine(t *testing.T, options fleet.Options) (*spine, *fleetOpener) {
	t.Helper()
	// On the system's clock: the real collectors take real time, and nothing here waits for a retry.
	s := &spine{t: t, cloud: newCloud(), db: openBolt(t)}
	s.connect()
	opener := &fleetOpener{}
	opener.set(options)
	s.tasks.Opener = opener
	return s, opener
}

// The published false-drift rate: an unchanged estate, read again and again while every list whose order AWS doesn't
// promise comes in another order, policies are written in other ways, and states and times change.
func TestAnUnchangedEstateReadTwentyTimesInOtherOrdersHasNoDrift(t *testing.T) {
	const n, syncs = 600, 20
	s, account := newFleetSpine(t, fleet.Options{N: n, Seed: 1})
	first := s.sync()
	if first.Found.Created < n || first.Found.Unread != 0 {
		t.Fatalf("first sync: %+v %+v", first.Found, first.Log)
	}
	var found audit.Found
	for i := range syncs {
		account.set(fleet.Options{N: n, Seed: 1, ShuffleSeed: uint64(i + 1)})
		found.Add(s.sync().Found)
	}
	for _, d := range s.drifts(allDrifts...)[:min(5, len(s.drifts(allDrifts...)))] {
		t.Logf("drift %s %s: %s", d.ResourceType, d.Path, d.Summary)
	}
	if found.Changed+found.Created+found.Deleted+found.DriftsDetected != 0 {
		t.Errorf("%d syncs of an unchanged estate of %d resources found %+v", syncs, first.Found.Resources, found)
	}
	t.Logf("false drifts: %d in %d syncs of %d resources", found.DriftsDetected, syncs, first.Found.Resources)
}

func TestEveryChangedResourceOfAFleetIsFoundOnce(t *testing.T) {
	const n, changed = 600, 25
	s, account := newFleetSpine(t, fleet.Options{N: n, Seed: 1})
	s.sync()
	account.set(fleet.Options{N: n, Seed: 1, ShuffleSeed: 9, Changed: changed})
	x := s.sync()
	if x.Found.Changed != changed || x.Found.DriftsDetected != changed {
		t.Errorf("%d resources changed, found %+v", changed, x.Found)
	}
	account.set(fleet.Options{N: n, Seed: 1})
	if x := s.sync(); x.Found.DriftsResolved != changed || len(s.drifts()) != 0 {
		t.Errorf("changed back, found %+v", x.Found)
	}
}

// Each action that the collectors use is refused in turn for one sync and allowed again in the next.
func TestEachActionRefusedForOneSyncHarmsNothing(t *testing.T) {
	const n = 120
	s, account := newFleetSpine(t, fleet.Options{N: n, Seed: 2})
	if x := s.sync(); x.Found.Unread != 0 {
		t.Fatalf("first sync %+v %+v", x.Found, x.Log)
	}
	want := s.state()
	actions := slices.Sorted(maps.Keys(account.fleet.Calls()))
	if len(actions) < 30 {
		t.Fatalf("only %d actions are used: %v", len(actions), actions)
	}
	for _, action := range actions {
		t.Run(action, func(t *testing.T) {
			s.t = t
			account.set(fleet.Options{N: n, Seed: 2, Deny: func(a string) bool { return a == action }})
			x := s.sync()
			if x.Found.Changed+x.Found.Created+x.Found.Deleted+x.Found.DriftsDetected+x.Found.DriftsResolved+x.Found.DriftsReopened != 0 {
				t.Errorf("refused: %+v", x.Found)
			}
			if !s.names(action) {
				t.Errorf("no line of coverage names %s; log %v", action, x.Log)
			}
			account.set(fleet.Options{N: n, Seed: 2})
			x = s.sync()
			if x.Found.Changed+x.Found.Created+x.Found.Deleted+x.Found.DriftsDetected+x.Found.DriftsResolved+x.Found.Unread != 0 {
				t.Errorf("allowed again: %+v %v", x.Found, x.Log)
			}
		})
	}
	s.t = t
	if got := s.state(); !slices.Equal(want, got) {
		t.Errorf("the end differs from the beginning: %d lines, want %d", len(got), len(want))
	}
}

// names tells whether coverage names an action as refused.
func (s *spine) names(action string) bool {
	s.t.Helper()
	lines, err := s.store.Coverage(s.t.Context(), team, s.provider.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range lines {
		for _, typ := range c.Types {
			if typ.Action == action || typ.Unread[action] > 0 {
				return true
			}
		}
	}
	return false
}

func TestHostileAnswersFailTheirListingAlone(t *testing.T) {
	const n = 600
	is := func(action string) func(string) bool {
		return func(a string) bool { return a == action }
	}
	cases := map[string]fleet.Options{
		"an answer that is cut off":      {Truncate: is("ec2:DescribeVolumes")},
		"a page token that repeats":      {RepeatToken: is("ec2:DescribeVolumes")},
		"throttling that does not end":   {Throttle: func(a string, _ int) bool { return a == "ec2:DescribeVolumes" }},
		"throttling that ends after one": {Throttle: func(a string, attempt int) bool { return a == "ec2:DescribeVolumes" && attempt == 1 }},
		"an action that is refused":      {Deny: is("ec2:DescribeVolumes")},
	}
	for name, options := range cases {
		t.Run(name, func(t *testing.T) {
			s, account := newFleetSpine(t, fleet.Options{N: n, Seed: 3})
			s.sync()
			options.N, options.Seed = n, 3
			account.set(options)
			x := s.sync()
			if x.Found.Changed+x.Found.Created+x.Found.Deleted+x.Found.DriftsDetected != 0 {
				t.Errorf("found %+v", x.Found)
			}
			holes := map[string]bool{}
			lines, err := s.store.Coverage(t.Context(), team, s.provider.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range lines {
				for _, typ := range c.Types {
					if typ.Status != audit.ReadOK {
						holes[typ.ResourceType] = true
					}
				}
			}
			want := "[ec2_volume]"
			if name == "throttling that ends after one" {
				want = "[]"
			}
			if got := fmt.Sprint(slices.Sorted(maps.Keys(holes))); got != want {
				t.Errorf("holes %s, want %s", got, want)
			}
		})
	}
}
