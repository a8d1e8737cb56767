package inventory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// Store is what a sync needs of the store.
type Store interface {
	// Slice yields what the index says of a slice's live resources.
	Slice(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[Known, error]
	// Record writes observations that are new or differ.
	Record(ctx context.Context, teamID string, slice audit.Slice, batch []Observed) (Recorded, error)
	// Remove marks as deleted what is gone, and returns the external keys of what it marked.
	Remove(ctx context.Context, teamID string, slice audit.Slice, gone []Known) ([]string, error)
	// ConfigurationAt returns a stored configuration by its hash.
	ConfigurationAt(ctx context.Context, teamID string, key audit.ResourceKey, hash string) (audit.Configuration, error)
	// SliceCoverage returns what the last sync of the slice could read; fault.NotFound before the first.
	SliceCoverage(ctx context.Context, teamID string, slice audit.Slice) (audit.Coverage, error)
	// PutCoverage records what this sync could read.
	PutCoverage(ctx context.Context, teamID string, c audit.Coverage) error
}

// Syncer brings slices of the inventory up to date. Its memory grows with the index of one slice (some 70 bytes a
// resource) and with batches in flight, not with configurations.
type Syncer struct {
	Store Store
	// Differs tells whether two configurations of a resource differ in anything that was read on both sides.
	Differs func(resourceType string, before, after audit.Configuration) (bool, error)
	// Redact returns a configuration whose secrets are replaced by digests, without changing its argument: secrets are
	// compared, but never stored. nil leaves all as it is.
	Redact func(resourceType string, config map[string]any) map[string]any
	Now    func() time.Time
	// Batch is how many resources are written at once; 0 means 500.
	Batch int
	// Concurrency is how many listings of a slice run at once; 0 means 4.
	Concurrency int
}

// Place is where an unfinished sync of a slice goes on.
type Place struct {
	// Types are those that were read already, whole or not at all.
	Types []audit.TypeCoverage `json:"types,omitempty"`
	// Seen are the external keys of the resources that the unfinished listings have handled, by type, joined.
	Seen map[string]string `json:"seen,omitempty"`
}

// Result tells what a sync of a slice found.
type Result struct {
	Coverage audit.Coverage
	// Before is the coverage of the sync before this one; zero at the first.
	Before audit.Coverage
	Found  audit.Found
	// Unsettled are the external keys of resources whose comparison with their baseline has to be judged.
	Unsettled []string
	// Unfinished is where to go on when the time was up; nil when the slice was read to its end.
	Unfinished *Place
}

// errTimeUp is the cause of a collection's end when its task is near its deadline.
var errTimeUp = errors.New("inventory: time is up")

// Slice reads one service of one region and writes what is new, changed or gone. Failed listings become lines of
// coverage, not errors: an error means that nothing could be written, or that ctx ended. When yieldAt comes, it
// returns with Unfinished set; from is such a place of an earlier call, or nil.
func (y *Syncer) Slice(ctx context.Context, teamID string, slice audit.Slice, listings []Listing, from *Place, yieldAt time.Time) (Result, error) {
	s := &sliceSync{Syncer: y, team: teamID, slice: slice, sliceKey: slice.Key(), started: y.Now()}
	if err := s.load(ctx, from); err != nil {
		return Result{}, err
	}
	collect, cancel := context.WithDeadlineCause(ctx, yieldAt, errTimeUp)
	defer cancel()
	g, collect := errgroup.WithContext(collect)
	g.SetLimit(y.concurrency())
	for _, l := range listings {
		if s.readBefore(l) {
			continue
		}
		g.Go(func() error { return s.list(ctx, collect, l) })
	}
	if err := g.Wait(); err != nil {
		return Result{}, err
	}
	return s.finish(ctx)
}

func (y *Syncer) concurrency() int {
	if y.Concurrency > 0 {
		return y.Concurrency
	}
	return 4
}

func (y *Syncer) batchSize() int {
	if y.Batch > 0 {
		return y.Batch
	}
	return 500
}

// list runs one listing to its end. It fails only when the store does, or when ctx ended.
func (s *sliceSync) list(ctx, collect context.Context, l Listing) error {
	out := &emitter{sliceSync: s, ctx: ctx, counts: map[string]int{}, unread: map[string]map[string]int{}}
	err := Read(collect, l, out)
	if flushErr := out.flush(); flushErr != nil {
		return flushErr
	}
	if out.fatal != nil {
		return out.fatal
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil && errors.Is(context.Cause(collect), errTimeUp) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unfinished = true
		return nil
	}
	if err == nil {
		if err := s.removeUnseen(ctx, l.Types); err != nil {
			return err
		}
	}
	s.cover(l, out, err)
	return nil
}

// Read runs a listing. A panic of its collector is an error: one broken collector must not stop the others.
func Read(ctx context.Context, l Listing, out Emitter) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &fault.Error{
				Kind: fault.Internal, Code: "Panic", Message: "the collector failed",
				Cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack()),
			}
		}
	}()
	return l.Collect(ctx, out)
}

// ReadStatus tells what a failed listing's fault means for coverage.
func ReadStatus(err error) audit.ReadStatus {
	switch fault.KindOf(err) {
	case "":
		return audit.ReadOK
	case fault.Denied:
		return audit.ReadDenied
	case fault.Throttled, fault.RateLimited:
		return audit.ReadThrottled
	case fault.Unsupported:
		return audit.ReadUnsupported
	}
	return audit.ReadFailed
}

// cover notes how a listing went, a line for each of its types.
func (s *sliceSync) cover(l Listing, out *emitter, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, typ := range l.Types {
		s.types = append(s.types, Cover(l, typ, s.started, s.counts[typ], out.unread[typ], err))
	}
}

// Cover returns what a listing that ended with err could read of one of its types: count resources, and unread by action
// those that lack attributes.
func Cover(l Listing, resourceType string, at time.Time, count int, unread map[string]int, err error) audit.TypeCoverage {
	t := audit.TypeCoverage{ResourceType: resourceType, Status: ReadStatus(err)}
	f := fault.From(err)
	if f == nil {
		t.Count, t.ReadAt, t.Unread = &count, &at, unread
		return t
	}
	t.Action, t.Code, t.Reason = f.Action, f.StableCode(), f.Message
	if t.Action == "" {
		t.Action = l.Action
	}
	if t.Reason == "" {
		t.Reason = f.Kind.Classify().Title
	}
	return t
}

// finish writes the coverage line, or the place to go on from.
func (s *sliceSync) finish(ctx context.Context) (Result, error) {
	r := Result{Found: s.found, Unsettled: s.unsettled}
	if s.unfinished {
		r.Unfinished = s.place()
		return r, nil
	}
	before, err := s.Store.SliceCoverage(ctx, s.team, s.slice)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return r, err
	}
	r.Before, r.Coverage = before, audit.Coverage{Slice: s.slice, SyncedAt: s.started, Types: s.types}
	sortTypes(r.Coverage.Types)
	for i := range r.Coverage.Types {
		t := &r.Coverage.Types[i]
		if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported || len(t.Unread) > 0 {
			r.Found.Unread++
		}
		if at := before.ReadAt(t.ResourceType); t.ReadAt == nil && !at.IsZero() {
			t.ReadAt = &at
		}
	}
	return r, s.Store.PutCoverage(ctx, s.team, r.Coverage)
}
