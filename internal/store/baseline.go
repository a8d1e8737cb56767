package store

import (
	"context"
	"errors"
	"iter"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/table"
)

func baselineKey(teamID string, key audit.ResourceKey, capture string) table.Key {
	return table.Key{PK: slicePK(teamID, key.Slice), SK: key.External + "#b#" + capture}
}

func baselineAttrs(b *audit.Baseline) table.Attrs {
	return table.Attrs{attrDoc: encode(b), attrHash: b.ConfigHash}
}

// firstBaseline is the baseline taken at first discovery. Its key is a constant, so that it is written once.
func (r *recorder) firstBaseline(o *inventory.Observed) table.Write {
	key := r.key(o)
	b := audit.Baseline{
		ID: audit.BaselineID(key, audit.FirstCapture), ResourceID: key.ResourceID(), Kind: audit.BaselineAutomatic,
		ConfigHash: o.Hash, CapturedBy: "infraudit", CapturedAt: r.now(),
	}
	return table.Write{
		Table: tableInventory, Kind: table.Put, Key: baselineKey(r.team, key, audit.FirstCapture),
		Attrs: baselineAttrs(&b), If: table.IfAbsent(),
	}
}

func decodeBaseline(teamID string, it table.Item) (audit.Baseline, error) {
	var b audit.Baseline
	if err := decode(it, &b); err != nil {
		return b, err
	}
	b.TeamID, b.ConfigHash = teamID, it.String(attrHash)
	return b, nil
}

// Baseline returns a baseline by its id.
func (s *Store) Baseline(ctx context.Context, teamID, id string) (audit.Baseline, error) {
	key, capture, ok := audit.ParseBaselineID(id)
	if !ok {
		return audit.Baseline{}, fault.New(fault.NotFound, "no such baseline")
	}
	it, err := s.db.Get(ctx, tableInventory, baselineKey(teamID, key, capture))
	if err != nil {
		return audit.Baseline{}, dbFault(err, "baseline")
	}
	return decodeBaseline(teamID, it)
}

// Baselines lists a resource's baselines, newest first.
func (s *Store) Baselines(ctx context.Context, teamID, resourceID string, p Paging) (Page[audit.Baseline], error) {
	var out Page[audit.Baseline]
	key, ok := audit.ParseResourceID(resourceID)
	if !ok {
		return out, fault.New(fault.NotFound, "no such resource")
	}
	if _, err := s.rawResource(ctx, teamID, key); err != nil {
		return out, err
	}
	page, next, err := s.page(ctx, query(teamID, "baselines", resourceID), p, table.Query{
		Table: tableInventory, PK: slicePK(teamID, key.Slice), Prefix: key.External + "#b#", Reverse: true,
	})
	if err != nil {
		return out, err
	}
	out.Next = next
	for _, it := range page {
		b, err := decodeBaseline(teamID, it)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, b)
	}
	return out, nil
}

// page runs a query whose cursor is the driver's own.
func (s *Store) page(ctx context.Context, name string, p Paging, q table.Query) ([]table.Item, string, error) {
	if _, err := openCursor(name, p.Cursor, &q.After); err != nil {
		return nil, "", err
	}
	q.Limit = p.limit()
	page, err := s.db.Query(ctx, q)
	if err != nil {
		return nil, "", dbFault(err, "list")
	}
	next := ""
	if page.Next != "" {
		next = sealCursor(name, page.Next)
	}
	return page.Items, next, nil
}

