package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// Attributes of a delivery beside its document.
const (
	attrRound  = "n"  // attempts that ended, of this round
	attrStarts = "at" // attempts that were begun, of this round
)

func deliveriesPK(teamID, webhookID string) string { return teamID + "#whk#" + webhookID }

func deliveryKey(teamID, webhookID, id string) table.Key {
	return table.Key{PK: deliveriesPK(teamID, webhookID), SK: id}
}

// deliveryWrite stores a delivery if it is still as it was read: absent for Version 0. One that is pending is looked at when its
// lease, or its time to wait, is over.
func (s *Store) deliveryWrite(d *audit.Delivery) table.Write {
	cond := table.IfAbsent()
	if d.Version > 0 {
		cond = table.IfEqual(attrVersion, d.Version)
	}
	attrs := table.Attrs{
		attrDoc: encode(d), attrVersion: d.Version + 1, attrStatus: string(d.Status), attrRound: int64(d.Round), attrStarts: int64(d.Starts),
	}
	if d.Status == audit.DeliveryPending {
		attrs[attrLease] = stamp(d.LeaseUntil)
		unsent(attrs, d.ID, d.LeaseUntil)
	} else {
		attrs[table.AttrTTL] = s.now().Add(eventRetention).Unix()
	}
	return table.Write{
		Table: tableHistory, Kind: table.Put, Key: deliveryKey(d.TeamID, d.WebhookID, d.ID), Attrs: attrs, If: cond,
	}
}

func decodeDelivery(teamID string, it table.Item) (audit.Delivery, error) {
	var d audit.Delivery
	if err := decode(it, &d); err != nil {
		return d, err
	}
	d.TeamID, d.Version = teamID, it.Int(attrVersion)
	d.Round, d.Starts = int(it.Int(attrRound)), int(it.Int(attrStarts))
	d.LeaseUntil, _ = time.Parse(time.RFC3339, it.String(attrLease)) // our own, or absent
	return d, nil
}

// CreateDeliveries stores deliveries of one event, and returns those that were not there before.
func (s *Store) CreateDeliveries(ctx context.Context, deliveries []audit.Delivery) ([]audit.Delivery, error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	writes := make([]table.Write, len(deliveries))
	for i := range deliveries {
		writes[i] = s.deliveryWrite(&deliveries[i])
	}
	failed, err := s.db.Apply(ctx, writes)
	if err != nil {
		return nil, dbFault(err, "delivery")
	}
	there := map[int]bool{}
	for _, i := range failed {
		there[i] = true
	}
	var made []audit.Delivery
	for i := range deliveries {
		if !there[i] {
			deliveries[i].Version++
			made = append(made, deliveries[i])
		}
	}
	return made, nil
}

// CreatePing stores an event that only one webhook is sent, with its delivery.
func (s *Store) CreatePing(ctx context.Context, e audit.Event, d audit.Delivery) (audit.Delivery, error) {
	attrs, err := eventAttrs(&e)
	if err != nil {
		return d, err
	}
	attrs[table.AttrTTL] = s.now().Add(eventRetention).Unix()
	err = transact(ctx, s.db, []table.Write{
		{Table: tableHistory, Kind: table.Put, Key: eventKey(e.TeamID, e.ID), Attrs: attrs},
		s.deliveryWrite(&d),
	})
	d.Version++
	return d, dbFault(err, "delivery")
}

// PutDelivery writes a delivery if it is still as it was read, and returns it as stored. Conflict when it isn't.
func (s *Store) PutDelivery(ctx context.Context, d audit.Delivery) (audit.Delivery, error) {
	_, err := s.db.Write(ctx, s.deliveryWrite(&d))
	d.Version++
	return d, dbFault(err, "delivery")
}

