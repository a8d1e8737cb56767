package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// ResourceFilter narrows a list of resources. Provider, region, service, type and "deleted or not" choose partitions
// and ranges; the other fields are compared with each resource read.
type ResourceFilter struct {
	ProviderID string
	Type       string
	Region     string
	Service    string
	Status     []audit.ResourceStatus // none: active and stopped
	TagKey     string
	TagValue   string // "" means any value
	Since      time.Time
	Name       string // in lower case, part of the name or external id
}

func (f *ResourceFilter) matches(r *audit.Resource) bool {
	if f.TagKey != "" {
		v, ok := r.Tags[f.TagKey]
		if !ok || f.TagValue != "" && v != f.TagValue {
			return false
		}
	}
	if f.Name != "" && !strings.Contains(strings.ToLower(r.Name), f.Name) &&
		!strings.Contains(strings.ToLower(r.ExternalID), f.Name) {
		return false
	}
	if len(f.Status) == 0 && r.Status == audit.ResourceDeleted { // since the index was read
		return false
	}
	return (len(f.Status) == 0 || slices.Contains(f.Status, r.Status)) && !r.ChangedAt.Before(f.Since)
}

// partitions tells which of a slice's two index partitions the filter needs: live, deleted.
func (f *ResourceFilter) partitions() []bool {
	deleted := slices.Contains(f.Status, audit.ResourceDeleted)
	live := len(f.Status) == 0 || len(f.Status) > 1 || !deleted
	switch {
	case live && deleted:
		return []bool{false, true}
	case deleted:
		return []bool{true}
	}
	return []bool{false}
}

// relevant tells whether a slice can hold a match, by its coverage line.
func (f *ResourceFilter) relevant(c *audit.Coverage) bool {
	if f.Service != "" && f.Service != c.Service {
		return false
	}
	for _, t := range c.Types {
		if f.Type != "" && f.Type != t.ResourceType {
			continue
		}
		// A slice without resources may still hold deleted ones; an unread count may be anything.
		if t.Count == nil || *t.Count > 0 || slices.Contains(f.Status, audit.ResourceDeleted) {
			return true
		}
	}
	return false
}

// resourcePosition is where a list of resources goes on.
type resourcePosition struct {
	Provider string `json:"p"`
	Line     string `json:"l,omitempty"` // sort key of the coverage line
	Deleted  bool   `json:"d,omitempty"`
	After    string `json:"a,omitempty"`
}

// valid tells whether a position may be one that a list gave: it came from outside.
func (p *resourcePosition) valid() bool {
	return knownID(p.Provider, audit.PrefixProvider) && !strings.Contains(p.Line, "\x00") &&
		(p.Line == "" || strings.HasPrefix(p.Line, coveragePrefix)) && len(p.Line) <= table.MaxSK
}

// maxLines bounds how many coverage lines a request passes over.
const maxLines = 4000

// Resources lists resources, by provider, region, service, type and id. It walks the slices that the coverage lines
// name, so that no index over the whole inventory is needed.
func (s *Store) Resources(ctx context.Context, teamID string, f ResourceFilter, p Paging) (Page[audit.Resource], error) {
	f.Name = strings.ToLower(f.Name)
	w := resourceWalk{Store: s, team: teamID, f: f, limit: p.limit(), examine: maxExamined, lines: maxLines}
	name := query(teamID, "resources", string(encode(f)))
	if given, err := openCursor(name, p.Cursor, &w.pos); err != nil {
		return Page[audit.Resource]{}, err
	} else if given && !w.pos.valid() {
		return Page[audit.Resource]{}, badCursor(nil)
	}
	more, err := w.run(ctx)
	out := Page[audit.Resource]{Items: w.out}
	if more && err == nil {
		out.Next = sealCursor(name, w.pos)
	}
	return out, err
}

type resourceWalk struct {
	*Store
	team    string
	f       ResourceFilter
	pos     resourcePosition
	out     []audit.Resource
	limit   int // resources still wanted
	examine int // index items that may still be read
	lines   int // coverage lines that may still be read
}

func (w *resourceWalk) spent() bool { return w.limit <= 0 || w.examine <= 0 || w.lines <= 0 }

