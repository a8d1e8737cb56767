package task

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/queue"
)

// Bounds of one search for actors.
const (
	maxAttributed = 1000             // drifts
	maxNamed      = 20               // drifts that are looked up by their resource's name after the paged read
	maxEvents     = 40 * 50          // of the paged read: 40 pages of CloudTrail's
	lookupTime    = 90 * time.Second // for one region, at the audit log's pace
)

// DefaultRetries are the pauses after which the audit log is asked again: it lags by up to 15 minutes (CloudTrail user
// guide, "How CloudTrail works"), and more where it is busy.
var DefaultRetries = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// Attributor finds out who made changes. Its queue only says which region to look at: the drifts that still need
// an actor are in the store.
type Attributor struct {
	Tasks   *Tasks
	Queue   queue.Queue
	Retries []time.Duration // nil means DefaultRetries; empty asks once
	Log     *slog.Logger
}

// attributeMessage asks for the actors of one region's drifts.
type attributeMessage struct {
	Version    int       `json:"v"`
	TeamID     string    `json:"team"`
	ProviderID string    `json:"provider"`
	Region     string    `json:"region"`
	Attempt    int       `json:"attempt"`
	NotBefore  time.Time `json:"not_before"`
}

const attributeVersion = 1

// Request asks for the actors of a region's drifts, without waiting for them.
func (a *Attributor) Request(ctx context.Context, teamID, providerID, region string) {
	a.send(ctx, attributeMessage{
		Version: attributeVersion, TeamID: teamID, ProviderID: providerID, Region: region, NotBefore: a.Tasks.Store.Now(),
	})
}

func (a *Attributor) send(ctx context.Context, m attributeMessage) {
	body, err := json.Marshal(m)
	if err == nil {
		wait := m.NotBefore.Sub(a.Tasks.Store.Now())
		err = a.Queue.Send(ctx, queue.Message{Body: body, Delay: min(max(wait, 0), queue.MaxDelay)})
	}
	if err != nil {
		// The drifts stay pending in the store, and Recover asks again.
		a.Log.WarnContext(ctx, "a search for actors could not be queued", "region", m.Region, "error", err)
	}
}

// Recover asks for the actors of every drift that is still pending in the regions that a provider's coverage names.
func (a *Attributor) Recover(ctx context.Context, teamID, providerID string) error {
	lines, err := a.Tasks.Store.Coverage(ctx, teamID, providerID)
	if err != nil {
		return err
	}
	var regions []string
	for _, c := range lines {
		if !slices.Contains(regions, c.Region) {
			regions = append(regions, c.Region)
		}
	}
	for _, region := range regions {
		for _, err := range a.Tasks.Store.PendingDrifts(ctx, teamID, providerID, region) {
			if err != nil {
				return err
			}
			a.Request(ctx, teamID, providerID, region)
			break
		}
	}
	return nil
}

// Work receives and handles messages until ctx ends.
func (a *Attributor) Work(ctx context.Context) error {
	for ctx.Err() == nil {
		deliveries, err := a.Queue.Receive(ctx, 1, 20*time.Second)
		if err != nil {
			return err
		}
		for _, d := range deliveries {
			if err := a.Handle(ctx, d.Body); err != nil {
				a.Log.WarnContext(ctx, "a search for actors failed", "error", err)
				continue // it becomes visible again
			}
			if err := a.Queue.Ack(ctx, d); err != nil {
				a.Log.WarnContext(ctx, "a search for actors could not be acknowledged", "error", err)
			}
		}
	}
	return ctx.Err()
}

