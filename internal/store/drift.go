package store

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// driftPrefix starts the sort keys of a resource's drifts, in the partition of its slice.
func driftPrefix(key audit.ResourceKey) string { return "drf#" + key.External + "#" }

func driftKey(teamID, id string) (table.Key, bool) {
	key, path, ok := audit.ParseDriftID(id)
	return table.Key{PK: slicePK(teamID, key.Slice), SK: driftPrefix(key) + path}, ok
}

// The partitions of the index by status.
const (
	driftsOpen     = "open"
	driftsResolved = "resolved"
)

func driftsPK(teamID, part string) string { return teamID + "#drf#" + part }

func pendingPK(teamID, providerID, region string) string {
	return teamID + "#" + providerID + "#" + region
}

func decodeDrift(teamID string, it table.Item) (audit.Drift, error) {
	var d audit.Drift
	if err := decode(it, &d); err != nil {
		return d, err
	}
	d.TeamID, d.Version = teamID, it.Int(attrVersion)
	return d, nil
}

// DriftsOf returns a resource's drifts, open and resolved, by the key of their path.
func (s *Store) DriftsOf(ctx context.Context, teamID string, key audit.ResourceKey) ([]audit.Drift, error) {
	var out []audit.Drift
	q := table.Query{Table: tableFindings, PK: slicePK(teamID, key.Slice), Prefix: driftPrefix(key), Consistent: true}
	for it, err := range table.All(ctx, s.db, q) {
		if err != nil {
			return nil, dbFault(err, "drift")
		}
		d, err := decodeDrift(teamID, it)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// driftWrite stores a drift if it is still as it was read: absent for Version 0.
func driftWrite(teamID string, d *audit.Drift) (table.Write, error) {
	key, ok := driftKey(teamID, d.ID)
	if !ok {
		return table.Write{}, fault.New(fault.Internal, "a drift has no proper id")
	}
	part := driftsOpen
	if !d.Status.Open() {
		part = driftsResolved
	}
	w := table.Write{
		Table: tableFindings, Kind: table.Put, Key: key, If: table.IfAbsent(),
		Attrs: table.Attrs{
			attrDoc: encode(d), attrStatus: string(d.Status), attrVersion: d.Version + 1,
			"sp": driftsPK(teamID, part), "ss": stamp(d.DetectedAt) + "#" + d.ID,
		},
	}
	if d.Version > 0 {
		w.If = table.IfEqual(attrVersion, d.Version)
	}
	if d.Status.Open() && d.Actor.Status == audit.ActorPending {
		w.Attrs["ap"], w.Attrs["as"] = pendingPK(teamID, d.ProviderID, d.Region), d.ID
	}
	return w, nil
}

// PutDrift writes a drift of which there is nothing to tell, if it is still as it was read: absent for Version 0. Conflict when
// it isn't.
func (s *Store) PutDrift(ctx context.Context, teamID string, d audit.Drift) error {
	w, err := driftWrite(teamID, &d)
	if err != nil {
		return err
	}
	_, err = s.db.Write(ctx, w)
	return dbFault(err, "drift")
}

// PutDrifts writes drifts, each if it is still as it was read, with the events that tell of them, up to 50 drifts in one; it
// returns the indexes of those that were not. When it fails, some batches may have been written, each with its event.
func (s *Store) PutDrifts(ctx context.Context, teamID string, changes []audit.DriftChange) (changed []int, err error) {
	var quiet []table.Write
	var quietAt, toldAt []int
	var told []news
	for i := range changes {
		w, err := driftWrite(teamID, &changes[i].Drift)
		if err != nil {
			return nil, err
		}
		if changes[i].Event == "" {
			quiet, quietAt = append(quiet, w), append(quietAt, i)
		} else {
			told, toldAt = append(told, news{w, changes[i].Event}), append(toldAt, i)
		}
	}
	failed, err := s.putNews(ctx, told, func(kind audit.EventType, of []int) audit.Event {
		drifts := make([]audit.Drift, 0, len(of))
		for _, i := range of {
			d := changes[toldAt[i]].Drift
			d.Version++ // as it is written
			drifts = append(drifts, d)
		}
		return audit.NewDriftEvent(teamID, kind, drifts, s.now())
	})
	for _, i := range failed {
		changed = append(changed, toldAt[i])
	}
	if err != nil || len(quiet) == 0 {
		return changed, dbFault(err, "drift")
	}
	failed, err = s.db.Apply(ctx, quiet)
	for _, i := range failed {
		changed = append(changed, quietAt[i])
	}
	return changed, dbFault(err, "drift")
}

// Drift returns a drift by its id.
func (s *Store) Drift(ctx context.Context, teamID, id string) (audit.Drift, error) {
	key, ok := driftKey(teamID, id)
	if !ok {
		return audit.Drift{}, fault.New(fault.NotFound, "no such drift")
	}
	it, err := s.db.Get(ctx, tableFindings, key)
	if err != nil {
		return audit.Drift{}, dbFault(err, "drift")
	}
	d, err := decodeDrift(teamID, it)
	if err != nil {
		return d, err
	}
	one := []audit.Drift{d}
	err = s.driftsSeen(ctx, teamID, one)
	return one[0], err
}

// updateTries bounds how often an update starts again because another was first.
const updateTries = 8

// UpdateDrift changes a drift by a function of what it is, again where another writer was first. An error of the
// function ends it.
func (s *Store) UpdateDrift(ctx context.Context, teamID, id string, change func(*audit.Drift) error) (audit.Drift, error) {
	for try := range updateTries {
		d, err := s.Drift(ctx, teamID, id)
		if err != nil {
			return d, err
		}
		was := d
		if err := change(&d); err != nil {
			return d, err
		}
		changed, err := s.PutDrifts(ctx, teamID, []audit.DriftChange{{Drift: d, Event: audit.DriftNews(&was, &d)}})
		switch {
		case err != nil:
			return d, err
		case len(changed) == 0:
			d.Version++
			return d, nil
		}
		backOff(ctx, try+1)
	}
	return audit.Drift{}, fault.New(fault.Conflict, "the drift keeps changing; try again")
}

// SetDriftStatus takes a drift to another status. Conflict (code "illegal_transition") when it can't go there.
func (s *Store) SetDriftStatus(ctx context.Context, teamID, id string, status audit.DriftStatus, by string) (audit.Drift, error) {
	return s.UpdateDrift(ctx, teamID, id, func(d *audit.Drift) error {
		if err := d.Status.CheckTransition(status); err != nil {
			return err
		}
		if status == d.Status {
			return nil
		}
		d.Status = status
		d.ResolvedAt, d.ResolvedBy = nil, ""
		if status == audit.DriftResolved {
			now := s.now()
			d.ResolvedAt, d.ResolvedBy = &now, by
		}
		return nil
	})
}

// PendingDrifts yields the open drifts of a provider's region whose actor isn't known yet.
func (s *Store) PendingDrifts(ctx context.Context, teamID, providerID, region string) iter.Seq2[audit.Drift, error] {
	return func(yield func(audit.Drift, error) bool) {
		q := table.Query{Table: tableFindings, Index: indexPending, PK: pendingPK(teamID, providerID, region)}
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				yield(audit.Drift{}, dbFault(err, "drift"))
				return
			}
			d, err := s.Drift(ctx, teamID, it.String("as"))
			if fault.Is(err, fault.NotFound) || err == nil && d.Actor.Status != audit.ActorPending {
				continue // the index lags
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// DriftFilter narrows a list of drifts. The zero value means every open drift of the team.
type DriftFilter struct {
	ProviderID   string
	ResourceID   string
	ResourceType string
	Region       string
	Type         audit.DriftType
	Severity     []audit.Severity
	Status       []audit.DriftStatus // none: those that are open
	Since        time.Time           // detected at or after
}

func (f *DriftFilter) matches(d *audit.Drift) bool {
	return (f.ProviderID == "" || f.ProviderID == d.ProviderID) &&
		(f.ResourceID == "" || f.ResourceID == d.ResourceID) &&
		(f.ResourceType == "" || f.ResourceType == d.ResourceType) &&
		(f.Region == "" || f.Region == d.Region) &&
		(f.Type == "" || f.Type == d.Type) &&
		(len(f.Severity) == 0 || slices.Contains(f.Severity, d.Severity)) &&
		(len(f.Status) == 0 && d.Status.Open() || slices.Contains(f.Status, d.Status)) &&
		!d.DetectedAt.Before(f.Since)
}

// parts are the partitions of the index that the filter needs.
func (f *DriftFilter) parts() []string {
	var parts []string
	if len(f.Status) == 0 || slices.ContainsFunc(f.Status, audit.DriftStatus.Open) {
		parts = append(parts, driftsOpen)
	}
	if slices.Contains(f.Status, audit.DriftResolved) {
		parts = append(parts, driftsResolved)
	}
	return parts
}

func (f *DriftFilter) query(teamID string) string {
	return query(teamID, "drifts", string(encode(f)))
}

// maxExamined bounds how many items a request reads to fill a page of a filtered list.
const maxExamined = 2000

// driftPosition is where a list of drifts goes on.
type driftPosition struct {
	Part  string `json:"p,omitempty"`
	After string `json:"a,omitempty"`
}

// Drifts lists drifts: open ones first, then resolved ones, each newest detected first; those of one resource by the
// key of their path.
func (s *Store) Drifts(ctx context.Context, teamID string, f DriftFilter, p Paging) (Page[audit.Drift], error) {
	var out Page[audit.Drift]
	pos := driftPosition{}
	name := f.query(teamID)
	if _, err := openCursor(name, p.Cursor, &pos); err != nil {
		return out, err
	}
	next, err := s.walkDrifts(ctx, teamID, f, pos, p.limit(), maxExamined, func(d audit.Drift) {
		out.Items = append(out.Items, d)
	})
	if err != nil {
		return out, err
	}
	if next != nil {
		out.Next = sealCursor(name, next)
	}
	return out, s.driftsSeen(ctx, teamID, out.Items)
}

// walkDrifts calls add for up to limit matching drifts, reading at most budget, and returns where to go on, or nil at
// the end.
func (s *Store) walkDrifts(ctx context.Context, teamID string, f DriftFilter, pos driftPosition, limit, budget int,
	add func(audit.Drift),
) (*driftPosition, error) {
	resource, one := audit.ParseResourceID(f.ResourceID)
	if f.ResourceID != "" && !one {
		return nil, nil // no resource has that id
	}
	parts := f.parts()
	if pos.Part != "" {
		parts = parts[max(slices.Index(parts, pos.Part), 0):]
	}
	for i, part := range parts {
		q := table.Query{Table: tableFindings, Index: indexByStatus, PK: driftsPK(teamID, part), Reverse: true, After: pos.After}
		if one {
			// One resource's drifts are together in the table: of both statuses, so one part is all of them.
			if i > 0 {
				break
			}
			q = table.Query{Table: tableFindings, PK: slicePK(teamID, resource.Slice), Prefix: driftPrefix(resource), After: pos.After}
		} else if !f.Since.IsZero() {
			q.From, q.To = stamp(f.Since), "~"
		}
		for {
			q.Limit = min(limit, budget)
			page, err := s.db.Query(ctx, q)
			if err != nil {
				return nil, dbFault(err, "list")
			}
			for _, it := range page.Items {
				d, err := decodeDrift(teamID, it)
				if err != nil {
					return nil, err
				}
				if f.matches(&d) {
					add(d)
					limit--
				}
			}
			budget -= len(page.Items)
			q.After = page.Next
			if page.Next == "" {
				break
			}
			if limit <= 0 || budget <= 0 {
				return &driftPosition{Part: part, After: page.Next}, nil
			}
		}
		pos.After = ""
		if (limit <= 0 || budget <= 0) && i+1 < len(parts) && f.ResourceID == "" {
			return &driftPosition{Part: parts[i+1]}, nil
		}
	}
	return nil, nil
}

// driftsSeen sets when open drifts were last seen: when their resource's type was last read whole, since a drift that
// stays is not written.
func (s *Store) driftsSeen(ctx context.Context, teamID string, drifts []audit.Drift) error {
	lines := map[table.Key]audit.Coverage{}
	var keys []table.Key
	slice := func(d *audit.Drift) audit.Slice {
		return audit.Slice{ProviderID: d.ProviderID, Region: d.Region, Service: d.Service}
	}
	for i := range drifts {
		if drifts[i].Status.Open() {
			keys = append(keys, coverageKey(teamID, slice(&drifts[i])))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	items, err := s.db.BatchGet(ctx, tableInventory, keys)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return dbFault(err, "coverage")
	}
	for _, it := range items {
		var c audit.Coverage
		if err := decode(it, &c); err != nil {
			return err
		}
		lines[it.Key] = c
	}
	for i := range drifts {
		d := &drifts[i]
		c := lines[coverageKey(teamID, slice(d))]
		if at := c.ReadAt(d.ResourceType); d.Status.Open() && at.After(d.LastSeenAt) {
			d.LastSeenAt = at
		}
	}
	return nil
}

// DriftSummary counts drifts.
type DriftSummary struct {
	Total      int            `json:"total"`
	BySeverity map[string]int `json:"by_severity"`
	ByType     map[string]int `json:"by_type"`
	ByStatus   map[string]int `json:"by_status"`
	// Truncated says that there are more than were counted.
	Truncated bool `json:"truncated"`
}

// maxSummarised bounds how many drifts a summary reads.
const maxSummarised = 20000

// DriftSummary counts the drifts that match.
func (s *Store) DriftSummary(ctx context.Context, teamID string, f DriftFilter) (DriftSummary, error) {
	sum := DriftSummary{BySeverity: map[string]int{}, ByType: map[string]int{}, ByStatus: map[string]int{}}
	next, err := s.walkDrifts(ctx, teamID, f, driftPosition{}, maxSummarised, maxSummarised, func(d audit.Drift) {
		sum.Total++
		sum.BySeverity[string(d.Severity)]++
		sum.ByType[string(d.Type)]++
		sum.ByStatus[string(d.Status)]++
	})
	sum.Truncated = next != nil
	return sum, err
}
