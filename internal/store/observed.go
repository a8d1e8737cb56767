package store

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/table"
)

// Record writes what a sync observed in one slice: external keys must differ within a batch. Delivered twice, it
// writes the same items. What another sync changed meanwhile is read again and reconciled, never overwritten unseen.
func (s *Store) Record(ctx context.Context, teamID string, slice audit.Slice, batch []inventory.Observed) (inventory.Recorded, error) {
	select {
	case s.recording <- struct{}{}:
		defer func() { <-s.recording }()
	case <-ctx.Done():
		return inventory.Recorded{}, ctx.Err()
	}
	r := recorder{Store: s, team: teamID, slice: slice, sliceKey: slice.Key()}
	return r.record(ctx, batch)
}

type recorder struct {
	*Store
	team     string
	slice    audit.Slice
	sliceKey string
	out      inventory.Recorded
}

func (r *recorder) key(o *inventory.Observed) audit.ResourceKey {
	return audit.ResourceKey{Slice: r.sliceKey, External: o.External}
}

// record works in three steps: configurations, which are content-addressed; first baselines, which are written once and
// refer to them; and then the resources, which refer to both. So a crash between, or within a step, leaves nothing that
// points nowhere.
func (r *recorder) record(ctx context.Context, batch []inventory.Observed) (inventory.Recorded, error) {
	writes := make([]table.Write, 0, len(batch))
	owner := make([]int, 0, len(batch)) // of a write: index into batch
	for i := range batch {
		o := &batch[i]
		if o.Hash == o.Before || o.Verb == inventory.VerbChange {
			continue // stored already, or along with the change
		}
		w, err := r.configWrite(ctx, r.team, r.key(o), o.Hash, o.Canonical)
		if err != nil {
			return r.out, err
		}
		writes = append(writes, w)
	}
	if _, err := r.db.Apply(ctx, writes); err != nil {
		return r.out, dbFault(err, "inventory")
	}
	writes = writes[:0]
	for i := range batch {
		if batch[i].Verb == inventory.VerbCreate {
			writes, owner = append(writes, r.firstBaseline(&batch[i])), append(owner, i)
		}
	}
	failed, err := r.db.Apply(ctx, writes)
	if err != nil {
		return r.out, dbFault(err, "inventory")
	}
	contested := make(map[int]bool) // those for which what the index said isn't so
	for _, w := range failed {
		contested[owner[w]] = true // it has a baseline already: it was here before
	}

	writes, owner = writes[:0], owner[:0]
	for i := range batch {
		if contested[i] {
			continue
		}
		switch o := &batch[i]; o.Verb {
		case inventory.VerbCreate:
			writes, owner = append(writes, r.create(o, o.Hash)), append(owner, i)
		case inventory.VerbTouch:
			writes, owner = append(writes, r.update(o, o.Before)), append(owner, i)
		}
	}
	if err := r.changes(ctx, batch, contested); err != nil {
		return r.out, err
	}
	if failed, err = r.db.Apply(ctx, writes); err != nil {
		return r.out, dbFault(err, "inventory")
	}
	lost := make(map[int]bool, len(failed))
	for _, w := range failed {
		lost[w] = true
	}
	for w, i := range owner {
		switch o := &batch[i]; {
		case lost[w]:
			contested[i] = true
		case o.Verb == inventory.VerbCreate:
			r.out.Created++
		case o.Hash != o.Before:
			r.out.Unsettled = append(r.out.Unsettled, o.External)
		}
	}
	for i := range contested {
		if err := r.reconcile(ctx, &batch[i]); err != nil {
			return r.out, err
		}
	}
	return r.out, nil
}

// atOnce is how many transactions of one batch are under way at a time: one after another, each would wait for the
// round trip, or for the disk, of the one before.
const atOnce = 16

// changes makes the changes of a batch, each a transaction of its own, and adds those to contested that came too late.
func (r *recorder) changes(ctx context.Context, batch []inventory.Observed, contested map[int]bool) error {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range batch {
		o := &batch[i]
		if o.Verb != inventory.VerbChange {
			continue
		}
		g.Go(func() error {
			ok, err := r.change(ctx, o, o.Before)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				return err
			case !ok:
				contested[i] = true
			default:
				r.changed(o)
			}
			return nil
		})
	}
	return g.Wait()
}

