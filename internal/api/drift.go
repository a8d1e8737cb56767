package api

import (
	"context"
	"net/http"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// DriftQuery filters drifts.
type DriftQuery struct {
	Provider     string    `query:"provider" maxLength:"64" doc:"A provider's id"`
	Resource     string    `query:"resource" maxLength:"64" doc:"A resource's id"`
	ResourceType string    `query:"resource_type" maxLength:"64" doc:"A resource type" example:"s3_bucket"`
	Region       string    `query:"region" maxLength:"32" doc:"A region, or global"`
	Type         string    `query:"type" enum:"configuration,security,compliance"`
	Severity     []string  `query:"severity" enum:"critical,high,medium,low"`
	Status       []string  `query:"status" enum:"detected,investigating,resolved" doc:"Default: the open ones"`
	Since        time.Time `query:"since" doc:"Only what was detected at or after this time"`
}

func (q *DriftQuery) filter() store.DriftFilter {
	return store.DriftFilter{
		ProviderID: q.Provider, ResourceID: q.Resource, ResourceType: q.ResourceType, Region: q.Region,
		Type: audit.DriftType(q.Type), Severity: typed[audit.Severity](q.Severity),
		Status: typed[audit.DriftStatus](q.Status), Since: q.Since,
	}
}

// resolution is what resolving a drift did.
type resolution struct {
	Drift    audit.Drift     `json:"drift"`
	Baseline *audit.Baseline `json:"baseline,omitempty" doc:"The baseline that was captured, if one was"`
}

func (a *api) driftRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-drifts", method: http.MethodGet, path: "/drifts", summary: "List drifts",
		description: "Newest first, by detection.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		DriftQuery
	},
	) (*one[list[audit.Drift]], error) {
		return pageOf(s.Drifts.Drifts(ctx, who.Team, in.filter(), in.store()))
	})
	handle(a, operation{
		id: "summarize-drifts", method: http.MethodGet, path: "/drifts/summary", summary: "Count drifts",
		description: "By severity, type and status. truncated says that there are more than were counted.",
	}, func(ctx context.Context, who Principal, in *struct{ DriftQuery }) (*one[store.DriftSummary], error) {
		return oneOf(s.Drifts.DriftSummary(ctx, who.Team, in.filter()))
	})
	handle(a, operation{
		id: "get-drift", method: http.MethodGet, path: "/drifts/{id}", summary: "Get a drift",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Drift], error) {
		return oneOf(s.Drifts.Drift(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "detect-drifts", method: http.MethodPost, path: "/drifts/detect", summary: "Look for drifts now",
		description: "Syncs what was not read in the last 30 minutes and compares it with the baselines: of everything, " +
			"of one provider or of one resource.",
		status: http.StatusAccepted, creates: true, errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, who Principal, in *struct{ Body *audit.Scope }) (*started, error) {
		var scope audit.Scope
		if in.Body != nil {
			scope = *in.Body
		}
		return startedOf(s.Work.DetectDrift(ctx, who.Team, scope, who.User))
	})
	handle(a, operation{
		id: "update-drift", method: http.MethodPatch, path: "/drifts/{id}", summary: "Change a drift's status",
		description: "detected, investigating and resolved; a resolved drift can be detected again. Other steps are 409, " +
			"illegal_transition.",
		errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body struct {
			Status string `json:"status" enum:"detected,investigating,resolved"`
		} `nameHint:"DriftStatusBody"`
	},
	) (*one[audit.Drift], error) {
		return oneOf(s.Drifts.SetDriftStatus(ctx, who.Team, in.ID, audit.DriftStatus(in.Body.Status), who.User))
	})
	handle(a, operation{
		id: "resolve-drift", method: http.MethodPost, path: "/drifts/{id}/resolve", summary: "Resolve a drift",
		description: "With capture_baseline, the resource's current configuration becomes its baseline, which resolves " +
			"all of its drifts.",
		errors: []int{http.StatusConflict},
	}, a.resolveDrift)
}

func (a *api) resolveDrift(ctx context.Context, who Principal, in *struct {
	ByID
	Body *struct {
		CaptureBaseline bool   `json:"capture_baseline,omitempty"`
		BaselineName    string `json:"baseline_name,omitempty" maxLength:"128"`
	} `nameHint:"ResolveBody"`
},
) (*one[resolution], error) {
	s := a.services
	if in.Body == nil || !in.Body.CaptureBaseline {
		d, err := s.Drifts.SetDriftStatus(ctx, who.Team, in.ID, audit.DriftResolved, who.User)
		return oneOf(resolution{Drift: d}, err)
	}
	d, err := s.Drifts.Drift(ctx, who.Team, in.ID)
	if err != nil {
		return nil, err
	}
	b, err := s.Baselines.CaptureBaseline(ctx, who.Team, d.ResourceID, in.Body.BaselineName, who.User)
	if err != nil {
		return nil, err
	}
	// Capturing resolves the drifts of the resource, this one among them.
	d, err = s.Drifts.Drift(ctx, who.Team, in.ID)
	return oneOf(resolution{Drift: d, Baseline: &b}, err)
}