// Delivery returns a delivery of a webhook's, or NotFound.
func (s *Store) Delivery(ctx context.Context, teamID, webhookID, id string) (audit.Delivery, error) {
	if !knownID(webhookID, audit.PrefixWebhook) || !knownID(id, audit.PrefixDelivery) {
		return audit.Delivery{}, noSuch("delivery")
	}
	it, err := s.db.Get(ctx, tableHistory, deliveryKey(teamID, webhookID, id))
	if err != nil {
		return audit.Delivery{}, dbFault(err, "delivery")
	}
	return decodeDelivery(teamID, it)
}

// UpdateDelivery changes a delivery and returns it as stored. change may be called more than once; its error ends the update.
func (s *Store) UpdateDelivery(ctx context.Context, teamID, webhookID, id string, change func(*audit.Delivery) error) (audit.Delivery, error) {
	for try := range updateTries {
		d, err := s.Delivery(ctx, teamID, webhookID, id)
		if err != nil {
			return d, err
		}
		if err := change(&d); err != nil {
			return d, err
		}
		if d, err = s.PutDelivery(ctx, d); !fault.Is(err, fault.Conflict) {
			return d, err
		}
		backOff(ctx, try+1)
	}
	return audit.Delivery{}, fault.New(fault.Conflict, "the delivery keeps changing; try again")
}

// DeliveryFilter narrows a list of deliveries; the zero filter keeps all.
type DeliveryFilter struct {
	Status audit.DeliveryStatus
	Event  audit.EventType
}

// Deliveries lists a webhook's deliveries, newest event first. NotFound when there is no such webhook.
func (s *Store) Deliveries(ctx context.Context, teamID, webhookID string, f DeliveryFilter, paging Paging) (Page[audit.Delivery], error) {
	if _, err := s.Webhook(ctx, teamID, webhookID); err != nil {
		return Page[audit.Delivery]{}, err
	}
	name := query("deliveries", teamID, webhookID, string(f.Status), string(f.Event))
	q := table.Query{Table: tableHistory, PK: deliveriesPK(teamID, webhookID), Reverse: true}
	return list(ctx, s, q, paging, name, "delivery", func(it table.Item) (audit.Delivery, bool, error) {
		d, err := decodeDelivery(teamID, it)
		return d, (f.Status == "" || d.Status == f.Status) && (f.Event == "" || d.Event == f.Event), err
	})
}

// Unsent names an event that is to be handed out, or a delivery that is to be sent.
type Unsent struct {
	TeamID    string
	EventID   string // of an event
	WebhookID string // of a delivery, with DeliveryID
	// DeliveryID is empty for an event.
	DeliveryID string

	key table.Key
	at  string
}

// UnsentBefore returns at most limit events and deliveries of all teams that should have been sent by now, those that wait
// longest first within each shard.
func (s *Store) UnsentBefore(ctx context.Context, now time.Time, limit int) ([]Unsent, error) {
	var out []Unsent
	for n := range uint32(shards) {
		q := table.Query{Table: tableHistory, Index: indexUnsent, PK: shard("unsent", n), To: stamp(now)}
		of := 0
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				return nil, dbFault(err, "event")
			}
			if of++; of > limit/shards {
				break
			}
			u := Unsent{key: it.Key, at: it.String("us")}
			if team, id, ok := strings.Cut(it.PK, "#evt#"); ok {
				u.TeamID, u.EventID = team, id
			} else if team, id, ok := strings.Cut(it.PK, "#whk#"); ok {
				u.TeamID, u.WebhookID, u.DeliveryID = team, id, it.SK
			}
			out = append(out, u)
		}
	}
	return out, nil
}

// PostponeUnsent has the next look at what was just looked at be made at a time. It reports false when somebody else has dealt
// with it since.
func (s *Store) PostponeUnsent(ctx context.Context, u Unsent, until time.Time) (bool, error) {
	_, err := s.db.Write(ctx, table.Write{
		Table: tableHistory, Kind: table.Update, Key: u.key, Attrs: table.Attrs{"us": stamp(until)}, If: table.IfEqual("us", u.at),
	})
	if errors.Is(err, table.ErrCondition) {
		return false, nil
	}
	return err == nil, dbFault(err, "event")
}