func (r *recorder) changed(o *inventory.Observed) {
	r.out.Changed++
	r.out.Unsettled = append(r.out.Unsettled, o.External)
}

// attrs are the attributes that an observation sets.
func (r *recorder) attrs(o *inventory.Observed) table.Attrs {
	a := table.Attrs{
		attrDoc: encode(resourceDoc{
			Provider: r.slice.ProviderID, Region: r.slice.Region, Service: r.slice.Service,
			Type: o.Type, External: o.ExternalID, Name: o.Name, Tags: o.Tags, Unread: o.Unread,
		}),
		attrStatus: string(o.Status), attrHash: o.Hash, attrFacts: o.FactsHash,
		"lp": livePK(r.team, r.sliceKey, false), "ls": o.Type + "#" + o.External,
	}
	if o.UnreadKey != "" {
		a[attrUnread] = o.UnreadKey
	}
	if len(o.Facts) > 0 {
		body, err := json.Marshal(o.Facts)
		if err == nil { // facts are plain JSON values; a collector's test holds them to it
			a[attrFactsBody] = body
		}
	}
	return a
}

// create puts a resource whose baseline has hash base.
func (r *recorder) create(o *inventory.Observed, base string) table.Write {
	a := r.attrs(o)
	now := ms(r.now())
	a[attrFirst], a[attrChanged] = now, now
	a[attrBaseline], a[attrBaseHash] = audit.FirstCapture, base
	if base == o.Hash {
		a[attrJudged] = inventory.JudgedKey(o.Hash, base)
	}
	return table.Write{
		Table: tableInventory, Kind: table.Put, Key: resourceKey(r.team, r.key(o)), Attrs: a, If: table.IfAbsent(),
	}
}

// update sets what an observation says on a live resource whose hash is still before.
func (r *recorder) update(o *inventory.Observed, before string) table.Write {
	w := table.Write{
		Table: tableInventory, Kind: table.Update, Key: resourceKey(r.team, r.key(o)), Attrs: r.attrs(o),
		If: table.IfEqual(attrHash, before).And(ifDeleted(table.Ne)...),
	}
	for _, optional := range []string{attrUnread, attrFactsBody} {
		if _, ok := w.Attrs[optional]; !ok {
			w.Remove = append(w.Remove, optional)
		}
	}
	return w
}

// ifDeleted holds when a resource is deleted, for table.Eq, or isn't, for table.Ne.
func ifDeleted(op table.Op) table.Conditions {
	return table.Conditions{{Attr: attrStatus, Op: op, Value: string(audit.ResourceDeleted)}}
}

// change updates a resource and writes its configuration and history, as one: a configuration that is dropped because
// nothing has it any more is either dropped before, and written again here, or not at all. It reports false when the resource changed meanwhile.
func (r *recorder) change(ctx context.Context, o *inventory.Observed, before string) (bool, error) {
	return r.step(ctx, o, before, HistoryChanged)
}

func (r *recorder) step(ctx context.Context, o *inventory.Observed, before string, kind HistoryKind) (bool, error) {
	config, err := r.configWrite(ctx, r.team, r.key(o), o.Hash, o.Canonical)
	if err != nil {
		return false, err
	}
	w := r.update(o, before)
	now := r.now()
	w.Attrs[attrChanged] = ms(now)
	if kind == HistoryReappeared {
		w.Remove = append(w.Remove, attrDeleted)
		w.If = table.IfEqual(attrHash, before).And(ifDeleted(table.Eq)...)
	}
	err = transact(ctx, r.db, []table.Write{
		config, w, r.historyWrite(r.team, r.key(o).ResourceID(), HistoryEvent{At: now, Kind: kind, ConfigHash: o.Hash}),
	})
	if errors.Is(err, table.ErrCondition) {
		return false, nil
	}
	return err == nil, dbFault(err, "inventory")
}

// reconcileTries bounds how often a contested resource is read again.
const reconcileTries = 5

