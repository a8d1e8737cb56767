package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/faulttable"
)

// memBlobs holds large values in memory.
type memBlobs struct {
	mu   sync.Mutex
	data map[string][]byte
}

func newBlobs() *memBlobs { return &memBlobs{data: map[string][]byte{}} }

func (b *memBlobs) Put(_ context.Context, key string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data[key] = slices.Clone(data)
	return nil
}

func (b *memBlobs) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if data, ok := b.data[key]; ok {
		return data, nil
	}
	return nil, fault.New(fault.NotFound, "no such object")
}

func (b *memBlobs) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.data, key)
	return nil
}

func (b *memBlobs) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data)
}

// stock is a store with a connected provider, and the ways to record what a sync would.
type stock struct {
	control
	t        testing.TB
	blobs    *memBlobs
	provider audit.Provider
}

func newStock(t testing.TB) *stock {
	t.Helper()
	c := newControl(t)
	s := &stock{control: c, t: t, blobs: newBlobs()}
	s.use(c.db)
	s.provider = s.connect(1)
	return s
}

// use has the store work on another view of its database.
func (s *stock) use(db table.DB) { s.Store = store.New(db, s.blobs, s.clock.Now) }

func (s *stock) connect(n int) audit.Provider {
	s.t.Helper()
	p, _, err := s.Connect(s.t.Context(), provider(n), []byte("sealed"))
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stock) slice(region, service string) audit.Slice {
	return audit.Slice{ProviderID: s.provider.ID, Region: region, Service: service}
}

// thing is a resource as a test speaks of it.
type thing struct {
	typ, id, name string
	status        audit.ResourceStatus
	tags          map[string]string
	config        map[string]any
	facts         string // stands for facts; "" for none
	unread        map[string]audit.Unread
}

func (s *stock) observed(th thing, verb inventory.Verb, before string) inventory.Observed {
	s.t.Helper()
	if th.status == "" {
		th.status = audit.ResourceActive
	}
	if th.config == nil {
		th.config = map[string]any{"Name": th.name}
	}
	canonical, err := shape.Canonical(th.config, th.unread)
	if err != nil {
		s.t.Fatal(err)
	}
	o := inventory.Observed{
		Verb: verb, External: audit.ExternalKey(th.id), Before: before, Hash: shape.Hash(canonical), Canonical: canonical,
		FactsHash: th.facts, Observation: &audit.Observation{
			Type: th.typ, ExternalID: th.id, Name: th.name, Status: th.status, Tags: th.tags, Config: th.config, Unread: th.unread,
		},
	}
	if th.facts != "" {
		o.Facts = map[string]any{"State": th.facts}
	}
	return o
}

func (s *stock) record(slice audit.Slice, batch ...inventory.Observed) inventory.Recorded {
	s.t.Helper()
	rec, err := s.Record(s.t.Context(), team, slice, batch)
	if err != nil {
		s.t.Fatal(err)
	}
	return rec
}

func (s *stock) create(slice audit.Slice, things ...thing) {
	s.t.Helper()
	var batch []inventory.Observed
	for _, th := range things {
		batch = append(batch, s.observed(th, inventory.VerbCreate, ""))
	}
	s.record(slice, batch...)
}