// Handle looks at one region. What is still pending afterwards is looked for again later, or is unknown.
func (a *Attributor) Handle(ctx context.Context, body []byte) error {
	var m attributeMessage
	if err := json.Unmarshal(body, &m); err != nil || m.Version != attributeVersion {
		return fault.Wrap(fault.Malformed, err, "not a message that this version understands")
	}
	if m.NotBefore.After(a.Tasks.Store.Now()) {
		a.send(ctx, m)
		return nil
	}
	var drifts []audit.Drift
	for d, err := range a.Tasks.Store.PendingDrifts(ctx, m.TeamID, m.ProviderID, m.Region) {
		if err != nil {
			return err
		}
		if drifts = append(drifts, d); len(drifts) == maxAttributed {
			break
		}
	}
	if len(drifts) == 0 {
		return nil
	}
	found, lookupErr := a.look(ctx, m, drifts)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	retries := a.Retries
	if retries == nil {
		retries = DefaultRetries
	}
	last := m.Attempt >= len(retries) || fault.Is(lookupErr, fault.Denied)
	for i := range drifts {
		actor, ok := found[i]
		if !ok {
			if !last {
				continue
			}
			actor = audit.Actor{Status: audit.ActorUnknown, Reason: whyUnknown(lookupErr)}
		}
		if err := a.set(ctx, &drifts[i], actor); err != nil {
			return err
		}
	}
	if len(found) < len(drifts) && !last {
		m.NotBefore = a.Tasks.Store.Now().Add(retries[m.Attempt])
		m.Attempt++
		a.send(ctx, m)
	} else if len(drifts) == maxAttributed {
		m.Attempt = 0
		a.send(ctx, m) // there are more
	}
	return nil
}

func whyUnknown(err error) string {
	if f := fault.From(err); f != nil {
		if f.Action != "" {
			return f.Action + " failed: " + f.StableCode()
		}
		return "the audit log could not be read: " + f.StableCode()
	}
	return "the audit log has no event that names the resource in the time between the two readings"
}

// look searches the audit log: one paged read of the window for all drifts, then by name for the worst that are left.
func (a *Attributor) look(ctx context.Context, m attributeMessage, drifts []audit.Drift) (map[int]audit.Actor, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	p, err := a.Tasks.Store.Provider(ctx, m.TeamID, m.ProviderID)
	if err != nil {
		return nil, err
	}
	if err := connected(&p); err != nil {
		return nil, err
	}
	account, err := a.Tasks.Opener.OpenAccount(ctx, p)
	if err != nil {
		return nil, err
	}
	search := drift.NewAttribution(drifts)
	from, to := search.Window()
	events := 0
	for ch, err := range account.Changes(ctx, m.Region, from, to) {
		if err != nil {
			return search.Found(), err
		}
		search.Add(ch)
		if events++; events >= maxEvents || search.Complete() {
			break
		}
	}
	if events < maxEvents {
		return search.Found(), nil
	}
	return a.lookByName(ctx, account, m.Region, drifts, search)
}

// lookByName asks for the events of single resources, worst drifts first.
func (a *Attributor) lookByName(ctx context.Context, account inventory.Account, region string, drifts []audit.Drift, search *drift.Attribution) (map[int]audit.Actor, error) {
	found := search.Found()
	order := make([]int, 0, len(drifts))
	for i := range drifts {
		if _, ok := found[i]; !ok {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return drifts[y].Severity.Rank() - drifts[x].Severity.Rank() })
	from, to := search.Window()
	for _, i := range order[:min(len(order), maxNamed)] {
		names := drift.Identifiers(&drifts[i])
		for ch, err := range account.ChangesOf(ctx, region, names[len(names)-1], from, to) {
			if err != nil {
				return search.Found(), err
			}
			search.Add(ch)
		}
	}
	return search.Found(), nil
}

// set records a drift's actor, unless another change of the attribute was seen meanwhile.
func (a *Attributor) set(ctx context.Context, d *audit.Drift, actor audit.Actor) error {
	_, err := a.Tasks.Store.UpdateDrift(ctx, d.TeamID, d.ID, func(now *audit.Drift) error {
		if now.Actor.Status == audit.ActorPending && now.ChangedBefore.Equal(d.ChangedBefore) {
			now.Actor = actor
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