// reconcile records an observation for which the index was behind: the resource is there though it looked new (it was
// deleted before, or another sync was first), or its hash moved on.
func (r *recorder) reconcile(ctx context.Context, o *inventory.Observed) error {
	for range reconcileTries {
		it, err := r.db.Get(ctx, tableInventory, resourceKey(r.team, r.key(o)))
		switch {
		case errors.Is(err, table.ErrNotFound):
			done, err := r.adopt(ctx, o)
			if err != nil || done {
				return err
			}
			continue
		case err != nil:
			return dbFault(err, "inventory")
		}
		before := it.String(attrHash)
		gone := it.String(attrStatus) == string(audit.ResourceDeleted)
		if before == o.Hash && !gone && it.String(attrFacts) == o.FactsHash && it.String(attrStatus) == string(o.Status) {
			return nil // another delivery has written the same
		}
		var ok bool
		switch {
		case gone:
			ok, err = r.step(ctx, o, before, HistoryReappeared)
		case before != o.Hash:
			ok, err = r.change(ctx, o, before)
		default:
			_, err = r.db.Write(ctx, r.update(o, before))
			ok = err == nil
			if errors.Is(err, table.ErrCondition) {
				err = nil
			}
			err = dbFault(err, "inventory")
		}
		if err != nil {
			return err
		}
		if ok {
			if gone || before != o.Hash {
				r.changed(o)
			}
			return nil
		}
	}
	return fault.New(fault.Throttled, "a resource keeps changing while it is recorded")
}

// adopt creates a resource for which a baseline is there already, written by a delivery that was cut off or by one that
// runs now. It reports false when the resource is there after all.
func (r *recorder) adopt(ctx context.Context, o *inventory.Observed) (bool, error) {
	key := r.key(o)
	base, err := r.newestBaseline(ctx, r.team, key)
	if fault.Is(err, fault.NotFound) {
		if _, err := r.db.Apply(ctx, []table.Write{r.firstBaseline(o)}); err != nil {
			return false, dbFault(err, "baseline")
		}
		return false, nil
	} else if err != nil {
		return false, err
	}
	// The first step left the configuration out if the index had its hash: the record was removed since.
	if err := r.PutConfiguration(ctx, r.team, key, o.Hash, o.Canonical); err != nil {
		return false, err
	}
	w := r.create(o, base.ConfigHash)
	_, w.Attrs[attrBaseline], _ = audit.ParseBaselineID(base.ID)
	if _, err := r.db.Write(ctx, w); errors.Is(err, table.ErrCondition) {
		return false, nil
	} else if err != nil {
		return false, dbFault(err, "inventory")
	}
	r.out.Created++
	if base.ConfigHash != o.Hash {
		r.out.Unsettled = append(r.out.Unsettled, o.External)
	}
	return true, nil
}

// Remove marks resources as deleted that a whole listing no longer shows, unless they changed since the index was
// read. Their baselines and history stay. It returns the external keys of those that it marked.
func (s *Store) Remove(ctx context.Context, teamID string, slice audit.Slice, gone []inventory.Known) ([]string, error) {
	var mu sync.Mutex
	var removed []string
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, k := range gone {
		g.Go(func() error {
			ok, err := s.remove(gctx, teamID, audit.ResourceKey{Slice: slice.Key(), External: k.External}, k.Hash)
			if ok {
				mu.Lock()
				defer mu.Unlock()
				removed = append(removed, k.External)
			}
			return err
		})
	}
	err := g.Wait()
	return removed, err
}

// remove marks one resource as deleted. It reports false when it changed meanwhile.
func (s *Store) remove(ctx context.Context, teamID string, key audit.ResourceKey, hash string) (bool, error) {
	now := s.now()
	err := transact(ctx, s.db, []table.Write{
		{
			Table: tableInventory, Kind: table.Update, Key: resourceKey(teamID, key),
			// Its drifts will be resolved: should it come back, they have to be judged anew.
			Remove: []string{attrJudged},
			Attrs: table.Attrs{
				attrStatus: string(audit.ResourceDeleted), attrDeleted: ms(now), attrChanged: ms(now),
				"lp": gonePK(teamID, key.Slice),
			},
			If: table.IfEqual(attrHash, hash).And(ifDeleted(table.Ne)...),
		},
		s.historyWrite(teamID, key.ResourceID(), HistoryEvent{At: now, Kind: HistoryDeleted, ConfigHash: hash}),
	})
	if errors.Is(err, table.ErrCondition) {
		return false, nil
	}
	return err == nil, dbFault(err, "inventory")
}
