package drift

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
)

// Store is what judging needs of the store.
type Store interface {
	// Unsettled yields the live resources of a slice whose comparison with their baseline has not been judged.
	Unsettled(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[audit.ResourceKey, error]
	// Gone yields the deleted resources of a slice whose drifts are not resolved yet.
	Gone(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[audit.ResourceKey, error]
	// ResourceAt returns a resource by its key.
	ResourceAt(ctx context.Context, teamID string, key audit.ResourceKey) (audit.Resource, error)
	ConfigurationAt(ctx context.Context, teamID string, key audit.ResourceKey, hash string) (audit.Configuration, error)
	PutConfiguration(ctx context.Context, teamID string, key audit.ResourceKey, hash string, canonical []byte) error
	// FillBaseline replaces the newest baseline's configuration, if it still has hash before.
	FillBaseline(ctx context.Context, teamID string, key audit.ResourceKey, baselineID, before, hash string) (bool, error)
	// DriftsOf returns all drifts of a resource, open and resolved.
	DriftsOf(ctx context.Context, teamID string, key audit.ResourceKey) ([]audit.Drift, error)
	// PutDrifts writes drifts, each if it is still as it was read, with the events that tell of them; it returns the indexes of
	// those that were not.
	PutDrifts(ctx context.Context, teamID string, changes []audit.DriftChange) (changed []int, err error)
	// SetGone records that the drifts of a resource that was deleted at that time are resolved.
	SetGone(ctx context.Context, teamID string, key audit.ResourceKey, deletedAt time.Time) error
	// SetJudged records that a comparison was judged; false when the resource or its baseline changed meanwhile.
	SetJudged(ctx context.Context, teamID string, key audit.ResourceKey, hash, baseline string) (bool, error)
}

// Weigher knows what changes mean to rules.
type Weigher interface {
	// Weigh returns the verdicts that the changes of a resource turn over, worst first.
	Weigh(ctx context.Context, teamID string, r audit.Resource, before, after audit.Configuration, changes []Change) ([]Flip, error)
}

// Flip is a verdict that changes turn over, and which attributes of the changed resource its rule reads.
type Flip struct {
	audit.DriftVerdict
	Touches func(path string) bool
}

// Judge compares resources with their baselines and keeps their drifts. What it does follows from what is stored, so
// that a judgement cut off at any point is made again without harm: a resource is judged once its drifts are written.
type Judge struct {
	Store  Store
	Shapes *shape.Set
	// Weigher tells which changes weaken the security posture or break a control; nil weighs nothing.
	Weigher Weigher
	Now     func() time.Time
	// Concurrency is how many resources are judged at once; 0 means 8.
	Concurrency int
}

// Since tells when a resource type of the slice was read before the sync that found the change; the zero time when
// that isn't known. It bounds when changes were made.
type Since func(resourceType string) time.Time

// Slice judges every resource of a slice whose comparison or deletion is new. Unchanged resources cost a line of the
// index; only those that differ have their configurations loaded.
func (j *Judge) Slice(ctx context.Context, teamID string, slice audit.Slice, since Since) (audit.Found, error) {
	return j.each(ctx, teamID, since, j.Store.Unsettled(ctx, teamID, slice), j.Store.Gone(ctx, teamID, slice))
}

// Resources judges the resources of a slice with these external keys, and those whose deletion is new.
func (j *Judge) Resources(ctx context.Context, teamID string, slice audit.Slice, externalKeys []string, since Since) (audit.Found, error) {
	sliceKey := slice.Key()
	named := func(yield func(audit.ResourceKey, error) bool) {
		for _, k := range externalKeys {
			if !yield(audit.ResourceKey{Slice: sliceKey, External: k}, nil) {
				return
			}
		}
	}
	return j.each(ctx, teamID, since, named, j.Store.Gone(ctx, teamID, slice))
}

func (j *Judge) each(ctx context.Context, teamID string, since Since, runs ...iter.Seq2[audit.ResourceKey, error]) (audit.Found, error) {
	p := &pass{Judge: j, team: teamID, since: since}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(j.concurrency())
	for _, keys := range runs {
		for key, err := range keys {
			if err != nil {
				err = errors.Join(err, g.Wait())
				return p.found, err
			}
			g.Go(func() error { return p.resource(inner, key) })
		}
	}
	err := g.Wait()
	if err == nil {
		err = p.commit(ctx, p.take(1))
	}
	return p.found, err
}

func (j *Judge) concurrency() int { return cmp.Or(j.Concurrency, 8) }

// judgeTries bounds how often a resource that keeps changing is judged again.
const judgeTries = 5

// Resource judges one resource: new differences become drifts, known ones stay, reverted ones are resolved, recurring
// ones reopened. What is unread on either side is neither compared nor resolved.
func (j *Judge) Resource(ctx context.Context, teamID string, key audit.ResourceKey, since Since) (audit.Found, error) {
	var found audit.Found
	for range judgeTries {
		o, again, err := j.compare(ctx, teamID, key, since)
		if err != nil {
			return found, err
		}
		if again {
			continue
		}
		changed, err := j.Store.PutDrifts(ctx, teamID, o.changes)
		if err != nil {
			return found, err
		}
		o.count(&found, func(i int) bool { return !slices.Contains(changed, i) })
		if len(changed) > 0 {
			continue
		}
		settled, err := o.settle(ctx)
		if err != nil && !fault.Is(err, fault.Conflict) {
			return found, err
		}
		if err == nil && settled {
			return found, nil
		}
	}
	// Others change it faster than it can be judged; the next pass finds it unsettled.
	return found, nil
}

// outcome is what a comparison says: drifts to be written, and what settles the resource once they are.
type outcome struct {
	key     audit.ResourceKey
	changes []audit.DriftChange
	settle  func(ctx context.Context) (bool, error)
}

// count counts those of the changes that were written.
func (o *outcome) count(found *audit.Found, written func(i int) bool) {
	for i := range o.changes {
		switch ch := &o.changes[i]; {
		case !written(i):
		case ch.Event == audit.EventDriftResolved:
			found.DriftsResolved++
		case ch.Event == audit.EventDriftDetected && ch.Drift.Version > 0:
			found.DriftsReopened++
		case ch.Event == audit.EventDriftDetected:
			found.DriftsDetected++
		}
	}
}

// compare compares a resource with its baseline. again says that it changed meanwhile.
func (j *Judge) compare(ctx context.Context, teamID string, key audit.ResourceKey, since Since) (o outcome, again bool, err error) {
	o = outcome{key: key, settle: func(context.Context) (bool, error) { return true, nil }}
	r, err := j.Store.ResourceAt(ctx, teamID, key)
	if fault.Is(err, fault.NotFound) {
		return o, false, nil // its record was removed
	} else if err != nil {
		return o, false, err
	}
	c := comparison{Judge: j, team: teamID, key: key, resource: r}
	if since != nil {
		c.since = since(r.Type)
	}
	compared, err := c.judge(ctx)
	if fault.Is(err, fault.Conflict) {
		return o, true, nil
	}
	o.changes, o.settle = c.changes, c.settle
	return o, !compared, err
}

// comparison is one resource beside its baseline.
type comparison struct {
	*Judge
	team     string
	key      audit.ResourceKey
	resource audit.Resource
	since    time.Time
	flips    []Flip
	changes  []audit.DriftChange
}

// judge notes what the comparison says. It reports false when the baseline was filled, so that it is to be made again.
func (c *comparison) judge(ctx context.Context) (compared bool, err error) {
	if c.resource.Status == audit.ResourceDeleted {
		return true, c.resolveAll(ctx)
	}
	r := &c.resource
	sh, ok := c.Shapes.Lookup(r.Type)
	if !ok {
		return false, fault.New(fault.Internal, "no shape for resource type %s", r.Type)
	}
	base, current, err := c.load(ctx)
	if err != nil {
		return false, err
	}
	if filled, ok := FillBaseline(sh, base, current); ok {
		return false, c.fill(ctx, base, filled)
	}
	changes := Compare(sh, base, current)
	drifts, err := c.Store.DriftsOf(ctx, c.team, c.key)
	if err != nil {
		return false, err
	}
	if len(changes) > 0 && c.Weigher != nil {
		if c.flips, err = c.Weigher.Weigh(ctx, c.team, *r, base, current, changes); err != nil {
			return false, err
		}
	}
	byPath := make(map[string]audit.Drift, len(drifts))
	for _, d := range drifts {
		byPath[d.Path] = d
	}
	for _, ch := range changes {
		d, known := byPath[ch.Path]
		delete(byPath, ch.Path)
		c.keep(ch, d, known)
	}
	for _, d := range byPath {
		if d.Status.Open() && !unreadAt(sh, base, d.Path) && !unreadAt(sh, current, d.Path) {
			c.resolve(d)
		}
	}
	return true, nil
}

// settle records that what the comparison says is written. It reports false when the resource changed meanwhile.
func (c *comparison) settle(ctx context.Context) (bool, error) {
	if c.resource.Status == audit.ResourceDeleted {
		return true, c.Store.SetGone(ctx, c.team, c.key, *c.resource.DeletedAt)
	}
	return c.Store.SetJudged(ctx, c.team, c.key, c.resource.ConfigHash, c.resource.BaselineHash)
}

// unreadAt tells whether a path, or a part of what is there, could not be read.
func unreadAt(sh *shape.Shape, conf audit.Configuration, path string) bool {
	for text := range conf.Unread {
		if p, ok := sh.UnreadPath(text); ok {
			text = p.String()
		}
		if shape.Covers(text, path) || shape.Covers(path, text) {
			return true
		}
	}
	return false
}

// load reads the two configurations; when they are one, it is read only for what of it is unread.
func (c *comparison) load(ctx context.Context) (base, current audit.Configuration, err error) {
	current, err = c.Store.ConfigurationAt(ctx, c.team, c.key, c.resource.ConfigHash)
	if err != nil {
		return base, current, err
	}
	if c.resource.BaselineHash == c.resource.ConfigHash {
		return current, current, nil
	}
	base, err = c.Store.ConfigurationAt(ctx, c.team, c.key, c.resource.BaselineHash)
	return base, current, err
}

// fill stores a baseline whose unread attributes were read now for the first time.
func (c *comparison) fill(ctx context.Context, before, filled audit.Configuration) error {
	canonical, err := shape.Canonical(filled.Config, filled.Unread)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "a configuration can't be written as JSON")
	}
	hash := shape.Hash(canonical)
	if err := c.Store.PutConfiguration(ctx, c.team, c.key, hash, canonical); err != nil {
		return err
	}
	_, err = c.Store.FillBaseline(ctx, c.team, c.key, c.resource.BaselineID, before.Hash, hash)
	return err
}

