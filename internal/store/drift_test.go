package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// drift is a drift of a thing at a path, detected at a time.
func drift(sl audit.Slice, th thing, path string, at time.Time) audit.Drift {
	k := key(sl, th.id)
	return audit.Drift{
		ID: audit.DriftID(k, path), ProviderID: sl.ProviderID, ResourceID: k.ResourceID(), ExternalID: th.id,
		ResourceType: th.typ, Service: sl.Service, Region: sl.Region, Path: path, Status: audit.DriftDetected,
		Type: audit.DriftConfiguration, Severity: audit.SeverityHigh, DetectedAt: at, FirstDetectedAt: at, LastSeenAt: at,
		Actor: audit.Actor{Status: audit.ActorPending},
	}
}

// drifts lists drifts page by page.
func (s *stock) drifts(f store.DriftFilter, limit int) []string {
	s.t.Helper()
	var ids []string
	for p := (store.Paging{Limit: limit}); ; {
		page, err := s.Drifts(s.t.Context(), team, f, p)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(page.Items) > limit {
			s.t.Errorf("a page of %d has %d drifts", limit, len(page.Items))
		}
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		if p.Cursor = page.Next; page.Next == "" {
			return ids
		}
	}
}

func TestDriftsAreListedByStatusAndNewestFirst(t *testing.T) {
	s := newStock(t)
	slices := []audit.Slice{s.slice("eu-west-1", "s3"), s.slice("us-east-1", "ec2")}
	var open, resolved []string
	byRegion, byResource := []string{}, map[string]int{}
	start := s.Now()
	for i := range 12 {
		s.clock.Advance(time.Minute)
		sl := slices[i%2]
		d := drift(sl, thing{typ: sl.Service + "_thing", id: fmt.Sprint("x", i/4)}, fmt.Sprintf("/P%d", i), s.Now())
		if i%3 == 0 {
			d.Severity = audit.SeverityLow
		}
		if err := s.PutDrift(t.Context(), team, d); err != nil {
			t.Fatal(err)
		}
		byResource[d.ResourceID]++
		if i%4 == 3 {
			if _, err := s.SetDriftStatus(t.Context(), team, d.ID, audit.DriftResolved, "me"); err != nil {
				t.Fatal(err)
			}
			resolved = append([]string{d.ID}, resolved...)
			continue
		}
		open = append([]string{d.ID}, open...)
		if i%2 == 0 {
			byRegion = append([]string{d.ID}, byRegion...)
		}
	}
	both := []audit.DriftStatus{audit.DriftDetected, audit.DriftResolved}
	for limit := 1; limit <= 13; limit++ {
		for _, tt := range []struct {
			name string
			f    store.DriftFilter
			want []string
		}{
			{"open", store.DriftFilter{}, open},
			{"resolved", store.DriftFilter{Status: []audit.DriftStatus{audit.DriftResolved}}, resolved},
			{"both", store.DriftFilter{Status: both}, append(append([]string{}, open...), resolved...)},
			{"a region", store.DriftFilter{Region: "eu-west-1"}, byRegion},
			{"since", store.DriftFilter{Since: start.Add(7 * time.Minute)}, open[:4]},
			{"another provider", store.DriftFilter{ProviderID: "prv_x"}, nil},
			{"no resource's id", store.DriftFilter{ResourceID: "res_x"}, nil},
		} {
			if diff := cmp.Diff(tt.want, s.drifts(tt.f, limit)); diff != "" {
				t.Errorf("%s, %d a page (-want +got):\n%s", tt.name, limit, diff)
			}
		}
		for id, n := range byResource {
			if got := s.drifts(store.DriftFilter{ResourceID: id, Status: both}, limit); len(got) != n {
				t.Errorf("resource %s has %d drifts, %d a page; want %d", id, len(got), limit, n)
			}
		}
	}
	sum, err := s.DriftSummary(t.Context(), team, store.DriftFilter{Status: both})
	if err != nil || sum.Truncated || sum.Total != 12 || sum.ByStatus["resolved"] != 3 || sum.BySeverity["low"] != 4 {
		t.Errorf("summary %+v, %v", sum, err)
	}
}

