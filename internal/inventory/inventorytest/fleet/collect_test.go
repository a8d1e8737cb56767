package fleet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
)

var regions = []string{"eu-west-1", "us-east-1"}

// configs is an emitter that keeps what would be hashed: configuration and unread attributes, by external id.
type configs struct {
	mu     sync.Mutex
	byID   map[string]string
	counts map[string]int
}

func (c *configs) Emit(_ context.Context, o *audit.Observation) error {
	config, err := canonical(o)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"type": o.Type, "config": config, "unread": o.Unread, "name": o.Name, "tags": o.Tags})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[o.ExternalID] = string(text)
	c.counts[o.Type]++
	return nil
}

// awsShapes bring configurations to canonical form, which they may have already: normalising twice changes nothing.
var awsShapes = shapes.Load()

func canonical(o *audit.Observation) (map[string]any, error) {
	text, err := json.Marshal(o.Config)
	if err != nil {
		return nil, err
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	s, ok := awsShapes.Lookup(o.Type)
	if !ok {
		return nil, fmt.Errorf("%s has no shape", o.Type)
	}
	return config, s.NormalizeUnread(config, o.Unread)
}

func (c *configs) Done(string, string) bool { return false }

// collect reads a fleet with the real collectors. fail is told of every listing that fails.
func collect(t testing.TB, f *fleet.Fleet, fail func(action string, err error)) *configs {
	t.Helper()
	out := &configs{byID: map[string]string{}, counts: map[string]int{}}
	collectTo(t, f, out, fail)
	return out
}

func collectTo(t testing.TB, f *fleet.Fleet, out inventory.Emitter, fail func(action string, err error)) {
	t.Helper()
	account, err := awscloud.Open(t.Context(), awsaccess.Options{
		Services:    fleet.Services(),
		Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "KEY", SecretAccessKey: "SECRET"},
		Account:     fleet.Account, HomeRegion: regions[0], HTTPClient: f.Client(),
		Limits: awsaccess.Limits{Rate: 1e6, Burst: 1e6, Attempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := account.Regions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range all {
		for _, service := range account.Services(region) {
			for _, listing := range service.Listings {
				if err := listing.Collect(t.Context(), out); err != nil {
					fail(listing.Action, err)
				}
			}
		}
	}
}

func noFailure(t testing.TB) func(string, error) {
	return func(action string, err error) { t.Errorf("%s: %v", action, err) }
}

func TestCollectorsReadWhatTheFleetSaysItHas(t *testing.T) {
	f := fleet.New(fleet.Options{N: 1000, Regions: regions})
	got := collect(t, f, noFailure(t))
	want := f.Counts()
	for kind := range want {
		if got.counts[kind] != want[kind] {
			t.Errorf("%s: %d, want %d", kind, got.counts[kind], want[kind])
		}
	}
}

// The same account, its lists in other orders and its policies in other words, is the same account.
func TestAShuffledFleetIsTheSameFleet(t *testing.T) {
	plain := collect(t, fleet.New(fleet.Options{N: 600, Regions: regions}), noFailure(t))
	for seed := range uint64(5) {
		shuffled := collect(t, fleet.New(fleet.Options{N: 600, Regions: regions, ShuffleSeed: seed + 1}), noFailure(t))
		different := 0
		for id := range plain.byID {
			if plain.byID[id] != shuffled.byID[id] {
				if different++; different <= 3 {
					t.Errorf("seed %d, %s (-plain +shuffled):\n%s", seed+1, id, cmp.Diff(parsed(t, plain.byID[id]), parsed(t, shuffled.byID[id])))
				}
			}
		}
		if different > 0 || len(plain.byID) != len(shuffled.byID) {
			t.Errorf("seed %d: %d of %d resources differ, %d were read", seed+1, different, len(plain.byID), len(shuffled.byID))
		}
	}
}

func parsed(t *testing.T, text string) (out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestChangedResourcesAreThatMany(t *testing.T) {
	before := collect(t, fleet.New(fleet.Options{N: 1000, Regions: regions}), noFailure(t))
	after := collect(t, fleet.New(fleet.Options{N: 1000, Regions: regions, Changed: 20, ShuffleSeed: 4}), noFailure(t))
	changed := 0
	for id := range before.byID {
		if before.byID[id] != after.byID[id] {
			changed++
		}
	}
	if changed != 20 {
		t.Errorf("%d resources changed, want 20", changed)
	}
}

// A fault in one listing leaves the others alone.
func TestFaultsFailOneListing(t *testing.T) {
	only := func(action string) bool { return action == "rds:DescribeDBInstances" }
	for name, c := range map[string]struct {
		options fleet.Options
		kind    fault.Kind
	}{
		"refused":          {fleet.Options{Deny: only}, fault.Denied},
		"throttled":        {fleet.Options{Throttle: func(action string, _ int) bool { return only(action) }}, fault.Throttled},
		"cut off":          {fleet.Options{Truncate: only}, fault.Upstream},
		"going in circles": {fleet.Options{RepeatToken: only}, fault.Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.N, c.options.Regions = 200, regions
			failed := map[string]fault.Kind{}
			collect(t, fleet.New(c.options), func(action string, err error) { failed[action] = fault.KindOf(err) })
			if got := slices.Collect(maps.Keys(failed)); len(got) != 1 || failed["rds:DescribeDBInstances"] != c.kind {
				t.Errorf("failed: %v, want rds:DescribeDBInstances by %s", failed, c.kind)
			}
		})
	}
}

// BenchmarkCollect measures the collectors and the SDK's clients on the fleet, without a store.
func BenchmarkCollect(b *testing.B) {
	b.ReportAllocs()
	var resources counter
	for b.Loop() {
		f := fleet.New(fleet.Options{N: 100_000, Regions: regions})
		collectTo(b, f, &resources, noFailure(b))
		b.ReportMetric(float64(calls(f)), "calls")
		b.ReportMetric(float64(f.Served())/1e6, "MB")
	}
	b.ReportMetric(float64(resources.n.Load())/b.Elapsed().Seconds(), "resources/s")
}

// counter is an emitter that counts.
type counter struct{ n atomic.Int64 }

func (c *counter) Emit(context.Context, *audit.Observation) error {
	c.n.Add(1)
	return nil
}

func (c *counter) Done(string, string) bool { return false }

func calls(f *fleet.Fleet) int {
	total := 0
	for _, n := range f.Calls() {
		total += n
	}
	return total
}
