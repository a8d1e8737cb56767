package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
)

const team = "team_one"

// control is a store on a real local table, with a clock that only the test moves.
type control struct {
	*store.Store
	db    table.DB
	clock *queuetest.Clock
}

func newControl(t testing.TB) control {
	t.Helper()
	clock := queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	db, err := bolttable.Open(filepath.Join(t.TempDir(), "db"), store.Schemas(), bolttable.Options{Clock: clock.Now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return control{store.New(db, nil, clock.Now), db, clock}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if f := fault.From(err); f == nil || f.StableCode() != code {
		t.Errorf("error %v, want code %s", err, code)
	}
}

func provider(n int) audit.Provider {
	account := fmt.Sprintf("%012d", n)
	return audit.Provider{
		ID: audit.ProviderID(team, audit.ProviderAWS, account), TeamID: team, Type: audit.ProviderAWS,
		Name: "prod", Account: account, AuthMethod: audit.AuthRole, SyncStatus: audit.SyncStatusSyncing,
	}
}

func TestConnectingAKnownAccountIsRefusedOrReconnectsIt(t *testing.T) {
	c := newControl(t)
	p, reconnected, err := c.Connect(t.Context(), provider(1), []byte("first"))
	if err != nil || reconnected || !p.ConnectedAt.Equal(c.Now()) {
		t.Fatalf("Connect = %+v, %v, %v", p, reconnected, err)
	}
	_, _, err = c.Connect(t.Context(), provider(1), []byte("second"))
	wantCode(t, err, "provider_exists")
	if got, err := c.Credentials(t.Context(), team, p.ID); err != nil || string(got) != "first" {
		t.Errorf("Credentials = %q, %v", got, err)
	}
	synced := c.Now()
	if _, err := c.UpdateProvider(t.Context(), team, p.ID, func(p *audit.Provider) error {
		p.LastSyncAt, p.SyncStatus = &synced, audit.SyncStatusSynced
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is fine
		if got, err := c.Disconnect(t.Context(), team, p.ID); err != nil || got.SyncStatus != audit.SyncStatusDisconnected {
			t.Fatalf("Disconnect = %+v, %v", got, err)
		}
	}
	if _, err := c.Credentials(t.Context(), team, p.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("credentials outlived the connection: %v", err)
	}
	c.clock.Advance(time.Hour)
	again, reconnected, err := c.Connect(t.Context(), provider(1), []byte("third"))
	if err != nil || !reconnected {
		t.Fatalf("Connect = %v, %v", reconnected, err)
	}
	if !again.ConnectedAt.Equal(p.ConnectedAt) || again.LastSyncAt == nil || again.SyncStatus != audit.SyncStatusSyncing {
		t.Errorf("history is lost: %+v", again)
	}
	stored, err := c.Provider(t.Context(), team, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again, stored); diff != "" {
		t.Error(diff)
	}
	if got, err := c.Credentials(t.Context(), team, p.ID); err != nil || string(got) != "third" {
		t.Errorf("Credentials = %q, %v", got, err)
	}
}

func TestUpdatesOfOneProviderAtOnceAreAllMade(t *testing.T) {
	c := newControl(t)
	p, _, err := c.Connect(t.Context(), provider(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if _, err := c.UpdateProvider(t.Context(), team, p.ID, func(p *audit.Provider) error { p.Name += "x"; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err := c.Provider(t.Context(), team, p.ID)
	if err != nil || len(got.Name) != len("prod")+20 || got.Version != 21 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestProviderStatusTakesLegalSteps(t *testing.T) {
	tests := map[string]struct {
		from, to audit.SyncStatus
		ok       bool
	}{
		"a sync may end": {audit.SyncStatusSyncing, audit.SyncStatusPartial, true},
		"a second, overlapping sync may end otherwise": {audit.SyncStatusSynced, audit.SyncStatusPartial, true},
		"a disconnected provider isn't synced":         {audit.SyncStatusDisconnected, audit.SyncStatusSynced, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := newControl(t)
			p := provider(1)
			p.SyncStatus = tc.from
			if _, _, err := c.Connect(t.Context(), p, nil); err != nil {
				t.Fatal(err)
			}
			_, err := c.UpdateProvider(t.Context(), team, p.ID, func(p *audit.Provider) error { p.SyncStatus = tc.to; return nil })
			if (err == nil) != tc.ok || err != nil && fault.From(err).StableCode() != "illegal_transition" {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestWhatIsAnotherTeamsOrNobodysIsAbsent(t *testing.T) {
	c := newControl(t)
	p, _, err := c.Connect(t.Context(), provider(1), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	none := func(*audit.Provider) error { return nil }
	long := "prv_" + string(make([]byte, 5000))
	for _, at := range []struct{ team, id string }{{"team_two", p.ID}, {team, "prv_none"}, {team, ""}, {team, "job_x"}, {team, long}} {
		_, err1 := c.Provider(t.Context(), at.team, at.id)
		_, err2 := c.Credentials(t.Context(), at.team, at.id)
		_, err3 := c.Disconnect(t.Context(), at.team, at.id)
		_, err4 := c.UpdateProvider(t.Context(), at.team, at.id, none)
		_, err5 := c.Job(t.Context(), at.team, at.id)
		_, err6 := c.Execution(t.Context(), at.team, at.id)
		err7 := c.CancelExecution(t.Context(), at.team, at.id)
		err8 := c.DeleteJob(t.Context(), at.team, at.id)
		for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%.20s %.20s: call %d gives %v, want not found", at.team, at.id, i+1, err)
			}
		}
	}
}

func TestListsPageInOrderAndCursorsAreGoodForOneQuery(t *testing.T) {
	c := newControl(t)
	for n := range 7 {
		if _, _, err := c.Connect(t.Context(), provider(n), nil); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	paging := store.Paging{Limit: 3}
	for {
		page, err := c.Providers(t.Context(), team, store.ProviderFilter{Type: audit.ProviderAWS}, paging)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			ids = append(ids, p.ID)
		}
		if page.Next == "" {
			break
		}
		paging.Cursor = page.Next
		for _, other := range []func() error{
			func() error { _, err := c.Providers(t.Context(), team, store.ProviderFilter{}, paging); return err },
			func() error { _, err := c.Jobs(t.Context(), team, store.JobFilter{}, paging); return err },
			func() error {
				_, err := c.Providers(t.Context(), "team_two", store.ProviderFilter{Type: audit.ProviderAWS}, paging)
				return err
			},
		} {
			wantCode(t, other(), "bad_cursor")
		}
	}
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			t.Errorf("out of order, or twice: %v", ids)
		}
	}
	if len(ids) != 7 {
		t.Errorf("%d providers, want 7", len(ids))
	}
	none, err := c.Providers(t.Context(), team, store.ProviderFilter{Status: audit.SyncStatusError}, store.Paging{})
	if err != nil || len(none.Items) != 0 || none.Next != "" {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestTokensLetInWhomTheyWereMadeFor(t *testing.T) {
	c := newControl(t)
	want := store.Token{TeamID: team, UserID: "usr_1", Role: "admin", Name: "bootstrap", CreatedAt: c.Now()}
	if err := c.CreateToken(t.Context(), "secret", want); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateToken(t.Context(), "secret", want); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same token again: %v", err)
	}
	got, err := c.LookupToken(t.Context(), "secret")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, bad := range []string{"", "secre", "secret2"} {
		if _, err := c.LookupToken(t.Context(), bad); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("token %q: %v", bad, err)
		}
	}
}

func TestATeamIsMadeOnce(t *testing.T) {
	c := newControl(t)
	first, err := c.EnsureTeam(t.Context(), store.Team{ID: team, Name: "one"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.EnsureTeam(t.Context(), store.Team{ID: team, Name: "two"})
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := c.Team(t.Context(), "team_two"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestDueJobsAreClaimedOnce(t *testing.T) {
	c := newControl(t)
	for n := range 6 {
		next := c.Now().Add(time.Duration(n-2) * time.Minute)
		j := audit.Job{ID: fmt.Sprint("job_", n), TeamID: team, Type: audit.JobResourceSync, Enabled: n != 1, NextRunAt: &next}
		if _, err := c.CreateJob(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		_, err := c.CreateJob(t.Context(), j)
		wantCode(t, err, "job_exists")
	}
	due, err := c.DueJobs(t.Context(), c.Now(), 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("DueJobs = %v, %v; want jobs 0 and 2", due, err)
	}
	if some, err := c.DueJobs(t.Context(), c.Now(), 1); err != nil || len(some) != 1 {
		t.Errorf("DueJobs of one = %v, %v", some, err)
	}
	next := c.Now().Add(time.Hour)
	for _, j := range due {
		if err := c.ClaimDue(t.Context(), j, c.Now(), &next); err != nil {
			t.Error(err)
		}
		if err := c.ClaimDue(t.Context(), j, c.Now(), &next); !fault.Is(err, fault.Conflict) {
			t.Errorf("claimed twice: %v", err)
		}
	}
	if due, err := c.DueJobs(t.Context(), c.Now(), 10); err != nil || len(due) != 0 {
		t.Errorf("DueJobs = %v, %v", due, err)
	}
	yes := true
	page, err := c.Jobs(t.Context(), team, store.JobFilter{Enabled: &yes}, store.Paging{})
	if err != nil || len(page.Items) != 5 {
		t.Errorf("%d enabled jobs, %v", len(page.Items), err)
	}
	stop := errors.New("stop")
	if _, err := c.UpdateJob(t.Context(), team, "job_0", func(*audit.Job) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("UpdateJob = %v", err)
	}
}
