package task_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/task"
)

var team = audit.DeriveID(audit.PrefixTeam, "test")

// cloud is an account whose content a test sets: what a provider package would read, already in the declared shape.
type cloud struct {
	mu        sync.Mutex
	resources map[string]resource                   // by external id
	refused   map[string]error                      // by resource type: its listing fails
	hidden    func(resource) (path string, ok bool) // a detail that is refused on a resource
	changes   []inventory.Change
	before    func(listing string) // called as a listing begins
	regions   []string
	listing   atomic.Int64 // listings under way
}

type resource struct {
	service, region, typ, name string
	config                     map[string]any
	facts                      map[string]any
	status                     audit.ResourceStatus
}

func newCloud() *cloud {
	return &cloud{resources: map[string]resource{}, refused: map[string]error{}, regions: []string{"eu-west-1", audit.RegionGlobal}}
}

func (c *cloud) put(id string, r resource) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.status == "" {
		r.status = audit.ResourceActive
	}
	c.resources[id] = r
}

func (c *cloud) edit(id string, f func(config map[string]any)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.resources[id]
	r.config = maps.Clone(r.config)
	f(r.config)
	c.resources[id] = r
}

func (c *cloud) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.resources, id)
}

func (c *cloud) OpenAccount(context.Context, audit.Provider) (inventory.Account, error) {
	return c, nil
}

func (c *cloud) Regions(context.Context) ([]string, error) { return c.regions, nil }

func (c *cloud) Calls() int { return 0 }

// types are what the cloud's services have.
var types = map[string][]string{
	"s3": {"s3_bucket"}, "ec2": {"ec2_instance", "ec2_security_group", "ec2_volume"}, "iam": {"iam_role"},
}

func (c *cloud) Services(region string) []inventory.Service {
	var out []inventory.Service
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if (name == "iam") != (region == audit.RegionGlobal) {
			continue
		}
		svc := inventory.Service{Name: name}
		for _, typ := range types[name] {
			svc.Listings = append(svc.Listings, inventory.Listing{
				Types: []string{typ}, Action: name + ":List_" + typ,
				Collect: func(ctx context.Context, out inventory.Emitter) error { return c.list(ctx, region, typ, out) },
			})
		}
		out = append(out, svc)
	}
	return out
}

// idle tells whether nothing is being listed.
func (c *cloud) idle() bool { return c.listing.Load() == 0 }

func (c *cloud) list(ctx context.Context, region, typ string, out inventory.Emitter) error {
	c.listing.Add(1)
	defer c.listing.Add(-1)
	if c.before != nil {
		c.before(typ)
	}
	c.mu.Lock()
	err := c.refused[typ]
	var found []*audit.Observation
	for id, r := range c.resources {
		if r.typ != typ || r.region != region {
			continue
		}
		o := &audit.Observation{
			Type: typ, ExternalID: id, Name: r.name, Status: r.status, Config: maps.Clone(r.config), Facts: r.facts,
		}
		if c.hidden != nil {
			if path, ok := c.hidden(r); ok {
				delete(o.Config, path)
				o.Unread = map[string]audit.Unread{path: {Action: "test:Get" + path, Code: "AccessDenied"}}
			}
		}
		found = append(found, o)
	}
	c.mu.Unlock()
	for i, o := range found {
		if err != nil && i >= len(found)/2 {
			return err // a listing that breaks off in its midst
		}
		if out.Done(o.Type, o.ExternalID) {
			continue
		}
		if e := out.Emit(ctx, o); e != nil {
			return e
		}
	}
	return err
}

func (c *cloud) Changes(_ context.Context, _ string, from, to time.Time) iter.Seq2[inventory.Change, error] {
	return func(yield func(inventory.Change, error) bool) {
		for _, ch := range c.changes {
			if !ch.At.Before(from) && !ch.At.After(to) && !yield(ch, nil) {
				return
			}
		}
	}
}

func (c *cloud) ChangesOf(ctx context.Context, region, _ string, from, to time.Time) iter.Seq2[inventory.Change, error] {
	return c.Changes(ctx, region, from, to)
}

// spine is the product between the cloud and the API, on an embedded store.
type spine struct {
	t        testing.TB
	cloud    *cloud
	db       table.DB
	store    *store.Store
	tasks    *task.Tasks
	engine   *job.Engine
	queue    *memqueue.Queue
	provider audit.Provider
	clock    *queuetest.Clock // nil: the system's
	timeout  time.Duration    // of a task; 0 means the engine's own
	// duplicate chooses messages that are delivered twice.
	duplicate func(id string) bool
	// rules are those of compliance checks; nil means rulesOf.
	rules func(context.Context, string) (*rule.Set, *compliance.Catalog, error)
	files *blob.Store // of exports; nil where there are none
	// around wraps the handlers of compliance checks.
	around func(audit.TaskKind, job.Handler) job.Handler
}

