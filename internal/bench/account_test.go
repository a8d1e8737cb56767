package bench_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

// large is how many resources the numbers to reach are about.
const large = 100_000

var regions = []string{"eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2"}

// account opens the synthetic account with the real collectors. A client of nil is the SDK's own; endpoint is where
// it calls, "" for AWS's names. Nothing is paced: the account has no limits to respect.
func account(ctx context.Context, client *http.Client, endpoint string) (*awscloud.Account, error) {
	o := awsaccess.Options{
		Services:    fleet.Services(),
		Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "KEY", SecretAccessKey: "SECRET"},
		Account:     fleet.Account, HomeRegion: regions[0], Endpoint: endpoint,
		Limits: awsaccess.Limits{Rate: 1e6, Burst: 1e6, Attempts: 3},
	}
	if client != nil {
		o.HTTPClient = client
	}
	return awscloud.Open(ctx, o)
}

func newFleet(n, changed int) *fleet.Fleet {
	return fleet.New(fleet.Options{N: n, Regions: regions, Changed: changed})
}

// provider is the synthetic account as it is connected.
func provider() audit.Provider {
	return audit.Provider{
		ID: audit.ProviderID(localwire.TeamID, audit.ProviderAWS, fleet.Account), TeamID: localwire.TeamID,
		Type: audit.ProviderAWS, Name: "fleet", Account: fleet.Account, SyncStatus: audit.SyncStatusSyncing,
	}
}

// database is the product's data folder, without the product around it.
type database struct {
	bolt  *bolttable.DB
	calls *counting
	store *store.Store
}

// openDatabase opens the file of a data folder. It isn't synced to disk: what is measured over it reads.
func openDatabase(tb testing.TB, dir string) *database {
	tb.Helper()
	bolt, err := bolttable.Open(filepath.Join(dir, "infraudit.db"), store.Schemas(), bolttable.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	d := &database{bolt: bolt, calls: &counting{DB: bolt}}
	d.store = store.New(d.calls, noBlobs{}, nil)
	if _, err := d.store.EnsureTeam(tb.Context(), store.Team{ID: localwire.TeamID, Name: "bench"}); err != nil {
		tb.Fatal(err)
	}
	if _, err := d.store.Provider(tb.Context(), localwire.TeamID, provider().ID); fault.Is(err, fault.NotFound) {
		if _, _, err := d.store.Connect(tb.Context(), provider(), []byte("sealed")); err != nil {
			tb.Fatal(err)
		}
	}
	return d
}

func (d *database) close(tb testing.TB) {
	tb.Helper()
	if err := d.bolt.Close(); err != nil {
		tb.Fatal(err)
	}
}

// slices calls do with every slice of the account, a few at a time.
func (d *database) slices(ctx context.Context, a inventory.Account, do func(context.Context, audit.Slice, []inventory.Listing) error) error {
	all, err := a.Regions(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, region := range all {
		for _, svc := range a.Services(region) {
			g.Go(func() error {
				return do(ctx, audit.Slice{ProviderID: provider().ID, Region: region, Service: svc.Name}, svc.Listings)
			})
		}
	}
	return g.Wait()
}

// sync brings the inventory up to date and judges nothing.
func (d *database) sync(ctx context.Context, tb testing.TB, f *fleet.Fleet) audit.Found {
	tb.Helper()
	a, err := account(ctx, f.Client(), "")
	if err != nil {
		tb.Fatal(err)
	}
	syncer := &inventory.Syncer{
		Store: d.store, Now: d.store.Now,
		Differs: func(typ string, before, after audit.Configuration) (bool, error) {
			return drift.Differs(shapes.Load(), typ, before, after)
		},
	}
	found := make(chan audit.Found, 1000)
	err = d.slices(ctx, a, func(ctx context.Context, slice audit.Slice, listings []inventory.Listing) error {
		r, err := syncer.Slice(ctx, localwire.TeamID, slice, listings, nil, time.Now().Add(time.Hour))
		found <- r.Found
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	close(found)
	var sum audit.Found
	for part := range found {
		sum.Add(part)
	}
	return sum
}

// judge judges every slice.
func (d *database) judge(ctx context.Context, tb testing.TB, f *fleet.Fleet) audit.Found {
	tb.Helper()
	a, err := account(ctx, f.Client(), "")
	if err != nil {
		tb.Fatal(err)
	}
	j := &drift.Judge{Store: d.store, Shapes: shapes.Load(), Now: d.store.Now}
	found := make(chan audit.Found, 1000)
	err = d.slices(ctx, a, func(ctx context.Context, slice audit.Slice, _ []inventory.Listing) error {
		part, err := j.Slice(ctx, localwire.TeamID, slice, nil)
		found <- part
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	close(found)
	var sum audit.Found
	for part := range found {
		sum.Add(part)
	}
	return sum
}

// openProduct puts the whole product together on a data folder, with the synthetic account behind endpoint, or in
// this process where endpoint is "".
func openProduct(ctx context.Context, dir string, o opener) (p *localwire.Product, token string, err error) {
	p, err = localwire.Open(localwire.Config{
		DataDir: dir, BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Version: "bench", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, "", err
	}
	p.Tasks.Opener = o
	if token, err = p.Prepare(ctx, dir); err != nil {
		return p, "", err
	}
	if _, err := p.Store.Provider(ctx, localwire.TeamID, provider().ID); fault.Is(err, fault.NotFound) {
		_, _, err = p.Store.Connect(ctx, provider(), []byte("sealed"))
		return p, token, err
	}
	return p, token, err
}

// opener opens the synthetic account.
type opener struct {
	client   *http.Client
	endpoint string
}

func (o opener) OpenAccount(ctx context.Context, _ audit.Provider) (inventory.Account, error) {
	return account(ctx, o.client, o.endpoint)
}

// noBlobs holds nothing: no configuration of the synthetic account is so large.
type noBlobs struct{}

func (noBlobs) Put(context.Context, string, []byte) error {
	return fault.New(fault.Internal, "a configuration is large")
}

func (noBlobs) Get(context.Context, string) ([]byte, error) {
	return nil, fault.New(fault.NotFound, "no such object")
}

func (noBlobs) Delete(context.Context, string) error { return nil }

var _ table.DB = (*counting)(nil)
