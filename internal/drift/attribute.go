package drift

import (
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// clockSkew widens the window in which a change is looked for: the cloud's clock isn't ours, and a listing shows what
// was done while it ran.
const clockSkew = 2 * time.Minute

// accountWide are the resource types of which an account has one: their events name no resource.
var accountWide = map[string]bool{
	"ec2_account_settings": true, "iam_account": true, "iam_password_policy": true,
	"s3_account_public_access_block": true,
}

// fit grades how well an event explains a drift.
type fit uint8

const (
	fitNone     fit = iota
	fitResource     // it touched the resource, and nobody declared what such a call changes
	fitPath         // it touched the resource, and such a call changes this attribute
)

// Attribution finds, for a set of drifts of one region, the events that made them. Feed it events newest first.
type Attribution struct {
	drifts  []audit.Drift
	byName  map[string][]int // identifiers of a drift's resource -> indexes of drifts
	singles []int            // drifts of account-wide resources
	best    []candidate
}

type candidate struct {
	fit    fit
	actor  audit.Actor
	others int // older events that explain it just as well
}

// NewAttribution starts a search for the actors of drifts.
func NewAttribution(drifts []audit.Drift) *Attribution {
	a := &Attribution{drifts: drifts, byName: map[string][]int{}, best: make([]candidate, len(drifts))}
	for i := range drifts {
		d := &drifts[i]
		for _, name := range Identifiers(d) {
			a.byName[name] = append(a.byName[name], i)
		}
		if accountWide[d.ResourceType] {
			a.singles = append(a.singles, i)
		}
	}
	return a
}

// Identifiers returns the names under which an audit log may know a drift's resource: its ARN, what follows the
// ARN's resource type, and the last part of that.
func Identifiers(d *audit.Drift) []string {
	ids := []string{d.ExternalID}
	rest := d.ExternalID
	if parts := strings.SplitN(rest, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		rest = parts[5]
	}
	for {
		i := strings.IndexAny(rest, "/:")
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		ids = append(ids, rest)
	}
	if len(ids) == 1 {
		ids = append(ids, rest)
	}
	return ids
}

// Window returns the times between which the changes were made.
func (a *Attribution) Window() (from, to time.Time) {
	for i := range a.drifts {
		after, before := window(&a.drifts[i])
		if from.IsZero() || after.Before(from) {
			from = after
		}
		if before.After(to) {
			to = before
		}
	}
	return from, to
}

func window(d *audit.Drift) (from, to time.Time) {
	return d.ChangedAfter.Add(-clockSkew), d.ChangedBefore.Add(clockSkew)
}

// Add takes an event.
func (a *Attribution) Add(ch inventory.Change) {
	seen := map[int]bool{}
	for _, name := range ch.Resources {
		for _, i := range a.byName[name] {
			if !seen[i] {
				seen[i] = true
				a.try(i, &ch, true)
			}
		}
	}
	for _, i := range a.singles {
		if !seen[i] {
			a.try(i, &ch, false)
		}
	}
}

func (a *Attribution) try(i int, ch *inventory.Change, named bool) {
	d := &a.drifts[i]
	if from, to := window(d); ch.At.Before(from) || ch.At.After(to) {
		return
	}
	f := fitOf(d, ch, named)
	switch b := &a.best[i]; {
	case f == fitNone:
	case f > b.fit:
		*b = candidate{fit: f, actor: ch.Actor}
	case f == b.fit:
		b.others++
	}
}

func fitOf(d *audit.Drift, ch *inventory.Change, named bool) fit {
	paths, declared := ch.Paths[d.ResourceType]
	for _, p := range paths {
		if shape.Covers(p, d.Path) || shape.Covers(d.Path, p) {
			return fitPath
		}
	}
	// A call that is known to change other attributes explains nothing; nor does one of another type of resource.
	if !named || declared || len(ch.Paths) > 0 {
		return fitNone
	}
	return fitResource
}

// Found returns the index and actor of every drift that an event explains.
func (a *Attribution) Found() map[int]audit.Actor {
	out := map[int]audit.Actor{}
	for i, b := range a.best {
		if b.fit == fitNone {
			continue
		}
		actor := b.actor
		actor.Status = audit.ActorKnown
		if b.others > 0 {
			actor.Reason = "the newest of several calls that could have made the change"
		}
		out[i] = actor
	}
	return out
}

// Complete tells whether every drift has the event that changes its very attribute: older events can't do better.
func (a *Attribution) Complete() bool {
	for _, b := range a.best {
		if b.fit != fitPath {
			return false
		}
	}
	return true
}
