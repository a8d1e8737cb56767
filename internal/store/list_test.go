package store_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/store"
)

// list walks a list of resources page by page; between is called after each page, if it isn't nil.
func (s *stock) list(f store.ResourceFilter, limit int, between func()) (ids []string, pages int) {
	s.t.Helper()
	for p := (store.Paging{Limit: limit}); ; {
		page, err := s.Resources(s.t.Context(), team, f, p)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(page.Items) > limit {
			s.t.Errorf("a page of %d has %d resources", limit, len(page.Items))
		}
		for _, r := range page.Items {
			ids = append(ids, r.ExternalID)
		}
		pages++
		if p.Cursor = page.Next; page.Next == "" {
			return ids, pages
		}
		if between != nil {
			between()
		}
	}
}

// model is the inventory as a map: what a list with a filter must show.
type model map[string]modelled

type modelled struct {
	thing
	slice     audit.Slice
	changedAt time.Time
}

func (m model) list(f store.ResourceFilter) []string {
	var ids []string
	for id, r := range m {
		value, tagged := r.tags[f.TagKey]
		if len(f.Status) == 0 && r.status == audit.ResourceDeleted ||
			len(f.Status) > 0 && !slices.Contains(f.Status, r.status) ||
			f.ProviderID != "" && f.ProviderID != r.slice.ProviderID || f.Type != "" && f.Type != r.typ ||
			f.Region != "" && f.Region != r.slice.Region || f.Service != "" && f.Service != r.slice.Service ||
			f.TagKey != "" && (!tagged || f.TagValue != "" && f.TagValue != value) || r.changedAt.Before(f.Since) ||
			!strings.Contains(strings.ToLower(r.name), strings.ToLower(f.Name)) {
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Any inventory, listed with any filter at any page size, shows what a map of it would, each resource once.
func TestAListShowsWhatAModelDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStock(t)
		other := s.connect(2)
		m := model{}
		statuses := []audit.ResourceStatus{audit.ResourceActive, audit.ResourceStopped, audit.ResourceDeleted}
		types := map[string][]string{"s3": {"s3_bucket"}, "ec2": {"ec2_volume", "ec2_vpc"}, "kms": {"kms_key"}}
		providers := []string{s.provider.ID, other.ID}
		regions := []string{"eu-west-1", "eu-west-2", audit.RegionGlobal}
		counts := map[audit.Slice]map[string]int{}
		for i := range rapid.IntRange(0, 40).Draw(rt, "resources") {
			s.clock.Advance(time.Second)
			service := rapid.SampledFrom([]string{"ec2", "kms", "s3"}).Draw(rt, "service")
			sl := audit.Slice{
				ProviderID: rapid.SampledFrom(providers).Draw(rt, "provider"),
				Region:     rapid.SampledFrom(regions).Draw(rt, "region"), Service: service,
			}
			r := modelled{slice: sl, changedAt: s.Now(), thing: thing{
				typ: rapid.SampledFrom(types[service]).Draw(rt, "type"), id: fmt.Sprint("r", i),
				name:   rapid.SampledFrom([]string{"Web", "data", "weblog"}).Draw(rt, "name"),
				status: rapid.SampledFrom(statuses).Draw(rt, "status"),
				tags:   rapid.SampledFrom([]map[string]string{nil, {"env": "prod"}, {"env": "dev", "team": ""}}).Draw(rt, "tags"),
			}}
			o := s.observed(r.thing, inventory.VerbCreate, "")
			if r.status == audit.ResourceDeleted {
				o.Status = audit.ResourceActive
			}
			s.record(sl, o)
			if counts[sl] == nil {
				counts[sl] = map[string]int{}
			}
			if r.status == audit.ResourceDeleted {
				s.remove(sl, inventory.Known{External: o.External, Hash: o.Hash})
				s.settle(sl, r.id)
				counts[sl][r.typ] += 0
			} else {
				counts[sl][r.typ]++
			}
			m[r.id] = r
		}
		for sl, c := range counts {
			s.cover(sl, c)
		}
		s.cover(audit.Slice{ProviderID: providers[0], Region: "ap-east-1", Service: "ec2"}, map[string]int{"ec2_vpc": 0})
		f := store.ResourceFilter{
			ProviderID: rapid.SampledFrom(append(providers, "", "prv_none")).Draw(rt, "by provider"),
			Type:       rapid.SampledFrom([]string{"", "", "ec2_vpc", "s3_bucket", "none"}).Draw(rt, "by type"),
			Region:     rapid.SampledFrom(append(regions, "", "", "eu-west")).Draw(rt, "by region"),
			Service:    rapid.SampledFrom([]string{"", "", "ec2", "none"}).Draw(rt, "by service"),
			Status:     rapid.SliceOfNDistinct(rapid.SampledFrom(statuses), 0, 3, rapid.ID).Draw(rt, "by status"),
			TagKey:     rapid.SampledFrom([]string{"", "", "env", "team"}).Draw(rt, "by tag"),
			Name:       rapid.SampledFrom([]string{"", "", "WEB"}).Draw(rt, "by name"),
		}
		if f.TagKey == "env" {
			f.TagValue = rapid.SampledFrom([]string{"", "prod"}).Draw(rt, "by value")
		}
		if rapid.Bool().Draw(rt, "by time") {
			f.Since = s.Now().Add(-20 * time.Second)
		}
		got, _ := s.list(f, rapid.IntRange(1, 45).Draw(rt, "limit"), nil)
		slices.Sort(got)
		if diff := gocmp.Diff(m.list(f), got); diff != "" {
			rt.Fatalf("%+v (-want +got):\n%s", f, diff)
		}
	})
}