func openBolt(t testing.TB) table.DB {
	t.Helper()
	db, err := bolttable.Open(filepath.Join(t.TempDir(), "test.db"), store.Schemas(), bolttable.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// memBlobs holds large values in memory.
type memBlobs struct {
	mu   sync.Mutex
	data map[string][]byte
}

func (b *memBlobs) Put(_ context.Context, key string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data[key] = slices.Clone(data)
	return nil
}

func (b *memBlobs) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, ok := b.data[key]
	if !ok {
		return nil, fault.New(fault.NotFound, "no such object")
	}
	return data, nil
}

func (b *memBlobs) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.data, key)
	return nil
}

// newSpine makes a spine whose clock moves only when nothing else does.
func newSpine(t testing.TB, db table.DB) *spine {
	t.Helper()
	s := &spine{t: t, cloud: newCloud(), db: db, clock: queuetest.NewClock(time.Now().Truncate(time.Hour).Add(time.Hour))}
	s.connect()
	return s
}

func (s *spine) now() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock.Now()
}

func (s *spine) connect() {
	t := s.t
	t.Helper()
	blobs := &memBlobs{data: map[string][]byte{}}
	s.store = store.New(s.db, blobs, s.now)
	s.start(blobs)
	p := audit.Provider{
		ID: audit.ProviderID(team, audit.ProviderAWS, "123456789012"), TeamID: team, Type: audit.ProviderAWS,
		Name: "test", Account: "123456789012", SyncStatus: audit.SyncStatusSyncing,
	}
	var err error
	if s.provider, _, err = s.store.Connect(t.Context(), p, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
}

// start makes engine and queue, as a new process would.
func (s *spine) start(blobs *memBlobs) {
	s.queue = memqueue.New(memqueue.Options{Clock: s.queueClock(), Duplicate: s.duplicate})
	s.tasks = &task.Tasks{Store: s.store, Blobs: blobs, Opener: s.cloud, Shapes: shapes.Load()}
	if s.rules == nil {
		s.rules = rulesOf
	}
	checks := &task.Compliance{Store: s.store, Blobs: blobs, Rules: s.rules, Version: "1.0"}
	export := &task.Export{Store: s.store, Blobs: s.files, Rules: s.rules, Version: "1.0"}
	s.engine = job.New(job.Options{
		Store: s.store, Tasks: s.queue, Types: []audit.JobType{audit.JobResourceSync, audit.JobDriftDetection, audit.JobComplianceCheck},
		Handlers: map[audit.TaskKind]job.Handler{
			audit.TaskPlan: job.HandlerFunc(s.tasks.Plan), audit.TaskSync: job.HandlerFunc(s.tasks.Sync),
			audit.TaskJudge:  s.wrap(audit.TaskJudge, checks.Judge),
			audit.TaskAssess: s.wrap(audit.TaskAssess, checks.Assess),
			audit.TaskExport: s.busy(export),
		},
		Locate: func(ctx context.Context, teamID, id string) (audit.Slice, error) {
			r, err := s.store.Resource(ctx, teamID, id)
			return r.Slice(), err
		},
		BeforeClose: s.tasks.Close, Clock: s.engineClock(), TaskTimeout: s.timeout,
	})
}

// busy keeps the clock where it is while a handler works.
func (s *spine) busy(h job.Handler) job.Handler {
	return job.HandlerFunc(func(ctx context.Context, run *job.Run) error {
		s.cloud.listing.Add(1)
		defer s.cloud.listing.Add(-1)
		return h.Handle(ctx, run)
	})
}

func (s *spine) wrap(kind audit.TaskKind, h job.HandlerFunc) job.Handler {
	if s.around == nil {
		return h
	}
	return s.around(kind, h)
}

// A nil pointer in an interface isn't nil.
func (s *spine) queueClock() memqueue.Clock {
	if s.clock == nil {
		return nil
	}
	return s.clock
}

func (s *spine) engineClock() job.Clock {
	if s.clock == nil {
		return nil
	}
	return s.clock
}

// sync runs an execution to its end.
func (s *spine) sync() audit.Execution {
	s.t.Helper()
	x, err := s.trySync(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return x
}

func (s *spine) trySync(ctx context.Context) (audit.Execution, error) {
	if s.clock != nil {
		s.clock.Advance(time.Hour)
	}
	x, _, err := s.engine.Trigger(ctx, team, job.Request{
		Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: s.provider.ID}, Trigger: "test",
	})
	if err != nil {
		return x, err
	}
	return s.finish(ctx, x.ID)
}

// finish works until executions have ended, and returns the last.
func (s *spine) finish(ctx context.Context, ids ...string) (x audit.Execution, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	worked := make(chan struct{})
	// Without the deadline, which is of another clock than the engine's.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() { defer close(worked); s.engine.Work(work, 2) }()
	defer func() { stop(); <-worked }()
	for idle := 0; ; idle++ {
		ended := true
		for _, id := range ids {
			if x, err = s.store.Execution(ctx, team, id); err != nil {
				return x, err
			}
			ended = ended && x.Status.Done()
		}
		if ended {
			return x, nil
		}
		if s.clock != nil && idle > 20 && s.cloud.idle() {
			// What is left waits for its time: a retry, or a lease that has to run out.
			idle = 0
			s.clock.Advance(time.Minute)
			if err := s.engine.Maintain(ctx); err != nil {
				return x, err
			}
		}
		select {
		case <-ctx.Done():
			return x, fmt.Errorf("executions %v still run: %+v", ids, x.Progress)
		case <-time.After(time.Millisecond):
		}
	}
}

func (s *spine) resources(status ...audit.ResourceStatus) []audit.Resource {
	s.t.Helper()
	var out []audit.Resource
	p := store.Paging{Limit: 3}
	for {
		page, err := s.store.Resources(s.t.Context(), team, store.ResourceFilter{Status: status}, p)
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, page.Items...)
		if page.Next == "" {
			return out
		}
		p.Cursor = page.Next
	}
}