// cover writes a slice's coverage line as a sync that read it whole would.
func (s *stock) cover(slice audit.Slice, counts map[string]int) {
	s.t.Helper()
	now := s.Now()
	c := audit.Coverage{Slice: slice, SyncedAt: now}
	for typ, n := range counts {
		c.Types = append(c.Types, audit.TypeCoverage{ResourceType: typ, Status: audit.ReadOK, Count: &n, ReadAt: &now})
	}
	if err := s.PutCoverage(s.t.Context(), team, c); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stock) known(slice audit.Slice) []inventory.Known {
	s.t.Helper()
	var out []inventory.Known
	for k, err := range s.Slice(s.t.Context(), team, slice) {
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

func key(slice audit.Slice, id string) audit.ResourceKey {
	return audit.ResourceKey{Slice: slice.Key(), External: audit.ExternalKey(id)}
}

func (s *stock) get(slice audit.Slice, id string) audit.Resource {
	s.t.Helper()
	r, err := s.Resource(s.t.Context(), team, key(slice, id).ResourceID())
	if err != nil {
		s.t.Fatalf("resource %s: %v", id, err)
	}
	return r
}

// whole checks that whatever a resource refers to is there.
func (s *stock) whole(slice audit.Slice, id string) {
	s.t.Helper()
	r := s.get(slice, id)
	for _, hash := range []string{r.ConfigHash, r.BaselineHash} {
		if _, err := s.ConfigurationAt(s.t.Context(), team, key(slice, id), hash); err != nil {
			s.t.Errorf("%s lacks the configuration %s: %v", id, hash, err)
		}
	}
	if b, err := s.Baseline(s.t.Context(), team, r.BaselineID); err != nil || b.ConfigHash != r.BaselineHash {
		s.t.Errorf("%s has baseline %+v, %v; it says %s", id, b, err, r.BaselineHash)
	}
}

func (s *stock) history(slice audit.Slice, id string) []store.HistoryKind {
	s.t.Helper()
	var kinds []store.HistoryKind
	p := store.Paging{Limit: 1}
	for {
		page, err := s.ResourceHistory(s.t.Context(), team, key(slice, id).ResourceID(), p)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(page.Items) > 1 {
			s.t.Errorf("a page of 1 has %d events", len(page.Items))
		}
		for _, e := range page.Items {
			kinds = append(kinds, e.Kind)
		}
		if page.Next == "" {
			return kinds
		}
		p.Cursor = page.Next
	}
}

func (s *stock) remove(slice audit.Slice, known ...inventory.Known) []string {
	s.t.Helper()
	removed, err := s.Remove(s.t.Context(), team, slice, known)
	if err != nil {
		s.t.Fatal(err)
	}
	return removed
}

// settle does what judging ends with.
func (s *stock) settle(slice audit.Slice, id string) {
	s.t.Helper()
	r := s.get(slice, id)
	var err error
	if r.Status == audit.ResourceDeleted {
		err = s.SetGone(s.t.Context(), team, key(slice, id), *r.DeletedAt)
	} else {
		_, err = s.SetJudged(s.t.Context(), team, key(slice, id), r.ConfigHash, r.BaselineHash)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

var (
	bucketA  = thing{typ: "s3_bucket", id: "arn:aws:s3:::a", name: "a"}
	bucketA2 = thing{typ: "s3_bucket", id: "arn:aws:s3:::a", name: "a", config: map[string]any{"Name": "a", "Locked": true}}
)

func TestAResourceIsCreatedChangedTouchedDeletedAndBack(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	first := s.observed(bucketA, inventory.VerbCreate, "")
	if got := s.record(sl, first); got.Created != 1 || got.Changed != 0 || len(got.Unsettled) != 0 {
		t.Errorf("created: %+v", got)
	}
	if k := s.known(sl); len(k) != 1 || !k[0].Settled() || k[0].Type != "s3_bucket" || k[0].Hash != first.Hash {
		t.Errorf("the index says %+v", k)
	}
	s.clock.Advance(time.Minute)
	second := s.observed(bucketA2, inventory.VerbChange, first.Hash)
	if got := s.record(sl, second); got.Changed != 1 || !slices.Equal(got.Unsettled, []string{second.External}) {
		t.Errorf("changed: %+v", got)
	}
	changed := s.get(sl, bucketA.id)
	if !changed.ChangedAt.Equal(s.Now()) || changed.ConfigHash != second.Hash || changed.BaselineHash != first.Hash {
		t.Errorf("changed: %+v", changed)
	}
	s.settle(sl, bucketA.id)

	s.clock.Advance(time.Minute)
	touched := bucketA2
	touched.facts, touched.status = "new", audit.ResourceStopped
	if got := s.record(sl, s.observed(touched, inventory.VerbTouch, second.Hash)); got.Changed != 0 || got.Created != 0 {
		t.Errorf("touched: %+v", got)
	}
	if r := s.get(sl, bucketA.id); r.Status != audit.ResourceStopped || !r.ChangedAt.Equal(changed.ChangedAt) {
		t.Errorf("touched: %+v", r)
	}
	if f, err := s.Facts(t.Context(), team, changed.ID); err != nil || f["State"] != "new" {
		t.Errorf("facts %v, %v", f, err)
	}

	s.clock.Advance(time.Minute)
	if got := s.remove(sl, s.known(sl)...); len(got) != 1 {
		t.Errorf("removed %v", got)
	}
	if got := s.remove(sl, inventory.Known{External: second.External, Hash: second.Hash}); len(got) != 0 {
		t.Errorf("removed twice: %v", got)
	}
	gone := s.get(sl, bucketA.id)
	if gone.Status != audit.ResourceDeleted || gone.DeletedAt == nil || !gone.DeletedAt.Equal(s.Now()) || len(s.known(sl)) != 0 {
		t.Errorf("deleted: %+v", gone)
	}
	s.settle(sl, bucketA.id)

	s.clock.Advance(time.Minute)
	if got := s.record(sl, s.observed(bucketA2, inventory.VerbCreate, "")); got.Created != 0 || got.Changed != 1 || len(got.Unsettled) != 1 {
		t.Errorf("back: %+v", got)
	}
	if k := s.known(sl); len(k) != 1 || k[0].Settled() {
		t.Errorf("back, before it was judged, the index says %+v", k)
	}
	if r := s.get(sl, bucketA.id); r.DeletedAt != nil || r.Status != audit.ResourceActive || !r.FirstSeenAt.Equal(changed.FirstSeenAt) {
		t.Errorf("back: %+v", r)
	}
	s.whole(sl, bucketA.id)
	want := []store.HistoryKind{store.HistoryReappeared, store.HistoryDeleted, store.HistoryChanged, store.HistoryCreated}
	if diff := cmp.Diff(want, s.history(sl, bucketA.id)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestABatchDeliveredTwiceWritesTheSame(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	batch := []inventory.Observed{s.observed(bucketA, inventory.VerbCreate, "")}
	for i := range 40 {
		batch = append(batch, s.observed(thing{typ: "s3_bucket", id: fmt.Sprint("b", i), name: "b"}, inventory.VerbCreate, ""))
	}
	if got := s.record(sl, batch...); got.Created != len(batch) {
		t.Errorf("first: %+v", got)
	}
	before := s.get(sl, bucketA.id)
	s.clock.Advance(time.Minute)
	if got := s.record(sl, batch...); got.Created != 0 || got.Changed != 0 || len(got.Unsettled) != 0 {
		t.Errorf("second: %+v", got)
	}
	if diff := cmp.Diff(before, s.get(sl, bucketA.id)); diff != "" {
		t.Errorf("the second delivery changed it (-before +after):\n%s", diff)
	}
}

// Two syncs of one slice, each with the index as it was at its start.
func TestTwoSyncsAtOnceLoseAndDoubleNothing(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var sum inventory.Recorded
	for range 4 {
		var batch []inventory.Observed
		for i := range 60 {
			batch = append(batch, s.observed(thing{typ: "s3_bucket", id: fmt.Sprint("b", i), name: "b"}, inventory.VerbCreate, ""))
		}
		wg.Go(func() {
			rec, err := s.Record(t.Context(), team, sl, batch)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Created += rec.Created
			sum.Changed += rec.Changed
		})
	}
	wg.Wait()
	if sum.Created != 60 || sum.Changed != 0 || len(s.known(sl)) != 60 {
		t.Errorf("%+v of %d resources; want 60 created", sum, len(s.known(sl)))
	}
	for i := range 60 {
		s.whole(sl, fmt.Sprint("b", i))
	}
}

func TestAnObservationOfAnOlderIndexIsReconciled(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	first := s.observed(bucketA, inventory.VerbCreate, "")
	third := bucketA
	third.config = map[string]any{"Name": "a", "Third": true}
	touch := bucketA
	touch.facts = "x"
	tests := []struct {
		name    string
		before  func()
		observe inventory.Observed
		kind    store.HistoryKind // of the newest event
		status  audit.ResourceStatus
	}{
		{
			"a change of what changed meanwhile", func() { s.record(sl, s.observed(bucketA2, inventory.VerbChange, first.Hash)) },
			s.observed(third, inventory.VerbChange, first.Hash), store.HistoryChanged, "",
		},
		{
			"a change of what was deleted meanwhile", func() { s.remove(sl, s.known(sl)...) },
			s.observed(bucketA2, inventory.VerbChange, first.Hash), store.HistoryReappeared, "",
		},
		{
			"a touch of what was deleted meanwhile", func() { s.remove(sl, s.known(sl)...) },
			s.observed(touch, inventory.VerbTouch, first.Hash), store.HistoryReappeared, "",
		},
		{"a touch of what was forgotten meanwhile", func() {
			if err := s.DeleteResource(t.Context(), team, key(sl, bucketA.id).ResourceID()); err != nil {
				t.Fatal(err)
			}
		}, s.observed(touch, inventory.VerbTouch, first.Hash), store.HistoryCreated, ""},
		{
			"a creation of what another found in another state", func() {},
			s.observed(bucketA2, inventory.VerbCreate, ""), store.HistoryChanged, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s = newStock(t)
			s.record(sl, first)
			s.clock.Advance(time.Minute)
			tt.before()
			s.clock.Advance(time.Minute)
			s.record(sl, tt.observe)
			r := s.get(sl, bucketA.id)
			if r.ConfigHash != tt.observe.Hash || r.Status != audit.ResourceActive || r.DeletedAt != nil {
				t.Errorf("it is %+v", r)
			}
			if got := s.history(sl, bucketA.id); got[0] != tt.kind {
				t.Errorf("its history is %v, want %s first", got, tt.kind)
			}
			s.whole(sl, bucketA.id)
		})
	}
}

// The process dies at each write of recording a new resource, and when the next one looks, the resource has changed.
func TestACreationCutOffAnywhereIsFinishedByTheNextSync(t *testing.T) {
	for _, fate := range []faulttable.Fate{faulttable.Die, faulttable.DieAfter, faulttable.DieTorn} {
		for n := 1; ; n++ {
			s := newStock(t)
			sl := s.slice("eu-west-1", "s3")
			s.use(faulttable.New(s.db, faulttable.AtWrite(n, fate)))
			_, err := s.Record(t.Context(), team, sl, []inventory.Observed{s.observed(bucketA, inventory.VerbCreate, "")})
			s.use(s.db)
			if err == nil {
				break
			}
			verb, before := inventory.VerbCreate, ""
			if k := s.known(sl); len(k) == 1 {
				verb, before = inventory.VerbChange, k[0].Hash
			}
			s.record(sl, s.observed(bucketA2, verb, before))
			s.whole(sl, bucketA.id)
			if len(s.known(sl)) != 1 {
				t.Errorf("died at write %d (fate %d): %d resources", n, fate, len(s.known(sl)))
			}
		}
	}
}

func TestADeletedResourceIsJudgedAnewWhenItIsBack(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	first := s.observed(bucketA, inventory.VerbCreate, "")
	s.record(sl, first)
	second := s.observed(bucketA2, inventory.VerbChange, first.Hash)
	s.record(sl, second)
	s.settle(sl, bucketA.id)
	s.remove(sl, s.known(sl)...)
	// A judgement of the live resource that ends only now must not count for the one that is back.
	if ok, err := s.SetJudged(t.Context(), team, key(sl, bucketA.id), second.Hash, first.Hash); ok || err != nil {
		t.Errorf("SetJudged of a deleted resource = %v, %v", ok, err)
	}
	s.record(sl, s.observed(bucketA2, inventory.VerbCreate, ""))
	if k := s.known(sl); len(k) != 1 || k[0].Settled() {
		t.Errorf("the index says %+v, want it unsettled", k)
	}
}

func TestWhatIsDeletedOnceMoreStaysToBeJudged(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	s.create(sl, bucketA)
	s.remove(sl, s.known(sl)...)
	earlier := *s.get(sl, bucketA.id).DeletedAt
	s.clock.Advance(time.Minute)
	s.create(sl, bucketA)
	s.remove(sl, s.known(sl)...)
	gone := func() int {
		n := 0
		for _, err := range s.Gone(t.Context(), team, sl) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if err := s.SetGone(t.Context(), team, key(sl, bucketA.id), earlier); err != nil {
		t.Fatal(err)
	}
	if gone() != 1 {
		t.Error("the second deletion counts as judged, though only the first was")
	}
	s.settle(sl, bucketA.id)
	if gone() != 0 {
		t.Error("the second deletion waits although it was judged")
	}
}

func TestAnOlderSyncDoesNotOverwriteNewerCoverage(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	old := audit.Coverage{Slice: sl, SyncedAt: s.Now()}
	s.clock.Advance(time.Minute)
	s.cover(sl, map[string]int{"s3_bucket": 1})
	if err := s.PutCoverage(t.Context(), team, old); err != nil {
		t.Fatal(err)
	}
	if c, err := s.SliceCoverage(t.Context(), team, sl); err != nil || !c.SyncedAt.Equal(s.Now()) {
		t.Errorf("coverage %+v, %v", c, err)
	}
	s.clock.Advance(time.Minute)
	s.cover(sl, map[string]int{"s3_bucket": 2})
	if c, err := s.Coverage(t.Context(), team, s.provider.ID); err != nil || len(c) != 1 || !c[0].SyncedAt.Equal(s.Now()) {
		t.Errorf("coverage %+v, %v", c, err)
	}
}

func TestDeletingARecordLeavesNothingOfItBehind(t *testing.T) {
	big := thing{typ: "s3_bucket", id: "arn:aws:s3:::big", name: "big", config: map[string]any{"Policy": noise(200 << 10)}}
	for n := 1; ; n++ {
		s := newStock(t)
		sl := s.slice("eu-west-1", "s3")
		s.create(sl, big, bucketA)
		id := key(sl, big.id).ResourceID()
		if _, err := s.CaptureBaseline(t.Context(), team, id, "good", "me"); err != nil {
			t.Fatal(err)
		}
		if err := s.PutDrift(t.Context(), team, drift(sl, big, "/Policy", s.Now())); err != nil {
			t.Fatal(err)
		}
		// It dies at its n-th write, and is asked for again.
		s.use(faulttable.New(s.db, faulttable.AtWrite(n, faulttable.DieTorn)))
		err := s.DeleteResource(t.Context(), team, id)
		s.use(s.db)
		if again := s.DeleteResource(t.Context(), team, id); again != nil && !fault.Is(again, fault.NotFound) {
			t.Fatalf("cut off at write %d, and again: %v", n, again)
		}
		for _, q := range []table.Query{
			{Table: "inventory", PK: team + "#" + sl.Key(), Prefix: audit.ExternalKey(big.id)},
			{Table: "findings", PK: team + "#" + sl.Key()},
			{Table: "history", PK: team + "#" + id},
		} {
			for it, err := range table.All(t.Context(), s.db, q) {
				t.Errorf("cut off at write %d: %s %s is left (%v)", n, q.Table, it.SK, err)
			}
		}
		if s.blobs.count() != 0 {
			t.Errorf("cut off at write %d: %d blobs are left", n, s.blobs.count())
		}
		s.whole(sl, bucketA.id)
		s.create(sl, big)
		if got := s.history(sl, big.id); len(got) != 1 {
			t.Errorf("found again, its history is %v", got)
		}
		if err == nil {
			break
		}
	}
}

// between calls f before the n-th call of a method.
type between struct {
	table.DB
	method string
	f      func()
}

func (b *between) hook(method string) {
	if f := b.f; f != nil && method == b.method {
		b.f = nil
		f()
	}
}

func (b *between) Write(ctx context.Context, w table.Write) (table.Item, error) {
	b.hook("Write")
	return b.DB.Write(ctx, w)
}

func (b *between) Transact(ctx context.Context, w []table.Write) error {
	b.hook("Transact")
	return b.DB.Transact(ctx, w)
}

func (b *between) BatchGet(ctx context.Context, name string, keys []table.Key) ([]table.Item, error) {
	b.hook("BatchGet")
	return b.DB.BatchGet(ctx, name, keys)
}

func TestARecordThatChangesWhileItIsDeletedGoesWhole(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	first := s.observed(bucketA, inventory.VerbCreate, "")
	s.record(sl, first)
	other := *s
	s.use(&between{DB: s.db, method: "Write", f: func() {
		other.record(sl, other.observed(bucketA2, inventory.VerbChange, first.Hash))
	}})
	if err := s.DeleteResource(t.Context(), team, key(sl, bucketA.id).ResourceID()); err != nil {
		t.Fatal(err)
	}
	for it, err := range table.All(t.Context(), s.db, table.Query{Table: "inventory", PK: team + "#" + sl.Key(), Prefix: audit.ExternalKey(bucketA.id)}) {
		t.Errorf("%s is left (%v)", it.SK, err)
	}
}

func TestARetainedConfigurationIsNeverDropped(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	id := key(sl, bucketA.id).ResourceID()
	first := s.observed(bucketA, inventory.VerbCreate, "")
	s.record(sl, first)
	second := s.observed(bucketA2, inventory.VerbChange, first.Hash)
	s.record(sl, second)
	s.clock.Advance(time.Second)
	if _, err := s.CaptureBaseline(t.Context(), team, id, "", "me"); err != nil {
		t.Fatal(err)
	}
	oldest := audit.BaselineID(key(sl, bucketA.id), audit.FirstCapture)
	other := *s
	// The resource takes the configuration on again just as it is dropped with its baseline.
	transactions := 0
	hook := &between{DB: s.db, method: "Transact"}
	hook.f = func() {
		transactions++
		hook.f = func() { // before the second: the drop
			transactions++
			other.record(sl, other.observed(bucketA, inventory.VerbChange, second.Hash))
		}
	}
	s.use(hook)
	if err := s.DeleteBaseline(t.Context(), team, oldest); err != nil {
		t.Fatal(err)
	}
	s.use(s.db)
	if transactions != 2 {
		t.Fatalf("%d transactions", transactions)
	}
	s.whole(sl, bucketA.id)
	// And what nothing has any more is dropped.
	s.clock.Advance(time.Second)
	if _, err := s.CaptureBaseline(t.Context(), team, id, "", "me"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.PruneBaselines(t.Context(), team, id, 1); n != 1 || err != nil {
		t.Fatalf("PruneBaselines = %d, %v", n, err)
	}
	if _, err := s.ConfigurationAt(t.Context(), team, key(sl, bucketA.id), second.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("a configuration that nothing has: %v", err)
	}
	s.whole(sl, bucketA.id)
}

func TestBaselinesOfAResource(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	id := key(sl, bucketA.id).ResourceID()
	first := s.observed(bucketA, inventory.VerbCreate, "")
	s.record(sl, first)
	oldest := audit.BaselineID(key(sl, bucketA.id), audit.FirstCapture)
	wantCode(t, s.DeleteBaseline(t.Context(), team, oldest), "only_baseline")
	var ids []string
	for range 3 { // in one millisecond
		b, err := s.CaptureBaseline(t.Context(), team, id, "good", "me")
		if err != nil {
			t.Fatal(err)
		}
		ids = append([]string{b.ID}, ids...)
	}
	ids = append(ids, oldest)
	for limit := 1; limit <= len(ids)+1; limit++ {
		var got []string
		for p := (store.Paging{Limit: limit}); ; {
			page, err := s.Baselines(t.Context(), team, id, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range page.Items {
				got = append(got, b.ID)
			}
			if p.Cursor = page.Next; page.Next == "" {
				break
			}
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("baselines, %d a page (-want +got):\n%s", limit, diff)
		}
	}
	if r := s.get(sl, bucketA.id); r.BaselineID != ids[0] {
		t.Errorf("the target is %s, want %s", r.BaselineID, ids[0])
	}
	if err := s.DeleteBaseline(t.Context(), team, ids[0]); err != nil {
		t.Fatal(err)
	}
	if r := s.get(sl, bucketA.id); r.BaselineID != ids[1] {
		t.Errorf("the newest deleted, the target is %s, want %s", r.BaselineID, ids[1])
	}
	if n, err := s.PruneBaselines(t.Context(), team, id, 1); n != 2 || err != nil {
		t.Errorf("PruneBaselines = %d, %v", n, err)
	}
	s.whole(sl, bucketA.id)
	s.remove(sl, s.known(sl)...)
	if _, err := s.CaptureBaseline(t.Context(), team, id, "", "me"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a baseline of a deleted resource: %v", err)
	}
	if _, err := s.Baseline(t.Context(), "team_two", ids[1]); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team's baseline: %v", err)
	}
}

// noise is text that doesn't compress to less than about half.
func noise(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(audit.Digest(52, fmt.Sprint(i)))
	}
	return b.String()
}

func TestALargeConfigurationIsKeptAsAnObject(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "s3")
	big := thing{typ: "s3_bucket", id: "big", name: "big", config: map[string]any{"Policy": noise(1 << 20)}}
	s.create(sl, big)
	if s.blobs.count() != 1 {
		t.Fatalf("%d objects", s.blobs.count())
	}
	c, err := s.Configuration(t.Context(), team, key(sl, "big").ResourceID(), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(big.config, c.Config); diff != "" {
		t.Errorf("it came back otherwise (-want +got):\n%.200s", diff)
	}
	if _, err := s.Configuration(t.Context(), "team_two", key(sl, "big").ResourceID(), ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("another team's: %v", err)
	}
	// Captured, changed, and retained no more: the object goes with the configuration.
	before := s.get(sl, "big")
	small := s.observed(thing{typ: "s3_bucket", id: "big", name: "big"}, inventory.VerbChange, before.ConfigHash)
	s.record(sl, small)
	if _, err := s.CaptureBaseline(t.Context(), team, before.ID, "", "me"); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteBaseline(t.Context(), team, before.BaselineID); err != nil {
		t.Fatal(err)
	}
	if s.blobs.count() != 0 {
		t.Errorf("%d objects are left", s.blobs.count())
	}
	s.whole(sl, "big")
}
