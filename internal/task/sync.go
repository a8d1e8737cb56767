package task

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/shape"
)

// Sync handles tasks of kind sync: it reads the services of one region, each a slice of the inventory, and judges what
// changed as soon as its slice was read.
func (t *Tasks) Sync(ctx context.Context, run *job.Run) error {
	work := run.Task()
	p, err := t.Store.Provider(ctx, work.TeamID, work.ProviderID)
	if err != nil {
		return err
	}
	if err := connected(&p); err != nil {
		return err
	}
	account, err := t.Opener.OpenAccount(ctx, p)
	if err != nil {
		return err
	}
	s := &regionSync{Tasks: t, run: run, work: work, account: account, weigher: t.weigher()}
	if err := s.openPlace(ctx); err != nil {
		return err
	}
	return s.sync(ctx)
}

// place is where an unfinished task goes on.
type place struct {
	Done  []string                    `json:"done,omitempty"`  // services
	Parts map[string]*inventory.Place `json:"parts,omitempty"` // services that were begun
	Found audit.Found                 `json:"found"`
	Hole  bool                        `json:"hole,omitempty"` // something could not be read
	Read  bool                        `json:"read,omitempty"` // something could
}

// regionSync is one attempt at one region.
type regionSync struct {
	*Tasks
	run     *job.Run
	work    audit.Task
	account inventory.Account
	weigher *weigher

	mu      sync.Mutex
	place   place
	drifted bool
	failure error // of a listing, when nothing at all could be read
	calls   int   // of earlier attempts
}

func (s *regionSync) sync(ctx context.Context) error {
	s.calls = s.place.Found.APICalls
	ended := slices.Clone(s.place.Done) // the services that run add to it
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(s.Services, 3))
	for _, svc := range s.account.Services(s.work.Region) {
		if slices.Contains(ended, svc.Name) ||
			len(s.work.Services) > 0 && !slices.Contains(s.work.Services, svc.Name) {
			continue
		}
		g.Go(func() error { return s.service(gctx, svc) })
	}
	err := g.Wait()
	if s.drifted && s.Attribute != nil {
		s.Attribute(context.WithoutCancel(ctx), s.work.TeamID, s.work.ProviderID, s.work.Region)
	}
	if err != nil {
		return err
	}
	s.place.Found.APICalls = s.calls + s.account.Calls()
	if len(s.place.Parts) > 0 {
		if err := s.savePlace(ctx); err != nil {
			return err
		}
		return job.ErrContinue
	}
	s.run.Found(s.place.Found)
	if s.place.Hole {
		s.run.Partial()
	}
	if !s.place.Read && s.failure != nil && !fault.Is(s.failure, fault.Denied) {
		return s.failure
	}
	return s.dropPlace(ctx)
}

// service reads and judges one slice.
func (s *regionSync) service(ctx context.Context, svc inventory.Service) error {
	slice := audit.Slice{ProviderID: s.work.ProviderID, Region: s.work.Region, Service: svc.Name}
	fresh, err := s.fresh(ctx, slice)
	if err != nil {
		return err
	}
	if fresh {
		found, err := s.judge(s.weigher).Slice(ctx, s.work.TeamID, slice, nil)
		s.done(svc.Name, found, true)
		return err
	}
	s.mu.Lock()
	from := s.place.Parts[svc.Name]
	s.mu.Unlock()
	r, err := s.syncer().Slice(ctx, s.work.TeamID, slice, svc.Listings, from, s.run.Deadline())
	if err != nil {
		return err
	}
	judged, err := s.judge(s.weigher).Resources(ctx, s.work.TeamID, slice, r.Unsettled, sinceOf(r.Before))
	if err != nil {
		return err
	}
	r.Found.Add(judged)
	if r.Unfinished != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.place.Parts == nil {
			s.place.Parts = map[string]*inventory.Place{}
		}
		s.place.Parts[svc.Name] = r.Unfinished
		s.place.Found.Add(r.Found)
		s.drifted = s.drifted || judged.DriftsDetected+judged.DriftsReopened > 0
		return nil
	}
	s.report(svc.Name, &r)
	s.done(svc.Name, r.Found, s.cover(&r.Coverage))
	return nil
}

