package store

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/table"
)

// A resource's item is at (team#slice, external key). Beside the indexed attributes it has these.
const (
	attrUnread    = "u"   // inventory.Known.UnreadKey
	attrBaseline  = "bid" // capture key of the newest baseline
	attrFactsBody = "f"   // facts as JSON
	attrFirst     = "fs"  // first seen, ms
	attrChanged   = "ca"  // last changed, ms
	attrDeleted   = "da"  // deleted, ms
)

// resourceDoc is the part of a resource that no condition names.
type resourceDoc struct {
	Provider string                  `json:"p"`
	Region   string                  `json:"r"`
	Service  string                  `json:"s"`
	Type     string                  `json:"t"`
	External string                  `json:"x"`
	Name     string                  `json:"n"`
	Tags     map[string]string       `json:"g,omitempty"`
	Unread   map[string]audit.Unread `json:"u,omitempty"`
}

func slicePK(teamID, sliceKey string) string { return teamID + "#" + sliceKey }

func resourceKey(teamID string, k audit.ResourceKey) table.Key {
	return table.Key{PK: slicePK(teamID, k.Slice), SK: k.External}
}

// livePK is the partition of the index that lists a slice's resources: those that exist, or those that were deleted.
func livePK(teamID, sliceKey string, deleted bool) string {
	if deleted {
		return slicePK(teamID, sliceKey) + "#deleted"
	}
	return slicePK(teamID, sliceKey)
}

// gonePK is the partition of the index where deleted resources wait until their drifts are resolved.
func gonePK(teamID, sliceKey string) string { return slicePK(teamID, sliceKey) + "#gone" }

func ms(t time.Time) int64 { return t.UnixMilli() }

func fromMS(n int64) time.Time { return time.UnixMilli(n).UTC() }

func decodeResource(teamID string, it table.Item) (audit.Resource, error) {
	var doc resourceDoc
	if err := decode(it, &doc); err != nil {
		return audit.Resource{}, err
	}
	key := audit.ResourceKey{Slice: it.PK[len(teamID)+1:], External: it.SK}
	r := audit.Resource{
		ID: key.ResourceID(), TeamID: teamID, ProviderID: doc.Provider, Service: doc.Service, Region: doc.Region,
		ExternalID: doc.External, Type: doc.Type, Name: doc.Name, Tags: doc.Tags, Unread: doc.Unread,
		Status:       audit.ResourceStatus(it.String(attrStatus)),
		ConfigHash:   it.String(attrHash),
		BaselineHash: it.String(attrBaseHash), BaselineID: audit.BaselineID(key, it.String(attrBaseline)),
		Judged:      it.String(attrJudged),
		FirstSeenAt: fromMS(it.Int(attrFirst)), ChangedAt: fromMS(it.Int(attrChanged)),
	}
	if r.Tags == nil {
		r.Tags = map[string]string{}
	}
	r.LastSeenAt = r.ChangedAt
	if at := it.Int(attrDeleted); at != 0 {
		deleted := fromMS(at)
		r.DeletedAt = &deleted
	}
	return r, nil
}

// Slice yields what the index says of a slice's live resources, by type and external key. It may miss what was
// written in the last second: the writes that follow from it are conditional.
func (s *Store) Slice(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[inventory.Known, error] {
	return func(yield func(inventory.Known, error) bool) {
		q := table.Query{Table: tableInventory, Index: indexLive, PK: livePK(teamID, slice.Key(), false)}
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				yield(inventory.Known{}, dbFault(err, "inventory"))
				return
			}
			if !yield(knownOf(it), nil) {
				return
			}
		}
	}
}

func knownOf(it table.Item) inventory.Known {
	sort := it.String("ls")
	return inventory.Known{
		External: it.SK, Type: sort[:len(sort)-len(it.SK)-1], Status: audit.ResourceStatus(it.String(attrStatus)),
		Hash: it.String(attrHash), Baseline: it.String(attrBaseHash), Judged: it.String(attrJudged),
		FactsHash: it.String(attrFacts), UnreadKey: it.String(attrUnread),
	}
}

// rawResource returns a resource's item. fault.NotFound when there is none.
func (s *Store) rawResource(ctx context.Context, teamID string, key audit.ResourceKey) (table.Item, error) {
	it, err := s.db.Get(ctx, tableInventory, resourceKey(teamID, key))
	return it, dbFault(err, "resource")
}

// Resource returns a resource by its id. fault.NotFound for an id of another team, or that isn't one.
func (s *Store) Resource(ctx context.Context, teamID, id string) (audit.Resource, error) {
	key, ok := audit.ParseResourceID(id)
	if !ok {
		return audit.Resource{}, fault.New(fault.NotFound, "no such resource")
	}
	it, err := s.rawResource(ctx, teamID, key)
	if err != nil {
		return audit.Resource{}, err
	}
	r, err := decodeResource(teamID, it)
	if err != nil {
		return audit.Resource{}, err
	}
	cov, err := s.SliceCoverage(ctx, teamID, r.Slice())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return audit.Resource{}, err
	}
	seen(&r, cov)
	return r, nil
}

// seen sets when a live resource was last seen: when its type was last read whole, since an unchanged resource is
// not written.
func seen(r *audit.Resource, cov audit.Coverage) {
	if r.Status == audit.ResourceDeleted {
		return
	}
	if at := cov.ReadAt(r.Type); at.After(r.LastSeenAt) {
		r.LastSeenAt = at
	}
}

