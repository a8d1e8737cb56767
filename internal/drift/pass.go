package drift

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// pass is one look at many resources. Their drifts are written together, so that a change of a thousand resources is told in
// twenty events and not in a thousand.
type pass struct {
	*Judge
	team  string
	since Since

	mu      sync.Mutex
	found   audit.Found
	waiting []outcome // whose drifts are not written yet
	drifts  int       // of them
}

// resource judges one resource: with nothing to write it is settled at once, otherwise it waits for others.
func (p *pass) resource(ctx context.Context, key audit.ResourceKey) error {
	o, again, err := p.compare(ctx, p.team, key, p.since)
	if err != nil {
		return err
	}
	if again {
		return p.anew(ctx, key)
	}
	if len(o.changes) == 0 {
		return p.commit(ctx, []outcome{o})
	}
	p.wait(o)
	return p.commit(ctx, p.take(audit.MaxEventItems))
}

// wait keeps an outcome until it is committed with others. A resource may come twice, as changed and as deleted: then the first
// waits for both, and is judged anew should it not have seen what the second did.
func (p *pass) wait(o outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.waiting, func(w outcome) bool { return w.key == o.key }) {
		return
	}
	p.waiting = append(p.waiting, o)
	p.drifts += len(o.changes)
}

// take returns what waits when it has that many drifts.
func (p *pass) take(atLeast int) []outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drifts < atLeast {
		return nil
	}
	out := p.waiting
	p.waiting, p.drifts = nil, 0
	return out
}

// commit writes the drifts of outcomes and settles their resources. One that changed meanwhile is judged anew.
func (p *pass) commit(ctx context.Context, outcomes []outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	var all []audit.DriftChange
	for i := range outcomes {
		all = append(all, outcomes[i].changes...)
	}
	changed, err := p.Store.PutDrifts(ctx, p.team, all)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.concurrency())
	from := 0
	for i := range outcomes {
		o, begin := &outcomes[i], from
		from += len(o.changes)
		failed := func(k int) bool { return slices.Contains(changed, begin+k) }
		var found audit.Found
		o.count(&found, func(k int) bool { return !failed(k) })
		p.add(found)
		whole := true
		for k := range o.changes {
			whole = whole && !failed(k)
		}
		g.Go(func() error {
			if whole {
				settled, err := o.settle(ctx)
				if err == nil && settled || err != nil && !fault.Is(err, fault.Conflict) {
					return err
				}
			}
			return p.anew(ctx, o.key)
		})
	}
	return g.Wait()
}

// anew judges a resource that changed meanwhile, by itself.
func (p *pass) anew(ctx context.Context, key audit.ResourceKey) error {
	found, err := p.Resource(ctx, p.team, key, p.since)
	p.add(found)
	return err
}

func (p *pass) add(found audit.Found) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found.Add(found)
}