// fresh tells whether a slice was read recently enough for this execution.
func (s *regionSync) fresh(ctx context.Context, slice audit.Slice) (bool, error) {
	maxAge := time.Duration(s.run.Execution.MaxAge) * time.Second
	if maxAge <= 0 {
		return false, nil
	}
	c, err := s.Store.SliceCoverage(ctx, s.work.TeamID, slice)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && c.Complete() && s.run.Now().Sub(c.SyncedAt) < maxAge, err
}

// done notes that a service was read to its end.
func (s *regionSync) done(service string, found audit.Found, read bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.place.Done = append(s.place.Done, service)
	delete(s.place.Parts, service)
	s.place.Found.Add(found)
	s.place.Read = s.place.Read || read
	s.drifted = s.drifted || found.DriftsDetected+found.DriftsReopened > 0
}

// cover notes holes, and tells whether anything was read.
func (s *regionSync) cover(c *audit.Coverage) (read bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.place.Hole = s.place.Hole || !c.Complete()
	for _, t := range c.Types {
		switch t.Status {
		case audit.ReadOK, audit.ReadUnsupported:
			read = true
		case audit.ReadDenied:
			s.failure = cmp.Or(s.failure, error(&fault.Error{Kind: fault.Denied, Action: t.Action, Message: t.Reason}))
		default:
			s.failure = &fault.Error{Kind: failureKind(t), Code: t.Code, Action: t.Action, Message: t.Action + ": " + t.Reason}
		}
	}
	return read
}

// failureKind tells whether another attempt at a region of which nothing could be read may do better.
func failureKind(t audit.TypeCoverage) fault.Kind {
	switch {
	case t.Status == audit.ReadThrottled:
		return fault.Throttled
	case t.Code == string(fault.Unavailable), t.Code == string(fault.Timeout):
		return fault.Unavailable
	}
	return fault.Expired
}

// report writes what a person wants to know of a slice to the execution's log.
func (s *regionSync) report(service string, r *inventory.Result) {
	f := r.Found
	if f.Created+f.Changed+f.Deleted > 0 {
		s.run.Log(job.LevelInfo, "%s %s: %d resources, %d new, %d changed, %d deleted",
			s.work.Region, service, f.Resources, f.Created, f.Changed, f.Deleted)
	}
	for _, t := range r.Coverage.Types {
		if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported {
			s.run.Log(job.LevelWarn, "%s %s: %s %s (%s)", s.work.Region, t.ResourceType, t.Status, t.Action, t.Code)
		}
		for action, n := range t.Unread {
			s.run.Log(job.LevelWarn, "%s %s: %s was refused for %d resources", s.work.Region, t.ResourceType, action, n)
		}
	}
}

// maxInlinePlace is how large a place may be within the task's item.
const maxInlinePlace = 64 << 10

func (s *regionSync) placeKey() string {
	return s.work.TeamID + "/place/" + s.work.ExecutionID + "/" + s.work.ID
}

// The first byte of a place says where the rest is.
const (
	placeInline = 'i'
	placeBlob   = 'b'
)

func (s *regionSync) savePlace(ctx context.Context) error {
	raw, err := json.Marshal(s.place)
	if err != nil {
		return err
	}
	body, err := shape.Compress(raw)
	if err != nil {
		return err
	}
	out := append([]byte{placeInline}, body...)
	if len(body) > maxInlinePlace {
		if err := s.Blobs.Put(ctx, s.placeKey(), body); err != nil {
			return err
		}
		// Two places of one size must differ: whether a new place was saved is told by comparing them.
		out = append([]byte{placeBlob}, audit.Digest(16, string(body))...)
	}
	return s.run.Save(ctx, out, s.place.Found)
}

func (s *regionSync) openPlace(ctx context.Context) error {
	if len(s.work.Place) == 0 {
		return nil
	}
	body := s.work.Place[1:]
	if s.work.Place[0] == placeBlob {
		var err error
		if body, err = s.Blobs.Get(ctx, s.placeKey()); err != nil {
			return err
		}
	}
	raw, err := shape.Decompress(body)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "a task's place can't be read")
	}
	if err := json.Unmarshal(raw, &s.place); err != nil {
		return fault.Wrap(fault.Internal, err, "a task's place can't be read")
	}
	return nil
}

func (s *regionSync) dropPlace(ctx context.Context) error {
	if len(s.work.Place) > 0 && s.work.Place[0] == placeBlob {
		return s.Blobs.Delete(ctx, s.placeKey())
	}
	return nil
}