// keep notes a difference as a new drift, a reopened one, or one whose values changed; a known one costs nothing.
func (c *comparison) keep(ch Change, d audit.Drift, known bool) {
	r, now := &c.resource, c.Now()
	was := d
	d.BaselineID = r.BaselineID
	d.Change, d.Expected, d.Actual, d.Summary = ch.Kind, ch.Expected, ch.Actual, ch.Summary
	d.Type, d.Severity, d.Verdicts = c.grade(ch)
	d.ResourceName = r.Name
	reopened := known && !d.Status.Open()
	moved := known && !sameValue(was.Actual, d.Actual)
	if !known {
		d.ID = audit.DriftID(c.key, ch.Path)
		d.ProviderID, d.ResourceID, d.ExternalID, d.ResourceType = r.ProviderID, r.ID, r.ExternalID, r.Type
		d.Service, d.Region, d.Path = r.Service, r.Region, ch.Path
		d.FirstDetectedAt = now
	}
	if !known || reopened {
		d.Status, d.DetectedAt = audit.DriftDetected, now
		d.ResolvedAt, d.ResolvedBy = nil, ""
	}
	if reopened {
		d.Reopened++
	}
	if !known || reopened || moved {
		d.LastSeenAt = now
		d.Actor = audit.Actor{Status: audit.ActorPending}
		d.ChangedBefore = r.ChangedAt
		d.ChangedAfter = c.since
		if d.ChangedAfter.IsZero() || !d.ChangedAfter.Before(d.ChangedBefore) {
			d.ChangedAfter = r.FirstSeenAt
		}
	} else if was.Summary == d.Summary && was.Severity == d.Severity && was.Type == d.Type &&
		reflect.DeepEqual(was.Verdicts, d.Verdicts) && was.BaselineID == d.BaselineID &&
		sameValue(was.Expected, d.Expected) && was.ResourceName == d.ResourceName {
		return
	}
	event := audit.EventType("")
	if !known || reopened {
		event = audit.EventDriftDetected
	}
	c.changes = append(c.changes, audit.DriftChange{Drift: d, Event: event})
}