// What is there from the first page to the last is shown once, whatever comes and goes in between.
func TestAListShowsWhatStaysOnceWhileOthersComeAndGo(t *testing.T) {
	for limit := 1; limit <= 12; limit++ {
		s := newStock(t)
		stay, leave := map[string]bool{}, []inventory.Known{}
		for i, region := range []string{"eu-west-1", "us-east-1"} {
			for n := range 10 {
				th := thing{typ: "s3_bucket", id: fmt.Sprintf("%d-%d", i, n), name: "x"}
				s.create(s.slice(region, "s3"), th)
				if n%2 == 0 {
					stay[th.id] = true
				}
			}
			for _, k := range s.known(s.slice(region, "s3")) {
				for n := 1; n < 10; n += 2 {
					if k.External == audit.ExternalKey(fmt.Sprintf("%d-%d", i, n)) {
						leave = append(leave, k)
					}
				}
			}
			s.cover(s.slice(region, "s3"), map[string]int{"s3_bucket": 10})
		}
		came := 0
		got, _ := s.list(store.ResourceFilter{}, limit, func() {
			came++
			s.create(s.slice("eu-west-1", "s3"), thing{typ: "s3_bucket", id: fmt.Sprint("new-", came), name: "x"})
			if came <= len(leave) {
				s.remove(s.slice("eu-west-1", "s3"), leave[came-1])
				s.remove(s.slice("us-east-1", "s3"), leave[came-1])
			}
			if came > 100 {
				t.Fatal("the list doesn't end")
			}
		})
		seen := map[string]int{}
		for _, id := range got {
			seen[id]++
		}
		for id := range stay {
			if seen[id] != 1 {
				t.Errorf("%d a page: %s was shown %d times", limit, id, seen[id])
			}
			delete(seen, id)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%d a page: %s was shown %d times", limit, id, n)
			}
		}
	}
}

func TestAResourceDeletedAfterTheIndexWasReadIsNotListed(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	s.create(sl, bucketA)
	s.cover(sl, map[string]int{"s3_bucket": 1})
	other := *s
	s.use(&between{DB: s.db, method: "BatchGet", f: func() { other.remove(sl, other.known(sl)...) }})
	if got, _ := s.list(store.ResourceFilter{}, 10, nil); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
}

func TestThousandsOfEmptySlicesEndAPageEarly(t *testing.T) {
	s := newStock(t)
	for i := range 4100 {
		counts := map[string]int{"ec2_vpc": 0}
		if i == 4099 {
			counts["ec2_vpc"] = 1
		}
		s.cover(s.slice("eu-west-1", fmt.Sprintf("svc%04d", i)), counts)
	}
	s.create(s.slice("eu-west-1", "svc4099"), thing{typ: "ec2_vpc", id: "last", name: "x"})
	got, pages := s.list(store.ResourceFilter{}, 50, nil)
	if !slices.Equal(got, []string{"last"}) || pages != 2 {
		t.Errorf("%v on %d pages; want the last, on the second", got, pages)
	}
	// A filter that matches little ends a page early too.
	var many []inventory.Observed
	for i := range 2500 {
		many = append(many, s.observed(thing{typ: "ec2_vpc", id: fmt.Sprint("m", i), name: "x"}, inventory.VerbCreate, ""))
	}
	s.record(s.slice("eu-west-1", "svc0000"), many...)
	s.cover(s.slice("eu-west-1", "svc0000"), map[string]int{"ec2_vpc": len(many)})
	got, pages = s.list(store.ResourceFilter{TagKey: "none"}, 50, nil)
	if len(got) != 0 || pages < 2 {
		t.Errorf("%v on %d pages", got, pages)
	}
}

func TestADisconnectedProvidersResourcesAreListedStill(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	s.create(sl, bucketA)
	s.cover(sl, map[string]int{"s3_bucket": 1})
	if _, err := s.Disconnect(t.Context(), team, s.provider.ID); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.list(store.ResourceFilter{ProviderID: s.provider.ID}, 10, nil); len(got) != 1 {
		t.Errorf("listed: %v", got)
	}
	for _, id := range []string{"prv_0000", "nonsense", "prv_\x00"} {
		if got, _ := s.list(store.ResourceFilter{ProviderID: id}, 10, nil); len(got) != 0 {
			t.Errorf("provider %q lists %v", id, got)
		}
	}
}

