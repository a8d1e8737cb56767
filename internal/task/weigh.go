package task

import (
	"context"
	"slices"
	"sync"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
)

// maxWeighed is how many resources of a task are weighed by rules that look up others too: each costs two judgements of what
// such rules concern. Of more, changed at once, the rules that look at nothing else decide.
const maxWeighed = 50

// weigher tells which verdicts of rules changes turn over. What rules look up is what is stored: it is read once in a task,
// and holds only what they read of it.
type weigher struct {
	*Tasks
	mu       sync.Mutex
	weighed  int
	ready    bool
	set      *rule.Set
	direct   []*rule.Rule // that look up nothing
	looking  []*rule.Rule
	serves   map[string][]string // frameworks that are enabled, by rule
	provider audit.Provider
	around   *rule.Judge
	read     map[string]bool // types that around has
}

// weigher returns what weighs the drifts of one task, nil where nothing does.
func (t *Tasks) weigher() *weigher {
	if t.Rules == nil {
		return nil
	}
	return &weigher{Tasks: t, serves: map[string][]string{}, read: map[string]bool{}}
}

// Weigh implements drift.Weigher.
func (w *weigher) Weigh(
	ctx context.Context, teamID string, r audit.Resource, before, after audit.Configuration, changes []drift.Change,
) ([]drift.Flip, error) {
	w.mu.Lock() // changes are few, and what is looked up is read once
	defer w.mu.Unlock()
	if err := w.prepare(ctx, teamID, r.ProviderID); err != nil {
		return nil, err
	}
	paths := make([]string, 0, len(changes))
	for _, ch := range changes {
		paths = append(paths, ch.Path)
	}
	concerned := func(rules []*rule.Rule) []*rule.Rule {
		out := []*rule.Rule{} // nil would be all
		for _, one := range w.set.Concerning(r.Type, rules) {
			if one.Reads(r.Type, paths) {
				out = append(out, one)
			}
		}
		return out
	}
	direct, looking := concerned(w.direct), concerned(w.looking)
	if w.weighed >= maxWeighed {
		looking = nil
	}
	if len(direct)+len(looking) == 0 {
		return nil, nil
	}
	facts, err := w.Store.Facts(ctx, teamID, r.ID)
	if err != nil {
		return nil, err
	}
	is := subjectOf(&store.Snapshot{Resource: r, Config: after.Config, Facts: facts}, w.provider.Account)
	is.Unread = after.Unread
	was := *is
	was.Config, was.Unread = before.Config, before.Unread
	now := w.Store.Now()
	flips, err := w.set.Flips(now, direct, &was, is, nil)
	if err != nil {
		return nil, err
	}
	if len(looking) > 0 {
		w.weighed++
		if err := w.lookAround(ctx, teamID, looking); err != nil {
			return nil, err
		}
		more, err := w.set.Flips(now, looking, &was, is, w.around.Around(r.ExternalID))
		if err != nil {
			return nil, err
		}
		flips = append(flips, more...)
		rule.SortFlips(flips)
	}
	out := make([]drift.Flip, 0, len(flips))
	for _, f := range flips {
		out = append(out, drift.Flip{
			DriftVerdict: audit.DriftVerdict{
				RuleID: f.Rule.ID, Title: f.Rule.Title, Severity: f.Rule.Severity, ResourceID: f.Subject.ID, ExternalID: f.Subject.ExternalID,
				Better: f.Better, Reason: f.Reason, Frameworks: w.serves[f.Rule.ID],
			},
			Touches: f.Touches,
		})
	}
	return out, nil
}

// prepare reads the team's rules and which frameworks are enabled, once.
func (w *weigher) prepare(ctx context.Context, teamID, providerID string) error {
	if w.ready {
		return nil
	}
	set, catalog, err := w.Rules(ctx, teamID)
	if err != nil {
		return err
	}
	settings, err := w.Store.FrameworkSettings(ctx, teamID)
	if err != nil {
		return err
	}
	if w.provider, err = w.Store.Provider(ctx, teamID, providerID); err != nil {
		return err
	}
	for _, f := range catalog.All() {
		if s, known := settings[f.ID]; known && s.For(providerID) {
			for _, id := range f.Rules() {
				w.serves[id] = append(w.serves[id], f.ID)
			}
		}
	}
	for _, r := range set.Rules() {
		if r.Looks() {
			w.looking = append(w.looking, r)
		} else {
			w.direct = append(w.direct, r)
		}
	}
	w.set, w.ready = set, true
	w.around = set.NewJudge(w.Store.Now(), w.looking, func(rule.Result) error { return nil })
	return nil
}

// lookAround reads what the rules judge and look up, as far as it wasn't read before.
func (w *weigher) lookAround(ctx context.Context, teamID string, rules []*rule.Rule) error {
	needed := map[string]bool{}
	for _, r := range rules {
		types := slices.Clone(r.Types)
		for _, l := range r.LookUps {
			types = append(types, l.Type)
		}
		for _, t := range types {
			needed[t] = needed[t] || !w.read[t]
			w.read[t] = true
		}
	}
	wanted := func(t string) bool { return needed[t] }
	lines, err := w.Store.Coverage(ctx, teamID, w.provider.ID)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, line := range lines {
		any := false
		for _, t := range line.Types {
			if !needed[t.ResourceType] {
				continue
			}
			any = true
			seen[t.ResourceType] = true
			if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported {
				w.around.Beyond(t.ResourceType, line.Region, audit.Unread{Action: t.Action, Code: t.Code, Reason: t.Reason})
			}
		}
		if !any {
			continue
		}
		for snap, err := range w.Store.Snapshots(ctx, teamID, line.Slice, wanted) {
			if err != nil {
				return err
			}
			if err := w.around.Add(subjectOf(&snap, w.provider.Account)); err != nil {
				return err
			}
		}
	}
	for t, is := range needed {
		if is && !seen[t] {
			w.around.Beyond(t, "", audit.Unread{Reason: "no sync has read it"})
		}
	}
	return nil
}