// maxVerdicts is how many verdicts a drift names: an account's setting may turn over those of all its buckets.
const maxVerdicts = 50

// grade says what a change means: by the verdicts that it turned over and by its path, whichever is worse, for to turn off what
// a rule thinks good to have may be the beginning of something. A change that only makes things better is mild.
func (c *comparison) grade(ch Change) (audit.DriftType, audit.Severity, []audit.DriftVerdict) {
	graded := Grade(c.resource.Type, ch.Path, ch)
	typ, severity := audit.DriftConfiguration, graded
	var verdicts []audit.DriftVerdict
	worse := false
	for _, f := range c.flips {
		if !f.Touches(ch.Path) {
			continue
		}
		switch {
		case f.Better && !worse:
			severity = audit.SeverityLow
		case !f.Better && !worse: // the worst of them: what gets worse comes first
			worse = true
			if f.Severity.Rank() > graded.Rank() {
				severity = f.Severity
			} else {
				severity = graded
			}
		}
		if !f.Better && typ != audit.DriftCompliance {
			typ = audit.DriftSecurity
			if len(f.Frameworks) > 0 {
				typ = audit.DriftCompliance
			}
		}
		if len(verdicts) < maxVerdicts {
			verdicts = append(verdicts, f.DriftVerdict)
		}
	}
	return typ, severity, verdicts
}

