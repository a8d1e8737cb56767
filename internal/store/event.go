package store

import (
	"context"
	"errors"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/table"
)

// eventRetention is how long an event, and each delivery of it, is kept after it is done with.
const eventRetention = 30 * 24 * time.Hour

// announceWithin is how long whoever made a change has to have its events sent; then the sweep does.
const announceWithin = time.Minute

// maxNewsBytes bounds the items of one transaction that tells of changes: well under table.MaxTransactBytes.
const maxNewsBytes = 2 << 20

// attrType is an event's type.
const attrType = "t"

// attrAt is when an event happened, a stamp.
const attrAt = "a"

const skEvent = "evt"

func eventKey(teamID, id string) table.Key { return table.Key{PK: teamID + "#evt#" + id, SK: skEvent} }

// unsent puts an item into the index of what is to be sent, to be looked at then.
func unsent(attrs table.Attrs, id string, at time.Time) table.Attrs {
	attrs["up"], attrs["us"] = shardOf("unsent", id), stamp(at)
	return attrs
}

// eventWrite stores an event that is to be sent. It needs no condition: it is written with the change that it is derived from.
func (s *Store) eventWrite(e *audit.Event) (table.Write, error) {
	attrs, err := eventAttrs(e)
	return table.Write{
		Table: tableHistory, Kind: table.Put, Key: eventKey(e.TeamID, e.ID), Attrs: unsent(attrs, e.ID, s.now().Add(announceWithin)),
	}, err
}

func eventAttrs(e *audit.Event) (table.Attrs, error) {
	body, err := shape.Compress(e.Data)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "an event can't be written")
	}
	return table.Attrs{attrType: string(e.Type), attrAt: stamp(e.At), attrBody: body}, nil
}

// Announce has f called with the events of each change, once it is written. It is a hint, so that they are sent at once:
// what f loses, the sweep finds. Announce is to be called before the store is used.
func (s *Store) Announce(f func(ctx context.Context, events []audit.Event)) { s.announce = f }

func (s *Store) tell(ctx context.Context, events []audit.Event) {
	if s.announce != nil && len(events) > 0 {
		s.announce(ctx, events)
	}
}

// Event returns an event, or NotFound.
func (s *Store) Event(ctx context.Context, teamID, id string) (audit.Event, error) {
	if !knownID(id, audit.PrefixEvent) {
		return audit.Event{}, noSuch("event")
	}
	it, err := s.db.Get(ctx, tableHistory, eventKey(teamID, id))
	if err != nil {
		return audit.Event{}, dbFault(err, "event")
	}
	data, err := shape.Decompress(it.Bytes(attrBody))
	if err != nil {
		return audit.Event{}, fault.Wrap(fault.Internal, err, "a stored event can't be read")
	}
	at, err := time.Parse(time.RFC3339, it.String(attrAt))
	if err != nil {
		return audit.Event{}, fault.Wrap(fault.Internal, err, "a stored event can't be read")
	}
	return audit.Event{
		ID: id, TeamID: teamID, Type: audit.EventType(it.String(attrType)), At: at, Data: data, Done: it.String("up") == "",
	}, nil
}

// CloseEvent records that everyone who is to know of an event has a delivery of it. Closing it twice is no error.
func (s *Store) CloseEvent(ctx context.Context, teamID, id string) error {
	_, err := s.db.Write(ctx, table.Write{
		Table: tableHistory, Kind: table.Update, Key: eventKey(teamID, id),
		Attrs:  table.Attrs{table.AttrTTL: s.now().Add(eventRetention).Unix()},
		Remove: []string{"up", "us"}, If: table.Conditions{{Attr: "up", Op: table.Present}},
	})
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return dbFault(err, "event")
}

// news is a write of a change, and how it is told: as a part of the event of its kind, "" for not at all.
type news struct {
	write table.Write
	kind  audit.EventType
}

// putNews makes writes, each on its own condition, with the events that tell of them: all of a batch or none. event makes the
// event of those of the writes, by their indexes, that are of one kind. It returns the indexes of writes whose condition did
// not hold.
func (s *Store) putNews(ctx context.Context, all []news, event func(kind audit.EventType, of []int) audit.Event) (changed []int, err error) {
	var batch []int
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		failed, err := s.putBatch(ctx, all, batch, event)
		changed, batch, size = append(changed, failed...), nil, 0
		return err
	}
	for i := range all {
		n := table.Item{Key: all[i].write.Key, Attrs: all[i].write.Attrs}.Size()
		if len(batch) == audit.MaxEventItems || size+n > maxNewsBytes {
			if err := flush(); err != nil {
				return changed, err
			}
		}
		batch, size = append(batch, i), size+n
	}
	return changed, flush()
}

// putBatch makes the writes of one transaction, again without those that fail.
func (s *Store) putBatch(ctx context.Context, all []news, batch []int, event func(audit.EventType, []int) audit.Event) (failed []int, err error) {
	for len(batch) > 0 {
		var writes []table.Write
		var kinds []audit.EventType
		of := map[audit.EventType][]int{}
		for _, i := range batch {
			writes = append(writes, all[i].write)
			if k := all[i].kind; k != "" {
				if of[k] == nil {
					kinds = append(kinds, k)
				}
				of[k] = append(of[k], i)
			}
		}
		events := make([]audit.Event, 0, len(kinds))
		for _, k := range kinds {
			e := event(k, of[k])
			w, err := s.eventWrite(&e)
			if err != nil {
				return failed, err
			}
			events, writes = append(events, e), append(writes, w)
		}
		err := transact(ctx, s.db, writes)
		var cond *table.ConditionError
		switch {
		case err == nil:
			s.tell(ctx, events)
			return failed, nil
		case !errors.As(err, &cond):
			return failed, err
		}
		kept := batch[:0:0]
		for n, i := range batch {
			if failedAt(err, n) {
				failed = append(failed, i)
			} else {
				kept = append(kept, i)
			}
		}
		if len(kept) == len(batch) {
			return failed, err // an event has no condition
		}
		batch = kept
	}
	return failed, nil
}