func TestADriftIsWrittenOnlyAsItWasRead(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	d := drift(sl, bucketA, "/Name", s.Now())
	if err := s.PutDrift(t.Context(), team, d); err != nil {
		t.Fatal(err)
	}
	if err := s.PutDrift(t.Context(), team, d); !fault.Is(err, fault.Conflict) {
		t.Errorf("written twice: %v", err)
	}
	got, err := s.UpdateDrift(t.Context(), team, d.ID, func(d *audit.Drift) error { d.Summary = "new"; return nil })
	if err != nil || got.Version != 2 {
		t.Fatalf("UpdateDrift = version %d, %v", got.Version, err)
	}
	if err := s.PutDrift(t.Context(), team, got); err != nil {
		t.Errorf("what UpdateDrift returned is behind: %v", err)
	}
	if _, err := s.Drift(t.Context(), "team_two", d.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team's drift: %v", err)
	}
}

func TestAnOpenDriftWasLastSeenWhenItsTypeWasRead(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	d := drift(sl, bucketA, "/Name", s.Now())
	if err := s.PutDrift(t.Context(), team, d); err != nil {
		t.Fatal(err)
	}
	s.create(sl, bucketA)
	s.clock.Advance(time.Hour)
	s.cover(sl, map[string]int{"s3_bucket": 1})
	read := s.Now()
	if got, err := s.Drift(t.Context(), team, d.ID); err != nil || !got.LastSeenAt.Equal(read) {
		t.Errorf("the drift was last seen %v, %v; want %v", got.LastSeenAt, err, read)
	}
	if r := s.get(sl, bucketA.id); !r.LastSeenAt.Equal(read) {
		t.Errorf("the resource was last seen %v; want %v", r.LastSeenAt, read)
	}
	s.clock.Advance(time.Hour)
	s.remove(sl, s.known(sl)...)
	deleted := s.Now()
	s.clock.Advance(time.Hour)
	s.cover(sl, map[string]int{"s3_bucket": 0})
	if r := s.get(sl, bucketA.id); !r.LastSeenAt.Equal(deleted) {
		t.Errorf("the deleted resource was last seen %v; want %v", r.LastSeenAt, deleted)
	}
}

func TestPendingDriftsAreThoseOfARegion(t *testing.T) {
	s := newStock(t)
	for i, region := range []string{"eu-west-1", "us-east-1", "eu-west-1"} {
		if err := s.PutDrift(t.Context(), team, drift(s.slice(region, "s3"), bucketA, fmt.Sprint("/P", i), s.Now())); err != nil {
			t.Fatal(err)
		}
	}
	pending := func() int {
		n := 0
		for d, err := range s.PendingDrifts(t.Context(), team, s.provider.ID, "eu-west-1") {
			if err != nil || d.Region != "eu-west-1" {
				t.Fatalf("%+v, %v", d, err)
			}
			n++
		}
		return n
	}
	if pending() != 2 {
		t.Errorf("%d pending, want 2", pending())
	}
	id := audit.DriftID(key(s.slice("eu-west-1", "s3"), bucketA.id), "/P0")
	if _, err := s.UpdateDrift(t.Context(), team, id, func(d *audit.Drift) error { d.Actor.Status = audit.ActorKnown; return nil }); err != nil {
		t.Fatal(err)
	}
	if pending() != 1 {
		t.Errorf("%d pending, want 1", pending())
	}
}

func TestASummaryOfVeryManyDriftsSaysThatItIsCutShort(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	for i := range 200 {
		if err := s.PutDrift(context.Background(), team, drift(sl, bucketA, fmt.Sprint("/P", i), s.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if sum, err := s.DriftSummary(t.Context(), team, store.DriftFilter{}); err != nil || sum.Truncated || sum.Total != 200 {
		t.Errorf("%+v, %v", sum, err)
	}
}
