package apitest

import (
	"context"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// Resources implements api.Resources.
func (f *Fake) Resources(ctx context.Context, team string, q store.ResourceFilter, p store.Paging) (store.Page[audit.Resource], error) {
	if f.Panic {
		panic("planted")
	}
	if f.Block {
		<-ctx.Done()
		return store.Page[audit.Resource]{}, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	items := of(f.resources, team, func(r *audit.Resource) bool {
		_, tagged := r.Tags[q.TagKey]
		return (q.ProviderID == "" || r.ProviderID == q.ProviderID) && (q.Type == "" || r.Type == q.Type) &&
			(q.Region == "" || r.Region == q.Region) && (q.Service == "" || r.Service == q.Service) &&
			(q.TagKey == "" || tagged && (q.TagValue == "" || r.Tags[q.TagKey] == q.TagValue)) &&
			strings.Contains(strings.ToLower(r.Name), strings.ToLower(q.Name))
	})
	return page(items, p, "resources", team, q)
}

// Resource implements api.Resources.
func (f *Fake) Resource(_ context.Context, team, id string) (audit.Resource, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.resources, team, "resource", func(r *audit.Resource) bool { return r.ID == id }))
}

// Configuration implements api.Resources.
func (f *Fake) Configuration(ctx context.Context, team, resourceID, hash string) (audit.Configuration, error) {
	r, err := f.Resource(ctx, team, resourceID)
	if err != nil {
		return audit.Configuration{}, err
	}
	if hash == "" {
		hash = r.ConfigHash
	}
	c, ok := f.configs[hash]
	if !ok {
		return c, fault.New(fault.NotFound, "no such configuration")
	}
	if f.Blob > 0 {
		c.Config = map[string]any{"Blob": strings.Repeat("x", f.Blob)}
	}
	return c, nil
}

// Facts implements api.Resources.
func (f *Fake) Facts(ctx context.Context, team, id string) (map[string]any, error) {
	_, err := f.Resource(ctx, team, id)
	return map[string]any{"State": "available"}, err
}

// ResourceHistory implements api.Resources.
func (f *Fake) ResourceHistory(ctx context.Context, team, id string, p store.Paging) (store.Page[store.HistoryEvent], error) {
	r, err := f.Resource(ctx, team, id)
	if err != nil {
		return store.Page[store.HistoryEvent]{}, err
	}
	return page([]store.HistoryEvent{
		{At: r.ChangedAt, Kind: store.HistoryChanged, ConfigHash: r.ConfigHash, Detail: "SecurityGroupIngress"},
		{At: r.FirstSeenAt, Kind: store.HistoryCreated, ConfigHash: "hash-1"},
	}, p, "history", team, id)
}

// DeleteResource implements api.Resources.
func (f *Fake) DeleteResource(ctx context.Context, team, id string) error {
	_, err := f.Resource(ctx, team, id)
	return err
}

// Baselines implements api.Baselines.
func (f *Fake) Baselines(ctx context.Context, team, resourceID string, p store.Paging) (store.Page[audit.Baseline], error) {
	if _, err := f.Resource(ctx, team, resourceID); err != nil {
		return store.Page[audit.Baseline]{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(of(f.baselines, team, func(b *audit.Baseline) bool { return b.ResourceID == resourceID }),
		p, "baselines", team, resourceID)
}

// Baseline implements api.Baselines.
func (f *Fake) Baseline(_ context.Context, team, id string) (audit.Baseline, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.baselines, team, "baseline", func(b *audit.Baseline) bool { return b.ID == id }))
}

// CaptureBaseline implements api.Baselines.
func (f *Fake) CaptureBaseline(ctx context.Context, team, resourceID, name, by string) (audit.Baseline, error) {
	r, err := f.Resource(ctx, team, resourceID)
	if err != nil {
		return audit.Baseline{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key, _ := audit.ParseResourceID(r.ID)
	b := audit.Baseline{
		ID:     audit.BaselineID(key, audit.CaptureKey(f.now.UnixMilli(), uint8(len(f.baselines)))),
		TeamID: team, ResourceID: r.ID, Kind: audit.BaselineManual, ConfigHash: r.ConfigHash, Name: name,
		CapturedBy: by, CapturedAt: f.now,
	}
	f.baselines = append([]audit.Baseline{b}, f.baselines...)
	for i := range f.drifts {
		if f.drifts[i].ResourceID == r.ID {
			f.drifts[i].Status, f.drifts[i].ResolvedBy, f.drifts[i].ResolvedAt = audit.DriftResolved, "baseline", &f.now
		}
	}
	return b, nil
}

// DeleteBaseline implements api.Baselines.
func (f *Fake) DeleteBaseline(ctx context.Context, team, id string) error {
	b, err := f.Baseline(ctx, team, id)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(of(f.baselines, team, func(o *audit.Baseline) bool { return o.ResourceID == b.ResourceID })) == 1 {
		return &fault.Error{
			Kind: fault.Conflict, Code: "only_baseline",
			Message: "the only baseline of a resource can't be deleted",
		}
	}
	f.baselines = of(f.baselines, team, func(o *audit.Baseline) bool { return o.ID != id })
	return nil
}

// Drifts implements api.Drifts.
func (f *Fake) Drifts(_ context.Context, team string, q store.DriftFilter, p store.Paging) (store.Page[audit.Drift], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return page(f.matching(team, q), p, "drifts", team, q)
}

func (f *Fake) matching(team string, q store.DriftFilter) []audit.Drift {
	return of(f.drifts, team, func(d *audit.Drift) bool {
		status, severity := len(q.Status) == 0 && d.Status.Open(), len(q.Severity) == 0
		for _, s := range q.Status {
			status = status || s == d.Status
		}
		for _, s := range q.Severity {
			severity = severity || s == d.Severity
		}
		return status && severity && (q.ProviderID == "" || d.ProviderID == q.ProviderID) &&
			(q.ResourceID == "" || d.ResourceID == q.ResourceID) && (q.Type == "" || d.Type == q.Type) &&
			(q.ResourceType == "" || d.ResourceType == q.ResourceType) && (q.Region == "" || d.Region == q.Region) &&
			!d.DetectedAt.Before(q.Since)
	})
}

// Drift implements api.Drifts.
func (f *Fake) Drift(_ context.Context, team, id string) (audit.Drift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(find(f.drifts, team, "drift", func(d *audit.Drift) bool { return d.ID == id }))
}

// SetDriftStatus implements api.Drifts.
func (f *Fake) SetDriftStatus(_ context.Context, team, id string, status audit.DriftStatus, by string) (audit.Drift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, err := find(f.drifts, team, "drift", func(d *audit.Drift) bool { return d.ID == id })
	if err != nil {
		return audit.Drift{}, err
	}
	if err := d.Status.CheckTransition(status); err != nil {
		return audit.Drift{}, err
	}
	d.Status = status
	if status == audit.DriftResolved {
		d.ResolvedBy, d.ResolvedAt = by, &f.now
	}
	return *d, nil
}

// DriftSummary implements api.Drifts.
func (f *Fake) DriftSummary(_ context.Context, team string, q store.DriftFilter) (store.DriftSummary, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := store.DriftSummary{BySeverity: map[string]int{}, ByType: map[string]int{}, ByStatus: map[string]int{}}
	for _, d := range f.matching(team, q) {
		out.Total++
		out.BySeverity[string(d.Severity)]++
		out.ByType[string(d.Type)]++
		out.ByStatus[string(d.Status)]++
	}
	return out, nil
}
