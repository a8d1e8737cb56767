package bench_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

// listed is what clients ask for when they list resources.
var listed = []struct {
	name  string
	query url.Values
}{
	{"unfiltered", url.Values{}},
	{"by_provider", url.Values{"provider": {provider().ID}}},
	{"by_region", url.Values{"region": {regions[1]}}},
	{"by_service", url.Values{"service": {"rds"}}},
	{"by_type", url.Values{"type": {"ec2_volume"}}},
	{"deleted", url.Values{"status": {"deleted"}}},
}

// removeSome marks every twentieth resource as deleted.
func removeSome(tb testing.TB, d *database, f interface{ Client() *http.Client }) {
	tb.Helper()
	ctx := tb.Context()
	a, err := account(ctx, f.Client(), "")
	if err != nil {
		tb.Fatal(err)
	}
	all, err := a.Regions(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for _, region := range all {
		for _, svc := range a.Services(region) {
			slice := audit.Slice{ProviderID: provider().ID, Region: region, Service: svc.Name}
			var gone []inventory.Known
			for k, err := range d.store.Slice(ctx, localwire.TeamID, slice) {
				if err != nil {
					tb.Fatal(err)
				}
				if n++; n%20 == 0 {
					gone = append(gone, k)
				}
			}
			if _, err := d.store.Remove(ctx, localwire.TeamID, slice, gone); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// BenchmarkList lists 50 of a hundred thousand stored resources over loopback HTTP, with the product's own handler:
// the first page, and the last full one. One operation is one request.
func BenchmarkList(b *testing.B) {
	dir := b.TempDir()
	f := newFleet(large, 0)
	d := openDatabase(b, dir)
	d.sync(b.Context(), b, f)
	removeSome(b, d, f)
	d.judge(b.Context(), b, f)
	d.close(b)
	p, token, err := openProduct(b.Context(), dir, opener{client: f.Client()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	handler, err := p.Handler("bench")
	if err != nil {
		b.Fatal(err)
	}
	s := httptest.NewServer(handler)
	defer s.Close()
	c := &client{http: s.Client(), base: s.URL, token: token}
	for _, l := range listed {
		last := c.lastPage(b, l.query)
		for _, page := range []struct{ name, cursor string }{{"first", ""}, {"last", last}} {
			b.Run(l.name+"/"+page.name, func(b *testing.B) { c.bench(b, l.query, page.cursor) })
		}
	}
}

// client is a client of the API.
type client struct {
	http        *http.Client
	base, token string
}

func (c *client) page(b *testing.B, query url.Values, limit, cursor string) (items int, next string) {
	q := url.Values{"limit": {limit}}
	maps.Copy(q, query)
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, c.base+"/api/v1/resources?"+q.Encode(), nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %v", res.Status, body, err)
	}
	var answer struct {
		Data []json.RawMessage `json:"data"`
		Meta struct {
			Next string `json:"next_cursor"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		b.Fatal(err)
	}
	return len(answer.Data), answer.Meta.Next
}

// lastPage returns the cursor of the last page that is followed by another.
func (c *client) lastPage(b *testing.B, query url.Values) string {
	before, cursor := "", ""
	for {
		items, next := c.page(b, query, "200", cursor)
		if next == "" {
			return before
		}
		if items >= 50 {
			before = cursor
		}
		cursor = next
	}
}

func (c *client) bench(b *testing.B, query url.Values, cursor string) {
	took := make([]time.Duration, 0, 1000)
	items := 0
	for b.Loop() {
		start := time.Now()
		items, _ = c.page(b, query, "50", cursor)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	ms := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
	b.ReportMetric(float64(items), "items")
}

// What a page costs doesn't depend on where in the list it is.
func TestTheLastPageCostsAsMuchAsTheFirst(t *testing.T) {
	d := openDatabase(t, t.TempDir())
	defer d.close(t)
	d.sync(t.Context(), t, newFleet(small, 0))
	var units []float64
	for paging := (store.Paging{Limit: 50}); ; {
		var usage table.Usage
		page, err := d.store.Resources(table.WithUsage(t.Context(), &usage), localwire.TeamID, store.ResourceFilter{}, paging)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) == 50 {
			units = append(units, usage.ReadUnits())
		}
		if paging.Cursor = page.Next; page.Next == "" {
			break
		}
	}
	if len(units) < small/50/2 {
		t.Fatalf("%d full pages", len(units))
	}
	least, most := slices.Min(units), slices.Max(units)
	if most > 2*least {
		t.Errorf("full pages cost from %.1f to %.1f read units", least, most)
	}
}