// Facts returns what was read of a resource that nobody declares: states, ages, counters.
func (s *Store) Facts(ctx context.Context, teamID, id string) (map[string]any, error) {
	key, ok := audit.ParseResourceID(id)
	if !ok {
		return nil, fault.New(fault.NotFound, "no such resource")
	}
	it, err := s.rawResource(ctx, teamID, key)
	if err != nil {
		return nil, err
	}
	facts := map[string]any{}
	if body := it.Bytes(attrFactsBody); len(body) > 0 {
		if err := json.Unmarshal(body, &facts); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "a stored record can't be read")
		}
	}
	return facts, nil
}

// SetJudged records that the comparison of hash with baseline was judged. It reports false when the resource or its
// baseline has changed since, or it was deleted: then it has to be judged again.
func (s *Store) SetJudged(ctx context.Context, teamID string, key audit.ResourceKey, hash, baseline string) (bool, error) {
	_, err := s.db.Write(ctx, table.Write{
		Table: tableInventory, Kind: table.Update, Key: resourceKey(teamID, key),
		Attrs: table.Attrs{attrJudged: inventory.JudgedKey(hash, baseline)},
		If: table.IfEqual(attrHash, hash).And(table.Condition{Attr: attrBaseHash, Op: table.Eq, Value: baseline}).
			And(ifDeleted(table.Ne)...),
	})
	if errors.Is(err, table.ErrCondition) {
		return false, nil
	}
	return err == nil, dbFault(err, "resource")
}

// DeleteResource removes our record of a resource with its configurations, baselines, drifts, findings and history. The resource
// itself is untouched; a later sync that finds it records it as new.
func (s *Store) DeleteResource(ctx context.Context, teamID, id string) error {
	key, ok := audit.ParseResourceID(id)
	if !ok {
		return fault.New(fault.NotFound, "no such resource")
	}
	it, err := s.rawResource(ctx, teamID, key)
	for range tries {
		if err != nil {
			return err
		}
		if err := s.deleteParts(ctx, teamID, key); err != nil {
			return err
		}
		// The resource's own item goes last: until then a repeated call finds it and finishes the work. If a sync or a
		// capture added parts meanwhile, they have to go too.
		_, err = s.db.Write(ctx, table.Write{
			Table: tableInventory, Kind: table.Delete, Key: resourceKey(teamID, key),
			If: table.IfEqual(attrHash, it.String(attrHash)).
				And(table.IfEqual(attrBaseline, it.String(attrBaseline))...).
				And(table.IfEqual(attrBaseHash, it.String(attrBaseHash))...),
		})
		if !errors.Is(err, table.ErrCondition) {
			return dbFault(err, "resource")
		}
		if it, err = s.rawResource(ctx, teamID, key); fault.Is(err, fault.NotFound) {
			return nil // another call was first
		}
	}
	return fault.New(fault.Conflict, "the resource keeps changing; try again")
}

// deleteParts removes what belongs to a resource, without the resource.
func (s *Store) deleteParts(ctx context.Context, teamID string, key audit.ResourceKey) error {
	pk := slicePK(teamID, key.Slice)
	var writes []table.Write
	for _, q := range []table.Query{
		{Table: tableInventory, PK: pk, Prefix: key.External + "#", Consistent: true},
		{Table: tableFindings, PK: pk, Prefix: driftPrefix(key), Consistent: true},
		{Table: tableFindings, PK: pk, Prefix: findingPrefix(key), Consistent: true},
		{Table: tableHistory, PK: historyPK(teamID, key.ResourceID()), Consistent: true},
	} {
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				return dbFault(err, "resource")
			}
			if err := s.deleteBlob(ctx, it); err != nil {
				return err
			}
			writes = append(writes, table.Write{Table: q.Table, Kind: table.Delete, Key: it.Key})
		}
	}
	_, err := s.db.Apply(ctx, writes)
	return dbFault(err, "resource")
}

// ResourceAt returns a resource by its key, without when it was last seen.
func (s *Store) ResourceAt(ctx context.Context, teamID string, key audit.ResourceKey) (audit.Resource, error) {
	it, err := s.rawResource(ctx, teamID, key)
	if err != nil {
		return audit.Resource{}, err
	}
	return decodeResource(teamID, it)
}

// SetGone records that the drifts of a resource that was deleted at that time are resolved. Nothing is recorded when it
// is back, or was deleted once more since.
func (s *Store) SetGone(ctx context.Context, teamID string, key audit.ResourceKey, deletedAt time.Time) error {
	_, err := s.db.Write(ctx, table.Write{
		Table: tableInventory, Kind: table.Update, Key: resourceKey(teamID, key),
		Attrs: table.Attrs{"lp": livePK(teamID, key.Slice, true)},
		If:    table.IfEqual(attrDeleted, ms(deletedAt)),
	})
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return dbFault(err, "resource")
}

// Unsettled yields the live resources of a slice whose comparison with their baseline has not been judged. The others
// cost no more than their line of the index.
func (s *Store) Unsettled(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[audit.ResourceKey, error] {
	return func(yield func(audit.ResourceKey, error) bool) {
		sliceKey := slice.Key()
		for k, err := range s.Slice(ctx, teamID, slice) {
			if err == nil && k.Settled() {
				continue
			}
			if !yield(audit.ResourceKey{Slice: sliceKey, External: k.External}, err) || err != nil {
				return
			}
		}
	}
}

// Gone yields the deleted resources of a slice whose drifts are not resolved yet.
func (s *Store) Gone(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[audit.ResourceKey, error] {
	return func(yield func(audit.ResourceKey, error) bool) {
		sliceKey := slice.Key()
		q := table.Query{Table: tableInventory, Index: indexLive, PK: gonePK(teamID, sliceKey)}
		for it, err := range table.All(ctx, s.db, q) {
			if !yield(audit.ResourceKey{Slice: sliceKey, External: it.SK}, dbFault(err, "inventory")) || err != nil {
				return
			}
		}
	}
}
