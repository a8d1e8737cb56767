package store

import (
	"context"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// HistoryKind says what happened to a resource.
type HistoryKind string

// The kinds of history events.
const (
	HistoryCreated    HistoryKind = "created"
	HistoryChanged    HistoryKind = "changed"
	HistoryDeleted    HistoryKind = "deleted"
	HistoryReappeared HistoryKind = "reappeared"
	HistoryBaseline   HistoryKind = "baseline"
)

// HistoryEvent is one line of a resource's history.
type HistoryEvent struct {
	At         time.Time   `json:"at"`
	Kind       HistoryKind `json:"kind"`
	ConfigHash string      `json:"config_hash,omitempty"`
	Detail     string      `json:"detail,omitempty"`
}

// historyRetention is how long history is kept: a year and the month in which someone asks for it.
const historyRetention = 396 * 24 * time.Hour

func historyPK(teamID, resourceID string) string { return teamID + "#" + resourceID }

func (s *Store) historyWrite(teamID, resourceID string, e HistoryEvent) table.Write {
	return table.Write{
		Table: tableHistory, Kind: table.Put,
		Key: table.Key{PK: historyPK(teamID, resourceID), SK: stamp(e.At) + "#" + string(e.Kind) + "#" + e.ConfigHash},
		Attrs: table.Attrs{
			attrDoc: encode(e), table.AttrTTL: e.At.Add(historyRetention).Unix(),
		},
	}
}

// ResourceHistory lists what happened to a resource, newest first. Its creation closes the list: it is known from the
// resource itself.
func (s *Store) ResourceHistory(ctx context.Context, teamID, resourceID string, p Paging) (Page[HistoryEvent], error) {
	var out Page[HistoryEvent]
	key, ok := audit.ParseResourceID(resourceID)
	if !ok {
		return out, fault.New(fault.NotFound, "no such resource")
	}
	it, err := s.rawResource(ctx, teamID, key)
	if err != nil {
		return out, err
	}
	name := query(teamID, "history", resourceID)
	pos := historyPosition{}
	if _, err := openCursor(name, p.Cursor, &pos); err != nil {
		return out, err
	}
	if !pos.Created {
		page, err := s.db.Query(ctx, table.Query{
			Table: tableHistory, PK: historyPK(teamID, resourceID), Reverse: true, Limit: p.limit(), After: pos.After,
		})
		if err != nil {
			return out, dbFault(err, "list")
		}
		for _, it := range page.Items {
			var e HistoryEvent
			if err := decode(it, &e); err != nil {
				return out, err
			}
			out.Items = append(out.Items, e)
		}
		if page.Next != "" || len(out.Items) == p.limit() {
			out.Next = sealCursor(name, historyPosition{After: page.Next, Created: page.Next == ""})
			return out, nil
		}
	}
	out.Items = append(out.Items, HistoryEvent{At: fromMS(it.Int(attrFirst)), Kind: HistoryCreated})
	return out, nil
}

// historyPosition is where a resource's history goes on.
type historyPosition struct {
	After   string `json:"a,omitempty"`
	Created bool   `json:"c,omitempty"` // only its creation is left
}