// run walks on from pos until the page is full, the budget is spent or the list ends; pos is then where to go on.
func (w *resourceWalk) run(ctx context.Context) (more bool, err error) {
	for providerID, err := range w.providers(ctx) {
		if err != nil {
			return false, err
		}
		if providerID != w.pos.Provider {
			w.pos = resourcePosition{Provider: providerID}
		}
		for c, err := range w.coverageFrom(ctx, w.team, providerID, w.f.Region, w.pos.Line) {
			if err != nil {
				return false, err
			}
			if line := coverageKey(w.team, c.Slice).SK; line != w.pos.Line {
				w.pos = resourcePosition{Provider: providerID, Line: line}
			}
			if w.spent() {
				return true, nil
			}
			w.lines--
			if !w.f.relevant(&c) {
				continue
			}
			if stopped, err := w.slice(ctx, c); stopped || err != nil {
				return stopped, err
			}
		}
		if w.spent() {
			// Go on behind this provider's last line.
			w.pos = resourcePosition{Provider: providerID, Line: coveragePrefix + "~"}
			return true, nil
		}
	}
	return false, nil
}

// providers yields the ids to walk, from the position on. A provider that is gone ends there like any other.
func (w *resourceWalk) providers(ctx context.Context) func(func(string, error) bool) {
	return func(yield func(string, error) bool) {
		if w.f.ProviderID != "" {
			if _, err := w.Provider(ctx, w.team, w.f.ProviderID); err != nil {
				if !fault.Is(err, fault.NotFound) {
					yield("", err)
				}
				return
			}
			yield(w.f.ProviderID, nil)
			return
		}
		q := table.Query{Table: tableControl, PK: w.team, Prefix: providerPrefix}
		if w.pos.Provider != "" {
			q.From, q.To, q.Prefix = providerPrefix+w.pos.Provider, providerPrefix+"~", ""
		}
		for it, err := range table.All(ctx, w.db, q) {
			if !yield(strings.TrimPrefix(it.SK, providerPrefix), dbFault(err, "provider")) || err != nil {
				return
			}
		}
	}
}

// slice walks one slice's resources. It reports true when it stopped in the midst, with pos where to go on.
func (w *resourceWalk) slice(ctx context.Context, c audit.Coverage) (stopped bool, err error) {
	for _, deleted := range w.f.partitions() {
		if w.pos.Deleted && !deleted {
			continue
		}
		if deleted != w.pos.Deleted {
			w.pos.Deleted, w.pos.After = deleted, ""
		}
		q := table.Query{Table: tableInventory, Index: indexLive, PK: livePK(w.team, c.Slice.Key(), deleted), After: w.pos.After}
		if w.f.Type != "" {
			q.Prefix = w.f.Type + "#"
		}
		for {
			if w.spent() {
				return true, nil
			}
			q.Limit = min(w.limit, w.examine)
			page, err := w.db.Query(ctx, q)
			if err != nil {
				return false, dbFault(err, "list")
			}
			w.examine -= len(page.Items)
			if err := w.load(ctx, page.Items, &c); err != nil {
				return false, err
			}
			if page.Next == "" {
				break
			}
			q.After, w.pos.After = page.Next, page.Next
		}
	}
	return false, nil
}

// load reads the resources that index entries name, in their order, and keeps those that match.
func (w *resourceWalk) load(ctx context.Context, entries []table.Item, c *audit.Coverage) error {
	if len(entries) == 0 {
		return nil
	}
	keys := make([]table.Key, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	items, err := w.db.BatchGet(ctx, tableInventory, keys)
	if err != nil {
		return dbFault(err, "list")
	}
	byKey := make(map[table.Key]table.Item, len(items))
	for _, it := range items {
		byKey[it.Key] = it
	}
	for _, key := range keys {
		it, ok := byKey[key]
		if !ok {
			continue // removed since
		}
		r, err := decodeResource(w.team, it)
		if err != nil {
			return err
		}
		seen(&r, *c)
		if w.f.matches(&r) {
			w.out = append(w.out, r)
			w.limit--
		}
	}
	return nil
}
