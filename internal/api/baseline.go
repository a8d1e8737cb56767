package api

import (
	"context"
	"net/http"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// comparison is what differs between two baselines of one resource.
type comparison struct {
	ResourceID string         `json:"resource_id"`
	From       audit.Baseline `json:"from"`
	To         audit.Baseline `json:"to"`
	Changes    []Change       `json:"changes" nullable:"false" doc:"By path; empty when nothing differs"`
}

func (a *api) baselineRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-baselines", method: http.MethodGet, path: "/baselines", summary: "List a resource's baselines",
		description: "Newest first: the first one is what the resource is compared with.",
		errors:      []int{http.StatusBadRequest, http.StatusNotFound},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		Resource string `query:"resource" required:"true" maxLength:"64" doc:"A resource's id"`
	},
	) (*one[list[audit.Baseline]], error) {
		return pageOf(s.Baselines.Baselines(ctx, who.Team, in.Resource, in.store()))
	})
	handle(a, operation{
		id: "create-baseline", method: http.MethodPost, path: "/baselines", summary: "Capture a baseline",
		description: "Makes the resource's current configuration the known good one and resolves its open drifts.",
		status:      http.StatusCreated, creates: true, errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, who Principal, in *struct {
		Body struct {
			ResourceID string `json:"resource_id" minLength:"1" maxLength:"64"`
			Name       string `json:"name,omitempty" maxLength:"128"`
		} `nameHint:"NewBaselineBody"`
	},
	) (*created[audit.Baseline], error) {
		b, err := s.Baselines.CaptureBaseline(ctx, who.Team, in.Body.ResourceID, in.Body.Name, who.User)
		if err != nil {
			return nil, err
		}
		return &created[audit.Baseline]{Location: apiPrefix + "/baselines/" + b.ID, Body: b}, nil
	})
	handle(a, operation{
		id: "compare-baselines", method: http.MethodGet, path: "/baselines/compare", summary: "Compare two baselines",
		description: "They must be of one resource.", errors: []int{http.StatusNotFound},
	}, a.compareBaselines)
	handle(a, operation{
		id: "get-baseline", method: http.MethodGet, path: "/baselines/{id}", summary: "Get a baseline",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Baseline], error) {
		return oneOf(s.Baselines.Baseline(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "get-baseline-config", method: http.MethodGet, path: "/baselines/{id}/config",
		summary: "Get a baseline's configuration",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[resourceConfig], error) {
		b, err := s.Baselines.Baseline(ctx, who.Team, in.ID)
		if err != nil {
			return nil, err
		}
		c, err := s.Resources.Configuration(ctx, who.Team, b.ResourceID, b.ConfigHash)
		return oneOf(resourceConfig{ResourceID: b.ResourceID, Hash: c.Hash, Config: c.Config, Unread: c.Unread}, err)
	})
	handle(a, operation{
		id: "delete-baseline", method: http.MethodDelete, path: "/baselines/{id}", summary: "Delete a baseline",
		description: "The only baseline of a resource can't be deleted: 409, only_baseline.",
		errors:      []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Baselines.DeleteBaseline(ctx, who.Team, in.ID)
	})
}

func (a *api) compareBaselines(ctx context.Context, who Principal, in *struct {
	From string `query:"from" required:"true" maxLength:"128" doc:"A baseline's id"`
	To   string `query:"to" required:"true" maxLength:"128" doc:"Another baseline's id"`
},
) (*one[comparison], error) {
	s := a.services
	from, err := s.Baselines.Baseline(ctx, who.Team, in.From)
	if err != nil {
		return nil, err
	}
	to, err := s.Baselines.Baseline(ctx, who.Team, in.To)
	if err != nil {
		return nil, err
	}
	if from.ResourceID != to.ResourceID {
		return nil, fault.Field("to", "must be a baseline of the same resource as from: %s", from.ResourceID)
	}
	r, err := s.Resources.Resource(ctx, who.Team, from.ResourceID)
	if err != nil {
		return nil, err
	}
	before, err := s.Resources.Configuration(ctx, who.Team, r.ID, from.ConfigHash)
	if err != nil {
		return nil, err
	}
	after, err := s.Resources.Configuration(ctx, who.Team, r.ID, to.ConfigHash)
	if err != nil {
		return nil, err
	}
	changes := s.Compare(r.Type, before, after)
	if changes == nil {
		changes = []Change{}
	}
	return &one[comparison]{comparison{ResourceID: r.ID, From: from, To: to, Changes: changes}}, nil
}