func (s *spine) resource(externalID string) audit.Resource {
	s.t.Helper()
	for _, r := range s.resources(audit.ResourceActive, audit.ResourceStopped, audit.ResourceDeleted) {
		if r.ExternalID == externalID {
			return r
		}
	}
	s.t.Fatalf("no resource %s", externalID)
	return audit.Resource{}
}

func (s *spine) drifts(status ...audit.DriftStatus) []audit.Drift {
	s.t.Helper()
	page, err := s.store.Drifts(s.t.Context(), team, store.DriftFilter{Status: status}, store.Paging{Limit: store.MaxLimit})
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Items
}

var allDrifts = []audit.DriftStatus{audit.DriftDetected, audit.DriftInvestigating, audit.DriftResolved}

// The estate that most tests start with.
const (
	bucket = "arn:aws:s3:::assets"
	group  = "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1"
	volume = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1"
	role   = "arn:aws:iam::123456789012:role/deploy"
)

func (s *spine) populate() {
	s.cloud.put(bucket, resource{service: "s3", region: "eu-west-1", typ: "s3_bucket", name: "assets", config: map[string]any{
		"BucketName":                     "assets",
		"VersioningConfiguration":        map[string]any{"Status": "Enabled"},
		"PublicAccessBlockConfiguration": map[string]any{"BlockPublicAcls": true, "BlockPublicPolicy": true},
	}})
	s.cloud.put(group, resource{service: "ec2", region: "eu-west-1", typ: "ec2_security_group", name: "web", config: map[string]any{
		"GroupName": "web", "GroupDescription": "web",
		"SecurityGroupIngress": []any{map[string]any{"IpProtocol": "tcp", "FromPort": int64(443), "ToPort": int64(443), "CidrIp": "0.0.0.0/0"}},
	}})
	s.cloud.put(volume, resource{service: "ec2", region: "eu-west-1", typ: "ec2_volume", name: "data", config: map[string]any{
		"Size": int64(100), "Encrypted": true, "AvailabilityZone": "eu-west-1a",
	}, facts: map[string]any{"State": "in-use"}})
	s.cloud.put(role, resource{service: "iam", region: audit.RegionGlobal, typ: "iam_role", name: "deploy", config: map[string]any{
		"RoleName": "deploy", "MaxSessionDuration": int64(3600),
	}})
}

var errDenied = &fault.Error{Kind: fault.Denied, Code: "AccessDenied", Action: "ec2:DescribeVolumes", Message: "not authorized"}

func isKind(err error, kind fault.Kind) bool { return err != nil && fault.Is(err, kind) }

var discard = slog.New(slog.DiscardHandler)