// cursors returns a cursor of each list that has one.
func (s *stock) cursors() map[string]string {
	s.t.Helper()
	ctx, one := s.t.Context(), store.Paging{Limit: 1}
	id := s.get(s.slice("eu-west-1", "s3"), bucketA.id).ID
	out := map[string]string{}
	r, err := s.Resources(ctx, team, store.ResourceFilter{}, one)
	out["resources"] = r.Next
	f, err2 := s.Resources(ctx, team, store.ResourceFilter{Type: "s3_bucket"}, one)
	out["resources of a type"] = f.Next
	b, err3 := s.Baselines(ctx, team, id, one)
	out["baselines"] = b.Next
	h, err4 := s.ResourceHistory(ctx, team, id, one)
	out["history"] = h.Next
	d, err5 := s.Drifts(ctx, team, store.DriftFilter{}, one)
	out["drifts"] = d.Next
	if err := cmp.Or(err, err2, err3, err4, err5); err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *stock) withCursor(ctx context.Context, team, list, cursor string) error {
	p := store.Paging{Limit: 1, Cursor: cursor}
	id := key(s.slice("eu-west-1", "s3"), bucketA.id).ResourceID()
	var err error
	switch list {
	case "resources":
		_, err = s.Resources(ctx, team, store.ResourceFilter{}, p)
	case "resources of a type":
		_, err = s.Resources(ctx, team, store.ResourceFilter{Type: "s3_bucket"}, p)
	case "baselines":
		_, err = s.Baselines(ctx, team, id, p)
	case "history":
		_, err = s.ResourceHistory(ctx, team, id, p)
	default:
		_, err = s.Drifts(ctx, team, store.DriftFilter{}, p)
	}
	return err
}

// filled has more than one of everything that is listed.
func filled(t testing.TB) *stock {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	s.create(sl, bucketA, thing{typ: "s3_bucket", id: "b", name: "b"}, thing{typ: "s3_bucket", id: "c", name: "c"})
	s.cover(sl, map[string]int{"s3_bucket": 3})
	for i := range 3 {
		s.clock.Advance(time.Second)
		if _, err := s.CaptureBaseline(t.Context(), team, key(sl, bucketA.id).ResourceID(), "", "me"); err != nil {
			t.Fatal(err)
		}
		if err := s.PutDrift(t.Context(), team, drift(sl, bucketA, fmt.Sprint("/P", i), s.Now())); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestACursorIsGoodForItsOwnListOnly(t *testing.T) {
	s := filled(t)
	cursors := s.cursors()
	for _, from := range slices.Sorted(maps.Keys(cursors)) {
		if cursors[from] == "" {
			t.Fatalf("%s has no second page", from)
		}
		for to := range cursors {
			err := s.withCursor(t.Context(), team, to, cursors[from])
			if from == to && err != nil {
				t.Errorf("%s: its own cursor: %v", to, err)
			} else if from != to {
				wantCode(t, err, "bad_cursor")
				if !fault.Is(err, fault.Malformed) {
					t.Errorf("%s with the cursor of %s: %v", to, from, err)
				}
			}
		}
		if from != "baselines" && from != "history" { // whose resource is absent for another team
			wantCode(t, s.withCursor(t.Context(), "team_two", from, cursors[from]), "bad_cursor")
		}
	}
}

// Whatever comes as a cursor: either it is refused as one, or it works.
func FuzzCursor(f *testing.F) {
	s := filled(f)
	cursors := s.cursors()
	for _, name := range slices.Sorted(maps.Keys(cursors)) {
		raw, err := base64.RawURLEncoding.DecodeString(cursors[name])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, raw[8:])
		f.Add(name, []byte(`{"p":"prv_0\u0000","l":"cov#\u0000","a":"\u0000"}`))
		f.Add(name, []byte(`{"p":"`+s.provider.ID+`","l":"cov#~~","a":"x"}`))
		f.Add(name, []byte(`{"p":"prv_zz","d":true,"c":true}`))
		f.Add(name, []byte(`null`))
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		cursor := "!" + string(body)
		if good, ok := cursors[name]; ok { // under the query's own digest
			raw, err := base64.RawURLEncoding.DecodeString(good)
			if err != nil {
				t.Fatal(err)
			}
			cursor = base64.RawURLEncoding.EncodeToString(append(raw[:8:8], body...))
		}
		if err := s.withCursor(t.Context(), team, name, cursor); err != nil && fault.From(err).StableCode() != "bad_cursor" {
			t.Errorf("%s with %q: %v", name, body, err)
		}
	})
}
