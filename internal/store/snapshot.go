package store

import (
	"context"
	"iter"
	"maps"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/table"
)

// Snapshot is a resource with all that was read of it.
type Snapshot struct {
	audit.Resource
	Config map[string]any
	Facts  map[string]any
}

// snapshotBatch is how many resources are read at once: BatchGetItem takes 100 keys.
const snapshotBatch = 100

// Snapshots yields the live resources of a slice of the types that are wanted, by type, with configuration and facts. Whole
// numbers are int64. It holds one batch at a time, and may miss what was written in the last second.
func (s *Store) Snapshots(ctx context.Context, teamID string, slice audit.Slice, wanted func(resourceType string) bool) iter.Seq2[Snapshot, error] {
	return func(yield func(Snapshot, error) bool) {
		var batch []table.Key
		flush := func() bool {
			for snap, err := range s.snapshots(ctx, teamID, batch) {
				if !yield(snap, err) || err != nil {
					return false
				}
			}
			batch = batch[:0]
			return true
		}
		q := table.Query{Table: tableInventory, Index: indexLive, PK: livePK(teamID, slice.Key(), false)}
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				yield(Snapshot{}, dbFault(err, "inventory"))
				return
			}
			if !wanted(knownOf(it).Type) {
				continue
			}
			if batch = append(batch, it.Key); len(batch) == snapshotBatch && !flush() {
				return
			}
		}
		flush()
	}
}

// snapshots reads resources and then their configurations. One that is gone, or that changes between the two reads, is
// left out: the next judgement sees it.
func (s *Store) snapshots(ctx context.Context, teamID string, keys []table.Key) iter.Seq2[Snapshot, error] {
	return func(yield func(Snapshot, error) bool) {
		if len(keys) == 0 {
			return
		}
		items, err := s.db.BatchGet(ctx, tableInventory, keys)
		if err != nil {
			yield(Snapshot{}, dbFault(err, "inventory"))
			return
		}
		configs := make([]table.Key, 0, len(items))
		for _, it := range items {
			configs = append(configs, table.Key{PK: it.PK, SK: it.SK + "#c#" + it.String(attrHash)})
		}
		bodies, err := s.db.BatchGet(ctx, tableInventory, configs)
		if err != nil {
			yield(Snapshot{}, dbFault(err, "inventory"))
			return
		}
		byKey := make(map[table.Key]table.Item, len(bodies))
		for _, it := range bodies {
			byKey[it.Key] = it
		}
		for i, it := range items {
			snap, ok, err := s.snapshot(ctx, teamID, it, byKey[configs[i]])
			if err != nil {
				yield(snap, err)
				return
			}
			if ok && !yield(snap, nil) {
				return
			}
		}
	}
}

func (s *Store) snapshot(ctx context.Context, teamID string, it, body table.Item) (Snapshot, bool, error) {
	r, err := decodeResource(teamID, it)
	if err != nil || r.Status == audit.ResourceDeleted {
		return Snapshot{}, false, err
	}
	snap := Snapshot{Resource: r}
	var conf audit.Configuration
	if body.SK == "" { // written in the last second: read it consistently
		key, _ := audit.ParseResourceID(r.ID)
		if conf, err = s.ConfigurationAt(ctx, teamID, key, r.ConfigHash); fault.Is(err, fault.NotFound) {
			return snap, false, nil
		}
	} else {
		conf, err = s.configurationOf(ctx, body, r.ConfigHash)
	}
	if err != nil {
		return snap, false, err
	}
	snap.Config = conf.Config
	if len(conf.Unread) > 0 && len(r.Unread) == 0 {
		snap.Unread = maps.Clone(conf.Unread)
	}
	if body := it.Bytes(attrFactsBody); len(body) > 0 {
		if snap.Facts, err = shape.DecodeObject(body); err != nil {
			return snap, false, fault.Wrap(fault.Internal, err, "a stored record can't be read")
		}
	}
	return snap, true, nil
}