// allBaselines yields a resource's baselines, newest first.
func (s *Store) allBaselines(ctx context.Context, teamID string, key audit.ResourceKey) iter.Seq2[audit.Baseline, error] {
	return func(yield func(audit.Baseline, error) bool) {
		q := table.Query{
			Table: tableInventory, PK: slicePK(teamID, key.Slice), Prefix: key.External + "#b#",
			Reverse: true, Consistent: true,
		}
		for it, err := range table.All(ctx, s.db, q) {
			var b audit.Baseline
			if err = dbFault(err, "baseline"); err == nil {
				b, err = decodeBaseline(teamID, it)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// newestBaseline returns a resource's comparison target. fault.NotFound when it has none.
func (s *Store) newestBaseline(ctx context.Context, teamID string, key audit.ResourceKey) (audit.Baseline, error) {
	for b, err := range s.allBaselines(ctx, teamID, key) {
		return b, err
	}
	return audit.Baseline{}, fault.New(fault.NotFound, "the resource has no baseline")
}

// captureTries bounds how often a capture starts again because the resource changed meanwhile.
const captureTries = 5

// CaptureBaseline takes a resource's current configuration as its baseline. The resource's open drifts have to be
// judged afterwards: against the new baseline they are resolved.
func (s *Store) CaptureBaseline(ctx context.Context, teamID, resourceID, name, by string) (audit.Baseline, error) {
	key, ok := audit.ParseResourceID(resourceID)
	if !ok {
		return audit.Baseline{}, fault.New(fault.NotFound, "no such resource")
	}
	for try := range captureTries {
		it, err := s.rawResource(ctx, teamID, key)
		if err != nil {
			return audit.Baseline{}, err
		}
		if it.String(attrStatus) == string(audit.ResourceDeleted) {
			return audit.Baseline{}, fault.New(fault.Conflict, "the resource is deleted: there is nothing to capture")
		}
		now := s.now()
		capture := audit.CaptureKey(ms(now), uint8(try))
		b := audit.Baseline{
			ID: audit.BaselineID(key, capture), TeamID: teamID, ResourceID: resourceID, Kind: audit.BaselineManual,
			ConfigHash: it.String(attrHash), Name: name, CapturedBy: by, CapturedAt: now,
		}
		err = transact(ctx, s.db, []table.Write{
			{
				Table: tableInventory, Kind: table.Put, Key: baselineKey(teamID, key, capture),
				Attrs: baselineAttrs(&b), If: table.IfAbsent(),
			},
			{
				Table: tableInventory, Kind: table.Update, Key: resourceKey(teamID, key),
				Attrs: table.Attrs{attrBaseline: capture, attrBaseHash: b.ConfigHash},
				If: table.IfEqual(attrHash, b.ConfigHash).And(
					table.Condition{Attr: attrBaseline, Op: table.Lt, Value: capture}),
			},
			s.historyWrite(teamID, resourceID, HistoryEvent{At: now, Kind: HistoryBaseline, ConfigHash: b.ConfigHash, Detail: name}),
		})
		if errors.Is(err, table.ErrCondition) {
			continue
		}
		return b, dbFault(err, "baseline")
	}
	return audit.Baseline{}, fault.New(fault.Conflict, "the resource keeps changing; try again")
}

// FillBaseline replaces the newest baseline's configuration, whose hash is before, by one in which a formerly unread
// attribute is filled in. It reports false when baseline or resource changed meanwhile. The new configuration must
// have been stored.
func (s *Store) FillBaseline(ctx context.Context, teamID string, key audit.ResourceKey, baselineID, before, hash string) (bool, error) {
	_, capture, ok := audit.ParseBaselineID(baselineID)
	if !ok {
		return false, fault.New(fault.NotFound, "no such baseline")
	}
	err := transact(ctx, s.db, []table.Write{
		{
			Table: tableInventory, Kind: table.Update, Key: baselineKey(teamID, key, capture),
			Attrs: table.Attrs{attrHash: hash}, If: table.IfEqual(attrHash, before),
		},
		{
			Table: tableInventory, Kind: table.Update, Key: resourceKey(teamID, key),
			Attrs: table.Attrs{attrBaseHash: hash},
			If:    table.IfEqual(attrBaseHash, before).And(table.Condition{Attr: attrBaseline, Op: table.Eq, Value: capture}),
		},
	})
	if errors.Is(err, table.ErrCondition) {
		return false, nil
	}
	return err == nil, dbFault(err, "baseline")
}

// DeleteBaseline removes a baseline. The only one of a resource can't be removed (Conflict, code "only_baseline").
// When it was the newest, the one before it becomes the comparison target, and the resource has to be judged again.
func (s *Store) DeleteBaseline(ctx context.Context, teamID, id string) error {
	b, err := s.Baseline(ctx, teamID, id)
	if err != nil {
		return err
	}
	key, capture, _ := audit.ParseBaselineID(id)
	var others []audit.Baseline
	for o, err := range s.allBaselines(ctx, teamID, key) {
		if err != nil {
			return err
		}
		if o.ID != id {
			others = append(others, o)
		}
	}
	if len(others) == 0 {
		return &fault.Error{
			Kind: fault.Conflict, Code: "only_baseline",
			Message: "the only baseline of a resource can't be deleted; capture another first",
		}
	}
	writes := []table.Write{{
		Table: tableInventory, Kind: table.Delete, Key: baselineKey(teamID, key, capture), If: table.IfPresent(),
	}}
	// Whichever stays as the newest must be there still, and the resource must point at it.
	newest := others[0]
	_, newestCapture, _ := audit.ParseBaselineID(newest.ID)
	target := table.Write{
		Table: tableInventory, Key: resourceKey(teamID, key),
		If: table.Conditions{{Attr: attrBaseline, Op: table.Eq, Value: newestCapture}}, Kind: table.Check,
	}
	if newestCapture < capture {
		target.Kind = table.Update
		target.Attrs = table.Attrs{attrBaseline: newestCapture, attrBaseHash: newest.ConfigHash}
		target.If[0].Value = capture
	}
	writes = append(writes, target, table.Write{
		Table: tableInventory, Kind: table.Check, Key: baselineKey(teamID, key, newestCapture),
		If: table.IfEqual(attrHash, newest.ConfigHash),
	})
	if err := transact(ctx, s.db, writes); err != nil {
		return dbFault(err, "baseline")
	}
	return s.dropConfig(ctx, teamID, key, b.ConfigHash)
}

// KeptBaselines is how many baselines a resource keeps: capturing another removes the oldest beyond it.
const KeptBaselines = 50

// PruneBaselines applies retention to a resource: of all but the newest, those beyond keep are removed, oldest first.
func (s *Store) PruneBaselines(ctx context.Context, teamID, resourceID string, keep int) (removed int, err error) {
	key, ok := audit.ParseResourceID(resourceID)
	if !ok {
		return 0, fault.New(fault.NotFound, "no such resource")
	}
	n := 0
	var old []string
	for b, err := range s.allBaselines(ctx, teamID, key) {
		if err != nil {
			return 0, err
		}
		if n++; n > max(keep, 1) {
			old = append(old, b.ID)
		}
	}
	for _, id := range old {
		if err := s.DeleteBaseline(ctx, teamID, id); err != nil && !fault.Is(err, fault.NotFound) {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