func (c *comparison) resolve(d audit.Drift) {
	now := c.Now()
	d.Status, d.ResolvedAt = audit.DriftResolved, &now
	switch {
	case c.resource.Status == audit.ResourceDeleted:
		d.ResolvedBy = "deleted"
	case d.BaselineID != c.resource.BaselineID:
		d.ResolvedBy = "baseline"
	default:
		d.ResolvedBy = "reverted"
	}
	c.changes = append(c.changes, audit.DriftChange{Drift: d, Event: audit.EventDriftResolved})
}

// resolveAll ends the drifts of a resource that is gone.
func (c *comparison) resolveAll(ctx context.Context) error {
	drifts, err := c.Store.DriftsOf(ctx, c.team, c.key)
	if err != nil {
		return err
	}
	for _, d := range drifts {
		if d.Status.Open() {
			c.resolve(d)
		}
	}
	return nil
}

// sameValue compares values of which one may have been through JSON and the other not.
func sameValue(a, b any) bool {
	return reflect.DeepEqual(jsonForm(a), jsonForm(b))
}

// jsonForm makes every number a float64, as JSON does.
func jsonForm(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int:
		return float64(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = jsonForm(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = jsonForm(e)
		}
		return out
	}
	return v
}

// Differs tells whether two configurations of a resource differ in anything that was read on both sides.
func Differs(shapes *shape.Set, resourceType string, before, after audit.Configuration) (bool, error) {
	sh, ok := shapes.Lookup(resourceType)
	if !ok {
		return false, fault.New(fault.Internal, "no shape for resource type %s", resourceType)
	}
	return len(Compare(sh, before, after)) > 0, nil
}
